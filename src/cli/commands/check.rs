//! `weir check`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::selection;
use crate::cli::session::{Session, SessionArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::target::{self, TargetArgs};
use crate::cli::ui::Ui;
use crate::diagnostic::clean;
use crate::engine::{self, Checked};
use crate::event::FaultKind;
use crate::report::fault_kind as word;
use serde_json::json;

/// Checks that streams can be read: credentials, permissions, and whether one page has the shape that is declared.
///
/// Each stream gets one line as soon as it is known, and one that fails never stops the others. Nothing is written.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir check shop                           what the manifest says proves the connection
  weir check shop --streams orders,items    these streams
  weir check shop --all                     every stream that is not hidden
  weir check shop --all --format json       a line of JSON a stream: {stream, ok, kind, message}

Exit codes: 0 all can be read, 1 none can, 2 wrong usage, 3 manifest invalid, 4 a setting or secret is missing,
5 the API refused the credentials, 6 some can't, 8 a rate limit, 9 contract broken, 130 interrupted.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Checks these streams.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', conflicts_with = "all")]
    streams: Vec<String>,
    /// Checks every stream that is not hidden.
    #[arg(long)]
    all: bool,
    /// How it is written; JSON is one line a stream.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    session: SessionArgs,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    try_run(args, ui, around).unwrap_or_else(|exit| exit)
}

fn try_run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let target = target::open(&args.target, &args.session.network, around, ui)?;
    let mut streams = args.streams.clone();
    for name in &streams {
        selection::stream(&target.bound, name, ui)?;
    }
    if args.all {
        let shown = target.bound.streams.iter().filter(|(_, stream)| !stream.plan.hidden);
        streams = shown.map(|(name, _)| name.clone()).collect();
    } else if streams.is_empty() {
        streams = engine::checked_by_default(&target.bound);
    }
    let session = Session::open(&args.session, around, ui)?;
    let format = args.format;
    let checked = {
        let mut tell = |checked: &Checked| {
            session.teller.above(|| ui.result(&line(checked, format)));
        };
        session.run(engine::check(target.bound, &streams, &session.context, &mut tell))
    };
    if session.context.cancel.is_cancelled() {
        return Ok(Exit::Interrupted);
    }
    Ok(exit(&checked))
}

fn line(checked: &Checked, format: Format) -> String {
    match format {
        Format::Text => {
            let (verdict, kind) = match (checked.ok, checked.kind) {
                (true, _) => ("ok", String::new()),
                (false, Some(kind)) => ("FAILED", format!("{}: ", word(kind))),
                (false, None) => ("FAILED", String::new()),
            };
            format!("{:<7} {}: {kind}{}\n", verdict, clean(&checked.stream), clean(&checked.message))
        }
        // One a line: programs read them as they come.
        Format::Json | Format::Yaml => {
            let kind = checked.kind.map(word);
            let told = json!({ "stream": checked.stream, "ok": checked.ok, "kind": kind, "message": checked.message });
            format!("{told}\n")
        }
    }
}

/// Says what to end with: the gravest of what failed.
fn exit(checked: &[Checked]) -> Exit {
    let failed: Vec<&Checked> = checked.iter().filter(|checked| !checked.ok).collect();
    let rest = if failed.is_empty() {
        Exit::Ok
    } else if failed.len() == checked.len() {
        Exit::Failed
    } else {
        Exit::NotClean
    };
    failed.iter().fold(rest, |exit, checked| match checked.kind {
        Some(FaultKind::Config) => exit.or(Exit::Config),
        Some(FaultKind::Auth) => exit.or(Exit::Auth),
        Some(FaultKind::Quota) => exit.or(Exit::Budget),
        Some(FaultKind::Contract) => exit.or(Exit::Contract),
        _ => exit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(stream: &str, kind: Option<FaultKind>) -> Checked {
        Checked { stream: stream.into(), ok: kind.is_none(), kind, message: "12 rows\non one page".into() }
    }

    #[test]
    fn a_line_a_stream() {
        let refused = checked("orders", Some(FaultKind::Auth));
        assert_eq!(line(&refused, Format::Text), "FAILED  orders: auth: 12 rows on one page\n");
        assert_eq!(line(&checked("items", None), Format::Text), "ok      items: 12 rows on one page\n");
        assert_eq!(
            line(&refused, Format::Json),
            "{\"stream\":\"orders\",\"ok\":false,\"kind\":\"auth\",\"message\":\"12 rows\\non one page\"}\n"
        );
    }

    #[test]
    fn the_exit_code_is_that_of_the_gravest() {
        use FaultKind::{Auth, Config, Contract, Network, Quota};
        for (kinds, expected) in [
            (vec![None, None], Exit::Ok),
            (vec![Some(Network), None], Exit::NotClean),
            (vec![Some(Network), Some(Network)], Exit::Failed),
            (vec![Some(Quota), None], Exit::Budget),
            (vec![Some(Quota), Some(Auth)], Exit::Auth),
            (vec![Some(Auth), Some(Contract)], Exit::Contract),
            (vec![Some(Contract), Some(Config)], Exit::Config),
        ] {
            let all: Vec<Checked> = kinds.into_iter().map(|kind| checked("s", kind)).collect();
            assert_eq!(exit(&all), expected, "{all:?}");
        }
    }
}
