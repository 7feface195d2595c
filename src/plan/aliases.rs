//! Names for types: `money: decimal(18,2)`.

use crate::components::context::Aliases;
use crate::components::forms::{Text, Type as TypeForm};
use crate::data::{ParamType, Type};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::types::{TypeRef, TypeShort, known_type_words, parse_type};
use crate::text::{Named, Sources, Span};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// Resolves the connector's aliases and those of a stream, which win.
pub(super) fn compile(
    connector: Option<&Named<Text<TypeForm>>>,
    stream: Option<&Named<Text<TypeForm>>>,
    sources: &Sources,
    report: &mut Report,
) -> Aliases {
    let own = stream.into_iter().flat_map(Named::iter);
    let inherited = connector.into_iter().flat_map(Named::iter);
    let inherited = inherited.filter(|entry| stream.is_none_or(|own| own.entry(&entry.name).is_none()));
    let all: Vec<_> = inherited.chain(own).collect();
    let declared: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
    let mut parsed: IndexMap<String, (TypeShort, Span)> = IndexMap::new();
    let mut broken = BTreeSet::new();
    for entry in all {
        if known_type_words().any(|word| word == entry.name) {
            report.push(
                Diagnostic::new(Code::E0510, entry.span, format!("`{}` is a type of the language", entry.name))
                    .help("choose another name for the alias"),
            );
        }
        let read =
            entry.value.as_ref().map(|text| (parse_type(&text.text, &|name| declared.contains(&name)), text.span));
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
    let mut resolver = Resolver { parsed: &parsed, sources, report, done: IndexMap::new(), open: Vec::new(), broken };
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
        let below = inner.as_deref().map(|inner| (inner, self.parsed.contains_key(inner), self.resolve(inner)));
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
