//! The way from bytes to nodes: what is refused before reading, and how reading goes on behind a text that YAML misread.

use crate::text::json;
use crate::text::yaml;
use crate::text::{Content, Flaw, FlawKind, Node, OffsetMap, Source, SourceId, Sources, Span};
use std::ops::Range;

/// The largest file that is read.
pub const LARGEST: usize = 1 << 20;
/// How many bytes are parsed in all passes over one text.
const WORK: usize = 16 << 20;
/// More than an author reads; a hostile file could have one for each few bytes.
const MOST_FLAWS: usize = 500;

/// Reads a document and tells every flaw of it that can be found.
///
/// There is no node if the text can't be followed to its end. Otherwise [`Content::Unknown`] stands where
/// something was refused, and of two equal keys the first is kept.
pub fn read(sources: &mut Sources, name: &str, bytes: &[u8], json: bool) -> (SourceId, Option<Node>, Vec<Flaw>) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.len() > LARGEST {
        let source = sources.add(Source::new(name, ""));
        return (source, None, vec![flaw(FlawKind::TooLarge, source, 0..0, format!("{} bytes", bytes.len()))]);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let source = sources.add(Source::new(name, String::from_utf8_lossy(bytes)));
            let at = error.valid_up_to();
            return (
                source,
                None,
                vec![flaw(FlawKind::NotText, source, at..at + '\u{FFFD}'.len_utf8(), "bytes that are not UTF-8")],
            );
        }
    };
    let source = sources.add(Source::new(name, text));
    if let Some((at, char)) = text.char_indices().find(|(_, char)| is_refused(*char)) {
        let detail = format!("the control character U+{:04X}", u32::from(char));
        return (source, None, vec![flaw(FlawKind::NotText, source, at..at + char.len_utf8(), detail)]);
    }
    if json
        && !text.trim().is_empty()
        && let Some(flaw) = json::refused(text, source)
    {
        return (source, None, vec![flaw]);
    }
    let (node, flaws) = passes(sources, source, text);
    (source, node, flaws)
}

/// What neither YAML nor a terminal takes as it is.
fn is_refused(char: char) -> bool {
    char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\u{85}')
}

/// Reads until no text is found any more that must be quoted: each is painted over and counts as unknown in the next
/// pass, so that the flaws behind it are found too.
fn passes(sources: &mut Sources, source: SourceId, text: &str) -> (Option<Node>, Vec<Flaw>) {
    let mut painted = text.to_owned();
    let mut holes: Vec<Range<usize>> = Vec::new();
    let mut flaws = Vec::new();
    let mut work = 0;
    loop {
        let pass = yaml::compose(&painted, source, &holes);
        work += text.len();
        let is_known = |range: &Range<usize>| {
            let next = holes.partition_point(|hole| hole.end <= range.start);
            holes.get(next).is_some_and(|hole| hole.start < range.end)
        };
        let goes_on = work < WORK && !pass.cuts.iter().any(|cut| is_known(&cut.range));
        if pass.cuts.is_empty() || !goes_on {
            let node = if pass.cuts.is_empty() { pass.root } else { None };
            flaws.extend(pass.flaws.into_iter().map(|flaw| whole_characters(flaw, text)));
            flaws.sort_by_key(|flaw: &Flaw| flaw.span.start);
            flaws.truncate(MOST_FLAWS);
            return finish(sources, source, node, flaws, pass.maps);
        }
        for cut in pass.cuts {
            flaws.push(flaw(cut.kind, source, cut.range.clone(), cut.detail));
            holes.push(cut.range);
        }
        holes.sort_by_key(|hole| hole.start);
        painted = paint(text, &holes);
    }
}

/// Writes `x` over the holes, byte for byte, so that places stay what they are.
fn paint(text: &str, holes: &[Range<usize>]) -> String {
    let mut painted = String::with_capacity(text.len());
    for hole in holes {
        painted.push_str(&text[painted.len()..hole.start]);
        painted.extend(std::iter::repeat_n('x', hole.len()));
    }
    painted.push_str(&text[painted.len()..]);
    painted
}

