//! Quotas, compiled. The specs stand apart in `limits`, for what surrounds a compilation knows the connector's quotas.

mod said;

pub use said::{Observed, QuotaSpec};

use crate::components::context::{Cx, Late as Bound, Read, Tree};
use crate::components::forms::{Scalar, Short, Source, Text};
use crate::components::limits::{LimitSpec, LimitsSpec, ResetUnit};
use crate::components::scope::At;
use crate::components::settle::{Settle, Settler};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::{Compiled, shorthand};
use crate::name::{listed, nearest};
use std::sync::Arc;

/// A quota, compiled.
#[derive(Debug, Clone)]
pub struct LimitPlan {
    /// The name under `quotas`, if it is one of them.
    pub name: Option<String>,
    pub rate: Option<Bound<shorthand::rate::Rate>>,
    pub burst: Option<Bound<u64>>,
    pub concurrency: Option<Bound<u32>>,
    pub per: Option<Arc<Compiled>>,
    pub cost: Option<Cost>,
    pub remaining: Option<Read>,
    pub used: Option<Read>,
    pub of: Option<Tree>,
    pub reset: Option<(ResetUnit, Read)>,
    pub rate_from: Option<Read>,
    pub jobs: Option<Bound<u32>>,
    pub key: Option<Tree>,
}

/// What a request costs.
#[derive(Debug, Clone)]
pub enum Cost {
    Fixed(Tree),
    Said(Read),
}

impl LimitSpec {
    pub fn compile(&self, cx: &mut Cx<'_>, name: Option<&str>) -> LimitPlan {
        let read = |cx: &mut Cx<'_>, source: &Option<Text<Source>>| {
            source.as_ref().and_then(|source| cx.source(source, At::LimitSource))
        };
        LimitPlan {
            name: name.map(str::to_owned),
            rate: self
                .rate
                .as_ref()
                .and_then(|rate| cx.late(rate, |cx, text| cx.read(shorthand::rate::parse_rate(&text.text), text.span))),
            burst: self.burst.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            concurrency: self.concurrency.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            per: self.per.as_ref().and_then(|text| cx.whole(text, At::Limits, false)),
            cost: self.cost.as_ref().and_then(|cost| compile_cost(cx, cost)),
            remaining: read(cx, &self.remaining),
            used: read(cx, &self.used),
            of: self.of.as_ref().and_then(|of| cx.scalar(of, At::LimitSource, false)),
            reset: self
                .reset
                .as_ref()
                .and_then(|reset| Some((reset.unit(), cx.source(reset.source(), At::LimitSource)?))),
            rate_from: read(cx, &self.rate_from),
            jobs: self.jobs.as_ref().and_then(|count| cx.late(count, |_, count| Some(*count))),
            key: self.key.as_ref().and_then(|key| cx.tree(key, At::Limits, false)),
        }
    }
}

fn compile_cost(cx: &mut Cx<'_>, cost: &Scalar) -> Option<Cost> {
    match cost {
        Scalar::Text(text) => cx.source(&text.reinterpret(), At::LimitSource).map(Cost::Said),
        other => cx.scalar(other, At::LimitSource, false).map(Cost::Fixed),
    }
}

/// Compiles one of the connector's quotas. A request outside a stream leaves out of it what needs a stream's names
/// (SEMANTICS rule 6).
fn named(cx: &mut Cx<'_>, name: &str, spec: &LimitSpec) -> LimitPlan {
    if cx.scopes.stream {
        return spec.compile(cx, Some(name));
    }
    let before = std::mem::take(cx.report);
    let plan = spec.compile(cx, Some(name));
    let told = std::mem::replace(cx.report, before);
    for finding in told.sorted() {
        if !matches!(finding.code, Code::E0302 | Code::E0310) {
            cx.push(finding.clone());
        }
    }
    plan
}

/// Compiles what a request counts against; names are looked up among the connector's `quotas`.
pub fn compile(cx: &mut Cx<'_>, limits: &LimitsSpec, quotas: &[(String, Option<LimitSpec>)]) -> Vec<LimitPlan> {
    let mut plans = Vec::new();
    for limit in limits {
        match limit {
            Short::Map(spec) => plans.push(spec.compile(cx, None)),
            Short::Other(name) => match quotas.iter().find(|(known, _)| *known == name.text) {
                Some((known, Some(spec))) => plans.push(named(cx, known, spec)),
                Some((_, None)) => {}
                None => {
                    let known: Vec<&str> = quotas.iter().map(|(known, _)| known.as_str()).collect();
                    let help = if known.is_empty() {
                        format!("declare it: `quotas: {{ {}: {{ rate: 100/min }} }}`", name.text)
                    } else {
                        format!("known quotas: {}", listed(known.iter().copied()))
                    };
                    cx.push(
                        Diagnostic::new(Code::E0507, name.span, format!("unknown quota `{}`", name.text))
                            .help(help)
                            .nearest(nearest(&name.text, known)),
                    );
                }
            },
        }
    }
    plans
}

impl Settle for LimitPlan {
    fn settle(&mut self, by: &mut Settler<'_>) {
        by.maybe(&mut self.rate);
        by.maybe(&mut self.burst);
        by.maybe(&mut self.concurrency);
        if let Some(Cost::Said(read)) = &mut self.cost {
            by.read(read);
        }
        by.maybe_read(&mut self.remaining);
        by.maybe_read(&mut self.used);
        if let Some((_, read)) = &mut self.reset {
            by.read(read);
        }
        by.maybe_read(&mut self.rate_from);
        by.maybe(&mut self.jobs);
    }
}
