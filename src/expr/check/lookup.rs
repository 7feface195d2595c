//! Names and their members.

use super::{Checker, Typed};
use crate::data::Step;
use crate::diagnostic::{Code, Problem};
use crate::expr::foreign;
use crate::expr::functions;
use crate::expr::names::{Member, Root, Shape};
use crate::expr::syntax::{Syntax, What};
use crate::expr::tree::{At, Node};
use crate::expr::types::Types;
use crate::name::{listed, nearest};
use std::ops::Range;
use std::sync::Arc;

impl Checker<'_> {
    /// Checks a way into a value and notes what it reads.
    pub(super) fn looked_up(&mut self, syntax: &Syntax) -> Option<Typed> {
        let mut typed = self.chain(syntax)?;
        self.note(&typed.node);
        // A whole that holds a secret is one, and nobody means to hand all of it over.
        if typed.shape.holds_secret() && !self.asking {
            self.secret(&syntax.range, "a secret is among these values", "name the values one by one");
            return None;
        }
        typed.secret |= typed.shape.holds_secret();
        if typed.secret && !self.site.secrets && !self.asking {
            self.secret(
                &syntax.range,
                "a secret can't be used here",
                "secrets may stand in `auth` and in parts of requests",
            );
            return None;
        }
        Some(typed)
    }

    fn chain(&mut self, syntax: &Syntax) -> Option<Typed> {
        match &syntax.what {
            What::Name(name) => self.name(name, &syntax.range),
            What::Member(base, name) => {
                let base_typed = self.base(base)?;
                let start = syntax.range.end.saturating_sub(name.len());
                self.member(base_typed, base, name, start..syntax.range.end)
            }
            What::Item(base, key) => self.item(base, key, &syntax.range),
            _ => self.expr(syntax),
        }
    }

    fn base(&mut self, base: &Syntax) -> Option<Typed> {
        if is_way(base) { self.chain(base) } else { self.expr(base) }
    }

    fn name(&mut self, name: &str, range: &Range<usize>) -> Option<Typed> {
        let Some(entry) = self.names.get(name) else {
            return self.unknown(name, range);
        };
        let node = if entry.root == Root::NOW { Node::Now } else { Node::Look { root: entry.root, steps: Vec::new() } };
        if !self.uses.has(name) {
            self.uses.names.push(name.to_owned());
        }
        let types = entry.shape.types();
        Some(Typed { node, types, shape: entry.shape.clone(), absent: None, secret: entry.secret })
    }

    fn unknown(&mut self, name: &str, range: &Range<usize>) -> Option<Typed> {
        if let Some(place) = self.names.explain(name) {
            let message = format!("`{name}` is not in scope here");
            return self.fail(Problem::new(Code::E0310, range.clone(), message).help(format!("`{name}` is {place}")));
        }
        let problem = Problem::new(Code::E0302, range.clone(), format!("unknown name `{name}`"));
        if let Some(advice) = self.names.advice(name) {
            return self.fail(problem.help(advice));
        }
        let near = self.names.nearest(name).map(ToOwned::to_owned);
        let known: Vec<_> = self.names.iter().map(|(name, _)| name).collect();
        let help = match functions::find(name) {
            Some(function) => format!("`{name}` is written `{}`", function.usage()),
            None if known.is_empty() => "there are no names in scope here".to_owned(),
            None => format!("in scope here: {}", known.join(", ")),
        };
        let mut problem = problem.help(help).nearest(near.clone());
        problem.replacement = near;
        self.fail(problem)
    }

    fn member(&mut self, base: Typed, at: &Syntax, name: &str, range: Range<usize>) -> Option<Typed> {
        let member = match &base.shape {
            Shape::Record(members) => {
                let Some((_, member)) = members.iter().find(|(known, _)| &**known == name) else {
                    return self.fail(no_member(members, at, name, range));
                };
                Some(member.clone())
            }
            Shape::Data => None,
            Shape::List(_) => {
                let problem = Problem::new(Code::E0306, range, format!("a list has no member `{name}`"));
                return self
                    .fail(problem.help(format!("write `[0].{name}`, or `| map(attribute='{name}')` for all of them")));
            }
            Shape::Scalar(types) if types.meets(Types::MAP) => None,
            Shape::Scalar(types) => {
                let problem = Problem::new(Code::E0306, range, format!("{types} has no member `{name}`"));
                return self.fail(problem.help(foreign::method(name)));
            }
        };
        if matches!(base.node, Node::Look { root: Root::PARAMS, ref steps } if steps.is_empty())
            && !self.uses.params.iter().any(|known| known == name)
        {
            self.uses.params.push(name.to_owned());
        }
        let node = push(base.node, Step::Key(name.into()));
        let (shape, secret, absent) = match member {
            Some(member) => (member.shape, member.secret, member.absent),
            None => (Shape::Data, false, None),
        };
        let here = matches!(&node, Node::Look { root, steps } if self.present.iter().any(|(known, way)| known == root && way.starts_with(steps)));
        let absent = if here { None } else { absent.or(base.absent) };
        let types = if absent.is_some() { shape.types().or(Types::ABSENT) } else { shape.types() };
        Some(Typed { node, types, shape, absent, secret: secret || base.secret })
    }

    fn item(&mut self, base: &Syntax, key: &Syntax, range: &Range<usize>) -> Option<Typed> {
        let typed = self.base(base)?;
        match &key.what {
            What::Text(name) => return self.member(typed, base, name, key.range.clone()),
            What::Number(digits) => {
                let Ok(index) = digits.parse() else {
                    return self.fail(Problem::new(Code::E0306, key.range.clone(), "an index is an integer"));
                };
                return self.element(typed, index, range);
            }
            _ => {}
        }
        // What is read can't be said more exactly than the whole it is taken from.
        if is_way(base) {
            self.note(&typed.node);
            if typed.secret && !self.site.secrets && !self.asking {
                self.secret(
                    range,
                    "a secret can't be used here",
                    "secrets may stand in `auth` and in parts of requests",
                );
                return None;
            }
        }
        if let Shape::Record(_) = typed.shape {
            let problem =
                Problem::new(Code::E0311, key.range.clone(), "a computed member of a value whose members are known");
            return self.fail(problem.help("write the member's name"));
        }
        let key_typed = self.expr(key)?;
        self.open(&key_typed, &key.range, "`[ ]`");
        self.need(&key_typed, Types::TEXT.or(Types::INTEGER).or(Types::NUMBER), &key.range, "`[ ]`");
        self.need(&typed, Types::MAP.or(Types::LIST), &base.range, "`[ ]`");
        let node = Node::Item(Box::new(typed.node), Box::new(key_typed.node), At::new(range));
        let shape = match typed.shape {
            Shape::List(inner) => *inner,
            _ => Shape::Data,
        };
        let types = shape.types().or(Types::ABSENT);
        Some(Typed { node, types, shape, absent: typed.absent, secret: typed.secret })
    }

    fn element(&mut self, base: Typed, index: i64, range: &Range<usize>) -> Option<Typed> {
        if !self.need(&base, Types::LIST, range, "an index") {
            return None;
        }
        let node = push(base.node, Step::Index(index));
        let shape = match base.shape {
            Shape::List(inner) => *inner,
            _ => Shape::Data,
        };
        let types = shape.types().or(Types::ABSENT);
        Some(Typed { node, types, shape, absent: base.absent, secret: base.secret })
    }

    /// Notes what a look-up reads.
    pub(super) fn note(&mut self, node: &Node) {
        match node {
            Node::Look { root: Root::RECORD, steps } => self.uses.record.add(steps),
            Node::Look { root, steps } if *root == Root::RESPONSE || *root == Root::RECORDS => {
                let name = if *root == Root::RESPONSE { "response" } else { "records" };
                let mut way = vec![Step::Key(name.into())];
                way.extend(steps.iter().cloned());
                self.uses.envelope.add(&way);
            }
            _ => {}
        }
    }
}

