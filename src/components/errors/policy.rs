//! What an answer means: the manifest's rules in order, then the built-in ones. It is total.

use super::message::{described, reason, said};
use super::{After, Outcome, Rule, pause};
use crate::components::answer::{Answer, Around};
use crate::components::context::Read;
use crate::data::{Step, Value};
use crate::event::EndSign;
use crate::expr::{Expr as _, Scope, truth};
use crate::fault::{Fault, Kind};
use jiff::Timestamp;
use std::time::Duration;

/// What is built in: these pass, and the request is repeated.
const REPEATED: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];

/// The rules of one request, the stream's before the connector's.
#[derive(Debug, Clone, Default)]
pub struct ErrorPolicy {
    pub rules: Vec<Rule>,
    /// Answers of GraphQL tell errors beside data, with a status of success.
    pub graphql: bool,
}

/// What happens after an answer, or after none (SEMANTICS section 6).
///
/// The faults say what is told when the outcome can't be followed: tries used up, a credential that stays refused.
#[derive(Debug)]
pub enum Decision {
    /// The body is decoded.
    Success,
    /// The partition fails, others go on.
    Fail(Fault),
    /// The same request again; without `after` by the backoff of `retry`.
    Retry { after: Option<Duration>, attempts: Option<u32>, pauses_quota: bool, fault: Fault },
    /// The quota pauses, then the same request again; it is no try.
    Wait { after: Option<Duration>, fault: Fault },
    /// The credential is fetched anew, once a token, then the request again.
    RefreshAuth(Fault),
    /// A page without records; paging goes on.
    Empty,
    /// No records, and the partition's regular end.
    End(EndSign),
    /// The partition ends and its state does not move; the receipt tells why.
    Skip(Fault),
    /// The window is halved and both halves are read.
    Split(Fault),
    /// The position is forgotten and the partition begins at `start`, once a run.
    Reset(Fault),
    /// The partition begins again at its first page, once.
    RestartPages(Fault),
}

impl ErrorPolicy {
    /// Decides on an answer. `scope` is that of the request; `now` turns dates into pauses.
    pub fn decide(&self, answer: &Answer<'_>, scope: &dyn Scope, now: Timestamp) -> Result<Decision, Fault> {
        let scope = Around::over(scope).answer(answer);
        for rule in self.rules.iter().filter(|rule| rule.is_for(answer.status)) {
            if let Some(when) = &rule.when
                && !truth(&when.eval(&scope)?).map_err(|message| Fault::new(Kind::Source, "errors", message))?
            {
                continue;
            }
            return rule.then.decision(answer, &scope, now);
        }
        Ok(self.built_in(answer, now))
    }

    /// Decides on a request that got no answer, or whose body broke off.
    pub fn failed(&self, fault: Fault) -> Decision {
        if !fault.is_temporary() {
            return Decision::Fail(fault);
        }
        Decision::Retry { after: fault.wait(), attempts: None, pauses_quota: false, fault }
    }

    /// Lists what is read of answers that mean success, so that who reads only parts of a page reads these, too.
    pub fn reads(&self) -> Vec<Read> {
        let whens = self.rules.iter().filter(|rule| rule.is_for_success()).filter_map(|rule| rule.when.clone());
        let outcomes = self.rules.iter().filter(|rule| rule.is_for_success()).flat_map(|rule| rule.then.reads());
        whens.map(Read::Expr).chain(outcomes).collect()
    }

    /// Lists the ways into the body that are read beside [`ErrorPolicy::reads`].
    pub fn ways(&self) -> Vec<Vec<Step>> {
        if self.graphql { vec![vec![Step::Key("errors".into())]] } else { Vec::new() }
    }

    fn built_in(&self, answer: &Answer<'_>, now: Timestamp) -> Decision {
        let fault = || described(answer);
        match answer.status {
            206 => Decision::Fail(refused(answer, "a part of the answer came, and all of it was asked for")),
            200..=299 if self.graphql => match answer.body.member("errors") {
                Value::List(errors) if !errors.is_empty() => Decision::Fail(fault()),
                _ => Decision::Success,
            },
            200..=299 => Decision::Success,
            300..=399 => Decision::Fail(refused(answer, "the answer leads elsewhere, and it was not followed")),
            401 => Decision::RefreshAuth(fault()),
            status if REPEATED.contains(&status) => Decision::Retry {
                after: pause::asked(answer, now),
                attempts: None,
                pauses_quota: status == 429,
                fault: fault().temporary(),
            },
            _ => Decision::Fail(fault()),
        }
    }
}

fn refused(answer: &Answer<'_>, why: &str) -> Fault {
    Fault::new(Kind::Source, "request", format!("{}: {why}", reason(answer))).with("status", answer.status.to_string())
}

impl Rule {
    fn is_for(&self, status: u16) -> bool {
        self.status.is_empty() || self.status.contains(&status)
    }

    fn is_for_success(&self) -> bool {
        self.status.is_empty() || self.status.iter().any(|status| (200..300).contains(status))
    }
}

impl Outcome {
    fn decision(&self, answer: &Answer<'_>, scope: &dyn Scope, now: Timestamp) -> Result<Decision, Fault> {
        let fault = || described(answer);
        let after = |after: &Option<After>| match after {
            Some(after) => after.pause(answer, scope, now),
            None => Ok(pause::asked(answer, now)),
        };
        Ok(match self {
            Outcome::Fail { message: None } => Decision::Fail(fault()),
            Outcome::Fail { message: Some(message) } => match message.eval(scope)? {
                Value::Text(text) => Decision::Fail(said(answer, &text)),
                _ => Decision::Fail(fault()),
            },
            Outcome::Retry { after: written, attempts } => Decision::Retry {
                after: after(written)?,
                attempts: *attempts,
                pauses_quota: answer.status == 429,
                fault: fault().temporary(),
            },
            Outcome::Wait { after: written } => Decision::Wait { after: after(written)?, fault: fault().temporary() },
            Outcome::RefreshAuth => Decision::RefreshAuth(fault()),
            Outcome::Empty => Decision::Empty,
            Outcome::End => Decision::End(EndSign::Rule(answer.status)),
            Outcome::Skip => Decision::Skip(fault()),
            Outcome::Split => Decision::Split(fault()),
            Outcome::Reset => Decision::Reset(fault()),
            Outcome::RestartPages => Decision::RestartPages(fault()),
            Outcome::Ok => Decision::Success,
        })
    }

    fn reads(&self) -> Vec<Read> {
        match self {
            Outcome::Fail { message: Some(message) } => vec![Read::Expr(message.clone())],
            Outcome::Retry { after: Some(After::Said(read)), .. }
            | Outcome::Wait { after: Some(After::Said(read)) } => vec![read.clone()],
            _ => Vec::new(),
        }
    }
}
