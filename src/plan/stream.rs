//! A stream, compiled.

use crate::components::auth::{RequestPlan, compile_request};
use crate::components::choose::Chosen;
use crate::components::context::{Cx, Late, Read, Tree};
use crate::components::cursor::{self, By, CursorPlan};
use crate::components::forms::{Late as LateSpec, Many, Plain, Scalar, Short, Text};
use crate::components::job::JobPlan;
use crate::components::limits::CacheSpec;
use crate::components::pagination::Paged;
use crate::components::partition::EachPlan;
use crate::components::records::RecordsPlan;
use crate::components::scope::{At, WindowScope};
use crate::components::transform::TransformPlan;
use crate::data::{Duration, Type};
use crate::diagnostic::{Code, Diagnostic, Problem};
use crate::expr::place::Path;
use crate::expr::shorthand::Piece;
use crate::expr::shorthand::pushdown::{Pushdown, parse_pushdown};
use crate::expr::{Compiled, Member, Types};
use crate::manifest::{BadRecordsSpec, Case, FromSpec, StreamSpec, UnknownFields};
use crate::name::nearest;
use crate::plan::columns::{self, Columns, Outline, Ref};
use crate::plan::discovery::{self, Discovery};
use crate::plan::extras::{self, Extras};
use crate::plan::names;
use crate::text::Span;
use indexmap::IndexMap;
use std::sync::Arc;

/// A stream, compiled.
#[derive(Debug, Clone)]
pub struct StreamPlan {
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    pub title: Option<String>,
    pub description: Option<String>,
    pub hidden: bool,
    pub when: Option<Arc<Compiled>>,
    pub source: Source,
    pub records: Option<Chosen<RecordsPlan>>,
    pub filter: Option<Arc<Compiled>>,
    pub deleted: Option<Arc<Compiled>>,
    pub transform: Vec<TransformPlan>,
    pub columns: Columns,
    pub key: Key,
    pub pages: Option<Chosen<Paged>>,
    pub cursor: Option<CursorPlan>,
    pub each: Vec<EachPlan>,
    pub needs: Vec<(String, Span)>,
    pub get: Option<RequestPlan>,
    pub changes: Option<Changes>,
    pub pushdown: Vec<(String, Vec<Pushdown>)>,
    pub expect: Expect,
    pub case: Option<Case>,
    /// What becomes of members that no column took; by default they are dropped where there are columns.
    pub unknown_fields: Option<UnknownFields>,
    pub bad_records: BadRecords,
    /// How many columns one request asks for.
    pub chunk: Option<Late<u32>>,
    /// Rows of the list are completed one by one by `get`.
    pub hydrate: bool,
    pub lane: Option<String>,
    pub cache: Option<Cache>,
    pub discovery: Option<Discovery>,
    pub references: Vec<Ref>,
    pub extras: Extras,
    pub resume: Resume,
}

/// Where a stream's records come from.
#[derive(Debug, Clone)]
pub enum Source {
    Http(Box<RequestPlan>),
    Job(Box<JobPlan>, Option<Box<RequestPlan>>),
    Generate {
        rows: Late<u64>,
        seed: Option<Late<u64>>,
    },
    /// The answers of another stream.
    Responses(String, Span),
    /// The records of another stream; `request` asks for page 2 and on.
    Records {
        stream: String,
        span: Span,
        name: String,
        page: bool,
        request: Option<Box<RequestPlan>>,
    },
    /// Nothing that holds was written.
    Broken,
}

impl Source {
    /// Returns the stream's own request.
    pub fn request(&self) -> Option<&RequestPlan> {
        match self {
            Source::Http(request) => Some(request),
            Source::Job(_, request) | Source::Records { request, .. } => request.as_deref(),
            _ => None,
        }
    }
}

/// The primary key.
#[derive(Debug, Clone)]
pub enum Key {
    None,
    Columns(Vec<(String, Span)>),
    From(Arc<Compiled>),
}

impl Key {
    pub fn names(&self) -> Vec<&str> {
        match self {
            Key::Columns(names) => names.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a complete read looks like.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    pub total: Option<Read>,
    pub min: Option<Tree>,
    pub max: Option<Tree>,
}

/// What becomes of records that do not fit.
#[derive(Debug, Clone)]
pub enum BadRecords {
    /// They are kept apart; more than `max` fail the stream.
    Quarantine {
        max: Option<Late<u64>>,
    },
    Fail,
}

/// What is kept of earlier answers.
#[derive(Debug, Clone)]
pub enum Cache {
    Etag,
    Ttl(Late<Duration>),
}

/// A feed of changes.
#[derive(Debug, Clone)]
pub struct Changes {
    pub request: RequestPlan,
    /// The place of the changes; the stream's own unless given.
    pub records: Option<Chosen<RecordsPlan>>,
    /// The place of the row in a change.
    pub record: Option<Arc<dyn Path>>,
    /// How long the API keeps changes.
    pub retain: Option<Late<Duration>>,
    pub deleted: Option<Arc<Compiled>>,
    pub cursor: Option<CursorPlan>,
    pub pages: Option<Chosen<Paged>>,
}

/// How much is read again when a read is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    Page,
    Window,
    Partition,
}

impl Resume {
    pub fn word(self) -> &'static str {
        match self {
            Resume::Page => "page",
            Resume::Window => "window",
            Resume::Partition => "partition",
        }
    }
}

