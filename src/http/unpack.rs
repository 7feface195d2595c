//! Unpacks a body as it comes, in small steps, and stops before a bomb has room.

use super::bounds::{Bounds, spoken_size};
use super::trouble::Trouble;
use crate::fault::{Fault, Kind};
use bytes::{Buf as _, Bytes};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::{self, Write};

/// How much is unpacked at once: even the best packed 8 KiB give no more than 8 MiB.
const STEP: usize = 8 << 10;
/// Below this no ratio is looked at: short texts may be packed well.
const RATIO_FROM: u64 = 1 << 20;

/// Unpacks a body as it comes.
pub(super) struct Unpack {
    packing: Packing,
    waiting: Bytes,
    packed: u64,
    decoded: u64,
    most: u64,
    ratio: u64,
}

enum Packing {
    None,
    Gzip(Box<MultiGzDecoder<Bounded>>),
    /// `deflate` means zlib, but some send it bare; the first byte tells.
    Deflate,
    Zlib(Box<ZlibDecoder<Bounded>>),
    Bare(Box<DeflateDecoder<Bounded>>),
}

impl Unpack {
    /// Chooses by the values of `Content-Encoding`. One layer at most is taken.
    pub(super) fn of(encodings: &[String], bounds: &Bounds) -> Result<Self, Fault> {
        let written = encodings.iter().flat_map(|value| value.split(',')).map(|part| part.trim().to_ascii_lowercase());
        let layers: Vec<_> = written.filter(|part| !part.is_empty() && part != "identity").collect();
        let refuse = |message: String| Err(Trouble::Answer.lasting(Kind::Source, message));
        let packing = match layers.as_slice() {
            [] => Packing::None,
            [one] => match one.as_str() {
                "gzip" | "x-gzip" => Packing::Gzip(Box::new(MultiGzDecoder::new(Bounded::new(bounds.decoded)))),
                "deflate" => Packing::Deflate,
                other => return refuse(format!("the body comes as {other:?}, and gzip was asked for")),
            },
            many => return refuse(format!("the body is packed {} times, at most once is taken", many.len())),
        };
        let (most, ratio) = (bounds.decoded, bounds.ratio);
        Ok(Self { packing, waiting: Bytes::new(), packed: 0, decoded: 0, most, ratio })
    }

    /// Gives it the next piece of the wire. The one before must have been unpacked.
    pub(super) fn give(&mut self, piece: Bytes) {
        debug_assert!(self.waiting.is_empty(), "pieces are unpacked one after another");
        self.waiting = piece;
    }

    /// Returns what comes out of the piece, in parts; `None` asks for the next piece.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        while !self.waiting.is_empty() {
            if matches!(self.packing, Packing::None) {
                let piece = std::mem::take(&mut self.waiting);
                return self.count(piece.len()).map(|()| Some(piece));
            }
            let step = self.waiting.split_to(self.waiting.len().min(STEP));
            self.packed += step.len() as u64;
            let out = self.step(&step)?;
            if !out.is_empty() {
                self.count(out.len())?;
                return Ok(Some(out.into()));
            }
        }
        Ok(None)
    }

    /// Ends the body and returns what was still held back.
    pub(super) fn finish(&mut self) -> Result<Bytes, Fault> {
        if self.packed == 0 {
            // Nothing at all is an empty body, whatever its label.
            return Ok(Bytes::new());
        }
        let done = match &mut self.packing {
            Packing::None | Packing::Deflate => Ok(Vec::new()),
            Packing::Gzip(decoder) => decoder.try_finish().map(|()| decoder.get_mut().take()),
            Packing::Zlib(decoder) => decoder.try_finish().map(|()| decoder.get_mut().take()),
            Packing::Bare(decoder) => decoder.try_finish().map(|()| decoder.get_mut().take()),
        };
        match done {
            Ok(out) => self.count(out.len()).map(|()| out.into()),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(self.too_large()),
            Err(_) => Err(Trouble::Cut.passing("the packed body ends early or is damaged")),
        }
    }

    fn step(&mut self, mut step: &[u8]) -> Result<Vec<u8>, Fault> {
        if matches!(self.packing, Packing::Deflate) {
            let room = Bounded::new(self.most);
            let zlib = step[0] & 0x0f == 8 && step[0] >> 4 <= 7;
            self.packing = if zlib {
                Packing::Zlib(Box::new(ZlibDecoder::new(room)))
            } else {
                Packing::Bare(Box::new(DeflateDecoder::new(room)))
            };
        }
        let done = match &mut self.packing {
            Packing::Gzip(decoder) => write_all(decoder, &mut step).map(|()| decoder.get_mut().take()),
            Packing::Zlib(decoder) => write_all(decoder, &mut step).map(|()| decoder.get_mut().take()),
            Packing::Bare(decoder) => write_all(decoder, &mut step).map(|()| decoder.get_mut().take()),
            Packing::None | Packing::Deflate => Ok(step.to_vec()),
        };
        match done {
            Ok(out) => Ok(out),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(self.too_large()),
            Err(_) => {
                Err(Trouble::Answer.lasting(Kind::Source, "the body is labelled as packed and can't be unpacked"))
            }
        }
    }

    fn count(&mut self, more: usize) -> Result<(), Fault> {
        self.decoded += more as u64;
        if self.decoded > self.most {
            return Err(self.too_large());
        }
        let packed = !matches!(self.packing, Packing::None);
        if packed && self.decoded > RATIO_FROM && self.decoded > self.packed.saturating_mul(self.ratio) {
            let message = format!("the body unpacks to more than {} times its size, which is a bomb", self.ratio);
            return Err(Trouble::Answer.lasting(Kind::Source, message));
        }
        Ok(())
    }

    fn too_large(&self) -> Fault {
        let most = spoken_size(self.most);
        Trouble::Answer
            .lasting(Kind::Source, format!("the body is larger than {most} unpacked, the limit of one answer"))
    }
}

