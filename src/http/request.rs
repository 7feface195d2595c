//! A request as it is to be sent.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use url::Url;

/// A request as it is to be sent. It has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    /// Never with user name or fragment.
    pub url: Url,
    /// `Content-Type` included; those that hold a secret are marked as sensitive.
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// What in it proves who asks.
    pub credentials: Credentials,
    /// It may be sent twice: it asks for something and changes nothing.
    pub repeatable: bool,
    /// How messages name it: `GET /repos/{{ repo }}/issues`, never with values.
    pub shown: String,
}

/// What of a request proves who asks: it never goes to another origin.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub headers: Vec<HeaderName>,
    /// Names of query parameters.
    pub query: Vec<String>,
    /// The body holds a secret.
    pub body: bool,
}
