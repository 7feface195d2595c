//! Text must not know what it is read for; `crate::plan::Plan` in a comment is no import.

use crate::plan::Plan;
use std::fmt;

/* Nor is crate::engine::Run /* in a nested */ one. */
pub fn read<'a>(plan: &'a Plan) -> &'a str {
    let _ = 'c';
    "use crate::engine::Run;"
}
