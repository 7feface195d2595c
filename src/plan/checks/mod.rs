//! Checks that look across the document, one file a rule.

mod addresses;
mod circles;
mod columns;
mod environment;
mod exclusive;
mod hosts;
mod paging;
mod references;
mod repeats;
mod unused;
mod windows;

use crate::components::context::WholeAddress;
use crate::components::forms::Short;
use crate::diagnostic::Report;
use crate::manifest::StreamSpec;
use crate::plan::known::Known;
use crate::plan::{Plan, StreamPlan};
use crate::text::{Named, Sources};

/// Runs all checks.
pub(super) fn all(known: &Known<'_>, plan: &Plan, addresses: &[WholeAddress], sources: &Sources, report: &mut Report) {
    references::check(known, plan, report);
    circles::check(plan, report);
    for stream in Stream::all(known, plan) {
        columns::check(&stream, known, plan, report);
        exclusive::check(&stream, report);
        paging::check(&stream, report);
        addresses::check(&stream, known, report);
        windows::check(&stream, sources, report);
        repeats::check(&stream, report);
    }
    hosts::check(known, plan, addresses, report);
    environment::check(known, sources, report);
    unused::check(known, plan, sources, report);
}

/// A stream as written and as compiled; also the stream of a dynamic group.
struct Stream<'a> {
    name: &'a str,
    spec: &'a StreamSpec,
    plan: &'a StreamPlan,
    /// Something in it did not hold: nothing is said to be missing.
    damaged: bool,
}

impl<'a> Stream<'a> {
    fn all(known: &'a Known<'_>, plan: &'a Plan) -> Vec<Stream<'a>> {
        let named = known.spec.streams.iter().flat_map(Named::iter).filter_map(|entry| {
            let Some(Short::Map(spec)) = &entry.value else { return None };
            Some((entry.name.as_str(), &**spec, &**plan.streams.get(&entry.name)?))
        });
        let groups = plan.groups.iter().filter_map(|group| {
            let spec = known.spec.dynamic.as_ref()?.get(&group.name)?;
            let Short::Map(stream) = &*spec.stream else { return None };
            Some((group.name.as_str(), &**stream, &*group.stream))
        });
        let all = named.chain(groups);
        all.map(|(name, spec, plan)| Stream { name, spec, plan, damaged: known.damaged.contains(name) }).collect()
    }
}
