//! A stream as a run reads it: everything decided, immutable, shared by all of its pages.

use super::context::Context;
use super::definition;
use super::fetch::Asking;
use super::filter;
use super::got::Got;
use super::naming::Naming;
use super::order::{Filter, StreamOrder};
use super::partitions::Partition;
use super::pass::Pass;
use super::rows::{self, RowReader, Wants};
use super::source::{Generated, OverHttp, PageSource};
use crate::components::answer::{Answer, Around, Fields};
use crate::components::auth::AuthPlan;
use crate::components::context::{Late, Read};
use crate::components::cursor::{CursorPlan, Order, Positions, Window};
use crate::components::errors::{ErrorPolicy, Outcome};
use crate::components::pagination::none::SinglePage;
use crate::components::pagination::{Next, Paginator, Seen, signs};
use crate::components::quota::LimitPlan;
use crate::data::{Duration as Lasting, Type, Value};
use crate::expr::{Root, Scope, place};
use crate::fault::{Fault, Kind};
use crate::http::limits::{Observed, QuotaKey, QuotaRule, Want};
use crate::http::retry::Policy;
use crate::http::{Deadlines, Gate, Http};
use crate::plan::{BadRecords, Bound, BoundBase, BoundStream, Origin, Resume, Source};
use crate::secret::Secret;
use crate::sinks::{Mode, StreamTarget};
use crate::state::{Asked, Covered, Digest, Mark, Page, PartitionState};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A stream as a run reads it.
pub(super) struct StreamRun {
    pub name: String,
    pub mode: Mode,
    /// `None`: its rows are read for other streams only.
    pub target: Option<StreamTarget>,
    pub reader: RowReader,
    pub source: Arc<dyn PageSource>,
    pub paginator: Arc<dyn Paginator>,
    pub positions: Option<Positions>,
    pub policy: ErrorPolicy,
    pub retry: Policy,
    /// The longest wait for a pause that the API asks for.
    pub longest_wait: Duration,
    pub most_decoded: u64,
    pub bad_records: BadRecords,
    pub naming: Arc<Naming>,
    /// The API gives rows by ascending position.
    pub ascending: bool,
    /// Rows older than the position are left out here, newest first: a page of them is the last one.
    pub descending_client: bool,
    pub by_page: bool,
    pub counted: bool,
    pub hashes: bool,
    /// Its rows have a key.
    pub keyed: bool,
    /// Pages of one partition that are asked at once.
    pub parallel: u32,
    client: bool,
    filters: Vec<Filter>,
    limits: Vec<(LimitPlan, AtomicU64)>,
    /// What pauses where nothing is declared.
    account: Arc<QuotaRule>,
    connector: String,
    fingerprint: String,
    params: Value,
    with_secrets: Secret<Value>,
    stream: Value,
    fields: Fields,
    auth: &'static str,
    expects: Option<Read>,
}

/// Returns how a stream is written unless the user says otherwise.
pub fn default_mode(stream: &BoundStream) -> Mode {
    match (stream.key.is_empty(), stream.position.is_some()) {
        (false, true) => Mode::Upsert,
        (true, true) => Mode::Append,
        (_, false) => Mode::Replace,
    }
}

/// Returns the mode of a stream in a destination: the default one is what the destination can do of it.
pub(super) fn mode(stream: &BoundStream, asked: Option<Mode>, modes: &[Mode], place: &str) -> Result<Mode, Fault> {
    let told = |message: String| Err(Fault::new(Kind::Config, "plan", message));
    if let Some(asked) = asked {
        if !modes.contains(&asked) {
            let known: Vec<&str> = modes.iter().map(|mode| mode.word()).collect();
            return told(format!("{place} can't `{}`; it can {}", asked.word(), known.join(", ")));
        }
        if asked == Mode::Upsert && stream.key.is_empty() {
            return told(format!("`{}` has no key, so its rows can't be upserted; append or replace them", stream.plan.name));
        }
        return Ok(asked);
    }
    let wanted = default_mode(stream);
    Ok(match wanted {
        mode if modes.contains(&mode) => mode,
        Mode::Upsert => Mode::Append,
        _ if modes.contains(&Mode::Append) => Mode::Append,
        other => other,
    })
}