/// Moves a place that was found in the painted text to where characters begin and end in the written one.
fn whole_characters(mut flaw: Flaw, text: &str) -> Flaw {
    while !text.is_char_boundary(flaw.span.start as usize) {
        flaw.span.start -= 1;
    }
    while (flaw.span.end as usize) < text.len() && !text.is_char_boundary(flaw.span.end as usize) {
        flaw.span.end += 1;
    }
    flaw
}

fn finish(
    sources: &mut Sources,
    source: SourceId,
    node: Option<Node>,
    mut flaws: Vec<Flaw>,
    maps: Vec<(u32, OffsetMap)>,
) -> (Option<Node>, Vec<Flaw>) {
    for (start, map) in maps {
        sources.get_mut(source).remember(start, map);
    }
    let is_empty = node.as_ref().is_none_or(|node| node.content == Content::Null && node.span.start == node.span.end);
    if is_empty && flaws.is_empty() {
        flaws.push(flaw(FlawKind::Empty, source, 0..0, ""));
        return (None, flaws);
    }
    (node, flaws)
}

fn flaw(kind: FlawKind, source: SourceId, range: Range<usize>, detail: impl Into<String>) -> Flaw {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span { source, start: offset(range.start), end: offset(range.end) };
    Flaw { kind, span, other: None, detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FlawKind as Kind;

    fn flaws_of(text: &str) -> (Option<Node>, Vec<(Kind, String, String)>) {
        let mut sources = Sources::default();
        let (source, node, flaws) = read(&mut sources, "manifest.yaml", text.as_bytes(), false);
        let text = &sources.get(source).text;
        let told = |flaw: Flaw| {
            let at = text[flaw.span.start as usize..flaw.span.end as usize].to_owned();
            (flaw.kind, at, flaw.detail)
        };
        (node, flaws.into_iter().map(told).collect())
    }

    /// Text, and kind and place of each flaw.
    #[test]
    fn every_flaw_has_its_place() {
        let table: &[(&str, &[(Kind, &str)])] = &[
            ("a: 1\nb: 2\na: 3\n", &[(Kind::DuplicateKey, "a")]),
            ("a: !foo 1\nb: !!str 2\n", &[(Kind::Tag, "!foo"), (Kind::Tag, "!!str")]),
            ("a: &x [1]\nb: *x\n", &[(Kind::Alias, "&x"), (Kind::Alias, "*x")]),
            ("<<: { a: 1 }\nb: 1\n", &[(Kind::Alias, "<<")]),
            ("hosts: [*.example.com]\nb: 1\n", &[(Kind::Alias, "*.example.com")]),
            ("a: 1\n---\nb: 1\n", &[(Kind::SeveralDocuments, "---")]),
            ("a:\n\tb: 2\n", &[(Kind::Tab, "\t")]),
            ("a: y \n\tb: 2\n", &[(Kind::Tab, "\t")]),
            ("[1]: 2\n{ a: 1 }: 3\nb: 1\n", &[(Kind::KeyNotText, "[1]"), (Kind::KeyNotText, "{ a: 1 }")]),
            (": 2\n", &[(Kind::KeyNotText, "")]),
            ("", &[(Kind::Empty, "")]),
            ("# nothing\n", &[(Kind::Empty, "")]),
            ("---\n", &[(Kind::Empty, "")]),
            ("a: {{ params.x }}\nb: 1\n", &[(Kind::UnquotedTemplate, "{{ params.x }}")]),
            ("a: {{ x }}/b{{ y }} tail # c\nb: 1\n", &[(Kind::UnquotedTemplate, "{{ x }}/b{{ y }} tail")]),
            (
                "a: { b: {{ x }}, c: [{{ y }}, 2] }\n",
                &[(Kind::UnquotedTemplate, "{{ x }}"), (Kind::UnquotedTemplate, "{{ y }}")],
            ),
            ("a: {{ x | default('a, b') }}\n", &[(Kind::UnquotedTemplate, "{{ x | default('a, b') }}")]),
            ("a: {{ x.y[0] }}\n", &[(Kind::UnquotedTemplate, "{{ x.y[0] }}")]),
            ("a: { b: {{ x[*] }}, c: 1 }\n", &[(Kind::UnquotedTemplate, "{{ x[*] }}")]),
            ("a: {% if x %}y{% endif %}\n", &[(Kind::UnquotedTemplate, "{% if x %}y{% endif %}")]),
            ("a: { request: GET /x/{{ a }}, b: 1 }\n", &[(Kind::UnquotedTemplate, "GET /x/{{ a }}")]),
            ("a: {\n  request: GET /x/{{ a }} }\n", &[(Kind::UnquotedTemplate, "GET /x/{{ a }}")]),
            ("a: GET /x/{{ b: c }}\n", &[(Kind::UnquotedTemplate, "GET /x/{{ b: c }}")]),
            ("{ cost: decimal(18,2), b: 1 }", &[(Kind::CutText, "decimal(18,2)")]),
            ("{ a: $.labels[*].name, b: $.x[0] }", &[(Kind::CutText, "$.labels[*].name"), (Kind::CutText, "$.x[0]")]),
            (
                "{ a: list<string> <- $.x[?@.k == 'a, b'].y }",
                &[(Kind::CutText, "list<string> <- $.x[?@.k == 'a, b'].y")],
            ),
            ("a: [ $.x[*], $.y ]\n", &[(Kind::CutText, "$.x[*]")]),
            ("{ url: /a/{id}/b, c: 1 }", &[(Kind::CutText, "/a/{id}/b")]),
            ("a: text (b # c)\nb: 1\n", &[(Kind::CutText, "text (b # c)")]),
            ("a: text [b # c\n", &[(Kind::CutText, "text [b # c")]),
            ("a: GET /{{ b # c }}\n", &[(Kind::CutText, "GET /{{ b # c }}")]),
            ("a: x == 'b # c'\n", &[(Kind::CutText, "x == 'b # c'")]),
            ("{ a: x=1,2, b: 3 }", &[(Kind::CutText, "x=1,2")]),
            ("a: { title: Hello, world, all, b: { c: } }\n", &[(Kind::CutText, "Hello, world, all")]),
            (
                "{{ x }}: 1\nb: { {{ y }}: 2, c: 3 }\n",
                &[(Kind::UnquotedTemplate, "{{ x }}"), (Kind::UnquotedTemplate, "{{ y }}")],
            ),
            ("a:\n  b:c\n  d: 1\n", &[(Kind::YamlSyntax, ":")]),
            ("a: x: y\nb: z: 1\n", &[(Kind::YamlSyntax, "x: y"), (Kind::YamlSyntax, "z: 1")]),
            ("{ a: b: c, d: 1 }", &[(Kind::YamlSyntax, "b: c")]),
            (
                "a: @x\nb: `y`\nc: %z\n",
                &[(Kind::YamlSyntax, "@x"), (Kind::YamlSyntax, "`y`"), (Kind::YamlSyntax, "%z")],
            ),
            ("a: b\n c: d\n", &[(Kind::YamlSyntax, ":")]),
            ("a: 'x\n", &[(Kind::YamlSyntax, "")]),
            ("a: [1, 2\n", &[(Kind::YamlSyntax, "[")]),
            // All of them in one go, and a flaw behind a text that broke the parser.
            (
                "a: {{ x }}\nb: { c: f(1,2) }\nd: e: f\na: 1\ng: !t 1\n",
                &[
                    (Kind::UnquotedTemplate, "{{ x }}"),
                    (Kind::CutText, "f(1,2)"),
                    (Kind::YamlSyntax, "e: f"),
                    (Kind::DuplicateKey, "a"),
                    (Kind::Tag, "!t"),
                ],
            ),
        ];
        for (text, expected) in table {
            let (_, found) = flaws_of(text);
            let found: Vec<(Kind, &str)> = found.iter().map(|(kind, at, _)| (*kind, at.as_str())).collect();
            assert_eq!(found, *expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_left_beside_a_flaw() {
        let (node, _) = flaws_of("a: {{ x }}\nb: { c: f(1,2), d: 1 }\ne: *x\nf: 2\nf: 3\n[1]: 2\n");
        let node = node.unwrap();
        let keys: Vec<&str> = node.entries().iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "e", "f"]);
        assert_eq!(node.get("a").unwrap().content, Content::Unknown);
        assert_eq!(node.get("b").unwrap().get("d").unwrap().content, Content::Number("1".into()));
        assert_eq!(node.get("e").unwrap().content, Content::Unknown);
        assert_eq!(node.get("f").unwrap().content, Content::Number("2".into()));
    }

    #[test]
    fn good_texts_have_no_flaw() {
        for text in [
            "request: GET /x/{{ a }}\n",
            "404: x\ntrue: 1\n~: f\n\"<<\": 2\n",
            "{ title: it's, other: isn't (so, b: a }",
            "{ a: decimal(18), b: \"decimal(18,2)\", pattern: ^(a|b)+$ }",
            "a: text (b) # c\nd: it's # e\n",
            "a: [b: 1, c: {}]\n",
            "{ a: { c: , d: 1 }, b: , e: x }",
            "{ a: \"x\", b }",
            "---\na: 1\n...\n",
            "a: 1\n\t\nb: \t2\n",
            "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t2\n\t]\n}\n",
        ] {
            let (node, flaws) = flaws_of(text);
            assert!(node.is_some() && flaws.is_empty(), "{text:?} {flaws:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let deep = "[".repeat(100_000);
        let deep_block: Vec<String> = (0..100).map(|depth| " ".repeat(depth) + "a:\n").collect();
        let wide: Vec<String> = (0..100_000).map(|n| n.to_string() + ":\n").collect();
        let mut laughs = vec!["a: &a [x]\n".to_owned()];
        for n in 0..24u8 {
            let (name, before) = (char::from(b'b' + n), char::from(b'a' + n));
            laughs.push(format!("{name}: &{name} [*{before},*{before},*{before},*{before}]\n"));
        }
        let (_, found) = flaws_of(&deep);
        assert_eq!(found[0].0, Kind::TooDeep);
        let (_, found) = flaws_of(&deep_block.concat());
        assert_eq!(found[0].0, Kind::TooDeep);
        let (node, found) = flaws_of(&wide.concat());
        assert!(node.is_none() && found[0].0 == Kind::TooLarge);
        let (_, found) = flaws_of(&"a".repeat(LARGEST + 1));
        assert_eq!(found[0].0, Kind::TooLarge);
        let (_, found) = flaws_of(&laughs.concat());
        assert!(found.iter().all(|(kind, ..)| *kind == Kind::Alias));
        let (_, found) = flaws_of("a: &a [*a]\n");
        assert_eq!(found.len(), 2);
        // Lines that invite long searches.
        for piece in ["(", "{{", "a: (", "{a: f(1,2), ", "'", "x[", ": "] {
            flaws_of(&piece.repeat(60_000 / piece.len()));
            flaws_of(&format!("a: {}", piece.repeat(60_000 / piece.len())));
        }
    }

    #[test]
    fn bytes_that_are_no_text() {
        let mut sources = Sources::default();
        let (source, node, flaws) = read(&mut sources, "a", b"a: \xC3\xA9\nb: \xFF\n", false);
        assert!(node.is_none());
        assert_eq!(flaws[0].kind, Kind::NotText);
        assert_eq!(sources.get(source).place(flaws[0].span.start), crate::text::Place { line: 2, column: 4 });
        let (_, _, flaws) = read(&mut sources, "a", b"a: x\x1By\n", false);
        assert_eq!((flaws[0].kind, flaws[0].span.start), (Kind::NotText, 4));
        let (_, node, flaws) = read(&mut sources, "a", b"\xEF\xBB\xBFa: 1\r\nb: 2\r\n", false);
        assert!(node.unwrap().get("b").is_some() && flaws.is_empty());
    }

    #[test]
    fn a_json_file_holds_json() {
        let mut sources = Sources::default();
        let (source, node, flaws) = read(&mut sources, "a.json", "{\n  \"é\": 1,\n  b: 2\n}".as_bytes(), true);
        assert!(node.is_none());
        assert_eq!(flaws[0].kind, Kind::JsonSyntax);
        assert_eq!(flaws[0].detail, "key must be a string");
        assert_eq!(sources.get(source).place(flaws[0].span.start), crate::text::Place { line: 3, column: 3 });
        let text = r#"{"a": "\/\uD83D\uDE00\u00e9\t{{ x }}", "b": [1e400, -0, null, true], "b": 1, "": 2}"#;
        let (_, node, flaws) = read(&mut sources, "b.json", text.as_bytes(), true);
        let node = node.unwrap();
        assert_eq!(node.get("a").unwrap().as_text(), Some("/😀é\t{{ x }}"));
        assert_eq!(node.get("b").unwrap().items()[0].content, Content::Number("1e400".into()));
        assert_eq!(flaws.len(), 1);
        assert_eq!(flaws[0].kind, Kind::DuplicateKey);
    }

    /// The text inside a scalar whose place is asked for.
    #[test]
    fn places_inside_scalars() {
        for text in [
            "é: plain x }} y\n",
            "é: 'it''s x }} y'\n",
            "é: \"tab\\t \\u00e9 \\uD83D\\uDE00 x }}\"\n",
            "é: |\n  öne\n   two x }}\n\n  three\nb: 1\n",
            "é: >-\n\n  folded\n  text x }}\n\n  par\n",
            "é: plain\n  over ü x }}\n  lines\nb: 1\n",
            "é: |2\n    lead x }}\n",
            "é: |\r\n  crlf\r\n  x }}\r\nb: 1\r\n",
            "é: \"line \\\n   cont x }}\"\n",
            "é: \"fold\n\n  ed x }}\"\n",
        ] {
            let mut sources = Sources::default();
            let (source, node, _) = read(&mut sources, "a", text.as_bytes(), false);
            let node = node.unwrap();
            let value = &node.entries()[0].value;
            let at = value.as_text().unwrap().find("x }}").unwrap();
            let span = sources.inner(value.span, at..at + 4);
            assert_eq!(&sources.get(source).text[span.start as usize..span.end as usize], "x }}", "{text:?}");
        }
    }

    #[test]
    fn escapes_are_taken_whole() {
        for (text, piece) in [
            (r#""a\u00e9b""#, r"\u00e9"),
            (r#""ab\uD83D\uDE00""#, r"\uD83D\uDE00"),
            ("'it''s'", "''"),
            (r#""a\"""#, "\\\""),
        ] {
            let mut sources = Sources::default();
            let (source, node, _) = read(&mut sources, "a", text.as_bytes(), false);
            let node = node.unwrap();
            let (at, char) =
                node.as_text().unwrap().char_indices().find(|(_, char)| !char.is_ascii_alphabetic()).unwrap();
            let span = sources.inner(node.span, at..at + char.len_utf8());
            assert_eq!(&sources.get(source).text[span.start as usize..span.end as usize], piece, "{text}");
        }
    }

    #[test]
    fn spans_of_block_scalars_are_their_own() {
        let text = "a: |+ # c | d\n\n\nb: |\n\n  text\n\nc:\n  - >\n  - 1\n";
        let mut sources = Sources::default();
        let (_, node, flaws) = read(&mut sources, "a", text.as_bytes(), false);
        let node = node.unwrap();
        assert!(flaws.is_empty());
        let written = |node: &Node| text[node.span.start as usize..node.span.end as usize].to_owned();
        assert_eq!(written(node.get("a").unwrap()), "|");
        assert_eq!(written(node.get("b").unwrap()), "text");
        assert_eq!(written(&node.get("c").unwrap().items()[0]), ">");
        assert_eq!(written(&node), text.trim_end());
    }
}