/// What is known of `window` before anything is compiled.
pub(super) fn window(
    spec: &StreamSpec,
    columns: Option<&IndexMap<String, Outline>>,
    params: &[(String, Member)],
) -> Option<WindowScope> {
    if let Some(incremental) = &spec.incremental {
        let written = cursor::spec(incremental);
        let column = match &written.field {
            Some(LateSpec::Other(field)) => columns.and_then(|columns| columns.get(&field.text)),
            _ => None,
        };
        return Some(written.scope(bound_types(column.and_then(|column| column.of.as_ref())), params));
    }
    // A feed begins where the list began: its first bound is always there.
    spec.changes.as_ref().map(|_| WindowScope { start_absent: false, types: Types::TIME })
}

/// What is taken to be known of `window` where the positions did not hold.
pub(super) fn any_window() -> WindowScope {
    WindowScope { start_absent: false, types: bound_types(None) }
}

/// The types that a bound may have, by the type of the cursor's column.
fn bound_types(of: Option<&Type>) -> Types {
    match of {
        Some(Type::Integer) => Types::INTEGER,
        Some(Type::Decimal { .. }) => Types::INTEGER.or(Types::NUMBER),
        Some(Type::Date(_) | Type::Timestamp(_)) => Types::TIME,
        Some(_) | None => Types::TIME.or(Types::INTEGER).or(Types::TEXT),
    }
}

/// Compiles a stream. The scopes of `cx` are already those of the stream.
pub(super) fn compile(cx: &mut Cx<'_>, name: &str, span: Span, spec: &StreamSpec, damaged: bool) -> StreamPlan {
    let mut references = Vec::new();
    let at_record = |cx: &mut Cx<'_>, text: &crate::components::forms::Text<_>| cx.condition(text, At::Record);
    let when = spec.when.as_ref().and_then(|text| cx.whole(text, At::When, false));
    let each: Vec<EachPlan> =
        spec.for_each.as_ref().map(|each| names::compile_each(cx, &each.value)).unwrap_or_default();
    let source = source(cx, name, span, spec, damaged);
    let records = spec.records.as_ref().and_then(|records| records.compile(cx));
    let filter = spec.filter.as_ref().and_then(|text| at_record(cx, text));
    let deleted = spec.deleted.as_ref().and_then(|text| at_record(cx, &text.value));
    let transform = spec.transform.iter().flatten().filter_map(|step| step.compile(cx)).collect();
    let mut columns = match &spec.fields {
        Some(fields) => columns::compile(cx, fields, At::Field, &mut references),
        None => Columns::Untyped,
    };
    let discovery = spec.schema.as_ref().and_then(|schema| discovery::compile(cx, schema));
    if spec.schema.is_some() {
        columns = Columns::Discovered(columns.known().to_vec());
    }
    let pages = spec.paginate.as_ref().and_then(|pages| pages.value.compile(cx));
    let cursor = spec.incremental.as_ref().and_then(|written| cursor::spec(&written.value).compile(cx, written.key));
    let key = match &spec.key {
        None => Key::None,
        Some(LateSpec::Other(names)) => Key::Columns(names.iter().map(|name| (name.text.clone(), name.span)).collect()),
        Some(LateSpec::Expr(text)) => cx.from_param::<Many<Text<Plain>>>(text).map_or(Key::None, Key::From),
    };
    let get = spec.get.as_ref().and_then(|get| extras::get(cx, get));
    let changes = spec.changes.as_ref().and_then(|changes| self::changes(cx, &changes.value));
    let expect = expect(cx, spec);
    let bad_records = match &spec.bad_records {
        Some(BadRecordsSpec::Fail) => BadRecords::Fail,
        Some(BadRecordsSpec::Quarantine(spec)) => {
            BadRecords::Quarantine { max: spec.max.as_ref().and_then(|max| cx.late(max, |_, max| Some(*max))) }
        }
        None => BadRecords::Quarantine { max: None },
    };
    let chunk = spec.chunk.as_ref().and_then(|chunk| cx.late(&chunk.fields, |_, count| Some(*count)));
    let cache = spec.cache.as_ref().and_then(|cache| match cache {
        CacheSpec::Etag => Some(Cache::Etag),
        CacheSpec::Ttl(ttl) => cx.late(ttl, |cx, text| cx.duration(text)).map(Cache::Ttl),
    });
    let pushdown = pushdown(cx, spec);
    let extras = extras::compile(cx, spec);
    let text = |text: &Option<crate::components::forms::Text<_>>| {
        text.as_ref().map(|text: &crate::components::forms::Text<crate::components::forms::Plain>| text.text.clone())
    };
    let mut plan = StreamPlan {
        name: name.to_owned(),
        span,
        title: text(&spec.title),
        description: text(&spec.description),
        hidden: spec.hidden.unwrap_or(false),
        when,
        source,
        records,
        filter,
        deleted,
        transform,
        columns,
        key,
        pages,
        cursor,
        each,
        needs: spec.needs.iter().flat_map(Many::iter).map(|name| (name.text.clone(), name.span)).collect(),
        get,
        changes,
        pushdown,
        expect,
        case: spec.case,
        unknown_fields: spec.unknown_fields,
        bad_records,
        chunk,
        hydrate: spec.hydrate.is_some(),
        lane: spec.lane.as_ref().map(|lane| lane.text.clone()),
        cache,
        discovery,
        references,
        extras,
        resume: Resume::Page,
    };
    plan.resume = resume(&plan);
    plan
}