/// Writes all of it; a packed body that has ended takes no more.
fn write_all(decoder: &mut impl Write, step: &mut &[u8]) -> io::Result<()> {
    while !step.is_empty() {
        match decoder.write(step)? {
            0 => return Err(io::ErrorKind::InvalidData.into()),
            taken => step.advance(taken),
        }
    }
    Ok(())
}

/// Takes what was unpacked, up to a bound over the whole body.
struct Bounded {
    out: Vec<u8>,
    left: u64,
}

impl Bounded {
    fn new(most: u64) -> Self {
        Self { out: Vec::new(), left: most }
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        self.left = left;
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn unpack(encodings: &[&str], wire: &[u8], chunk: usize, bounds: &Bounds) -> Result<Vec<u8>, Fault> {
        let encodings: Vec<_> = encodings.iter().map(|&text| text.to_owned()).collect();
        let mut unpack = Unpack::of(&encodings, bounds)?;
        let mut out = Vec::new();
        for piece in wire.chunks(chunk) {
            unpack.give(Bytes::copy_from_slice(piece));
            while let Some(part) = unpack.next()? {
                out.extend_from_slice(&part);
            }
        }
        out.extend_from_slice(&unpack.finish()?);
        assert_eq!(unpack.decoded, out.len() as u64);
        Ok(out)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_bodies_come_out_whole_however_they_are_cut() {
        let body: Vec<u8> = (0..20_000_u32).flat_map(|n| format!("{{\"id\":{n}}},").into_bytes()).collect();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&body).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(&body).unwrap();
        let members = [gzip(&body[..500]), gzip(&body[500..])].concat();
        let cases: [(&[&str], Vec<u8>); 7] = [
            (&[], body.clone()),
            (&["identity"], body.clone()),
            (&["GZIP"], gzip(&body)),
            (&["identity, x-gzip"], gzip(&body)),
            (&["gzip"], members),
            (&["deflate"], zlib.finish().unwrap()),
            (&["deflate"], bare.finish().unwrap()),
        ];
        for (encodings, wire) in cases {
            for chunk in [1_000, 70_000, usize::MAX] {
                let chunk = chunk.min(wire.len());
                assert!(unpack(encodings, &wire, chunk, &Bounds::default()).unwrap() == body, "{encodings:?} {chunk}");
            }
        }
        assert_eq!(unpack(&["gzip"], &gzip(b"ab"), 1, &Bounds::default()).unwrap(), b"ab");
        assert_eq!(unpack(&["gzip"], b"", 1, &Bounds::default()).unwrap(), b"");
    }

    /// Encodings, what comes, the bounds, what is told, and whether it may pass.
    type Case<'a> = (&'a [&'a str], &'a [u8], &'a Bounds, &'a str, bool);

    #[test]
    fn bombs_and_broken_bodies_are_faults() {
        let zeros = gzip(&vec![0; 8 << 20]);
        let small = gzip(b"{\"items\":[1,2,3]}");
        let damaged = {
            let mut damaged = small.clone();
            let at = damaged.len() - 5;
            damaged[at] ^= 1;
            damaged
        };
        let narrow = Bounds { decoded: 10, ..Bounds::default() };
        let cases: [Case<'_>; 9] = [
            (&["gzip"], &zeros, &Bounds::default(), "more than 200 times", false),
            (&["gzip"], &small, &narrow, "larger than 10 bytes unpacked", false),
            (&[], b"more than ten bytes", &narrow, "larger than 10 bytes", false),
            (&["gzip"], &small[..small.len() - 9], &Bounds::default(), "ends early", true),
            (&["gzip"], &damaged, &Bounds::default(), "ends early or is damaged", true),
            (&["gzip"], b"{\"items\":[]}", &Bounds::default(), "can't be unpacked", false),
            (&["gzip, gzip"], &small, &Bounds::default(), "packed 2 times", false),
            (&["gzip", "deflate"], &small, &Bounds::default(), "packed 2 times", false),
            (&["br"], &small, &Bounds::default(), "comes as \"br\"", false),
        ];
        for (encodings, wire, bounds, told, passing) in cases {
            let fault = unpack(encodings, wire, wire.len(), bounds).unwrap_err();
            assert!(fault.to_string().contains(told), "{told}: {fault}");
            assert_eq!(fault.is_temporary(), passing, "{told}");
        }
    }

    #[test]
    fn a_bomb_is_stopped_before_it_has_room() {
        let bomb = gzip(&vec![0; 64 << 20]);
        let mut unpack = Unpack::of(&["gzip".into()], &Bounds::default()).unwrap();
        unpack.give(bomb.into());
        let (mut held, mut fault) = (0, None);
        while fault.is_none() {
            match unpack.next() {
                Ok(part) => held = held.max(part.unwrap().len()),
                Err(error) => fault = Some(error),
            }
        }
        assert!(held <= 9 << 20 && unpack.packed <= 16 << 10, "{held} {}", unpack.packed);
    }
}
