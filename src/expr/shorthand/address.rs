//! Addresses, where something is written: `query.after`, `header.X-Page`, `body.page['cursor']`, `url`.

use crate::diagnostic::{Code, Problem};
use crate::name::{is_name, nearest};
use std::fmt;
use std::ops::Range;

/// An address without anchors, for the forms that hold one.
macro_rules! address_pattern {
    () => {
        concat!(
            "(?:(?:query|form|cookie)\\.\\S(?:[\\s\\S]*\\S)?",
            "|header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]+",
            "|path\\.[A-Za-z_][A-Za-z0-9_]*",
            "|(?:body|variables)(?:\\.[A-Za-z_][A-Za-z0-9_]*|\\['[^']+'\\]|\\[[0-9]+\\])+",
            "|url)"
        )
    };
}
pub(super) use address_pattern;

pub const PATTERN: &str = concat!("^", address_pattern!(), "$");
pub const EXAMPLES: &[&str] =
    &["query.after", "header.X-Page", "body.page.cursor", "variables.after", "form.offset", "path.id", "url"];

/// A part of a request that a value is written to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    Query(String),
    /// As it was written; two headers whose names differ in case are one.
    Header(String),
    Form(String),
    Cookie(String),
    Path(String),
    Body(Vec<Step>),
    Variables(Vec<Step>),
    /// The whole address.
    Url,
}

/// One step into a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Member(String),
    Index(usize),
}

const ROOTS: &[&str] = &["query", "header", "form", "cookie", "path", "body", "variables", "url"];

/// What is said elsewhere for a part of a request.
const MISTAKEN: &[(&[&str], &str)] = &[
    (&["headers"], "header"),
    (&["params", "param", "parameter", "request_parameter", "querystring", "qs", "args"], "query"),
    (&["json", "body_json", "body_data", "data", "payload"], "body"),
    (&["cookies"], "cookie"),
    (&["graphql"], "variables"),
];

/// Reads an address.
pub fn parse_address(text: &str) -> Result<Address, Problem> {
    let whole = 0..text.len();
    let (root, rest) = match text.find(['.', '[']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    if !ROOTS.contains(&root) || (rest.is_empty() && root != "url") {
        return Err(mistake(text, root, rest));
    }
    let name = rest.strip_prefix('.').unwrap_or("");
    let range = text.len() - name.len()..text.len();
    let unfit = |what: &str| Err(Problem::new(Code::E0206, range.clone(), format!("`{name}` is no name of a {what}")));
    let Some(sign) = rest.chars().next() else { return Ok(Address::Url) };
    match root {
        "body" => steps(text, root.len()).map(Address::Body),
        "variables" => steps(text, root.len()).map(Address::Variables),
        "url" => Err(Problem::new(Code::E0206, whole, "`url` is the whole address of the request").help("write `url`")),
        _ if sign == '[' => {
            Err(Problem::new(Code::E0206, root.len()..text.len(), format!("after `{root}` stands `.name`"))
                .help(format!("write `{root}.{}`", rest.trim_matches(['[', ']', '\'', '"']))))
        }
        "header" if is_header(name) => Ok(Address::Header(name.to_owned())),
        "header" => unfit("header"),
        "path" if is_name(name) => Ok(Address::Path(name.to_owned())),
        "path" => unfit("part of a path"),
        _ if name.is_empty() || name.trim() != name || name.contains(char::is_control) => unfit("parameter"),
        _ if name.contains("{{") => {
            Err(Problem::new(Code::E0206, range, "an address is fixed, no expression stands in it"))
        }
        "query" => Ok(Address::Query(name.to_owned())),
        "form" => Ok(Address::Form(name.to_owned())),
        _ => Ok(Address::Cookie(name.to_owned())),
    }
}

/// Says whether a text can be the name of a header (RFC 9110).
pub(super) fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&b))
}

fn mistake(text: &str, root: &str, rest: &str) -> Problem {
    let problem = |message: String| Problem::new(Code::E0206, 0..text.len(), message);
    let roots = "an address is `query.x`, `header.X`, `form.x`, `cookie.x`, `path.x`, `body.x`, `variables.x` or `url`";
    if let Some(path) = text.strip_prefix('$') {
        return problem("a place is where something is read; here something is written".into())
            .help(format!("write for example `body{}`", if path.is_empty() { ".x" } else { path }));
    }
    if text.contains("{{") {
        return problem("an address is fixed, no expression stands in it".into()).help(roots);
    }
    if ROOTS.contains(&root) {
        return problem(format!("`{root}` alone says not where")).help(format!("write for example `{root}.page`"));
    }
    if let Some((_, ours)) = MISTAKEN.iter().find(|(words, _)| words.contains(&root)) {
        let rest = if rest.is_empty() { ".page" } else { rest };
        return Problem::new(Code::E0206, 0..root.len(), format!("`{root}` is not a part of a request"))
            .help(format!("write `{ours}{rest}`"));
    }
    match nearest(root, ROOTS.iter().copied()) {
        Some(near) if !rest.is_empty() => {
            Problem::new(Code::E0206, 0..root.len(), format!("`{root}` is not a part of a request"))
                .nearest(Some(near))
                .help(roots)
        }
        _ if rest.is_empty() && !text.is_empty() && text.trim() == text => {
            problem(format!("`{text}` says not where in the request")).help(format!("write for example `query.{text}`"))
        }
        _ => problem("not a part of a request".into()).help(roots),
    }
}

