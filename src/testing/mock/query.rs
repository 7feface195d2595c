//! Queries, forms and percent signs, read as leniently as a test server should.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays plain in a quoted text.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parameters of a query or of a form; the first of a name counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn read(text: &str) -> Query {
        let pairs = text.split('&').filter(|part| !part.is_empty()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (plain(name), plain(value))
        });
        Query { pairs: pairs.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first of these parameters that says something.
    pub(crate) fn said(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name).filter(|value| !value.is_empty()))
    }

    /// Returns every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Adds a parameter behind the others, so that it counts only where there was none.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn number(&self, name: &str, otherwise: i64) -> i64 {
        number(self.get(name), otherwise)
    }

    /// Returns the first of these parameters that is a count.
    pub(crate) fn count(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.get(name)?.parse().ok())
    }
}

/// Reads a whole number; bounds keep what is computed from it from overflowing.
pub(crate) fn number(text: Option<&str>, otherwise: i64) -> i64 {
    const MOST: i64 = 1 << 40;
    text.and_then(|text| text.trim().parse::<i64>().ok()).map_or(otherwise, |number| number.clamp(-MOST, MOST))
}

pub(crate) fn unquoted(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Encodes a text; `safe` holds further signs that stay plain.
pub(crate) fn quoted(text: &str, safe: &str) -> String {
    let mut out = String::new();
    for sign in text.chars() {
        if safe.contains(sign) {
            out.push(sign);
        } else {
            out.extend(utf8_percent_encode(sign.encode_utf8(&mut [0; 4]), QUOTED));
        }
    }
    out
}

/// Splits a request target into path and query; a whole address loses its scheme and host.
pub(crate) fn parts(target: &str) -> (&str, &str) {
    let target = target.split('#').next().unwrap_or("");
    let target = match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            rest.find(['/', '?']).map_or("", |at| &rest[at..])
        }
        _ => target,
    };
    target.split_once('?').unwrap_or((target, ""))
}

fn plain(text: &str) -> String {
    unquoted(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_fall_into_path_and_query() {
        for (target, path, query) in [
            ("/a/b?c=d#e", "/a/b", "c=d"),
            ("/a", "/a", ""),
            ("http://user@host:1/a?b", "/a", "b"),
            ("http://host?b", "", "b"),
            ("/a?u=http://b/c", "/a", "u=http://b/c"),
        ] {
            assert_eq!(parts(target), (path, query), "{target}");
        }
    }

    #[test]
    fn the_first_of_a_name_counts() {
        let query = Query::read("a=1+2%26&a=3&b&&c=%ff");
        assert_eq!(query.get("a"), Some("1 2&"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1 2&", "3"]);
        assert_eq!(query.get("b"), Some(""));
        assert_eq!(query.said(&["b", "c"]), Some("\u{fffd}"));
        assert_eq!(quoted("a b/é~", "/"), "a%20b/%C3%A9~");
    }
}