impl StreamRun {
    /// Decides all that is the same for all pages. `order`: none if its rows are read for other streams only.
    pub(super) fn new(
        bound: &Arc<Bound>,
        stream: &BoundStream,
        order: Option<&StreamOrder>,
        mode: Mode,
        feeds: bool,
        cx: &Context,
    ) -> Result<Self, Fault> {
        let now = cx.clock.now();
        let name = stream.plan.name.clone();
        built(stream)?;
        let naming = Arc::new(Naming::new(bound, stream, now)?);
        let paginator = stream.pages.clone().unwrap_or_else(|| Arc::new(SinglePage));
        let request = stream.source.request();
        let policy = ErrorPolicy {
            rules: request.map(|request| request.errors.clone()).unwrap_or_default(),
            graphql: request.is_some_and(|request| request.is_graphql()),
        };
        let limits = request.and_then(|request| request.limits.clone()).unwrap_or_default();
        let of = column_type(stream);
        let uses_last = request.is_some_and(|request| CursorPlan::uses_last(&request.message));
        let scope = Around::new(now).with(Root::PARAMS, &bound.params);
        let positions = match (&stream.cursor, &stream.position) {
            (Some(plan), Some(_)) => Some(Positions::new(plan, of, uses_last, &scope)?),
            _ => None,
        };
        let settled = |late: Option<&Late<bool>>| late.and_then(Late::known) == Some(&true);
        let client = stream.cursor.as_ref().is_some_and(|cursor| settled(cursor.client.as_ref()));
        let direction = positions.as_ref().and_then(Positions::order);
        let ascending = direction == Some(Order::Asc);
        let hashes = mode == Mode::Append && positions.is_some();
        let mut envelope: Vec<Read> = paginator.reads().into_iter().cloned().collect();
        envelope.extend(paginator.bounds().into_iter().flat_map(|bounds| bounds.reads()).cloned());
        envelope.extend(policy.reads());
        envelope.extend(limits.iter().flat_map(LimitPlan::reads).cloned());
        envelope.extend(stream.plan.expect.total.clone());
        let mut ways = policy.ways();
        if paginator.kind() == "none" {
            ways.extend(signs::ways());
        }
        envelope.extend(ways.iter().filter_map(|way| read_of(way)));
        let selection = order.and_then(|order| order.columns.clone());
        let filters = order.map(|order| order.filter.clone()).unwrap_or_default();
        let selection = selection.map(|mut columns| {
            columns.extend(filters.iter().map(|filter| filter.column.clone()));
            columns
        });
        let wants =
            Wants { envelope: &envelope, selection: selection.as_deref(), parents: feeds, hashes, ends: true };
        let reader = RowReader::new(stream, &wants)?;
        let definition = definition::of(bound, stream);
        let by_page = stream.plan.resume == Resume::Page;
        let target = order.map(|order| StreamTarget {
            stream: name.clone(),
            table: order.table.clone().unwrap_or_else(|| name.clone()),
            schema: Arc::clone(reader.schema()),
            untyped: stream.columns.known().is_empty(),
            key: stream.key.clone(),
            position: stream.position.clone(),
            mode,
            mark_deleted: order.mark_deleted.unwrap_or(mode == Mode::Append),
            tagged: mode == Mode::Replace || (mode == Mode::Append && !ascending),
            digest: definition::digest(&definition),
            definition,
        });
        let fingerprint = fingerprint(bound);
        let pushed = super::pushdown::pushed(stream, &filters)?;
        let deadlines = deadlines(request.and_then(|request| request.timeouts.as_ref()));
        let source = source(bound, stream, &paginator, &policy, &deadlines, pushed, &reader, cx)?;
        let paginator = source.paginator().unwrap_or(paginator);
        let connector = bound.plan.connector.clone();
        Ok(Self {
            mode,
            target,
            source,
            retry: retry(request.and_then(|request| request.retry.as_ref())),
            longest_wait: longest_wait(request.and_then(|request| request.timeouts.as_ref())),
            most_decoded: crate::http::Bounds::default().decoded,
            bad_records: stream.plan.bad_records.clone(),
            ascending,
            descending_client: client && direction == Some(Order::Desc),
            by_page,
            counted: paginator.drifts(),
            hashes,
            keyed: !stream.key.is_empty(),
            parallel: paginator.bounds().map_or(1, |bounds| u32::try_from(bounds.at_once()).unwrap_or(1)),
            client,
            filters,
            limits: limits.into_iter().map(|limit| (limit, AtomicU64::new(u64::MAX))).collect(),
            account: Arc::new(QuotaRule::named(QuotaKey::new(format!("{connector} {fingerprint}")))),
            connector,
            fingerprint,
            params: bound.params.clone(),
            with_secrets: bound.vault.with(&bound.params),
            stream: Value::Text(name.as_str().into()),
            fields: wanted_fields(stream),
            auth: stream.auth.as_ref().or(bound.auth.as_ref()).map_or("none", AuthPlan::kind),
            expects: stream.plan.expect.total.clone(),
            name,
            reader,
            paginator,
            positions,
            policy,
            naming,
        })
    }