fn steps(text: &str, mut at: usize) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    while at < text.len() {
        let (step, end) = step(text, at)?;
        steps.push(step);
        at = end;
    }
    Ok(steps)
}

fn step(text: &str, at: usize) -> Result<(Step, usize), Problem> {
    let rest = &text[at..];
    let problem =
        |range: Range<usize>, message: &str, help: String| Err(Problem::new(Code::E0206, range, message).help(help));
    if let Some(inner) = rest.strip_prefix("['") {
        return match inner.split_once("']") {
            Some((name, _)) if !name.is_empty() && !name.contains('\'') => {
                Ok((Step::Member(name.to_owned()), at + name.len() + 4))
            }
            _ => problem(at..text.len(), "a member in quotes is not closed", "write `['name']`".into()),
        };
    }
    if let Some(inner) = rest.strip_prefix('[') {
        let digits = inner.split_once(']').map(|(digits, _)| digits);
        let index = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        return match index.and_then(|digits| Some((digits.parse().ok()?, digits.len()))) {
            Some((index, length)) => Ok((Step::Index(index), at + length + 2)),
            None => problem(
                at..text.len(),
                "in brackets stands a number, or a member in quotes",
                "write `[0]` or `['name']`".into(),
            ),
        };
    }
    let Some(tail) = rest.strip_prefix('.') else {
        return problem(
            super::first(text, at),
            "a step is `.name`, `['name']` or `[0]`",
            "write for example `body.page.cursor`".into(),
        );
    };
    let name = &tail[..tail.find(['.', '[']).unwrap_or(tail.len())];
    let end = at + 1 + name.len();
    if is_name(name) {
        return Ok((Step::Member(name.to_owned()), end));
    }
    if name.is_empty() {
        return problem(at..end, "a name is missing after the point", "write for example `body.page`".into());
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        return problem(at..end, "an element of a list stands in brackets", format!("write `[{name}]`"));
    }
    problem(at..end, "such a name stands in quotes", format!("write `['{name}']`"))
}

/// Prints the short form back.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (root, steps) = match self {
            Address::Query(name) => return write!(f, "query.{name}"),
            Address::Header(name) => return write!(f, "header.{name}"),
            Address::Form(name) => return write!(f, "form.{name}"),
            Address::Cookie(name) => return write!(f, "cookie.{name}"),
            Address::Path(name) => return write!(f, "path.{name}"),
            Address::Url => return f.write_str("url"),
            Address::Body(steps) => ("body", steps),
            Address::Variables(steps) => ("variables", steps),
        };
        f.write_str(root)?;
        steps.iter().try_for_each(|step| match step {
            Step::Member(name) if is_name(name) => write!(f, ".{name}"),
            Step::Member(name) => write!(f, "['{name}']"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_printed() {
        for text in EXAMPLES.iter().chain(&["query.created[gte]", "body.a['b-c'][0].d", "query.page.size"]) {
            assert_eq!(parse_address(text).map(|a| a.to_string()), Ok((*text).to_owned()));
        }
        assert_eq!(
            parse_address("body['a.b'][1]"),
            Ok(Address::Body(vec![Step::Member("a.b".into()), Step::Index(1)]))
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("request_parameter", 0..17, "`query.page`"),
            ("params.page", 0..6, "`query.page`"),
            ("headers.X", 0..7, "`header.X`"),
            ("json.after", 0..4, "`body.after`"),
            ("body", 0..4, "`body.page`"),
            ("after", 0..5, "`query.after`"),
            ("qurey.after", 0..5, "Some(\"query\")"),
            ("$.after", 0..7, "`body.after`"),
            ("{{ x }}", 0..7, "fixed"),
            ("query.{{ x }}", 6..13, "fixed"),
            ("query['a']", 5..10, "`query.a`"),
            ("query.", 6..6, "no name"),
            ("header.a b", 7..10, "no name"),
            ("path.a-b", 5..8, "no name"),
            ("url.x", 0..5, "`url`"),
            ("body.a-b", 4..8, "`['a-b']`"),
            ("body.0", 4..6, "`[0]`"),
            ("body..a", 4..5, "missing"),
            ("body[a]", 4..7, "`['name']`"),
            ("body['a]", 4..8, "not closed"),
            ("body[0]x", 7..8, "a step is"),
            ("", 0..0, "not a part"),
        ];
        for (text, range, part) in cases {
            let problem = parse_address(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
            assert_eq!(problem.range, range, "{text}: {problem:?}");
        }
    }
}
