//! Which streams a run reads, and in which order: parents before children, needed ones before those that need them.

use super::order::{Order, StreamOrder};
use crate::components::partition::Over;
use crate::fault::{Fault, Kind};
use crate::name::{listed, nearest};
use crate::plan::{Bound, BoundStream};

/// A stream that is read once in a run, for its own rows, for its children's partitions, or for both.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub stream: String,
    /// What was asked of it; `None`: it is read for its children only.
    pub order: Option<StreamOrder>,
    /// Positions in the list of jobs.
    pub parents: Vec<usize>,
    pub children: Vec<usize>,
    pub needs: Vec<usize>,
}

/// Lists the jobs of a run; each stands after those that it depends on.
pub(super) fn list(bound: &Bound, order: &Order) -> Result<Vec<Job>, Fault> {
    let all: Vec<StreamOrder>;
    let wanted = if order.streams.is_empty() {
        let shown = bound.streams.values().filter(|stream| !stream.plan.hidden);
        let of = |stream: &BoundStream| StreamOrder { stream: stream.plan.name.clone(), ..StreamOrder::default() };
        all = shown.map(of).collect();
        &all
    } else {
        &order.streams
    };
    for asked in wanted {
        find(bound, &asked.stream)?;
    }
    let mut jobs = Vec::new();
    for asked in wanted {
        add(bound, wanted, &asked.stream, &mut jobs)?;
    }
    for at in 0..jobs.len() {
        let stream = find(bound, &jobs[at].stream)?;
        let place = |name: &str| jobs.iter().position(|job| job.stream == name);
        let parents: Vec<usize> = parents(stream).iter().filter_map(|name| place(name)).collect();
        // What is not read in this run need not have ended in it.
        let needs = stream.plan.needs.iter().filter_map(|(name, _)| place(name)).collect();
        for parent in &parents {
            jobs[*parent].children.push(at);
        }
        (jobs[at].parents, jobs[at].needs) = (parents, needs);
    }
    Ok(jobs)
}

fn find<'b>(bound: &'b Bound, name: &str) -> Result<&'b BoundStream, Fault> {
    let known = || bound.streams.values().filter(|stream| !stream.plan.hidden).map(|stream| stream.plan.name.as_str());
    bound.streams.get(name).ok_or_else(|| {
        let fault = |told: String| Fault::new(Kind::Config, "plan", told);
        match nearest(name, known()) {
            Some(near) => fault(format!("there is no stream `{name}`; did you mean `{near}`?")),
            None => fault(format!("there is no stream `{name}`; there are {}", listed(known()))),
        }
    })
}

/// Lists the streams whose rows are a stream's partitions.
pub(super) fn parents(stream: &BoundStream) -> Vec<&str> {
    let mut names = Vec::new();
    for each in &stream.each {
        if let Over::Streams(parent) = &each.over {
            names.extend(parent.streams.iter().map(|(name, _)| name.as_str()));
        }
    }
    names
}

fn add(bound: &Bound, wanted: &[StreamOrder], name: &str, jobs: &mut Vec<Job>) -> Result<(), Fault> {
    if jobs.iter().any(|job: &Job| job.stream == name) {
        return Ok(());
    }
    let stream = find(bound, name)?;
    let is_wanted = |name: &str| wanted.iter().any(|asked| asked.stream == name);
    for (needed, _) in stream.plan.needs.iter().filter(|(needed, _)| is_wanted(needed)) {
        add(bound, wanted, needed, jobs)?;
    }
    for parent in parents(stream) {
        add(bound, wanted, parent, jobs)?;
    }
    let order = wanted.iter().find(|asked| asked.stream == name).cloned();
    jobs.push(Job { stream: name.to_owned(), order, parents: vec![], children: vec![], needs: vec![] });
    Ok(())
}
