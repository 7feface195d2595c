//! What several tests need: temporary folders, and the check of a document without the program around it.

#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that can't read its files fails")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use weir::diagnostic::Report;
use weir::plan::{self, Env, Options};
use weir::text::Sources;

/// A folder that is gone when the test is.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weir-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, with the folders on the way to it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Checks a manifest, the folder of one, or a project file.
pub fn check(path: &Path) -> (Sources, Report) {
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let options = Options::default();
    if path.ends_with("weir.yaml") {
        plan::check_project(path, &mut sources, &mut report, &options, &Env::default()).unwrap();
    } else {
        plan::load(path, &mut sources, &mut report, &options).unwrap();
    }
    (sources, report)
}
