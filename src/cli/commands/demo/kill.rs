//! `weir demo --kill`: a sync is killed three times, and the table is asked what became of it.

use super::stage::{Stage, head, tell};
use crate::cli::Exit;
use crate::cli::surroundings::Surroundings;
use crate::cli::ui::Ui;
use crate::report::{count, thousands};
use crate::testing::demo::{Found, ITEMS, KILLS, MANIFEST, PAGE, Table};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

/// A unit holds some pages of the demo, so that a kill costs some of them.
const COMMIT_EVERY_MS: &str = "100";

pub(super) fn run(ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let Some(program) = &around.program else {
        ui.error("this system does not say where the program is, so it can't run itself", None);
        return Err(Exit::Failed);
    };
    let stage = Stage::set(MANIFEST, ui)?;
    ui.result(&format!(
        "An API on this machine, {}, has {} items on {} pages.\n\
         `weir sync` appends them to {},\n\
         whose table has no primary key that would hide a doubled row. It commits some pages\n\
         at a time. It is killed three times, and each time the same command is run again.\n",
        stage.mock.base(),
        thousands(ITEMS as u64),
        ITEMS.div_ceil(PAGE),
        stage.database.display(),
    ));
    let ask = |ui: &mut Ui| tell(Table::open(&stage.database).and_then(|table| table.found()), ui);
    let mut before = 0;
    for (number, kill) in KILLS.iter().enumerate() {
        head(&format!("{}. Killed at {}: {}", number + 1, kill.point, kill.meaning), ui);
        let run = sync(program, &stage, Some(kill.point), ui)?;
        if run.status.code().is_some_and(|code| code <= 1) {
            return Err(unexpected(&run, "it was not killed", ui));
        }
        let (found, asked) = (ask(ui)?, stage.mock.counts().requests);
        told(found, asked - before, &ended(run.status), ui);
        before = asked;
    }
    head("4. Run again, and left alone", ui);
    let run = sync(program, &stage, None, ui)?;
    if !run.status.success() {
        return Err(unexpected(&run, "the last sync failed", ui));
    }
    let asked = stage.mock.counts().requests;
    let found = ask(ui)?;
    told(found, asked - before, "to its end", ui);
    head("What the table says", ui);
    let (lost, doubled) = (found.lost(ITEMS as u64), found.doubled());
    ui.result(&verdict(found, asked));
    Ok(if lost == 0 && doubled == 0 { Exit::Ok } else { Exit::Failed })
}

/// What a run left.
fn told(found: Found, requests: u64, ended: &str, ui: &mut Ui) {
    let (requests, rows) = (count(requests, "request", "requests"), count(found.rows, "row", "rows"));
    ui.result(&format!("  {requests}, {ended}; {rows} in the table\n"));
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended by signal {signal}");
    }
    format!("ended with {}", status.code().unwrap_or_default())
}

fn verdict(found: Found, asked: u64) -> String {
    let needed = ITEMS.div_ceil(PAGE) as u64;
    format!(
        "  rows lost          {}\n  rows doubled       {}\n  requests repeated  {}, beside the {needed} of a sync that \
         nobody disturbs\n\nIn short: rows and how far was read become durable in one transaction, and the next\n\
         run goes on from there.\n",
        found.lost(ITEMS as u64),
        found.doubled(),
        asked.saturating_sub(needed),
    )
}

/// Runs this program on the demo's manifest, as a user would.
fn sync(program: &Path, stage: &Stage, fail_at: Option<&str>, ui: &mut Ui) -> Result<Output, Exit> {
    let host = stage.host();
    let allowed = format!("{}:{}", host.domain, host.port.unwrap_or_default());
    let mut command = Command::new(program);
    command.arg("sync").arg(&stage.manifest).args(["items", "--mode", "append", "--to", &stage.to()]);
    command.args(["--param", &format!("base={}", stage.mock.base()), "--allow-private", &allowed]);
    command.args(["--commit-every", COMMIT_EVERY_MS]);
    command.args(fail_at.iter().flat_map(|point| ["--fail-at", point]));
    command.stdin(Stdio::null()).output().map_err(|error| {
        ui.error(&format!("the program can't run itself: {error}"), None);
        Exit::Failed
    })
}

/// Tells of a run that ended in a way that the demo does not know.
fn unexpected(run: &Output, what: &str, ui: &mut Ui) -> Exit {
    ui.aside(&String::from_utf8_lossy(&run.stderr));
    ui.error(what, None);
    Exit::Failed
}
