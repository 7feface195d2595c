//! Where things are in the folder of a file destination.

use crate::fault::{Fault, Kind};
use crate::sinks::private;
use crate::state::Digest;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of a destination.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) root: PathBuf,
}

impl Place {
    pub(super) fn name(&self) -> String {
        format!("jsonl:{}", self.root.display())
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.root.join("_weir")
    }

    pub(super) fn commits(&self) -> PathBuf {
        self.ledger().join("commits")
    }

    pub(super) fn runs(&self) -> PathBuf {
        self.ledger().join("runs")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.ledger().join("lock")
    }

    pub(super) fn holder(&self) -> PathBuf {
        self.ledger().join("holder")
    }

    pub(super) fn all_staged(&self) -> PathBuf {
        self.ledger().join("staged")
    }

    pub(super) fn staged(&self, epoch: u64) -> PathBuf {
        self.all_staged().join(format!("{epoch:020}"))
    }

    /// Creates the folders that every destination has.
    pub(super) fn create(&self) -> io::Result<()> {
        if !self.root.exists() {
            private::folder(&self.root)?;
        }
        [self.ledger(), self.commits(), self.runs(), self.all_staged()]
            .iter()
            .try_for_each(|path| private::folder(path))
    }

    pub(super) fn failed(&self, error: &io::Error) -> Fault {
        let said = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                format!("no room is left for {}; make room and run again ({error})", self.name())
            }
            _ => format!("{} can't be written: {error}", self.name()),
        };
        Fault::new(Kind::Destination, "write files", said)
    }

    pub(super) fn unreadable(&self, what: &str) -> Fault {
        let said = format!(
            "state unreadable: {what} in {}; nothing was changed; restore the files or choose another folder",
            self.name()
        );
        Fault::new(Kind::Destination, "read the ledger", said)
    }
}

/// So long may the name of a folder be.
const LONGEST: usize = 120;
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Names the folder of a table: no two tables have the same, and none leads out of the destination.
pub(super) fn folder(table: &str) -> String {
    let mut name = String::new();
    for (at, byte) in table.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || (at > 0 && matches!(byte, b'_' | b'-' | b'.'));
        if plain || (byte == b'_' && !table.starts_with("_weir")) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    let stem: String = name.to_ascii_lowercase().chars().take_while(|char| *char != '.').collect();
    let reserved = RESERVED.iter().any(|word| {
        stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && word.len() == 3))
    });
    if reserved || name.ends_with('.') || name.is_empty() || name.len() > LONGEST {
        let cut: String = name.chars().take(LONGEST - 40).collect();
        return format!("{cut}%-{}", Digest::of([table]));
    }
    name
}

/// Says whether a file holds rows.
pub(super) fn is_data(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "jsonl")
}

/// Lists the names in a folder, in order.
pub(super) fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_leads_out_and_no_two_are_the_same() {
        let long = "x".repeat(300);
        let names =
            ["items", "a/b", "a%2Fb", "../x", ".", "..", "CON", "NUL", "_weir", "a b", "ü", "x.", "", &long, "com1"];
        let folders: BTreeSet<String> = names.iter().map(|name| folder(name)).collect();
        assert_eq!(folders.len(), names.len());
        assert_eq!(folder("items"), "items");
        assert_eq!(folder("../x"), "%2E.%2Fx");
        for name in &folders {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte));
            assert!(plain && !name.starts_with('.') && !name.starts_with("_weir") && name.len() <= 120, "{name}");
        }
    }
}
