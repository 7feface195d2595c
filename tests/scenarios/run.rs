//! A run of the program, from its begin to what must hold of every run.

#![allow(clippy::unwrap_used, reason = "a test that can't start the program fails")]

use crate::lab::Lab;
use serde_json::Value;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// No run takes longer, whatever the server does.
const LONGEST: Duration = Duration::from_mins(2);

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
    /// The most memory it had, in MiB.
    pub(crate) memory: u64,
}

impl Run {
    #[track_caller]
    pub(crate) fn succeeds(&self) -> &Run {
        assert_eq!(self.code, Some(0), "{}\n{}", self.err, self.out);
        self
    }

    /// It ended with a failure, and says why.
    #[track_caller]
    pub(crate) fn fails(&self) -> &Run {
        assert!(self.code.is_some_and(|code| code > 0), "it did not fail\n{}\n{}", self.err, self.out);
        assert!(!self.err.trim().is_empty() || !self.out.trim().is_empty(), "it says nothing");
        self
    }

    #[track_caller]
    pub(crate) fn ends(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "{}\n{}", self.err, self.out);
        self
    }

    /// What it says, on stderr or in its receipt.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Run {
        let found = self.err.contains(text) || self.out.contains(text);
        assert!(found, "`{text}` is not said\n{}\n{}", self.err, self.out);
        self
    }

    pub(crate) fn receipt(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// What its receipt says about a stream.
    #[track_caller]
    pub(crate) fn stream(&self, name: &str) -> Value {
        let receipt = self.receipt();
        let streams = receipt["streams"].as_array().unwrap();
        streams.iter().find(|stream| stream["stream"] == name).unwrap_or_else(|| panic!("no {name}: {receipt}")).clone()
    }
}

/// A run that goes on.
pub(crate) struct Running<'a> {
    lab: &'a Lab,
    child: Child,
    begin: Instant,
    number: u64,
    /// Its stdout and stderr may be killed in the middle of a line.
    killed: bool,
}

impl<'a> Running<'a> {
    pub(crate) fn start(lab: &'a Lab, arguments: &[&str]) -> Running<'a> {
        Running::spawn(lab, Command::new(env!("CARGO_BIN_EXE_weir")), arguments)
    }

    #[expect(clippy::disallowed_methods, reason = "the time of a whole process can only be taken from the clock")]
    fn spawn(lab: &'a Lab, mut command: Command, arguments: &[&str]) -> Running<'a> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let told = |what: &str| File::create(lab.told(&format!("{what}{number}"))).unwrap();
        let child = command
            .args(arguments)
            .current_dir(lab.work())
            .env_clear()
            .envs(lab.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(told("out"))
            .stderr(told("err"))
            .spawn()
            .unwrap();
        Running { lab, child, begin: Instant::now(), number, killed: false }
    }

    /// Starts it with files of so many blocks of 512 bytes at most.
    pub(crate) fn start_limited(lab: &'a Lab, blocks: u32, arguments: &[&str]) -> Running<'a> {
        let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_weir")]);
        Running::spawn(lab, command, arguments)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as the loss of power does.
    pub(crate) fn kill(mut self) -> Run {
        self.child.kill().unwrap();
        self.killed = true;
        self.finish()
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end and looks at everything that must hold of every run.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        let mut memory = 0;
        let status = loop {
            memory = memory.max(peak(self.child.id()).unwrap_or(0));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.begin.elapsed() > LONGEST {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("it does not end\n{}", self.said("err"));
            }
            thread::sleep(Duration::from_millis(5));
        };
        let took = self.begin.elapsed();
        let run =
            Run { code: status.code(), out: self.said("out"), err: self.said("err"), took, memory: memory / 1024 };
        if !self.killed {
            let code = run.code.unwrap_or_else(|| panic!("a signal ended it: {}", run.err));
            assert!(code <= 9 || code == 130, "{code} is no exit code of this program");
        }
        assert!(!run.err.contains("panicked at"), "{}", run.err);
        assert!(run.memory < 400, "it took {} MiB", run.memory);
        self.lab.examine();
        run
    }

    fn said(&self, what: &str) -> String {
        let told = std::fs::read(self.lab.told(&format!("{what}{}", self.number))).unwrap();
        String::from_utf8(told).expect("the program writes UTF-8")
    }
}

/// Returns the most memory that a process had, in KiB, where the system tells it.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
