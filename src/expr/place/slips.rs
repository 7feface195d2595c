//! What authors write instead of a place, and what the parser takes that is none.

use crate::diagnostic::{Code, Problem};
use jsonpath_rust::parser::errors::JsonPathError;
use pest::error::InputLocation;
use std::ops::Range;

/// Finds frequent slips before parsing, each with what was meant.
pub(super) fn find(text: &str) -> Option<Problem> {
    let whole = 0..text.len();
    let problem = |range: Range<usize>, message: &str| Problem::new(Code::E0204, range, message);
    let told = |problem: Problem, right: String| {
        let problem = problem.help(format!("write `{right}`"));
        Some(Problem { replacement: Some(right), ..problem })
    };
    if text.is_empty() {
        return Some(problem(whole, "an empty place").help("the whole is `$`"));
    }
    if text.trim() != text {
        return told(problem(whole, "white space around a place"), text.trim().to_owned());
    }
    if text.starts_with("{{") {
        return Some(problem(whole, "a place is written without `{{ }}`").help("places begin with `$`"));
    }
    if let Some(path) = text.strip_prefix('/') {
        let dotted = path.trim_start_matches('/').replace('/', ".");
        return told(problem(whole, "this is no JSONPath"), format!("$.{dotted}"));
    }
    if let Some(rest) = text.strip_prefix('.') {
        let right = if rest.is_empty() { "$".to_owned() } else { format!("$.{}", rest.replace("[]", "[*]")) };
        return told(problem(whole, "a place begins with `$`"), right);
    }
    let Some(rest) = text.strip_prefix('$') else {
        let right = if text.starts_with('[') { format!("${text}") } else { format!("$.{text}") };
        return told(problem(0..text.len(), "a place begins with `$`"), right.replace("[]", "[*]"));
    };
    let bare = outside_texts(text);
    if let Some(at) = bare.find(".[").filter(|at| !bare[..*at].ends_with('.')) {
        return told(problem(at..at + 1, "a dot before a bracket"), format!("{}{}", &text[..at], &text[at + 1..]));
    }
    if let Some(at) = bare.find("[]") {
        return told(problem(at..at + 2, "empty brackets"), format!("{}[*]{}", &text[..at], &text[at + 2..]));
    }
    if rest.starts_with(|char: char| char.is_alphanumeric() || char == '_') {
        return told(problem(1..text.len(), "a dot is missing after `$`"), format!("$.{rest}"));
    }
    if bare.ends_with('.') {
        return told(
            problem(text.len() - 1..text.len(), "the place ends with a dot"),
            text.trim_end_matches('.').to_owned(),
        );
    }
    if let Some(at) = bare.find(" | ") {
        return Some(
            problem(at..text.len(), "a place has no filters").help("an expression has: `{{ record.x | name }}`"),
        );
    }
    let deep: Vec<_> = bare.match_indices("..").map(|(at, _)| at).collect();
    if let [_, second, ..] = deep.as_slice() {
        return Some(
            problem(*second..second + 2, "a second `..` in one place")
                .help("each of them multiplies the work; name the members"),
        );
    }
    spaced(&bare)
}

/// The parser takes `$.a b` for the one name `a b`.
fn spaced(bare: &str) -> Option<Problem> {
    let mut name: Option<usize> = None;
    for (at, char) in bare.char_indices() {
        match char {
            '.' => name = Some(at + 1),
            ' ' | '\t' | '\n' | '\r' => {
                let start = name.filter(|start| *start < at)?;
                let rest = bare[at..].trim_start();
                if rest.starts_with(|char: char| char.is_alphanumeric() || char == '_') {
                    let end = bare.len() - rest.len()
                        + rest.find(|char: char| !(char.is_alphanumeric() || char == '_')).unwrap_or(rest.len());
                    return Some(
                        Problem::new(Code::E0204, start..end, "a name with white space in it")
                            .help("write it in quotes: `$['a b']`; filters know `== != < <= > >= && ||`"),
                    );
                }
                name = None;
            }
            char if char.is_alphanumeric() || char == '_' => {}
            _ => name = None,
        }
    }
    None
}

/// Replaces what stands in quotes by `x`, byte for byte.
fn outside_texts(text: &str) -> String {
    let mut quote = None;
    let mut escaped = false;
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        let inside = quote.is_some();
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if char == '\\' => escaped = true,
            Some(open) if char == open => quote = None,
            None if matches!(char, '\'' | '"') => quote = Some(char),
            _ => {}
        }
        if inside {
            out.extend(std::iter::repeat_n('x', char.len_utf8()));
        } else {
            out.push(char);
        }
    }
    out
}

/// Turns the parser's error into ours.
pub(super) fn explain(text: &str, error: &JsonPathError) -> Problem {
    let range = match error {
        JsonPathError::PestError(error) => match error.location {
            InputLocation::Pos(at) => at..text.len(),
            InputLocation::Span((start, end)) => start..end,
        },
        JsonPathError::MaxNestingDepthExceeded(_) => {
            return Problem::new(Code::E0204, 0..text.len(), "the place is nested too deep");
        }
        _ => 0..text.len(),
    };
    // A name that needs quotes is the usual reason in the middle of a place.
    let odd = text.get(range.clone()).and_then(|rest| rest.chars().next());
    let problem = Problem::new(Code::E0204, range, "this is no JSONPath from here on");
    match odd {
        Some('-' | '@' | ':' | '#' | '/' | '$') => {
            problem.help("a name with other signs than letters, digits and `_` is written `$['a-b']`")
        }
        Some('=') => problem.help("equal is `==`"),
        Some('.') | None => problem.help("a name or `[*]` follows"),
        _ => problem
            .help("places are names `.a`, `['a b']`, indexes `[0]`, `[*]`, slices `[0:2]` and filters `[?@.a == 1]`"),
    }
}
