//! `paginate: link`: the `Link` header of RFC 8288 names the next page.

use super::url::resolve;
use super::{Bounds, Following, Paginator, Seen, paged};
use crate::components::context::{Cx, Late, Read};
use crate::components::forms::{Late as LateSpec, Plain, Text};
use crate::components::settle::{Settle as _, Settler};
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::Fault;
use crate::http::Headers;
use crate::state::Page;
use std::sync::Arc;

paged! {
    /// Follows the `Link` header.
    #[schemars(rename = "PaginateLink")]
    LinkSpec {
        /// The relation to follow, `next` unless given.
        rel: Option<LateSpec<Text<Plain>>>,
    }
}

impl LinkSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>) -> Option<Arc<dyn Paginator>> {
        let rel = self.rel.as_ref().and_then(|rel| cx.late(rel, |_, rel| Some(rel.text.clone())));
        Some(Arc::new(Link { rel, bounds: self.bounds().compile(cx) }))
    }
}

/// The kind, compiled.
#[derive(Debug, Clone)]
pub struct Link {
    pub rel: Option<Late<String>>,
    pub bounds: Bounds,
}

impl Paginator for Link {
    fn kind(&self) -> &'static str {
        "link"
    }

    fn following(&self, seen: &Seen<'_>, _: &dyn Scope) -> Result<Following, Fault> {
        let rel = self.rel.as_ref().and_then(Late::known).map_or("next", String::as_str);
        match target(seen.answer.headers, rel) {
            Some(target) => resolve(&Value::Text(target.into()), &seen.answer, EndSign::NoLink),
            None => Ok(Following::End(EndSign::NoLink)),
        }
    }

    fn address<'p>(&self, page: &'p Page) -> Option<&'p str> {
        super::url::address(page)
    }

    fn settled(&self, by: &mut Settler<'_>) -> Arc<dyn Paginator> {
        let mut settled = self.clone();
        by.maybe(&mut settled.rel);
        settled.bounds.settle(by);
        Arc::new(settled)
    }

    fn reads(&self) -> Vec<&Read> {
        Vec::new()
    }

    fn bounds(&self) -> Option<&Bounds> {
        Some(&self.bounds)
    }
}

/// Returns the first target of a relation in the `Link` headers (RFC 8288): targets may hold commas, parameters may be
/// quoted, a link may have several relations.
pub(super) fn target(headers: &Headers, rel: &str) -> Option<String> {
    headers.all("link").iter().find_map(|header| {
        let mut rest = header.as_str();
        while let Some((target, relations, after)) = link(rest) {
            if relations.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(rel)) {
                return Some(target.trim().to_owned());
            }
            rest = after;
        }
        None
    })
}

/// Reads one link: its target, its relations and what follows it.
fn link(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start_matches([' ', '\t', ',']).strip_prefix('<')?;
    let (target, mut rest) = text.split_once('>')?;
    let mut relations = None;
    loop {
        rest = rest.trim_start();
        let Some(param) = rest.strip_prefix(';') else { break };
        let end = param.find(['=', ';', ',']).unwrap_or(param.len());
        let name = param[..end].trim();
        let (value, after) = match param[end..].strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => (String::new(), &param[end..]),
        };
        rest = after;
        // Only the first `rel` of a link counts.
        if name.eq_ignore_ascii_case("rel") && relations.is_none() {
            relations = Some(value);
        }
    }
    Some((target, relations.unwrap_or_default(), rest))
}

/// Reads the value of a parameter, quoted or bare, and gives what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, char)| char)),
            _ => value.push(char),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_among_awkward_ones() {
        for (header, expected) in [
            (
                r#"<https://a/?x=a,b;c&p=1>; rel="first", <https://a/?x=a,b;c&p=2>; rel="next""#,
                Some("https://a/?x=a,b;c&p=2"),
            ),
            ("<https://a/2>;rel=next", Some("https://a/2")),
            (r#"</2>; title="a, <b>; rel=\"last\""; REL="prev next""#, Some("/2")),
            (r#"<?p=2> ; REL = "NEXT""#, Some("?p=2")),
            (r#"</1>; rel="prev"; rel="next""#, None),
            (r#"</1>; rel="prev""#, None),
            ("</1>; title, </2>; crossorigin; rel=next", Some("/2")),
            (r#"</1>; rel="nextpage""#, None),
            ("</1; rel=next", None),
            ("nonsense", None),
            ("", None),
        ] {
            let mut map = http::HeaderMap::new();
            map.append("link", header.parse().unwrap());
            assert_eq!(target(&Headers::new(map), "next").as_deref(), expected, "{header}");
        }
    }
}
