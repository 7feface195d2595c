//! What a manifest compiles to.
