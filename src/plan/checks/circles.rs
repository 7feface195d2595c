//! Streams that wait for each other wait for ever.

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::plan::Plan;
use crate::text::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

pub(super) fn check(plan: &Plan, report: &mut Report) {
    let edges: Edges<'_> = plan
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
    for component in components(&edges) {
        let inside: HashSet<&str> = component.into_iter().collect();
        let between = inside.iter().flat_map(|from| edges[from].iter().map(move |(to, span)| (*from, *to, *span)));
        let first = between.filter(|(_, to, _)| inside.contains(to)).min_by_key(|edge| edge.2);
        // A single stream that does not wait for itself has no edge inside.
        let Some(circle) = first.and_then(|(start, _, _)| shortest(&edges, &inside, start)) else { continue };
        report.push(describe(&circle));
    }
}

type Edges<'a> = IndexMap<&'a str, Vec<(&'a str, Span)>>;
type Edge<'a> = (&'a str, &'a str, Span);

/// Groups the streams that reach each other (Tarjan), without recursion: a chain may be as long as the file.
fn components<'a>(edges: &Edges<'a>) -> Vec<Vec<&'a str>> {
    let next: Vec<Vec<usize>> =
        edges.values().map(|to| to.iter().filter_map(|(to, _)| edges.get_index_of(to)).collect()).collect();
    let names: Vec<&'a str> = edges.keys().copied().collect();
    let mut found = Vec::new();
    let mut count = 0;
    // When a stream was met first, and the earliest one on the stack that it reaches.
    let mut met: Vec<Option<usize>> = vec![None; names.len()];
    let mut low = vec![0; names.len()];
    let mut on_stack = vec![false; names.len()];
    let mut stack = Vec::new();
    for root in 0..names.len() {
        let mut way: Vec<(usize, usize)> = if met[root].is_none() { vec![(root, 0)] } else { Vec::new() };
        while let Some((at, edge)) = way.last_mut() {
            let at = *at;
            if met[at].is_none() {
                (met[at], low[at], on_stack[at]) = (Some(count), count, true);
                stack.push(at);
                count += 1;
            }
            if let Some(&to) = next[at].get(*edge) {
                *edge += 1;
                match met[to] {
                    None => way.push((to, 0)),
                    Some(when) if on_stack[to] => low[at] = low[at].min(when),
                    Some(_) => {}
                }
                continue;
            }
            way.pop();
            if let Some((before, _)) = way.last() {
                low[*before] = low[*before].min(low[at]);
            }
            if met[at] == Some(low[at]) {
                let from = stack.iter().rposition(|one| *one == at).unwrap_or_default();
                let members = stack.split_off(from);
                for one in &members {
                    on_stack[*one] = false;
                }
                found.push(members.into_iter().map(|one| names[one]).collect());
            }
        }
    }
    found
}

/// Finds the shortest way from a stream back to itself, among those that reach each other.
fn shortest<'a>(edges: &Edges<'a>, inside: &HashSet<&str>, start: &'a str) -> Option<Vec<Edge<'a>>> {
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
            if !reached.contains_key(to) && inside.contains(to) {
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
