//! A folder of its own for each demo, so that it works twice in one place and in two terminals at once.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Below this in the working folder.
const PARENT: &str = "weir-demo";

/// The folder of one demo.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder with the next free number.
    pub fn make(working: &Path) -> io::Result<Folder> {
        let parent = working.join(PARENT);
        std::fs::create_dir_all(&parent)?;
        for number in 1_u32.. {
            let path = parent.join(number.to_string());
            // Of two that ask at once, the system gives it to one.
            match std::fs::create_dir(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(Folder(path)),
            }
        }
        Err(io::Error::from(ErrorKind::AlreadyExists))
    }

    /// Writes the manifest into the folder, and returns where it is.
    pub fn manifest(&self, text: &str) -> io::Result<PathBuf> {
        let path = self.0.join("manifest.yaml");
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Where the rows go.
    pub fn database(&self) -> PathBuf {
        self.0.join("weir.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_demo_has_a_folder_of_its_own() {
        let working = tempfile::tempdir().unwrap();
        let taken: Vec<PathBuf> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| Folder::make(working.path()).unwrap())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap().0).collect()
        });
        let different: std::collections::BTreeSet<&PathBuf> = taken.iter().collect();
        assert_eq!(different.len(), 8);
    }
}
