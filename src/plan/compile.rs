//! From the typed manifest to the plan: the order in which things become known.
//!
//! Types of columns first (an outline), for children see the columns of their parents; then everything with the names
//! that are in scope; then the checks that look across the document.

use crate::components::auth::{AuthSpec, compile_request};
use crate::components::context::Cx;
use crate::components::forms::{Short, Text};
use crate::components::limits::LimitSpec;
use crate::components::request::Parts;
use crate::components::scope::{At, Scopes};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::host::parse_host;
use crate::expr::shorthand::name::parse_name;
use crate::expr::shorthand::version::{parse_requires, parse_version};
use crate::expr::{Member, Shape, Site, Wants};
use crate::manifest::{BaseSpec, CheckSpec, ManifestSpec, StreamSpec};
use crate::plan::columns::{self, Columns, Outline};
use crate::plan::known::Known;
use crate::plan::names::{self, Outlines};
use crate::plan::params::{self, Params};
use crate::plan::{Base, Check, Group, OncePlan, Options, Plan, aliases, built, checks, extras, outside, stream};
use crate::text::{Named, NamedEntry, Node, Sources, Span};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

impl Plan {
    /// Compiles a manifest that was read. What is wrong goes into the report; the plan holds what is right.
    pub fn compile(
        spec: &ManifestSpec,
        sources: &Sources,
        report: &mut Report,
        options: &Options,
        damaged: &BTreeSet<String>,
        root: &Node,
    ) -> Plan {
        versions(spec, sources, report);
        let aliases = Rc::new(aliases::compile(spec.types.as_ref(), None, sources, report));
        let params = params::compile(spec, &aliases, sources, report);
        let quotas = spec.quotas.iter().flat_map(Named::iter);
        let quotas: Vec<(String, Option<LimitSpec>)> =
            quotas.map(|entry| (entry.name.clone(), entry.value.clone())).collect();
        let mut used = BTreeSet::new();
        let mut cx = Cx {
            sources,
            report,
            scopes: outer_scopes(spec, &params).into(),
            used: &mut used,
            param_types: &params.types,
            broken_params: &params.broken,
            quotas: &quotas,
            late_at: At::When,
            parents: Vec::new(),
            aliases: aliases.clone(),
            addresses: Vec::new(),
        };
        let outlines = names::outlines(&mut cx, spec);
        let mut plan = connector(&mut cx, spec);
        plan.params.clone_from(&params.known);
        let outer = cx.scopes.clone();
        for entry in spec.streams.iter().flat_map(Named::iter) {
            cx.read(parse_name(&entry.name), entry.span);
            let Some(Short::Map(stream)) = &entry.value else { continue };
            let own = outlines.get(&entry.name).and_then(Option::as_ref);
            let compiled = one_stream(&mut cx, &outer, entry.span, &entry.name, stream, own, &outlines, spec, damaged);
            plan.streams.insert(entry.name.clone(), Arc::new(compiled));
        }
        for entry in spec.dynamic.iter().flat_map(Named::iter) {
            plan.groups.extend(group(&mut cx, &outer, entry, &outlines, spec, damaged));
        }
        cx.scopes = outer.into();
        for entry in spec.actions.iter().flat_map(Named::iter) {
            if let Some(mut action) = extras::action(&mut cx, entry) {
                outside::inherit(&mut cx, spec, At::Action, &mut action.request);
                plan.actions.insert(entry.name.clone(), action);
            }
        }
        plan.check = check(&mut cx, spec);
        let addresses = std::mem::take(&mut cx.addresses);
        let known = Known { spec, params: &params, outlines: &outlines, used: &used, options, damaged, root };
        checks::all(&known, &plan, &addresses, sources, report);
        built::note(spec, report);
        plan
    }
}

/// Checks that this version knows the language and is new enough.
fn versions(spec: &ManifestSpec, sources: &Sources, report: &mut Report) {
    const THIS: &str = env!("CARGO_PKG_VERSION");
    if let Some(language) = &spec.spec
        && language.value != 1
    {
        report.push(
            Diagnostic::new(
                Code::E0106,
                language.span,
                format!("there is no version {} of the language", language.value),
            )
            .help("write `spec: 1`, or leave it out"),
        );
    }
    let Some(text) = &spec.requires else { return };
    match (parse_requires(&text.text), parse_version(THIS)) {
        (Err(problem), _) => report.push(problem.at(sources, text.span)),
        (Ok(least), Ok(this)) if !least.allows(&this) => report.push(
            Diagnostic::new(Code::E0215, text.span, format!("it needs weir {}, this is {THIS}", text.text))
                .help("install a newer version of weir"),
        ),
        _ => {}
    }
}