    /// Returns how many requests in flight the manifest allows, if it says so.
    pub(super) fn declared_concurrency(&self) -> Option<u32> {
        let declared = |limit: &(LimitPlan, AtomicU64)| limit.0.concurrency.as_ref().and_then(Late::known).copied();
        self.limits.iter().filter_map(declared).max()
    }

    /// Says whether it has one partition.
    pub(super) fn is_whole(&self) -> bool {
        self.naming.is_whole()
    }

    pub(super) fn is_asked_for(&self, partition: &Partition, wanted: &[(String, String)]) -> bool {
        self.naming.is_asked_for(partition, wanted)
    }

    pub(super) fn born(&self, parent: &str, row: &Value, of: &Partition) -> Result<Vec<Partition>, Fault> {
        self.naming.born(parent, row, of)
    }

    /// Says whether an answer of this status is read as a page.
    pub(super) fn is_page(&self, status: u16) -> bool {
        is_page(&self.policy, status)
    }

    // ── what expressions see ──

    /// Returns the scope of a page; in requests with the secrets.
    pub(super) fn scope<'a>(&'a self, asking: &'a Asking, window: &'a Value, secrets: bool) -> Around<'a> {
        let params = if secrets { self.with_secrets.reveal() } else { &self.params };
        let mut scope = Around::new(asking.asked.now)
            .with(Root::PARAMS, params)
            .with(Root::STREAM, &self.stream)
            .own(Root::PAGE, self.paginator.page_value(&asking.page, asking.received))
            .fields(&self.fields)
            .uuid(asking.uuid.as_str());
        if self.positions.is_some() {
            scope = scope.with(Root::WINDOW, window);
        }
        self.naming.scope(scope, &asking.partition.names)
    }

    /// Runs something in the scope of a page, without secrets.
    pub(super) fn with_scope<R>(&self, asking: &Asking, run: impl FnOnce(&dyn Scope) -> R) -> R {
        let window = self.window(&asking.asked);
        run(&self.scope(asking, &window, false))
    }

    pub(super) fn window(&self, asked: &Asked) -> Value {
        match &self.positions {
            Some(positions) => positions.value(&positions.reopen(asked)),
            None => Value::Absent,
        }
    }

    // ── positions ──

    /// Returns the window that a new pass asks for.
    pub(super) fn asked(&self, state: &PartitionState, full: bool, now: Timestamp) -> Asked {
        let Some(positions) = &self.positions else { return Asked { start: None, end: None, now } };
        let nothing = Covered::default();
        let from = if full || self.mode == Mode::Replace { &nothing } else { &state.covered };
        self.asked_from(positions.begin(from).from.as_ref(), now)
    }

    /// Returns the window that begins at a position.
    pub(super) fn asked_from(&self, from: Option<&Mark>, now: Timestamp) -> Asked {
        let Some(positions) = &self.positions else { return Asked { start: None, end: None, now } };
        let end = positions.end(now);
        let first = positions.windows(from, end.as_ref()).next();
        first.map_or_else(|| Asked { start: from.cloned(), end: end.clone(), now }, |window| window.asked(now))
    }

    /// Where a read of the whole begins.
    pub(super) fn origin(&self) -> Option<Mark> {
        self.positions.as_ref()?.begin(&Covered::default()).from
    }

    /// Says whether something before what is covered is to be read: then all of it is read.
    pub(super) fn backfills(&self, state: &PartitionState) -> bool {
        self.positions.as_ref().is_some_and(|positions| positions.begin(&state.covered).backfill)
    }

    /// Returns the window after the one that a pass has read.
    pub(super) fn next_window(&self, pass: &Pass) -> Option<Asked> {
        let positions = self.positions.as_ref()?;
        let window = positions.reopen(&pass.asked);
        if window.is_final {
            return None;
        }
        let (from, end) = (positions.follow(&window), positions.end(pass.asked.now));
        let next = positions.windows(from.as_ref(), end.as_ref()).next()?;
        Some(next.asked(pass.asked.now))
    }

    /// Rows older than this are left out here.
    pub(super) fn since(&self, pass: &Pass) -> Option<Mark> {
        pass.asked.start.clone().filter(|_| self.client)
    }

    /// Returns what no position of a pass rises above.
    pub(super) fn bound(&self, state: &PartitionState, got: &Got, cx: &Context) -> Option<Mark> {
        let date = got.date.unwrap_or_else(|| cx.clock.now());
        self.positions.as_ref()?.bound(date, got.seen_max.as_ref(), state.covered.position())
    }

    /// Returns the position that a next read may begin at, if the pass ends here or its rows ascend.
    pub(super) fn reached(&self, pass: &Pass, ended: bool) -> Option<Mark> {
        let positions = self.positions.as_ref()?;
        let window: Window = positions.reopen(&pass.asked);
        // Without a bound nothing is known of what came while the pass was read.
        let (mut covered, seen, bound) = (Covered::default(), pass.seen_max.as_ref(), Some(pass.bound.as_ref()?));
        if ended {
            positions.close(&mut covered, &window, seen, bound);
        } else {
            positions.ascend(&mut covered, &window, seen, bound);
        }
        covered.position().cloned()
    }

    /// Rows before this will not come again, if the next read begins at a position.
    pub(super) fn floor(&self, reached: &Mark) -> Option<i128> {
        let mut covered = Covered::default();
        covered.advance(None, reached);
        let begin = self.positions.as_ref()?.begin(&covered);
        // Where `start` lies behind the position it does not matter.
        Some(begin.from.filter(|from| from < reached).map_or(reached.order, |from| from.order))
    }

    pub(super) fn reads_positions(&self) -> Option<&dyn rows::Positions> {
        self.positions.as_ref().map(|positions| positions as &dyn rows::Positions)
    }

    // ── paging ──

    /// Runs something with a page as paging sees it.
    fn seen<R>(
        &self,
        page: &Page,
        got: &Got,
        asking: &Asking,
        run: impl FnOnce(&Seen<'_>, &dyn Scope) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let nowhere = url::Url::parse("weir:").expect("an address");
        let answer = Answer {
            status: got.status,
            headers: &got.headers,
            url: got.url.as_ref().unwrap_or(&nowhere),
            body: &got.envelope,
        };
        let list = matches!(got.list, Value::List(_)).then_some(&got.list);
        let seen = Seen {
            page,
            answer,
            extracted: got.extracted,
            received_before: asking.received,
            first: got.first.as_ref(),
            last: got.last.as_ref(),
            records: list,
            kept: got.kept,
        };
        self.with_scope(asking, |scope| run(&seen, scope))
    }

    pub(super) fn next(&self, page: &Page, got: &Got, asking: &Asking) -> Result<Next, Fault> {
        self.seen(page, got, asking, |seen, scope| self.paginator.next(seen, scope))
    }

    pub(super) fn ahead(&self, page: &Page, got: &Got, asking: &Asking) -> Vec<Page> {
        self.seen(page, got, asking, |seen, scope| Ok(self.paginator.ahead(seen, scope))).unwrap_or_default()
    }

    /// Returns what the API says there is in all.
    pub(super) fn claimed(&self, page: &Page, got: &Got, asking: &Asking) -> Result<Option<u64>, Fault> {
        self.seen(page, got, asking, |seen, scope| {
            let said = self.expects.as_ref().map(|total| total.count(&seen.answer, scope)).transpose()?.flatten();
            Ok(said.or(self.paginator.claimed(seen, scope)?))
        })
    }

    /// Leaves out rows for which a condition of the user does not hold.
    pub(super) fn keep_filtered(&self, got: &mut Got) -> Result<(), Fault> {
        if self.filters.is_empty() { Ok(()) } else { got.retain(|batch| filter::mask(batch, &self.filters)) }
    }

    // ── quotas ──

    /// Lists what a request takes of which quotas; one that is declared nowhere still pauses.
    pub(super) fn quotas(&self, asking: &Asking) -> Result<Vec<Want>, Fault> {
        let mut wants = vec![Want::one(&self.account)];
        self.with_scope(asking, |scope| {
            for (limit, last) in &self.limits {
                let last = Some(last.load(Ordering::Relaxed)).filter(|cost| *cost != u64::MAX);
                let cost = u32::try_from(limit.cost(last, scope)?).unwrap_or(u32::MAX);
                wants.push(Want { quota: self.rule(limit, scope)?, cost });
            }
            Ok(())
        })?;
        Ok(wants)
    }

    fn rule(&self, limit: &LimitPlan, scope: &dyn Scope) -> Result<Arc<QuotaRule>, Fault> {
        let spec = limit.spec(&self.connector, &self.fingerprint, scope)?;
        let short = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Arc::new(QuotaRule {
            key: QuotaKey::new(spec.key),
            rate: spec.rate.map(|(count, period)| crate::expr::shorthand::rate::Rate { count: short(count), period }),
            burst: spec.burst.map(short),
            concurrency: spec.concurrency,
        }))
    }

    /// Tells the quotas what an answer said.
    pub(super) fn observe(&self, answer: &Answer<'_>, asking: &Asking, cx: &Context) {
        let now = cx.clock.now();
        self.with_scope(asking, |scope| {
            for (limit, last) in &self.limits {
                let (Ok(seen), Ok(rule)) = (limit.observed(answer, scope, now), self.rule(limit, scope)) else { continue };
                if let Some(cost) = seen.cost {
                    last.store(cost, Ordering::Relaxed);
                }
                let instant = |at: Timestamp| {
                    Instant::now() + Duration::try_from(at.duration_since(now)).unwrap_or_default()
                };
                #[expect(clippy::cast_precision_loss, reason = "a rate is a small number")]
                let per_second = |(count, period): (u64, Duration)| count as f64 / period.as_secs_f64().max(1e-9);
                let observed = Observed {
                    remaining: seen.remaining,
                    reset_at: seen.reset.map(instant),
                    pause_until: None,
                    rate_per_second: seen.rate.map(per_second),
                };
                if observed != Observed::default() {
                    cx.limiter.observe(&rule, &observed);
                }
            }
        });
    }

    /// Pauses everybody who shares the account, or the declared quotas.
    pub(super) fn pause_quotas(&self, cx: &Context, until: Instant) {
        cx.limiter.observe(&self.account, &Observed { pause_until: Some(until), ..Observed::default() });
    }

    // ── what is told ──

    /// Adds to a fault where it happened.
    pub(super) fn about(&self, fault: Fault) -> Fault {
        fault.with("stream", self.name.clone())
    }

    /// Fixed credentials stay refused: says which block they come from.
    pub(super) fn refused_auth(&self, fault: Fault) -> Fault {
        let told = format!("{}; look at `auth: {}` and the params that it reads", fault.message(), self.auth);
        let mut about = Fault::new(Kind::Auth, "request", told);
        for (name, value) in fault.context() {
            about = about.with(name, value.clone());
        }
        about
    }
}

