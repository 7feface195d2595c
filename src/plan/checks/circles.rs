//! Streams that wait for each other wait for ever.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::Plan;
use crate::text::Span;
use indexmap::IndexMap;

pub(super) fn check(plan: &Plan, report: &mut Report) {
    let edges: IndexMap<&str, Vec<(&str, Span)>> = plan
        .streams
        .iter()
        .map(|(name, stream)| {
            // A stream that goes into its own rows by `recurse` begins at another one's.
            let recursing = stream.each.iter().any(|each| match &each.over {
                crate::components::partition::Over::Streams(parent) => parent.recurse.is_some(),
                crate::components::partition::Over::Values(_) => false,
            });
            let parents = stream.parents().into_iter().filter(|(to, _)| !(recursing && to == name));
            let needs = stream.needs.iter().map(|(to, span)| (to.as_str(), *span));
            (name.as_str(), parents.chain(needs).chain(stream.taken_from()).collect())
        })
        .collect();
    let mut told: Vec<Vec<&str>> = Vec::new();
    for start in edges.keys() {
        let Some(circle) = shortest(&edges, start) else { continue };
        let mut members: Vec<&str> = circle.iter().map(|(from, _, _)| *from).collect();
        members.sort_unstable();
        if told.contains(&members) {
            continue;
        }
        told.push(members);
        report.push(describe(&circle));
    }
}

type Edge<'a> = (&'a str, &'a str, Span);

/// Finds the shortest way from a stream back to itself.
fn shortest<'a>(edges: &IndexMap<&'a str, Vec<(&'a str, Span)>>, start: &'a str) -> Option<Vec<Edge<'a>>> {
    let mut reached: IndexMap<&str, Edge<'a>> = IndexMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(from) = queue.pop_front() {
        for (to, span) in edges.get(from).into_iter().flatten() {
            if *to == start {
                let mut way = vec![(from, *to, *span)];
                let mut at = from;
                while at != start {
                    let edge = reached[at];
                    way.push(edge);
                    at = edge.0;
                }
                way.reverse();
                return Some(way);
            }
            if !reached.contains_key(to) && edges.contains_key(to) {
                reached.insert(to, (from, to, *span));
                queue.push_back(to);
            }
        }
    }
    None
}

/// Names the circle in full, beginning at its first edge in the file.
fn describe(circle: &[Edge<'_>]) -> Diagnostic {
    let first = (0..circle.len()).min_by_key(|at| circle[*at].2.start).unwrap_or(0);
    let turned: Vec<Edge<'_>> = circle[first..].iter().chain(&circle[..first]).copied().collect();
    let names: Vec<&str> = turned.iter().map(|edge| edge.0).chain([turned[0].0]).collect();
    let message = if turned.len() == 1 {
        format!("`{}` waits for itself: {}", names[0], names.join(" -> "))
    } else {
        format!("a circle of streams: {}", names.join(" -> "))
    };
    let mut told = Diagnostic::new(Code::E0504, turned[0].2, message)
        .help("each waits for the next one; take one of the edges away");
    for edge in &turned[1..] {
        told = told.also(edge.2, format!("`{}` waits for `{}`", edge.0, edge.1));
    }
    told
}
