//! `weir demo --sabotage`: an API lies, and the receipts tell.

use super::stage::{Stage, head, show};
use crate::cli::Exit;
use crate::cli::surroundings::Surroundings;
use crate::cli::ui::Ui;
use crate::event::{Coverage, StreamReceipt};
use crate::report::advice::exit_words;
use crate::testing::demo::{LIES, SABOTAGED, lying};

pub(super) fn run(ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let stage = Stage::set(SABOTAGED, ui)?;
    lying(&stage.mock);
    let session = stage.session(around, ui)?;
    let bound = stage.bound(ui)?;
    ui.result(&format!(
        "An API on this machine, {}, has three lists of 500 rows,\n\
         and lies about each. What Weir knows of it is one file,\n{}. The rows go to {}.\n",
        stage.mock.base(),
        stage.manifest.display(),
        stage.database.display(),
    ));

    head("1. The sync", ui);
    let receipt = stage.sync(&bound, &session, ui)?;

    head("2. The receipt", ui);
    show(&receipt, ui);

    head("3. What the API did, and how the receipt tells", ui);
    let mut caught = 0;
    for told in LIES {
        let of = receipt.streams.iter().find(|stream| stream.stream == told.stream);
        let found = of.and_then(finding);
        caught += usize::from(found.is_some());
        ui.result(&format!(
            "  {}\n    the lie      it {}\n    the receipt  {}\n",
            told.stream,
            told.lie,
            found.unwrap_or_else(|| "does NOT tell".into())
        ));
    }
    let exit = receipt.exit();
    ui.result(&format!(
        "\nIn short: {caught} of {} lies are found out, though each answer by itself looked right.\n\
         Exit code {}: {}.\n",
        LIES.len(),
        exit.code(),
        exit_words(exit)
    ));
    Ok(if caught == LIES.len() { exit } else { Exit::Failed })
}

/// What a receipt finds wrong with a stream.
fn finding(stream: &StreamReceipt) -> Option<String> {
    let failure = match &stream.coverage {
        Coverage::Failed { failure } => Some(failure),
        Coverage::Partial { unread, .. } => unread.first().map(|unread| &unread.failure),
        _ => None,
    };
    if let Some(failure) = failure {
        return Some(format!("NOT COMPLETE: {}", failure.message));
    }
    let note = stream.notes.iter().find(|note| note.suspicious)?;
    Some(format!("SUSPICIOUS: {}", note.text))
}