impl rows::Positions for Positions {
    fn mark(&self, value: &Value) -> Result<Option<Mark>, Fault> {
        Positions::mark(self, value)
    }
}

/// Says what of a stream can't be run yet.
fn built(stream: &BoundStream) -> Result<(), Fault> {
    let plan = &stream.plan;
    let word = match &stream.source {
        Source::Job(..) => "job",
        Source::Responses(..) | Source::Records { .. } => "from",
        Source::Broken => "request",
        _ if plan.changes.is_some() => "changes",
        _ if plan.discovery.is_some() => "schema",
        _ if plan.hydrate => "hydrate",
        _ if plan.chunk.is_some() => "chunk",
        _ if stream.cursor.as_ref().is_some_and(|cursor| cursor.replace_window) => "replace: window",
        _ if stream.cursor.is_some() && stream.position.is_none() => "incremental.token",
        _ => return Ok(()),
    };
    let told = format!("`{word}` of the stream `{}` can't be run by this version", plan.name);
    Err(Fault::new(Kind::Config, "plan", told))
}

fn column_type(stream: &BoundStream) -> Option<&Type> {
    let position = stream.position.as_ref()?;
    stream.columns.known().iter().find(|column| column.name == *position).map(|column| &column.of)
}

fn read_of(way: &[crate::data::Step]) -> Option<Read> {
    let text: String = std::iter::once("$".to_owned()).chain(way.iter().map(ToString::to_string)).collect();
    place::compile(&text).ok().map(Read::Place)
}

