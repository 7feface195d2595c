//! The gate: every address that is sent passes it, parsed, with redirects and links of an API like all others.
//!
//! What a manifest declares opens the gate to public hosts only. Private addresses and clear text are the user's to
//! allow, by [`Permissions`]. The addresses that a name leads to are checked by the resolver, with the same permissions.

use super::address;
use crate::expr::shorthand::host::Host;
use crate::fault::{Fault, Kind};
use std::net::IpAddr;
use std::sync::Arc;
use url::Url;

/// What the user alone may allow.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// Private hosts, `--allow-private HOST:PORT`. Includes clear text to them.
    pub private: Vec<Host>,
    /// Hosts that may be sent credentials in clear text, `--allow-cleartext HOST`.
    pub cleartext: Vec<Host>,
}

/// Where the requests of a connection may go.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    pub base: Option<Url>,
    /// Hosts that the manifest declares.
    pub declared: Vec<Host>,
    /// Hosts that come from params alone: the user's consent.
    pub from_params: Vec<Host>,
    pub permissions: Arc<Permissions>,
}

impl Gate {
    /// Checks an address that is about to be sent.
    pub fn check(&self, url: &Url, credentials: bool) -> Result<(), Fault> {
        if !matches!(url.scheme(), "http" | "https") {
            return refuse(format!("requests go by https or http, not by `{}`", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("an address holds no user name and no password".to_owned());
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return refuse("an address needs a host".to_owned());
        };
        let place = place(&host, port);
        let allowed = self.permissions.allow_private(&host, port);
        if !allowed {
            self.permissions.check_host(&host, &place)?;
        }
        if !self.declares(url, &host, port) {
            return refuse(format!("host {place} is not declared: add it to `hosts` if the API's data lies there"));
        }
        let cleartext = url.scheme() == "http" && credentials && !allowed && !address::loopback(&host);
        if cleartext && !any(&self.permissions.cleartext, &host, port) {
            let help = format!("use https, or allow it with --allow-cleartext {place}");
            return refuse(format!("credentials would go to {place} in clear text: {help}"));
        }
        Ok(())
    }

    /// Checks what goes by a proxy. It reads what is sent without TLS, and that a host is private makes it no other.
    pub(super) fn check_by_proxy(&self, url: &Url, credentials: bool) -> Result<(), Fault> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return Ok(()) };
        if url.scheme() != "http" || !credentials || any(&self.permissions.cleartext, &host, port) {
            return Ok(());
        }
        let place = place(&host, port);
        refuse(format!(
            "credentials for {place} would go to the proxy in clear text: use https, or allow it with \
             --allow-cleartext {place}"
        ))
    }

    /// Says whether an address is the base's own or one of a declared host.
    fn declares(&self, url: &Url, host: &url::Host<&str>, port: u16) -> bool {
        if self.base.as_ref().is_some_and(|base| base.origin() == url.origin()) {
            return true;
        }
        self.declared.iter().chain(&self.from_params).any(|declared| {
            // Without a port the scheme's own is meant; the parsed form leaves that one out.
            let fits = declared.port.map_or(url.port().is_none(), |declared| declared == port);
            fits && names(declared, host)
        })
    }
}

impl Permissions {
    /// Checks an address that a name led to.
    pub fn check_address(&self, address: IpAddr, host: &str) -> Result<(), Fault> {
        let Some(blocked) = address::blocked(address) else { return Ok(()) };
        // A resolver knows no port. That is no gap: the gate asks for host and port of all hosts that are named here.
        if self.private.iter().any(|allowed| names(allowed, &url::Host::Domain(host))) {
            return Ok(());
        }
        refuse(format!(
            "blocked address {blocked}: {host} leads to a private network, which only the user can allow, with \
             --allow-private {host}:PORT"
        ))
    }

    fn allow_private(&self, host: &url::Host<&str>, port: u16) -> bool {
        any(&self.private, host, port)
    }

