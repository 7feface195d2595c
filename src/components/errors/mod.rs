//! What an answer means when it is no page of records: rules, outcomes, repeats, deadlines.

mod message;
mod outcome;
mod pause;
mod policy;

#[cfg(test)]
mod tests;

pub use outcome::{After, FailSpec, Outcome, OutcomeSpec, RetryOutcomeSpec, WaitSpec};
pub use policy::{Decision, ErrorPolicy};

use crate::components::context::{Cx, Late as Bound};
use crate::components::forms::{Duration, Late, Many, Template, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::Compiled;
use crate::text::{Held, Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A rule for answers. Its conditions must all hold; the first rule that does decides.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ErrorRule")]
pub struct RuleSpec {
    /// Status codes.
    pub status: Option<Many<Spanned<u16>>>,
    /// A condition over the answer.
    pub when: Option<Text<Template>>,
    /// What happens then.
    pub then: Held<OutcomeSpec>,
}

/// How failed requests are repeated.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Retry")]
pub struct RetrySpec {
    /// How often a request is sent in all, 5 unless given.
    #[schemars(transform = at_least_one)]
    pub attempts: Option<Late<u32>>,
    /// The first pause, 1s unless given.
    pub first: Option<Late<Text<Duration>>>,
    /// The longest pause, 60s unless given.
    pub max: Option<Late<Text<Duration>>>,
    /// All tries together, 10min unless given.
    pub total: Option<Late<Text<Duration>>>,
}

/// How long each phase of a request may take.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Timeouts")]
pub struct TimeoutsSpec {
    /// Until the connection stands, 10s unless given.
    pub connect: Option<Late<Text<Duration>>>,
    /// Until the answer begins, 60s unless given.
    pub head: Option<Late<Text<Duration>>>,
    /// Between two pieces of the body, 60s unless given.
    pub idle: Option<Late<Text<Duration>>>,
    /// The whole request, 10min unless given.
    pub request: Option<Late<Text<Duration>>>,
    /// The longest wait that an answer may ask for, 5min unless given.
    pub wait: Option<Late<Text<Duration>>>,
    /// The longest wait for a declared quota to be full again, 65min unless given.
    pub reset: Option<Late<Text<Duration>>>,
}

/// A rule, compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    pub status: Vec<u16>,
    pub when: Option<Arc<Compiled>>,
    pub then: Outcome,
}

impl RuleSpec {
    pub fn compile(&self, cx: &mut Cx<'_>, at: At, place: Span) -> Option<Rule> {
        let when = self.when.as_ref().map(|condition| cx.condition(condition, at));
        let then = self.then.value.compile(cx, at);
        // What did not hold may have been its condition.
        let hurt =
            cx.report.sorted().iter().any(|known| place.start <= known.primary.start && known.primary.end <= place.end);
        if self.status.is_none() && self.when.is_none() && !hurt {
            cx.push(
                Diagnostic::new(Code::E0102, self.then.key, "a rule without a condition holds for every answer")
                    .help("say which answers it is for: `status: 404`, or `when: \"{{ … }}\"`"),
            );
        }
        let mut status = Vec::new();
        for code in self.status.iter().flat_map(Many::iter) {
            if (100..600).contains(&code.value) {
                status.push(code.value);
            } else {
                cx.push(
                    Diagnostic::new(Code::E0106, code.span, format!("{} is no HTTP status", code.value))
                        .help("write a status from 100 to 599"),
                );
            }
        }
        let when = match when {
            Some(when) => Some(when?),
            None => None,
        };
        Some(Rule { status, when, then: then? })
    }
}

/// How failed requests are repeated, compiled.
#[derive(Debug, Clone, Default)]
pub struct RetryPlan {
    pub attempts: Option<Bound<u32>>,
    pub first: Option<Bound<data::Duration>>,
    pub max: Option<Bound<data::Duration>>,
    pub total: Option<Bound<data::Duration>>,
}

impl RetrySpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> RetryPlan {
        RetryPlan {
            attempts: self.attempts.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            first: pause(cx, self.first.as_ref()),
            max: pause(cx, self.max.as_ref()),
            total: lasting(cx, self.total.as_ref()),
        }
    }
}

/// How long each phase of a request may take, compiled.
#[derive(Debug, Clone, Default)]
pub struct TimeoutsPlan {
    pub connect: Option<Bound<data::Duration>>,
    pub head: Option<Bound<data::Duration>>,
    pub idle: Option<Bound<data::Duration>>,
    pub request: Option<Bound<data::Duration>>,
    pub wait: Option<Bound<data::Duration>>,
    pub reset: Option<Bound<data::Duration>>,
}

impl TimeoutsSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> TimeoutsPlan {
        TimeoutsPlan {
            connect: lasting(cx, self.connect.as_ref()),
            head: lasting(cx, self.head.as_ref()),
            idle: lasting(cx, self.idle.as_ref()),
            request: lasting(cx, self.request.as_ref()),
            wait: pause(cx, self.wait.as_ref()),
            reset: pause(cx, self.reset.as_ref()),
        }
    }
}

fn pause(cx: &mut Cx<'_>, setting: Option<&Late<Text<Duration>>>) -> Option<Bound<data::Duration>> {
    cx.late(setting?, |cx, text| cx.duration(text))
}

fn lasting(cx: &mut Cx<'_>, setting: Option<&Late<Text<Duration>>>) -> Option<Bound<data::Duration>> {
    cx.late(setting?, |cx, text| cx.lasting(text))
}

impl Settle for Rule {
    fn settle(&mut self, by: &mut Settler<'_>) {
        if let Outcome::Retry { after: Some(After::Said(read)), .. }
        | Outcome::Wait { after: Some(After::Said(read)) } = &mut self.then
        {
            by.read(read);
        }
    }
}

impl Settle for RetryPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        by.maybe(&mut self.attempts);
        by.maybe(&mut self.first);
        by.maybe(&mut self.max);
        by.maybe(&mut self.total);
    }
}

impl Settle for TimeoutsPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        for pause in
            [&mut self.connect, &mut self.head, &mut self.idle, &mut self.request, &mut self.wait, &mut self.reset]
        {
            by.maybe(pause);
        }
    }
}
