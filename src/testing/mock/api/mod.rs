//! A well-behaved API under `/api/<auth>/<paging>/<list>`, with quotas, delays, errors and lies on demand.
//!
//! Lists are `items`, `changing`, `projects` and `projects/<id>/tasks`. Shorter addresses: `/api/changing/items`,
//! `/api/projects`, and the endpoints of the benches, `/items`, `/items_offset`, `/items_cursor`, `/items_link`.

mod auth;
mod changing;
mod collection;
mod config;
mod paging;
mod quota;
mod record;
mod respond;
mod rule;
mod seed;
mod serve;
mod stamp;
mod state;
mod steer;
mod tally;

pub use auth::{AUTHS, COOKIE, HEADER_KEY, PASSWORD, QUERY_KEY, TOKEN, USER};
pub use changing::Changed;
pub use config::{Config, DateHeader, RateHeaders, RetryForm};
pub use paging::PAGINGS;
pub use record::Facts;
pub use rule::{Effect, Lie, Retry, Rule};
pub(crate) use steer::admin;
pub use tally::Counts;

use bytes::Bytes;
use changing::Changing;
use quota::Bucket;
use record::Pool;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Requests to the API are logged under this name.
pub(crate) const LOGGED: &str = "_api";

/// The key under which its responses are held.
pub(crate) const HELD: &str = "_api";

#[derive(Debug)]
pub(crate) struct Api {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: Arc<Config>,
    pool: Arc<Pool>,
    changing: Changing,
    bucket: Bucket,
    rules: Vec<(Rule, usize)>,
    counts: Counts,
    packed: BTreeMap<String, Bytes>,
}

/// What is counted of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    status: u16,
    records: usize,
    bytes: usize,
    broken: bool,
}

impl Default for Api {
    fn default() -> Self {
        let config = Config::default();
        let state = State {
            pool: Arc::new(Pool::new(config.seed)),
            config: Arc::new(config),
            changing: Changing::default(),
            bucket: Bucket::default(),
            rules: Vec::new(),
            counts: Counts::default(),
            packed: BTreeMap::new(),
        };
        Api { state: Mutex::new(state) }
    }
}

/// Whether a path belongs to the API.
pub(crate) fn serves(path: &str) -> bool {
    route(path).is_some() || path == "/api" || path.starts_with("/api/")
}

/// How a path is to be answered: auth, paging, and the parts of the list's name.
fn route(path: &str) -> Option<(&str, &str, Vec<&str>)> {
    let parts = path.strip_prefix('/')?.split('/').collect::<Vec<_>>();
    match &parts[..] {
        ["api", "changing", "items"] => Some(("none", "page", vec!["changing"])),
        ["api", list @ ..] | list if list.first() == Some(&"projects") => Some(("none", "page", list.to_vec())),
        ["api", auth, paging, list @ ..] if AUTHS.contains(auth) && PAGINGS.contains(paging) => {
            Some((auth, paging, list.to_vec()))
        }
        ["items"] => Some(("none", "page", vec!["items"])),
        ["items_offset"] => Some(("none", "offset", vec!["items"])),
        ["items_cursor"] => Some(("none", "cursor", vec!["items"])),
        ["items_link"] => Some(("none", "link", vec!["items"])),
        _ => None,
    }
}
