//! Headers of an answer, looked up without case.

use super::link::{Link, parse_links};
use crate::data::Value;
use http::HeaderMap;
use jiff::Timestamp;
use std::sync::Arc;

/// The headers of an answer.
#[derive(Debug, Clone, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    pub fn new(map: HeaderMap) -> Self {
        Self(map)
    }

    /// Returns the first header of this name as text; bytes beyond ASCII are read as Latin-1.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| text(value.as_bytes()))
    }

    /// Lists all headers of this name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get_all(name).iter().map(|value| text(value.as_bytes())).collect()
    }

    /// Lists the links of all `Link` headers.
    pub fn links(&self) -> Vec<Link> {
        self.all("link").iter().flat_map(|header| parse_links(header)).collect()
    }

    /// Returns where the first link of this relation leads; it may be relative to the address that answered.
    pub fn link(&self, rel: &str) -> Option<String> {
        let fits = |link: &Link| link.rels.iter().any(|known| known.eq_ignore_ascii_case(rel));
        self.links().into_iter().find(fits).map(|link| link.target)
    }

    /// Returns when the answer was made: its `Date`, less the `Age` that a cache kept it.
    pub fn date(&self) -> Option<Timestamp> {
        let date = read_date(&self.get("date")?)?;
        let age = self.get("age").and_then(|age| age.trim().parse::<u32>().ok()).unwrap_or(0);
        date.checked_sub(jiff::SignedDuration::from_secs(age.into())).ok()
    }

    /// Returns them as expressions see them: by their names in lower case; several of one name are joined by `, `.
    pub fn to_value(&self) -> Value {
        let members =
            self.0.keys().map(|name| (name.as_str().into(), Value::Text(self.all(name.as_str()).join(", ").into())));
        Value::Map(Arc::new(members.collect()))
    }
}

/// Reads a date in one of the three forms of HTTP.
pub(super) fn read_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text.trim()).ok()?).ok()
}

pub(super) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> Headers {
        let mut map = HeaderMap::new();
        for (name, value) in all {
            map.append(*name, value.parse().unwrap());
        }
        Headers::new(map)
    }

    #[test]
    fn a_link_is_found_in_any_header_and_without_case() {
        let found = headers(&[("link", r#"<a>; rel="prev""#), ("link", "<b>; rel=NEXT, <c>; rel=next")]);
        assert_eq!(found.link("next").as_deref(), Some("b"));
        assert_eq!(found.link("Prev").as_deref(), Some("a"));
        assert_eq!(found.link("last"), None);
    }

    #[test]
    fn the_date_is_that_of_the_origin() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let told = |all: &[_]| headers(all).date().map(|date| date.to_string());
        assert_eq!(told(&[date]).as_deref(), Some("1994-11-06T08:49:37Z"));
        assert_eq!(told(&[date, ("age", "37")]).as_deref(), Some("1994-11-06T08:49:00Z"));
        assert_eq!(told(&[date, ("age", "x")]).as_deref(), Some("1994-11-06T08:49:37Z"));
        assert_eq!(told(&[("date", "yesterday")]), None);
    }
}
