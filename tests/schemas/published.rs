//! The files below `schemas/`.

use std::path::Path;
use weir::manifest::Document;

const REWRITE: &str = "WEIR_WRITE_SCHEMAS=1 cargo test --test schemas";

#[test]
fn the_files_are_what_the_types_give() {
    #[expect(clippy::disallowed_methods, reason = "the switch that writes the files instead of comparing them")]
    let write = std::env::var_os("WEIR_WRITE_SCHEMAS").is_some();
    for document in Document::ALL {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(document.file());
        if write {
            std::fs::write(&file, document.published()).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        assert!(there == document.published(), "schemas/{} is out of date; write it anew: {REWRITE}", document.file());
    }
}
