//! Names that an author gives: streams, columns, params, quotas.

use crate::diagnostic::{Code, Problem};
use crate::name::is_name;

pub const PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
pub const EXAMPLES: &[&str] = &["users", "created_at", "_rest"];

/// Checks a name.
pub fn parse_name(text: &str) -> Result<String, Problem> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    let rule = "a name has ASCII letters, digits and `_`, and does not begin with a digit";
    if text.is_empty() {
        return Err(Problem::new(Code::E0210, 0..0, "an empty text is no name").help(rule));
    }
    let inner = text.trim_start_matches("{{").trim_end_matches("}}").trim();
    if let Some(param) = inner.strip_prefix("params.").filter(|param| is_name(param)) {
        let help = format!("write the name alone, `{param}`; where a value stands, `\"{{{{ params.{param} }}}}\"`");
        return Err(Problem::new(Code::E0210, 0..text.len(), format!("`{text}` is not a name")).help(help));
    }
    let wrong =
        text.char_indices().find(|(at, c)| !(c.is_ascii_alphabetic() || *c == '_' || (*at > 0 && c.is_ascii_digit())));
    let range = wrong.map_or(0..text.len(), |(at, c)| at..at + c.len_utf8());
    let meant: String = text.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let meant = if meant.starts_with(|c: char| c.is_ascii_digit()) { format!("_{meant}") } else { meant };
    let help = if text.is_ascii() && is_name(&meant) { format!("write `{meant}`") } else { rule.to_owned() };
    Err(Problem::new(Code::E0210, range, format!("`{text}` is not a name")).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!(parse_name("created_at"), Ok("created_at".into()));
        for (text, range, part) in [
            ("my-stream", 2..3, "`my_stream`"),
            ("2fa", 0..1, "`_2fa`"),
            ("gr\u{f6}\u{df}e", 2..4, "ASCII"),
            ("", 0..0, "empty"),
            ("a b", 1..2, "`a_b`"),
            ("params.kind", 0..11, "write the name alone, `kind`"),
            ("{{ params.kind }}", 0..17, "write the name alone, `kind`"),
        ] {
            let problem = parse_name(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{problem:?}");
            assert_eq!(problem.range, range);
        }
    }
}
