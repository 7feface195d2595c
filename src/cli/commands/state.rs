//! `weir state`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::destination::ToArgs;
use crate::cli::ledger::{is_meant, look};
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table;
use crate::cli::target::pair;
use crate::cli::ui::Ui;
use crate::data::Value as Position;
use crate::data::json::write_canonical;
use crate::diagnostic::clean;
use crate::name::{listed, nearest};
use crate::sinks::StoredState;
use clap::Subcommand;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Shows or forgets how far streams were read.
///
/// State lies in the destination, beside the rows it covers. `rm` forgets it: the next sync reads from the start; rows
/// stay.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir state ls                              every stream and partition in `weir.db`
  weir state ls --to jsonl:./out             in another destination
  weir state show orders                     all that is known of a stream, as JSON
  weir state rm orders                       read it from the start next time
  weir state rm orders --partition shop=7    only one partition")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists positions by connection, stream and partition.
    Ls(ListArgs),
    /// Shows all that is known, as JSON.
    Show(OneArgs),
    /// Forgets positions: what they cover is read again.
    Rm(OneArgs),
}

#[derive(clap::Args)]
struct ListArgs {
    /// Only this stream.
    #[arg(value_name = "STREAM")]
    stream: Option<String>,
    #[command(flatten)]
    which: WhichArgs,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(clap::Args)]
struct OneArgs {
    /// The stream.
    #[arg(value_name = "STREAM")]
    stream: String,
    #[command(flatten)]
    which: WhichArgs,
}

#[derive(clap::Args)]
struct WhichArgs {
    /// Only partitions with this value.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    partition: Vec<(String, String)>,
    /// Only those of this connection, or of this connector.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    #[command(flatten)]
    to: ToArgs,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let done = match &args.what {
        What::Ls(args) => ls(args, ui, around),
        What::Show(args) => show(args, ui, around),
        What::Rm(args) => rm(args, ui, around),
    };
    done.unwrap_or_else(|exit| exit)
}

fn ls(args: &ListArgs, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let all = look(&args.which.to, around, ui, |books| books.states())?;
    let found = match &args.stream {
        Some(stream) => args.which.pick(&all, stream, ui)?,
        None => all.iter().filter(|state| args.which.takes(state)).collect(),
    };
    match args.format {
        Format::Text if found.is_empty() => ui.status("nothing is known yet: the next sync reads from the start"),
        Format::Text => ui.result(&table(&found, ui.width)),
        format => ui.value(format, &found.iter().map(|state| told(state)).collect()),
    }
    Ok(Exit::Ok)
}

fn show(args: &OneArgs, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let all = look(&args.which.to, around, ui, |books| books.states())?;
    let found = args.which.pick(&all, &args.stream, ui)?;
    ui.value(Format::Json, &found.iter().map(|state| told(state)).collect());
    Ok(Exit::Ok)
}

fn rm(args: &OneArgs, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let all = look(&args.which.to, around, ui, |books| books.states())?;
    let found = args.which.pick(&all, &args.stream, ui)?;
    let connections: BTreeSet<&str> = found.iter().map(|state| state.connection.as_str()).collect();
    let connection = match connections.iter().collect::<Vec<_>>().as_slice() {
        [one] => (**one).to_owned(),
        several => {
            let names = listed(several.iter().map(|name| **name));
            let told = format!("several connections have a stream `{}`: {}", clean(&args.stream), clean(&names));
            ui.error(&told, Some("say which by `--connection`"));
            return Err(Exit::Usage);
        }
    };
    let partitions: Vec<_> = if args.which.partition.is_empty() {
        vec![None]
    } else {
        found.iter().map(|state| Some(state.partition.clone())).collect()
    };
    let stream = args.stream.clone();
    let forgotten = look(&args.which.to, around, ui, |books| {
        Box::pin(async move {
            let mut forgotten = 0;
            for partition in &partitions {
                forgotten += books.forget(&connection, &stream, partition.as_ref()).await?;
            }
            Ok(forgotten)
        })
    })?;
    let of = if forgotten == 1 { "1 position".into() } else { format!("{forgotten} positions") };
    ui.status(&format!("forgot {of} of `{}`: the next sync reads what they covered again", clean(&args.stream)));
    Ok(Exit::Ok)
}

impl WhichArgs {
    fn takes(&self, state: &StoredState) -> bool {
        self.connection.as_ref().is_none_or(|connection| *connection == state.connection)
            && is_meant(&state.partition, &self.partition)
    }

