//! Texts that YAML reads otherwise than their author meant: `{{ … }}` without quotes, `decimal(18,2)` or `$.a[*]` inside
//! `{ }`, ` #` and `: ` in the middle. Here the whole text is found again, as far as its line goes.

use crate::text::FlawKind;
use std::ops::Range;

/// A text that must be quoted.
pub(super) struct Cut {
    pub range: Range<usize>,
    pub kind: FlawKind,
    pub detail: String,
}

/// Where a text stands; that decides what ends it.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub in_flow: bool,
    pub is_key: bool,
}

/// Further than this no text is followed, so that a hostile line costs no more than its length.
const REACH: usize = 2000;
const BRACKETS: [(&str, &str); 5] = [("{{", "}}"), ("{%", "%}"), ("(", ")"), ("[", "]"), ("{", "}")];

/// Returns the template that begins here, with what belongs to it.
pub(super) fn template(text: &str, start: usize, position: Position) -> Option<Cut> {
    let opens = text[start..].starts_with("{{") || text[start..].starts_with("{%");
    opens.then(|| cut(text, start..meant_end(text, start, position), FlawKind::UnquotedTemplate))
}

/// Looks whether a plain scalar goes on in its author's mind behind what YAML took for its end.
pub(super) fn plain(text: &str, scalar: Range<usize>, position: Position) -> Option<Cut> {
    let written = &text[scalar.clone()];
    let may_go_on = written.contains(['(', '[', '{', '\'', '"']) && !written.contains('\n');
    if position.is_key || !may_go_on {
        return None;
    }
    let rest = &text[scalar.end..line(text, scalar.end).end];
    let comment_follows = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    let end = meant_end(text, scalar.start, position);
    if end > scalar.end {
        let has_template = text[scalar.start..end].contains("{{") && !comment_follows;
        let kind = if has_template { FlawKind::UnquotedTemplate } else { FlawKind::CutText };
        return Some(cut(text, scalar.start..end, kind));
    }
    let is_open = walk(bytes(text, scalar.start).get(..scalar.len())?, Position { in_flow: false, ..position }, &[]);
    (comment_follows && is_open.is_err())
        .then(|| cut(text, scalar.start..scalar.end + rest.trim_end().len(), FlawKind::CutText))
}

/// A bracket that is open where a line begins.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Open {
    List,
    Map,
}

/// Finds the text that made the parser stop at `at`; `open` are the brackets that are open where its line begins.
pub(super) fn blamed(text: &str, at: usize, mut open: Vec<Open>) -> Option<Cut> {
    let line = line(text, at);
    let mut pos = line.start;
    let mut after_key = false;
    let mut after_dash = false;
    while pos < line.end && pos <= at {
        let rest = &text[pos..line.end];
        let mut chars = rest.chars();
        let (first, second) = (chars.next()?, chars.next());
        match first {
            '#' if pos == line.start || text[..pos].ends_with([' ', '\t']) => return None,
            '-' | '?' if !after_key && second == Some(' ') => (pos, after_dash) = (pos + 1, true),
            ':' => (pos, after_key) = (pos + 1, true),
            ',' if !open.is_empty() => (pos, after_key) = (pos + 1, false),
            '}' | ']' if open.pop().is_some() => (pos, after_key) = (pos + 1, false),
            '{' if matches!(second, Some('{' | '%')) => {
                return template(text, pos, Position { in_flow: !open.is_empty(), is_key: false });
            }
            '{' | '[' => {
                open.push(if first == '{' { Open::Map } else { Open::List });
                (pos, after_key) = (pos + 1, false);
            }
            '"' | '\'' => pos += rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ if first.is_whitespace() => pos += first.len_utf8(),
            _ => {
                let in_flow = !open.is_empty();
                if let Some(colon) = key_end(rest, in_flow).filter(|_| !after_key) {
                    pos += colon;
                    continue;
                }
                let end = meant_end(text, pos, Position { in_flow, is_key: false }).max(pos + first.len_utf8());
                if at <= end {
                    // A text where a key should be is no value: it stands at the wrong place, or lacks its key.
                    let is_value = after_key || after_dash || open.last() == Some(&Open::List);
                    return if is_value { blame(text, pos..end, in_flow) } else { None };
                }
                (pos, after_key) = (end, false);
            }
        }
    }
    None
}

