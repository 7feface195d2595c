//! Requests: `GET /users/{{ user.id }}`, `POST https://…`, `GET {{ job.result.url }}`.

use super::Piece;
use super::braces::{self, Part};
use crate::diagnostic::{Code, Problem};
use std::fmt;
use std::ops::Range;

pub const PATTERN: &str = concat!(
    "^(?:GET|POST|PUT|PATCH|DELETE|HEAD) (?:\\{\\{[\\s\\S]*\\}\\}",
    "|(?:/|https?://)(?:[^\\s?#{}\\\\]|\\{\\{[\\s\\S]*?\\}\\}|\\{%[\\s\\S]*?%\\})*)$"
);
pub const EXAMPLES: &[&str] = &[
    "GET /users",
    "POST /graphql",
    "GET /repos/{{ repo | path }}/issues",
    "GET https://api.example.com/v1/items",
    "GET {{ job.result.url }}",
];

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    pub method_range: Range<usize>,
    pub target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
}

/// Where a request goes; the text of each is a template with the range where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Below the base, with its leading slash.
    Path(Piece),
    Url(Piece),
    /// One expression that gives a path or a whole address.
    Expr(Piece),
}

impl Method {
    pub const ALL: &'static [Method] =
        &[Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Head];

    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.word() == word)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Target {
    pub fn piece(&self) -> &Piece {
        match self {
            Target::Path(piece) | Target::Url(piece) | Target::Expr(piece) => piece,
        }
    }
}

/// Reads a request; the templates in it are compiled later.
pub fn parse_request(text: &str) -> Result<Request, Problem> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let method_range = 0..word.len();
    let Some(method) = Method::parse(word) else {
        return Err(no_method(text, word));
    };
    let start = text.len() - rest.len();
    let range = start..text.len();
    let problem = |range, message: &str, help: String| Err(Problem::new(Code::E0207, range, message).help(help));
    if rest.trim().is_empty() {
        return problem(method_range, "the path is missing", format!("write for example `{word} /users`"));
    }
    if rest.trim() != rest {
        return problem(
            range,
            "one space stands between method and path, none at the end",
            format!("write `{word} {}`", rest.trim()),
        );
    }
    let piece = || Piece::of(text, range.clone());
    let target = if braces::is_expression(rest) {
        Target::Expr(piece())
    } else if rest.starts_with('/') {
        Target::Path(piece())
    } else if rest.starts_with("https://") || rest.starts_with("http://") {
        Target::Url(piece())
    } else if rest.starts_with("{{") {
        return problem(
            range,
            "a path begins with `/`",
            "write `/{{ … }}/…`, or one expression that gives the whole address".into(),
        );
    } else if rest.contains("://") {
        return problem(range, "an address is `https://…`", "only http and https are spoken".into());
    } else {
        return problem(super::first(text, start), "a path begins with `/`", format!("write `{word} /{rest}`"));
    };
    if !matches!(target, Target::Expr(_)) {
        check(text, range)?;
    }
    Ok(Request { method, method_range, target })
}

/// Looks at the fixed parts of a path or an address.
fn check(text: &str, range: Range<usize>) -> Result<(), Problem> {
    let written = &text[range.clone()];
    let host = if written.starts_with('/') { 0 } else { written.find("://").map_or(0, |at| at + 3) };
    for part in braces::parts(written) {
        match part {
            Part::Code(_) => {}
            Part::Open(open) => {
                return Err(Problem::new(
                    Code::E0207,
                    range.start + open.start..text.len(),
                    "the braces are not closed",
                )
                .help("an expression in a path is written `{{ … }}`"));
            }
            Part::Text(part) => {
                let at = range.start + part.start;
                characters(&written[part], at)?;
            }
        }
    }
    let authority = written[host..].split('/').next().unwrap_or("");
    if host > 0 && authority.is_empty() {
        return Err(Problem::new(Code::E0207, range, "the host is missing")
            .help("write for example `https://api.example.com/v1`"));
    }
    if host > 0 && authority.contains('@') {
        let at = range.start + host;
        return Err(Problem::new(Code::E0704, at..at + authority.len(), "a name or password in an address")
            .help("credentials belong to `auth`"));
    }
    dots(text, range.start + host)
}

fn characters(part: &str, at: usize) -> Result<(), Problem> {
    let Some((offset, sign)) = part.char_indices().find(|(_, c)| c.is_whitespace() || "?#\\{}".contains(*c)) else {
        return Ok(());
    };
    let range = at + offset..at + offset + sign.len_utf8();
    let problem = |code, message: &str, help: &str| Err(Problem::new(code, range.clone(), message).help(help));
    match sign {
        '?' => problem(Code::E0704, "a query does not stand in the request", "write it under `query`, name by name"),
        '#' => problem(Code::E0704, "a fragment is never sent", "leave it out, or write `%23`"),
        '\\' => problem(Code::E0704, "a backslash in a path", "write `/`, or `%5C`"),
        '{' | '}' => {
            problem(Code::E0207, "a single brace in a path", "a value is put in with two: `/users/{{ user.id }}`")
        }
        _ => problem(Code::E0207, "a space in a path", "write `%20`"),
    }
}

