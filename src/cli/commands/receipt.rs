//! `weir receipt`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::destination::ToArgs;
use crate::cli::ledger;
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::diagnostic::clean;
use crate::event::{Outcome, Receipt};
use crate::report::{self, receipt};

/// Shows the receipt of a run: what is complete, how that is known, and what to do.
///
/// Without a run it is the last one. One that was killed is shown as interrupted.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir receipt                       the last run into `weir.db`
  weir receipt 0198                  the run whose identifier begins so
  weir receipt --all                 every run, the newest first
  weir receipt --format json | jq '.streams[] | select(.coverage.is != \"complete\")'

It ends with 0 when there is a receipt, whatever the run ended with.")]
pub(in crate::cli) struct Args {
    /// The run, or as much of its identifier as tells it from others.
    #[arg(value_name = "RUN", conflicts_with = "all")]
    run: Option<String>,
    /// Lists all runs.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    to: ToArgs,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let receipts = match ledger::look(&args.to, around, ui, |books| books.receipts()) {
        Ok(receipts) => receipts,
        Err(exit) => return exit,
    };
    if args.all {
        match args.format {
            Format::Text => ui.result(&list(&receipts, ui.width)),
            format => ui.value(format, &receipts.iter().map(report::receipt_json).collect()),
        }
        return Exit::Ok;
    }
    match find(&receipts, args.run.as_deref()) {
        Ok(found) => {
            match args.format {
                Format::Text => ui.result(&receipt::text(found)),
                format => ui.value(format, &report::receipt_json(found)),
            }
            Exit::Ok
        }
        Err(told) => {
            ui.error(&clean(&told), Some("`weir receipt --all` lists the runs"));
            Exit::Usage
        }
    }
}

/// Finds a run by the begin of its identifier, else the last one.
fn find<'a>(receipts: &'a [Receipt], run: Option<&str>) -> Result<&'a Receipt, String> {
    let Some(run) = run else {
        return receipts.first().ok_or_else(|| "there is no run yet".into());
    };
    let found: Vec<&Receipt> = receipts.iter().filter(|receipt| receipt.run.starts_with(run)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(format!("there is no run `{run}`")),
        several => match several.iter().find(|receipt| receipt.run == run) {
            Some(whole) => Ok(whole),
            None => Err(format!("{} runs begin with `{run}`", several.len())),
        },
    }
}

fn list(receipts: &[Receipt], width: Option<usize>) -> String {
    let mut table = Table::new(&["RUN", "BEGAN", "CONNECTOR", "EXIT", "READ"], &[4, 2]);
    for receipt in receipts {
        let exit = match receipt.outcome {
            Outcome::Running => "running".into(),
            Outcome::Interrupted => "killed".into(),
            Outcome::Finished | Outcome::Cancelled => receipt.exit().code().to_string(),
        };
        table.row([
            receipt.run.clone(),
            receipt.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            receipt.connector.clone(),
            exit,
            receipt::short(receipt),
        ]);
    }
    table.draw("", width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(run: &str, outcome: Outcome) -> Receipt {
        Receipt {
            format: 1,
            run: run.into(),
            connector: "shop".into(),
            version: None,
            target: "sqlite:weir.db".into(),
            started: "2024-05-31T02:13:07Z".parse().unwrap(),
            ended: None,
            outcome,
            streams: Vec::new(),
            requests: 3,
            bytes: 0,
            commits: 0,
            failure: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_found_by_the_begin_of_its_identifier() {
        let all = [of("ab12", Outcome::Finished), of("ab1", Outcome::Finished), of("c", Outcome::Interrupted)];
        for (run, found) in [
            (None, Ok("ab12")),
            (Some("c"), Ok("c")),
            (Some("ab1"), Ok("ab1")),
            (Some("ab12"), Ok("ab12")),
            (Some("a"), Err("2 runs begin with `a`")),
            (Some("x"), Err("there is no run `x`")),
        ] {
            let told = find(&all, run).map(|receipt| receipt.run.as_str());
            assert_eq!(told, found.map_err(str::to_owned), "{run:?}");
        }
        assert_eq!(find(&[], None).unwrap_err(), "there is no run yet");
    }

    #[test]
    fn runs_are_listed() {
        let all = [of("ab12", Outcome::Finished), of("c", Outcome::Interrupted), of("d", Outcome::Running)];
        insta::assert_snapshot!(list(&all, None), @r"
        RUN   BEGAN                CONNECTOR  EXIT     READ
        ab12  2024-05-31 02:13:07  shop       0        0 of 0 streams clean, 0 rows in 3 requests
        c     2024-05-31 02:13:07  shop       killed   0 of 0 streams clean, 0 rows in 3 requests
        d     2024-05-31 02:13:07  shop       running  0 of 0 streams clean, 0 rows in 3 requests
        ");
    }
}
