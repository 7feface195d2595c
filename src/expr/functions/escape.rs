//! Values inside the texts of query languages.

use super::{Arg, Form, Function, Given, text_of};
use crate::data::{Value, json};
use crate::expr::types::Types;
use crate::expr::write;

const LANGUAGES: Form = Form::Words(&["soql", "sql", "graphql", "jql", "xml"]);

pub(super) const ALL: &[Function] = &[Function::filter(
    "escape",
    "A value for the inside of a quoted text of another language.",
    Types::SCALAR,
    Types::TEXT,
    escape,
)
.takes(&[Arg::new("language", Types::TEXT, "the language").form(LANGUAGES)])
.shows(&[
    ("\"O'Hara\" | escape('soql')", "\"O\\\\'Hara\""),
    ("\"O'Hara\" | escape('sql')", "\"O''Hara\""),
    ("'say \"a\"' | escape('graphql')", "\"say \\\\\\\"a\\\\\\\"\""),
    ("'a < b & c' | escape('xml')", "\"a &lt; b &amp; c\""),
])];

fn escape(given: &Given<'_>) -> Result<Value, String> {
    let mut plain = String::new();
    write::scalar(given.input, &mut plain)?;
    let mut out = String::with_capacity(plain.len());
    match text_of(given.arg(0)) {
        "graphql" => json::escape(&plain, &mut out),
        language => {
            for char in plain.chars() {
                match escaped(language, char) {
                    Some(text) => out.push_str(text),
                    None => out.push(char),
                }
            }
        }
    }
    write::bounded(out.len())?;
    Ok(Value::Text(out.into()))
}

fn escaped(language: &str, char: char) -> Option<&'static str> {
    Some(match (language, char) {
        ("sql", '\'') => "''",
        ("soql" | "jql", '\\') => "\\\\",
        ("soql" | "jql", '\'') => "\\'",
        ("soql" | "jql", '"') => "\\\"",
        ("soql" | "jql", '\n') => "\\n",
        ("soql" | "jql", '\r') => "\\r",
        ("soql" | "jql", '\t') => "\\t",
        ("xml", '&') => "&amp;",
        ("xml", '<') => "&lt;",
        ("xml", '>') => "&gt;",
        ("xml", '"') => "&quot;",
        ("xml", '\'') => "&apos;",
        _ => return None,
    })
}
