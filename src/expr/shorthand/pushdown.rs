//! Filters an API can do itself: `query.status`, `>= query.since`, `query.q!`, `>= query.since | date`.

use super::Piece;
use super::address::{Address, address_pattern, parse_address};
use crate::diagnostic::{Code, Problem};
use std::ops::Range;

pub const PATTERN: &str =
    concat!("^(?:(?:=|!=|<|<=|>|>=|in|like) )?", address_pattern!(), "!?(?: \\| \\S(?:[\\s\\S]*\\S)?)?$");
pub const EXAMPLES: &[&str] = &["query.status", ">= query.since", "query.q!", ">= query.since | unix"];

/// A condition on a column that is handed to the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushdown {
    pub op: Op,
    pub address: Address,
    pub address_range: Range<usize>,
    /// The API can't be asked without it.
    pub required: bool,
    /// Filters of the expression language that the value goes through.
    pub filter: Option<Piece>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Op {
    #[default]
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Like,
}

const OPS: &[(&str, Op)] = &[
    ("=", Op::Eq),
    ("!=", Op::Ne),
    ("<=", Op::Le),
    (">=", Op::Ge),
    ("<", Op::Lt),
    (">", Op::Gt),
    ("in", Op::In),
    ("like", Op::Like),
];
const MISTAKEN: &[(&str, &str)] = &[
    ("==", "="),
    ("<>", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("IN", "in"),
    ("LIKE", "like"),
    ("eq", "="),
    ("gte", ">="),
    ("lte", "<="),
];

/// Reads a pushdown filter.
pub fn parse_pushdown(text: &str) -> Result<Pushdown, Problem> {
    let (op, start) = operator(text)?;
    let (end, filter) = match text[start..].find(" | ") {
        Some(at) => (start + at, Some(start + at + 3..text.len())),
        None => (text.len(), None),
    };
    let required = text[start..end].ends_with('!');
    let address_range = start..end - usize::from(required);
    let address = parse_address(&text[address_range.clone()]).map_err(|problem| {
        let range = problem.range.start + start..problem.range.end + start;
        Problem { code: Code::E0214, range, ..problem }
    })?;
    if let Some(range) =
        filter.clone().filter(|range| text[range.clone()].trim() != &text[range.clone()] || range.is_empty())
    {
        return Err(
            Problem::new(Code::E0214, range, "the filter is missing").help("write for example `>= query.since | unix`")
        );
    }
    let filter = filter.map(|range| Piece::of(text, range));
    Ok(Pushdown { op, address, address_range, required, filter })
}

fn operator(text: &str) -> Result<(Op, usize), Problem> {
    let (word, rest) = text.split_once(' ').unwrap_or(("", text));
    if let Some((_, op)) = OPS.iter().find(|(known, _)| *known == word)
        && !rest.starts_with(' ')
    {
        return Ok((*op, word.len() + 1));
    }
    let problem = |range, message: String, help: String| Err(Problem::new(Code::E0214, range, message).help(help));
    if let Some((wrong, ours)) = MISTAKEN.iter().find(|(wrong, _)| *wrong == word) {
        return problem(
            0..word.len(),
            format!("`{wrong}` is written `{ours}`"),
            format!("write `{ours} {}`", rest.trim_start()),
        );
    }
    let signs = text.bytes().take_while(|b| b"<>=!".contains(b)).count();
    if signs > 0 {
        let rest = text[signs..].trim_start();
        let ops = "the operators are = != < <= > >= in like";
        return match OPS.iter().find(|(known, _)| *known == &text[..signs]) {
            Some((sign, _)) => problem(
                0..text.len() - rest.len(),
                "one space stands after the operator".into(),
                format!("write `{sign} {rest}`"),
            ),
            None => problem(0..signs, format!("unknown operator `{}`", &text[..signs]), ops.into()),
        };
    }
    Ok((Op::Eq, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read() {
        let filter = parse_pushdown(">= query.since! | unix_ms").unwrap();
        assert_eq!((filter.op, filter.address, filter.required), (Op::Ge, Address::Query("since".into()), true));
        assert_eq!((filter.address_range, filter.filter.unwrap().range), (3..14, 18..25));
        assert_eq!(parse_pushdown("in query.ids").unwrap().op, Op::In);
        assert_eq!(parse_pushdown("query.q").unwrap().op, Op::Eq);
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            (">=query.since", 0..2, "one space"),
            ("== query.a", 0..2, "`= query.a`"),
            ("~ query.a", 0..7, "not a part of a request"),
            (">= since", 3..8, "`query.since`"),
            (">= headers.X", 3..10, "`header.X`"),
            ("query.a | ", 10..10, "the filter is missing"),
            ("<=> query.a", 0..3, "unknown operator"),
        ];
        for (text, range, part) in cases {
            let problem = parse_pushdown(text).unwrap_err();
            assert_eq!(problem.code, Code::E0214);
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
            assert_eq!(problem.range, range, "{text}: {problem:?}");
        }
    }
}
