//! The server that misbehaves: the mock in this process, or one elsewhere that speaks the same.

#![allow(clippy::unwrap_used, reason = "a test whose server does not answer fails")]

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use weir::testing::mock::Mock;

pub(crate) enum Server {
    Here(Mock),
    /// Host and port of both hosts.
    Elsewhere {
        a: String,
        b: String,
    },
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says which server they are for")]
    pub(crate) fn new() -> Server {
        match (std::env::var("WEIR_FAULTS_A"), std::env::var("WEIR_FAULTS_B")) {
            (Ok(a), Ok(b)) => Server::Elsewhere { a, b },
            _ => Server::Here(Mock::start()),
        }
    }

    /// Host and port of the host that is declared.
    pub(crate) fn a(&self) -> String {
        match self {
            Server::Here(mock) => mock.base().trim_start_matches("http://").to_owned(),
            Server::Elsewhere { a, .. } => a.clone(),
        }
    }

    /// Host and port of the host that must see nothing.
    pub(crate) fn b(&self) -> String {
        match self {
            Server::Here(mock) => mock.base_b().trim_start_matches("http://").to_owned(),
            Server::Elsewhere { b, .. } => b.clone(),
        }
    }

    /// A name for a run that no other test has.
    pub(crate) fn fresh_run() -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        format!("t{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// What the server has to say about a run.
    pub(crate) fn check(&self, scenario: &str, run: &str) -> Value {
        match self {
            Server::Here(mock) => serde_json::to_value(mock.check(scenario, run).unwrap()).unwrap(),
            Server::Elsewhere { .. } => self.ask("check", scenario, run, ""),
        }
    }

    /// The requests of a run, the oldest first.
    pub(crate) fn log(&self, scenario: &str, run: &str) -> Vec<Value> {
        let log = match self {
            Server::Here(mock) => serde_json::to_value(mock.log(scenario, run)).unwrap(),
            Server::Elsewhere { .. } => self.ask("log", scenario, run, ""),
        };
        log.as_array().unwrap().clone()
    }

    pub(crate) fn phase(&self, scenario: &str, run: &str, phase: i64) {
        match self {
            Server::Here(mock) => mock.phase(scenario, run, phase),
            Server::Elsewhere { .. } => drop(self.ask("phase", scenario, run, &format!("&phase={phase}"))),
        }
    }

    pub(crate) fn release(&self, scenario: &str, run: &str) {
        match self {
            Server::Here(mock) => mock.release(scenario, run),
            Server::Elsewhere { .. } => drop(self.ask("release", scenario, run, "")),
        }
    }

    fn ask(&self, what: &str, scenario: &str, run: &str, more: &str) -> Value {
        let mut stream = TcpStream::connect(self.a()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let target = format!("/__{what}?scenario={scenario}&run={run}{more}");
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.a()).unwrap();
        // The body is as long as its head says: the connection may stay open.
        let mut text = Vec::new();
        let mut piece = [0; 1 << 16];
        loop {
            let count = stream.read(&mut piece).unwrap();
            text.extend_from_slice(&piece[..count]);
            let all = String::from_utf8_lossy(&text);
            if let Some((head, body)) = all.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
                let length: usize = length.expect("it says how long its answer is").trim().parse().unwrap();
                if body.len() >= length || count == 0 {
                    return serde_json::from_str(body).unwrap();
                }
            }
            assert!(count > 0, "an answer without an end");
        }
    }
}
