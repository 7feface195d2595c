//! Looks at the tokens of a template before it is parsed, and refuses what would hurt the parser or is not the language.

use super::syntax::{Kind, Token};
use crate::diagnostic::{Code, Problem};
use std::ops::Range;

/// The longest template, in bytes.
pub const LONGEST: usize = 8 * 1024;
/// The deepest nesting of an expression or of `{% if %}`.
pub const DEEPEST: usize = 64;
/// The most `-` and `not` in a row: the parser recurses on them without a limit of its own.
const SIGNS: usize = 32;

pub(super) fn length(source: &str) -> Option<Problem> {
    (source.len() > LONGEST).then(|| {
        Problem::new(Code::E0309, 0..source.len(), format!("the template has {} bytes, more than 8 KiB", source.len()))
    })
}

pub(super) fn tokens(source: &str, tokens: &[Token<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut end = 0;
    for token in tokens {
        gap(source, end..token.range.start, &mut problems);
        trim(source, token, &mut problems);
        end = token.range.end.max(end);
    }
    gap(source, end..source.len(), &mut problems);
    for (at, token) in tokens.iter().enumerate() {
        match (token.kind, tokens.get(at + 1)) {
            (Kind::BlockStart, Some(Token { kind: Kind::Name(word), range })) => statement(word, range, &mut problems),
            (Kind::Text, Some(Token { kind: Kind::Text, range })) => problems.push(
                Problem::new(Code::E0303, token.range.start..range.end, "two texts side by side")
                    .help("join them with `~`"),
            ),
            (
                Kind::Name(first @ ("and" | "or")),
                Some(Token { kind: Kind::Name(word @ ("and" | "or" | "in" | "is")), range }),
            ) => {
                problems.push(
                    Problem::new(Code::E0301, range.clone(), format!("`{word}` has no value on its left"))
                        .help(format!("something is missing between `{first}` and `{word}`")),
                );
            }
            (Kind::Number, _) => number(source, token, &mut problems),
            _ => {}
        }
    }
    nesting(tokens, &mut problems);
    problems
}

/// What the tokeniser leaves out between two tokens is white space, a comment or a `raw` tag.
fn gap(source: &str, range: Range<usize>, problems: &mut Vec<Problem>) {
    let Some(text) = source.get(range.clone()) else { return };
    let start = range.start + (text.len() - text.trim_start().len());
    let range = start..start + text.trim().len();
    if text.trim().starts_with("{#") {
        problems.push(
            Problem::new(Code::E0303, range, "comments are not part of templates")
                .help("write a YAML comment above it; a literal `{#` is `{{ '{#' }}`"),
        );
    } else if text.contains("{%") {
        problems.push(
            Problem::new(Code::E0303, range, "`raw` is not part of the language")
                .help("a literal `{{` is written `{{ '{{' }}`"),
        );
    }
}

fn trim(source: &str, token: &Token<'_>, problems: &mut Vec<Problem>) {
    let bytes = source.as_bytes();
    let sign = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, b'-' | b'+')).then_some(at);
    let found = match token.kind {
        Kind::ValueStart | Kind::BlockStart => sign(token.range.start + 2),
        Kind::ValueEnd | Kind::BlockEnd if source.get(token.range.clone()).is_some_and(|text| text.len() > 2) => {
            sign(token.range.start)
        }
        _ => None,
    };
    if let Some(at) = found {
        problems.push(
            Problem::new(Code::E0303, at..at + 1, "trim signs are not part of the language")
                .help("write the text without the white space; a negative number needs a space before its `-`"),
        );
    }
}

fn statement(word: &str, range: &Range<usize>, problems: &mut Vec<Problem>) {
    if matches!(word, "if" | "elif" | "else" | "endif") || word.starts_with("end") {
        return;
    }
    let help = match word {
        "for" => "partitions are `for_each`; lists go through `map`, `select` and `join`",
        "set" | "with" => "write the value where it is used; a value fetched once is `once`",
        "elseif" | "elsif" => "write `{% elif … %}`",
        "macro" | "call" | "include" | "import" | "from" | "extends" | "block" => {
            "what several streams share stands in `defaults`"
        }
        "filter" => "write `{{ x | name }}`",
        _ => "only `{% if %}`, `{% elif %}`, `{% else %}` and `{% endif %}` are",
    };
    let message = format!("`{word}` is not part of the language");
    problems.push(Problem::new(Code::E0303, range.clone(), message).help(help));
}

fn number(source: &str, token: &Token<'_>, problems: &mut Vec<Problem>) {
    let text = source.get(token.range.clone()).unwrap_or_default();
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-')) {
        problems.push(
            Problem::new(Code::E0303, token.range.clone(), format!("`{text}` is not a way to write a number here"))
                .help("write decimal digits without `_`"),
        );
    }
}

/// Counts what the parser recurses on: open brackets, and the signs before each of them.
fn nesting(tokens: &[Token<'_>], problems: &mut Vec<Problem>) {
    let mut row = 0;
    let mut open: Vec<usize> = Vec::new();
    for token in tokens {
        match token.kind {
            Kind::Minus | Kind::Name("not") => row += 1,
            Kind::Open => open.push(std::mem::take(&mut row)),
            Kind::Close => {
                open.pop();
                row = 0;
            }
            Kind::Raw => open.clear(),
            _ => row = 0,
        }
        if row > SIGNS {
            let message = format!("more than {SIGNS} `-` or `not` in a row");
            return problems.push(Problem::new(Code::E0309, token.range.clone(), message));
        }
        if open.len() + open.iter().sum::<usize>() + row > DEEPEST {
            let message = format!("nested deeper than {DEEPEST}");
            let problem = Problem::new(Code::E0309, token.range.clone(), message);
            return problems.push(problem.help("take the expression apart"));
        }
    }
}
