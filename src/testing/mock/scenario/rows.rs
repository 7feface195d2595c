//! The rows that most scenarios serve, and their pages.

use super::Ask;
use crate::testing::mock::query::number;
use crate::testing::mock::run::Host;
use jiff::{Timestamp, tz::Offset};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00Z
const START: i64 = 1_767_225_600;

pub(super) const SIZE: i64 = 50;

pub(super) fn iso(seconds: i64) -> String {
    Timestamp::from_second(START + seconds).expect("a few days after the start").to_string()
}

pub(super) fn item(id: usize) -> Value {
    let minutes = i64::try_from(id).expect("ids are small");
    json!({"id": id, "name": format!("item-{id:04}"), "updated_at": iso(minutes * 60)})
}

/// A row with another stamp.
pub(super) fn stamped(id: usize, stamp: &str) -> Value {
    let mut row = item(id);
    row["updated_at"] = stamp.into();
    row
}

pub(super) fn seq(first: usize, last: usize) -> Vec<Value> {
    (first..=last).map(item).collect()
}

/// Returns `rows[from..to]` where a negative bound counts from the end and no bound is out of range.
pub(super) fn part(rows: &[Value], from: i64, to: i64) -> &[Value] {
    let bound = |at: i64| {
        let length = i64::try_from(rows.len()).expect("rows stand in memory");
        let at = if at < 0 { at + length } else { at };
        usize::try_from(at.clamp(0, length)).expect("lies between nothing and the length")
    };
    rows.get(bound(from)..bound(to)).unwrap_or(&[])
}

fn length(rows: &[Value]) -> i64 {
    i64::try_from(rows.len()).expect("rows stand in memory")
}

pub(super) fn page_of(ask: &Ask<'_>) -> i64 {
    ask.query.number("page", 1).max(1)
}

pub(super) fn page_body(page: i64, rows: &[Value]) -> Value {
    let items = part(rows, (page - 1) * SIZE, page * SIZE);
    json!({"items": items, "page": page, "has_more": page * SIZE < length(rows), "total": rows.len()})
}

/// The position in a cursor such as `c50`.
pub(super) fn position(cursor: Option<&str>) -> i64 {
    let cursor = cursor.filter(|cursor| !cursor.is_empty()).unwrap_or("c0");
    let mut signs = cursor.chars();
    signs.next();
    number(Some(signs.as_str()), 0)
}

pub(super) fn cursor_body(ask: &Ask<'_>, rows: &[Value]) -> Value {
    cursor_body_at(position(ask.get("cursor")), rows)
}

pub(super) fn cursor_body_at(at: i64, rows: &[Value]) -> Value {
    let next = (at + SIZE < length(rows)).then(|| format!("c{}", at + SIZE));
    json!({"items": part(rows, at, at + SIZE), "next_cursor": next, "total": rows.len()})
}

/// A page and the address of the next one, which `make` writes for a position.
pub(super) fn link_body(ask: &Ask<'_>, rows: &[Value], make: impl Fn(i64) -> String) -> (Vec<Value>, Option<String>) {
    let at = position(ask.get("cursor"));
    let next = (at + SIZE < length(rows)).then(|| make(at + SIZE));
    (part(rows, at, at + SIZE).to_vec(), next)
}

pub(super) fn next_url(ask: &Ask<'_>, at: i64) -> String {
    ask.url(&format!("items?cursor=c{at}"), Host::A)
}

/// The five parents of several scenarios, and the twenty rows of each.
pub(super) fn five_parents(ask: &Ask<'_>) -> Value {
    let items = match ask.parent() {
        Some(parent) => seq((parent * 20).saturating_sub(19), parent * 20),
        None => (1..=5).map(|id| json!({"id": id})).collect(),
    };
    json!({"items": items, "next_cursor": null})
}

/// Reads RFC 3339 as seconds and nanoseconds; a time without a zone is in UTC.
pub(super) fn instant(text: &str) -> Option<(i64, u32)> {
    let (text, fraction) = match text.split_once('.') {
        Some((before, after)) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            (format!("{before}{}", &after[digits..]), format!("{:0<9}", &after[..digits]).parse().ok()?)
        }
        None => (text.to_owned(), 0),
    };
    let (clock, zone) = text.split_at_checked(19)?;
    let offset = match zone {
        "" | "Z" => Offset::UTC,
        _ => {
            let digits = zone[1..].replace(':', "");
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let number = |part: &str| part.parse::<i32>().ok();
            let seconds = number(digits.get(..2)?)? * 3600 + number(digits.get(2..4)?)? * 60;
            Offset::from_seconds(sign * seconds).ok()?
        }
    };
    let time = clock.replacen(' ', "T", 1).parse::<jiff::civil::DateTime>().ok()?;
    Some((offset.to_timestamp(time).ok()?.as_second(), fraction))
}

/// Keeps the rows from `since` on, and those without a stamp.
pub(super) fn since(ask: &Ask<'_>, mut rows: Vec<Value>) -> Vec<Value> {
    let Some(since) = ask.query.said(&["since"]) else { return rows };
    let Some(low) = instant(since) else {
        ask.violate(format!("unreadable since='{since}'"));
        return rows;
    };
    rows.retain(|row| row["updated_at"].as_str().is_none_or(|stamp| instant(stamp) >= Some(low)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_as_instants() {
        let same = instant("2026-03-01T02:30:00Z");
        assert!(same.is_some());
        for text in
            ["2026-03-01T11:30:00+09:00", "2026-03-01 02:30:00", "2026-02-28T21:00:00-0530", "2026-03-01T02:30:00.000Z"]
        {
            assert_eq!(instant(text), same, "{text}");
        }
        assert_eq!(instant("2026-03-01T02:30:00.25Z").map(|at| at.1), Some(250_000_000));
        for text in ["", "yesterday", "2026-02-30T00:00:00Z", "2026-03-01", "2026-03-01T02:30:00.Z"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn bounds_of_a_part_are_never_out_of_range() {
        let rows = seq(1, 5);
        let ids = |from, to| part(&rows, from, to).iter().map(|row| row["id"].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(ids(0, 2), [1, 2]);
        assert_eq!(ids(3, 50), [4, 5]);
        assert_eq!(ids(-2, 5), [4, 5]);
        assert_eq!(ids(-5, 45), [1, 2, 3, 4, 5]);
        assert_eq!(ids(4, 2), [0; 0]);
    }
}
