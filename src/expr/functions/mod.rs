//! Filters and functions, by family. To add one: a [`Function`] in its family's `ALL`, with an example.

mod encode;
mod escape;
mod hash;
mod json;
mod list;
mod number;
mod order;
mod request;
mod text;
mod time;

pub(super) use encode::segment;
pub(super) use list::slice;

use super::types::Types;
use crate::data::Value;
use crate::name::nearest;

/// What a filter or function is: the checker, the tests and the reference pages read it.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    pub doc: &'static str,
    /// What it takes from the left of `|`; nothing for a function that is called.
    pub input: Types,
    pub args: &'static [Arg],
    pub gives: Types,
    /// It is also run on absent and null; all others give those back (SEMANTICS rule 25).
    pub sees_missing: bool,
    /// Secrets may go through (SEMANTICS rule 43).
    pub secrets: bool,
    /// Expressions with what they give, as JSON.
    pub examples: &'static [(&'static str, &'static str)],
    pub(super) run: fn(&Given<'_>) -> Result<Value, String>,
}

impl Function {
    const fn filter(
        name: &'static str,
        doc: &'static str,
        input: Types,
        gives: Types,
        run: fn(&Given<'_>) -> Result<Value, String>,
    ) -> Function {
        Function { name, doc, input, args: &[], gives, sees_missing: false, secrets: false, examples: &[], run }
    }

    const fn takes(mut self, args: &'static [Arg]) -> Function {
        self.args = args;
        self
    }

    const fn shows(mut self, examples: &'static [(&'static str, &'static str)]) -> Function {
        self.examples = examples;
        self
    }

    const fn sees_missing(mut self) -> Function {
        self.sees_missing = true;
        self
    }

    const fn passes_secrets(mut self) -> Function {
        self.secrets = true;
        self
    }

    /// Says whether it is called by its name, without a value on its left.
    pub fn is_called(&self) -> bool {
        self.input == Types::NOTHING
    }

    /// Shows how it is written.
    pub fn usage(&self) -> String {
        let args: Vec<_> = self
            .args
            .iter()
            .map(|arg| if arg.required { arg.name.to_owned() } else { format!("{}?", arg.name) })
            .collect();
        match (self.is_called(), args.is_empty()) {
            (true, _) => format!("{}({})", self.name, args.join(", ")),
            (false, true) => format!("x | {}", self.name),
            (false, false) => format!("x | {}({})", self.name, args.join(", ")),
        }
    }
}

#[derive(Debug)]
pub struct Arg {
    pub name: &'static str,
    pub doc: &'static str,
    pub types: Types,
    pub required: bool,
    pub form: Form,
}

impl Arg {
    const fn new(name: &'static str, types: Types, doc: &'static str) -> Arg {
        Arg { name, doc, types, required: true, form: Form::Any }
    }

    const fn optional(mut self) -> Arg {
        self.required = false;
        self
    }

    const fn form(mut self, form: Form) -> Arg {
        self.form = form;
        self
    }
}

/// What the text of an argument must be, checked at once where it is a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Any,
    /// A linear regular expression, literal only.
    Regex,
    /// A date pattern.
    Pattern,
    /// What `time` reads: a word or a date pattern.
    Reading,
    Zone,
    Duration,
    /// One of these words, literal only.
    Words(&'static [&'static str]),
    /// A place in the record, literal only.
    Place,
}

/// What a function is run on.
pub(super) struct Given<'g> {
    pub(super) input: &'g Value,
    /// One for each declared argument; those that were not given are absent.
    pub(super) args: &'g [&'g Value],
    pub(super) regex: Option<&'g regex::Regex>,
    pub(super) now: jiff::Timestamp,
}

impl Given<'_> {
    fn arg(&self, at: usize) -> &Value {
        self.args.get(at).copied().unwrap_or(&Value::Absent)
    }

    fn text(&self) -> &str {
        text_of(self.input)
    }

    fn text_arg(&self, at: usize) -> Option<&str> {
        match self.arg(at) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn int_arg(&self, at: usize) -> Option<i64> {
        match self.arg(at) {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// Returns all filters and functions, by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    [
        time::ALL,
        list::ALL,
        order::ALL,
        text::ALL,
        number::ALL,
        json::ALL,
        encode::ALL,
        hash::ALL,
        escape::ALL,
        request::ALL,
    ]
    .into_iter()
    .flatten()
}

pub(super) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

pub(super) fn near(name: &str) -> Option<&'static str> {
    nearest(name, all().map(|function| function.name))
}
