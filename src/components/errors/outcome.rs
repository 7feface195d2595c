//! What happens when an error rule holds (SEMANTICS section 6).

use crate::components::context::{Cx, Read};
use crate::components::forms::Source;
use crate::components::forms::{Pause, Template, Text, at_least_one, kinds};
use crate::components::scope::At;
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::{Compiled, shorthand};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use std::time;

/// What happens when a rule holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Outcome", transform = kinds)]
pub enum OutcomeSpec {
    /// The partition fails, others go on.
    Fail(FailSpec),
    /// The same request again.
    Retry(RetryOutcomeSpec),
    /// The quota pauses, then the same request again; it does not count as a try.
    Wait(WaitSpec),
    /// The credential is fetched anew, once a token, then the request again.
    RefreshAuth,
    /// A page without records; paging goes on by its own rules.
    Empty,
    /// No records, and the partition's regular end.
    End,
    /// The partition ends and its state does not move.
    Skip,
    /// The window is halved and both halves are read.
    Split,
    /// This partition's position is forgotten and it begins at `start`, once a run.
    Reset,
    /// The partition begins again at its first page, once.
    RestartPages,
    /// The status counts as success and the body is decoded.
    Ok,
}

/// Settings of `fail`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Fail")]
pub struct FailSpec {
    /// What the user is told.
    pub message: Option<Text<Template>>,
}

/// Settings of `retry`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RetryOutcome")]
pub struct RetryOutcomeSpec {
    /// How long to pause: a duration, or where the answer says it.
    pub after: Option<Pause>,
    /// How often the request is sent in all.
    #[schemars(transform = at_least_one)]
    pub attempts: Option<u32>,
}

/// Settings of `wait`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Wait")]
pub struct WaitSpec {
    /// How long: a duration, or where the answer says it; `Retry-After` unless given.
    pub after: Option<Pause>,
}

/// What happens when a rule holds, compiled.
#[derive(Debug, Clone)]
pub enum Outcome {
    Fail { message: Option<Arc<Compiled>> },
    Retry { after: Option<After>, attempts: Option<u32> },
    Wait { after: Option<After> },
    RefreshAuth,
    Empty,
    End,
    Skip,
    Split,
    Reset,
    RestartPages,
    Ok,
}

/// How long to pause.
#[derive(Debug, Clone)]
pub enum After {
    Fixed(data::Duration),
    /// What the answer says: a bare number is seconds, a date is a date.
    Said(Read),
}

impl OutcomeSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<Outcome> {
        Some(match self {
            OutcomeSpec::Fail(spec) => match &spec.message {
                Some(message) => Outcome::Fail { message: Some(cx.plain_text(message, at)?) },
                None => Outcome::Fail { message: None },
            },
            OutcomeSpec::Retry(spec) => {
                Outcome::Retry { after: after(cx, spec.after.as_ref(), at)?, attempts: spec.attempts }
            }
            OutcomeSpec::Wait(spec) => Outcome::Wait { after: after(cx, spec.after.as_ref(), at)? },
            OutcomeSpec::RefreshAuth => Outcome::RefreshAuth,
            OutcomeSpec::Empty => Outcome::Empty,
            OutcomeSpec::End => Outcome::End,
            OutcomeSpec::Skip => Outcome::Skip,
            OutcomeSpec::Split => Outcome::Split,
            OutcomeSpec::Reset => Outcome::Reset,
            OutcomeSpec::RestartPages => Outcome::RestartPages,
            OutcomeSpec::Ok => Outcome::Ok,
        })
    }
}

/// Compiles a pause; `Some(None)` if none was written.
fn after(cx: &mut Cx<'_>, written: Option<&Pause>, at: At) -> Option<Option<After>> {
    match written {
        None => Some(None),
        Some(Pause::Number(digits)) => {
            // SEMANTICS section 6: a bare number is seconds.
            let Ok(seconds) = digits.value.0.parse() else {
                cx.push(
                    Diagnostic::new(Code::E0208, digits.span, format!("`{}` is no number of seconds", digits.value.0))
                        .help("write a duration such as `30s` or `1500ms`"),
                );
                return None;
            };
            let exact = time::Duration::from_secs(seconds);
            Some(Some(After::Fixed(data::Duration { exact, ..data::Duration::default() })))
        }
        Some(Pause::Text(text)) if text.text.starts_with(|letter: char| letter.is_ascii_digit()) => {
            let duration = cx.read(shorthand::duration::parse_duration(&text.text), text.span)?;
            Some(Some(After::Fixed(duration)))
        }
        Some(Pause::Text(text)) => Some(Some(After::Said(cx.source(&text.reinterpret::<Source>(), at)?))),
    }
}
