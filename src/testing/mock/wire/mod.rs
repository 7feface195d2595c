//! HTTP/1.1 on a socket, by hand: requests are read leniently, answers may break every rule on purpose.
//!
//! A server library keeps such faults from happening, and here they are the subject: bodies that are cut, lengths that
//! lie, resets in the middle, silence, thousands of headers, bodies without an end.

mod answer;
mod request;
mod send;

pub(crate) use answer::{Answer, Body, End, Framing};
pub(crate) use request::{Reader, Request};
pub(crate) use send::{Sent, send};
