//! Streams with everything decided that depends on params.

use super::fields;
use super::params::Typed;
use crate::components::auth::{AuthPlan, RequestPlan};
use crate::components::choose::Chosen;
use crate::components::cursor::{By, CursorPlan};
use crate::components::pagination::Paginator;
use crate::components::partition::EachPlan;
use crate::components::records::RecordsPlan;
use crate::components::settle::{Refused, Settle as _, Settler};
use crate::data::Value;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::{Expr as _, Root, Slots};
use crate::name::{listed, nearest};
use crate::plan::stream::{Changes, Key, Source};
use crate::plan::{Columns, Plan, StreamPlan};
use crate::text::{Sources, Span};
use std::sync::Arc;

/// A stream of a connection: no setting is open, no kind to be chosen.
#[derive(Debug, Clone)]
pub struct BoundStream {
    /// What it was compiled to; only what depends on no param is to be read there.
    pub plan: Arc<StreamPlan>,
    pub source: Source,
    /// How its own requests prove who asks; `None`: the connection's way.
    pub auth: Option<AuthPlan>,
    pub records: Option<RecordsPlan>,
    /// Never [`Columns::From`].
    pub columns: Columns,
    pub key: Vec<String>,
    pub pages: Option<Arc<dyn Paginator>>,
    pub cursor: Option<CursorPlan>,
    /// The column that is the position.
    pub position: Option<String>,
    pub each: Vec<EachPlan>,
    pub get: Option<RequestPlan>,
    pub changes: Option<Changes>,
}

/// Says whether a stream exists in this connection.
pub(super) fn exists(stream: &StreamPlan, typed: &Typed) -> bool {
    let Some(when) = &stream.when else { return true };
    let scope = Slots::new(vec![(Root::PARAMS, typed.map())], jiff::Timestamp::UNIX_EPOCH);
    // Without its params it is not known; then it is there, and what is missing has been told.
    when.eval(&scope).map_or(true, |value| holds(&value))
}

