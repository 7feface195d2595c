//! What one part of the API is to do wrong, or to wait for, until it is told otherwise.

use super::config::read;
use crate::testing::mock::query::Query;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A path without its query; with `*` at its end, all that begin so.
    pub path: String,
    /// The first request it is for, counted from 1 over what its path matches. A lie counts pages.
    pub nth: usize,
    /// For how many requests.
    pub times: usize,
    pub effect: Effect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Keeps the answer back until it is released.
    Hold,
    DelayMs(u64),
    /// Sends the body in pieces with so much time before each.
    SlowMs(u64),
    Status {
        status: u16,
        retry_after: Retry,
    },
    Redirect(String),
    /// Sends another body, whatever it is.
    Body(String),
    /// Sends half of the body and ends the connection; with `Reset` by RST.
    Cut,
    Reset,
    /// Ends the connection without an answer.
    Silent,
    Lie(Lie),
}

/// What an API claims and does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The page is left out, and the total still counts it.
    DropPage,
    /// From this page on the total is smaller by so many.
    ShrinkTotal(usize),
    /// From this page on the way on leads to the same page.
    Repeat,
}

/// What an error says about when to come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    Unsaid,
    Seconds(u64),
    /// So many seconds from now, as a date.
    Date(u64),
    Text(String),
}

impl Rule {
    pub fn new(path: impl Into<String>, effect: Effect) -> Rule {
        Rule { path: path.into(), nth: 1, times: usize::MAX, effect }
    }

    /// For one request only, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: usize) -> Rule {
        (self.nth, self.times) = (nth, 1);
        self
    }

    #[must_use]
    pub fn times(mut self, times: usize) -> Rule {
        self.times = times;
        self
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == self.path,
        }
    }

    /// Whether it is for the request with this number.
    pub(super) fn holds_for(&self, number: usize) -> bool {
        number >= self.nth && number - self.nth < self.times
    }

    /// Reads `path`, `nth`, `times`, `do` and what that needs.
    pub(super) fn from_query(query: &Query) -> Result<Rule, String> {
        let number = |name: &str, otherwise: usize| match query.get(name) {
            Some(value) => read::<usize>(name, value),
            None => Ok(otherwise),
        };
        let milliseconds = |name: &str| read(name, query.get(name).unwrap_or(""));
        let text = |name: &str| query.get(name).unwrap_or("").to_owned();
        let effect = match query.get("do").unwrap_or("") {
            "hold" => Effect::Hold,
            "delay" => Effect::DelayMs(milliseconds("ms")?),
            "slow" => Effect::SlowMs(milliseconds("ms")?),
            "status" => Effect::Status {
                status: read("status", query.get("status").unwrap_or(""))?,
                retry_after: retry(query)?,
            },
            "redirect" => Effect::Redirect(text("to")),
            "body" => Effect::Body(text("body")),
            "cut" => Effect::Cut,
            "reset" => Effect::Reset,
            "silent" => Effect::Silent,
            "drop_page" => Effect::Lie(Lie::DropPage),
            "shrink_total" => Effect::Lie(Lie::ShrinkTotal(number("by", 1)?)),
            "repeat" => Effect::Lie(Lie::Repeat),
            other => return Err(format!("unknown effect {other}")),
        };
        let once = if query.get("nth").is_some() { 1 } else { usize::MAX };
        let path = query.get("path").ok_or("a rule needs a path")?.to_owned();
        Ok(Rule { path, nth: number("nth", 1)?, times: number("times", once)?, effect })
    }
}

fn retry(query: &Query) -> Result<Retry, String> {
    if let Some(value) = query.get("retry_after") {
        return Ok(value.parse().map_or_else(|_| Retry::Text(value.to_owned()), Retry::Seconds));
    }
    match query.get("retry_date") {
        Some(value) => Ok(Retry::Date(read("retry_date", value)?)),
        None => Ok(Retry::Unsaid),
    }
}
