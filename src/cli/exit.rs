//! What the program ends with, for those that call it.

use std::process::ExitCode;

/// How a command ended. The numbers are part of the program's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    /// Something outside the manifest went wrong: a file could not be written.
    Failed = 1,
    /// The program was called in a way that it does not know, or with a file that is not there.
    Usage = 2,
    /// A manifest, a project file or a test has errors.
    Invalid = 3,
    /// A setting or a secret is missing.
    Missing = 4,
}

impl Exit {
    /// Returns the one that is told of two.
    #[must_use]
    pub fn or(self, other: Exit) -> Exit {
        let rank = |exit| match exit {
            Exit::Usage => 0,
            Exit::Invalid => 1,
            Exit::Missing => 2,
            Exit::Failed => 3,
            Exit::Ok => 4,
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
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
        assert_eq!(Exit::Ok.or(Exit::Ok), Exit::Ok);
    }
}
