//! The params of a connection: known, given, typed; secrets apart.

use super::given::{From, Given, GivenValue, variable};
use super::told::Told;
use super::value::{columns_in_text, read_value};
use super::vault::Vault;
use crate::components::scope::{At, Scopes};
use crate::data::{self, ParamType, Value};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::{self, Expr as _, Root, Site, Slots, Wants};
use crate::name::{listed, nearest};
use crate::plan::hidden::hide;
use crate::plan::{Param, Plan};
use crate::text::{Content, Node, Source, Sources, Span};
use indexmap::IndexMap;
use std::sync::Arc;

/// The params of a connection, typed.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// What is known, without the secrets, in the manifest's order.
    pub values: Values,
    pub vault: Vault,
    /// The trees of params of type `fields`, with their places.
    pub columns: IndexMap<String, Node>,
    /// Where each value was given.
    pub places: IndexMap<String, Span>,
    /// Some value could not be told: a variable that is not set.
    pub open: bool,
}

/// Values by name.
pub(super) type Values = IndexMap<String, Value>;

impl Typed {
    /// Returns the params as expressions see them.
    pub(super) fn map(&self) -> Value {
        Value::Map(Arc::new(self.values.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect()))
    }
}

/// Types what is given.
pub(super) fn read(plan: &Plan, given: &Given<'_>, sources: &mut Sources, report: &mut Report) -> Typed {
    let found = find(plan, given, sources, report);
    let mut typed = Typed::default();
    let mut missing = Vec::new();
    for (name, param) in &plan.params {
        let Some(value) = found.get(name) else {
            if let Some(default) = default(param) {
                typed.values.insert(name.clone(), default);
                let written = param.spec.as_ref().and_then(|spec| spec.default.as_ref());
                if let (ParamType::Fields, Some(node)) = (&param.of, written) {
                    typed.columns.insert(name.clone(), node.clone());
                }
            } else if param.required {
                missing.push((name.as_str(), param));
            }
            continue;
        };
        let at = place(value, param);
        typed.places.insert(name.clone(), at);
        if value.unknown() {
            typed.open = true;
            continue;
        }
        let mut value = value.clone();
        if param.of.is_secret() {
            hide(&value.node, sources);
        } else if param.of == ParamType::Fields
            && let Some(node) = columns_in_text(&value, sources)
        {
            value.node = node;
        }
        match read_value(param, &value, &given.folder) {
            Ok(read) if param.of.is_secret() => typed.vault.keep(name, read),
            Ok(read) => {
                if param.of == ParamType::Fields {
                    typed.columns.insert(name.clone(), value.node);
                }
                typed.values.insert(name.clone(), read);
            }
            Err(told) => {
                typed.open = true;
                report.push(unfit(name, param, &value, told));
            }
        }
    }
    missing.retain(|(name, param)| {
        given.needed.as_ref().is_none_or(|needed| needed.contains(*name)) && asked_for(plan, param, &typed)
    });
    tell_missing(plan, given, &missing, report);
    typed
}

/// Finds the value of each param: named ones first, then variables. What has no param is told.
fn find(plan: &Plan, given: &Given<'_>, sources: &mut Sources, report: &mut Report) -> IndexMap<String, GivenValue> {
    let mut found = IndexMap::new();
    for value in given.values.iter().filter(|value| value.node.content != Content::Null) {
        let renamed = || {
            let was = |param: &Param| {
                let old = param.spec.as_ref().and_then(|spec| spec.was.as_ref());
                old.is_some_and(|old| old.iter().any(|old| old.text == value.name))
            };
            plan.params.iter().find(|(_, param)| was(param)).map(|(name, _)| name)
        };
        match plan.params.get_key_value(&value.name).map(|(name, _)| name).or_else(renamed) {
            Some(name) => {
                found.entry(name.clone()).or_insert_with(|| value.clone());
            }
            None if given.broken.contains(&value.name) => {}
            None => report.push(unknown(plan, value, sources)),
        }
    }
    for name in plan.params.keys() {
        let variable = variable(&plan.connector, name);
        if let Some(text) = given.env.and_then(|env| env.get(&variable)) {
            found.entry(name.clone()).or_insert_with(|| GivenValue::as_text(name, text, variable));
        }
    }
    found
}

