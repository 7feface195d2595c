//! Hosts that only the user may allow, and what a base address may be.

use crate::expr::shorthand::host::Host;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Url;

/// Why an address is refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub message: String,
    pub help: String,
}

/// Names of machines and networks that nobody outside can reach.
const PRIVATE_NAMES: &[&str] = &["localhost", "local", "internal", "localdomain", "lan", "home.arpa"];

/// Says whether a host stands in a private network, or is this machine.
pub fn private(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Ipv4(address) => private_v4(*address),
        url::Host::Ipv6(address) => private_v6(*address),
        url::Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            // A scheme that is not http leaves numbers as they are.
            name.parse::<IpAddr>().is_ok_and(|address| match address {
                IpAddr::V4(address) => private_v4(address),
                IpAddr::V6(address) => private_v6(address),
            }) || PRIVATE_NAMES
                .iter()
                .any(|known| name.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        }
    }
}

fn private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || matches!((a, b, c), (0 | 240.., _, _) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _))
}

fn private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let embedded = address.to_ipv4_mapped().or_else(|| match address.segments() {
        // NAT64, 6to4 and the old compatible form carry an address of the other kind.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] | [0, 0, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        _ => None,
    });
    address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || first & 0xffc0 == 0xfec0
        || embedded.is_some_and(private_v4)
}

/// Says whether a host and port are among those that a user or a manifest lists.
pub fn listed(hosts: &[Host], name: &str, port: Option<u16>) -> bool {
    let name = name.trim_end_matches('.').trim_matches(['[', ']']).to_ascii_lowercase();
    hosts.iter().any(|host| {
        let named = if host.below {
            name.strip_suffix(&host.domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        } else {
            name == host.domain
        };
        named && host.port.is_none_or(|wanted| port == Some(wanted))
    })
}

/// Reads a base address: http or https, a host, perhaps a path, nothing else.
pub fn base(text: &str, allow_private: &[Host]) -> Result<Url, Refusal> {
    let refuse = |message: String, help: &str| Err(Refusal { message, help: help.to_owned() });
    let example = "write for example `https://api.example.com/v1`";
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refuse(format!("the base is no address: {error}"), example),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("the base has the scheme `{}`", url.scheme()), "only `https:` and `http:` are asked");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("the base has a query or a fragment".into(), "leave it out; parameters stand under `query`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("the base holds a user name or a password".into(), "credentials stand under `auth`");
    }
    // The address is parsed with `..` resolved, so that is looked for in what was written.
    if text.split(['/', '\\']).any(|part| part == ".." || part.eq_ignore_ascii_case("%2e%2e")) {
        return refuse("the base has `..` in its path".into(), example);
    }
    let Some(host) = url.host() else { return refuse("the base has no host".into(), example) };
    let port = url.port_or_known_default();
    if private(&host) && !listed(allow_private, &host.to_string(), port) {
        let message = format!("the base goes to the private address `{host}`");
        let help = format!("only the user may allow that: `--allow-private {host}`");
        return Err(Refusal { message, help });
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::shorthand::host::parse_host;

    #[test]
    fn private_addresses_are_known_in_all_their_forms() {
        let private_ones = [
            "localhost", "LOCALHOST.", "api.localhost", "printer.local", "db.internal", "127.0.0.1", "127.1", "0x7f.1",
            "2130706433", "0177.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fc00::1]",
            "[fdab::1]", "[fe80::1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]",
        ];
        for host in private_ones {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert!(private(&url.host().unwrap()), "{host}");
        }
        for host in ["example.com", "8.8.8.8", "172.32.0.1", "192.169.0.1", "local.example", "[2606:4700::1]", "internals.io"] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert!(!private(&url.host().unwrap()), "{host}");
        }
    }

    #[test]
    fn bases_are_http_and_nothing_else() {
        let cases = [
            ("api.example.com", "no address"),
            ("ftp://example.com", "scheme"),
            ("file:///etc/passwd", "scheme"),
            ("https://a.example/v1?x=1", "query"),
            ("https://a.example/v1#x", "fragment"),
            ("https://u:p@a.example", "password"),
            ("https://a.example/../b", "`..`"),
            ("http://127.1/", "private"),
            ("http://localhost:8080", "private"),
        ];
        for (text, part) in cases {
            let refusal = base(text, &[]).unwrap_err();
            assert!(refusal.message.contains(part), "{text}: {refusal:?}");
        }
        let allowed = [parse_host("localhost:8080").unwrap()];
        assert!(base("http://localhost:8080/v1", &allowed).is_ok());
        assert!(base("http://localhost:8081", &allowed).is_err());
        assert_eq!(base("https://a.example", &[]).unwrap().as_str(), "https://a.example/");
    }
}
