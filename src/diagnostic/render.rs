//! Findings for people and for programs.
//!
//! ```text
//! error[E0103]: unknown kind "page_numbr"
//!  --> manifest.yaml:7:13
//!   |
//! 7 |   paginate: page_numbr
//!   |             ^^^^^^^^^^
//!   |
//!   = help: did you mean `page`?
//! ```

use super::excerpt::{self, Excerpt, Wanted, clean};
use super::{Code, Diagnostic, Severity};
use crate::text::{SourceId, Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Draws findings for a terminal, in the order given. Nothing of the author's text reaches it raw.
pub fn text(found: &[&Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in found {
        let drawn = renderer.render(&[group(diagnostic, sources)]);
        out.push_str(drawn.trim_end());
        out.push_str("\n\n");
    }
    let mut codes: Vec<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    if let Some(first) = codes.first() {
        let more = if codes.len() > 1 { ", and so for each code above" } else { "" };
        // Writing to a String can't fail.
        let _ = writeln!(out, "note: `weir explain {}` tells more{more}", first.name());
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    let mut is_first = true;
    for (source, wanted) in places(diagnostic) {
        for excerpt in excerpt::excerpts(sources.get(source), &wanted) {
            // Of the primary place the line above the excerpt tells line and column.
            if is_first {
                let place = sources.get(source).place(diagnostic.primary.start);
                let origin = Origin::path(clean(&sources.get(source).name));
                group = group.element(origin.line(place.line).char_column(place.column));
                group = group.element(snippet(excerpt));
            } else {
                group = group.element(snippet(excerpt).path(clean(&sources.get(source).name)));
            }
            is_first = false;
        }
    }
    if let Some(nearest) = &diagnostic.nearest {
        group = group.element(Level::HELP.message(format!("did you mean `{}`?", clean(nearest))));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    group
}

/// Returns all places of a finding by their source, the primary one's first.
fn places(diagnostic: &Diagnostic) -> Vec<(SourceId, Vec<Wanted<'_>>)> {
    let primary = Wanted { span: diagnostic.primary, label: "", is_primary: true };
    let mut places = vec![(diagnostic.primary.source, vec![primary])];
    for (span, label) in &diagnostic.secondary {
        let wanted = Wanted { span: *span, label, is_primary: false };
        match places.iter_mut().find(|(source, _)| *source == span.source) {
            Some((_, known)) => known.push(wanted),
            None => places.push((span.source, vec![wanted])),
        }
    }
    places
}

fn snippet(excerpt: Excerpt<'_>) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let annotations = excerpt.marks.into_iter().map(|mark| {
        let kind = if mark.is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = Some(clean(mark.label)).filter(|label| !label.is_empty());
        kind.span(mark.range).label(label)
    });
    let annotations: Vec<_> = annotations.collect();
    Snippet::source(excerpt.text).line_start(excerpt.first_line).annotations(annotations)
}

/// Lists findings for programs. Lines and columns count from 1, columns in characters.
pub fn json(found: &[&Diagnostic], sources: &Sources) -> Value {
    found.iter().map(|diagnostic| object(diagnostic, sources)).collect()
}

fn object(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), diagnostic.code.name().into());
    object.insert("severity".into(), diagnostic.severity.word().into());
    object.insert("title".into(), diagnostic.code.title().into());
    object.insert("message".into(), diagnostic.message.as_str().into());
    object.extend(place(diagnostic.primary, sources));
    let source = sources.get(diagnostic.primary.source);
    let line = source.line(source.place(diagnostic.primary.start).line);
    object.insert("source_line".into(), excerpt::shortened(line).into());
    object.insert("help".into(), diagnostic.help.as_deref().into());
    object.insert("nearest".into(), diagnostic.nearest.as_deref().into());
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let mut edit = place(fix.span, sources);
        edit.insert("replacement".into(), fix.replacement.as_str().into());
        edit.insert("safe".into(), fix.safe.into());
        edit
    });
    object.insert("fix".into(), json!(fix));
    let secondary = diagnostic.secondary.iter().map(|(span, label)| {
        let mut other = place(*span, sources);
        other.insert("label".into(), label.as_str().into());
        Value::Object(other)
    });
    object.insert("secondary".into(), secondary.collect());
    Value::Object(object)
}

