//! `${VAR}`, `${VAR:-default}`, `${file:path}` and `${secret:name}` in the values of a project.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::name::{is_name, nearest};
use crate::plan::Env;
use crate::text::{Content, Entry, Node, Sources, Span};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

/// The largest file that a value may be read from.
const LARGEST: u64 = 1 << 20;

/// What values are read from.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub env: &'a Env,
    /// The folder of the project: paths of files begin there.
    pub folder: &'a Path,
}

/// A tree with its values filled in, and the texts that were; one that could not be told is unknown.
pub(super) struct Substituted {
    pub node: Node,
    pub loose: BTreeSet<Span>,
}

/// Fills values in. What is not there is told, in the text itself.
pub(super) fn node(node: &Node, around: Around<'_>, sources: &Sources, report: &mut Report) -> Substituted {
    let mut filler = Filler { around, sources, report, loose: BTreeSet::new() };
    let node = filler.node(node);
    Substituted { node, loose: filler.loose }
}

struct Filler<'a> {
    around: Around<'a>,
    sources: &'a Sources,
    report: &'a mut Report,
    loose: BTreeSet<Span>,
}

impl Filler<'_> {
    fn node(&mut self, node: &Node) -> Node {
        let content = match &node.content {
            Content::Text(text) if text.contains("${") => {
                // A part that is quoted as `$${` is a text like any other.
                match self.text(text, node.span) {
                    Some((filled, any)) => {
                        if any {
                            self.loose.insert(node.span);
                        }
                        Content::Text(filled)
                    }
                    None => Content::Unknown,
                }
            }
            Content::List(items) => {
                let items: Vec<Node> = items.iter().map(|item| self.node(item)).collect();
                if items.iter().any(unknown) { Content::Unknown } else { Content::List(items) }
            }
            Content::Map(entries) => {
                let entries: Vec<Entry> =
                    entries.iter().map(|entry| Entry { value: self.node(&entry.value), ..entry.clone() }).collect();
                if entries.iter().any(|entry| unknown(&entry.value)) { Content::Unknown } else { Content::Map(entries) }
            }
            other => other.clone(),
        };
        Node { span: node.span, content }
    }

    /// Returns the filled text and whether anything was filled in; all that is missing is told.
    fn text(&mut self, text: &str, span: Span) -> Option<(String, bool)> {
        let (mut filled, mut any, mut whole) = (String::new(), false, true);
        let mut at = 0;
        while let Some(found) = text[at..].find("${").map(|found| at + found) {
            if text[..found].ends_with('$') && found > at {
                filled.push_str(&text[at..found - 1]);
                filled.push_str("${");
                at = found + 2;
                continue;
            }
            filled.push_str(&text[at..found]);
            let Some(end) = text[found..].find('}').map(|end| found + end + 1) else {
                self.tell(
                    Code::E0804,
                    span,
                    found..text.len(),
                    "`${` is not closed",
                    "write `${NAME}`; a plain `${` is `$${`",
                );
                return None;
            };
            match self.value(&text[found + 2..end - 1], span, found..end) {
                Some(value) => filled.push_str(&value),
                None => whole = false,
            }
            (any, at) = (true, end);
        }
        filled.push_str(&text[at..]);
        whole.then_some((filled, any))
    }

    fn value(&mut self, inner: &str, span: Span, range: Range<usize>) -> Option<String> {
        if let Some(path) = inner.strip_prefix("file:") {
            return self.file(path.trim(), span, range);
        }
        if inner.starts_with("secret:") {
            let at = self.sources.inner(span, range);
            self.report.add_note(
                Code::E0400,
                at,
                "secret",
                "secret stores are read by a later version; use a variable",
            );
            return None;
        }
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        if !is_name(name) {
            let help = "write `${NAME}`, `${NAME:-default}`, `${file:path}` or `${secret:name}`; a plain `${` is `$${`";
            self.tell(Code::E0804, span, range, &format!("`{name}` is no name of a variable"), help);
            return None;
        }
        if let Some(value) = self.around.env.get(name).or(default) {
            return Some(value.to_owned());
        }
        let at = self.sources.inner(span, range);
        let near = nearest(name, self.around.env.names()).map(str::to_owned);
        let help = format!("set it in the environment or in `.env`, or give a default: `${{{name}:-…}}`");
        self.report.push(
            Diagnostic::new(Code::E0804, at, format!("the variable `{name}` is not set")).help(help).nearest(near),
        );
        None
    }

    fn file(&mut self, path: &str, span: Span, range: Range<usize>) -> Option<String> {
        let whole = self.around.folder.join(path);
        let problem = match std::fs::metadata(&whole) {
            Err(_) => format!("there is no file `{path}`"),
            Ok(about) if !about.is_file() => format!("`{path}` is no file"),
            Ok(about) if about.len() > LARGEST => format!("the file `{path}` is larger than 1 MiB"),
            Ok(_) => match std::fs::read_to_string(&whole) {
                // The line end that editors add is not part of a token.
                Ok(text) => return Some(text.trim_end_matches(['\n', '\r']).to_owned()),
                Err(_) => format!("the file `{path}` is no text"),
            },
        };
        self.tell(Code::E0804, span, range, &problem, "paths begin at the folder of `weir.yaml`");
        None
    }

    fn tell(&mut self, code: Code, span: Span, range: Range<usize>, message: &str, help: &str) {
        let at = self.sources.inner(span, range);
        self.report.push(Diagnostic::new(code, at, message).help(help));
    }
}

fn unknown(node: &Node) -> bool {
    node.content == Content::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::read;

    #[test]
    fn texts_are_filled_in() {
        let env = Env::new([("A".to_owned(), "1".to_owned()), ("TOKEN".to_owned(), "t".to_owned())], "");
        let cases = [
            ("${A}", Ok("1")),
            ("x${A}y${A}", Ok("x1y1")),
            ("${B:-two}", Ok("two")),
            ("${B:-}", Ok("")),
            ("${A:-two}", Ok("1")),
            ("$${A}", Ok("${A}")),
            ("a $${b} ${A}", Ok("a ${b} 1")),
            ("price $5", Ok("price $5")),
            ("${TOKN}", Err("the variable `TOKN` is not set")),
            ("${A", Err("`${` is not closed")),
            ("${a b}", Err("`a b` is no name of a variable")),
            ("${file:nowhere.txt}", Err("there is no file `nowhere.txt`")),
            ("${secret:x}", Err("not built yet: secret")),
        ];
        for (text, expected) in cases {
            let mut sources = Sources::default();
            let (_, read, _) = read(&mut sources, "a", format!("'{text}'").as_bytes(), false);
            let mut report = Report::default();
            let around = Around { env: &env, folder: Path::new("/nonexistent") };
            let filled = node(&read.unwrap(), around, &sources, &mut report);
            let told = report.sorted().first().map(|told| told.message.clone());
            match expected {
                Ok(wanted) => assert_eq!((filled.node.as_text(), told), (Some(wanted), None), "{text}"),
                Err(wanted) => assert_eq!(told.as_deref(), Some(wanted), "{text}"),
            }
        }
    }
}
