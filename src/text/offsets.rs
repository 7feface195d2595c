//! From each byte of a decoded scalar back to the byte of the source it came from.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// Returns one offset for each byte of `text`; none when source and text do not agree.
///
/// `range` is what the parser gives: with the quotes; of a block scalar from its first written character.
pub(super) fn offsets(source: &str, range: Range<usize>, style: Style, text: &str) -> Option<Vec<u32>> {
    let mut walk = Walk {
        source: source.as_bytes(),
        text: text.as_bytes(),
        at: range.start,
        end: range.end,
        indent: 0,
        map: Vec::with_capacity(text.len()),
    };
    match style {
        Style::Plain => walk.flow(style)?,
        Style::Single | Style::Double => {
            walk.at += 1;
            walk.end = walk.end.checked_sub(1)?;
            walk.flow(style)?;
        }
        Style::Literal | Style::Folded if text.bytes().all(|byte| byte == b'\n') => {
            walk.push(range.start, text.len());
        }
        Style::Literal | Style::Folded => {
            walk.begin_block(text);
            if style == Style::Literal { walk.literal()? } else { walk.folded()? }
        }
    }
    Some(walk.map)
}

/// Walks source and text side by side: the text is read up to `map.len()`, the source up to `at`.
struct Walk<'a> {
    source: &'a [u8],
    text: &'a [u8],
    at: usize,
    end: usize,
    /// The indentation of a block scalar, which is no part of its text.
    indent: usize,
    map: Vec<u32>,
}

