//! Hosts that are written in part: what a param may put into them.

use regex::Regex;

/// One label of a host's name.
const LABEL: &str = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/// A whole host, perhaps with a port.
const HOST: &str = r"(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?";

/// Says whether an address keeps the host that its author wrote: each value beside literal text is one label of it, a value
/// that is the whole host is a host, and none ends it early. `source` is the address as it is written, with `{{ }}`.
pub(super) fn keeps_host(source: &str, text: &str) -> bool {
    // An address that a value begins is the user's as a whole.
    let Some((_, rest)) = source.split_once("://") else { return true };
    let (mut pattern, mut literal, mut values) = (String::new(), false, 0);
    let mut left = rest;
    loop {
        let (before, behind) = left.split_once("{{").map_or((left, None), |(before, behind)| (before, Some(behind)));
        let end = before.find(['/', '?', '#']);
        let part = &before[..end.unwrap_or(before.len())];
        let name = part.split(':').next().unwrap_or_default();
        literal |= !name.is_empty();
        pattern.push_str(&regex::escape(part));
        let (None, Some(behind)) = (end, behind) else { break };
        let Some((_, after)) = behind.split_once("}}") else { break };
        values += 1;
        pattern.push('\0');
        left = after;
    }
    if values == 0 {
        return true;
    }
    let value = if literal || values > 1 { LABEL } else { HOST };
    let pattern = format!("^[A-Za-z][A-Za-z0-9+.-]*://{}(?:[/?#]|$)", pattern.replace('\0', value));
    Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_label_of_a_host() {
        let source = "https://{{ params.shop }}.example.com/v1/{{ params.path }}";
        let written = |shop: &str| format!("https://{shop}.example.com/v1/a/b");
        for (shop, keeps) in [
            ("acme", true),
            ("a-1", true),
            ("evil.test/", false),
            ("evil.test/#", false),
            ("evil.test?", false),
            ("a/b", false),
            ("a\\b", false),
            ("a@b", false),
            ("x.y.evil.test:1/?", false),
            ("a.b", false),
            ("a:1", false),
            ("", false),
            ("-a", false),
            ("a%2eb", false),
            ("\u{ff0e}", false),
        ] {
            assert_eq!(keeps_host(source, &written(shop)), keeps, "{shop}");
        }
    }

    #[test]
    fn a_whole_host_is_the_users() {
        for (source, text, keeps) in [
            ("https://{{ params.host }}/v1", "https://a.b.example.com:8443/v1", true),
            ("https://{{ params.host }}/v1", "https://[::1]:80/v1", true),
            ("https://{{ params.host }}/v1", "https://a.b/x/v1", true),
            ("https://{{ params.host }}/v1", "https://me@evil.test/v1", false),
            ("https://{{ params.host }}:8443/v1", "https://a.b:8443/v1", true),
            ("{{ params.base }}", "https://a.b/c", true),
            ("{{ params.base }}/v1", "https://a.b/c/v1", true),
            ("https://api.example.com/{{ params.v }}", "https://api.example.com/x/y", true),
        ] {
            assert_eq!(keeps_host(source, text), keeps, "{text}");
        }
    }
}
