//! Expressions in tests: `{{ base }}` in replies, saved results in later steps.

use crate::diagnostic::Report;
use crate::expr::{self, Names, Shape, Site, Types, Wants};
use crate::text::{Content, Node, Sources, Span};

/// The names that an expression of a test may use.
#[derive(Clone, Default)]
pub(super) struct Scope(Names);

impl Scope {
    /// In replies: the address that the mock stands at.
    pub(super) fn reply() -> Scope {
        let mut names = Names::new().with("base", Shape::Scalar(Types::TEXT));
        names.elsewhere(
            "params",
            "not in scope in tests: a reply has the value itself; only `base` stands for the mock's address",
        );
        Scope(names)
    }

    /// Adds the result of a step.
    pub(super) fn save(&mut self, name: &str) {
        let index = u16::try_from(self.0.iter().count()).unwrap_or(u16::MAX / 2);
        self.0 = std::mem::take(&mut self.0).own(name, index, Shape::Data);
    }
}

/// Checks every text of a value.
pub(super) fn check_node(node: &Node, scope: &Scope, sources: &Sources, report: &mut Report) {
    match &node.content {
        Content::Text(text) => check_text(text, node.span, scope, sources, report),
        Content::List(items) => items.iter().for_each(|item| check_node(item, scope, sources, report)),
        Content::Map(entries) => entries.iter().for_each(|entry| check_node(&entry.value, scope, sources, report)),
        _ => {}
    }
}

pub(super) fn check_text(text: &str, span: Span, scope: &Scope, sources: &Sources, report: &mut Report) {
    if !["{{", "{%", "{#"].iter().any(|sign| text.contains(sign)) {
        return;
    }
    if let Err(problems) = expr::compile(text, &scope.0, &Site::new(Wants::Value)) {
        for problem in problems {
            report.push(problem.at(sources, span));
        }
    }
}
