//! Looks names up and lets only those addresses through that may be asked: what was checked is what is connected to.

use super::gate::Permissions;
use crate::fault::Fault;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Looks names up.
pub(super) struct Resolver {
    pub(super) permissions: Arc<Permissions>,
    /// The host of the user's own proxy, which may lie anywhere.
    pub(super) proxy: Option<String>,
}

/// A name has no address that may be asked.
#[derive(Debug)]
pub(super) enum Unresolved {
    /// All its addresses are blocked; the fault says which.
    Blocked(Fault),
    /// It may have one later.
    Later(String),
    /// There is no such name.
    Unknown(String),
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let permissions = Arc::clone(&self.permissions);
        let free = self.proxy.as_deref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_owned();
            let found =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|error| unresolved(&error.to_string()))?;
            let mut blocked = None;
            let mut open = Vec::new();
            for address in found {
                match permissions.check_address(address.ip(), &host) {
                    Err(fault) if !free => blocked = Some(fault),
                    _ => open.push(address),
                }
            }
            match blocked {
                Some(fault) if open.is_empty() => Err(Unresolved::Blocked(fault).into()),
                _ if open.is_empty() => Err(Unresolved::Unknown("it has no address".to_owned()).into()),
                _ => Ok(Box::new(open.into_iter()) as Addrs),
            }
        })
    }
}

/// Sorts what the system says; it has words only.
fn unresolved(told: &str) -> Unresolved {
    let reason = told.rsplit(": ").next().unwrap_or(told).to_lowercase();
    let unknown = ["not known", "no such host", "no address associated"].iter().any(|words| reason.contains(words));
    if unknown { Unresolved::Unknown(reason) } else { Unresolved::Later(reason) }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unresolved::Blocked(fault) => fault.fmt(out),
            Unresolved::Later(told) | Unresolved::Unknown(told) => out.write_str(told),
        }
    }
}

impl Error for Unresolved {}
