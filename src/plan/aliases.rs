//! Names for types: `money: decimal(18,2)`.

use crate::components::context::Cx;
use crate::components::forms::{self, Short, Text};
use crate::data::{ParamType, Type};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::types::{TypeRef, TypeShort, known_type_words, parse_type};
use crate::manifest::ManifestSpec;
use crate::text::{Named, Sources, Span};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// The aliases that are in scope at a place, and the names of those that do not hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Aliases {
    pub known: IndexMap<String, Type>,
    pub broken: BTreeSet<String>,
}

/// The connector's aliases, and those of each stream that has some of its own.
#[derive(Debug)]
pub(super) struct AllAliases {
    connector: Aliases,
    streams: BTreeMap<String, Aliases>,
}

impl AllAliases {
    pub(super) fn compile(spec: &ManifestSpec, sources: &Sources, report: &mut Report) -> AllAliases {
        let connector = compile(spec.types.as_ref(), &Aliases::default(), sources, report);
        let named = spec.streams.iter().flat_map(Named::iter).map(|entry| (&entry.name, entry.value.as_ref()));
        let groups = spec.dynamic.iter().flat_map(Named::iter);
        let groups = groups.map(|entry| (&entry.name, entry.value.as_ref().map(|group| &*group.stream)));
        let mut streams = BTreeMap::new();
        for (name, stream) in named.chain(groups) {
            if let Some(Short::Map(stream)) = stream
                && let Some(types) = &stream.types
            {
                streams.insert(name.clone(), compile(Some(types), &connector, sources, report));
            }
        }
        AllAliases { connector, streams }
    }

    pub(super) fn connector(&self) -> &Aliases {
        &self.connector
    }

    /// Makes the aliases of a stream or of a dynamic group those in scope.
    pub(super) fn enter<'a>(&'a self, cx: &mut Cx<'a>, stream: &str) {
        let aliases = self.streams.get(stream).unwrap_or(&self.connector);
        (cx.aliases, cx.broken_aliases) = (&aliases.known, &aliases.broken);
    }

    /// Makes the connector's aliases those in scope.
    pub(super) fn leave<'a>(&'a self, cx: &mut Cx<'a>) {
        (cx.aliases, cx.broken_aliases) = (&self.connector.known, &self.connector.broken);
    }
}

/// Resolves aliases; those around them may be used, and are hidden by ones of the same name.
fn compile(
    types: Option<&Named<Text<forms::Type>>>,
    around: &Aliases,
    sources: &Sources,
    report: &mut Report,
) -> Aliases {
    let own: Vec<&str> = types.iter().flat_map(|types| types.names()).collect();
    let is_alias = |name: &str| own.contains(&name) || around.known.contains_key(name) || around.broken.contains(name);
    let mut parsed: IndexMap<String, (TypeShort, Span)> = IndexMap::new();
    let mut broken: BTreeSet<String> =
        around.broken.iter().filter(|name| !own.contains(&name.as_str())).cloned().collect();
    for entry in types.iter().flat_map(|types| types.iter()) {
        if known_type_words().any(|word| word == entry.name) {
            report.push(
                Diagnostic::new(Code::E0510, entry.span, format!("`{}` is a type of the language", entry.name))
                    .help("choose another name for the alias"),
            );
        }
        let read = entry.value.as_ref().map(|text| (parse_type(&text.text, &is_alias), text.span));
        match read {
            Some((Ok(short), span)) => {
                parsed.insert(entry.name.clone(), (short, span));
            }
            Some((Err(problem), span)) => {
                report.push(problem.at(sources, span));
                broken.insert(entry.name.clone());
            }
            None => {
                broken.insert(entry.name.clone());
            }
        }
    }
    let done = around.known.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let done = done.map(|(name, of)| (name.clone(), of.clone())).collect();
    let mut resolver = Resolver { parsed: &parsed, sources, report, done, open: Vec::new(), broken };
    for name in parsed.keys() {
        resolver.resolve(name);
    }
    Aliases { known: resolver.done, broken: resolver.broken }
}

struct Resolver<'a> {
    parsed: &'a IndexMap<String, (TypeShort, Span)>,
    sources: &'a Sources,
    report: &'a mut Report,
    done: IndexMap<String, Type>,
    /// The aliases that are being resolved, outermost first.
    open: Vec<String>,
    broken: BTreeSet<String>,
}

impl Resolver<'_> {
    fn resolve(&mut self, name: &str) -> Option<Type> {
        if let Some(of) = self.done.get(name) {
            return Some(of.clone());
        }
        let (short, span) = self.parsed.get(name)?;
        if let Some(at) = self.open.iter().position(|open| open == name) {
            let first = &self.open[at];
            let circle: Vec<&str> = self.open[at..].iter().map(String::as_str).chain([first.as_str()]).collect();
            let (_, place) = &self.parsed[first];
            self.report.push(
                Diagnostic::new(Code::E0504, *place, format!("a circle of types: {}", circle.join(" -> ")))
                    .help("write one of them out"),
            );
            self.broken.extend(self.open[at..].iter().cloned());
            return None;
        }
        if self.broken.contains(name) {
            return None;
        }
        self.open.push(name.to_owned());
        let inner = match &short.kind {
            TypeRef::Alias(piece) | TypeRef::ListOf { alias: piece, .. } => Some(piece.text.clone()),
            _ => None,
        };
        let below = inner.as_deref().map(|inner| {
            let known = self.parsed.contains_key(inner) || self.broken.contains(inner);
            (inner, known, self.resolve(inner))
        });
        self.open.pop();
        if let Some((inner, true, None)) = below
            && self.broken.contains(inner)
        {
            self.broken.insert(name.to_owned());
            return None;
        }
        let found = below.and_then(|(_, _, of)| of);
        let names: Vec<&str> = self.parsed.keys().map(String::as_str).collect();
        match short.kind.resolve(&|_| found.clone(), &names) {
            Ok(ParamType::Type(of)) => {
                self.done.insert(name.to_owned(), of.clone());
                Some(of)
            }
            Ok(_) => None,
            Err(problem) => {
                self.report.push(problem.at(self.sources, *span));
                self.broken.insert(name.to_owned());
                None
            }
        }
    }
}
