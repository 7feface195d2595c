//! Sources, spans, and the way back from decoded text to the bytes in the file.

use std::collections::HashMap;
use std::ops::Range;

/// Names one text that was read; an index into [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A stretch of bytes of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub source: SourceId,
    pub start: u32,
    pub end: u32,
}

/// A place as a person counts it: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// For each byte of a decoded scalar the byte of the source it came from.
#[derive(Clone, Debug, Default)]
pub struct OffsetMap(pub Vec<u32>);

/// One text that was read, with what is needed to find places in it.
#[derive(Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
    lines: Vec<u32>,
    /// Offset maps of the scalars whose decoded text is not the written one, by the start of their span.
    maps: HashMap<u32, OffsetMap>,
    /// The text as people see it, if something of it is a secret. It has the same bytes and characters a line.
    shown: Option<String>,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| offset(at + 1))).collect::<Vec<u32>>();
        Self { name: name.into(), text, lines, maps: HashMap::new(), shown: None }
    }

    /// Returns the line and column of a byte offset.
    pub fn place(&self, at: u32) -> Place {
        let line = self.lines.partition_point(|start| *start <= at).max(1) - 1;
        let begin = self.lines[line] as usize;
        let mut end = (at as usize).min(self.text.len()).max(begin);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        Place { line: line + 1, column: self.text[begin..end].chars().count() + 1 }
    }

    /// Hides a stretch of the text, a secret, wherever a line is shown.
    pub fn hide(&mut self, range: Range<u32>) {
        let range = range.start as usize..range.end as usize;
        let shown = self.shown.get_or_insert_with(|| self.text.clone());
        let Some(secret) = shown.get(range.clone()) else { return };
        let mask = |char: char| match char.len_utf8() {
            _ if char.is_whitespace() => char,
            1 => '*',
            2 => '·',
            3 => '•',
            _ => '🔒',
        };
        let masked: String = secret.chars().map(mask).collect();
        shown.replace_range(range, &masked);
    }

    /// Hides a value, but for each `${…}` in it: that is the name of a variable or of a file.
    pub fn hide_value(&mut self, range: Range<u32>) {
        let Some(written) = self.text.get(range.start as usize..range.end as usize) else { return };
        let mut gaps = Vec::new();
        let (mut kept, mut at) = (0, 0);
        while let Some(begin) = written[at..].find("${").map(|found| at + found) {
            let Some(end) = written[begin..].find('}').map(|end| begin + end + 1) else { break };
            // `$${` is a text like any other.
            if !written[..begin].ends_with('$') {
                gaps.push(kept..begin);
                kept = end;
            }
            at = end;
        }
        gaps.push(kept..written.len());
        let quotes = |gap: &Range<usize>| written[gap.clone()].chars().all(|char| matches!(char, '"' | '\''));
        if kept > 0 && gaps.iter().all(quotes) {
            return;
        }
        for gap in gaps {
            self.hide(range.start + offset(gap.start)..range.start + offset(gap.end));
        }
    }

    /// Says whether something of a stretch is hidden.
    pub fn hides(&self, range: Range<u32>) -> bool {
        let range = range.start as usize..range.end as usize;
        self.shown.as_ref().is_some_and(|shown| shown.get(range.clone()) != self.text.get(range))
    }

    /// Lists what is hidden in a stretch, word by word.
    pub fn hidden(&self, range: Range<u32>) -> Vec<&str> {
        let range = range.start as usize..range.end as usize;
        let shown = self.shown.as_ref().and_then(|shown| shown.get(range.clone()));
        let (Some(shown), Some(written)) = (shown, self.text.get(range)) else { return Vec::new() };
        let same = written.char_indices().zip(shown.chars()).filter(|((_, char), shown)| char == shown);
        let ends = same.map(|((at, char), _)| (at, at + char.len_utf8())).chain([(written.len(), written.len())]);
        let mut begin = 0;
        let words = ends.map(|(at, next)| &written[std::mem::replace(&mut begin, next)..at]);
        words.filter(|word| !word.is_empty()).collect()
    }

    /// Returns the text of a line as people see it, counted from 1, without its line end.
    pub fn line(&self, line: usize) -> &str {
        let begin = self.lines.get(line - 1).map_or(self.text.len(), |at| *at as usize);
        let end = self.lines.get(line).map_or(self.text.len(), |at| *at as usize);
        self.shown.as_deref().unwrap_or(&self.text)[begin..end].trim_end_matches(['\n', '\r'])
    }

    pub fn remember(&mut self, scalar_start: u32, map: OffsetMap) {
        self.maps.insert(scalar_start, map);
    }
}

/// All texts of one check; spans point into it.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    pub fn add(&mut self, source: Source) -> SourceId {
        let id = SourceId(offset(self.0.len()));
        self.0.push(source);
        id
    }

    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    pub fn get_mut(&mut self, id: SourceId) -> &mut Source {
        &mut self.0[id.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.0)
    }

    /// Returns the span of a piece of a scalar's *decoded* text, given the scalar's span.
    pub fn inner(&self, scalar: Span, piece: Range<usize>) -> Span {
        let Some(OffsetMap(map)) = self.get(scalar.source).maps.get(&scalar.start) else {
            // Without a map the decoded text stands in the source as it is.
            let at = |n: usize| scalar.start.saturating_add(offset(n)).min(scalar.end);
            return Span { source: scalar.source, start: at(piece.start), end: at(piece.end) };
        };
        let at = |n: usize| map.get(n).copied().unwrap_or(scalar.end);
        let start = at(piece.start);
        let end = if piece.end > piece.start { self.end_of_written(scalar, map, piece.end) } else { start };
        Span { source: scalar.source, start, end: end.max(start) }
    }

    /// Returns where the decoded byte before `piece_end` ends in the source; an escape is longer than what it means.
    fn end_of_written(&self, scalar: Span, map: &[u32], piece_end: usize) -> u32 {
        let last = map.get(piece_end - 1).copied().unwrap_or(scalar.end);
        let text = self.get(scalar.source).text.as_bytes();
        let byte = |at: u32| text.get(at as usize).copied().unwrap_or_default();
        let is_escape = match byte(scalar.start) {
            b'"' => byte(last) == b'\\',
            b'\'' => byte(last) == b'\'',
            _ => false,
        };
        if !is_escape {
            return last.saturating_add(1);
        }
        map.get(piece_end).copied().unwrap_or(scalar.end.saturating_sub(1))
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Something wrong with the text itself, before any meaning.
#[derive(Clone, Debug)]
pub struct Flaw {
    pub kind: FlawKind,
    pub span: Span,
    /// The other place, for example the first of two equal keys.
    pub other: Option<Span>,
    /// What was found, in the author's words: the key, the tag, the parser's own sentence.
    pub detail: String,
}

/// The classes of flaws; each becomes one diagnostic code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    NotText,
    YamlSyntax,
    JsonSyntax,
    DuplicateKey,
    Tag,
    Alias,
    SeveralDocuments,
    TooDeep,
    TooLarge,
    Tab,
    KeyNotText,
    UnquotedTemplate,
    CutText,
    Empty,
}
