//! Expressions, places and short forms: everything an author writes inside a text.
//!
//! [`compile`] turns a template into an [`Expr`]: `template` parses (it alone knows the parser's crate), `guard` refuses
//! what would hurt the parser, `check` finds names and types, `eval` computes. Nothing here knows requests, streams or
//! the clock: a [`Scope`] gives values when they are asked for.

mod arithmetic;
mod check;
mod compare;
mod eval;
mod foreign;
mod functions;
mod guard;
mod instant;
mod names;
mod scope;
mod syntax;
mod template;
mod tree;
mod types;
mod write;

pub mod place;
pub mod shorthand;

#[cfg(test)]
mod tests;

pub use check::REGEX_SIZE;
pub use check::compile;
pub use compare::truth;
pub use eval::Compiled;
pub use functions::{Arg, Form, Function, all as functions};
pub use guard::{DEEPEST, LONGEST};
pub use names::{Entry, Member, Names, Root, Shape};
pub use scope::{Over, Scope, Slots};
pub use types::Types;
pub use write::LONGEST as LONGEST_TEXT;

use crate::data::{Step, Value};
use crate::fault::Fault;
use std::fmt;

/// What an expression must give where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A value: one whole expression keeps its type, everything else is a text.
    Value,
    /// A text, also from a single expression; absent and null are refused.
    Text,
    /// A path of an address: each expression is written as one encoded segment, one that begins the text as it is.
    Path,
    /// True or false by SEMANTICS rule 27.
    Condition,
}

/// The rules of the place where an expression stands.
#[derive(Clone, Debug)]
pub struct Site {
    pub wants: Wants,
    /// Secrets may be used here.
    pub secrets: bool,
    /// The text must be exactly one expression.
    pub whole: bool,
    /// What a whole value may be; missing values are always allowed.
    pub types: Types,
}

impl Site {
    pub fn new(wants: Wants) -> Site {
        Site { wants, secrets: false, whole: false, types: Types::ANY }
    }

    #[must_use]
    pub fn secrets(mut self) -> Site {
        self.secrets = true;
        self
    }

    #[must_use]
    pub fn whole(mut self) -> Site {
        self.whole = true;
        self
    }

    #[must_use]
    pub fn types(mut self, types: Types) -> Site {
        self.types = types;
        self
    }
}

/// A compiled expression. It never coerces; what its site asks for was woven in.
pub trait Expr: Send + Sync + fmt::Debug {
    fn eval(&self, scope: &dyn Scope) -> Result<Value, Fault>;
    fn uses(&self) -> &Uses;
}

/// What an expression reads, known before it runs: it drives projection, prefetch and secrecy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uses {
    /// Names in the order of their first use.
    pub names: Vec<String>,
    /// Members of `params`.
    pub params: Vec<String>,
    /// Ways into the page; the first step is `response` or `records`.
    pub envelope: Places,
    /// Ways into `record`.
    pub record: Places,
    /// A secret goes into the value.
    pub secret: bool,
    /// `fields()` is called.
    pub fields: bool,
}

impl Uses {
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// Which parts of something are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Places {
    #[default]
    None,
    Some(Vec<Vec<Step>>),
    All,
}

impl Places {
    /// Adds a way; no steps at all is everything.
    pub fn add(&mut self, steps: &[Step]) {
        match self {
            _ if steps.is_empty() => *self = Places::All,
            Places::None => *self = Places::Some(vec![steps.to_vec()]),
            Places::Some(known) if known.iter().any(|known| known == steps) => {}
            Places::Some(known) => known.push(steps.to_vec()),
            Places::All => {}
        }
    }
}

/// Returns the text that an expression gives in every scope, if it reads nothing.
pub fn constant_text(compiled: &Compiled) -> Option<String> {
    if !compiled.uses().names.is_empty() {
        return None;
    }
    match compiled.eval(&Slots::new(Vec::new(), jiff::Timestamp::UNIX_EPOCH)).ok()? {
        crate::data::Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}
