//! Addresses that lie on this machine or a private network, in every spelling.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Says whether a host is reached on this machine or a private network only.
pub fn private(host: &url::Host<String>) -> bool {
    match host {
        url::Host::Domain(name) => private_name(name),
        url::Host::Ipv4(address) => blocked(IpAddr::V4(*address)).is_some(),
        url::Host::Ipv6(address) => blocked(IpAddr::V6(*address)).is_some(),
    }
}

/// Says whether a name is one of this machine or a private network by its form alone.
pub(super) fn private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let below =
        |suffix: &str| name.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    ["localhost", "local", "internal", "home.arpa"].into_iter().any(below)
}

/// Says whether a host is this machine.
pub(super) fn loopback(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback() || carried(*address).is_some_and(|inner| inner.is_loopback()),
    }
}

/// Returns the address that may not be asked: the given one, or the one of version 4 that it carries.
pub(super) fn blocked(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => private_v4(v4).then_some(address),
        IpAddr::V6(v6) => {
            if let Some(inner) = carried(v6).filter(|inner| private_v4(*inner)) {
                return Some(if v6.is_loopback() || v6.is_unspecified() { address } else { IpAddr::V4(inner) });
            }
            private_v6(v6).then_some(address)
        }
    }
}

fn private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        // Carrier-grade NAT, protocol assignments, benchmarks, and all that is reserved.
        || a == 100 && (64..128).contains(&b)
        || a == 192 && b == 0 && c == 0
        || a == 198 && (b == 18 || b == 19)
        || a >= 240
}

fn private_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        // Once meant for sites; some networks still route it.
        || first & 0xffc0 == 0xfec0
        // NAT64 by a prefix of the local network.
        || address.segments()[..3] == [0x64, 0xff9b, 1]
}

/// Returns the address of version 4 that one of version 6 carries.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        // The old compatible form, mapped, translated, 6to4 and NAT64.
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b]
        | [0, 0, 0, 0, 0xffff, 0, a, b]
        | [0x2002, a, b, ..]
        | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => (a, b),
        // Teredo keeps it inverted.
        [0x2001, 0, .., a, b] => (!a, !b),
        _ => return None,
    };
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_blocked_address_is_known() {
        let cases = [
            ("127.0.0.1", Some("127.0.0.1")),
            ("10.1.2.3", Some("10.1.2.3")),
            ("172.31.0.1", Some("172.31.0.1")),
            ("172.32.0.1", None),
            ("192.168.0.1", Some("192.168.0.1")),
            ("100.64.0.1", Some("100.64.0.1")),
            ("100.128.0.1", None),
            ("169.254.169.254", Some("169.254.169.254")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("224.0.0.1", Some("224.0.0.1")),
            ("255.255.255.255", Some("255.255.255.255")),
            ("198.18.0.1", Some("198.18.0.1")),
            ("192.0.0.8", Some("192.0.0.8")),
            ("8.8.8.8", None),
            ("::1", Some("::1")),
            ("::", Some("::")),
            ("::ffff:169.254.169.254", Some("169.254.169.254")),
            ("64:ff9b::169.254.169.254", Some("169.254.169.254")),
            ("64:ff9b:1::1", Some("64:ff9b:1::1")),
            ("2002:a9fe:a9fe::", Some("169.254.169.254")),
            ("::169.254.169.254", Some("169.254.169.254")),
            ("2001:0:1::5601:5601", Some("169.254.169.254")),
            ("fd00:ec2::254", Some("fd00:ec2::254")),
            ("fe80::1", Some("fe80::1")),
            ("fec0::1", Some("fec0::1")),
            ("ff02::1", Some("ff02::1")),
            ("2606:4700::1111", None),
            ("::ffff:8.8.8.8", None),
        ];
        for (text, expected) in cases {
            let found = blocked(text.parse().unwrap()).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_of_this_machine() {
        for name in ["localhost", "LOCALHOST.", "a.localhost", "printer.local", "metadata.google.internal"] {
            assert!(private_name(name), "{name}");
        }
        for name in ["local.example", "mylocal", "internal.example.com", "example.com"] {
            assert!(!private_name(name), "{name}");
        }
    }
}