fn source(cx: &mut Cx<'_>, name: &str, span: Span, spec: &StreamSpec, damaged: bool) -> Source {
    let request = match &spec.request {
        Some(Short::Other(request)) => compile_request(cx, request, &spec.parts(), At::Request).map(Box::new),
        // The map form was folded into the stream before it was read.
        Some(Short::Map(long)) => compile_request(cx, &long.request, &long.parts(), At::Request).map(Box::new),
        None => None,
    };
    if let Some(job) = &spec.job {
        if spec.request.is_none() && spec.from.is_none() && !damaged {
            no_request(
                cx,
                name,
                span,
                "the download is the stream's own request: add `request: GET {{ job.status.url }}`",
            );
        }
        return job.value.compile(cx).map_or(Source::Broken, |job| Source::Job(Box::new(job), request));
    }
    if let Some(from) = &spec.from {
        return match &from.value {
            FromSpec::Response(stream) => Source::Responses(stream.text.clone(), stream.span),
            FromSpec::Record(record) => {
                if let Some(page) = &record.page {
                    cx.optional_place(page);
                }
                Source::Records {
                    stream: record.stream.text.clone(),
                    span: record.stream.span,
                    name: record.as_.text.clone(),
                    page: record.page.is_some(),
                    request,
                }
            }
        };
    }
    if let Some(generate) = &spec.generate {
        let rows = cx.late(&generate.rows, |_, rows| Some(*rows));
        let seed = generate.seed.as_ref().and_then(|seed| cx.late(seed, |_, seed| Some(*seed)));
        return rows.map_or(Source::Broken, |rows| Source::Generate { rows, seed });
    }
    if spec.request.is_none() && !damaged {
        no_request(cx, name, span, "a stream is its list request: add `request: GET /…`, or `from`, or `generate`");
    }
    request.map_or(Source::Broken, Source::Http)
}

fn no_request(cx: &mut Cx<'_>, name: &str, span: Span, help: &str) {
    cx.push(Diagnostic::new(Code::E0605, span, format!("the stream `{name}` has no request")).help(help));
}

fn changes(cx: &mut Cx<'_>, spec: &crate::manifest::ChangesSpec) -> Option<Changes> {
    let request = compile_request(cx, &spec.request, &spec.parts(), At::Request);
    let deleted = spec.deleted.as_ref().and_then(|text| cx.condition(text, At::ChangesDeleted));
    let records = spec.records.as_ref().and_then(|records| records.compile(cx));
    let record = spec.record.as_ref().and_then(|record| cx.place(record));
    let retain = spec.retain.as_ref().and_then(|retain| cx.late(retain, |cx, text| cx.duration(text)));
    let cursor = spec.incremental.as_ref().and_then(|written| cursor::spec(written).compile(cx, spec.request.span));
    let pages = spec.paginate.as_ref().and_then(|pages| pages.compile(cx));
    Some(Changes { request: request?, records, record, retain, deleted, cursor, pages })
}

