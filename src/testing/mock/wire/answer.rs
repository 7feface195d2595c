//! What is sent back, with its faults.

use crate::testing::mock::json;
use bytes::Bytes;
use serde::Serialize;

/// An answer; the fields after `body` are the faults.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) framing: Framing,
    /// Sends only so many bytes of the body and ends the connection.
    pub(crate) cut: Option<usize>,
    pub(crate) end: End,
}

pub(crate) enum Body {
    Whole(Bytes),
    /// Made while it is sent; without an end if need be.
    Pieces(Box<dyn Iterator<Item = Bytes> + Send>),
}

/// How the client is to know where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    Chunked,
}

/// How the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    /// Ends it by RST where it is cut.
    Reset,
    /// Ends it without a single byte.
    Silent,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Answer { headers, body: Body::Whole(body.into()), ..Answer::bare(status) }
    }

    /// An answer without a body and a type.
    pub(crate) fn bare(status: u16) -> Answer {
        let body = Body::Whole(Bytes::new());
        Answer { status, headers: Vec::new(), body, framing: Framing::Length, cut: None, end: End::Keep }
    }

    pub(crate) fn json(value: &impl Serialize) -> Answer {
        Answer::raw(json::text(value))
    }

    /// A text that claims to be JSON.
    pub(crate) fn raw(body: impl Into<Bytes>) -> Answer {
        Answer::new(200, "application/json", body)
    }

    /// An endless or very long body, in chunks.
    pub(crate) fn pieces(content_type: &str, pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Answer {
        let mut answer = Answer::new(200, content_type, Bytes::new());
        answer.body = Body::Pieces(Box::new(pieces));
        answer.framing = Framing::Chunked;
        answer
    }

    pub(crate) fn silent() -> Answer {
        Answer { end: End::Silent, ..Answer::bare(200) }
    }

    pub(crate) fn status(mut self, status: u16) -> Answer {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn cut(mut self, at: usize) -> Answer {
        self.cut = Some(at);
        self
    }
}
