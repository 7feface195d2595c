//! Durations: `30s`, `1h30min`, `7d`, `1mo`.

use crate::data::{Duration, duration};
use crate::diagnostic::{Code, Problem};

pub const PATTERN: &str = "^(?:[0-9]+(?:ms|s|min|h|d|w|mo|y))+$";
pub const EXAMPLES: &[&str] = &["30s", "500ms", "10min", "2h", "7d", "1w", "1mo", "1y", "1h30min"];

/// Reads a duration.
pub fn parse_duration(text: &str) -> Result<Duration, Problem> {
    duration::parse(text).map_err(|(range, message)| match message.split_once(": ") {
        Some((message, help)) => Problem::new(Code::E0208, range, message).help(help),
        None => Problem::new(Code::E0208, range, message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_parted_from_its_help() {
        let problem = parse_duration("5m").unwrap_err();
        assert_eq!((problem.code, problem.message.as_str()), (Code::E0208, "`m` is unclear"));
        assert_eq!(problem.help.as_deref(), Some("write `5min` for minutes or `5mo` for months"));
    }
}
