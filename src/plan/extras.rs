//! What stands beside reading: files, writes, actions, the graph.

use crate::components::auth::{RequestPlan, compile_request};
use crate::components::context::{Cx, Late, Read, fixed};
use crate::components::forms::{Late as LateSpec, Name, Short, Size, Text};
use crate::components::scope::{At, shape_of};
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::shorthand::address::Address;
use crate::expr::shorthand::input::parse_input;
use crate::expr::shorthand::size::parse_size;
use crate::expr::{Compiled, Member};
use crate::manifest::{AnyAction, AnyGet, Effect, FileSpec, StreamSpec, WriteSpec};
use crate::plan::Action;
use crate::text::NamedEntry;
use indexmap::IndexMap;
use std::sync::Arc;

/// What a stream has beside its rows, compiled.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    pub file: Option<FilePlan>,
    pub write: Option<WritePlan>,
    pub actions: IndexMap<String, Action>,
    pub entity_name: Option<Arc<Compiled>>,
}

/// Files beside the rows, compiled.
#[derive(Debug, Clone)]
pub struct FilePlan {
    pub request: Option<RequestPlan>,
    pub content: Option<Arc<Compiled>>,
    pub when: Option<Arc<Compiled>>,
    pub name: Option<Arc<Compiled>>,
    pub version: Option<Arc<Compiled>>,
    pub max: Option<Late<u64>>,
}

/// How rows are written to a stream, compiled.
#[derive(Debug, Clone)]
pub struct WritePlan {
    pub request: RequestPlan,
    pub effect: Effect,
    pub rows: Option<Late<u64>>,
    pub bytes: Option<Late<u64>>,
    pub result: Option<Read>,
    pub ok: Option<Arc<Compiled>>,
    pub message: Option<Arc<Compiled>>,
    pub idempotency: Option<Address>,
}

/// Compiles what a stream has beside its rows.
pub(super) fn compile(cx: &mut Cx<'_>, spec: &StreamSpec) -> Extras {
    let file = spec.file.as_ref().map(|file| self::file(cx, file));
    let write = spec.write.as_ref().and_then(|write| self::write(cx, write));
    let mut actions = IndexMap::new();
    for entry in spec.actions.iter().flat_map(|actions| actions.iter()) {
        if let Some(action) = action(cx, entry) {
            actions.insert(entry.name.clone(), action);
        }
    }
    let name = spec.entity.as_ref().and_then(|entity| entity.name.as_ref());
    let entity_name = name.filter(|name| name.text.contains("{{")).and_then(|name| cx.plain_text(name, At::Field));
    Extras { file, write, actions, entity_name }
}

fn file(cx: &mut Cx<'_>, spec: &FileSpec) -> FilePlan {
    FilePlan {
        request: spec.request.as_ref().and_then(|request| request.compile(cx, At::File)),
        content: spec.content.as_ref().and_then(|content| cx.whole(content, At::File, false)),
        when: spec.when.as_ref().and_then(|when| cx.condition(when, At::File)),
        name: spec.name.as_ref().and_then(|name| cx.plain_text(name, At::File)),
        version: spec.version.as_ref().and_then(|version| cx.plain_text(version, At::File)),
        max: spec.max.as_ref().and_then(|max| size(cx, max)),
    }
}

fn size(cx: &mut Cx<'_>, written: &LateSpec<Text<Size>>) -> Option<Late<u64>> {
    cx.late(written, |cx, text| cx.read(parse_size(&text.text), text.span))
}

fn write(cx: &mut Cx<'_>, spec: &WriteSpec) -> Option<WritePlan> {
    let request = compile_request(cx, &spec.request, &spec.parts(), At::Write);
    let rows = spec.batch.as_ref().and_then(|batch| batch.rows.as_ref());
    let rows = rows.and_then(|rows| cx.late(rows, |_, rows| Some(*rows)));
    let bytes = spec.batch.as_ref().and_then(|batch| batch.bytes.as_ref()).and_then(|bytes| size(cx, bytes));
    let told = spec.result.as_ref();
    let result = told.and_then(|result| cx.source(&result.rows, At::AuthSource));
    let ok = told.and_then(|result| result.ok.as_ref()).and_then(|ok| cx.condition(ok, At::Write));
    let message = told.and_then(|result| result.message.as_ref()).and_then(|text| cx.plain_text(text, At::Write));
    let idempotency = spec.idempotency.as_ref().and_then(|address| cx.address(address));
    let request = request?;
    let effect = spec.effect.unwrap_or_else(|| effect(&request));
    Some(WritePlan { request, effect, rows, bytes, result, ok, message, idempotency })
}

