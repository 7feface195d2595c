//! Places: the outside of a JSONPath; its inside is read by `expr::place`.

use super::Piece;
use crate::diagnostic::{Code, Problem};
use std::ops::Range;

/// A place where something may be absent: `records`, `from … page`, `at`.
pub const PATTERN: &str = "^\\$(?:[.\\[][\\s\\S]*)?\\??$";
pub const EXAMPLES: &[&str] = &["$", "$.data", "$.rows?", "$.data.items[*]", "$['odd name']"];

/// Parts a place from the `?` that says that it may be absent.
pub fn split_optional(text: &str) -> (&str, bool) {
    match text.strip_suffix('?') {
        Some(place) => (place, true),
        None => (text, false),
    }
}

/// Reads a place that may end in `?`; the piece is without it.
pub fn parse_place(text: &str) -> Result<(Piece, bool), Problem> {
    let (place, optional) = split_optional(text);
    begins(text, 0..place.len())?;
    Ok((Piece::of(text, 0..place.len()), optional))
}

/// Reads a place that is never optional, at a range of a text.
pub(super) fn required(text: &str, range: Range<usize>, code: Code) -> Result<Piece, Problem> {
    begins(text, range.clone())?;
    let end = range.end;
    match text[range.clone()].bytes().last() {
        Some(b'?') => Err(Problem::new(code, end - 1..end, "`?` says nothing here: what is not there is absent")
            .help("leave the `?` out; it stands in `records`, `page` and `at`")),
        Some(b'!') => Err(Problem::new(code, end - 1..end, "`!` stands after the type, not after the place")
            .help("write for example `string! <- $.x`")),
        _ => Ok(Piece::of(text, range)),
    }
}

fn begins(text: &str, range: Range<usize>) -> Result<(), Problem> {
    let Some(rest) = text[range.clone()].strip_prefix('$') else {
        let found = &text[range.clone()];
        return Err(Problem::new(Code::E0204, range, "a place begins with `$`").help(format!("write `$.{found}`")));
    };
    if rest.is_empty() || rest.starts_with(['.', '[']) {
        return Ok(());
    }
    let at = range.start + 1;
    Err(Problem::new(Code::E0204, super::first(text, at), "after `$` stands `.name` or `[…]`")
        .help(format!("write `$.{}`", rest.trim_start())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_as_they_are() {
        assert_eq!(parse_place("$.rows?").unwrap(), (Piece { text: "$.rows".into(), range: 0..6 }, true));
        assert_eq!(split_optional("$"), ("$", false));
        for (text, range, part) in [("data", 0..4, "`$.data`"), ("$data", 1..2, "`$.data`"), ("", 0..0, "begins")] {
            let problem = parse_place(text).unwrap_err();
            assert_eq!((problem.code, problem.range.clone()), (Code::E0204, range));
            assert!(format!("{problem:?}").contains(part), "{problem:?}");
        }
    }
}