fn wanted_fields(stream: &BoundStream) -> Fields {
    let places = stream.columns.known().iter().filter_map(|column| match &column.origin {
        Origin::Member => Some(vec![crate::data::Step::Key(column.name.as_str().into())]),
        Origin::Place(path) => path.steps().map(<[_]>::to_vec),
        Origin::Computed(_) => None,
    });
    Fields(places.collect())
}

fn is_page(policy: &ErrorPolicy, status: u16) -> bool {
    (200..300).contains(&status)
        || policy.rules.iter().any(|rule| {
            matches!(rule.then, Outcome::Ok) && (rule.status.is_empty() || rule.status.contains(&status))
        })
}

/// Tells accounts apart by their credentials, without telling these.
fn fingerprint(bound: &Bound) -> String {
    let mut parts = Vec::new();
    for name in bound.vault.names() {
        let mut text = String::new();
        if let Some(secret) = bound.vault.get(name) {
            crate::data::json::write_canonical(secret.reveal(), &mut text);
        }
        parts.extend([name.to_owned(), text]);
    }
    if let BoundBase::Fixed(url) = &bound.origins.base {
        parts.push(url.as_str().to_owned());
    }
    format!("{:.8}", Digest::of(parts).to_string())
}

#[expect(clippy::too_many_arguments, reason = "what a source is made of; each is another thing")]
fn source(
    bound: &Arc<Bound>,
    stream: &BoundStream,
    paginator: &Arc<dyn Paginator>,
    policy: &ErrorPolicy,
    deadlines: &Deadlines,
    pushed: Vec<(crate::expr::shorthand::address::Address, Value)>,
    reader: &RowReader,
    cx: &Context,
) -> Result<Arc<dyn PageSource>, Fault> {
    if let Some(registered) = cx.sources.get(&stream.plan.name) {
        return Ok(Arc::clone(registered));
    }
    if let Some(generator) = rows::Generator::new(stream)? {
        return Ok(Arc::new(Generated(generator)));
    }
    let Some(request) = stream.source.request() else {
        return Err(Fault::new(Kind::Config, "plan", format!("the stream `{}` has no request", stream.plan.name)));
    };
    let base = match &bound.origins.base {
        BoundBase::Fixed(url) => Some(url.clone()),
        _ => None,
    };
    let gate = Gate {
        base,
        declared: bound.origins.declared.clone(),
        from_params: bound.origins.from_params.clone(),
        permissions: Arc::clone(&cx.permissions),
    };
    let mut http = Http::new(Arc::clone(&cx.transport), gate);
    if let Some(trace) = &cx.trace {
        http = http.traced(Arc::clone(trace));
    }
    let policy = policy.clone();
    Ok(Arc::new(OverHttp {
        http,
        request: request.clone(),
        base: bound.origins.base.clone(),
        auth: stream.auth.clone().or_else(|| bound.auth.clone()).unwrap_or(AuthPlan::None),
        paginator: Arc::clone(paginator),
        deadlines: *deadlines,
        is_page: Box::new(move |status| is_page(&policy, status)),
        frames: reader.framer().is_some(),
        pushed,
    }))
}