/// Compiles an action in a scope with its `input`.
pub(super) fn action(cx: &mut Cx<'_>, entry: &NamedEntry<AnyAction>) -> Option<Action> {
    let spec = match entry.value.as_ref()? {
        Short::Map(spec) => spec,
        Short::Other(request) => {
            let request = compile_request(cx, request, &crate::components::request::Parts::default(), At::Action)?;
            let effect = effect(&request);
            return Some(Action { request, effect, span: entry.span });
        }
    };
    let mut members = Vec::new();
    for input in spec.input.iter().flat_map(|input| input.iter()) {
        let read = input.value.as_ref().and_then(|written| match written {
            Short::Other(text) => {
                let aliases = cx.aliases.clone();
                let parsed = cx.read(parse_input(&text.text, &|name| aliases.declares(name)), text.span)?;
                let of = cx.resolve(&parsed, text.span)?;
                Some((of, parsed.required, false))
            }
            Short::Map(long) => {
                let (of, required) = cx.column_type(&long.type_)?;
                if let Some(default) = &long.default
                    && let Err(error) = data::cast(&fixed(default), &of)
                {
                    let message = format!("the default does not fit: {}", error.message);
                    cx.push(Diagnostic::new(Code::E0211, default.span, message));
                }
                Some((of, required, long.default.is_some()))
            }
        });
        let member = match read {
            Some((of, required, default)) => {
                let member = Member::new(shape_of(&of));
                if required || default {
                    member
                } else {
                    member.absent(format!("make it `{of}!`, or write `if input.{}`", input.name))
                }
            }
            None => Member::new(crate::expr::Shape::Data),
        };
        members.push((input.name.clone(), member));
    }
    let mut scopes = cx.scopes.clone();
    scopes.input = Some(members);
    let request = cx.within(scopes, |cx| compile_request(cx, &spec.request, &spec.parts(), At::Action));
    if let Some(address) = &spec.idempotency {
        cx.address(address);
    }
    if let Some(output) = &spec.output {
        cx.optional_place(output);
    }
    let request: RequestPlan = request?;
    let effect = spec.effect.unwrap_or_else(|| effect(&request));
    Some(Action { request, effect, span: entry.span })
}

/// Compiles a point request.
pub(super) fn get(cx: &mut Cx<'_>, written: &AnyGet) -> Option<RequestPlan> {
    match written {
        Short::Other(request) => compile_request(cx, request, &crate::components::request::Parts::default(), At::Get),
        Short::Map(long) => {
            if let Some(records) = &long.records {
                cx.optional_place(records);
            }
            compile_request(cx, &long.request, &long.parts(), At::Get)
        }
    }
}

/// What a write does by its method (SEMANTICS rule 55).
fn effect(request: &RequestPlan) -> Effect {
    use crate::expr::shorthand::request::Method;
    match request.message.method {
        Method::Post => Effect::Create,
        Method::Put | Method::Patch => Effect::Update,
        Method::Delete => Effect::Delete,
        Method::Get | Method::Head => Effect::None,
    }
}

/// Lists the columns that the graph names, with where they were written.
pub(super) fn graph_columns(spec: &StreamSpec) -> Vec<&Text<Name>> {
    let entity = spec.entity.iter().flat_map(|entity| entity.properties.iter().flatten());
    let relationships = spec.relationships.iter().flatten().flat_map(|one| one.properties.iter().flatten());
    let ends = spec.relationships.iter().flatten().flat_map(|one| {
        one.from.iter().chain([&one.to]).flat_map(|end| end.iter().filter_map(|entry| entry.value.as_ref()))
    });
    entity.chain(relationships).chain(ends).collect()
}
