//! Where rows go: `--to kind:place`, or a name of `weir.yaml`.

use super::Exit;
use super::ui::Ui;
use crate::diagnostic::clean;
use crate::name::{is_name, listed, nearest};
use crate::plan::Project;
use std::path::PathBuf;

/// The destination unless another is named.
pub(super) const DEFAULT: &str = "sqlite:weir.db";

/// Where rows go.
#[derive(clap::Args)]
pub(super) struct ToArgs {
    /// The destination: `sqlite:FILE`, `jsonl:FOLDER`, or a name of `destinations` in the `weir.yaml` here.
    #[arg(long, value_name = "KIND:PLACE", default_value = DEFAULT)]
    pub(super) to: String,
}

/// A destination that this program can open.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Destination {
    Sqlite(PathBuf),
    Jsonl(PathBuf),
}

/// Kinds that a project may name and nothing here opens yet.
const LATER: [&str; 4] = ["csv", "parquet", "arrow", "postgres"];
const KINDS: [&str; 2] = ["sqlite", "jsonl"];

/// What is wrong with a destination, and what to do.
#[derive(Debug, PartialEq)]
pub(super) struct Unfit {
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads a destination; names are those of the project.
pub(super) fn parse(text: &str, project: Option<&Project>) -> Result<Destination, Unfit> {
    if is_name(text) {
        return named(text, project);
    }
    let Some((kind, place)) = text.split_once(':') else {
        return unfit(
            format!("`{text}` is no destination"),
            "write for example `sqlite:weir.db` or `jsonl:./out`".into(),
        );
    };
    of_kind(kind, place)
}

fn named(name: &str, project: Option<&Project>) -> Result<Destination, Unfit> {
    let Some(project) = project else {
        let help = if KINDS.contains(&name) {
            format!("write where it is: `{name}:{}`", if name == "sqlite" { "weir.db" } else { "./out" })
        } else {
            "there is no `weir.yaml` here; write for example `sqlite:weir.db` or `jsonl:./out`".into()
        };
        return unfit(format!("`{name}` is no destination"), help);
    };
    let Some(destination) = project.destinations.get(name) else {
        let known: Vec<&str> = project.destinations.keys().map(String::as_str).collect();
        let help = match (nearest(name, known.iter().copied()), known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => "`weir.yaml` declares no destination; write for example `sqlite:weir.db`".into(),
            (None, known) => format!("`weir.yaml` declares: {}", listed(known.iter().copied())),
        };
        return unfit(format!("`weir.yaml` has no destination `{name}`"), help);
    };
    let folder = project.path.parent().map(PathBuf::from).unwrap_or_default();
    let place = folder.join(destination.place.reveal());
    match destination.kind {
        "sqlite" => Ok(Destination::Sqlite(place)),
        "jsonl" => Ok(Destination::Jsonl(place)),
        kind => later(kind),
    }
}

fn of_kind(kind: &str, place: &str) -> Result<Destination, Unfit> {
    if place.is_empty() {
        return unfit(format!("`{kind}:` has no place"), "write for example `sqlite:weir.db` or `jsonl:./out`".into());
    }
    match kind {
        "sqlite" => Ok(Destination::Sqlite(place.into())),
        "jsonl" => Ok(Destination::Jsonl(place.into())),
        "postgresql" => later("postgres"),
        kind if LATER.contains(&kind) => later(kind),
        // Everything behind the colon may be a password.
        other => {
            let near = nearest(other, KINDS.into_iter().chain(LATER));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            unfit(
                format!("there is no kind of destination `{other}`"),
                format!("{near}this version has {}", KINDS.join(", ")),
            )
        }
    }
}

fn later(kind: &str) -> Result<Destination, Unfit> {
    unfit(format!("`{kind}` can't be written by this version"), format!("this version has {}", KINDS.join(", ")))
}

fn unfit<T>(message: String, help: String) -> Result<T, Unfit> {
    Err(Unfit { message, help })
}

/// Reads a destination, or tells why it is none.
pub(super) fn open(text: &str, project: Option<&Project>, ui: &mut Ui) -> Result<Destination, Exit> {
    parse(text, project).map_err(|unfit| {
        ui.error(&clean(&unfit.message), Some(&clean(&unfit.help)));
        Exit::Usage
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_read() {
        assert_eq!(parse("sqlite:a/weir.db", None), Ok(Destination::Sqlite("a/weir.db".into())));
        assert_eq!(parse("jsonl:./out", None), Ok(Destination::Jsonl("./out".into())));
        for (text, message, help) in [
            ("weir.db", "`weir.db` is no destination", "sqlite:weir.db"),
            ("sqlite", "`sqlite` is no destination", "write where it is: `sqlite:weir.db`"),
            ("sqlite:", "`sqlite:` has no place", "sqlite:weir.db"),
            ("sqllite:weir.db", "no kind of destination `sqllite`", "did you mean `sqlite`?"),
            ("parquet:./lake", "`parquet` can't be written by this version", "sqlite, jsonl"),
            ("postgres://u:hunter2@h/d", "`postgres` can't be written", "sqlite, jsonl"),
            ("warehouse", "`warehouse` is no destination", "there is no `weir.yaml` here"),
        ] {
            let unfit = parse(text, None).unwrap_err();
            assert!(unfit.message.contains(message) && unfit.help.contains(help), "{text}: {unfit:?}");
            assert!(!format!("{unfit:?}").contains("hunter2"));
        }
    }
}