pub(super) fn is_way(syntax: &Syntax) -> bool {
    matches!(syntax.what, What::Name(_) | What::Member(..) | What::Item(..))
}

/// Adds a step; behind a name it becomes part of one look-up.
fn push(node: Node, step: Step) -> Node {
    match node {
        Node::Look { root, mut steps } => {
            steps.push(step);
            Node::Look { root, steps }
        }
        node => Node::Member(Box::new(node), step),
    }
}

fn no_member(members: &[(Arc<str>, Member)], base: &Syntax, name: &str, range: Range<usize>) -> Problem {
    let near = nearest(name, members.iter().map(|(known, _)| &**known)).map(ToOwned::to_owned);
    let known: Vec<_> = members.iter().map(|(known, _)| &**known).collect();
    let whole = shown(base);
    let has = if known.is_empty() { "no members".to_owned() } else { listed(known.iter().copied()) };
    let problem = Problem::new(Code::E0311, range, format!("`{whole}` has no member `{name}`"));
    let problem = problem.help(format!("`{whole}` has {has}")).nearest(near.clone());
    Problem { replacement: near, ..problem }
}

/// Writes a way as its author would.
fn shown(syntax: &Syntax) -> String {
    match &syntax.what {
        What::Name(name) => name.clone(),
        What::Member(base, name) => format!("{}.{name}", shown(base)),
        What::Item(base, key) => match &key.what {
            What::Text(name) => format!("{}.{name}", shown(base)),
            What::Number(digits) => format!("{}[{digits}]", shown(base)),
            _ => format!("{}[…]", shown(base)),
        },
        _ => "this value".to_owned(),
    }
}
