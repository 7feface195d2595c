//! What is wrong with a text itself, told as a finding.

use super::{Code, Diagnostic, Fix};
use crate::text::{Flaw, FlawKind, Sources};

/// Tells a flaw in the author's words, with what to do about it.
pub fn from_flaw(flaw: Flaw, sources: &Sources) -> Diagnostic {
    let Flaw { kind, span, other, detail } = flaw;
    let told = |code, message: String| Diagnostic::new(code, span, message);
    match kind {
        FlawKind::NotText => told(Code::E0001, format!("this file is not all text: {detail}"))
            .help("write the file as UTF-8, and a control character as an escape in double quotes"),
        FlawKind::YamlSyntax => told(Code::E0002, detail),
        FlawKind::JsonSyntax => {
            told(Code::E0003, detail).help("a `.json` file holds JSON only; YAML goes into a `.yaml` file")
        }
        FlawKind::DuplicateKey => {
            let diagnostic = told(Code::E0004, format!("the key `{detail}` stands here a second time"));
            let Some(first) = other else { return diagnostic };
            let line = sources.get(first.source).place(first.start).line;
            diagnostic
                .also(first, "first here")
                .help(format!("the one in line {line} counts; remove or rename one of them"))
        }
        FlawKind::Tag => told(Code::E0005, format!("the tag `{detail}` means nothing here"))
            .help("remove the tag, or quote the text if it begins with `!`"),
        FlawKind::Alias => alias(&detail, told(Code::E0006, String::new())),
        FlawKind::SeveralDocuments => told(Code::E0007, "a second document begins here".into())
            .help("one file holds one document; remove the `---`"),
        FlawKind::TooDeep => {
            told(Code::E0008, format!("nested deeper than {detail} levels")).help("no manifest needs that many levels")
        }
        FlawKind::TooLarge => told(Code::E0009, format!("the file is too large: {detail}"))
            .help("a manifest may have 1 MiB and 100,000 values"),
        FlawKind::Tab => told(Code::E0010, "a tab in the indentation".into())
            .help("YAML is indented with spaces: put two for each level"),
        FlawKind::KeyNotText => told(Code::E0011, format!("a key must be a text, this is {detail}"))
            .help("write the key as a text, and quote it if it begins with `[` or `{`"),
        FlawKind::UnquotedTemplate => {
            let is_whole = detail.matches("{{").count() == detail.matches("}}").count();
            quoted(
                told(Code::E0012, "a template must be quoted, or YAML takes `{` for a map".into()),
                &detail,
                is_whole,
            )
        }
        FlawKind::CutText => {
            quoted(told(Code::E0013, "YAML does not read this as one text".into()), &detail, brackets_match(&detail))
        }
        FlawKind::Empty => told(Code::E0014, "there is nothing in this file".into()),
    }
}

fn alias(written: &str, diagnostic: Diagnostic) -> Diagnostic {
    let (message, help) = match written.chars().next() {
        Some('&') => (
            format!("the anchor `{written}` means nothing here"),
            "settings that many streams share belong into `defaults`",
        ),
        Some('*') => (
            format!("the alias `{written}` means nothing here"),
            "write the value out, or quote the text if it begins with `*`",
        ),
        _ => ("`<<` does not merge maps here".into(), "settings that many streams share belong into `defaults`"),
    };
    Diagnostic { message, ..diagnostic }.help(help)
}

/// Adds the quoted text as help and as an edit.
fn quoted(diagnostic: Diagnostic, text: &str, is_certain: bool) -> Diagnostic {
    let replacement = quote(text);
    let fix = Fix { span: diagnostic.primary, replacement: replacement.clone(), safe: is_certain };
    let doubt = if is_certain { "" } else { " if it is one text" };
    Diagnostic { fix: Some(fix), ..diagnostic }.help(format!("quote it{doubt}: {replacement}"))
}

/// Writes a text as a YAML scalar in quotes; single ones where double ones would need an escape.
pub fn quote(text: &str) -> String {
    if !text.contains(['"', '\\']) && !text.contains(char::is_control) {
        return format!("\"{text}\"");
    }
    if !text.contains(char::is_control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    // JSON's escapes are YAML's.
    serde_json::Value::from(text).to_string()
}

/// Without brackets it is not certain that the pieces belong together: `{ kind: a, b }`.
fn brackets_match(text: &str) -> bool {
    let has_some = text.contains(['(', '[', '{']);
    has_some
        && [('(', ')'), ('[', ']'), ('{', '}')].iter().all(|(open, close)| {
            let mut depth = 0i32;
            let never_below = text.chars().all(|char| {
                depth += i32::from(char == *open) - i32::from(char == *close);
                depth >= 0
            });
            never_below && depth == 0
        })
}