/// Returns the names that are in scope in the whole connector.
fn outer_scopes(spec: &ManifestSpec, params: &Params) -> Scopes {
    let known = params.known.iter().map(|(name, param)| (name.clone(), param.member(name)));
    // A param that did not hold is known by name; nothing is said of its value.
    let broken = params.broken.iter().map(|name| (name.clone(), Member::new(Shape::Data)));
    Scopes {
        params: known.chain(broken).collect(),
        auth: spec.auth.iter().flat_map(AuthSpec::kept).collect(),
        all_once: spec.once.iter().flat_map(Named::names).map(str::to_owned).collect(),
        ..Scopes::default()
    }
}

/// Compiles what belongs to no stream.
fn connector(cx: &mut Cx<'_>, spec: &ManifestSpec) -> Plan {
    let base = base(cx, spec);
    let hosts = spec.hosts.iter().flatten().filter_map(|text| cx.read(parse_host(&text.text), text.span)).collect();
    let auth = spec.auth.as_ref().and_then(|auth| auth.compile(cx));
    for request in spec.auth.iter().flat_map(AuthSpec::requests) {
        let (text, parts) = request.split();
        outside::check(cx, spec, "the login", text.span, &parts);
    }
    for entry in spec.params.iter().flat_map(Named::iter) {
        if let Some(Short::Map(long)) = &entry.value
            && let Some(when) = &long.when
        {
            param_condition(cx, when);
        }
    }
    let once = once(cx, spec);
    let text = |text: &Option<Text<crate::components::forms::Plain>>| text.as_ref().map(|text| text.text.clone());
    Plan {
        connector: spec.connector.text.clone(),
        version: spec.version.as_ref().map(|text| text.text.clone()),
        title: text(&spec.title),
        description: text(&spec.description),
        base,
        hosts,
        params: IndexMap::new(),
        auth,
        once,
        streams: IndexMap::new(),
        groups: Vec::new(),
        actions: IndexMap::new(),
        check: Check::Default,
    }
}

/// A param's own `when` sees the other params only.
fn param_condition(cx: &mut Cx<'_>, when: &Text<crate::components::forms::Expr>) {
    let site = Site::new(Wants::Condition).whole();
    let names = cx.scopes.cut(At::When);
    if let Err(problems) = crate::expr::compile(&when.text, &names, &site) {
        for mut problem in problems {
            if matches!(problem.code, Code::E0302 | Code::E0310 | Code::E0311) {
                problem.code = Code::E0512;
            }
            cx.problem(problem, when.span);
        }
    }
    cx.used.extend(cx.param_types.keys().filter(|name| when.text.contains(&format!("params.{name}"))).cloned());
}

#[expect(clippy::too_many_arguments, reason = "what a stream is compiled with; each is another thing")]
fn one_stream(
    cx: &mut Cx<'_>,
    outer: &Scopes,
    span: Span,
    name: &str,
    spec: &StreamSpec,
    outline: Option<&IndexMap<String, Outline>>,
    outlines: &Outlines,
    manifest: &ManifestSpec,
    damaged: &BTreeSet<String>,
) -> stream::StreamPlan {
    let aliases = cx.aliases.clone();
    names::own_types(cx, spec, manifest);
    let (given, parents) = names::of_stream(cx, spec, outlines, manifest);
    names::check(cx, spec, manifest);
    let mut scopes = outer.clone();
    scopes.stream = true;
    let hurt = damaged.contains(name);
    // What did not hold may have been the job or the positions: nothing is said about their names.
    scopes.job = spec.job.is_some() || hurt;
    scopes.window = stream::window(spec, outline, &scopes.params).or_else(|| hurt.then(stream::any_window));
    scopes.key = Some(outline.map_or(Shape::Data, columns::shape));
    scopes.each.extend(given);
    cx.parents.extend(parents);
    cx.scopes = scopes.into();
    let mut compiled = stream::compile(cx, name, span, spec, hurt);
    outside::inherit_in(cx, manifest, &mut compiled);
    cx.parents.clear();
    cx.aliases = aliases;
    compiled
}

