//! Which hosts a manifest may name. Private ones only the user may allow.

use crate::expr::shorthand::host::Host;
use crate::http::private;
use url::Url;

/// What is wrong, and what to do.
type Refusal = (String, String);

/// Checks a base address: `http` or `https`, a public host, no query.
pub(super) fn check_base(text: &str, allowed: &[Host]) -> Result<(), Refusal> {
    let text = text.trim();
    if text.starts_with("{{") {
        return Ok(());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err((
            format!("`{text}` is no address"),
            "a base is a whole address: `https://api.example.com/v1`".into(),
        ));
    };
    if !matches!(scheme, "http" | "https") {
        return Err((
            format!("requests go by `https` or `http`, not by `{scheme}`"),
            format!("write `https://{rest}`"),
        ));
    }
    let outside = without_expressions(rest);
    if let Some(sign) = outside.chars().find(|sign| matches!(sign, '?' | '#')) {
        let help = if sign == '?' { "write query parameters under `query`" } else { "leave the fragment out" };
        return Err((format!("a base has no `{sign}`"), help.into()));
    }
    if outside.split('/').any(|part| part == "..") {
        return Err(("a base has no `..`".into(), "write the path as it is".into()));
    }
    if outside.split('/').next().unwrap_or_default().contains('@') {
        return Err(("a base holds no credentials".into(), "credentials belong to `auth`".into()));
    }
    match literal_host(text) {
        Some((host, port)) => check_host(&host, port, allowed),
        None => Ok(()),
    }
}

/// Checks one host by its name or address.
pub(super) fn check_host(host: &str, port: Option<u16>, allowed: &[Host]) -> Result<(), Refusal> {
    let Ok(parsed) = url::Host::parse(host) else {
        return Err((format!("`{host}` is no host"), "write a name such as `api.example.com`".into()));
    };
    if !private(&parsed)
        || allowed.iter().any(|allowed| {
            allowed.domain.eq_ignore_ascii_case(host) && (allowed.port.is_none() || allowed.port == port)
        })
    {
        return Ok(());
    }
    let place = port.map_or(host.to_owned(), |port| format!("{host}:{port}"));
    Err((
        format!("`{host}` is a private host, and a manifest can't allow itself one"),
        format!("only the user can: `--allow-private {place}`"),
    ))
}

/// Returns the host and port of an address whose host holds no expression.
pub(super) fn literal_host(text: &str) -> Option<(String, Option<u16>)> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains("{{") {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
    let host = url.host()?.to_string();
    Some((host.trim_matches(['[', ']']).to_owned(), url.port())).map(|(host, port)| {
        // The form of version 6 keeps its brackets, for that is how it is parsed again.
        if host.contains(':') { (format!("[{host}]"), port) } else { (host, port) }
    })
}

/// Says whether a declared host covers one that is asked.
pub(super) fn covers(declared: &Host, host: &str, port: Option<u16>) -> bool {
    declared.names(host) && (declared.port.is_none() || declared.port == port)
}

/// Cuts expressions out of a text.
fn without_expressions(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some(begin) = rest.find("{{") {
        kept.push_str(&rest[..begin]);
        rest = rest[begin..].find("}}").map_or("", |end| &rest[begin + end + 2..]);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_hosts() {
        for base in [
            "http://10.0.0.1/",
            "http://localhost/",
            "http://[::1]/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "https://192.168.1.1",
            "https://169.254.169.254/latest",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://metadata.google.internal",
            "https://printer.local",
            "http://0.0.0.0:80",
            "https://[2002:7f00:1::]/",
        ] {
            assert!(check_base(base, &[]).is_err(), "{base}");
        }
        for base in [
            "https://api.example.com/v1",
            "https://{{ params.shop }}.example.com",
            "{{ auth.url }}/x",
            "https://8.8.8.8",
        ] {
            assert_eq!(check_base(base, &[]), Ok(()), "{base}");
        }
        let allowed = [Host { below: false, domain: "localhost".into(), port: Some(8080) }];
        assert_eq!(check_base("http://localhost:8080", &allowed), Ok(()));
        assert!(check_base("http://localhost:8081", &allowed).is_err());
    }

    #[test]
    fn bases() {
        for base in
            ["file:///etc", "api.example.com", "https://a.example?x=1", "https://u:p@a.example", "ftp://a.example"]
        {
            assert!(check_base(base, &[]).is_err(), "{base}");
        }
    }
}