fn exact(late: Option<&Late<Lasting>>) -> Option<Duration> {
    late.and_then(Late::known).and_then(Lasting::to_exact)
}

fn deadlines(plan: Option<&crate::components::errors::TimeoutsPlan>) -> Deadlines {
    let known = Deadlines::default();
    let Some(plan) = plan else { return known };
    Deadlines {
        head: exact(plan.head.as_ref()).unwrap_or(known.head),
        idle: exact(plan.idle.as_ref()).unwrap_or(known.idle),
        request: exact(plan.request.as_ref()).unwrap_or(known.request),
    }
}

fn longest_wait(plan: Option<&crate::components::errors::TimeoutsPlan>) -> Duration {
    exact(plan.and_then(|plan| plan.wait.as_ref())).unwrap_or(Policy::default().wait)
}

fn retry(plan: Option<&crate::components::errors::RetryPlan>) -> Policy {
    let known = Policy::default();
    let Some(plan) = plan else { return known };
    Policy {
        attempts: plan.attempts.as_ref().and_then(Late::known).copied().unwrap_or(known.attempts),
        first: exact(plan.first.as_ref()).unwrap_or(known.first),
        max: exact(plan.max.as_ref()).unwrap_or(known.max),
        total: exact(plan.total.as_ref()).unwrap_or(known.total),
        wait: known.wait,
    }
}
