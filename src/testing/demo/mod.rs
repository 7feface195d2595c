//! What `weir demo` shows, as data: two manifests, an API with something to read, its lies, the points at which a sync is
//! killed, and the questions that are put to the table afterwards.
//!
//! Nothing here runs the engine or prints; that is the command's part.

mod folder;
mod kills;
mod lies;
mod question;

pub use folder::Folder;
pub use kills::{KILLS, Kill};
pub use lies::{LIES, Told, lying};
pub use question::{Found, Table};

use super::mock::Mock;

/// The API whose data change, as a manifest.
pub const MANIFEST: &str = include_str!("manifest.yaml");

/// Three lists of the same API, read while it lies.
pub const SABOTAGED: &str = include_str!("sabotaged.yaml");

/// How many items there are at first, and on a page.
pub const ITEMS: usize = 2000;
pub const PAGE: usize = 100;
/// How many projects there are.
pub const PROJECTS: usize = 6;
/// What changes between the two syncs: items added, changed, deleted.
pub const CHANGE: (usize, usize, usize) = (7, 5, 2);

/// Long enough to watch, short enough to wait for.
const LATENCY_MS: u64 = 40;

/// Starts the API with its data.
pub fn api() -> Mock {
    let mock = Mock::start();
    mock.configure(|config| {
        config.page_size = PAGE;
        config.latency_ms = LATENCY_MS;
        (config.projects, config.task_pages, config.task_page_size) = (PROJECTS, 2, 50);
    });
    mock.refill(ITEMS);
    mock
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::shorthand::host::Host;
    use crate::plan::{Options, connect_text};
    use std::path::Path;

    #[test]
    fn the_manifests_hold() {
        let local = Host { below: false, domain: "127.0.0.1".into(), port: None };
        let options = Options { allow_private: vec![local] };
        for (text, streams) in [(MANIFEST, 3), (SABOTAGED, LIES.len())] {
            let base = [("base", "http://127.0.0.1:1")];
            let bound = connect_text(Path::new("manifest.yaml"), text.as_bytes(), &base, &options);
            assert_eq!(bound.map(|bound| bound.streams.len()).map_err(|fault| fault.to_string()), Ok(streams));
        }
    }
}
