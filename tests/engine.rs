//! The engine against the mock API, through the library.

#[path = "engine/lab.rs"]
mod lab;

use std::sync::{Arc, Mutex};
use weir::event::Coverage;
use weir::sinks::memory::Store;
use weir::testing::mock::Mock;

#[test]
fn a_cursor_is_followed_to_its_end() {
    let mock = Mock::start();
    let manifest = format!(
        "connector: t\nbase: {}\ndefaults: {{ records: $.items, key: id, paginate: {{ cursor: {{ next: $.next_cursor, into: query.cursor }} }} }}\nstreams:\n  items: GET /items\n",
        mock.scenario("cursor_ok", "1")
    );
    let store = Arc::new(Mutex::new(Store::default()));
    let receipt = lab::run(&lab::bound(&manifest, &[]), &lab::order(&["items"]), &store, &lab::context());
    assert_eq!(receipt.streams[0].coverage, Coverage::Complete, "{receipt:#?}");
    assert_eq!(store.lock().unwrap().rows("test", "items").len(), 500);
    assert_eq!(mock.log("cursor_ok", "1").len(), 10);
}
