//! What a stream's state depends on, as it was and as it is.

use crate::fault::{Fault, Kind};
use std::collections::BTreeMap;

/// Tells what changed, and what to do.
pub(super) fn changed(stream: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Fault {
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let differ: Vec<String> = names
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| {
            let text = |side: &BTreeMap<String, String>| side.get(name).map_or("nothing".to_owned(), Clone::clone);
            format!("{name} was {} and is {}", text(old), text(new))
        })
        .collect();
    let what = if differ.is_empty() { "its definition changed".to_owned() } else { differ.join("; ") };
    let said = format!(
        "the state of stream {stream} belongs to another definition: {what}; change it back, or run `weir state rm` (of a \
         state file: name another one) to read the stream from its start"
    );
    Fault::new(Kind::Config, "shape a table", said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let fault = changed(
            "items",
            &map(&[("key", "id"), ("base", "x")]),
            &map(&[("key", "uuid"), ("cursor", "c"), ("base", "x")]),
        );
        assert!(fault.message().contains("key was id and is uuid; cursor was nothing and is c; change it back"));
        assert!(changed("items", &map(&[]), &map(&[])).message().contains("its definition changed"));
    }
}
