//! The lines of a source that a finding shows: cut where they are long, and safe to send to a terminal.

use crate::text::{Place, Source, Span};
use std::ops::Range;

/// Lines further apart than this are shown as two excerpts.
const NEAR: usize = 3;
/// How many characters of a line are shown, and how many of them before the first mark.
const WIDTH: usize = 120;
const BEFORE: usize = 40;

/// Consecutive lines with marks in them; a mark never leaves its first line.
pub(super) struct Excerpt<'a> {
    pub first_line: usize,
    pub text: String,
    pub marks: Vec<Mark<'a>>,
    /// Where the first mark seems to stand and where it stands, if its line was cut before it.
    pub moved: Option<(Place, Place)>,
}

pub(super) struct Mark<'a> {
    /// Bytes of the excerpt's text.
    pub range: Range<usize>,
    pub label: &'a str,
    pub is_primary: bool,
}

/// A place of a finding before it is drawn.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub span: Span,
    pub label: &'a str,
    pub is_primary: bool,
}

/// Returns the excerpts of one source, the one with the first of `wanted` first.
pub(super) fn excerpts<'a>(source: &Source, wanted: &[Wanted<'a>]) -> Vec<Excerpt<'a>> {
    let line_of = |wanted: &Wanted| source.place(wanted.span.start).line;
    let mut by_line = wanted.to_vec();
    by_line.sort_by_key(line_of);
    let mut groups: Vec<Vec<Wanted>> = Vec::new();
    for wanted in by_line {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| line_of(&wanted) - line_of(last) <= NEAR) => {
                group.push(wanted);
            }
            _ => groups.push(vec![wanted]),
        }
    }
    groups.sort_by_key(|group| !group.iter().any(|wanted| wanted.is_primary));
    groups.iter().map(|group| excerpt(source, group)).collect()
}

fn excerpt<'a>(source: &Source, wanted: &[Wanted<'a>]) -> Excerpt<'a> {
    let lines: Vec<usize> = wanted.iter().map(|wanted| source.place(wanted.span.start).line).collect();
    let (first_line, last_line) = (lines.first().copied().unwrap_or(1), lines.last().copied().unwrap_or(1));
    let mut shown = Excerpt { first_line, text: String::new(), marks: Vec::new(), moved: None };
    for line in first_line..=last_line {
        let here = wanted.iter().zip(&lines).filter(|(_, at)| **at == line).map(|(wanted, _)| wanted);
        show_line(source, line, here, &mut shown);
        shown.text.push('\n');
    }
    shown
}

fn show_line<'a: 'b, 'b>(
    source: &Source,
    line: usize,
    wanted: impl Iterator<Item = &'b Wanted<'a>> + Clone,
    shown: &mut Excerpt<'a>,
) {
    let written: Vec<char> = source.line(line).chars().collect();
    // Columns from zero.
    let columns = |wanted: &Wanted| {
        let start = source.place(wanted.span.start).column - 1;
        let end = source.place(wanted.span.end);
        let end = if end.line == line { end.column - 1 } else { written.len() };
        start.min(written.len())..end.clamp(start.min(written.len()), written.len())
    };
    let first_mark = wanted.clone().map(|wanted| columns(wanted).start).min().unwrap_or(0);
    let from = if written.len() > WIDTH { first_mark.saturating_sub(BEFORE) } else { 0 };
    let to = (from + WIDTH).min(written.len());
    let (prefix, suffix) = (if from > 0 { "…" } else { "" }, if to < written.len() { "…" } else { "" });

    let begin = shown.text.len() + prefix.len();
    let visible: Vec<char> = written[from..to].iter().copied().map(printable).collect();
    let byte_at = |column: usize| {
        let before = column.clamp(from, to) - from;
        begin + visible[..before].iter().map(|char| char.len_utf8()).sum::<usize>()
    };
    for wanted in wanted {
        let columns = columns(wanted);
        if from > 0 && (shown.moved.is_none() || wanted.is_primary) {
            // The sign of the cut takes one column.
            let seeming = Place { line, column: columns.start - from + 2 };
            shown.moved = Some((seeming, Place { line, column: columns.start + 1 }));
        }
        let range = byte_at(columns.start)..byte_at(columns.end);
        shown.marks.push(Mark { range, label: wanted.label, is_primary: wanted.is_primary });
    }
    shown.text.push_str(prefix);
    shown.text.extend(&visible);
    shown.text.push_str(suffix);
}

/// Makes one line of a text that comes from a file, so that it can do nothing to a terminal.
pub fn clean(text: &str) -> String {
    text.chars().map(|char| if char.is_whitespace() { ' ' } else { printable(char) }).collect()
}

/// Returns the first characters of a line, for readers other than people.
pub(super) fn shortened(line: &str) -> &str {
    line.char_indices().nth(WIDTH * 4).map_or(line, |(end, _)| &line[..end])
}

fn printable(char: char) -> char {
    let turns_direction = matches!(char, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    match char {
        '\t' => ' ',
        _ if char.is_control() || turns_direction => char::REPLACEMENT_CHARACTER,
        _ => char,
    }
}
