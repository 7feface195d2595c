//! Sources, what is read from an answer: `$.meta.next`, `header.X-Next`, `{{ … }}`.

use super::{Piece, address, braces, place};
use crate::diagnostic::{Code, Problem};

pub const PATTERN: &str =
    "^(?:\\$(?:[.\\[](?:[\\s\\S]*[^?!])?)?|header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]+|\\{\\{[\\s\\S]*\\}\\})$";
pub const EXAMPLES: &[&str] = &["$.meta.next", "header.x-ratelimit-remaining", "{{ response.body.items | length }}"];

/// Where a value is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Place(Piece),
    /// The header's name.
    Header(Piece),
    /// With its braces.
    Expr(Piece),
}

/// Reads a source; place and expression are compiled later.
pub fn parse_source(text: &str) -> Result<Source, Problem> {
    let whole = 0..text.len();
    if text.starts_with('$') {
        return place::required(text, whole, Code::E0205).map(Source::Place);
    }
    if braces::is_expression(text) {
        return Ok(Source::Expr(Piece::of(text, whole)));
    }
    if let Some(name) = text.strip_prefix("header.")
        && address::is_header(name)
    {
        return Ok(Source::Header(Piece::of(text, 7..text.len())));
    }
    Err(mistake(text))
}

fn mistake(text: &str) -> Problem {
    let problem = |message: String| Problem::new(Code::E0205, 0..text.len(), message);
    let (root, rest) = text.split_once('.').unwrap_or((text, ""));
    let example = "a source is a place `$.next`, `header.X` or an expression `{{ … }}`";
    match root {
        "" => problem("an empty text is no source".into()).help(example),
        _ if text.trim() != text => problem("spaces around the source".into()).help(format!("write `{}`", text.trim())),
        "header" if rest.is_empty() => {
            problem("which header is missing".into()).help("write for example `header.X-Next`")
        }
        "header" => problem(format!("`{rest}` is no name of a header")).help("letters, digits and `-`"),
        "headers" if !rest.is_empty() => {
            problem("`headers` is written `header`".into()).help(format!("write `header.{rest}`"))
        }
        "body" if !rest.is_empty() => problem("a body is read by a place".into()).help(format!("write `$.{rest}`")),
        "query" | "form" | "path" | "cookie" | "variables" if !rest.is_empty() => {
            problem(format!("`{text}` is an address: something is written there, not read")).help(example)
        }
        "response" | "record" | "page" | "params" | "records" | "job" | "window" | "input" => {
            problem("an expression stands in braces".into()).help(format!("write `{{{{ {text} }}}}`"))
        }
        _ if text.starts_with("{{") && !text.contains("}}") => {
            problem("the expression is not closed".into()).help(format!("write `{} }}}}`", text.trim_end()))
        }
        _ if text.contains("{{") => problem("a source is one expression, not a text with one in it".into())
            .help("join texts inside it with `~`: `{{ 'a' ~ response.body.b }}`"),
        _ if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | '@')) => {
            problem("a place begins with `$`".into()).help(format!("write `$.{text}`"))
        }
        _ => problem("neither a place nor a header nor an expression".into()).help(example),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        assert!(matches!(parse_source("$.a").unwrap(), Source::Place(_)));
        assert!(matches!(parse_source("header.Link").unwrap(), Source::Header(piece) if piece.range == (7..11)));
        assert!(matches!(parse_source("{{ page.next }}").unwrap(), Source::Expr(_)));
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let cases = [
            ("meta.next", "`$.meta.next`"),
            ("headers.Link", "`header.Link`"),
            ("header.", "which header"),
            ("header.a b", "no name of a header"),
            ("body.next", "`$.next`"),
            ("query.page", "is an address"),
            ("response.body.next", "`{{ response.body.next }}`"),
            ("a {{ x }}", "one expression"),
            ("{{ x", "not closed"),
            ("", "empty"),
            (" $.x", "`$.x`"),
            ("$.x?", "leave the `?` out"),
        ];
        for (text, part) in cases {
            let problem = parse_source(text).unwrap_err();
            assert_eq!(problem.code, Code::E0205);
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
        }
    }
}
