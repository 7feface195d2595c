//! Options of everything that asks an API: where requests may go, and how many.

use super::Exit;
use super::arguments::private_host;
use super::ui::Ui;
use crate::diagnostic::clean;
use crate::engine::RunLimits;
use crate::expr::shorthand::host::Host;
use crate::http::Permissions;
use crate::plan::Options;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// Where requests may go, and how many.
#[derive(Default, clap::Args)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// Lets requests go to this private host, also without TLS. Only you can allow it, a manifest can't.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = private_host)]
    pub(super) allow_private: Vec<Host>,
    /// Lets credentials go to this host without TLS.
    #[arg(long, value_name = "HOST", value_parser = private_host)]
    allow_cleartext: Vec<Host>,
    /// Trusts the certificates of this PEM file too.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Sends requests by this proxy. None is taken from the environment.
    #[arg(long, value_name = "URL", value_parser = proxy)]
    proxy: Option<Url>,
    /// Requests that are out at once, at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Requests of the whole run, repeated ones included; exit code 8 if there is more to do.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_requests: Option<u64>,
    /// Tells each request and answer on stderr; secrets are masked.
    #[arg(long)]
    pub(super) trace: bool,
}

/// What the transport is made of.
pub(super) struct Wires {
    pub(super) permissions: Arc<Permissions>,
    /// Certificates in PEM that are trusted beside the system's.
    pub(super) ca: Option<Vec<u8>>,
    pub(super) proxy: Option<Url>,
}

impl NetworkArgs {
    /// Returns those of a command that only takes permissions.
    pub(super) fn allowing(hosts: &[Host]) -> Self {
        Self { allow_private: hosts.to_vec(), ..Self::default() }
    }

    /// Returns what the user allows a manifest to name.
    pub(super) fn options(&self) -> Options {
        Options { allow_private: self.allow_private.clone() }
    }

    pub(super) fn limits(&self) -> RunLimits {
        RunLimits { concurrency: self.concurrency, ..RunLimits::default() }
    }

    /// Reads what the transport is made of.
    pub(super) fn wires(&self, ui: &mut Ui) -> Result<Wires, Exit> {
        let ca = match &self.ca {
            None => None,
            Some(path) => match std::fs::read(path) {
                Ok(pem) if pem.windows(11).any(|part| part == b"-----BEGIN ") => Some(pem),
                Ok(_) => {
                    let told = format!("`{}` holds no certificate", clean(&path.display().to_string()));
                    ui.error(&told, Some("a PEM file begins with `-----BEGIN CERTIFICATE-----`"));
                    return Err(Exit::Usage);
                }
                Err(error) => {
                    ui.error(&format!("`{}` can't be read: {error}", clean(&path.display().to_string())), None);
                    return Err(Exit::Usage);
                }
            },
        };
        let permissions = Permissions { private: self.allow_private.clone(), cleartext: self.allow_cleartext.clone() };
        Ok(Wires { permissions: Arc::new(permissions), ca, proxy: self.proxy.clone() })
    }
}

/// Reads a proxy's address. A password in it would be seen by everyone who lists processes.
fn proxy(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write for example `http://proxy.example:3128`"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("a proxy is for example `http://proxy.example:3128`".into());
    }
    if url.password().is_some() || !url.username().is_empty() {
        return Err("a proxy with a password is not supported: everyone on this machine can read arguments".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::proxy;

    #[test]
    fn a_proxy_has_no_password() {
        for (text, holds) in [
            ("http://proxy.example:3128", true),
            ("https://proxy.example", true),
            ("http://user:pass@proxy.example", false),
            ("socks5://proxy.example", false),
            ("proxy.example:3128", false),
        ] {
            assert_eq!(proxy(text).is_ok(), holds, "{text}");
        }
        assert!(!proxy("http://user:hunter2@proxy.example").unwrap_err().contains("hunter2"));
    }
}