fn unknown(plan: &Plan, value: &GivenValue, sources: &mut Sources) -> Diagnostic {
    let at = match &value.from {
        From::File { key } => *key,
        // An option has no file: it is shown as it was written, without its value.
        From::Text(origin) => {
            let source = sources.add(Source::new(origin.as_str(), value.name.as_str()));
            Span { source, start: 0, end: u32::try_from(value.name.len()).unwrap_or(u32::MAX) }
        }
    };
    let known: Vec<&str> = plan.params.keys().map(String::as_str).collect();
    let help = match known.as_slice() {
        [] => format!("`{}` takes no params", plan.connector),
        known => format!("its params: {}", listed(known.iter().copied())),
    };
    Diagnostic::new(Code::E0808, at, format!("the connector `{}` has no param `{}`", plan.connector, value.name))
        .help(help)
        .nearest(nearest(&value.name, known))
}

/// Where a finding about a value points: never at a secret itself.
fn place(value: &GivenValue, param: &Param) -> Span {
    match &value.from {
        From::File { key } if param.of.is_secret() => *key,
        From::File { .. } => value.node.span,
        From::Text(_) => param.span,
    }
}

fn unfit(name: &str, param: &Param, value: &GivenValue, told: Told) -> Diagnostic {
    let mut at = place(value, param);
    if let (From::File { .. }, false) = (&value.from, param.of.is_secret()) {
        let mut node = &value.node;
        for step in &told.way {
            node = node.items().get(*step).unwrap_or(node);
        }
        at = node.span;
    }
    let message = match &value.from {
        From::File { .. } => format!("`{name}`: {}", told.message),
        From::Text(origin) => format!("`{origin}`: {}", told.message),
    };
    let declared = format!("`{name}` is declared as `{}`", param.of);
    let mut diagnostic = Diagnostic::new(Code::E0803, at, message);
    if matches!(value.from, From::File { .. }) {
        diagnostic = diagnostic.also(param.span, declared.clone());
    }
    diagnostic.help(told.help.map_or(declared.clone(), |help| format!("{help}; {declared}")))
}

fn default(param: &Param) -> Option<Value> {
    let default = param.default.as_ref()?;
    Some(match &param.of {
        ParamType::Type(of) => data::cast(default, of).map_or_else(|_| default.clone(), |cast| cast.value),
        _ => default.clone(),
    })
}

/// Says whether a param is asked for at all: its `when` holds.
fn asked_for(plan: &Plan, param: &Param, typed: &Typed) -> bool {
    let Some(when) = param.spec.as_ref().and_then(|spec| spec.when.as_ref()) else { return true };
    let members = plan.params.iter().map(|(name, param)| (name.clone(), param.member(name)));
    let scopes = Scopes { params: members.collect(), ..Scopes::default() };
    let site = Site::new(Wants::Condition).whole();
    let Ok(condition) = expr::compile(&when.text, &scopes.names(At::When), &site) else { return true };
    let scope = Slots::new(vec![(Root::PARAMS, typed.map())], jiff::Timestamp::UNIX_EPOCH);
    condition.eval(&scope).map_or(true, |value| value != Value::Bool(false))
}

/// Where there is one place for all of them they are told together.
fn tell_missing(plan: &Plan, given: &Given<'_>, missing: &[(&str, &Param)], report: &mut Report) {
    let Some((first, one)) = missing.first() else { return };
    if let Some(holder) = given.holder {
        let names: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let help = if one.of.is_secret() {
            format!("add it: `{first}: \"${{{}}}\"` takes it from the environment", variable(&plan.connector, first))
        } else {
            format!("add `{first}: …` under `params`; it is declared as `{}!`", one.of)
        };
        let told = Diagnostic::new(Code::E0802, holder, format!("{} {verb} missing", names.join(", "))).help(help);
        report.push(
            missing
                .iter()
                .fold(told, |told, (name, param)| told.also(param.span, format!("`{name}` is declared here"))),
        );
        return;
    }
    for (name, param) in missing {
        let variable = variable(&plan.connector, name);
        let help = if param.of.is_secret() {
            format!("set the variable `{variable}`, in the environment or in `.env`")
        } else {
            format!("give it by `--param {name}=…`, or set the variable `{variable}`")
        };
        report.push(Diagnostic::new(Code::E0802, param.span, format!("`{name}` is missing")).help(help));
    }
}
