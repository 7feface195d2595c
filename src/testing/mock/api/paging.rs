//! Every way to page through a list, true or with a lie.

use super::collection::{Collection, Refused};
use super::rule::Lie;
use super::seed::mix;
use super::stamp::Stamps;
use crate::testing::mock::query::{Query, quoted};
use crate::testing::mock::wire::Answer;
use bytes::Bytes;
use std::io::Write as _;
use std::ops::Range;

/// How a list may be asked for, by the name of the kind; `url_relative` is `url` with relative addresses.
pub const PAGINGS: [&str; 8] = ["none", "link", "url", "url_relative", "cursor", "page", "offset", "last"];

/// Longer lists than this leave in pieces.
const PIECE: usize = 2000;
/// About what a record takes.
const RECORD: usize = 720;

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) paging: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    /// Scheme, host and port, as the client wrote them.
    pub(super) origin: &'a str,
    pub(super) size: usize,
    /// What to say that is not so, each from a page on.
    pub(super) lies: &'a [(usize, Lie)],
    /// Makes cursors opaque.
    pub(super) seed: u64,
}

/// An answer and how many records it has.
pub(super) struct Listed {
    pub(super) answer: Answer,
    pub(super) records: usize,
}

/// One page: where it begins among what is told, and what is claimed beside it.
struct Page {
    start: usize,
    count: usize,
    number: usize,
    size: usize,
    claimed: usize,
    /// Where the next page begins.
    next: Option<usize>,
}

pub(super) fn list(asked: &Asked<'_>, rows: &Collection) -> Result<Listed, Refused> {
    let hidden = hidden(asked, rows.total());
    let page = page(asked, rows, &hidden)?;
    let records = page.count;
    // Records behind a page that is left out move up.
    let place = move |at: usize| if at >= hidden.start { at + hidden.len() } else { at };
    let places = (page.start..page.start + page.count).map(place.clone());
    if asked.query.get("format") == Some("jsonl") {
        return Ok(Listed { answer: linked(jsonl(rows, places), asked, &page), records });
    }
    let bare = asked.paging == "link";
    let head = if bare { "[" } else { "{\"data\":[" };
    let last = records.checked_sub(1).map(|behind| rows.id(place(page.start + behind)));
    let tail = if bare { "]".to_owned() } else { tail(asked, &page, last) };
    let answer = if records > PIECE {
        Answer::pieces("application/json", pieces(rows, places, head, tail))
    } else {
        let mut out = Vec::with_capacity(RECORD * records + 512);
        out.extend_from_slice(head.as_bytes());
        put_all(&mut out, rows, places, b",");
        out.extend_from_slice(tail.as_bytes());
        Answer::new(200, "application/json", out)
    };
    Ok(Listed { answer: linked(answer, asked, &page), records })
}

/// The places that are left out.
fn hidden(asked: &Asked<'_>, total: usize) -> Range<usize> {
    let page = asked.lies.iter().find(|(_, lie)| *lie == Lie::DropPage).map(|(page, _)| *page);
    let Some(page) = page else { return 0..0 };
    let start = page.saturating_sub(1).saturating_mul(asked.size).min(total);
    start..start.saturating_add(asked.size).min(total)
}

fn page(asked: &Asked<'_>, rows: &Collection, hidden: &Range<usize>) -> Result<Page, Refused> {
    let told = rows.total() - hidden.len();
    let (query, size) = (asked.query, asked.size);
    let number = |name: &str| match query.said(&[name]) {
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| (400, format!("{name} is no number"))),
        None => Ok(None),
    };
    let mut start = match asked.paging {
        "none" => 0,
        "offset" => number("offset")?.unwrap_or(0),
        "cursor" => match query.said(&["cursor"]) {
            Some(token) => position(token, asked.seed).ok_or((400, "no such cursor".to_owned()))?,
            None => 0,
        },
        "last" => number("after")?.map_or(0, |id| {
            let place = rows.after(id);
            place - place.clamp(hidden.start, hidden.end).abs_diff(hidden.start)
        }),
        _ => number("page")?.unwrap_or(1).saturating_sub(1).saturating_mul(size),
    };
    let size = if asked.paging == "none" { told.max(1) } else { size };
    let repeats = asked.lies.iter().find(|(_, lie)| *lie == Lie::Repeat).map(|(page, _)| page.saturating_sub(1) * size);
    // Who counts alone is given the same page; who is led is led in a circle.
    if let Some(place) = repeats.filter(|place| start > *place && matches!(asked.paging, "page" | "offset" | "last")) {
        start = place;
    }
    let start = start.min(told);
    let count = size.min(told - start);
    let more = start + count < told;
    let circle =
        repeats.filter(|place| start >= *place && matches!(asked.paging, "link" | "url" | "url_relative" | "cursor"));
    let next = match circle {
        Some(_) if more => Some(if start == 0 { start + count } else { start }),
        _ => more.then_some(start + count),
    };
    let page = start / size + 1;
    let shrunk = asked.lies.iter().filter_map(|(from, lie)| match lie {
        Lie::ShrinkTotal(by) if page >= *from => Some(*by),
        _ => None,
    });
    let claimed = rows.total().saturating_sub(shrunk.sum());
    Ok(Page { start, count, number: page, size, claimed, next })
}

