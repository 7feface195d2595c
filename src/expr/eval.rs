//! Computes a compiled tree. Values are borrowed from the scope as long as nothing new is made.

use super::functions::Given;
use super::names::Root;
use super::scope::Scope;
use super::tree::{At, Call, Node, Part};
use super::types::Types;
use super::{Expr, Uses, arithmetic, compare, functions, write};
use crate::data::{Step, Style, Time, Value};
use crate::fault::{Fault, Kind};
use std::borrow::Cow;
use std::sync::Arc;

/// A checked expression, ready to run anywhere.
#[derive(Debug)]
pub struct Compiled {
    pub(super) node: Node,
    pub(super) uses: Uses,
    pub(super) types: Types,
    pub(super) source: Arc<str>,
}

impl Compiled {
    /// What the value may be, as far as it is known.
    pub fn types(&self) -> Types {
        self.types
    }

    /// Returns the value if it is the same in every scope.
    pub fn literal(&self) -> Option<&Value> {
        match &self.node {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    pub fn source(&self) -> &str {
        &self.source
    }
}

impl Expr for Compiled {
    fn eval(&self, scope: &dyn Scope) -> Result<Value, Fault> {
        Run { scope, source: &self.source }.node(&self.node).map(Cow::into_owned)
    }

    fn uses(&self) -> &Uses {
        &self.uses
    }
}

fn follow<'v>(value: Cow<'v, Value>, by: &Step) -> Cow<'v, Value> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.step(by)),
        Cow::Owned(value) => Cow::Owned(value.step(by).clone()),
    }
}

struct Run<'s> {
    scope: &'s dyn Scope,
    source: &'s str,
}

type Found<'s> = Result<Cow<'s, Value>, Fault>;

impl<'s> Run<'s> {
    fn fault(&self, at: At, message: impl Into<String>) -> Fault {
        Fault::new(Kind::Data, "evaluate", message).with("in", at.of(self.source))
    }

