//! Texts: case, parts, patterns.

use super::{Arg, Form, Function, Given};
use crate::data::Value;
use crate::expr::types::Types;
use crate::expr::write;
use std::sync::Arc;

const fn filter(name: &'static str, doc: &'static str, run: fn(&Given<'_>) -> Result<Value, String>) -> Function {
    Function::filter(name, doc, Types::TEXT, Types::TEXT, run)
}

pub(super) const ALL: &[Function] = &[
    filter("replace", "Every occurrence of one text replaced by another.", replace)
        .takes(&[
            Arg::new("old", Types::TEXT, "what is replaced, not empty"),
            Arg::new("new", Types::TEXT, "what stands there then"),
        ])
        .shows(&[("'a-b-c' | replace('-', '.')", "\"a.b.c\"")]),
    filter("lower", "In lower case.", |given| text(given.text().to_lowercase())).shows(&[("'ÄB' | lower", "\"äb\"")]),
    filter("upper", "In upper case.", |given| text(given.text().to_uppercase())).shows(&[("'äb' | upper", "\"ÄB\"")]),
    filter("trim", "Without white space at both ends.", |given| text(given.text().trim().to_owned()))
        .shows(&[("'  a b ' | trim", "\"a b\"")]),
    filter("snake", "As `snake_case`.", |given| text(words(given.text()).join("_")))
        .shows(&[("'createdAt URL' | snake", "\"created_at_url\"")]),
    filter("camel", "As `camelCase`.", |given| {
        let words = words(given.text());
        let capital = |word: &String| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
        };
        text(words.iter().enumerate().map(|(at, word)| if at == 0 { word.clone() } else { capital(word) }).collect())
    })
    .shows(&[("'created_at' | camel", "\"createdAt\"")]),
    filter("slug", "As `words-with-hyphens`.", |given| text(words(given.text()).join("-")))
        .shows(&[("'Hello, World 2' | slug", "\"hello-world-2\"")]),
    filter("regex", "What a group of the first match took; absent if nothing matches.", regex)
        .takes(&[
            Arg::new("pattern", Types::TEXT, "linear regular expression").form(Form::Regex),
            Arg::new("group", Types::INTEGER, "the group, 0 (the whole match) if not given").optional(),
        ])
        .shows(&[("'/users/42' | regex('/users/(\\\\d+)', 1)", "\"42\""), ("'x' | regex('y')", "absent")]),
    Function::filter("split", "The parts between a separator.", Types::TEXT, Types::LIST, split)
        .takes(&[
            Arg::new("separator", Types::TEXT, "what stands between two parts, not empty"),
            Arg::new("parts", Types::INTEGER, "the most parts; the last holds the rest").optional(),
        ])
        .shows(&[("'a,b,c' | split(',')", "[\"a\",\"b\",\"c\"]"), ("'a=b=c' | split('=', 2)", "[\"a\",\"b=c\"]")]),
];

fn text(text: String) -> Result<Value, String> {
    write::bounded(text.len())?;
    Ok(Value::Text(text.into()))
}

fn replace(given: &Given<'_>) -> Result<Value, String> {
    let (old, new) = (given.text_arg(0).unwrap_or_default(), given.text_arg(1).unwrap_or_default());
    if old.is_empty() {
        return Err("`old` of `replace` is empty".to_owned());
    }
    let mut out = String::new();
    let mut rest = given.text();
    while let Some(at) = rest.find(old) {
        out.push_str(&rest[..at]);
        out.push_str(new);
        write::bounded(out.len())?;
        rest = &rest[at + old.len()..];
    }
    out.push_str(rest);
    text(out)
}

/// Splits where case changes and at everything that is no letter or digit; gives lower case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let next_small = chars.peek().is_some_and(|next| next.is_lowercase());
        let hump = char.is_uppercase()
            && (before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && next_small));
        if (hump || !char.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
        }
        before = char;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn regex(given: &Given<'_>) -> Result<Value, String> {
    let Some(regex) = given.regex else { return Err("`regex` has no pattern".to_owned()) };
    let group = usize::try_from(given.int_arg(1).unwrap_or(0)).map_err(|_| "a group is not negative".to_owned())?;
    let found = regex.captures(given.text()).and_then(|captures| captures.get(group));
    Ok(found.map_or(Value::Absent, |found| Value::Text(found.as_str().into())))
}

fn split(given: &Given<'_>) -> Result<Value, String> {
    let separator = given.text_arg(0).unwrap_or_default();
    if separator.is_empty() {
        return Err("`separator` of `split` is empty".to_owned());
    }
    let part = |part: &str| Value::Text(part.into());
    let parts = match given.int_arg(1) {
        None => given.text().split(separator).map(part).collect(),
        Some(most) => {
            let most = usize::try_from(most).ok().filter(|most| *most > 0).ok_or("`parts` of `split` is at least 1")?;
            given.text().splitn(most, separator).map(part).collect()
        }
    };
    Ok(Value::List(Arc::new(parts)))
}
