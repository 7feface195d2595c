//! `weir limits`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::data::json;
use crate::engine::RunLimits;
use crate::http::retry::Policy;
use crate::http::{Bounds, Deadlines, NetworkOptions, spoken_time};
use crate::report::thousands;
use crate::state::RowHashes;
use crate::{expr, plan, text};
use serde_json::Value;

/// Lists the limits that hold unless something else is said.
///
/// A manifest may lower those of reading; only the user raises any. Some come into force with the part of the program
/// that needs them.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir limits
  weir limits --format json | jq '.[] | select(.in_force)'")]
pub(in crate::cli) struct Args {
    /// How they are written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

struct Limit {
    area: &'static str,
    what: &'static str,
    value: String,
    in_force: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Exit {
    match args.format {
        Format::Text => {
            let mut table = Table::new(&["AREA", "LIMIT", "VALUE", "IN FORCE"], &[1, 2]);
            for limit in limits() {
                table.row([limit.area, limit.what, &limit.value, if limit.in_force { "yes" } else { "not yet" }]);
            }
            ui.result(&table.draw("", ui.width));
        }
        Format::Json | Format::Yaml => {
            let all: Vec<Value> = limits()
                .iter()
                .map(|limit| {
                    serde_json::json!({
                        "area": limit.area, "limit": limit.what, "value": limit.value, "in_force": limit.in_force,
                    })
                })
                .collect();
            ui.value(args.format, &all.into());
        }
    }
    Exit::Ok
}

/// Lists all limits. What the code holds comes from where it is held.
fn limits() -> Vec<Limit> {
    let now = |area, what, value: String| Limit { area, what, value, in_force: true };
    let later = |area, what, value: &str| Limit { area, what, value: value.to_owned(), in_force: false };
    let mut all = vec![
        now("manifest", "size of a file", bytes(text::LARGEST)),
        now("manifest", "depth", text::DEEPEST.to_string()),
        now("manifest", "keys and values", thousands(number(text::MOST_NODES))),
        now("manifest", "documents in a file", "1".into()),
        now("manifest", "anchors, aliases and tags", "none".into()),
        now("manifest", "size of an icon", size(plan::ICON_BYTES)),
        now("template", "source", bytes(expr::LONGEST)),
        now("template", "depth", expr::DEEPEST.to_string()),
        now("template", "text that it builds", bytes(expr::LONGEST_TEXT)),
        now("place", "source", bytes(expr::place::LONGEST)),
        now("regular expression", "compiled size", bytes(expr::REGEX_SIZE)),
    ];
    all.extend(of_requests().into_iter().map(|(area, what, value)| now(area, what, value)));
    all.extend(of_runs().into_iter().map(|(area, what, value)| now(area, what, value)));
    all.extend([
        later("JSON", "members of a record", "2,000"),
        later("state", "size", "64 MiB"),
        later("state", "partitions, where the destination is no database", "100,000"),
        later("package", "packed", "10 MiB"),
        later("package", "unpacked", "50 MiB"),
        later("package", "files", "1,000"),
    ]);
    all
}

type Held = (&'static str, &'static str, String);

fn of_requests() -> Vec<Held> {
    let (network, deadlines, bounds) = (NetworkOptions::default(), Deadlines::default(), Bounds::default());
    let retry = Policy::default();
    vec![
        ("request", "connect", spoken_time(network.connect)),
        ("request", "head of the answer", spoken_time(deadlines.head)),
        ("request", "idle", spoken_time(deadlines.idle)),
        ("request", "whole", spoken_time(deadlines.request)),
        ("request", "redirects", bounds.redirects.to_string()),
        ("request", "body", bytes(bounds.body)),
        ("request", "address", bytes(bounds.url)),
        ("request", "header value", bytes(bounds.header)),
        ("response", "page on the wire", size(bounds.wire)),
        ("response", "page, unpacked", size(bounds.decoded)),
        ("response", "headers", bytes(bounds.headers)),
        ("response", "body of an error that is read", size(bounds.error)),
        ("response", "unpacked to packed, after the first MiB", format!("{}:1", bounds.ratio)),
        ("retry", "tries", retry.attempts.to_string()),
        ("retry", "first wait, doubled with jitter", spoken_time(retry.first)),
        ("retry", "longest wait", spoken_time(retry.max)),
        ("retry", "Retry-After that is honoured", spoken_time(retry.wait)),
        ("retry", "a request in all", spoken_time(retry.total)),
    ]
}

fn of_runs() -> Vec<Held> {
    let run = RunLimits::default();
    vec![
        ("paging", "pages of a partition", thousands(run.pages)),
        ("paging", "empty pages in a row", run.empty_pages.to_string()),
        ("JSON", "depth", json::DEEPEST.to_string()),
        ("JSON", "record", "16 MiB".into()),
        ("JSON", "digits of a number", "1,000".into()),
        ("run", "requests at once, unless the connector says", NetworkOptions::default().concurrency.to_string()),
        ("run", "pages that are on their way", size(run.memory)),
        ("run", "keys that are remembered to find duplicates", thousands(number(run.keys))),
        ("state", "rows that append remembers, a partition", thousands(number(RowHashes::MOST))),
        ("destination", "columns of an SQLite table", "1,000".into()),
        ("destination", "raw record in the quarantine", "1 MiB".into()),
    ]
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn size(count: u64) -> String {
    bytes(usize::try_from(count).unwrap_or(usize::MAX))
}

fn bytes(count: usize) -> String {
    match count {
        _ if count >= 1 << 20 && count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count >= 1 << 10 && count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{} bytes", thousands(number(count))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(bytes(8192), "8 KiB");
        assert_eq!(bytes(1 << 20), "1 MiB");
        assert_eq!(bytes(1000), "1,000 bytes");
    }
}
