//! What others read of an answer.

use crate::components::context::Read;
use crate::data::Step;
use crate::data::json::Wanted;
use crate::expr::{Compiled, Expr as _, Places};
use crate::fault::{Fault, Kind};

/// What of an answer is needed beside its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wants<'a> {
    /// What paginator, error rules, limits and `expect` read of the answer.
    pub envelope: &'a [Read],
    /// The columns that are asked for, all unless given; key and position are always there.
    pub selection: Option<&'a [String]>,
    /// Children read the rows of this stream.
    pub parents: bool,
    /// Hashes of the raw records (SEMANTICS rule 13).
    pub hashes: bool,
    /// The first and the last raw record of a page.
    pub ends: bool,
}

/// The same, compiled.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Of the body.
    pub(super) body: Wanted,
    /// Of the list of records.
    pub(super) list: Wanted,
    pub(super) ends: bool,
}

impl Needs {
    pub(super) fn new(wants: &Wants<'_>) -> Result<Self, Fault> {
        let mut needs = Self { ends: wants.ends, ..Self::default() };
        for read in wants.envelope {
            match read {
                Read::Header(_) => {}
                Read::Place(path) => needs.body.add(path.steps().unwrap_or_default()),
                Read::Expr(compiled) => needs.expr(compiled),
                Read::PlaceOf(param) => {
                    return Err(Fault::new(Kind::Internal, "read rows", format!("the place `{param}` is not decided")));
                }
            }
        }
        Ok(needs)
    }

    fn expr(&mut self, compiled: &Compiled) {
        match &compiled.uses().envelope {
            Places::None => {}
            Places::All => {
                self.body.add(&[]);
                self.list.add(&[]);
            }
            Places::Some(ways) => ways.iter().for_each(|way| self.way(way)),
        }
    }

    fn way(&mut self, way: &[Step]) {
        let is = |step: &Step, name: &str| matches!(step, Step::Key(key) if **key == *name);
        match way {
            [first] if is(first, "response") => self.body.add(&[]),
            [first, second, rest @ ..] if is(first, "response") && is(second, "body") => self.body.add(rest),
            [first, rest @ ..] if is(first, "records") => self.list.add(rest),
            _ => {}
        }
    }
}