impl Walk<'_> {
    fn literal(&mut self) -> Option<()> {
        while let Some(wanted) = self.wanted() {
            if wanted == b'\n' {
                let Some(line_feed) = self.break_at(self.at) else { return self.line_feed_of_the_end() };
                self.push(line_feed, 1);
                self.at = self.after_indent(line_feed + 1);
            } else {
                self.same(wanted)?;
            }
        }
        Some(())
    }

    fn folded(&mut self) -> Option<()> {
        while let Some(wanted) = self.wanted() {
            if self.break_at(self.at).is_some() {
                self.fold(Self::after_indent)?;
            } else if self.at >= self.end && wanted == b'\n' {
                return self.line_feed_of_the_end();
            } else {
                self.same(wanted)?;
            }
        }
        Some(())
    }

    /// Plain and quoted scalars: a line break, with the white space around it, becomes a space.
    fn flow(&mut self, style: Style) -> Option<()> {
        while let Some(wanted) = self.wanted() {
            let here = self.byte(self.at)?;
            if style == Style::Double && here == b'\\' {
                self.escape()?;
            } else if style == Style::Single && here == b'\'' {
                self.push(self.at, 1);
                self.at += 2;
            } else if self.break_at(self.after_blanks(self.at)).is_some() {
                self.at = self.after_blanks(self.at);
                self.fold(Self::after_blanks)?;
            } else {
                self.same(wanted)?;
            }
        }
        Some(())
    }

    /// Takes a run of line breaks: one is a space in the text, more are line feeds, at most as many as there are.
    fn fold(&mut self, next_line: impl Fn(&Self, usize) -> usize) -> Option<()> {
        let mut breaks = Vec::new();
        while let Some(line_feed) = self.break_at(self.at) {
            breaks.push(line_feed);
            self.at = next_line(self, line_feed + 1);
        }
        if breaks.len() == 1 && self.wanted() == Some(b' ') {
            self.push(breaks[0], 1);
            return Some(());
        }
        let before = self.map.len();
        for line_feed in breaks {
            if self.wanted() == Some(b'\n') {
                self.push(line_feed, 1);
            }
        }
        (self.map.len() > before).then_some(())
    }

    /// Takes one `\…`. A surrogate pair is two of them for one character; an escaped line break is none.
    fn escape(&mut self) -> Option<()> {
        let kind = self.byte(self.at + 1)?;
        if matches!(kind, b'\n' | b'\r') {
            let line_feed = self.break_at(self.at + 1)?;
            self.at = self.after_blanks(line_feed + 1);
            return Some(());
        }
        let decoded = std::str::from_utf8(&self.text[self.map.len()..]).ok()?.chars().next()?;
        let written = match kind {
            b'x' => 4,
            b'u' if u32::from(decoded) > 0xFFFF => 12,
            b'u' => 6,
            b'U' => 10,
            _ => 2,
        };
        self.push(self.at, decoded.len_utf8());
        self.at += written;
        Some(())
    }

    /// Sets indentation and begin of a block scalar, which may have blank lines before its first character.
    fn begin_block(&mut self, text: &str) {
        let line_start = |at: usize| self.source[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let is_blank = |line: &[u8]| line.iter().all(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
        let leading = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();

        let mut first = line_start(self.at);
        let written = self.source[first..].split(|byte| *byte == b'\n').find(|line| !is_blank(line)).map_or(0, leading);
        let decoded = text.as_bytes().split(|byte| *byte == b'\n').find(|line| !is_blank(line)).map_or(0, leading);
        while first > 0 && is_blank(&self.source[line_start(first - 1)..first]) {
            first = line_start(first - 1);
        }
        self.indent = written.saturating_sub(decoded);
        self.end = self.source.len();
        self.at = self.after_indent(first);
    }

    fn wanted(&self) -> Option<u8> {
        self.text.get(self.map.len()).copied()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end { self.source.get(at).copied() } else { None }
    }

    /// Returns the place of the line feed of a line break that begins here.
    fn break_at(&self, at: usize) -> Option<usize> {
        let at = if self.byte(at) == Some(b'\r') { at + 1 } else { at };
        (self.byte(at) == Some(b'\n')).then_some(at)
    }

    fn after_blanks(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    fn after_indent(&self, at: usize) -> usize {
        let spaces = (at..at + self.indent).take_while(|at| self.byte(*at) == Some(b' ')).count();
        at + spaces
    }

    fn same(&mut self, wanted: u8) -> Option<()> {
        (self.byte(self.at)? == wanted).then_some(())?;
        self.push(self.at, 1);
        self.at += 1;
        Some(())
    }

    /// The parser ends the last line for the author.
    fn line_feed_of_the_end(&mut self) -> Option<()> {
        self.push(self.source.len().saturating_sub(1), 1);
        (self.map.len() == self.text.len()).then_some(())
    }

    fn push(&mut self, at: usize, times: usize) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.map.extend(std::iter::repeat_n(at, times));
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{Node, Sources, read};

    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % bound
        }

        fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
            choices[self.below(choices.len())]
        }
    }

    const WORDS: [&str; 14] = [
        "{{ params.x }}",
        "SELECT",
        "a",
        "é€",
        "😀",
        "it's",
        "\"q\"",
        "x#y",
        "a:b",
        "{% endif %}",
        "back\\slash",
        "ünïcode",
        "-",
        "1.10",
    ];

    /// Up to four lines, some of them empty, as one scalar of a style.
    fn scalar(random: &mut Lcg, style: usize, line_end: &str) -> String {
        let indent = " ".repeat(2 + random.below(3));
        let mut lines: Vec<String> = Vec::new();
        for _ in 0..=random.below(4) {
            let words: Vec<&str> = (0..random.below(5)).map(|_| random.of(&WORDS)).collect();
            lines.push(words.join(random.of(&[" ", "  "])));
        }
        let joint = format!("{line_end}{indent}");
        let mut escape = |line: &String| {
            let line = line.replace('\\', "\\\\").replace('"', "\\\"");
            let line = line.replace('é', random.of(&["\\u00e9", "\\xe9", "é"]));
            line.replace('😀', random.of(&["\\U0001f600", "😀", "\\uD83D\\uDE00"]))
        };
        match style {
            0 => format!("x {}", lines.join(&joint)),
            1 => format!("'{}'", lines.iter().map(|line| line.replace('\'', "''")).collect::<Vec<_>>().join(&joint)),
            2 => {
                let lines: Vec<String> = lines.iter().map(&mut escape).collect();
                let end = random.of(&["", " ", "\\"]);
                format!("\"{}\"", lines.join(&format!("{end}{joint}")))
            }
            _ => {
                let chomp = random.of(&["", "-", "+"]);
                let mut block = format!("{}{chomp}", if style == 3 { "|" } else { ">" });
                for line in lines {
                    let more = random.of(&["", "", "  "]);
                    if line.is_empty() {
                        block += line_end;
                    } else {
                        block.extend([joint.as_str(), more, line.as_str()]);
                    }
                }
                block
            }
        }
    }

    fn same_place(written: &str, decoded: char) -> bool {
        decoded.is_whitespace() || written.starts_with(decoded) || written.starts_with(['\\', '\''])
    }

    #[test]
    fn random_scalars_of_every_style() {
        let mut random = Lcg(3);
        let mut checked = [0; 5];
        for round in 0..20_000 {
            let style = round % 5;
            let line_end = if random.below(8) == 0 { "\r\n" } else { "\n" };
            let text = format!("é: 1{line_end}k: {}{line_end}z: 2{line_end}", scalar(&mut random, style, line_end));
            let mut sources = Sources::default();
            let (source, node, flaws) = read(&mut sources, "a", text.as_bytes(), false);
            let Some(value) = node.as_ref().and_then(|node| node.get("k")).filter(|_| flaws.is_empty()) else {
                continue;
            };
            let Some(decoded) = value.as_text() else { continue };
            let written = &sources.get(source).text;
            for (at, char) in decoded.char_indices() {
                let span = sources.inner(value.span, at..at + char.len_utf8());
                assert!(same_place(&written[span.start as usize..], char), "{text:?}: {char:?} of {decoded:?}");
                assert!(written.is_char_boundary(span.end as usize), "{text:?}: {char:?} ends inside a character");
            }
            // Different places have different offsets: a map that gave up has one for all.
            let words = decoded.char_indices().filter(|(_, char)| !char.is_whitespace()).collect::<Vec<_>>();
            let places: std::collections::HashSet<u32> =
                words.iter().map(|(at, _)| sources.inner(value.span, *at..at + 1).start).collect();
            assert_eq!(places.len(), words.len(), "{text:?}");
            assert!(places.iter().all(|place| (value.span.start..value.span.end).contains(place)), "{text:?}");
            checked[style] += 1;
        }
        assert!(checked.iter().all(|count| *count > 1500), "{checked:?}");
    }

    /// The second reader, and ours, on documents without anything that we refuse.
    #[test]
    fn the_same_values_as_another_reader() {
        let mut random = Lcg(7);
        let mut agreed = 0;
        for round in 0..4000 {
            let text = format!("k: {}\nz: 2\n", scalar(&mut random, round % 5, "\n"));
            let (_, node, flaws) = read(&mut Sources::default(), "a", text.as_bytes(), false);
            let Some(node) = node.filter(|_| flaws.is_empty()) else { continue };
            let Ok(other) = serde_yaml::from_str::<serde_json::Value>(&text) else { continue };
            assert_eq!(value(&node), other, "{text:?}");
            agreed += 1;
        }
        assert!(agreed > 2000, "{agreed}");
    }

    fn value(node: &Node) -> serde_json::Value {
        crate::text::from_node(node).unwrap()
    }

    #[test]
    fn the_same_values_for_good_documents() {
        for text in [
            "a: 1\nb: [x, 2.5, true, ~, no, 'on']\nc: { d: { e: [] } }\n",
            "a:\n- 1\n- - 2\n  - 3\nb:\n  c: |\n    text\n      more\n\n  d: >-\n    folded\n    text\n",
            "'a b': \"x\\ty\\u00e9\\\n  z\"\n? c\n: d\n",
            "{\"a\": [1, {\"b\": \"\\/\"}], \"c\": null}",
            "a: 0x1F\nb: 0o17\nc: 1.25e1\nd: -5\ne: 2024-01-01\nf: 12:30:45\ng: 1_000\nh: ''\ni:\n",
            "- a: 1\n  b: 2\n-\n  - x\n- {}\n",
            "a: b # comment\n# more\nc: x#y\n\n\nd: http://x/y?z=1&w=[2]\n",
        ] {
            let (_, node, flaws) = read(&mut Sources::default(), "a", text.as_bytes(), false);
            assert!(flaws.is_empty(), "{text:?} {flaws:?}");
            assert_eq!(value(&node.unwrap()), serde_yaml::from_str::<serde_json::Value>(text).unwrap(), "{text:?}");
        }
    }
}
