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
