//! Puts answers onto a socket, broken where they are to be.

use super::{Answer, Body, End, Framing};
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};

/// Bodies up to this length leave together with their head.
const TOGETHER: usize = 64 << 10;

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Whole,
    Ended,
    /// It is still to be ended, by RST.
    Reset,
}

/// Sends an answer; `bare` leaves the body out, as for HEAD.
pub(crate) fn send(mut socket: &TcpStream, answer: Answer, bare: bool) -> io::Result<Sent> {
    if answer.end == End::Silent {
        return Ok(end(socket, answer.end));
    }
    let mut out = head(&answer);
    if bare || answer.status == 204 {
        socket.write_all(&out)?;
        return Ok(Sent::Whole);
    }
    if let (Some(cut), Body::Whole(body)) = (answer.cut, &answer.body) {
        let part = &body[..cut.min(body.len())];
        chunk(&mut out, part, answer.framing);
        socket.write_all(&out)?;
        return Ok(end(socket, answer.end));
    }
    match answer.body {
        Body::Whole(body) if body.len() <= TOGETHER || answer.framing == Framing::Chunked => {
            if !body.is_empty() {
                chunk(&mut out, &body, answer.framing);
            }
            last(&mut out, answer.framing);
            socket.write_all(&out)?;
        }
        Body::Whole(body) => {
            socket.write_all(&out)?;
            socket.write_all(&body)?;
        }
        Body::Pieces(pieces) => {
            for piece in pieces.filter(|piece| !piece.is_empty()) {
                chunk(&mut out, &piece, answer.framing);
                socket.write_all(&out)?;
                out.clear();
            }
            last(&mut out, answer.framing);
            socket.write_all(&out)?;
        }
    }
    Ok(Sent::Whole)
}

fn head(answer: &Answer) -> Vec<u8> {
    let code = http::StatusCode::from_u16(answer.status).ok();
    let reason = code.and_then(|code| code.canonical_reason()).unwrap_or("Unknown");
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    match (&answer.body, answer.framing) {
        (_, Framing::Chunked) => head.push_str("Transfer-Encoding: chunked\r\n"),
        (Body::Whole(body), Framing::Length) if answer.status != 204 => {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        _ => {}
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn chunk(out: &mut Vec<u8>, bytes: &[u8], framing: Framing) {
    if framing == Framing::Chunked {
        out.extend_from_slice(format!("{:x}\r\n", bytes.len()).as_bytes());
    }
    out.extend_from_slice(bytes);
    if framing == Framing::Chunked {
        out.extend_from_slice(b"\r\n");
    }
}

fn last(out: &mut Vec<u8>, framing: Framing) {
    if framing == Framing::Chunked {
        out.extend_from_slice(b"0\r\n\r\n");
    }
}

fn end(socket: &TcpStream, how: End) -> Sent {
    if how == End::Reset {
        return Sent::Reset;
    }
    // The client may have gone before.
    drop(socket.shutdown(Shutdown::Both));
    Sent::Ended
}
