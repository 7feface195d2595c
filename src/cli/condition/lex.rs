//! The pieces of a condition.

use super::Mistake;
use std::ops::Range;

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// What stands between quotes.
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare word: a column, a key word, a date.
    Word,
    Number,
    /// `'text'`
    Text,
    /// `"column"`
    Name,
    Sign,
    Open,
    Close,
    Comma,
}

/// Cuts a text into its pieces.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Mistake> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length, content) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '\'' | '"' => {
                let (length, content) = quoted(rest, first).ok_or_else(|| {
                    Mistake::new(at..text.len(), "the quote is not closed")
                        .help(format!("a quote within it is doubled: {first}it{first}{first}s{first}"))
                })?;
                (if first == '"' { Kind::Name } else { Kind::Text }, length, content)
            }
            '(' => (Kind::Open, 1, String::new()),
            ')' => (Kind::Close, 1, String::new()),
            ',' => (Kind::Comma, 1, String::new()),
            '=' | '!' | '<' | '>' => {
                (Kind::Sign, rest.bytes().take_while(|byte| b"=!<>".contains(byte)).count(), String::new())
            }
            _ if is_part(first) => {
                let length: usize = rest.chars().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
                let kind = if is_number(&rest[..length]) { Kind::Number } else { Kind::Word };
                (kind, length, String::new())
            }
            _ => {
                let range = at..at + first.len_utf8();
                return Err(Mistake::new(range, format!("`{}` means nothing here", first.escape_debug()))
                    .help("a text stands in quotes: `'…'`, an unusual column in double quotes: `\"…\"`"));
            }
        };
        all.push(Token { kind, range: at..at + length, text: content });
        at += length;
    }
    Ok(all)
}

/// Whether a character may stand in a bare word: in `updated_at`, `2024-01-01T00:00:00+02:00`, `a.b`.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() || "_-.:+$@/".contains(character)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && text.parse::<f64>().is_ok()
}

/// Returns the length of a quoted text with its quotes, and what stands between them.
fn quoted(text: &str, quote: char) -> Option<(usize, String)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            return Some((at + 1, content));
        }
    }
    None
}
