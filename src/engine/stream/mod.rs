//! A stream as a run reads it: everything decided, immutable, shared by all of its pages.

mod build;
mod paging;
mod positions;
mod quotas;

use super::asking::Asking;
use super::context::Context;
use super::definition;
use super::naming::Naming;
use super::order::{Filter, StreamOrder};
use super::partitions::Partition;
use super::rows::{RowReader, Wants};
use super::source::PageSource;
use crate::components::answer::{Around, Fields};
use crate::components::auth::AuthPlan;
use crate::components::context::{Late, Read};
use crate::components::cursor::{CursorPlan, Order, Positions};
use crate::components::errors::ErrorPolicy;
use crate::components::pagination::Paginator;
use crate::components::pagination::none::SinglePage;
use crate::components::quota::LimitPlan;
use crate::data::Value;
use crate::expr::{Root, Scope};
use crate::fault::{Fault, Kind};
use crate::http::limits::{QuotaKey, QuotaRule};
use crate::http::retry::Policy;
use crate::plan::{BadRecords, Bound, BoundStream, Resume};
use crate::secret::{Mask, Secret};
use crate::sinks::{Mode, StreamTarget};
use crate::state::Asked;
use build::{
    built, column_type, deadlines, fingerprint, is_page, longest_reset, read_of, retry, rows, source, wanted_fields,
};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

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
    /// The column that is the position.
    pub position: Option<String>,
    pub policy: ErrorPolicy,
    pub retry: Policy,
    /// How long a quota that is used up may be waited for.
    pub longest_reset: Duration,
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
    pub mask: Mask,
    /// How messages name its request.
    request: Option<String>,
    stream: Value,
    fields: Fields,
    auth: &'static str,
    /// Parameters of addresses that hold credentials.
    secret_query: Vec<String>,
    pub expects: Option<Read>,
    /// The least and the most records of a complete read.
    pub expects_rows: (Option<u64>, Option<u64>),
    /// Only parents that changed are wanted, and this version reads all.
    pub reads_all_parents: bool,
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
            return told(format!(
                "`{}` has no key, so its rows can't be upserted; append or replace them",
                stream.plan.name
            ));
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
        built(bound, stream)?;
        let naming = Arc::new(Naming::new(bound, stream, now)?);
        let paginator = stream.pages.clone().unwrap_or_else(|| Arc::new(SinglePage));
        if paginator.finds_records() && stream.records.is_none() {
            let told = format!(
                "write `records` in `{name}`, the place of the nodes: `{}` does not find it yet",
                paginator.kind()
            );
            return Err(Fault::new(Kind::Config, "plan", told));
        }
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
        ways.extend(paginator.ways());
        envelope.extend(ways.iter().filter_map(|way| read_of(way)));
        let selection = order.and_then(|order| order.columns.clone());
        let filters = order.map(|order| order.filter.clone()).unwrap_or_default();
        let selection = selection.map(|mut columns| {
            columns.extend(filters.iter().map(|filter| filter.column.clone()));
            columns
        });
        let wants = Wants { envelope: &envelope, selection: selection.as_deref(), parents: feeds, hashes, ends: true };
        let reader = RowReader::new(stream, &wants)?;
        let definition = definition::of(bound, stream, &filters);
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
            // What a read of the whole wrote is taken back where it begins anew.
            tagged: mode == Mode::Replace || (mode == Mode::Append && (!ascending || feeds)),
            digest: definition::digest(&definition),
            definition,
        });
        let fingerprint = fingerprint(bound);
        let pushed = super::pushdown::pushed(stream, &filters)?;
        let deadlines = deadlines(request.and_then(|request| request.timeouts.as_ref()));
        let source = source(bound, stream, &paginator, &policy, &deadlines, pushed, &reader, cx)?;
        let paginator = source.paginator().unwrap_or(paginator);
        let connector = bound.plan.connector.clone();
        let auth = stream.auth.as_ref().or(bound.auth.as_ref());
        Ok(Self {
            mode,
            target,
            source,
            retry: retry(
                request.and_then(|request| request.retry.as_ref()),
                request.and_then(|request| request.timeouts.as_ref()),
            ),
            longest_reset: longest_reset(request.and_then(|request| request.timeouts.as_ref())),
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
            mask: bound.vault.mask(),
            request: request.map(|request| request.message.shown()),
            stream: Value::Text(name.as_str().into()),
            fields: wanted_fields(stream),
            auth: auth.map_or("none", AuthPlan::kind),
            secret_query: auth.map(AuthPlan::query).unwrap_or_default().into_iter().map(str::to_owned).collect(),
            expects: stream.plan.expect.total.clone(),
            expects_rows: (
                rows(stream.plan.expect.min.as_ref(), &scope)?,
                rows(stream.plan.expect.max.as_ref(), &scope)?,
            ),
            position: stream.position.clone(),
            reads_all_parents: naming.wants_changed_only(),
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

    /// Adds to a fault where it happened. What others say in it may repeat a secret: those are masked.
    pub(super) fn about(&self, fault: Fault) -> Fault {
        let fault = match &self.request {
            Some(request) if !fault.context().iter().any(|(name, _)| *name == "request") => {
                fault.with("request", request.clone())
            }
            _ => fault,
        };
        fault.with("stream", self.name.clone()).reworded(|text| self.mask.text(text))
    }

    /// Fixed credentials stay refused: says which block they come from.
    pub(super) fn refused_auth(&self, fault: &Fault) -> Fault {
        let told = format!("{}; look at `auth: {}` and the params that it reads", fault.message(), self.auth);
        let mut about = Fault::new(Kind::Auth, "request", told);
        for (name, value) in fault.context() {
            about = about.with(name, value.clone());
        }
        about
    }
}