fn blame(text: &str, range: Range<usize>, in_flow: bool) -> Option<Cut> {
    let written = &text[range.clone()];
    let syntax = |detail: String| Some(Cut { range: range.clone(), kind: FlawKind::YamlSyntax, detail });
    if written.contains("{{") || written.contains("{%") {
        return Some(cut(text, range, FlawKind::UnquotedTemplate));
    }
    if let Some(first) = written.chars().next().filter(|first| "@`%|>".contains(*first)) {
        return syntax(format!("a text that begins with `{first}` must be quoted"));
    }
    if written.contains(": ") || written.ends_with(':') {
        return syntax("a text with `: ` in it must be quoted".into());
    }
    (in_flow && written.contains(['[', ']', '{', '}', ','])).then(|| cut(text, range, FlawKind::CutText))
}

fn cut(text: &str, range: Range<usize>, kind: FlawKind) -> Cut {
    Cut { detail: text[range.clone()].to_owned(), range, kind }
}

/// Returns the line around a place, without its line end.
pub(super) fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    start..end - usize::from(text[start..end].ends_with('\r'))
}

fn key_end(rest: &str, in_flow: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let stop = |at: usize| in_flow && matches!(bytes[at], b',' | b'[' | b']' | b'{' | b'}');
    let colon = |at: usize| bytes[at] == b':' && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
    (0..bytes.len().min(REACH)).find(|at| stop(*at) || colon(*at)).filter(|at| !stop(*at))
}

/// Returns the end of the text that begins at `start`: what brackets and quotes enclose belongs to it.
fn meant_end(text: &str, start: usize, position: Position) -> usize {
    let line = bytes(text, start);
    let mut ignored = Vec::new();
    let mut end = loop {
        match walk(line, position, &ignored) {
            Ok(end) => break end,
            // A bracket that nothing closes is a character like others.
            Err(opener) if ignored.len() < 8 => ignored.push(opener),
            Err(opener) => break opener,
        }
    };
    while end > 0 && line[end - 1].is_ascii_whitespace() || !text.is_char_boundary(start + end) {
        end -= 1;
    }
    start + end
}

fn bytes(text: &str, start: usize) -> &[u8] {
    let rest = &text.as_bytes()[start..];
    let rest = &rest[..rest.len().min(REACH)];
    &rest[..rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())]
}

/// Returns the end of the text, or the first opening bracket that is not closed.
fn walk(line: &[u8], position: Position, ignored: &[usize]) -> Result<usize, usize> {
    let mut open: Vec<(usize, &[u8])> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        if let Some((_, closer)) = open.last().filter(|(_, closer)| rest.starts_with(closer)) {
            at += closer.len();
            open.pop();
            continue;
        }
        let in_quotes = open.last().is_some_and(|(_, closer)| matches!(closer[0], b'\'' | b'"'));
        if !in_quotes && !ignored.contains(&at) {
            if let Some((opener, closer)) = BRACKETS.iter().find(|(opener, _)| rest.starts_with(opener.as_bytes())) {
                open.push((at, closer.as_bytes()));
                at += opener.len();
                continue;
            }
            // `it's` holds no quote that opens something.
            if matches!(rest[0], b'\'' | b'"') && at > 0 && !line[at - 1].is_ascii_alphanumeric() {
                open.push((at, &rest[..1]));
                at += 1;
                continue;
            }
        }
        if open.is_empty() && ends(line, at, position) {
            return Ok(at);
        }
        at += 1;
    }
    open.first().map_or(Ok(line.len()), |(opener, _)| Err(*opener))
}

fn ends(line: &[u8], at: usize, position: Position) -> bool {
    match line[at] {
        b',' | b']' | b'}' => position.in_flow,
        b':' => position.is_key && line.get(at + 1).is_none_or(u8::is_ascii_whitespace),
        b'#' => at > 0 && line[at - 1].is_ascii_whitespace(),
        _ => false,
    }
}

/// Returns what stands at a place up to the next white space.
pub(super) fn word(text: &str, at: usize) -> &str {
    text[at..].split_whitespace().next().unwrap_or_default()
}
