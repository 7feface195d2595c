//! The network as this program sees it: one request out, one answer back, its body piece by piece.

use crate::fault::Fault;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use std::net::SocketAddr;
use url::Url;

/// Sends requests. What is sent has passed the gate; nothing is followed, repeated or unpacked here.
pub trait Transport: Send + Sync {
    /// Sends a request and gives the head of the answer.
    fn send<'a>(&'a self, wire: &'a Wire) -> BoxFuture<'a, Result<Answer, Fault>>;

    /// Says whether requests go by somebody who reads what is sent without TLS.
    fn by_proxy(&self) -> bool {
        false
    }
}

/// What goes onto the wire. It has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct Wire {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// It must not be sent on a connection that was used before: it is never repeated.
    pub fresh: bool,
}

/// The head of an answer, and its body as it comes.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The address that answered, where it is known.
    pub remote: Option<SocketAddr>,
    pub body: Box<dyn Chunks>,
}

/// The pieces of a body. Dropping it closes the connection unless the body was read to its end.
pub trait Chunks: Send {
    /// Returns the next piece, `None` at the end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Fault>>;
}
