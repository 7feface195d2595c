//! What the program ends with, for those that call it.

use serde::{Deserialize, Serialize};
use std::process::ExitCode;

/// How a command or a run ended. The numbers are part of the program's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    Ok = 0,
    /// Nothing is complete, or something outside went wrong: a file could not be written.
    Failed = 1,
    /// The program was called in a way that it does not know, or with a file that is not there.
    Usage = 2,
    /// A manifest, a project file or a test has errors.
    Invalid = 3,
    /// A setting or a secret is missing.
    Config = 4,
    /// The API refused the credentials.
    Auth = 5,
    /// Something is missing, refused or suspicious: the receipt says what.
    NotClean = 6,
    TestsFailed = 7,
    /// A budget or a rate limit.
    Budget = 8,
    /// A contract was broken.
    Contract = 9,
    Interrupted = 130,
}

/// The gravest first.
const ORDER: [Exit; 11] = [
    Exit::Interrupted,
    Exit::Usage,
    Exit::Invalid,
    Exit::Config,
    Exit::Contract,
    Exit::Auth,
    Exit::Budget,
    Exit::Failed,
    Exit::TestsFailed,
    Exit::NotClean,
    Exit::Ok,
];

impl Exit {
    /// Returns the one that is told of two.
    #[must_use]
    pub fn or(self, other: Exit) -> Exit {
        ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(self)
    }

    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_graver_one_is_told() {
        assert_eq!(Exit::Ok.or(Exit::Invalid), Exit::Invalid);
        assert_eq!(Exit::Invalid.or(Exit::Usage), Exit::Usage);
        assert_eq!(Exit::Usage.or(Exit::Failed), Exit::Usage);
        assert_eq!(Exit::NotClean.or(Exit::Interrupted), Exit::Interrupted);
        assert_eq!(Exit::Ok.or(Exit::Ok), Exit::Ok);
    }
}
