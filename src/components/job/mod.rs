//! Asynchronous reports and sessions around a stream's request.

use crate::components::auth::AnyRequest;
use crate::components::auth::RequestPlan;
use crate::components::context::{Cx, Late as Bound, Read};
use crate::components::forms::{Duration, Late, Source, Template, Text, at_least_one};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::Compiled;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A job around the stream's request: create, poll until done, download; without `poll` a session.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Job")]
pub struct JobSpec {
    /// The request that begins the job.
    pub create: AnyRequest,
    /// Where the answer of `create` gives the job's id.
    pub id: Text<Source>,
    /// The request that asks how the job is; its body is `job.status`.
    pub poll: Option<AnyRequest>,
    /// How long to pause between two polls.
    pub every: Option<Late<Text<Duration>>>,
    /// How long the job may take.
    pub timeout: Option<Late<Text<Duration>>>,
    /// Whether the polled answer says that the job is done.
    pub done: Option<Text<Template>>,
    /// Whether it says that the job failed.
    pub failed: Option<Text<Template>>,
    /// Whether it says that there are no rows: a regular end.
    pub empty: Option<Text<Template>>,
    /// One more request before the download; its body is `job.result`.
    pub result: Option<AnyRequest>,
    /// The request that ends the job, always sent, also after a failure.
    pub close: Option<AnyRequest>,
    /// Where each page of a session gives the id that the next request takes.
    pub renew: Option<Text<Source>>,
    /// Jobs in flight.
    #[schemars(transform = at_least_one)]
    pub concurrency: Option<Late<u32>>,
}

/// A job, compiled.
#[derive(Debug, Clone)]
pub struct JobPlan {
    pub create: RequestPlan,
    pub id: Read,
    pub poll: Option<RequestPlan>,
    pub every: Option<Bound<data::Duration>>,
    pub timeout: Option<Bound<data::Duration>>,
    pub done: Option<Arc<Compiled>>,
    pub failed: Option<Arc<Compiled>>,
    pub empty: Option<Arc<Compiled>>,
    pub result: Option<RequestPlan>,
    pub close: Option<RequestPlan>,
    pub renew: Option<Read>,
    pub concurrency: Option<Bound<u32>>,
}

impl JobSpec {
    pub fn compile(&self, cx: &mut Cx<'_>) -> Option<JobPlan> {
        let create = self.create.compile(cx, At::Job);
        let id = cx.source(&self.id, At::Job);
        let step = |cx: &mut Cx<'_>, request: &Option<AnyRequest>| {
            request.as_ref().map(|request| request.compile(cx, At::Job))
        };
        let (poll, result, close) = (step(cx, &self.poll), step(cx, &self.result), step(cx, &self.close));
        let condition =
            |cx: &mut Cx<'_>, text: &Option<Text<Template>>| text.as_ref().and_then(|text| cx.condition(text, At::Job));
        let (done, failed, empty) =
            (condition(cx, &self.done), condition(cx, &self.failed), condition(cx, &self.empty));
        let renew = self.renew.as_ref().and_then(|source| cx.source(source, At::Job));
        if self.poll.is_some() && self.done.is_none() {
            cx.push(
                Diagnostic::new(Code::E0102, self.id.span, "a job that is polled needs `done`")
                    .help("add `done: \"{{ response.body.status == 'DONE' }}\"`"),
            );
        }
        let duration = |cx: &mut Cx<'_>, written: &Option<Late<Text<Duration>>>| {
            written.as_ref().and_then(|text| cx.late(text, |cx, text| cx.lasting(text)))
        };
        let (every, timeout) = (duration(cx, &self.every), duration(cx, &self.timeout));
        let concurrency = self.concurrency.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count)));
        let given = |step: Option<Option<RequestPlan>>| match step {
            None => Some(None),
            Some(step) => step.map(Some),
        };
        Some(JobPlan {
            create: create?,
            id: id?,
            poll: given(poll)?,
            every,
            timeout,
            done,
            failed,
            empty,
            result: given(result)?,
            close: given(close)?,
            renew,
            concurrency,
        })
    }
}

impl Settle for JobPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        self.create.settle(by);
        by.read(&mut self.id);
        self.poll.settle(by);
        by.maybe(&mut self.every);
        by.maybe(&mut self.timeout);
        self.result.settle(by);
        self.close.settle(by);
        by.maybe_read(&mut self.renew);
        by.maybe(&mut self.concurrency);
    }
}
