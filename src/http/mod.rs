//! HTTP: one request goes out by one gate, one answer comes back bounded.
//!
//! ```text
//! Request → Http::send: gate (may it be sent there?) → Transport → Answer → redirects → Response → Body, piece by piece
//! ```
//!
//! Begin with [`Http`]: one try of a request with all that is safe to do by itself. [`Transport`] is the network
//! ([`Network`]) or a script ([`Script`]). Whether to try again is [`retry`]'s to say and the engine's to do; how often
//! may be asked is [`limits`]'. A [`Fault`](crate::fault::Fault) of this module says by [`Sent::by`] whether its request
//! may have arrived. Nothing here knows streams, pages or manifests.

mod address;
mod body;
mod bounds;
mod client;
mod gate;
mod headers;
pub mod limits;
mod link;
mod redirect;
mod request;
mod resolve;
pub mod retry;
mod script;
mod send;
mod tls;
mod trace;
mod transport;
mod trouble;
mod unpack;

pub use address::private;
pub use body::Body;
pub use bounds::{Bounds, Deadlines, spoken_time};
pub use client::{Network, NetworkOptions};
pub use gate::{Gate, Permissions};
pub use headers::Headers;
pub use link::{Link, parse_links};
pub use redirect::without_credentials;
pub use request::{Credentials, Request};
pub use script::{Asked, Play, Script};
pub use send::{Http, Response};
pub use trace::{Answered, Lines, Sending, Trace};
pub use transport::{Answer, Chunks, Transport, Wire};
pub use trouble::{Sent, Trouble};
