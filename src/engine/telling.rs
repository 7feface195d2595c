//! What a page and its partition tell: to who listens, and to the receipt.

use super::context::Context;
use super::flight::Arrival;
use super::got::Got;
use super::part::Part;
use super::reading::Reading;
use crate::event::{EndSign, Event, Note};
use crate::fault::{Fault, Kind};
use crate::plan::BadRecords;
use crate::state::Page;

/// Tells what a page held: rows that came twice, notes, the page itself, a position that is null everywhere.
pub(super) fn tell(stream: &mut Reading, part: &mut Part<Arrival>, page: &Page, got: &mut Got, cx: &Context) {
    stream.tally.receipt.duplicates += part.keys.count(&got.rows.keys, cx.limits.keys);
    for note in std::mem::take(&mut got.rows.notes) {
        let (code, text) = (note.code.to_owned(), note.text);
        stream.tally.receipt.notes(Note { code, text, count: note.count, suspicious: note.suspicious });
    }
    let event = Event::Page {
        stream: stream.job.stream.clone(),
        partition: part.partition.key.text().to_owned(),
        index: page.index,
        records: got.rows.extracted,
        refused: got.rows.refused.len() as u64,
        bytes: got.wire,
        claimed: part.claimed.map(|(_, last)| last),
    };
    cx.listener.tell(&event);
    if let Some(position) =
        stream.run.position.as_ref().filter(|_| got.rows.positions == 0 && got.rows.null_positions > 0)
    {
        // SEMANTICS rule 12.
        let text = format!(
            "`{position}` is null in all rows of a page, so it moves no position; is it the right column for `incremental`?"
        );
        stream.tally.receipt.note("null_position", text, true);
    }
}

/// Tells of refused records; more than are allowed fail the partition.
pub(super) fn refuse(
    stream: &mut Reading,
    part: &Part<Arrival>,
    page: &Page,
    got: &Got,
    cx: &Context,
) -> Result<(), Fault> {
    for refused in &got.rows.refused {
        cx.listener.tell(&Event::Refused {
            stream: stream.job.stream.clone(),
            partition: part.partition.key.text().to_owned(),
            page: page.index,
            record: refused.record,
            column: refused.column.clone(),
            reason: stream.run.mask.text(&refused.reason),
        });
    }
    let Some(first) = got.rows.refused.first() else { return Ok(()) };
    // It may repeat what was sent.
    let reason = stream.run.mask.text(&first.reason);
    if stream.tally.refused == 0 {
        let column = first.column.as_ref().map(|column| format!("`{column}`: ")).unwrap_or_default();
        stream.tally.receipt.note("refused", format!("the first record that did not fit: {column}{reason}"), false);
    }
    stream.tally.refused += got.rows.refused.len() as u64;
    let told = |what: &str| {
        let column = first.column.as_ref().map(|column| format!(", column `{column}`")).unwrap_or_default();
        let message = format!("{what}: page {}, record {}{column}: {}", page.index + 1, first.record + 1, reason);
        Err(Fault::new(Kind::Data, "read", message))
    };
    match &stream.run.bad_records {
        BadRecords::Fail => told("a record does not fit, and `bad_records` is `fail`"),
        BadRecords::Quarantine { max } => match max.as_ref().and_then(|max| max.known()) {
            Some(max) if stream.tally.refused > *max => {
                told(&format!("more than {max} records do not fit; the last ones begin at"))
            }
            _ => Ok(()),
        },
    }
}

/// Holds what the API claimed against what came.
pub(super) fn compare_claims(part: &Part<Arrival>, stream: &mut Reading, sign: EndSign) {
    let Some((first, last)) = part.claimed else {
        return;
    };
    let receipt = &mut stream.tally.receipt;
    // What an earlier run read of the pass is not in this run's sum.
    if part.pass.resumed.is_none() {
        receipt.claimed = Some(receipt.claimed.unwrap_or(0) + last);
    }
    if first != last {
        // A total that shrinks while it decides where to end hides rows.
        let suspicious = last < first && sign == EndSign::Total;
        let text = format!("total changed {first} -> {last}, rows may be missing");
        receipt.note("total_changed", text, suspicious);
    }
    if part.pass.rows > last && sign == EndSign::Total {
        let text = format!(
            "the API claims {last} rows and ended there, {} were received; leave the total out if it counts something else",
            part.pass.rows
        );
        receipt.note("more_than_claimed", text, true);
    }
    if part.pass.rows < last {
        let text = format!("the API claims {last} rows, {} were received", part.pass.rows);
        receipt.note("fewer_than_claimed", text, true);
    }
}
