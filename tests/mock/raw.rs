//! A client that sees the wire: what came, byte for byte, and how the connection ended.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A test that waits longer has failed.
const LONGEST: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    Closed,
    Reset,
    /// As much came as was wanted.
    Enough,
}

pub(crate) struct Got {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ended: Ended,
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// Asks on a connection of its own and reads until it ends.
pub(crate) fn get(port: u16, target: &str, headers: Headers<'_>) -> Got {
    ask(port, "GET", target, headers, b"", usize::MAX)
}

pub(crate) fn post(port: u16, target: &str, headers: Headers<'_>, body: &[u8]) -> Got {
    ask(port, "POST", target, headers, body, usize::MAX)
}

pub(crate) fn ask(port: u16, method: &str, target: &str, headers: Headers<'_>, body: &[u8], most: usize) -> Got {
    let mut socket = connect(port);
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    socket.write_all(&[head.as_bytes(), b"\r\n", body].concat()).unwrap();
    let (mut bytes, mut room) = (Vec::new(), vec![0; 1 << 20]);
    while bytes.len() < most {
        match socket.read(&mut room) {
            Ok(0) => return Got { bytes, ended: Ended::Closed },
            Ok(count) => bytes.extend_from_slice(&room[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Got { bytes, ended: Ended::Reset },
            Err(error) => panic!("{target}: {error}"),
        }
    }
    Got { bytes, ended: Ended::Enough }
}

pub(crate) fn connect(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(LONGEST)).unwrap();
    socket
}

impl Got {
    pub(crate) fn status(&self) -> u16 {
        String::from_utf8_lossy(&self.bytes[9..12]).parse().unwrap()
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (&self.bytes[..end], &self.bytes[end + 4..])
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let head = String::from_utf8_lossy(self.parts().0).into_owned();
        let lines = head.split("\r\n").skip(1).map(|line| line.split_once(": ").unwrap());
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What was sent behind the head, chunk marks and all.
    pub(crate) fn sent(&self) -> &[u8] {
        self.parts().1
    }

    /// The body, and whether it came to its end.
    pub(crate) fn body(&self) -> (Vec<u8>, bool) {
        let sent = self.sent();
        if let Some(length) = self.header("Content-Length") {
            return (sent.to_vec(), sent.len() == length.parse::<usize>().unwrap());
        }
        if self.header("Transfer-Encoding").is_none() {
            return (sent.to_vec(), true);
        }
        let (mut rest, mut body) = (sent, Vec::new());
        loop {
            let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
            if size == 0 {
                return (body, true);
            }
            rest = &rest[end + 2..];
            body.extend_from_slice(&rest[..size.min(rest.len())]);
            let Some(next) = rest.get(size + 2..) else { return (body, false) };
            rest = next;
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let (body, whole) = self.body();
        assert!(whole, "the body ends early");
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body)))
    }
}