    /// Refuses a private host. A name of which another port was allowed counts as private too.
    fn check_host(&self, host: &url::Host<&str>, place: &str) -> Result<(), Fault> {
        let blocked = match host {
            url::Host::Domain(name) => {
                let private = address::private_name(name) || self.private.iter().any(|allowed| names(allowed, host));
                if !private {
                    return Ok(());
                }
                format!("host {place}")
            }
            url::Host::Ipv4(v4) => match address::blocked(IpAddr::V4(*v4)) {
                Some(blocked) => format!("address {blocked}"),
                None => return Ok(()),
            },
            url::Host::Ipv6(v6) => match address::blocked(IpAddr::V6(*v6)) {
                Some(blocked) => format!("address {blocked}"),
                None => return Ok(()),
            },
        };
        refuse(format!("blocked {blocked}: a private network only the user can allow, with --allow-private {place}"))
    }
}

fn refuse(message: String) -> Result<(), Fault> {
    Err(Fault::new(Kind::Config, "gate", message))
}

fn any(hosts: &[Host], host: &url::Host<&str>, port: u16) -> bool {
    hosts.iter().any(|allowed| allowed.port.is_none_or(|allowed| allowed == port) && names(allowed, host))
}

/// Says whether a written host is the one of an address. Literals are compared as addresses, however they were written.
fn names(written: &Host, host: &url::Host<&str>) -> bool {
    let literal = match host {
        url::Host::Domain(name) => return written.names(name),
        url::Host::Ipv4(address) => url::Host::<String>::Ipv4(*address),
        url::Host::Ipv6(address) => url::Host::Ipv6(*address),
    };
    if written.below {
        return false;
    }
    let bracketed = written.domain.contains(':') && !written.domain.starts_with('[');
    let parsed =
        if bracketed { url::Host::parse(&format!("[{}]", written.domain)) } else { url::Host::parse(&written.domain) };
    parsed.is_ok_and(|written| written == literal)
}

