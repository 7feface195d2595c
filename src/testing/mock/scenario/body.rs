//! Bodies and connections that break, never end, or unpack into more than memory holds.

use super::rows::{cursor_body, seq};
use super::{Ask, Scenario};
use crate::testing::mock::json;
use crate::testing::mock::query::number;
use crate::testing::mock::wire::{Answer, End, Framing};
use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::Duration;

const MIB: usize = 1 << 20;

const fn of(style: &'static str, name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("http", style, name, serve, expect)
}

const fn broken_once(name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    of("cursor", name, serve, expect).ids(1, 100).most(4)
}

const fn too_much(name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    of("none", name, serve, expect).most(8)
}

pub(super) const ALL: &[Scenario] = &[
    broken_once("cut_length", cut_length, "retries; all 100 ids once; the half body leaves nothing behind")
        .succeeds()
        .note("Content-Length promises more than is sent."),
    broken_once("cut_json", cut_json, "retries or fails; never 75 ids and ok")
        .note("A correct Content-Length around JSON that stops in the middle of a record."),
    broken_once("cut_chunked", cut_chunked, "retries; all 100 ids once")
        .succeeds()
        .note("A chunked body without its last chunk."),
    broken_once("reset_body", reset_body, "retries; all 100 ids once").succeeds(),
    broken_once("close_silent", close_silent, "retries; all 100 ids once")
        .succeeds()
        .note("The connection ends without a single response byte."),
    of("cursor", "hang", hang, "fails by its timeout (set it to 2 s); no hang").most(8).fails(),
    too_much("endless_body", endless_body, "fails at the body limit; memory stays bounded").fails(),
    too_much("gzip_bomb", gzip_bomb, "fails at the body limit; memory stays bounded (1 MiB becomes 1 GiB)").fails(),
    too_much("gzip_twice", gzip_twice, "fails at the body limit: a bomb inside a bomb, both declared").fails(),
    of("none", "gzip_ok", gzip_ok, "3 ids").ids(1, 3).most(2).succeeds(),
    too_much("gzip_cut", gzip_cut, "fails: a gzip stream without its end is not complete").fails(),
    too_much("gzip_label", gzip_label, "fails: the label says gzip, the body is plain").fails(),
    too_much("many_headers", many_headers, "fails or succeeds within bounds; no crash on 4000 headers"),
];

/// The fault on the first try of page 2, the truth afterwards.
fn once(ask: &Ask<'_>, broken: impl Fn(Vec<u8>) -> Answer) -> Answer {
    let body = json::text(&cursor_body(ask, &seq(1, 100)));
    if ask.get("cursor") == Some("c50") && ask.count("c50") == 1 { broken(body) } else { Answer::raw(body) }
}

fn cut_length(ask: &Ask<'_>) -> Answer {
    once(ask, |body| {
        let half = body.len() / 2;
        Answer::raw(body).cut(half)
    })
}

fn cut_json(ask: &Ask<'_>) -> Answer {
    once(ask, |mut body| {
        body.truncate(body.len() / 2);
        Answer::raw(body)
    })
}

fn cut_chunked(ask: &Ask<'_>) -> Answer {
    once(ask, |body| {
        let most = body.len() - 5;
        Answer { framing: Framing::Chunked, ..Answer::raw(body).cut(most) }
    })
}

fn reset_body(ask: &Ask<'_>) -> Answer {
    once(ask, |body| {
        let third = body.len() / 3;
        Answer { end: End::Reset, ..Answer::raw(body).cut(third) }
    })
}

fn close_silent(ask: &Ask<'_>) -> Answer {
    once(ask, |_| Answer::silent())
}

fn hang(ask: &Ask<'_>) -> Answer {
    ask.hold_for(Duration::from_secs(30));
    Answer::json(&cursor_body(ask, &seq(1, 100)))
}

fn endless_body(_: &Ask<'_>) -> Answer {
    let mut rows = Vec::new();
    for row in seq(1, 500) {
        rows.extend(json::text(&row));
        rows.push(b',');
    }
    let head = Bytes::from_static(b"{\"items\":[");
    Answer::pieces("application/json", std::iter::once(head).chain(std::iter::repeat(Bytes::from(rows))))
}

fn gzip_bomb(ask: &Ask<'_>) -> Answer {
    let mib = usize::try_from(number(ask.get("mib"), 1024)).unwrap_or(0).min(4096);
    packed(bomb(mib), "gzip")
}

fn gzip_twice(_: &Ask<'_>) -> Answer {
    packed(gzip(&bomb(256)), "gzip, gzip")
}

fn gzip_ok(_: &Ask<'_>) -> Answer {
    packed(gzip(&items(3)), "gzip")
}

fn gzip_cut(_: &Ask<'_>) -> Answer {
    let mut whole = gzip(&items(300));
    whole.truncate(whole.len() - 12);
    packed(whole, "gzip")
}

fn gzip_label(_: &Ask<'_>) -> Answer {
    packed(items(3), "gzip")
}

fn many_headers(_: &Ask<'_>) -> Answer {
    let mut answer = Answer::raw(items(3));
    answer.headers.extend((0..4000).map(|at| (format!("X-H{at}"), "v".repeat(200))));
    answer
}

fn items(last: usize) -> Vec<u8> {
    json::text(&json!({"items": Value::Array(seq(1, last))}))
}

fn packed(body: Vec<u8>, encoding: &str) -> Answer {
    Answer::raw(body).header("Content-Encoding", encoding)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

/// A JSON document with so many MiB of blanks, packed. One MiB is packed once and stands there often, so that the
/// bomb costs its maker nothing.
fn bomb(mib: usize) -> Vec<u8> {
    let blanks = vec![b' '; MIB];
    let mut blanks_crc = Crc::new();
    blanks_crc.update(&blanks);
    let (head, tail) = (b"{\"items\":[{\"id\":1,\"pad\":\"", b"\"}],\"next_cursor\":null}");
    let (mut crc, mut tail_crc) = (Crc::new(), Crc::new());
    crc.update(head);
    tail_crc.update(tail);

    let mut out = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff".to_vec();
    out.extend(deflated(head, FlushCompress::Full));
    let block = deflated(&blanks, FlushCompress::Full);
    for _ in 0..mib {
        out.extend_from_slice(&block);
        crc.combine(&blanks_crc);
    }
    out.extend(deflated(tail, FlushCompress::Finish));
    crc.combine(&tail_crc);
    out.extend(crc.sum().to_le_bytes());
    out.extend(crc.amount().to_le_bytes());
    out
}

/// Packs a part of a stream that leans on nothing before it.
fn deflated(plain: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(plain.len() / 64 + 4096);
    let status = packer.compress_vec(plain, &mut out, flush).expect("a fresh packer takes everything");
    let whole = match flush {
        FlushCompress::Finish => status == Status::StreamEnd,
        _ => out.len() < out.capacity(),
    };
    assert!(whole && packer.total_in() == plain.len() as u64, "the room is enough for what packs well");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    #[test]
    fn a_bomb_is_whole() {
        let packed = bomb(3);
        assert!(packed.len() < 8 << 10, "{}", packed.len());
        let mut plain = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut plain).unwrap();
        let value: Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(value["items"][0]["pad"].as_str().unwrap().len(), 3 * MIB);
    }
}
