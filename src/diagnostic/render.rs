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
use super::{Diagnostic, Severity};
use crate::text::{Place, SourceId, Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Map, Value, json};

/// Draws findings for a terminal, in the order given. Nothing of the author's text reaches it raw.
pub fn text(found: &[&Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in found {
        out.push_str(draw(diagnostic, sources, &renderer).trim_end());
        out.push_str("\n\n");
    }
    let mut codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    if let [first, more @ ..] = codes.as_slice() {
        let pages = if more.is_empty() { String::new() } else { format!("; pages: {}", codes.join(", ")) };
        out.extend(["note: `weir explain ", first, "` tells more", &pages, "\n"]);
    }
    out
}

fn draw(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(clean(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    let mut places_of_cut_lines = Vec::new();
    for (source, wanted) in places(diagnostic) {
        let name = clean(&sources.get(source).name);
        for excerpt in excerpt::excerpts(sources.get(source), &wanted) {
            if let Some((shown, true_place)) = &excerpt.moved {
                let at = |place: &Place| format!("{name}:{}:{}", place.line, place.column);
                places_of_cut_lines.push((at(shown), at(true_place)));
            }
            group = group.element(snippet(excerpt).path(name.clone()));
        }
    }
    if let Some(nearest) = &diagnostic.nearest {
        group = group.element(Level::HELP.message(format!("did you mean `{}`?", clean(nearest))));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean(help)));
    }
    let mut drawn = renderer.render(&[group]);
    for (shown, true_place) in places_of_cut_lines {
        drawn = drawn.replacen(&shown, &true_place, 1);
    }
    drawn
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
        let source = sources.get(fix.span.source);
        // What would be written holds what is hidden.
        let shown = Some(fix.replacement.as_str()).filter(|_| !source.hides(fix.span.start..fix.span.end));
        edit.insert("replacement".into(), shown.into());
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
    use crate::diagnostic::{Code, Report, from_flaw};
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
        insta::assert_snapshot!(text(&[&found], &sources(file), false), @r##"
        error[E0103]: unknown kind "page_numbr"
         --> manifest.yaml:2:12
          |
        1 | ünï: 1
          | --- named here
        2 |  paginate: page_numbr
          |            ^^^^^^^^^^
          |
          = help: did you mean `page`?
          = help: known kinds: page, cursor

        note: `weir explain E0103` tells more
        "##);
    }

    #[test]
    fn far_places_long_lines_and_empty_spans() {
        let long = "y".repeat(5000);
        let file = format!("a: 1\n{}a: 2\nlong: {long} here {long}\n", "# \n".repeat(20));
        let twice = Diagnostic::new(Code::E0004, span(&file, "a: 2"), "twice").also(span(&file, "a: 1"), "first here");
        let here = Diagnostic::new(Code::E0301, span(&file, "here"), "in a long line");
        let empty = Diagnostic::new(Code::E0014, Span::default(), "nothing");
        insta::assert_snapshot!(text(&[&twice, &here, &empty], &sources(&file), false), @r##"
        error[E0004]: twice
          --> manifest.yaml:22:1
           |
        22 | a: 2
           | ^^^^
           |
          ::: manifest.yaml:1:1
           |
         1 | a: 1
           | ---- first here

        error[E0301]: in a long line
          --> manifest.yaml:23:5008
           |
        23 | …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy here yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
           |                                          ^^^^

        error[E0014]: nothing
         --> manifest.yaml:1:1
          |
        1 | a: 1
          | ^

        note: `weir explain E0004` tells more; pages: E0004, E0014, E0301
        "##);
        insta::assert_snapshot!(text(&[&empty], &sources(""), false), @r##"
        error[E0014]: nothing
         --> manifest.yaml:1:1
          |
        1 |
          | ^

        note: `weir explain E0014` tells more
        "##);
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
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&found, &sources)).unwrap(), @r##"
        [
          {
            "code": "E0012",
            "severity": "error",
            "title": "an unquoted template",
            "message": "a template must be quoted, or YAML takes `{` for a map",
            "file": "manifest.yaml",
            "line": 1,
            "column": 4,
            "end_line": 1,
            "end_column": 11,
            "source_line": "ü: {{ x }}",
            "help": "quote it: \"{{ x }}\"",
            "nearest": null,
            "fix": {
              "file": "manifest.yaml",
              "line": 1,
              "column": 4,
              "end_line": 1,
              "end_column": 11,
              "replacement": "\"{{ x }}\"",
              "safe": true
            },
            "secondary": []
          }
        ]
        "##);
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
        insta::assert_snapshot!(text(&report.sorted(), &sources, false), @r##"
        error[E0012]: a template must be quoted, or YAML takes `{` for a map
         --> manifest.yaml:1:4
          |
        1 | a: {{ x }}
          |    ^^^^^^^
          |
          = help: quote it: "{{ x }}"

        error[E0013]: YAML does not read this as one text
         --> manifest.yaml:2:9
          |
        2 | b: { c: decimal(18,2) }
          |         ^^^^^^^^^^^^^
          |
          = help: quote it: "decimal(18,2)"

        error[E0002]: a text with `: ` in it must be quoted
         --> manifest.yaml:3:4
          |
        3 | d: e: f
          |    ^^^^

        error[E0004]: the key `a` stands here a second time
         --> manifest.yaml:4:1
          |
        1 | a: {{ x }}
          | - first here
        ...
        4 | a: 1
          | ^
          |
          = help: the one in line 1 counts; remove or rename one of them

        error[E0005]: the tag `!t` means nothing here
         --> manifest.yaml:5:4
          |
        5 | g: !t 1
          |    ^^
          |
          = help: remove the tag, or quote the text if it begins with `!`

        error[E0006]: the alias `*h` means nothing here
         --> manifest.yaml:6:4
          |
        6 | h: *h
          |    ^^
          |
          = help: write the value out, or quote the text if it begins with `*`

        error[E0011]: a key must be a text, this is a list
         --> manifest.yaml:7:1
          |
        7 | [1]: 2
          | ^^^
          |
          = help: write the key as a text, and quote it if it begins with `[` or `{`

        note: `weir explain E0002` tells more; pages: E0002, E0004, E0005, E0006, E0011, E0012, E0013
        "##);
    }
}