/// Refuses `.` and `..` as whole segments, percent-encoded ones too: they leave the base.
fn dots(text: &str, start: usize) -> Result<(), Problem> {
    let mut at = start;
    for segment in text[start..].split('/') {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        if plain == "." || plain == ".." {
            return Err(Problem::new(Code::E0704, at..at + segment.len(), format!("`{segment}` in a path"))
                .help("write the path as it is asked for, from the base on"));
        }
        at += segment.len() + 1;
    }
    Ok(())
}

fn no_method(text: &str, word: &str) -> Problem {
    let known = || Method::ALL.iter().map(|method| method.word()).collect::<Vec<_>>().join(", ");
    let upper = word.to_ascii_uppercase();
    let problem = |range, message: String| Problem::new(Code::E0207, range, message);
    if text.is_empty() {
        return problem(0..0, "an empty text is no request".into()).help("write for example `GET /users`");
    }
    if word.is_empty() {
        return problem(0..1, "a space before the method".into()).help(format!("write `{}`", text.trim_start()));
    }
    if text.starts_with(['/', '{']) || text.contains("://") && !text.contains(' ') {
        return problem(0..text.len(), "the method is missing".into()).help(format!("write `GET {text}`"));
    }
    if let Some(method) = Method::parse(upper.trim_end_matches(':')) {
        let mut found = problem(0..word.len(), format!("`{word}` is written `{method}`"));
        found.replacement = Some(method.word().to_owned());
        return found.help(format!("write `{method}`"));
    }
    if !text.contains(' ') && text.contains(['/', '.']) || !text.contains(' ') && word == word.to_ascii_lowercase() {
        return problem(0..text.len(), "method and slash are missing".into()).help(format!("write `GET /{text}`"));
    }
    let near = crate::name::nearest(&upper, Method::ALL.iter().map(|method| method.word()));
    problem(0..word.len(), format!("unknown method `{word}`")).nearest(near).help(format!("methods are {}", known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let request = parse_request("POST /act_{{ account }}/campaigns").unwrap();
        assert_eq!((request.method, request.method_range), (Method::Post, 0..4));
        assert!(matches!(request.target, Target::Path(piece) if piece.range == (5..33)));
        for text in EXAMPLES.iter().chain(&[
            "GET /p/{{ params.property }}:runReport",
            "GET /a/{{ x | default('a b?') }}",
            "GET /a{% if x == 1 %}/b{% endif %}",
            "GET https://{{ params.site }}.example.com/v1",
            "GET /",
            "GET /a..b/c.json",
        ]) {
            assert!(parse_request(text).is_ok(), "{text}: {:?}", parse_request(text));
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("get /users", Code::E0207, 0..3, "`GET`"),
            ("/users", Code::E0207, 0..6, "`GET /users`"),
            ("users", Code::E0207, 0..5, "`GET /users`"),
            ("https://a.test/b", Code::E0207, 0..16, "`GET https://a.test/b`"),
            ("GET users", Code::E0207, 4..5, "`GET /users`"),
            ("GET", Code::E0207, 0..3, "missing"),
            ("GET  /users", Code::E0207, 4..11, "one space"),
            ("GET /users ", Code::E0207, 4..11, "none at the end"),
            ("GET /a b", Code::E0207, 6..7, "`%20`"),
            ("GET /a?b=1", Code::E0704, 6..7, "`query`"),
            ("GET /a#b", Code::E0704, 6..7, "fragment"),
            ("GET /a/../b", Code::E0704, 7..9, "`..` in a path"),
            ("GET /a/%2E%2e/b", Code::E0704, 7..13, "in a path"),
            ("GET /users/{id}", Code::E0207, 11..12, "`/users/{{ user.id }}`"),
            ("GET /users/{{ id", Code::E0207, 11..16, "not closed"),
            ("GET {{ a }}/b", Code::E0207, 4..13, "begins with `/`"),
            ("GET ftp://a/b", Code::E0207, 4..13, "http"),
            ("GET https://u:p@a.test/", Code::E0704, 12..22, "`auth`"),
            ("GET https:///x", Code::E0207, 4..14, "host is missing"),
            ("OPTIONS /a", Code::E0207, 0..7, "methods are"),
            ("GTE /a", Code::E0207, 0..3, "Some(\"GET\")"),
            ("GET: /a", Code::E0207, 0..4, "`GET`"),
            ("", Code::E0207, 0..0, "empty"),
        ];
        for (text, code, range, part) in cases {
            let problem = parse_request(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
            assert_eq!((problem.code, problem.range), (code, range), "{text}");
        }
    }
}
