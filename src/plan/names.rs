//! The names that authors give inside a stream, and what is known of the rows they stand for.

use crate::components::context::Cx;
use crate::components::forms::{Short, Text};
use crate::components::partition::{EachPlan, ForEachSpec};
use crate::components::scope::{Given, shape_of};
use crate::data::{ParamType, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::shorthand::name::parse_name;
use crate::expr::{Root, Shape, Types};
use crate::manifest::{FromSpec, ManifestSpec, StreamSpec};
use crate::name::{listed, nearest};
use crate::plan::aliases;
use crate::plan::columns::{self, Outline};
use crate::text::{Named, NamedEntry, Span};
use indexmap::IndexMap;
use std::rc::Rc;

/// The columns of each stream; `None` if they are not known before a connection is bound.
pub(super) type Outlines = IndexMap<String, Option<IndexMap<String, Outline>>>;

/// A name, the stream whose row it is, and where that stream is declared.
pub(super) type Parent = (String, String, Span);

/// Reads names and types of the columns of all streams.
pub(super) fn outlines(cx: &mut Cx<'_>, spec: &ManifestSpec) -> Outlines {
    let mut outlines = IndexMap::new();
    for entry in spec.streams.iter().flat_map(Named::iter) {
        let fields = match &entry.value {
            Some(Short::Map(stream)) if stream.schema.is_none() => stream.fields.as_ref(),
            _ => None,
        };
        let aliases = cx.aliases.clone();
        if let Some(Short::Map(stream)) = &entry.value {
            own_types(cx, stream, spec);
        }
        outlines.insert(entry.name.clone(), fields.and_then(|fields| columns::outline(cx, fields)));
        cx.aliases = aliases;
    }
    outlines
}

/// Puts the types that a stream takes from `defaults` or declares itself beside the connector's.
pub(super) fn own_types(cx: &mut Cx<'_>, stream: &StreamSpec, manifest: &ManifestSpec) {
    if let Some(types) = &stream.types {
        cx.aliases = Rc::new(aliases::compile(manifest.types.as_ref(), Some(types), cx.sources, cx.report));
    }
}

/// Returns the names in scope in a stream because of `for_each` and `from`.
pub(super) fn of_stream(
    cx: &Cx<'_>,
    spec: &StreamSpec,
    outlines: &Outlines,
    manifest: &ManifestSpec,
) -> (Vec<Given>, Vec<Parent>) {
    let mut names = Collector { cx, outlines, manifest, given: Vec::new(), parents: Vec::new(), seen: Vec::new() };
    names.stream(spec);
    (names.given, names.parents)
}

/// Returns the names that a `for_each` gives.
pub(super) fn given(
    cx: &Cx<'_>,
    for_each: &Named<ForEachSpec>,
    outlines: &Outlines,
    manifest: &ManifestSpec,
) -> (Vec<Given>, Vec<Parent>) {
    let mut names = Collector { cx, outlines, manifest, given: Vec::new(), parents: Vec::new(), seen: Vec::new() };
    names.each(for_each);
    (names.given, names.parents)
}

/// Compiles what the names of a `for_each` run over: an entry sees the names before it, its conditions also its own.
pub(super) fn compile_each(cx: &mut Cx<'_>, for_each: &Named<ForEachSpec>) -> Vec<EachPlan> {
    let mut plans = Vec::new();
    let whole = cx.scopes.each.len();
    let place = |cx: &Cx<'_>, name: &str| cx.scopes.each.iter().position(|(known, _)| known == name).unwrap_or(whole);
    let entries: Vec<&NamedEntry<ForEachSpec>> = for_each.iter().collect();
    for (at, entry) in entries.iter().enumerate() {
        let Some(over) = &entry.value else { continue };
        let own = place(cx, &entry.name);
        let next = entries.get(at + 1).map_or(whole, |next| place(cx, &next.name).max(own + 1));
        cx.scopes.entry = Some((own, next));
        plans.extend(over.compile(cx, entry));
    }
    cx.scopes.entry = None;
    plans
}

struct Collector<'a> {
    cx: &'a Cx<'a>,
    outlines: &'a Outlines,
    manifest: &'a ManifestSpec,
    given: Vec<Given>,
    parents: Vec<Parent>,
    seen: Vec<String>,
}

