//! What all parts of a mock share: its ports, its clock, its logs and what it holds.

use super::clock::Clock;
use super::hold::Holds;
use super::run::{Host, Runs};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) port_a: u16,
    pub(crate) port_b: u16,
    pub(crate) clock: Clock,
    pub(crate) holds: Holds,
    pub(crate) runs: Runs,
}

impl World {
    pub(crate) fn port(&self, host: Host) -> u16 {
        match host {
            Host::A => self.port_a,
            Host::B => self.port_b,
        }
    }

    /// The address of a host, without a slash at its end.
    pub(crate) fn base(&self, host: Host) -> String {
        format!("http://127.0.0.1:{}", self.port(host))
    }
}
