//! Versions: `1.2.0` of a connector, `>=0.3` of the engine it needs.

use crate::diagnostic::{Code, Problem};
use std::fmt;

pub const PATTERN: &str = concat!(
    "^(?:0|[1-9][0-9]{0,8})\\.(?:0|[1-9][0-9]{0,8})\\.(?:0|[1-9][0-9]{0,8})",
    "(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$"
);
pub const EXAMPLES: &[&str] = &["0.1.0", "1.2.3", "2.0.0-beta.1"];

pub const REQUIRES_PATTERN: &str = "^>=(?:0|[1-9][0-9]{0,8})(?:\\.(?:0|[1-9][0-9]{0,8})){0,2}$";
pub const REQUIRES_EXAMPLES: &[&str] = &[">=0.3", ">=1.2.3"];

/// A semantic version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    /// What stands after `-`, without it.
    pub pre: String,
    /// What stands after `+`, without it.
    pub build: String,
}

/// The least version that will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtLeast {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

/// Reads a version.
pub fn parse_version(text: &str) -> Result<Version, Problem> {
    let problem = |message: &str, help: String| Problem::new(Code::E0215, 0..text.len(), message).help(help);
    if let Some(rest) = text.strip_prefix(['v', 'V', '=']) {
        return Err(problem("a version begins with its number", format!("write `{rest}`")));
    }
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (numbers, pre) = rest.split_once('-').map_or((rest, None), |(numbers, pre)| (numbers, Some(pre)));
    let words = |part: Option<&str>| part.is_none_or(|part| part.split('.').all(is_word));
    match numbers.split('.').map(number).collect::<Option<Vec<_>>>().as_deref() {
        Some(&[major, minor, patch]) if words(pre) && words(build) => Ok(Version {
            major,
            minor,
            patch,
            pre: pre.unwrap_or_default().to_owned(),
            build: build.unwrap_or_default().to_owned(),
        }),
        Some([_]) => Err(problem("a version has three numbers", format!("write `{numbers}.0.0`"))),
        Some([_, _]) => Err(problem("a version has three numbers", format!("write `{numbers}.0`"))),
        _ => Err(problem("not a semantic version", "write three numbers, for example `1.2.0`".into())),
    }
}

/// Reads the least engine version.
pub fn parse_requires(text: &str) -> Result<AtLeast, Problem> {
    let problem =
        |help: String| Problem::new(Code::E0215, 0..text.len(), "the least version is written with `>=`").help(help);
    let bare = text.trim_start_matches(['^', '~', '>', '<', '=', ' ', 'v']);
    let numbers = |text: &str| text.split('.').map(number).collect::<Option<Vec<_>>>().filter(|all| all.len() <= 3);
    let Some(all) = text.strip_prefix(">=").and_then(numbers) else {
        return Err(problem(if numbers(bare).is_some() {
            format!("write `>={bare}`")
        } else {
            "write for example `>=0.3`".into()
        }));
    };
    let part = |at: usize| all.get(at).copied().unwrap_or(0);
    Ok(AtLeast { major: part(0), minor: part(1), patch: part(2) })
}

fn number(text: &str) -> Option<u32> {
    let fits = (1..=9).contains(&text.len())
        && (text == "0" || !text.starts_with('0'))
        && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl AtLeast {
    pub fn allows(&self, version: &Version) -> bool {
        let has = AtLeast { major: version.major, minor: version.minor, patch: version.patch };
        // A pre-release comes before its release.
        has > *self || (has == *self && version.pre.is_empty())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        for (sign, part) in [("-", &self.pre), ("+", &self.build)] {
            if !part.is_empty() {
                write!(f, "{sign}{part}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        for text in EXAMPLES.iter().chain(&["1.0.0-a-b+c.1", "1.0.0+x"]) {
            assert_eq!(parse_version(text).map(|version| version.to_string()), Ok((*text).to_owned()));
        }
        let needed = parse_requires(">=0.3").unwrap();
        for (text, allowed) in [("0.3.0", true), ("0.3.0-beta", false), ("0.2.9", false), ("1.0.0-beta", true)] {
            assert_eq!(needed.allows(&parse_version(text).unwrap()), allowed, "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (text, part) in [
            ("1.2", "`1.2.0`"),
            ("1", "`1.0.0`"),
            ("v1.2.3", "`1.2.3`"),
            ("01.2.3", "three numbers"),
            ("latest", "three numbers"),
            ("1.2.3-", "three numbers"),
            ("", "three numbers"),
        ] {
            let problem = parse_version(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
        }
        for (text, part) in [("^0.3", "`>=0.3`"), ("0.3", "`>=0.3`"), (">= 0.3", "`>=0.3`"), ("new", "for example")] {
            assert!(format!("{:?}", parse_requires(text)).contains(part), "{text}");
        }
    }
}
