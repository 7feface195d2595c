//! What stands beside reading: files, writes, actions, the graph. Compiled for their mistakes; nothing runs them yet.

use crate::components::auth::{RequestPlan, compile_request};
use crate::components::context::{Cx, fixed};
use crate::components::forms::{Name, Short, Text};
use crate::components::scope::{At, shape_of};
use crate::data;
use crate::diagnostic::{Code, Diagnostic};
use crate::expr::Member;
use crate::expr::shorthand::input::parse_input;
use crate::expr::shorthand::size::parse_size;
use crate::manifest::{ActionSpec, AnyGet, Effect, FileSpec, StreamSpec, WriteSpec};
use crate::plan::Action;
use crate::text::NamedEntry;

/// Checks what a stream has beside its rows.
pub(super) fn compile(cx: &mut Cx<'_>, spec: &StreamSpec) {
    if let Some(file) = &spec.file {
        self::file(cx, file);
    }
    if let Some(write) = &spec.write {
        self::write(cx, write);
    }
    for entry in spec.actions.iter().flat_map(|actions| actions.iter()) {
        action(cx, entry);
    }
    if let Some(name) = spec.entity.as_ref().and_then(|entity| entity.name.as_ref())
        && name.text.contains("{{")
    {
        cx.plain_text(name, At::Field);
    }
    if let Some(chunk) = &spec.chunk {
        cx.late(&chunk.fields, |_, count| Some(*count));
    }
}

fn file(cx: &mut Cx<'_>, spec: &FileSpec) {
    if let Some(request) = &spec.request {
        request.compile(cx, At::File);
    }
    if let Some(content) = &spec.content {
        cx.whole(content, At::File, false);
    }
    if let Some(when) = &spec.when {
        cx.condition(when, At::File);
    }
    for text in spec.name.iter().chain(&spec.version) {
        cx.plain_text(text, At::File);
    }
    if let Some(max) = &spec.max {
        cx.late(max, |cx, text| cx.read(parse_size(&text.text), text.span));
    }
}

fn write(cx: &mut Cx<'_>, spec: &WriteSpec) {
    compile_request(cx, &spec.request, &spec.parts(), At::Write);
    if let Some(batch) = &spec.batch {
        if let Some(rows) = &batch.rows {
            cx.late(rows, |_, rows| Some(*rows));
        }
        if let Some(bytes) = &batch.bytes {
            cx.late(bytes, |cx, text| cx.read(parse_size(&text.text), text.span));
        }
    }
    if let Some(result) = &spec.result {
        cx.source(&result.rows, At::AuthSource);
        if let Some(ok) = &result.ok {
            cx.condition(ok, At::Write);
        }
        if let Some(message) = &result.message {
            cx.plain_text(message, At::Write);
        }
    }
    if let Some(address) = &spec.idempotency {
        cx.address(address);
    }
}

/// Compiles an action in a scope with its `input`.
pub(super) fn action(cx: &mut Cx<'_>, entry: &NamedEntry<ActionSpec>) -> Option<Action> {
    let spec = entry.value.as_ref()?;
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
