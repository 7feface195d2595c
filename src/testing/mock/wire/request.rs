//! Reads requests from a socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Longer heads and bodies are no requests of a test.
const MOST_HEAD: usize = 1 << 20;
const MOST_BODY: usize = 256 << 20;

/// One request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the client wants to go on with this connection.
    pub(crate) keep: bool,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The bytes of a connection that were received and not yet read.
pub(crate) struct Reader<'a> {
    socket: &'a TcpStream,
    bytes: Vec<u8>,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(socket: &'a TcpStream) -> Self {
        Reader { socket, bytes: Vec::with_capacity(4096), at: 0 }
    }

    /// Returns the next request; `None` where the client has ended the connection or speaks no HTTP.
    pub(crate) fn next(&mut self) -> io::Result<Option<Request>> {
        let Some(end) = self.head()? else { return Ok(None) };
        let head = std::mem::replace(&mut self.at, end);
        let Some(mut request) = parse(&self.bytes[head..end]) else { return Ok(None) };
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let chunked = request.header("transfer-encoding").is_some_and(|value| value.to_lowercase().contains("chunked"));
        request.body = if chunked {
            self.chunks()?
        } else {
            let length = request.header("content-length").and_then(|value| value.trim().parse().ok()).unwrap_or(0);
            self.take(length)?
        };
        Ok(Some(request))
    }

    /// Receives until a head is whole; returns where it ends.
    fn head(&mut self) -> io::Result<Option<usize>> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let mut seen = 0;
        loop {
            if let Some(found) = self.bytes[seen..].windows(4).position(|window| window == b"\r\n\r\n") {
                return Ok(Some(seen + found + 4));
            }
            seen = self.bytes.len().saturating_sub(3);
            if self.bytes.len() > MOST_HEAD || self.receive()? == 0 {
                return Ok(None);
            }
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut room = [0; 16 << 10];
        let count = self.socket.read(&mut room)?;
        self.bytes.extend_from_slice(&room[..count]);
        Ok(count)
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > MOST_BODY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.bytes.len() - self.at < length {
            if self.receive()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let taken = self.bytes[self.at..self.at + length].to_vec();
        self.at += length;
        Ok(taken)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.extend(self.take(1)?);
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16);
            let size = size.map_err(|_| io::ErrorKind::InvalidData)?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            if body.len() + size > MOST_BODY {
                return Err(io::ErrorKind::InvalidData.into());
            }
            body.extend(self.take(size)?);
            self.line()?;
        }
    }
}

/// Bytes beyond ASCII stand for themselves in a head, as in Latin-1.
fn parse(head: &[u8]) -> Option<Request> {
    let text = head.iter().map(|byte| char::from(*byte)).collect::<String>();
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    // Two slashes would read as a host.
    let target =
        if target.starts_with("//") { format!("/{}", target.trim_start_matches('/')) } else { target.to_owned() };
    let mut request = Request { method: method.to_owned(), target, headers, body: Vec::new(), keep: true };
    let connection = request.header("connection").unwrap_or("").to_lowercase();
    request.keep = !connection.contains("close") && (version != "HTTP/1.0" || connection.contains("keep-alive"));
    Some(request)
}
