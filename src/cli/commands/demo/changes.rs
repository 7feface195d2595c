//! `weir demo`: everything is read, something changes, and only that is read again.

use super::stage::{Stage, head, show, tell};
use crate::cli::Exit;
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table as Lines;
use crate::cli::ui::Ui;
use crate::event::{Receipt, StreamReceipt};
use crate::fault::Fault;
use crate::report::{count, thousands};
use crate::testing::demo::{CHANGE, ITEMS, MANIFEST, PROJECTS, Table};
use crate::testing::mock::Changed;

pub(super) fn run(ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let stage = Stage::set(MANIFEST, ui)?;
    let session = stage.session(around, ui)?;
    let bound = stage.bound(ui)?;
    ui.result(&format!(
        "An API on this machine, {}, has {} items that change,\n\
         {PROJECTS} projects, and tasks of each. What Weir knows of it is one file,\n\
         {}. The rows go to {}.\n",
        stage.mock.base(),
        count_of(ITEMS),
        stage.manifest.display(),
        stage.database.display(),
    ));

    head("1. The first sync reads everything", ui);
    let first = stage.sync(&bound, &session, ui)?;
    told(&first, ui);

    let (added, changed, deleted) = CHANGE;
    head(&format!("2. At the API {added} items are added, {changed} are changed and {deleted} are deleted"), ui);
    let done = stage.mock.change(added, changed, deleted);

    head("3. The second sync asks for what changed", ui);
    let second = stage.sync(&bound, &session, ui)?;
    told(&second, ui);

    head("4. Its receipt: what is complete, and how that is known", ui);
    show(&second, ui);

    head("5. What changed, as the destination counted it", ui);
    ui.result(&compared(&first, &second, ui.width));
    ui.result(
        "  One item came again unchanged: the read begins where the last one ended, itself included.\n  \
         The other two lists do not tell what changed: they are read whole, and replaced.\n",
    );

    head("6. The table itself says so too", ui);
    let answer = Table::open(&stage.database).and_then(|table| asked(&table, &done, ui.width));
    let answer = tell(answer, ui)?;
    ui.result(&answer);

    let items =
        |receipt: &Receipt| receipt.streams.iter().find(|stream| stream.stream == "items").map_or(0, |of| of.requests);
    ui.result(&format!(
        "\nIn short: {} for the items at first, {} when some had changed.\n\
         Nothing is missing, and the receipt says how that is known.\n",
        count(items(&first), "request", "requests"),
        thousands(items(&second)),
    ));
    head("Look further", ui);
    let to = stage.to();
    let (receipt, state) = (format!("weir receipt --to {to}"), format!("weir state ls --to {to}"));
    for (command, what) in [
        (receipt.as_str(), "that receipt again"),
        (state.as_str(), "where the next sync begins"),
        ("weir demo --sabotage", "the API lies, and the receipt tells"),
        ("weir demo --kill", "a sync is killed three times, and loses nothing"),
        ("rm -r weir-demo", "takes away what the demos wrote"),
    ] {
        ui.result(&format!("  {command:48}{what}\n"));
    }
    Ok(first.exit().or(second.exit()))
}

fn count_of(number: usize) -> String {
    thousands(u64::try_from(number).unwrap_or(u64::MAX))
}

/// One line of what a sync did.
fn told(receipt: &Receipt, ui: &mut Ui) {
    let read = receipt.streams.iter().map(|stream| stream.read).sum();
    ui.result(&format!("  {} in {}\n", count(read, "row", "rows"), count(receipt.requests, "request", "requests")));
}

fn compared(first: &Receipt, second: &Receipt, width: Option<usize>) -> String {
    let heading = ["STREAM", "FIRST SYNC", "SECOND SYNC", "CREATED", "UPDATED", "UNCHANGED", "DELETED"];
    let mut table = Lines::new(&heading, &[]);
    let took = |stream: &StreamReceipt| {
        format!("{}, {}", count(stream.read, "row", "rows"), count(stream.requests, "request", "requests"))
    };
    let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), thousands);
    for stream in &second.streams {
        let before = first.streams.iter().find(|before| before.stream == stream.stream);
        table.row([
            stream.stream.clone(),
            before.map(took).unwrap_or_default(),
            took(stream),
            number(stream.created),
            number(stream.updated),
            number(stream.unchanged),
            number(stream.deleted),
        ]);
    }
    table.draw("  ", width)
}

/// What the rows say when they are asked.
fn asked(table: &Table, done: &Changed, width: Option<usize>) -> Result<String, Fault> {
    let found = table.found()?;
    let (added, changed) = (table.there(&done.inserted, 1)?, table.there(&done.updated, 2)?);
    let (new, old) = (done.inserted.len(), done.deleted.len());
    let left = table.there(&done.deleted, 1)?;
    let gone = if left == 0 { "are gone".to_owned() } else { format!("are NOT all gone: {left} are still there") };
    let columns = ["id", "name", "amount", "owner", "version", "updated_at"];
    let mut rows = Lines::new(&columns, &[1]);
    for row in table.newest(&columns, 3)? {
        rows.row(row);
    }
    Ok(format!(
        "  {} = {} + {new} - {old}: {added} of {new} new ones are there,\n  \
         {changed} of {} have their new version, the {old} deleted ones {gone}.\n  Three of the rows that changed last:\n\n{}",
        count(found.rows, "item", "items"),
        count_of(ITEMS),
        done.updated.len(),
        rows.draw("  ", width),
    ))
}
