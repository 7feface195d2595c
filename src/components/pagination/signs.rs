//! Visible signs that there is more: a closed list (SEMANTICS rule 34).

use super::link;
use crate::components::answer::{Answer, count_of};
use crate::data::{Step, Value};

/// Members that hold what is known about pages.
const HOLDERS: [&str; 6] = ["meta", "paging", "pagination", "links", "page_info", "pageInfo"];
/// There is more if one is true.
const FLAGS: [&str; 6] = ["has_more", "hasMore", "has_next", "hasNext", "hasNextPage", "more"];
/// There is more if one is not empty.
const TOKENS: [&str; 9] = [
    "next",
    "next_page",
    "nextPage",
    "next_cursor",
    "nextCursor",
    "next_page_token",
    "nextPageToken",
    "next_url",
    "nextLink",
];
const ODATA: &str = "@odata.nextLink";
/// There is more if one is above the rows received.
const COUNTS: [&str; 4] = ["total", "total_count", "totalCount", "count"];

/// Returns the sign that there is more than the rows received, as it stands in the answer.
pub(super) fn more(answer: &Answer<'_>, received: u64) -> Option<String> {
    if link::target(answer.headers, "next").is_some() {
        return Some("the header `Link` names a next page".to_owned());
    }
    let holders = HOLDERS.iter().map(|holder| (format!("$.{holder}"), answer.body.member(holder)));
    std::iter::once(("$".to_owned(), answer.body))
        .chain(holders)
        .find_map(|(place, value)| sign(&place, value, received))
}

/// Lists the ways to all signs, for who reads only parts of a body.
pub(super) fn ways() -> Vec<Vec<Step>> {
    let step = |name: &str| Step::Key(name.into());
    let names: Vec<&str> = FLAGS.iter().chain(&TOKENS).chain(&COUNTS).copied().chain([ODATA]).collect();
    let held = HOLDERS.iter().flat_map(|holder| names.iter().map(move |name| vec![step(holder), step(name)]));
    names.iter().map(|name| vec![step(name)]).chain(held).collect()
}

fn sign(place: &str, value: &Value, received: u64) -> Option<String> {
    if let Some(name) = FLAGS.iter().find(|name| *value.member(name) == Value::Bool(true)) {
        return Some(format!("`{place}.{name}` is true"));
    }
    if let Some(name) = TOKENS.iter().find(|name| !empty(value.member(name))) {
        return Some(format!("`{place}.{name}` is there"));
    }
    if !empty(value.member(ODATA)) {
        return Some(format!("`{place}['{ODATA}']` is there"));
    }
    let counted = COUNTS.iter().filter_map(|name| Some((name, count_of(value.member(name))?)));
    let (name, count) = counted.into_iter().find(|(_, count)| *count > received)?;
    Some(format!("`{place}.{name}` is {count} and {received} came"))
}

/// Says whether nothing is told: also an object whose members all tell nothing, such as `{ "href": null }`.
fn empty(value: &Value) -> bool {
    match value {
        Value::Absent | Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.iter().all(|(_, value)| empty(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::answer::tests::answering;

    #[test]
    fn signs_of_more_are_seen() {
        for (link, body, received, expected) in [
            ("", r#"{"items":[1]}"#, 1, None),
            ("", "[1,2]", 2, None),
            (r#"</x?page=2>; rel="next""#, "[1]", 1, Some("Link")),
            (r#"</x?page=1>; rel="prev""#, "[1]", 1, None),
            ("", r#"{"has_more":true}"#, 1, Some("`$.has_more` is true")),
            ("", r#"{"has_more":false,"next":null,"total":5}"#, 5, None),
            ("", r#"{"meta":{"total":"5"}}"#, 4, Some("`$.meta.total` is 5 and 4 came")),
            ("", r#"{"pagination":{"next_cursor":"c2"}}"#, 1, Some("`$.pagination.next_cursor` is there")),
            ("", r#"{"pagination":{"next_cursor":""}}"#, 1, None),
            ("", r#"{"links":{"next":{"href":null}}}"#, 1, None),
            ("", r#"{"links":{"next":{"href":"/x"}}}"#, 1, Some("`$.links.next` is there")),
            ("", r#"{"@odata.nextLink":"https://x"}"#, 1, Some("@odata.nextLink")),
            ("", r#"{"data":{"has_more":true}}"#, 1, None),
        ] {
            let headers = [("link", link)];
            let headers = if link.is_empty() { &headers[..0] } else { &headers };
            answering(200, headers, body, |answer| {
                let told = more(answer, received);
                match expected {
                    None => assert_eq!(told, None, "{body}"),
                    Some(part) => assert!(told.as_ref().is_some_and(|told| told.contains(part)), "{body}: {told:?}"),
                }
            });
        }
        assert!(ways().contains(&vec![Step::Key("pageInfo".into()), Step::Key("hasNextPage".into())]));
    }
}
