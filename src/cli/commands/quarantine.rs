//! `weir quarantine`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::destination::ToArgs;
use crate::cli::ledger::look;
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::diagnostic::clean;
use crate::sinks::QuarantineEntry;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Subcommand;
use serde_json::{Value, json};

/// Shows the records that were refused because they do not fit their columns.
///
/// They lie in the destination, with the reason and as they came. When the same record is read again and fits, or its
/// table is replaced, they go.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir quarantine ls                  all refused records in `weir.db`
  weir quarantine ls orders           of one stream
  weir quarantine show 3f2a           one record as it came, and why it was refused
  weir quarantine ls orders --format json | jq -r '.[].reason' | sort | uniq -c")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists refused records and why.
    Ls(ListArgs),
    /// Shows one as it came.
    Show(OneArgs),
}

#[derive(clap::Args)]
struct ListArgs {
    /// Only this stream.
    #[arg(value_name = "STREAM")]
    stream: Option<String>,
    #[command(flatten)]
    to: ToArgs,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(clap::Args)]
struct OneArgs {
    /// The record, as much of its identifier as tells it from others.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    to: ToArgs,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let done = match &args.what {
        What::Ls(args) => ls(args, ui, around),
        What::Show(args) => show(args, ui, around),
    };
    done.unwrap_or_else(|exit| exit)
}

fn ls(args: &ListArgs, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let mut all = look(&args.to, around, ui, |books| books.quarantine())?;
    if let Some(stream) = &args.stream {
        all.retain(|entry| entry.stream == *stream);
    }
    match args.format {
        Format::Text if all.is_empty() => ui.status("no record was refused"),
        Format::Text => ui.result(&table(&all, ui.width)),
        format => ui.value(format, &all.iter().map(told).collect()),
    }
    Ok(Exit::Ok)
}

fn show(args: &OneArgs, ui: &mut Ui, around: &Surroundings) -> Result<Exit, Exit> {
    let all = look(&args.to, around, ui, |books| books.quarantine())?;
    let wanted = args.id.to_ascii_lowercase();
    let found: Vec<&QuarantineEntry> = all.iter().filter(|entry| entry.hash.to_string().starts_with(&wanted)).collect();
    let Some(first) = found.first() else {
        ui.error(&format!("there is no refused record `{}`", clean(&args.id)), Some("`weir quarantine ls` lists them"));
        return Err(Exit::Usage);
    };
    // The same record may have been refused in several partitions; different ones must be told apart.
    if found.iter().any(|entry| entry.hash != first.hash) {
        ui.error(&format!("{} records begin with `{}`", found.len(), clean(&args.id)), Some("write more of it"));
        return Err(Exit::Usage);
    }
    match args.format {
        Format::Text => found.iter().for_each(|entry| ui.result(&page(entry))),
        format => ui.value(format, &found.iter().map(|entry| told(entry)).collect()),
    }
    Ok(Exit::Ok)
}

fn table(entries: &[QuarantineEntry], width: Option<usize>) -> String {
    let mut table = Table::new(&["ID", "STREAM", "WHEN", "KEY", "COLUMN", "REASON"], &[5, 3, 4]);
    for entry in entries {
        table.row([
            &entry.hash.to_string()[..8],
            &entry.stream,
            &entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            entry.key.as_deref().unwrap_or_default(),
            entry.column.as_deref().unwrap_or_default(),
            &entry.reason,
        ]);
    }
    table.draw("", width)
}

fn page(entry: &QuarantineEntry) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| out.push_str(&format!("{label:<10}{}\n", clean(text)));
    line("id", &entry.hash.to_string());
    line("stream", &format!("{} of {}", entry.stream, entry.connection));
    line("partition", entry.partition.text());
    line("when", &format!("{}, run {}", entry.at, entry.run));
    line("where", &format!("record {} of page {}", entry.record + 1, entry.page + 1));
    if let Some(key) = &entry.key {
        line("key", key);
    }
    if let Some(column) = &entry.column {
        line("column", column);
    }
    line("reason", &entry.reason);
    // Line ends of the record stay, everything else that a terminal would obey does not.
    let raw = String::from_utf8_lossy(&entry.raw);
    out.push('\n');
    for text in raw.lines() {
        out.push_str(&clean(text));
        out.push('\n');
    }
    out
}

fn told(entry: &QuarantineEntry) -> Value {
    let mut told = json!({
        "id": entry.hash.to_string(),
        "connection": entry.connection,
        "stream": entry.stream,
        "generation": entry.generation,
        "partition": entry.partition.text(),
        "run": entry.run,
        "at": entry.at.to_string(),
        "page": entry.page,
        "record": entry.record,
        "key": entry.key,
        "column": entry.column,
        "reason": entry.reason,
    });
    match std::str::from_utf8(&entry.raw) {
        Ok(text) => told["raw"] = text.into(),
        Err(_) => told["raw_base64"] = BASE64_STANDARD.encode(&entry.raw).into(),
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Digest, PartitionKey};

    fn entry(raw: &'static [u8]) -> QuarantineEntry {
        QuarantineEntry {
            connection: "shop".into(),
            stream: "orders".into(),
            generation: 0,
            partition: PartitionKey::whole(),
            hash: Digest::of([raw]),
            run: "r1".into(),
            at: "2024-05-31T02:13:07Z".parse().unwrap(),
            page: 0,
            record: 4,
            column: Some("total".into()),
            reason: "`a lot` is no decimal".into(),
            key: Some("7".into()),
            raw: raw.into(),
        }
    }

    #[test]
    fn a_refused_record_is_shown_as_it_came() {
        insta::assert_snapshot!(page(&entry(b"{\"id\": 7,\n \"total\": \"a lot \x1b[31m\"}")), @r#"
        id        6e6055b7a100e799f081007e6be7602e
        stream    orders of shop
        partition {}
        when      2024-05-31T02:13:07Z, run r1
        where     record 5 of page 1
        key       7
        column    total
        reason    `a lot` is no decimal

        {"id": 7,
         "total": "a lot �[31m"}
        "#);
        insta::assert_snapshot!(table(&[entry(b"x")], None), @r"
        ID        STREAM  WHEN                 KEY  COLUMN  REASON
        f91b14e7  orders  2024-05-31 02:13:07  7    total   `a lot` is no decimal
        ");
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        assert_eq!(told(&entry(b"abc"))["raw"], "abc");
        let told = told(&entry(b"\xff\x00"));
        assert_eq!((told.get("raw"), &told["raw_base64"]), (None, &"/wA=".into()));
    }
}
