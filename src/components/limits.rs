//! Quotas: how often an API may be asked, and what it says about that (SEMANTICS rule 45).

use crate::components::forms::{
    Duration, Expr, Late, Many, Name, Rate, Scalar, Short, Source, Text, at_least_one, kinds,
};
use crate::text::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// One quota, the name of one, or a list.
pub type LimitsSpec = Many<Short<Text<Name>, LimitSpec>>;

/// One quota of the API.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Limit")]
pub struct LimitSpec {
    /// How many requests in which time: `5000/h`, `100/10s`.
    pub rate: Option<Late<Text<Rate>>>,
    /// The size of the token bucket; without it never more than the rate in any window.
    #[schemars(transform = at_least_one)]
    pub burst: Option<Late<u64>>,
    /// Requests in flight.
    #[schemars(transform = at_least_one)]
    pub concurrency: Option<Late<u32>>,
    /// One bucket for each value of this.
    pub per: Option<Text<Expr>>,
    /// What one request costs: a number, or where the answer says it.
    pub cost: Option<Scalar>,
    /// Where the API says how much is left.
    pub remaining: Option<Text<Source>>,
    /// Where the API says how much is used, of 100 or `of`.
    pub used: Option<Text<Source>>,
    /// What `used` counts up to.
    pub of: Option<Scalar>,
    /// When the quota is full again, with its unit.
    #[schemars(extend("examples" = [{ "unix": "header.x-ratelimit-reset" }]))]
    pub reset: Option<ResetSpec>,
    /// Where the API says how many requests a second it allows.
    pub rate_from: Option<Text<Source>>,
    /// Jobs in flight.
    #[schemars(transform = at_least_one)]
    pub jobs: Option<Late<u32>>,
    /// Who shares the quota: connector and auth unless given.
    pub key: Option<Node>,
}

/// When a quota is full again; the key says the unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Reset", transform = kinds)]
pub enum ResetSpec {
    /// Seconds since 1970.
    Unix(Text<Source>),
    /// Milliseconds since 1970.
    UnixMs(Text<Source>),
    /// Seconds from now.
    Seconds(Text<Source>),
    /// Minutes from now.
    Minutes(Text<Source>),
    /// A date and time.
    Date(Text<Source>),
}

impl ResetSpec {
    pub fn source(&self) -> &Text<Source> {
        match self {
            Self::Unix(source)
            | Self::UnixMs(source)
            | Self::Seconds(source)
            | Self::Minutes(source)
            | Self::Date(source) => source,
        }
    }
}

/// What is kept of earlier answers: `etag`, or for how long.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Cache", transform = kinds)]
pub enum CacheSpec {
    /// Ask again with `ETag` or `Last-Modified`; 304 means unchanged.
    Etag,
    /// How long an answer is good.
    Ttl(Late<Text<Duration>>),
}

/// In which unit an API says when a quota is full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetUnit {
    Unix,
    UnixMs,
    Seconds,
    Minutes,
    Date,
}

impl ResetSpec {
    pub fn unit(&self) -> ResetUnit {
        match self {
            Self::Unix(_) => ResetUnit::Unix,
            Self::UnixMs(_) => ResetUnit::UnixMs,
            Self::Seconds(_) => ResetUnit::Seconds,
            Self::Minutes(_) => ResetUnit::Minutes,
            Self::Date(_) => ResetUnit::Date,
        }
    }
}