fn tail(asked: &Asked<'_>, page: &Page, last: Option<usize>) -> String {
    let (total, size, more) = (page.claimed, page.size, page.next.is_some());
    let beside = match asked.paging {
        "none" => format!("\"total\":{total}"),
        "offset" => format!("\"offset\":{},\"limit\":{size},\"total\":{total},\"has_more\":{more}", page.start),
        "cursor" => {
            let next = page.next.map_or("null".to_owned(), |at| format!("\"{}\"", token(at, asked.seed)));
            format!("\"next_cursor\":{next},\"has_more\":{more},\"total\":{total}")
        }
        "last" => format!("\"last_id\":{},\"has_more\":{more},\"total\":{total}", last.unwrap_or(0)),
        "url" | "url_relative" => {
            let next = page.next.map(|at| address(asked, at / size + 1));
            format!("\"next\":{},\"total\":{total}", serde_json::json!(next))
        }
        _ => format!(
            "\"page\":{},\"page_size\":{size},\"total\":{total},\"total_pages\":{},\"has_more\":{more}",
            page.number,
            total.div_ceil(size)
        ),
    };
    format!("],{beside}}}")
}

/// Adds what a list says in its headers.
fn linked(answer: Answer, asked: &Asked<'_>, page: &Page) -> Answer {
    if asked.paging != "link" {
        return answer;
    }
    let mut links = vec![("first", 1), ("last", page.claimed.div_ceil(page.size).max(1))];
    if page.number > 1 {
        links.push(("prev", page.number - 1));
    }
    links.extend(page.next.map(|at| ("next", at / page.size + 1)));
    let links = links.iter().map(|(rel, number)| format!("<{}>; rel=\"{rel}\"", address(asked, *number)));
    let links = links.collect::<Vec<_>>().join(", ");
    answer.header("Link", links).header("X-Total-Count", page.claimed.to_string())
}

/// The address of a page, with everything that was asked for but the credential.
fn address(asked: &Asked<'_>, page: usize) -> String {
    let mut query = String::new();
    for (name, value) in asked.query.pairs().filter(|(name, _)| !matches!(*name, "page" | "api_key")) {
        query.extend([&quoted(name, ""), "=", &quoted(value, ":"), "&"]);
    }
    query.push_str(&format!("page={page}"));
    match asked.paging {
        "url_relative" if page.is_multiple_of(2) => format!("?{query}"),
        "url_relative" => format!("{}?{query}", asked.path),
        _ => format!("{}{}?{query}", asked.origin, asked.path),
    }
}

fn token(at: usize, seed: u64) -> String {
    format!("{:016x}", at as u64 ^ mix(seed ^ 0x4D))
}

fn position(token: &str, seed: u64) -> Option<usize> {
    let place = u64::from_str_radix(token, 16).ok()? ^ mix(seed ^ 0x4D);
    // Anything greater was not given out.
    usize::try_from(place).ok().filter(|place| *place < 1 << 40)
}

fn put_all(out: &mut Vec<u8>, rows: &Collection, places: impl Iterator<Item = usize>, between: &[u8]) {
    let mut stamps = Stamps::new();
    for (turn, at) in places.enumerate() {
        if turn > 0 {
            out.extend_from_slice(between);
        }
        rows.put(out, &mut stamps, at);
    }
}

/// A long list, written while it is sent.
fn pieces(
    rows: &Collection,
    places: impl Iterator<Item = usize> + Send + 'static,
    head: &'static str,
    tail: String,
) -> impl Iterator<Item = Bytes> + Send + 'static {
    let body = parts(rows, places, b",", b"");
    std::iter::once(Bytes::from_static(head.as_bytes())).chain(body).chain(std::iter::once(Bytes::from(tail)))
}

fn jsonl(rows: &Collection, places: impl Iterator<Item = usize> + Send + 'static) -> Answer {
    Answer::pieces("application/x-ndjson", parts(rows, places, b"\n", b"\n"))
}

/// Writes records a piece at a time, with something between them and behind the last of all.
fn parts(
    rows: &Collection,
    places: impl Iterator<Item = usize> + Send + 'static,
    between: &'static [u8],
    behind: &'static [u8],
) -> impl Iterator<Item = Bytes> + Send + 'static {
    let rows = rows.clone();
    let mut places = places.peekable();
    let mut first = true;
    std::iter::from_fn(move || {
        places.peek()?;
        let mut out = Vec::with_capacity(PIECE * RECORD);
        if !std::mem::take(&mut first) {
            out.write_all(between).expect("a vector takes everything");
        }
        put_all(&mut out, &rows, places.by_ref().take(PIECE), between);
        if places.peek().is_none() {
            out.extend_from_slice(behind);
        }
        Some(Bytes::from(out))
    })
}
