//! The scenarios of faults under `/s/<scenario>~<run>/…`: one family a file, each with a table of its scenarios.
//!
//! To add a scenario: a function in the file of its family, and a line in the table there.

mod archive;
mod ask;
mod auth;
mod body;
mod data;
mod destination;
mod egress;
mod incremental;
mod json;
mod manifest;
mod package;
mod paging;
mod rows;
mod status;
mod template;
mod write;

pub(crate) use ask::{Ask, gate};

use super::run::Memory;
use super::wire::Answer;
use serde::Serialize;

/// One scenario: what it is for and what must come out of it.
#[derive(Clone, Serialize)]
pub struct Scenario {
    pub name: &'static str,
    pub group: &'static str,
    /// How it pages: page, offset, cursor, link, linkheader, inc, parents, none, jsonl, post or file.
    pub style: &'static str,
    pub expect: &'static str,
    /// The first and last id that must arrive.
    pub ids: Option<(u32, u32)>,
    /// The most requests host A may see in a phase.
    pub max_requests: Option<usize>,
    /// The most requests host B may see.
    pub b_max: Option<usize>,
    /// Whether the sync must fail; `None` where either is right.
    pub fails: Option<bool>,
    pub note: &'static str,
    #[serde(skip)]
    pub(crate) serve: fn(&Ask<'_>) -> Answer,
    /// Judges the log of a run.
    #[serde(skip)]
    pub(crate) verify: Option<fn(&Memory) -> Vec<String>>,
}

impl Scenario {
    const fn new(
        group: &'static str,
        style: &'static str,
        name: &'static str,
        serve: fn(&Ask<'_>) -> Answer,
        expect: &'static str,
    ) -> Self {
        Scenario {
            name,
            group,
            style,
            expect,
            ids: None,
            max_requests: None,
            b_max: None,
            fails: None,
            note: "",
            serve,
            verify: None,
        }
    }

    const fn ids(mut self, first: u32, last: u32) -> Self {
        self.ids = Some((first, last));
        self
    }

    const fn most(mut self, requests: usize) -> Self {
        self.max_requests = Some(requests);
        self
    }

    const fn most_b(mut self, requests: usize) -> Self {
        self.b_max = Some(requests);
        self
    }

    const fn succeeds(mut self) -> Self {
        self.fails = Some(false);
        self
    }

    const fn fails(mut self) -> Self {
        self.fails = Some(true);
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    const fn verify(mut self, verify: fn(&Memory) -> Vec<String>) -> Self {
        self.verify = Some(verify);
        self
    }
}

const FAMILIES: [&[Scenario]; 13] = [
    paging::ALL,
    incremental::ALL,
    status::ALL,
    body::ALL,
    json::ALL,
    destination::ALL,
    egress::ALL,
    auth::ALL,
    template::ALL,
    write::ALL,
    package::ALL,
    manifest::ALL,
    data::ALL,
];

/// Returns every scenario, family by family.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    FAMILIES.into_iter().flatten()
}

pub(crate) fn find(name: &str) -> Option<&'static Scenario> {
    scenarios().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct() {
        let names = scenarios().map(|scenario| scenario.name).collect::<Vec<_>>();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
