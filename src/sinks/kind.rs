//! The kinds of destinations by name: `sqlite:weir.db`, `jsonl:./out`, `stdout:csv`.

use super::desk::{Offload, SinkOptions};
use super::failpoint::Failpoint;
use super::jsonl::{JsonlBooks, JsonlSink};
use super::sqlite::{SqliteBooks, SqliteSink};
use super::stdout::{FileBooks, Format, StdoutOptions, StdoutSink};
use super::{Books, Sink};
use crate::fault::{Fault, Kind};
use crate::name::{listed, nearest};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A destination as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkKind {
    Sqlite(PathBuf),
    Jsonl(PathBuf),
    Stdout(Format),
}

/// What a destination gets beside its name.
#[derive(Default)]
pub struct Outfit {
    pub offload: Offload,
    pub failpoint: Failpoint,
    /// Where output goes, for [`SinkKind::Stdout`].
    pub out: Option<Box<dyn Write + Send>>,
    /// The width of the terminal, if it is one.
    pub width: Option<usize>,
    /// The state file of an output.
    pub state: Option<PathBuf>,
}

const KINDS: [&str; 3] = ["sqlite", "jsonl", "stdout"];

/// Reads `kind:place`.
pub fn parse(text: &str) -> Result<SinkKind, Fault> {
    let (kind, place) = text.split_once(':').map_or((text, None), |(kind, place)| (kind, Some(place)));
    let placed = |example: &str| match place {
        Some(place) if !place.is_empty() && !place.contains('\0') => Ok(PathBuf::from(place)),
        _ => Err(wrong(format!("{kind} needs a place: {example}"))),
    };
    match kind {
        "sqlite" => placed("sqlite:weir.db").map(SinkKind::Sqlite),
        "jsonl" => placed("jsonl:./out").map(SinkKind::Jsonl),
        "stdout" => format(place.unwrap_or("table")).map(SinkKind::Stdout),
        _ => Err(unknown(text, kind)),
    }
}

fn format(word: &str) -> Result<Format, Fault> {
    let words = Format::WORDS.map(|(word, _)| word);
    let found = Format::WORDS.into_iter().find(|(known, _)| *known == word);
    found.map(|(_, format)| format).ok_or_else(|| {
        let meant = nearest(word, words).map_or(String::new(), |near| format!("; did you mean {near}?"));
        wrong(format!("unknown format {word:?}{meant} formats: {}", listed(words)))
    })
}

fn unknown(text: &str, kind: &str) -> Fault {
    let path = Path::new(text);
    let ends = |wanted: &[&str]| {
        path.extension().is_some_and(|ending| wanted.iter().any(|wanted| ending.eq_ignore_ascii_case(wanted)))
    };
    let meant = if !text.contains(':') && ends(&["db", "sqlite", "sqlite3"]) {
        Some(format!("sqlite:{text}"))
    } else if !text.contains(':') && (text.contains(['/', '\\']) || ends(&["jsonl", "ndjson"])) {
        Some(format!("jsonl:{text}"))
    } else {
        nearest(kind, KINDS).map(|near| text.replacen(kind, near, 1))
    };
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean {meant}?"));
    wrong(format!("unknown destination {text:?}{meant} a destination is kind:place, kinds: {}", listed(KINDS)))
}

fn wrong(said: String) -> Fault {
    Fault::new(Kind::Config, "choose a destination", said)
}

/// Makes the destination; nothing is touched before it is opened.
pub fn open(kind: &SinkKind, outfit: Outfit) -> Result<Box<dyn Sink>, Fault> {
    let Outfit { offload, failpoint, out, width, state } = outfit;
    Ok(match kind {
        SinkKind::Sqlite(path) => Box::new(SqliteSink::new(path, SinkOptions { offload, failpoint })),
        SinkKind::Jsonl(root) => Box::new(JsonlSink::new(root, SinkOptions { offload, failpoint })),
        SinkKind::Stdout(format) => {
            let out = out.ok_or_else(|| wrong("an output needs somewhere to write to".to_owned()))?;
            Box::new(StdoutSink::new(out, StdoutOptions { format: *format, width, state, offload, failpoint }))
        }
    })
}

/// Opens the ledger of a destination to look into it; an output has one only in its state file.
pub fn books(kind: &SinkKind, state: Option<&Path>) -> Result<Box<dyn Books>, Fault> {
    Ok(match (kind, state) {
        (SinkKind::Sqlite(path), _) => Box::new(SqliteBooks::new(path, Offload::default())),
        (SinkKind::Jsonl(root), _) => Box::new(JsonlBooks::new(root, Offload::default())),
        (SinkKind::Stdout(_), Some(state)) => Box::new(FileBooks::new(state)),
        (SinkKind::Stdout(_), None) => return Err(wrong("an output keeps no state; name its state file".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_named() {
        assert_eq!(parse("sqlite:weir.db").unwrap(), SinkKind::Sqlite("weir.db".into()));
        assert_eq!(parse("jsonl:C:/x").unwrap(), SinkKind::Jsonl("C:/x".into()));
        assert_eq!(parse("stdout").unwrap(), SinkKind::Stdout(Format::Table));
        assert_eq!(parse("stdout:csv").unwrap(), SinkKind::Stdout(Format::Csv));
        let cases = [
            ("sqllite:x.db", "did you mean sqlite:x.db?"),
            ("weir.db", "did you mean sqlite:weir.db?"),
            ("./out", "did you mean jsonl:./out?"),
            ("sqlite:", "sqlite needs a place: sqlite:weir.db"),
            ("stdout:jsnl", "did you mean jsonl?"),
            ("parquet:./lake", "kinds: sqlite, jsonl, stdout"),
        ];
        for (given, expected) in cases {
            let said = parse(given).unwrap_err().to_string();
            assert!(said.contains(expected), "{given}: {said}");
        }
    }
}
