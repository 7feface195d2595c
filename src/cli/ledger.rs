//! Looks into the ledger of a destination: states, receipts, refused records.

use super::Exit;
use super::destination::{self, ToArgs};
use super::ports;
use super::session::{self, fail};
use super::surroundings::Surroundings;
use super::target;
use super::ui::Ui;
use crate::fault::Fault;
use crate::name::is_name;
use crate::plan::Options;
use crate::sinks::Books;
use crate::state::PartitionKey;
use futures_util::future::BoxFuture;
use serde_json::Value;

/// Opens the ledger and asks it; what hinders is told.
pub(super) fn look<T>(
    to: &ToArgs,
    around: &Surroundings,
    ui: &mut Ui,
    ask: impl for<'a> FnOnce(&'a mut dyn Books) -> BoxFuture<'a, Result<T, Fault>>,
) -> Result<T, Exit> {
    let project = if is_name(&to.to) { target::project(around, &Options::default(), ui)? } else { None };
    let destination = destination::open(&to.to, project.as_ref().map(|project| &project.known), ui)?;
    let mut books = ports::books(&destination).map_err(|fault| fail(&fault, ui))?;
    match session::alone(ask(&mut *books)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(fault)) => Err(fail(&fault, ui)),
        Err(error) => {
            ui.error(&format!("the program can't start: {error}"), None);
            Err(Exit::Failed)
        }
    }
}

/// Says whether a partition is the one that is meant: each name has that value, or a key column of it has.
pub(super) fn is_meant(partition: &PartitionKey, wanted: &[(String, String)]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let Ok(Value::Object(parts)) = serde_json::from_str(partition.text()) else { return false };
    let is = |value: &Value, text: &str| match value {
        Value::String(own) => own == text,
        other => {
            let own = other.to_string();
            own == text
        }
    };
    wanted.iter().all(|(name, text)| match parts.get(name) {
        Some(Value::Object(key)) => key.values().any(|value| is(value, text)),
        Some(value) => is(value, text),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_by_its_values() {
        let key = PartitionKey::from_text(r#"{"repo":{"owner":"a","id":7},"year":2024,"lang":"en"}"#);
        let wanted = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        for (pairs, meant) in [
            (&[][..], true),
            (&[("lang", "en")][..], true),
            (&[("year", "2024"), ("repo", "7")][..], true),
            (&[("repo", "a")][..], true),
            (&[("repo", "b")][..], false),
            (&[("lang", "en"), ("year", "2023")][..], false),
            (&[("month", "1")][..], false),
        ] {
            assert_eq!(is_meant(&key, &wanted(pairs)), meant, "{pairs:?}");
        }
        assert!(!is_meant(&PartitionKey::from_text("broken"), &wanted(&[("a", "b")])));
    }
}
