//! The compiled tree: names are numbers, types are checked, literals are made.

use super::functions::Function;
use super::names::Root;
use super::syntax::{Arithmetic, Comparison};
use crate::data::{Step, Value};
use std::ops::Range;
use std::sync::Arc;

/// The bytes of the source that a node came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    start: u32,
    end: u32,
}

impl At {
    pub(super) fn new(range: &Range<usize>) -> At {
        // Sources are at most 8 KiB.
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        At { start: narrow(range.start), end: narrow(range.end) }
    }

    pub(super) fn of(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or(source)
    }
}

#[derive(Debug)]
pub(super) enum Node {
    Const(Value),
    Look { root: Root, steps: Vec<Step> },
    Now,
    Member(Box<Node>, Step),
    Item(Box<Node>, Box<Node>, At),
    Slice(Box<Node>, Box<[Option<Node>; 3]>, At),
    Not(Box<Node>, At),
    Negate(Box<Node>, At),
    And(Box<Node>, Box<Node>, At),
    Or(Box<Node>, Box<Node>, At),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>, At),
    Compare(Box<Node>, Vec<(Comparison, Node)>, At),
    Choose { test: Box<Node>, then: Box<Node>, otherwise: Option<Box<Node>>, at: At },
    Default(Box<Node>, Box<Node>),
    Call(Box<Call>),
    Fields(Vec<Step>),
    Uuid,
    Is(Test, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Arc<str>, Node)>),
    Text(Vec<Part>),
    Path(Vec<Part>),
    Truth(Box<Node>, At),
}

/// A filter or function applied.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: &'static Function,
    pub(super) input: Option<Node>,
    pub(super) args: Vec<Option<Node>>,
    pub(super) regex: Option<regex::Regex>,
    pub(super) at: At,
}

#[derive(Debug)]
pub(super) enum Part {
    Raw(Arc<str>),
    Value(Node, At),
    If { test: Node, then: Vec<Part>, otherwise: Vec<Part>, at: At },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Defined,
    None,
    Text,
    Number,
    List,
    Map,
}

impl Test {
    pub(super) const NAMES: [(&'static str, Test); 6] = [
        ("defined", Test::Defined),
        ("none", Test::None),
        ("string", Test::Text),
        ("number", Test::Number),
        ("list", Test::List),
        ("map", Test::Map),
    ];

    pub(super) fn holds(self, value: &Value) -> bool {
        match self {
            Test::Defined => !matches!(value, Value::Absent),
            Test::None => matches!(value, Value::Null),
            Test::Text => matches!(value, Value::Text(_)),
            Test::Number => matches!(value, Value::Int(_) | Value::Number(_)),
            Test::List => matches!(value, Value::List(_)),
            Test::Map => matches!(value, Value::Map(_)),
        }
    }
}
