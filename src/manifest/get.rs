//! A request that gives one record.

use crate::components::auth::AuthSpec;
use crate::components::forms::{OptionalPlace, Request, Short, Text};
use crate::components::request::request_shape;

request_shape! {
    /// A request that gives one record.
    #[schemars(rename = "Get")]
    GetSpec {
        Text<Request>,
        /// The place of the record, `$` unless given.
        records: Option<Text<OptionalPlace>>,
    }
}

/// A point request, short or long.
pub type AnyGet = Short<Text<Request>, GetSpec>;
