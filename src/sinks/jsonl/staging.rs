//! Rows that are written and not seen yet: files of one epoch, which a crash leaves for the next holder to judge.

use super::entry::{Listed, Segment};
use super::place::{Place, names};
use crate::sinks::private::{self, same_file};
use crate::state::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that rows are appended to until its unit is closed.
pub(super) struct StagedFile {
    pub(super) path: PathBuf,
    file: File,
    pub(super) so_far: SoFar,
    /// What it was when its unit was first tried: a second try begins there.
    sealed: Option<SoFar>,
}

/// What a file holds.
#[derive(Clone, Default)]
pub(super) struct SoFar {
    hasher: Sha256,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) segments: Vec<Segment>,
}

impl SoFar {
    pub(super) fn add(&mut self, text: &[u8], rows: u64, tag: Option<(Digest, u64)>) {
        self.hasher.update(text);
        self.rows += rows;
        self.bytes += text.len() as u64;
        let Some((partition, pass)) = tag.filter(|_| rows > 0) else { return };
        let bytes = text.len() as u64;
        match self.segments.last_mut() {
            Some(last) if last.partition == partition && last.pass == pass => {
                last.rows += rows;
                last.bytes += bytes;
            }
            _ => self.segments.push(Segment { partition, pass, rows, bytes }),
        }
    }

    fn content(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }
}

impl StagedFile {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = private::create(&path)?;
        Ok(Self { path, file, so_far: SoFar::default(), sealed: None })
    }

    pub(super) fn append(&mut self, text: &[u8], rows: u64, tag: Option<(Digest, u64)>) -> io::Result<()> {
        self.file.write_all(text)?;
        self.so_far.add(text, rows, tag);
        Ok(())
    }

    /// Closes the unit's part of it, or goes back to where the unit was closed before.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        match &self.sealed {
            None => self.sealed = Some(self.so_far.clone()),
            Some(sealed) => {
                self.so_far = sealed.clone();
                self.file.set_len(self.so_far.bytes)?;
                self.file.seek(SeekFrom::Start(self.so_far.bytes))?;
            }
        }
        Ok(())
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Says what a file's name depends on: never on time, host or attempt.
pub(super) struct Naming<'a> {
    pub(super) stream: &'a str,
    pub(super) generation: u64,
    /// The versions of the states that the unit began with.
    pub(super) versions: &'a [(Digest, u64)],
}

impl Naming<'_> {
    fn name(&self, so_far: &SoFar) -> String {
        let mut hasher = Sha256::new();
        hasher.update((self.stream.len() as u64).to_le_bytes());
        hasher.update(self.stream);
        hasher.update(self.generation.to_le_bytes());
        for (partition, version) in self.versions {
            hasher.update(partition.bytes());
            hasher.update(version.to_le_bytes());
        }
        hasher.update(so_far.content());
        let all = hasher.finalize();
        let hex: String = all[..10].iter().map(|byte| format!("{byte:02x}")).collect();
        let version = self.versions.iter().map(|(_, version)| *version).max().unwrap_or(0);
        format!("{:04}-{version:08}-{hex}", self.generation)
    }
}

/// Gives a durable file its name in a folder of the destination, which is never that of another file.
///
/// It first gets a name below the epoch's own folder, so that after a crash the next holder knows whose it was.
pub(super) fn publish(
    place: &Place,
    epoch: u64,
    from: &Path,
    folder: &str,
    name: &str,
    holds: Listed,
) -> io::Result<Listed> {
    let target = place.root.join(folder);
    private::folder(&target)?;
    let own = place.staged(epoch).join("to").join(folder);
    private::folder(&own)?;
    let mut nth = 0_u64;
    loop {
        let name = if nth == 0 { format!("{name}.jsonl") } else { format!("{name}-{epoch}-{nth}.jsonl") };
        nth += 1;
        match fs::hard_link(from, own.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            other => other?,
        }
        match fs::hard_link(from, target.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                private::remove(&own.join(&name))?;
            }
            other => {
                other?;
                private::sync_folder(&own)?;
                private::sync_folder(&target)?;
                let path = format!("{folder}/{name}");
                return Ok(Listed { path, ..holds });
            }
        }
    }
}

impl StagedFile {
    pub(super) fn publish(&self, place: &Place, epoch: u64, folder: &str, naming: &Naming<'_>) -> io::Result<Listed> {
        let SoFar { rows, bytes, segments, .. } = self.so_far.clone();
        let holds = Listed { path: String::new(), rows, bytes, segments };
        publish(place, epoch, &self.path, folder, &naming.name(&self.so_far), holds)
    }
}

/// Copies of a file the rows that are kept, by segment; one without segments is kept as a whole.
pub(super) fn copy(from: &Path, to: PathBuf, what: &Listed, keep: impl Fn(&Segment) -> bool) -> io::Result<StagedFile> {
    let mut source = File::open(from)?;
    let mut copy = StagedFile::create(to)?;
    if what.segments.is_empty() {
        pass_on(&mut source, &mut copy, what.bytes)?;
        copy.so_far.rows = what.rows;
        return Ok(copy);
    }
    let mut at = 0;
    for segment in &what.segments {
        if keep(segment) {
            source.seek(SeekFrom::Start(at))?;
            pass_on(&mut source, &mut copy, segment.bytes)?;
            copy.so_far.rows += segment.rows;
            copy.so_far.segments.push(segment.clone());
        }
        at += segment.bytes;
    }
    Ok(copy)
}

fn pass_on(from: &mut File, to: &mut StagedFile, bytes: u64) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let mut left = bytes;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = from.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file is shorter than it was"));
        }
        left -= count as u64;
        to.append(&buffer[..count], 0, None)?;
    }
    Ok(())
}

/// Takes back the names that an epoch gave to files nobody lists. A name that another file has by now is left alone.
pub(super) fn unpublish(place: &Place, epoch: u64, lists: impl Fn(&str) -> bool) -> io::Result<()> {
    let own = place.staged(epoch).join("to");
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = own.join(&folder);
        if !here.exists() {
            continue;
        }
        for name in names(&here)? {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let (mine, there) = (own.join(&path), place.root.join(&path));
            if mine.is_dir() {
                folders.push(path);
            } else if !lists(&path) && same_file(&mine, &there) {
                private::remove(&there)?;
            }
        }
    }
    if own.exists() { fs::remove_dir_all(own) } else { Ok(()) }
}
