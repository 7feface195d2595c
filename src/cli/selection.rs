//! Which streams and columns of a bound connector are meant: names that are wrong are told with the nearest right one.

use super::Exit;
use super::columns::Row;
use super::condition::{self, Tested};
use super::ui::Ui;
use crate::diagnostic::clean;
use crate::engine::{Filter, partition_names};
use crate::name::{listed, nearest};
use crate::plan::{Bound, BoundStream};

/// Finds a stream; a hidden one serves others and can still be read by name.
pub(super) fn stream<'a>(bound: &'a Bound, name: &str, ui: &mut Ui) -> Result<&'a BoundStream, Exit> {
    if let Some(found) = bound.streams.get(name) {
        return Ok(found);
    }
    if bound.plan.streams.contains_key(name) {
        let help = "its `when` does not hold with these params";
        ui.error(&format!("there is no stream `{}` in this connection", clean(name)), Some(help));
        return Err(Exit::Usage);
    }
    let known = bound.streams.iter().filter(|(_, stream)| !stream.plan.hidden).map(|(name, _)| name.as_str());
    let help = match nearest(name, bound.streams.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its streams: {}", listed(known)),
    };
    ui.error(&format!("`{}` has no stream `{}`", clean(&bound.plan.connector), clean(name)), Some(&clean(&help)));
    Err(Exit::Usage)
}

/// Checks names of columns; more than what is known may arrive where the row is open.
pub(super) fn columns(stream: &str, row: &Row, names: &[String], ui: &mut Ui) -> Result<(), Exit> {
    for name in names {
        if row.open || row.columns.iter().any(|column| column.name == *name) {
            continue;
        }
        let known = row.columns.iter().map(|column| column.name.as_str());
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its columns: {}", listed(known)),
        };
        ui.error(&format!("`{}` has no column `{}`", clean(stream), clean(name)), Some(&clean(&help)));
        return Err(Exit::Usage);
    }
    Ok(())
}

/// Checks names of partitions.
pub(super) fn partition(
    bound: &Bound,
    stream: &BoundStream,
    wanted: &[(String, String)],
    ui: &mut Ui,
) -> Result<(), Exit> {
    let known = partition_names(bound, stream);
    let Some((unknown, _)) = wanted.iter().find(|(name, _)| !known.contains(name)) else { return Ok(()) };
    let (of, unknown) = (clean(&stream.plan.name), clean(unknown));
    let (told, help) = match nearest(&unknown, known.iter().map(String::as_str)) {
        _ if known.is_empty() => (format!("`{of}` has no partitions, so `{unknown}` names none"), None),
        Some(near) => (format!("`{of}` has no partitions by `{unknown}`"), Some(format!("did you mean `{near}`?"))),
        None => {
            let known = listed(known.iter().map(String::as_str));
            (format!("`{of}` has no partitions by `{unknown}`"), Some(format!("they are by {known}")))
        }
    };
    ui.error(&told, help.as_deref().map(clean).as_deref());
    Err(Exit::Usage)
}

/// Reads all conditions; those of several `--where` hold together.
pub(super) fn filters(row: &Row, conditions: &[String], ui: &mut Ui) -> Result<Vec<Filter>, Exit> {
    let tested: Vec<Tested> =
        row.columns.iter().map(|column| Tested { name: column.name.clone(), of: column.of.clone() }).collect();
    let mut all = Vec::new();
    for text in conditions {
        // One line is drawn below another: what is written over several is one line here.
        let text = text.replace(['\n', '\r', '\t'], " ");
        match condition::parse(&text, &tested) {
            Ok(filters) => all.extend(filters),
            Err(mistake) => {
                let drawn: Vec<String> = mistake.drawn(&text).lines().map(clean).collect();
                ui.error(&drawn.join("\n"), mistake.help.as_deref().map(clean).as_deref());
                return Err(Exit::Usage);
            }
        }
    }
    Ok(all)
}
