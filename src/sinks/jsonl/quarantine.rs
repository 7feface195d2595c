//! Reading refused records back.

use super::entry::FileStream;
use super::place::Place;
use crate::fault::Fault;
use crate::sinks::refusals::{RefusedKey, RefusedWritten};
use std::collections::BTreeMap;
use std::fs;

/// Returns the refused records of a stream: each once, without those of passes that were abandoned.
pub(super) fn read(place: &Place, stream: &FileStream) -> Result<Vec<RefusedWritten>, Fault> {
    let mut kept: BTreeMap<RefusedKey, RefusedWritten> = BTreeMap::new();
    for path in &stream.quarantine {
        let text = fs::read_to_string(place.root.join(path))
            .map_err(|error| place.unreadable(&format!("{path} ({error})")))?;
        for line in text.lines() {
            let refused: RefusedWritten =
                serde_json::from_str(line).map_err(|error| place.unreadable(&format!("{path} ({error})")))?;
            let partition = refused.partition.digest();
            let is_abandoned = stream.abandoned.iter().any(|abandoned| {
                abandoned.generation == refused.generation && abandoned.holds(&partition, refused.pass)
            });
            if !is_abandoned {
                kept.insert(refused.own_key(), refused);
            }
        }
    }
    Ok(kept.into_values().collect())
}
