//! Lists and maps in query and form (SEMANTICS rule 41).

use super::{EncodeSpec, Lists, Maps, json};
use crate::components::answer::text_of;
use crate::data::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names and their values in order.
pub(super) type Pairs = Vec<(String, String)>;

/// Appends a value under a name as pairs; null and absent give none.
pub(super) fn pairs(name: &str, value: &Value, by: &EncodeSpec, out: &mut Pairs) -> Result<(), String> {
    match (value, by.lists.unwrap_or(Lists::Repeat), by.maps.unwrap_or(Maps::Brackets)) {
        (Value::Absent | Value::Null, _, _) => {}
        (Value::List(_), Lists::Json, _) | (Value::Map(_), _, Maps::Json) => {
            let mut text = String::new();
            json::write(value, &mut text)?;
            out.push((name.to_owned(), text));
        }
        (Value::List(items), Lists::Comma, _) => {
            let texts = items.iter().filter(|item| !matches!(item, Value::Absent | Value::Null)).map(text_of);
            let texts: Option<Vec<_>> = texts.collect();
            let texts = texts.ok_or("a list within a list can't be joined by commas; write `lists: json`")?;
            if !texts.is_empty() {
                out.push((name.to_owned(), texts.join(",")));
            }
        }
        (Value::List(items), lists, _) => {
            for (at, item) in items.iter().enumerate() {
                match lists {
                    Lists::Brackets => pairs(&format!("{name}[]"), item, by, out)?,
                    Lists::Indices => pairs(&format!("{name}[{at}]"), item, by, out)?,
                    _ => pairs(name, item, by, out)?,
                }
            }
        }
        (Value::Map(members), _, maps) => {
            for (member, value) in members.iter() {
                let name = if maps == Maps::Dots { format!("{name}.{member}") } else { format!("{name}[{member}]") };
                pairs(&name, value, by, out)?;
            }
        }
        (scalar, _, _) => out.push((name.to_owned(), text_of(scalar).unwrap_or_default().to_string())),
    }
    Ok(())
}

/// Writes pairs percent-encoded.
pub(super) fn written(pairs: &Pairs) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, RESERVED));
    }
    text
}

/// Sets a parameter in a query that was written already; an earlier one of the name goes.
pub(in crate::components) fn replace(query: Option<&str>, name: &str, value: &str) -> String {
    let same = |part: &&str| {
        let known = part.split('=').next().unwrap_or_default().replace('+', " ");
        *percent_decode_str(&known).decode_utf8_lossy() != *name
    };
    let own = written(&vec![(name.to_owned(), value.to_owned())]);
    let kept = query.unwrap_or_default().split('&').filter(|part| !part.is_empty()).filter(same);
    kept.chain([own.as_str()]).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::json;

    #[test]
    fn lists_and_maps_are_written_as_the_api_wants_them() {
        let plain = EncodeSpec::default();
        let lists = |lists| EncodeSpec { lists: Some(lists), ..EncodeSpec::default() };
        let maps = |maps| EncodeSpec { maps: Some(maps), ..EncodeSpec::default() };
        for (by, value, expected) in [
            (&plain, "[1,2]", "a=1&a=2"),
            (&lists(Lists::Brackets), "[1,2]", "a%5B%5D=1&a%5B%5D=2"),
            (&lists(Lists::Indices), "[1,2]", "a%5B0%5D=1&a%5B1%5D=2"),
            (&lists(Lists::Comma), "[1,null,2]", "a=1%2C2"),
            (&lists(Lists::Json), "[1,\"x\"]", "a=%5B1%2C%22x%22%5D"),
            (&plain, r#"{"b":{"c":1},"d":[2]}"#, "a%5Bb%5D%5Bc%5D=1&a%5Bd%5D=2"),
            (&maps(Maps::Dots), r#"{"b":{"c":1}}"#, "a.b.c=1"),
            (&maps(Maps::Json), r#"{"b":1}"#, "a=%7B%22b%22%3A1%7D"),
            (&plain, "null", ""),
            (&plain, "[]", ""),
            (&lists(Lists::Comma), "[]", ""),
            (&plain, r#"{"b":null}"#, ""),
            (&plain, r#""é &+""#, "a=%C3%A9%20%26%2B"),
            (&plain, "true", "a=true"),
        ] {
            let mut out = Pairs::new();
            pairs("a", &json(value), by, &mut out).unwrap();
            assert_eq!(written(&out), expected, "{value}");
        }
        assert!(pairs("a", &json("[[1]]"), &lists(Lists::Comma), &mut Pairs::new()).is_err());
    }

    #[test]
    fn a_parameter_stands_once() {
        for (query, expected) in [
            (None, "k=v"),
            (Some("a=1"), "a=1&k=v"),
            (Some("k=old&a=1&k"), "a=1&k=v"),
            (Some("%6B=old"), "k=v"),
            (Some("kk=1"), "kk=1&k=v"),
        ] {
            assert_eq!(replace(query, "k", "v"), expected);
        }
    }
}
