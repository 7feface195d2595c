//! Writes tar and zip files with members that a careful writer would refuse.

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};
use std::io::Write;

pub(super) struct Member {
    pub(super) name: String,
    pub(super) thing: Thing,
    pub(super) mode: u32,
}

pub(super) enum Thing {
    Bytes(Vec<u8>),
    /// So many zero bytes.
    Zeros(usize),
    Device,
}

impl Member {
    pub(super) fn file(name: &str, bytes: &[u8]) -> Member {
        Member { name: name.to_owned(), thing: Thing::Bytes(bytes.to_vec()), mode: 0o644 }
    }

    fn length(&self) -> usize {
        match &self.thing {
            Thing::Bytes(bytes) => bytes.len(),
            Thing::Zeros(count) => *count,
            Thing::Device => 0,
        }
    }

    fn write(&self, out: &mut impl Write) {
        let written = match &self.thing {
            Thing::Bytes(bytes) => out.write_all(bytes),
            Thing::Zeros(count) => {
                let zeros = vec![0; 1 << 16];
                (0..*count).step_by(zeros.len()).try_for_each(|at| out.write_all(&zeros[..zeros.len().min(count - at)]))
            }
            Thing::Device => Ok(()),
        };
        written.expect("a vector takes everything");
    }
}

/// A block of tar.
const BLOCK: usize = 512;

pub(super) fn tar_gz(members: &[Member]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    let mut length = 0;
    for member in members {
        out.write_all(&header(member)).expect("a vector takes everything");
        member.write(&mut out);
        let rest = member.length().next_multiple_of(BLOCK) - member.length();
        out.write_all(&[0; BLOCK][..rest]).expect("a vector takes everything");
        length += BLOCK + member.length() + rest;
    }
    // Two empty blocks end it, and it is padded to records of twenty blocks.
    let whole = (length + 2 * BLOCK).next_multiple_of(20 * BLOCK);
    out.write_all(&vec![0; whole - length]).expect("a vector takes everything");
    out.finish().expect("a vector takes everything")
}

fn header(member: &Member) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, &member.name);
    put(100, &format!("{:07o}", member.mode));
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", member.length()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, if matches!(member.thing, Thing::Device) { "3" } else { "0" });
    put(257, "ustar\u{0}00");
    if matches!(member.thing, Thing::Device) {
        put(329, "0000000");
        put(337, "0000000");
    }
    let sum = block.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Zip knows files only; a device is left out.
pub(super) fn zip(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let files = members.iter().filter(|member| !matches!(member.thing, Thing::Device)).collect::<Vec<_>>();
    for member in &files {
        let (packed, crc) = deflated(member);
        let at = short(out.len());
        let sizes = [crc.to_le_bytes(), short(packed.len()), short(member.length())].concat();
        let name = u16::try_from(member.name.len()).expect("names are short").to_le_bytes();
        // Version 2.0, no flags, deflated, at midnight of 1980-01-01.
        let facts = [&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0][..], &sizes, &name, &[0, 0]].concat();
        out.extend([b"PK\x03\x04", &facts[..], member.name.as_bytes(), &packed].concat());
        let attributes = [0, 0, 0, 0, 0, 0, 0, 0, 0x80, 1];
        directory.extend([b"PK\x01\x02\x14\x03", &facts[..], &attributes, &at, member.name.as_bytes()].concat());
    }
    let count = u16::try_from(files.len()).expect("the members of a test package fit").to_le_bytes();
    let (at, length) = (short(out.len()), short(directory.len()));
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &length, &at, &[0, 0]].concat());
    out
}

fn short(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("packages of a test stay below 4 GiB").to_le_bytes()
}

fn deflated(member: &Member) -> (Vec<u8>, u32) {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
    member.write(&mut packer);
    let mut sum = Sum(Crc::new());
    member.write(&mut sum);
    (packer.finish().expect("a vector takes everything"), sum.0.sum())
}

/// Sums up what is written and keeps none of it.
struct Sum(Crc);

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