fn expect(cx: &mut Cx<'_>, spec: &StreamSpec) -> Expect {
    let Some(written) = &spec.expect else { return Expect::default() };
    let total = written.total.as_ref().and_then(|source| cx.source(source, At::Paging));
    if let (Some(Scalar::Number(min)), Some(Scalar::Number(max))) = (&written.min, &written.max)
        && let (Ok(low), Ok(high)) = (min.value.0.parse::<f64>(), max.value.0.parse::<f64>())
        && low > high
    {
        let message = format!("no number of rows is from {} to {}", min.value.0, max.value.0);
        cx.push(
            Diagnostic::new(Code::E0613, max.span, message)
                .also(min.span, "the least number")
                .help("`max` is at least `min`"),
        );
    }
    let [min, max] =
        [&written.min, &written.max].map(|bound| bound.as_ref().and_then(|bound| cx.scalar(bound, At::When, false)));
    Expect { total, min, max }
}

fn pushdown(cx: &mut Cx<'_>, spec: &StreamSpec) -> Vec<(String, Vec<Pushdown>)> {
    let Some(spec) = &spec.pushdown else { return Vec::new() };
    for address in spec.sort.iter().chain(&spec.limit) {
        cx.address(address);
    }
    let mut filters = Vec::new();
    for entry in spec.filters.iter().flat_map(|filters| filters.iter()) {
        let written = entry.value.iter().flat_map(Many::iter);
        let mut parsed = Vec::new();
        for text in written {
            let Some(read) = cx.read(parse_pushdown(&text.text), text.span) else { continue };
            for problem in read.filter.iter().filter_map(unknown_filter) {
                cx.problem(problem, text.span);
            }
            parsed.push(read);
        }
        filters.push((entry.name.clone(), parsed));
    }
    filters
}

/// Says what is wrong with the filters that a pushed value goes through: a word that is none.
fn unknown_filter(piece: &Piece) -> Option<Problem> {
    let mut start = 0;
    for step in piece.text.split(" | ") {
        let name = &step[..step.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(step.len())];
        let mut filters = crate::expr::functions().filter(|function| !function.is_called());
        if !name.is_empty() && !filters.any(|function| function.name == name) {
            let at = piece.range.start + start;
            let known = crate::expr::functions().filter(|function| !function.is_called()).map(|function| function.name);
            let problem = Problem::new(Code::E0304, at..at + name.len(), format!("unknown filter `{name}`"));
            return Some(problem.nearest(nearest(name, known)));
        }
        // A `|` inside a text is none of ours.
        if step.contains(['\'', '"']) {
            return None;
        }
        start += step.len() + 3;
    }
    None
}

/// Says how much of a stream is read again (SEMANTICS rules 14 and 19).
fn resume(plan: &StreamPlan) -> Resume {
    let windowed = plan.cursor.as_ref().is_some_and(|cursor| cursor.window.is_some());
    let coarse = if windowed { Resume::Window } else { Resume::Partition };
    if plan.cursor.as_ref().is_some_and(|cursor| cursor.replace_window) {
        return Resume::Window;
    }
    let single = plan.pages.as_ref().is_none_or(|pages| pages.all().iter().all(|page| page.kind.kind() == "none"));
    match &plan.source {
        Source::Job(..) => coarse,
        Source::Generate { .. } | Source::Responses(..) => Resume::Page,
        _ if single => coarse,
        _ => Resume::Page,
    }
}

impl StreamPlan {
    /// Lists the streams whose rows are this stream's partitions.
    pub fn parents(&self) -> Vec<(&str, Span)> {
        use crate::components::partition::Over;
        let streams = self.each.iter().filter_map(|each| match &each.over {
            Over::Streams(parent) => Some(parent),
            Over::Values(_) => None,
        });
        streams.flat_map(|parent| parent.streams.iter().map(|(name, span)| (name.as_str(), *span))).collect()
    }

    /// Returns the stream that this one takes its records from.
    pub fn taken_from(&self) -> Option<(&str, Span)> {
        match &self.source {
            Source::Responses(stream, span) | Source::Records { stream, span, .. } => Some((stream, *span)),
            _ => None,
        }
    }

    /// Returns the name of the column that is the position.
    pub fn cursor_field(&self) -> Option<(&str, Span)> {
        match &self.cursor.as_ref()?.by {
            By::Field { name, span } => Some((name, *span)),
            _ => None,
        }
    }

    /// Visits every value that is written into the stream's requests.
    pub fn each_request(&self, visit: &mut dyn FnMut(&RequestPlan)) {
        if let Some(request) = self.source.request() {
            visit(request);
        }
        if let Source::Job(job, _) = &self.source {
            visit(&job.create);
            job.poll.iter().chain(&job.result).chain(&job.close).for_each(&mut *visit);
        }
    }
}