fn holds(value: &Value) -> bool {
    match value {
        Value::Absent | Value::Null | Value::Bool(false) | Value::Int(0) => false,
        Value::List(items) => !items.is_empty(),
        Value::Map(members) => !members.is_empty(),
        Value::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// Decides a stream.
pub(super) fn bind(
    plan: &Plan,
    stream: &Arc<StreamPlan>,
    typed: &Typed,
    sources: &Sources,
    report: &mut Report,
) -> BoundStream {
    let params = typed.map();
    let mut by = Settler::new(&params);
    let mut source = stream.source.clone();
    settle_source(&mut source, &mut by);
    let records = only(stream.records.clone(), &mut by);
    let pages = only(stream.pages.clone(), &mut by).map(|pages| pages.kind);
    let mut cursor = stream.cursor.clone();
    cursor.settle(&mut by);
    let position = cursor.as_ref().and_then(|cursor| match &cursor.by {
        By::Field { name, .. } => Some(name.clone()),
        By::FieldOf(compiled) => by.given::<String>(compiled),
        By::Token { .. } => None,
    });
    if matches!(&cursor, Some(CursorPlan { by: By::FieldOf(_), .. })) && position.is_none() {
        // The param that names the column is not given: the stream has no position.
        cursor = None;
    }
    let key = match &stream.key {
        Key::None => Vec::new(),
        Key::Columns(names) => names.iter().map(|(name, _)| name.clone()).collect(),
        Key::From(compiled) => by.given::<Vec<String>>(compiled).unwrap_or_default(),
    };
    let mut each = stream.each.clone();
    each.settle(&mut by);
    let (mut get, mut changes) = (stream.get.clone(), stream.changes.clone());
    get.settle(&mut by);
    if let Some(changes) = &mut changes {
        changes.request.settle(&mut by);
        changes.cursor.settle(&mut by);
        changes.pages.settle(&mut by);
    }
    let auth = source.request().and_then(|request| request.auth.as_ref()).and_then(decided);
    tell(plan, typed, by.finish(), report);
    let columns = columns(plan, stream, typed, sources, report);
    let bound = BoundStream {
        plan: Arc::clone(stream),
        source,
        auth,
        records,
        columns,
        key,
        pages,
        cursor,
        position,
        each,
        get,
        changes,
    };
    bound.check(typed, report);
    bound
}

/// Decides and returns the one kind that is left.
fn only<T: crate::components::settle::Settle + Clone>(chosen: Option<Chosen<T>>, by: &mut Settler<'_>) -> Option<T> {
    let mut chosen = chosen?;
    chosen.settle(by);
    match chosen {
        Chosen::Is(kind) => Some(kind),
        Chosen::By { .. } => None,
    }
}

pub(super) fn decided(auth: &Chosen<AuthPlan>) -> Option<AuthPlan> {
    match auth {
        Chosen::Is(auth) => Some(auth.clone()),
        Chosen::By { .. } => None,
    }
}

fn settle_source(source: &mut Source, by: &mut Settler<'_>) {
    match source {
        Source::Http(request) => request.settle(by),
        Source::Job(job, request) => {
            job.settle(by);
            request.settle(by);
        }
        Source::Generate { rows, seed } => {
            by.must(rows);
            by.maybe(seed);
        }
        Source::Records { request, .. } => request.settle(by),
        Source::Responses(..) | Source::Broken => {}
    }
}

fn columns(plan: &Plan, stream: &StreamPlan, typed: &Typed, sources: &Sources, report: &mut Report) -> Columns {
    let Columns::From(param) = &stream.columns else { return stream.columns.clone() };
    let Some(node) = typed.columns.get(param).filter(|node| !node.entries().is_empty()) else {
        return Columns::Untyped;
    };
    let mut own = Report::default();
    let columns = fields::compile(plan, stream, node, sources, &mut own);
    // Columns that do not hold are left out: nothing is said to be missing among the others.
    let whole = !own.has_errors();
    report.append(own);
    columns.filter(|_| whole).map_or(Columns::Untyped, Columns::Typed)
}

/// Tells what the params could not decide, at the value or where the param is declared.
pub(super) fn tell(plan: &Plan, typed: &Typed, refused: Vec<Refused>, report: &mut Report) {
    for refused in refused {
        let Some((name, param)) = refused.param.as_ref().and_then(|name| plan.params.get_key_value(name)) else {
            continue;
        };
        let at = typed.places.get(name).copied();
        // What is missing, or did not fit its type, was told with the params.
        if at.is_some() && !typed.values.contains_key(name) || at.is_none() && param.required {
            continue;
        }
        let code = if refused.missing { Code::E0802 } else { Code::E0803 };
        let told = Diagnostic::new(code, at.unwrap_or(param.span), format!("`{name}`: {}", refused.message));
        report.push(match at {
            Some(_) => told.also(param.span, format!("`{name}` is declared here")),
            None => told,
        });
    }
}

impl BoundStream {
    /// Checks the names of columns that params gave.
    fn check(&self, typed: &Typed, report: &mut Report) {
        let Columns::Typed(columns) = &self.columns else { return };
        let mut known = |name: &str, compiled: &crate::expr::Compiled, code: Code, what: &str| {
            if columns.iter().any(|column| column.name == *name) {
                return;
            }
            // At the name if it was given, else at the columns that lack it.
            let own = compiled.uses().params.first().and_then(|param| typed.places.get(param));
            let of_columns = match &self.plan.columns {
                Columns::From(param) => typed.places.get(param),
                _ => None,
            };
            let at: Span = own.or(of_columns).copied().unwrap_or(self.plan.span);
            let names = columns.iter().map(|column| column.name.as_str());
            report.push(
                Diagnostic::new(code, at, format!("{what} `{name}` is no column of `{}`", self.plan.name))
                    .help(format!("columns: {}", listed(names.clone())))
                    .nearest(nearest(name, names)),
            );
        };
        if let Key::From(compiled) = &self.plan.key {
            self.key.iter().for_each(|name| known(name, compiled, Code::E0505, "the key"));
        }
        if let (Some(CursorPlan { by: By::FieldOf(compiled), .. }), Some(name)) = (&self.cursor, &self.position) {
            known(name, compiled, Code::E0506, "the cursor");
        }
    }
}