fn place(host: &url::Host<&str>, port: u16) -> String {
    match host {
        url::Host::Domain(name) => format!("{}:{port}", name.trim_end_matches('.')),
        other => format!("{other}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::shorthand::host::parse_host;

    fn hosts(texts: &[&str]) -> Vec<Host> {
        texts.iter().map(|text| parse_host(text).unwrap()).collect()
    }

    fn gate(base: &str, declared: &[&str], private: &[&str], cleartext: &[&str]) -> Gate {
        Gate {
            base: Some(Url::parse(base).unwrap()),
            declared: hosts(declared),
            from_params: vec![],
            permissions: Arc::new(Permissions { private: hosts(private), cleartext: hosts(cleartext) }),
        }
    }

    fn told(gate: &Gate, url: &str, credentials: bool) -> String {
        match gate.check(&Url::parse(url).unwrap(), credentials) {
            Ok(()) => "ok".into(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn a_proxy_sees_no_credentials_in_clear_text() {
        let gate = gate("http://127.0.0.1:8080", &[], &["127.0.0.1:8080"], &["old.example.com"]);
        for (url, credentials, passes) in [
            ("http://127.0.0.1:8080/a", true, false),
            ("http://127.0.0.1:8080/a", false, true),
            ("https://127.0.0.1:8080/a", true, true),
            ("http://old.example.com/a", true, true),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(gate.check_by_proxy(&url, credentials).is_ok(), passes, "{url} {credentials}");
        }
    }

    #[test]
    fn declared_hosts_pass_with_their_ports() {
        let gate =
            gate("https://api.example.com:8443/v1", &["files.example.com", "*.shop.test", "x.test:9000"], &[], &[]);
        let cases = [
            ("https://api.example.com:8443/other", true),
            ("https://API.example.com.:8443/", false),
            ("https://api.example.com/", false),
            ("https://files.example.com/a", true),
            ("https://files.example.com./a", true),
            ("https://files.example.com:444/a", false),
            ("http://files.example.com/a", true),
            ("https://eu.shop.test/", true),
            ("https://a.b.shop.test/", true),
            ("https://shop.test/", false),
            ("https://evilshop.test/", false),
            ("https://x.test:9000/", true),
            ("https://x.test/", false),
            ("https://files.example.com@evil.test/", false),
            ("https://files.example.com.evil.test/", false),
            ("ftp://files.example.com/", false),
            ("file:///etc/passwd", false),
            ("data:text/plain,x", false),
        ];
        for (url, passes) in cases {
            assert_eq!(gate.check(&Url::parse(url).unwrap(), false).is_ok(), passes, "{url}");
        }
    }

    #[test]
    fn the_metadata_address_is_named_in_every_spelling() {
        let gate = gate("http://127.0.0.1:8080/", &[], &["127.0.0.1:8080"], &[]);
        let spellings = [
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.169.254.",
            "[64:ff9b::a9fe:a9fe]",
            "１６９.254.169.254",
        ];
        for spelling in spellings {
            let told = told(&gate, &format!("http://{spelling}/latest/meta-data/"), false);
            assert!(told.contains("blocked address 169.254.169.254"), "{spelling}: {told}");
        }
        assert!(told(&gate, "http://[fd00:ec2::254]/", false).contains("blocked address fd00:ec2::254"));
        assert!(told(&gate, "http://0.0.0.0/", false).contains("blocked address 0.0.0.0"));
    }

    #[test]
    fn a_permission_is_host_and_port_and_declares_nothing() {
        let gate = gate("http://127.0.0.1:8080/s/", &[], &["127.0.0.1:8080", "127.0.0.1:8082", "corp.test:90"], &[]);
        assert_eq!(told(&gate, "http://127.0.0.1:8080/x", true), "ok");
        assert_eq!(told(&gate, "http://127.1:8080/x", true), "ok");
        assert!(told(&gate, "http://127.0.0.1:8081/x", false).starts_with("blocked address 127.0.0.1"));
        assert!(told(&gate, "http://127.0.0.1:8082/x", false).starts_with("host 127.0.0.1:8082 is not declared"));
        assert!(told(&gate, "http://localhost:8080/x", false).starts_with("blocked host localhost:8080"));
        // Another port of a name that the user called private.
        assert!(told(&gate, "http://corp.test:91/", false).starts_with("blocked host corp.test:91"));
        assert!(told(&gate, "http://u:p@127.0.0.1:8080/", false).contains("no user name"));
    }

    #[test]
    fn credentials_in_clear_text_need_a_word_of_the_user() {
        let strict = gate("http://api.example.com/", &[], &[], &[]);
        assert_eq!(told(&strict, "http://api.example.com/", false), "ok");
        assert_eq!(
            told(&strict, "http://api.example.com/?api_key=K", true),
            "credentials would go to api.example.com:80 in clear text: use https, or allow it with \
             --allow-cleartext api.example.com:80"
        );
        let open = gate("http://api.example.com/", &[], &[], &["api.example.com"]);
        assert_eq!(told(&open, "http://api.example.com/", true), "ok");
        let private = gate("http://10.0.0.5:80/", &[], &["10.0.0.5:80"], &[]);
        assert_eq!(told(&private, "http://10.0.0.5/", true), "ok");
    }

    #[test]
    fn names_are_checked_again_by_what_they_lead_to() {
        let permissions = Permissions { private: hosts(&["corp.test:8080"]), cleartext: vec![] };
        let at = |address: &str, host: &str| permissions.check_address(address.parse().unwrap(), host);
        assert!(at("10.0.0.1", "corp.test").is_ok());
        assert!(at("93.184.216.34", "api.test").is_ok());
        let fault = at("::ffff:127.0.0.1", "api.test").unwrap_err();
        assert!(fault.to_string().starts_with("blocked address 127.0.0.1: api.test leads to"), "{fault}");
    }
}
