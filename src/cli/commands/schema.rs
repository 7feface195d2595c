//! `weir schema`.

use crate::cli::Exit;
use crate::cli::arguments::Format;
use crate::cli::columns::{self, Row};
use crate::cli::connector::{self, Connector, ConnectorArgs};
use crate::cli::surroundings::Surroundings;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::diagnostic::clean;
use serde_json::json;

/// Tells the columns that streams' rows arrive with, as JSON Schema and Arrow types.
///
/// There is one answer for each stream that is asked for, in that order: its schema, or why there is none.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  weir schema manifests/github                            all streams
  weir schema manifests/github issues                     one of them
  weir schema shop orders                                 of a connection of `weir.yaml`
  weir schema manifests/github issues --format json | jq '.[0].schema.json_schema'

An untyped stream arrives as its key, its position and `record`, the record as it came.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    connector: ConnectorArgs,
    /// The streams; all that are not hidden without one.
    #[arg(value_name = "STREAM")]
    streams: Vec<String>,
}

pub(super) fn run(args: &Args, ui: &mut Ui, around: &Surroundings) -> Exit {
    let connector = match connector::open(&args.connector, around, ui) {
        Ok(connector) => connector,
        Err(exit) => return exit,
    };
    let all = connector.plan.streams.values().filter(|stream| !stream.hidden).map(|stream| stream.name.clone());
    let asked: Vec<String> = if args.streams.is_empty() { all.collect() } else { args.streams.clone() };
    let answers = asked.iter().map(|name| (name, answer(&connector, name)));
    match args.connector.format {
        Format::Json | Format::Yaml => ui.value(
            args.connector.format,
            &answers
                .map(|(stream, answer)| match answer {
                    Ok(row) => json!({ "stream": stream, "schema": columns::schema(&row) }),
                    Err(error) => json!({ "stream": stream, "error": error }),
                })
                .collect(),
        ),
        Format::Text => {
            let told: Vec<String> = answers.map(|(name, answer)| text(name, &answer, ui.width)).collect();
            ui.result(&told.join("\n"));
        }
    }
    Exit::Ok
}

fn answer(connector: &Connector, name: &str) -> Result<Row, String> {
    if let Some(stream) = connector.plan.streams.get(name) {
        return connector.columns(name, stream);
    }
    if connector.plan.groups.iter().any(|group| group.name == name) {
        return Err(format!("`{name}` is a template of streams that the API names; that needs a connection"));
    }
    let nearest = crate::name::nearest(name, connector.plan.streams.keys().map(String::as_str));
    let nearest = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
    Err(format!("there is no stream `{name}`{nearest}"))
}

fn text(name: &str, answer: &Result<Row, String>, width: Option<usize>) -> String {
    let row = match answer {
        Ok(row) => row,
        Err(error) => return format!("{}: {}\n", clean(name), clean(error)),
    };
    let mut table = Table::new(&["COLUMN", "TYPE", "ARROW", "NULL", "DESCRIPTION"], &[4, 2, 1]);
    for column in &row.columns {
        let field = column.of.arrow_field(&column.name, column.required);
        let description = column.description.clone().unwrap_or_default();
        let null = if column.required { "no" } else { "yes" };
        table.row([&column.name, &column.of.to_string(), &field.data_type().to_string(), null, &description]);
    }
    let more = if row.open { "  … and one for each further member of a record\n" } else { "" };
    format!("{}\n{}{more}", clean(name), table.draw("  ", width))
}