    /// Picks the states of a stream; that there is none is told.
    fn pick<'a>(&self, all: &'a [StoredState], stream: &str, ui: &mut Ui) -> Result<Vec<&'a StoredState>, Exit> {
        let found: Vec<&StoredState> = all.iter().filter(|state| state.stream == stream && self.takes(state)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let known: BTreeSet<&str> = all.iter().map(|state| state.stream.as_str()).collect();
        let known = || known.iter().copied();
        let help = match nearest(stream, known().filter(|known| *known != stream)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if all.is_empty() => "nothing was synced there yet".into(),
            None => format!("streams with a state: {}", listed(known())),
        };
        ui.error(&format!("nothing is known of such a stream or partition: `{}`", clean(stream)), Some(&clean(&help)));
        Err(Exit::Usage)
    }
}

fn table(states: &[&StoredState], width: Option<usize>) -> String {
    let mut table = Table::new(&["CONNECTION", "STREAM", "PARTITION", "COVERED TO", "OPEN"], &[2, 3, 4]);
    for stored in states {
        let state = stored.state.as_ref();
        let covered = state.map(|state| &state.covered);
        let position = covered.and_then(|covered| covered.position().map(|mark| text(&mark.text)));
        let position = position.or_else(|| Some(text(covered?.token.as_ref()?)));
        let done =
            state.and_then(|state| state.done_in).map(|generation| format!("complete in generation {generation}"));
        let nothing = if state.is_none() { "(forgotten)" } else { "" };
        let open = state.and_then(|state| state.open.as_ref());
        let open = open.map(|open| format!("pass {}, goes on at page {}", open.pass, open.page.index));
        let partition = if stored.partition.is_whole() { "" } else { stored.partition.text() };
        table.row([
            stored.connection.as_str(),
            &stored.stream,
            partition,
            &position.or(done).unwrap_or_else(|| nothing.into()),
            &open.unwrap_or_default(),
        ]);
    }
    table.draw("", width)
}

fn text(position: &Position) -> String {
    match position {
        Position::Text(text) => text.to_string(),
        other => {
            let mut out = String::new();
            write_canonical(other, &mut out);
            out
        }
    }
}

fn told(stored: &StoredState) -> Value {
    json!({
        "connection": stored.connection,
        "stream": stored.stream,
        "partition": serde_json::from_str::<Value>(stored.partition.text()).unwrap_or_else(|_| stored.partition.text().into()),
        "version": stored.version,
        "state": serde_json::to_value(&stored.state).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Asked, Covered, Mark, Open, Page, PartitionKey, PartitionState, Stretch};

    fn stored(stream: &str, partition: &str, state: Option<PartitionState>) -> StoredState {
        let partition = PartitionKey::from_text(partition);
        StoredState { connection: "shop".into(), stream: stream.into(), partition, version: 3, state }
    }

    #[test]
    fn positions_are_listed() {
        let mark = Mark { order: 1, text: Position::Text("2024-05-31T00:00:00Z".into()) };
        let covered = Covered { stretches: vec![Stretch { from: None, to: mark }], ..Covered::default() };
        let now = "2024-05-31T02:13:07Z".parse().unwrap();
        let open = Open {
            pass: 4,
            generation: 0,
            asked: Asked { start: None, end: None, now },
            bound: None,
            page: Page { index: 17, token: Position::Absent },
            last: None,
            recent: crate::state::RowHashes::default(),
            seen_max: None,
            rows: 170,
            since: now,
            full: false,
            milestone: None,
            job: None,
        };
        let all = [
            stored(
                "orders",
                "{}",
                Some(PartitionState { pass: 4, covered, open: Some(open), ..PartitionState::default() }),
            ),
            stored(
                "items",
                r#"{"order":{"id":7}}"#,
                Some(PartitionState { done_in: Some(2), ..PartitionState::default() }),
            ),
            stored("old", "{}", None),
        ];
        insta::assert_snapshot!(table(&all.iter().collect::<Vec<_>>(), None), @r#"
        CONNECTION  STREAM  PARTITION           COVERED TO                OPEN
        shop        orders                      2024-05-31T00:00:00Z      pass 4, goes on at page 17
        shop        items   {"order":{"id":7}}  complete in generation 2
        shop        old                         (forgotten)
        "#);
        let json = told(&all[0]);
        assert_eq!((&json["stream"], &json["state"]["open"]["page"]["index"]), (&"orders".into(), &17.into()));
        assert_eq!(json["partition"], serde_json::json!({}));
    }
}
