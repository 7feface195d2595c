//! Hosts: `storage.example.com`, `*.example.com`, `localhost:8080`.

use crate::diagnostic::{Code, Problem};
use std::fmt;

pub const PATTERN: &str = "^(?:\\*\\.[A-Za-z0-9-]+\\.)?[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?$";
pub const EXAMPLES: &[&str] = &["storage.googleapis.com", "*.salesforce.com", "localhost:8080"];

/// A host that requests may go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Any name below the domain, at every depth.
    pub below: bool,
    /// In lower case.
    pub domain: String,
    pub port: Option<u16>,
}

impl Host {
    /// Says whether a name is the one meant, or one below it. Case and a point at the end do not matter.
    pub fn names(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        let domain = self.domain.as_str();
        if !self.below {
            return domain.eq_ignore_ascii_case(host);
        }
        let Some(at) = host.len().checked_sub(domain.len()) else { return false };
        at > 1
            && host.is_char_boundary(at)
            && host[at..].eq_ignore_ascii_case(domain)
            && host.as_bytes()[at - 1] == b'.'
    }
}

/// Reads a host.
pub fn parse_host(text: &str) -> Result<Host, Problem> {
    let problem = |range, message: &str, help: String| Err(Problem::new(Code::E0213, range, message).help(help));
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split('/').next().unwrap_or(rest);
        return problem(0..text.len() - rest.len(), "a host has no scheme", format!("write `{host}`"));
    }
    if let Some(at) = text.find('/') {
        return problem(at..text.len(), "a host has no path", format!("write `{}`", &text[..at]));
    }
    let (name, port) = match text.split_once(':') {
        None => (text, None),
        Some((name, port)) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, Some(number))
            }
            _ => {
                return problem(
                    name.len() + 1..text.len(),
                    "a port is a number up to 65535",
                    format!("write for example `{name}:8080`"),
                );
            }
        },
    };
    let (below, domain) = match name.strip_prefix("*.") {
        Some(domain) => (true, domain),
        None => (false, name),
    };
    let start = name.len() - domain.len();
    if let Some(at) = domain.find('*') {
        return problem(
            start + at..start + at + 1,
            "`*` stands only at the beginning, before a point",
            "write for example `*.example.com`".into(),
        );
    }
    let mut at = start;
    for label in domain.split('.') {
        let fits = (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !fits {
            let message = if label.is_empty() { "a part of the host is empty" } else { "not a name of a host" };
            return problem(
                at..at + label.len(),
                message,
                "write for example `api.example.com`; a name in another script as `xn--…`".into(),
            );
        }
        at += label.len() + 1;
    }
    if below && !domain.contains('.') {
        return problem(0..name.len(), "`*.` needs two names after it", "write for example `*.example.com`".into());
    }
    Ok(Host { below, domain: domain.to_ascii_lowercase(), port })
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.domain)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        for text in EXAMPLES {
            assert_eq!(parse_host(text).map(|host| host.to_string()), Ok((*text).to_owned()));
        }
        assert_eq!(parse_host("API.Example.com").unwrap().domain, "api.example.com");
    }

    #[test]
    fn mistakes_have_their_place() {
        let cases = [
            ("https://a.test/b", 0..8, "`a.test`"),
            ("a.test/b", 6..8, "`a.test`"),
            ("a.test:x", 7..8, "number"),
            ("*.com", 0..5, "two names"),
            ("a.*.com", 2..3, "beginning"),
            ("*", 0..1, "`*.example.com`"),
            ("a..b", 2..2, "empty"),
            ("", 0..0, "empty"),
            ("b\u{fc}cher.de", 0..7, "xn--"),
            ("-a.de", 0..2, "not a name"),
        ];
        for (text, range, part) in cases {
            let problem = parse_host(text).unwrap_err();
            assert!(format!("{problem:?}").contains(part), "{text}: {problem:?}");
            assert_eq!(problem.range, range, "{text}");
        }
    }
}