fn place(span: Span, sources: &Sources) -> Map<String, Value> {
    let source = sources.get(span.source);
    let (start, end) = (source.place(span.start), source.place(span.end));
    let mut place = Map::new();
    place.insert("file".into(), source.name.as_str().into());
    for (name, number) in
        [("line", start.line), ("column", start.column), ("end_line", end.line), ("end_column", end.column)]
    {
        place.insert(name.into(), number.into());
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Report, from_flaw};
    use crate::text::{Source, read};

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add(Source::new("manifest.yaml", text));
        sources
    }

    fn span(text: &str, piece: &str) -> Span {
        let start = text.find(piece).unwrap();
        let offset = |at: usize| u32::try_from(at).unwrap();
        Span { source: SourceId(0), start: offset(start), end: offset(start + piece.len()) }
    }

    #[test]
    fn one_finding() {
        let file = "ünï: 1\n\tpaginate: page_numbr\r\nb: 2\n";
        let found = Diagnostic::new(Code::E0103, span(file, "page_numbr"), "unknown kind \"page_numbr\"")
            .nearest(Some("page"))
            .help("known kinds: page, cursor")
            .also(span(file, "ünï"), "named here");
        insta::assert_snapshot!(text(&[&found], &sources(file), false), @r"");
    }

    #[test]
    fn far_places_long_lines_and_empty_spans() {
        let long = "y".repeat(5000);
        let file = format!("a: 1\n{}a: 2\nlong: {long} here {long}\n", "# \n".repeat(20));
        let twice = Diagnostic::new(Code::E0004, span(&file, "a: 2"), "twice").also(span(&file, "a: 1"), "first here");
        let here = Diagnostic::new(Code::E0301, span(&file, "here"), "in a long line");
        let empty = Diagnostic::new(Code::E0014, Span::default(), "nothing");
        insta::assert_snapshot!(text(&[&twice, &here, &empty], &sources(&file), false), @r"");
        insta::assert_snapshot!(text(&[&empty], &sources(""), false), @r"");
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        let file = "a: \u{1b}[31m\u{9b}0m\u{202e}x\n";
        let mut sources = Sources::default();
        sources.add(Source::new("evil\u{1b}.yaml", file));
        let found = Diagnostic::new(Code::E0301, span(file, "x"), "bad \u{1b}[0m\nmessage")
            .help("\u{9b}help")
            .nearest(Some("\r"))
            .also(span(file, "a"), "\u{7}");
        let drawn = text(&[&found], &sources, false);
        assert!(drawn.chars().all(|char| char == '\n' || !char.is_control()), "{drawn:?}");
    }

    #[test]
    fn for_programs() {
        let file = "ü: {{ x }}\n";
        let mut sources = Sources::default();
        let (_, _, flaws) = read(&mut sources, "manifest.yaml", file.as_bytes(), false);
        let found: Vec<Diagnostic> = flaws.into_iter().map(|flaw| from_flaw(flaw, &sources)).collect();
        let found: Vec<&Diagnostic> = found.iter().collect();
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&found, &sources)).unwrap(), @r"");
    }

    #[test]
    fn flaws_as_an_author_sees_them() {
        let file = "a: {{ x }}\nb: { c: decimal(18,2) }\nd: e: f\na: 1\ng: !t 1\nh: *h\n[1]: 2\n";
        let mut sources = Sources::default();
        let (_, _, flaws) = read(&mut sources, "manifest.yaml", file.as_bytes(), false);
        let mut report = Report::default();
        for flaw in flaws {
            report.push(from_flaw(flaw, &sources));
        }
        insta::assert_snapshot!(text(&report.sorted(), &sources, false), @r"");
    }
}
