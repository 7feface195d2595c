//! What went wrong on the wire, as the caller may ask it: above all, whether the request may have arrived.
//!
//! A [`Trouble`] is the cause of a fault; [`Trouble::of`] finds it there. A fault without one never left this machine.

use crate::fault::{Fault, Kind};
use std::error::Error;
use std::fmt;

/// What went wrong on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The name of the host has no address.
    Resolve,
    /// No connection came to be.
    Connect,
    /// No safe connection came to be.
    Tls,
    /// The connection was closed before the answer.
    Closed,
    /// No answer within its time.
    Silent,
    /// The head of the answer can't be read.
    Head,
    /// The answer came and is none that can be taken: a redirect that is not followed, a limit, a wrong encoding.
    Answer,
    /// The body ended early or its connection broke.
    Cut,
    /// The body stood still, or took longer than the whole request may.
    Stalled,
}

/// Whether the other side may have seen a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// It never arrived: it may be sent again, whatever it does.
    No,
    /// It may have been carried out: only what changes nothing may be sent again.
    Maybe,
    /// It was answered; what is lost is the answer.
    Answered,
}

impl Trouble {
    /// Finds the trouble that caused a fault.
    pub fn of(fault: &Fault) -> Option<Trouble> {
        fault.source()?.downcast_ref().copied()
    }

    pub fn sent(self) -> Sent {
        match self {
            Trouble::Resolve | Trouble::Connect | Trouble::Tls => Sent::No,
            Trouble::Closed | Trouble::Silent => Sent::Maybe,
            Trouble::Head | Trouble::Answer | Trouble::Cut | Trouble::Stalled => Sent::Answered,
        }
    }

    /// Makes a fault of the network that another try may mend.
    pub fn passing(self, message: impl Into<String>) -> Fault {
        Fault::new(Kind::Network, "send", message).temporary().caused_by(self)
    }

    /// Makes a fault that another try would meet again.
    pub fn lasting(self, kind: Kind, message: impl Into<String>) -> Fault {
        Fault::new(kind, "send", message).caused_by(self)
    }
}

impl Sent {
    /// Tells what became of a request by the fault it ended with.
    pub fn by(fault: &Fault) -> Sent {
        Trouble::of(fault).map_or(Sent::No, Trouble::sent)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Trouble::Resolve => "the name of the host has no address",
            Trouble::Connect => "no connection",
            Trouble::Tls => "no safe connection",
            Trouble::Closed => "closed before the answer",
            Trouble::Silent => "no answer in time",
            Trouble::Head => "an unreadable answer",
            Trouble::Answer => "an answer that is not taken",
            Trouble::Cut => "the body was cut",
            Trouble::Stalled => "the body stood still",
        })
    }
}

impl Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_whether_its_request_arrived() {
        assert_eq!(Sent::by(&Trouble::Connect.passing("could not connect")), Sent::No);
        assert_eq!(Sent::by(&Trouble::Closed.passing("closed")), Sent::Maybe);
        assert_eq!(Sent::by(&Trouble::Answer.lasting(Kind::Source, "a redirect")), Sent::Answered);
        assert_eq!(Sent::by(&Fault::new(Kind::Config, "send", "host is not declared")), Sent::No);
        assert_eq!(Trouble::of(&Trouble::Cut.passing("cut").with("request", "GET /x")), Some(Trouble::Cut));
    }
}
