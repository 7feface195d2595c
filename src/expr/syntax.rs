//! The syntax tree of a template: what was written, with places, before names and types are known.

use std::ops::Range;
use std::sync::Arc;

/// One expression and the bytes it stands in.
pub(super) struct Syntax {
    pub(super) range: Range<usize>,
    pub(super) what: What,
}

pub(super) enum What {
    Null,
    Bool(bool),
    /// Digits as they were written, a leading minus included.
    Number(String),
    Text(Arc<str>),
    Name(String),
    Member(Box<Syntax>, String),
    Item(Box<Syntax>, Box<Syntax>),
    Slice(Box<Syntax>, [Option<Box<Syntax>>; 3]),
    Not(Box<Syntax>),
    Negate(Box<Syntax>),
    And(Box<Syntax>, Box<Syntax>),
    Or(Box<Syntax>, Box<Syntax>),
    Join(Box<Syntax>, Box<Syntax>),
    Arithmetic(Arithmetic, Box<Syntax>, Box<Syntax>),
    Compare(Box<Syntax>, Vec<(Comparison, Syntax)>),
    Choose {
        test: Box<Syntax>,
        then: Box<Syntax>,
        otherwise: Option<Box<Syntax>>,
    },
    Filter {
        input: Box<Syntax>,
        name: Word,
        args: Vec<Argument>,
    },
    Call {
        name: Word,
        args: Vec<Argument>,
    },
    Is(Box<Syntax>, Word),
    List(Vec<Syntax>),
    Map(Vec<(Syntax, Syntax)>),
}

/// A name with its place.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

pub(super) struct Argument {
    pub(super) keyword: Option<String>,
    pub(super) value: Syntax,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// A part of a text.
pub(super) enum Piece {
    Raw(Arc<str>),
    Value(Syntax),
    If { test: Syntax, then: Vec<Piece>, otherwise: Vec<Piece> },
}

/// A token, as far as the guard looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Raw,
    ValueStart,
    ValueEnd,
    BlockStart,
    BlockEnd,
    Name(&'a str),
    Number,
    Text,
    Minus,
    Pipe,
    /// An opening bracket of any kind.
    Open,
    Close,
    Other,
}

pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) range: Range<usize>,
}
