//! The vocabulary of the language: families of kinds, one kind a file.
//!
//! A spec is what an author wrote, typed, with its places; `compile` makes of it what the engine runs. At run time components take
//! values and give values: they do no I/O and know no clock. The base (`forms`) is below the families; families import downwards only.

pub mod answer;
pub mod auth;
pub mod choose;
pub mod context;
pub mod cursor;
pub mod decode;
pub mod errors;
pub mod forms;
pub mod job;
pub mod limits;
pub mod pagination;
pub mod partition;
pub mod quota;
pub mod records;
pub mod request;
pub mod scope;
pub mod setting;
pub mod settle;
pub mod transform;