impl Collector<'_> {
    fn stream(&mut self, spec: &StreamSpec) {
        if let Some(for_each) = &spec.for_each {
            self.each(&for_each.value);
        }
        if let Some(from) = &spec.from
            && let FromSpec::Record(record) = &from.value
        {
            self.row(&record.as_.text, &record.stream.text, false);
            self.ancestors(&record.stream.text);
        }
    }

    fn each(&mut self, for_each: &Named<ForEachSpec>) {
        for entry in for_each {
            let Some(over) = &entry.value else {
                self.give(&entry.name, Shape::Data);
                continue;
            };
            match over.streams().as_slice() {
                [one] => {
                    self.row(&entry.name, &one.text, over.batched());
                    self.ancestors(&one.text);
                }
                [] => {
                    let shape = self.element(over);
                    self.give(&entry.name, shape);
                }
                // Rows of several streams: what they have in common is not known before they are read.
                _ => self
                    .give(&entry.name, if over.batched() { Shape::List(Box::new(Shape::Data)) } else { Shape::Data }),
            }
        }
    }

    fn give(&mut self, name: &str, shape: Shape) {
        if !self.given.iter().any(|(known, _)| known == name) {
            self.given.push((name.to_owned(), shape));
        }
    }

    fn row(&mut self, name: &str, stream: &str, batched: bool) {
        let outline = self.outlines.get(stream).and_then(Option::as_ref);
        let shape = outline.map_or(Shape::Data, columns::shape);
        if let Some(entry) = self.manifest.streams.as_ref().and_then(|streams| streams.entry(stream)) {
            self.parents.push((name.to_owned(), stream.to_owned(), entry.span));
        }
        self.give(name, if batched { Shape::List(Box::new(shape)) } else { shape });
    }

    /// Grandparents are in scope by their own names.
    fn ancestors(&mut self, stream: &str) {
        if self.seen.iter().any(|seen| seen == stream) {
            return;
        }
        self.seen.push(stream.to_owned());
        if let Some(Short::Map(spec)) = self.manifest.streams.as_ref().and_then(|streams| streams.get(stream)) {
            self.stream(spec);
        }
    }

    /// Returns what is known of one value of a list.
    fn element(&self, over: &ForEachSpec) -> Shape {
        let ForEachSpec::Expr(text) = over else { return Shape::Data };
        let inner = text.text.trim_start_matches("{{").trim_end_matches("}}").trim();
        let param = inner.strip_prefix("params.").and_then(|name| self.cx.param_types.get(name));
        match param {
            Some(ParamType::Type(Type::List { of, .. })) => match shape_of(of) {
                Shape::Scalar(types) => Shape::Scalar(types.without(Types::MISSING)),
                other => other,
            },
            _ => Shape::Data,
        }
    }
}

/// Checks the names that a stream gives.
pub(super) fn check(cx: &mut Cx<'_>, spec: &StreamSpec, manifest: &ManifestSpec) {
    if let Some(for_each) = &spec.for_each {
        check_each(cx, &for_each.value, manifest);
        if let (Some(entry), Some(_)) = (for_each.value.entry("change"), &spec.changes) {
            shadows(cx, "change", entry.span, "for_each");
        }
    }
    if let Some(from) = &spec.from
        && let FromSpec::Record(record) = &from.value
    {
        check_name(cx, &record.as_.text, record.as_.span, "as");
    }
}

pub(super) fn check_each(cx: &mut Cx<'_>, for_each: &Named<ForEachSpec>, manifest: &ManifestSpec) {
    for entry in for_each {
        check_name(cx, &entry.name, entry.span, "for_each");
        if let Some(other) = manifest.once.as_ref().and_then(|once| once.entry(&entry.name)) {
            cx.push(
                Diagnostic::new(Code::E0511, entry.span, format!("`{}` is a name of `once` already", entry.name))
                    .also(other.span, "the other one")
                    .help("choose another name for one of them"),
            );
        }
    }
}

/// Checks a name that expressions will use (SEMANTICS rules 32 and 59).
pub(super) fn check_name(cx: &mut Cx<'_>, name: &str, span: Span, place: &str) {
    if Root::reserved(name).is_some() && name != "change" && name != "base" {
        shadows(cx, name, span, place);
    } else {
        cx.read(parse_name(name), span);
    }
}

fn shadows(cx: &mut Cx<'_>, name: &str, span: Span, place: &str) {
    let other = match name {
        "page" => "parent` or `page_".to_owned(),
        _ => format!("{name}_"),
    };
    cx.push(
        Diagnostic::new(Code::E0510, span, format!("`{name}` is a name of the language"))
            .help(format!("call it `{other}`; the language's names can't be used in `{place}`")),
    );
}

/// Tells a stream that does not exist.
pub(super) fn known_stream<F>(cx: &mut Cx<'_>, name: &Text<F>, manifest: &ManifestSpec) -> Option<String> {
    if exists(manifest, &name.text) {
        return Some(name.text.clone());
    }
    cx.push(unknown_stream(&name.text, name.span, manifest));
    None
}

pub(super) fn exists(manifest: &ManifestSpec, name: &str) -> bool {
    manifest.streams.as_ref().is_some_and(|streams| streams.entry(name).is_some())
}

pub(super) fn unknown_stream(name: &str, span: Span, manifest: &ManifestSpec) -> Diagnostic {
    let known: Vec<&str> = manifest.streams.iter().flat_map(Named::names).collect();
    let dynamic = manifest.dynamic.iter().flat_map(Named::names).any(|group| group == name);
    let help = if dynamic {
        format!("`{name}` is a group of dynamic streams; only a stream under `streams` can be named here")
    } else if known.is_empty() {
        "there are no streams under `streams`".to_owned()
    } else {
        format!("known streams: {}", listed(known.iter().copied()))
    };
    Diagnostic::new(Code::E0501, span, format!("there is no stream `{name}`")).help(help).nearest(nearest(name, known))
}