    /// Gives a computed value its place if it failed.
    fn made(&self, at: At, value: Result<Value, String>) -> Found<'s> {
        value.map(Cow::Owned).map_err(|message| self.fault(at, message))
    }

    fn holds(&self, test: &'s Node, at: At) -> Result<bool, Fault> {
        compare::truth(&*self.node(test)?).map_err(|message| self.fault(at, message))
    }

    fn node(&self, node: &'s Node) -> Found<'s> {
        Ok(match node {
            Node::Const(value) => Cow::Borrowed(value),
            Node::Look { root, steps } => return self.look(*root, steps),
            Node::Now => Cow::Owned(Value::Time(Time { at: self.scope.now(), style: Style::Rfc3339 })),
            Node::Member(base, by) => follow(self.node(base)?, by),
            Node::Item(base, key, at) => {
                let base = self.node(base)?;
                match &*self.node(key)? {
                    Value::Text(key) => follow(base, &Step::Key(Arc::clone(key))),
                    Value::Int(index) => follow(base, &Step::Index(*index)),
                    Value::Absent | Value::Null => Cow::Borrowed(&Value::Absent),
                    other => {
                        return Err(self.fault(*at, format!("`[ ]` takes a text or an integer, not {}", other.what())));
                    }
                }
            }
            Node::Slice(base, bounds, at) => return self.slice(base, bounds, *at),
            Node::Not(inner, at) => Cow::Owned(Value::Bool(!self.holds(inner, *at)?)),
            Node::Negate(inner, at) => return self.made(*at, arithmetic::negate(&*self.node(inner)?)),
            Node::And(left, right, at) => {
                let value = self.node(left)?;
                let holds = compare::truth(&value).map_err(|message| self.fault(*at, message))?;
                if holds { self.node(right)? } else { value }
            }
            Node::Or(left, right, at) => {
                let value = self.node(left)?;
                let holds = compare::truth(&value).map_err(|message| self.fault(*at, message))?;
                if holds { value } else { self.node(right)? }
            }
            Node::Arithmetic(op, left, right, at) => {
                return self.made(*at, arithmetic::compute(*op, &*self.node(left)?, &*self.node(right)?));
            }
            Node::Compare(first, rest, at) => {
                let mut left = self.node(first)?;
                for (op, right) in rest {
                    let right = self.node(right)?;
                    if !compare::compare(*op, &left, &right).map_err(|message| self.fault(*at, message))? {
                        return Ok(Cow::Owned(Value::Bool(false)));
                    }
                    left = right;
                }
                Cow::Owned(Value::Bool(true))
            }
            Node::Choose { test, then, otherwise, at } => match (self.holds(test, *at)?, otherwise) {
                (true, _) => self.node(then)?,
                (false, Some(otherwise)) => self.node(otherwise)?,
                (false, None) => Cow::Borrowed(&Value::Absent),
            },
            Node::Default(value, other) => match self.node(value)? {
                value if matches!(*value, Value::Absent | Value::Null) => self.node(other)?,
                value => value,
            },
            Node::Call(call) => return self.call(call),
            Node::Fields(under) => Cow::Owned(self.scope.fields(under)?),
            Node::Uuid => Cow::Owned(self.scope.uuid()?),
            Node::Is(test, inner) => Cow::Owned(Value::Bool(test.holds(&*self.node(inner)?))),
            Node::List(items) => Cow::Owned(self.list(items)?),
            Node::Map(members) => Cow::Owned(self.map(members)?),
            Node::Text(parts) => {
                let mut out = String::new();
                self.text(parts, &mut out)?;
                Cow::Owned(Value::Text(out.into()))
            }
            Node::Path(parts) => {
                let mut out = String::new();
                self.path(parts, &mut out)?;
                Cow::Owned(Value::Text(out.into()))
            }
            Node::Truth(inner, at) => Cow::Owned(Value::Bool(self.holds(inner, *at)?)),
        })
    }

    fn look(&self, root: Root, steps: &'s [Step]) -> Found<'s> {
        self.scope.look(root, steps)
    }

    fn slice(&self, base: &'s Node, bounds: &'s [Option<Node>; 3], at: At) -> Found<'s> {
        let base = self.node(base)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                let bound = self.node(bound)?;
                if !matches!(*bound, Value::Absent | Value::Null) {
                    *number = Some(arithmetic::integer(&bound).map_err(|message| self.fault(at, message))?);
                }
            }
        }
        self.made(at, functions::slice(&base, numbers))
    }

    /// Absent elements are left out.
    fn list(&self, items: &'s [Node]) -> Result<Value, Fault> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            match self.node(item)?.into_owned() {
                Value::Absent => {}
                value => list.push(value),
            }
        }
        Ok(Value::List(Arc::new(list)))
    }

    /// Absent members are left out.
    fn map(&self, members: &'s [(Arc<str>, Node)]) -> Result<Value, Fault> {
        let mut map = Vec::with_capacity(members.len());
        for (key, value) in members {
            match self.node(value)?.into_owned() {
                Value::Absent => {}
                value => map.push((Arc::clone(key), value)),
            }
        }
        Ok(Value::Map(Arc::new(map)))
    }

    fn call(&self, call: &'s Call) -> Found<'s> {
        let function = call.function;
        let input = match &call.input {
            Some(input) => self.node(input)?,
            None => Cow::Borrowed(&Value::Absent),
        };
        if call.input.is_some() {
            if matches!(*input, Value::Absent | Value::Null) && !function.sees_missing {
                return Ok(input);
            }
            let types = Types::of(&input);
            if !types.meets(function.input.or(Types::MISSING)) {
                let message = format!("`{}` needs {}, this is {types}", function.name, function.input);
                return Err(self.fault(call.at, message));
            }
        }
        let mut args = Vec::with_capacity(call.args.len());
        for (arg, written) in function.args.iter().zip(&call.args) {
            let value = match written {
                Some(node) => self.node(node)?,
                None => Cow::Borrowed(&Value::Absent),
            };
            let types = Types::of(&value);
            if written.is_some() && !types.meets(arg.types) && (arg.required || types != Types::ABSENT) {
                let message = format!("`{}` of `{}` is {}, this is {types}", arg.name, function.name, arg.types);
                return Err(self.fault(call.at, message));
            }
            args.push(value);
        }
        let args: Vec<&Value> = args.iter().map(|arg| &**arg).collect();
        let given = Given { input: &input, args: &args, regex: call.regex.as_ref(), now: self.scope.now() };
        self.made(call.at, (function.run)(&given))
    }

    fn text(&self, parts: &'s [Part], out: &mut String) -> Result<(), Fault> {
        for part in parts {
            match part {
                Part::Raw(raw) => out.push_str(raw),
                Part::Value(node, at) => self.append(node, *at, out)?,
                Part::If { test, then, otherwise, at } => {
                    self.text(if self.holds(test, *at)? { then } else { otherwise }, out)?;
                }
            }
        }
        Ok(())
    }

    /// Appends a value to a text; a choice without another side appends nothing (SEMANTICS rule 26).
    fn append(&self, node: &'s Node, at: At, out: &mut String) -> Result<(), Fault> {
        match node {
            Node::Choose { test, then, otherwise, at: inner } => match (self.holds(test, *inner)?, otherwise) {
                (true, _) => self.append(then, at, out),
                (false, Some(otherwise)) => self.append(otherwise, at, out),
                (false, None) => Ok(()),
            },
            Node::Text(parts) => self.text(parts, out),
            _ => write::scalar(&*self.node(node)?, out).map_err(|message| self.fault(at, message)),
        }
    }

    /// Writes an address: each expression is one encoded segment (SEMANTICS rule 40).
    fn path(&self, parts: &'s [Part], out: &mut String) -> Result<(), Fault> {
        for part in parts {
            match part {
                Part::Raw(raw) => out.push_str(raw),
                Part::Value(node, at) => {
                    let encoded = matches!(node, Node::Call(call) if call.function.name == "path");
                    let mut text = String::new();
                    self.append(node, *at, &mut text)?;
                    if out.is_empty() || encoded {
                        out.push_str(&text);
                    } else {
                        let segment = functions::segment(&text).map_err(|message| self.fault(*at, message))?;
                        out.push_str(&segment);
                    }
                }
                Part::If { test, then, otherwise, at } => {
                    self.path(if self.holds(test, *at)? { then } else { otherwise }, out)?;
                }
            }
        }
        Ok(())
    }
}
