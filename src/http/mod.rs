//! HTTP: one request goes out by one gate, one answer comes back bounded.
//!
//! ```text
//! Request → gate (may it be sent there?) → transport → Answer → redirects, deadlines, decompression → Response
//! ```
//!
//! [`Transport`] is the network, or a script in tests. Nothing here knows streams, pages or manifests.

mod headers;
mod request;
mod transport;

pub use headers::Headers;
pub use request::{Credentials, Request};
pub use transport::{Answer, Chunks, Transport, Wire};

/// SCAFFOLD on this branch only: the real ones are written elsewhere.
pub struct Limiter;
/// SCAFFOLD.
pub trait Trace: Send + Sync {}
