//! `weir limits`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::{expr, plan, text};
use serde_json::{Value, json};

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
                    json!({
                        "area": limit.area, "limit": limit.what, "value": limit.value, "in_force": limit.in_force,
                    })
                })
                .collect();
            ui.value(args.format, &all.into());
        }
    }
    Exit::Ok
}

/// Lists all limits. What the code holds already comes from its constants.
fn limits() -> Vec<Limit> {
    let now = |area, what, value: String| Limit { area, what, value, in_force: true };
    let later = |area, what, value: &str| Limit { area, what, value: value.to_owned(), in_force: false };
    vec![
        now("manifest", "size of a file", bytes(text::LARGEST)),
        now("manifest", "depth", text::DEEPEST.to_string()),
        now("manifest", "keys and values", thousands(text::MOST_NODES)),
        now("manifest", "documents in a file", "1".into()),
        now("manifest", "anchors, aliases and tags", "none".into()),
        now("manifest", "size of an icon", bytes(usize::try_from(plan::ICON_BYTES).unwrap_or(usize::MAX))),
        now("template", "source", bytes(expr::LONGEST)),
        now("template", "depth", expr::DEEPEST.to_string()),
        now("template", "text that it builds", bytes(expr::LONGEST_TEXT)),
        now("place", "source", bytes(expr::place::LONGEST)),
        now("regular expression", "compiled size", bytes(expr::REGEX_SIZE)),
        later("request", "connect", "10 s"),
        later("request", "head of the answer", "60 s"),
        later("request", "idle", "60 s"),
        later("request", "whole", "10 min"),
        later("request", "redirects", "5"),
        later("request", "body", "16 MiB"),
        later("request", "address, header value", "8 KiB"),
        later("response", "page on the wire and decoded", "256 MiB"),
        later("response", "headers", "64 KiB"),
        later("response", "body of an error that is read", "64 KiB"),
        later("response", "decompression after the first MiB", "200:1"),
        later("retry", "tries", "5"),
        later("retry", "first wait, doubled with jitter", "1 s"),
        later("retry", "longest wait", "60 s"),
        later("retry", "Retry-After that is honoured", "5 min"),
        later("retry", "a request in all", "10 min"),
        later("paging", "pages of a partition", &thousands(1_000_000)),
        later("paging", "empty pages in a row", "10"),
        later("JSON", "depth", "128"),
        later("JSON", "record", "16 MiB"),
        later("JSON", "digits of a number", &thousands(1000)),
        later("JSON", "members of a record", &thousands(2000)),
        later("JSON", "columns of a table", &thousands(1000)),
        later("run", "requests at once", "4"),
        later("run", "memory, and one page each worker", "256 MiB"),
        later("state", "size", "64 MiB"),
        later("state", "partitions, where the destination is no database", &thousands(100_000)),
        later("package", "packed", "10 MiB"),
        later("package", "unpacked", "50 MiB"),
        later("package", "files", &thousands(1000)),
    ]
}

fn bytes(count: usize) -> String {
    match count {
        _ if count >= 1 << 20 && count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count >= 1 << 10 && count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{} bytes", thousands(count)),
    }
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(thousands(999), "999");
        assert_eq!(bytes(8192), "8 KiB");
        assert_eq!(bytes(1 << 20), "1 MiB");
        assert_eq!(bytes(1000), "1,000 bytes");
    }
}
