//! What a run tells, as text and as JSON: pure functions of [`event`](crate::event)s and receipts.
//!
//! Nothing here prints, knows a terminal or asks for the time. [`receipt`] is for people who were not there, [`line`](mod@line) for
//! logs, [`progress`] for people who watch, [`schema`] and the JSON forms for programs.

pub mod advice;
pub mod line;
pub mod progress;
mod quantity;
pub mod receipt;
pub mod schema;
mod words;

pub use quantity::{count, thousands};
pub use words::kind as fault_kind;

use crate::event::{Event, Receipt};

/// Writes an event as one line of JSON.
pub fn event_json(event: &Event) -> String {
    serde_json::to_string(event).expect("an event is plain data")
}

/// Writes a receipt as JSON.
pub fn receipt_json(receipt: &Receipt) -> serde_json::Value {
    serde_json::to_value(receipt).expect("a receipt is plain data")
}
