//! Runs the program as a user does, and watches it.

#![allow(dead_code, unreachable_pub, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that can't read its files fails")]

use super::Folder;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
    /// The most memory it had, in KiB, where the system tells it.
    pub memory: Option<u64>,
}

impl Run {
    /// Says whether there is a finding with this code in this line.
    pub(crate) fn has(&self, code: &str, line: usize) -> bool {
        let mut lines = self.out.lines();
        while let Some(text) = lines.next() {
            if text.contains(&format!("[{code}]"))
                && lines.next().and_then(|place| place.rsplit(':').nth(1)) == Some(line.to_string().as_str())
            {
                return true;
            }
        }
        false
    }
}

/// Runs the program in a folder, without the environment's variables.
#[expect(clippy::disallowed_methods, reason = "the time of a whole process can only be taken from the clock")]
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let kept = Folder::new();
    let (out, err) = (kept.path().join("out"), kept.path().join("err"));
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let mut memory = None;
    let status = loop {
        memory = memory.max(peak(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let read = |path: &Path| String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    Run { code: status.code(), out: read(&out), err: read(&err), took: begin.elapsed(), memory }
}

/// Returns the most memory that a process had, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