fn group(
    cx: &mut Cx<'_>,
    outer: &Scopes,
    entry: &NamedEntry<crate::manifest::DynamicSpec>,
    outlines: &Outlines,
    manifest: &ManifestSpec,
    damaged: &BTreeSet<String>,
) -> Option<Group> {
    let spec = entry.value.as_ref()?;
    let (given, parents) = names::given(cx, &spec.for_each, outlines, manifest);
    names::check_each(cx, &spec.for_each, manifest);
    let mut around = outer.clone();
    around.each.extend(given);
    cx.parents.clone_from(&parents);
    cx.scopes = around.clone().into();
    let each = names::compile_each(cx, &spec.for_each);
    let name = cx.plain_text(&spec.name, At::DynamicName);
    let clash = spec.clash.as_ref().map(|text| cx.plain_text(text, At::DynamicName));
    let Short::Map(stream) = &*spec.stream else { return None };
    let outline = match (&stream.fields, &stream.schema) {
        (Some(fields), None) => columns::outline(cx, fields),
        _ => None,
    };
    let own = outline.as_ref();
    let compiled = one_stream(cx, &around, entry.span, &entry.name, stream, own, outlines, manifest, damaged);
    let clash = match clash {
        Some(clash) => Some(clash?),
        None => None,
    };
    Some(Group { name: entry.name.clone(), each, stream_name: name?, clash, stream: Arc::new(compiled) })
}

fn base(cx: &mut Cx<'_>, spec: &ManifestSpec) -> Base {
    let site = Site::new(Wants::Text);
    match &spec.base {
        None => Base::None,
        Some(BaseSpec::Other(text)) => cx.expr(&text.text, text.span, At::Base, &site).map_or(Base::None, Base::One),
        Some(BaseSpec::Map(bases)) => {
            let mut named = Vec::new();
            for entry in bases {
                let compiled = entry.value.as_ref().and_then(|text| cx.expr(&text.text, text.span, At::Base, &site));
                named.extend(compiled.map(|compiled| (entry.name.clone(), compiled)));
            }
            Base::Named(named)
        }
    }
}

/// Compiles the values that are fetched once; a later one sees the earlier ones.
fn once(cx: &mut Cx<'_>, spec: &ManifestSpec) -> Vec<(String, OncePlan)> {
    let mut plans = Vec::new();
    for entry in spec.once.iter().flat_map(Named::iter) {
        names::check_name(cx, &entry.name, entry.span, "once");
        let Some(once) = &entry.value else {
            cx.scopes.once.push((entry.name.clone(), Shape::Data));
            continue;
        };
        let (written, parts, long) = match once {
            Short::Other(request) => (request, Parts::default(), None),
            Short::Map(long) => (&long.request, long.parts(), Some(long)),
        };
        let mut request = compile_request(cx, written, &parts, At::Request);
        if let Some(request) = &mut request {
            outside::inherit(cx, spec, At::Request, request);
        }
        outside::check(cx, spec, &format!("`{}`", entry.name), entry.span, &parts);
        if let Some(records) = long.and_then(|long| long.records.as_ref()) {
            cx.optional_place(records);
        }
        let fields = long.and_then(|long| long.fields.as_ref());
        let columns = match fields {
            Some(fields) => columns::compile(cx, fields, At::Field, &mut Vec::new()),
            None => Columns::Untyped,
        };
        let outline = fields.and_then(|fields| columns::outline(cx, fields));
        let shape = outline.as_ref().map_or(Shape::Data, |outline: &IndexMap<String, Outline>| columns::shape(outline));
        cx.scopes.once.push((entry.name.clone(), shape));
        if let Some(request) = request {
            plans.push((entry.name.clone(), OncePlan { request, columns }));
        }
    }
    plans
}

fn check(cx: &mut Cx<'_>, spec: &ManifestSpec) -> Check {
    match &spec.check {
        None => Check::Default,
        Some(CheckSpec::List(names)) => {
            Check::Streams(names.iter().filter_map(|name| names::known_stream(cx, name, spec)).collect())
        }
        Some(CheckSpec::Other(text)) if !text.text.contains(' ') => {
            Check::Streams(names::known_stream(cx, text, spec).into_iter().collect())
        }
        Some(CheckSpec::Other(text)) => {
            let parts = Parts::default();
            outside::check(cx, spec, "`check`", text.span, &parts);
            check_request(cx, spec, text, &parts)
        }
        Some(CheckSpec::Map(long)) => {
            outside::check(cx, spec, "`check`", long.request.span, &long.parts());
            check_request(cx, spec, &long.request, &long.parts())
        }
    }
}

fn check_request(
    cx: &mut Cx<'_>,
    spec: &ManifestSpec,
    written: &Text<crate::components::forms::Request>,
    parts: &Parts<'_, AuthSpec>,
) -> Check {
    let Some(mut request) = compile_request(cx, written, parts, At::Get) else { return Check::Default };
    // What the connector says is checked in the scope of a request, and taken over in it.
    outside::inherit(cx, spec, At::Request, &mut request);
    Check::Request(Box::new(request))
}
