//! One try of one page: ask the source, read what it gave, decide what it means.

use super::asking::Asking;
use super::context::Context;
use super::got::Got;
use super::rows::{Around as RowAround, Framer, PageRows};
use super::source::{Ask, Fetched, FetchedBody};
use super::stream::StreamRun;
use crate::components::answer::Answer;
use crate::components::decode::{Documents, Surroundings};
use crate::components::errors::Decision;
use crate::data::Value;
use crate::event::EndSign;
use crate::expr::Scope;
use crate::fault::{Fault, Kind};
use crate::http::Headers;
use crate::http::limits::Lease;
use crate::sinks::Offload;
use crate::state::Digest;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// A body this small is read where the run is: handing it to another thread costs more.
const SMALL: usize = 32 << 10;

/// What a try came to.
pub(super) enum Tried {
    Page(Box<Got>),
    /// The same request again.
    Again {
        after: Option<Duration>,
        attempts: Option<u32>,
        pauses_quota: bool,
        fault: Fault,
    },
    /// The quota pauses.
    Wait {
        after: Option<Duration>,
        fault: Fault,
    },
    /// The partition's regular end.
    End(EndSign),
    /// The partition is left out.
    Skip,
    RestartPages(Fault),
    /// `refused`: the API does not know what was asked for; a place in it may be gone.
    Failed {
        fault: Fault,
        refused: bool,
    },
}

/// Asks once, and says how many requests went out for it. The lease is given back when the answer is there.
pub(super) async fn once(run: &Arc<StreamRun>, asking: Asking, cx: &Context, lease: Lease) -> (Tried, u32) {
    match ask(run, &asking).await {
        Ok(fetched) => {
            let requests = fetched.requests;
            (judged(run, asking, fetched, cx, lease).await, requests)
        }
        Err(fault) => (run.failed(fault), 1),
    }
}

async fn judged(run: &Arc<StreamRun>, asking: Asking, fetched: Fetched, cx: &Context, lease: Lease) -> Tried {
    let now = cx.clock.now();
    if !run.is_page(fetched.status) {
        drop(lease);
        return not_a_page(run, &asking, fetched, cx);
    }
    let (status, headers, url, date) = (fetched.status, fetched.headers, fetched.url, fetched.date);
    let job = Job { run: Arc::clone(run), asking, status, headers, url, now, cx: cx.clone(), before: None };
    let read = match fetched.body {
        FetchedBody::Whole(bytes) => {
            drop(lease);
            let small = bytes.len() < SMALL;
            let wire = bytes.len() as u64;
            job.offloaded(small, move |job| job.whole(&bytes)).await.map(|got| (got, wire))
        }
        FetchedBody::Documents(documents) => {
            drop(lease);
            let small = documents.len() < SMALL;
            job.offloaded(small, move |job| job.documents(&documents)).await.map(|got| (got, 0))
        }
        FetchedBody::Long(first, body) => job.long(first, *body, cx.offload, lease).await,
    };
    match read {
        Ok((Tried::Page(mut got), wire)) => {
            got.wire = wire;
            got.date = date;
            Tried::Page(got)
        }
        Ok((tried, _)) => tried,
        Err(fault) => run.failed(fault),
    }
}

async fn ask(run: &StreamRun, asking: &Asking) -> Result<Fetched, Fault> {
    let window = run.window(&asking.asked);
    let scope = run.scope(asking, &window, true);
    let ask = Ask {
        stream: &run.name,
        partition: &asking.partition.key,
        page: &asking.page,
        received: asking.received,
        window: &window,
        scope: &scope,
    };
    run.source.fetch(&ask).await
}

/// Decides on an answer that is no page: of its body only the beginning was read.
fn not_a_page(run: &StreamRun, asking: &Asking, fetched: Fetched, cx: &Context) -> Tried {
    let FetchedBody::Whole(bytes) = fetched.body else {
        return Tried::Failed {
            fault: Fault::new(Kind::Internal, "read", "an answer that is no page has pieces"),
            refused: false,
        };
    };
    let text = String::from_utf8_lossy(&bytes);
    let body = crate::data::json::read(&text).unwrap_or_else(|_| Value::Text(text.as_ref().into()));
    let answer = Answer { status: fetched.status, headers: &fetched.headers, url: &fetched.url, body: &body };
    run.observe(&answer, asking, cx);
    run.with_scope(asking, |scope| match run.policy.decide(&answer, scope, cx.clock.now()) {
        Ok(Decision::Success) => {
            let message = format!("status {} counts as success, and its body was not read", fetched.status);
            Tried::Failed { fault: Fault::new(Kind::Internal, "read", message), refused: false }
        }
        Ok(Decision::Empty) => {
            Tried::Page(Box::new(Got { date: fetched.date, wire: bytes.len() as u64, ..Got::empty(&answer) }))
        }
        Ok(decision) => run.tried(decision, fetched.status),
        Err(fault) => Tried::Failed { fault: run.about(fault), refused: false },
    })
}

/// A page on its way from bytes to rows.
struct Job {
    run: Arc<StreamRun>,
    asking: Asking,
    status: u16,
    headers: Headers,
    url: url::Url,
    now: jiff::Timestamp,
    cx: Context,
    /// The records of the pieces that were read.
    before: Option<Digest>,
}

impl Job {
    /// Runs where it is best: small pages here, others on a thread of their own.
    async fn offloaded(
        self,
        small: bool,
        read: impl FnOnce(&Job) -> Result<Tried, Fault> + Send + 'static,
    ) -> Result<Tried, Fault> {
        if small {
            return read(&self);
        }
        let (offload, readers) = (self.cx.offload, Arc::clone(&self.cx.readers));
        // The body is here: while it waits for its turn, the API may be asked by others.
        let _turn = if offload == Offload::Inline { None } else { readers.acquire().await.ok() };
        beside(offload, move || read(&self)).await?
    }

    fn whole(&self, bytes: &Bytes) -> Result<Tried, Fault> {
        self.run.with_scope(&self.asking, |scope| {
            let around = Surroundings { headers: &self.headers, scope, most: self.run.most_decoded };
            let documents = self.run.reader.decode(bytes.clone(), &around);
            let read = documents.and_then(|documents| self.rows(&documents, scope));
            match read {
                Ok(rows) => self.judged(Got::of(rows), scope),
                // An answer that has no records may be what an error rule is for.
                Err(fault) => self.excused(bytes, scope, fault),
            }
        })
    }

    fn documents(&self, documents: &Documents) -> Result<Tried, Fault> {
        self.run.with_scope(&self.asking, |scope| self.judged(Got::of(self.rows(documents, scope)?), scope))
    }

    fn rows(&self, documents: &Documents, scope: &dyn Scope) -> Result<PageRows, Fault> {
        let around = RowAround {
            scope,
            status: self.status,
            headers: &self.headers,
            start: self.asking.since.as_ref(),
            positions: self.run.reads_positions(),
            first_page: self.asking.first_page,
            before: self.before,
        };
        self.run.reader.read(documents, &around)
    }

    /// Asks the error rules about a page that was read.
    fn judged(&self, mut got: Got, scope: &dyn Scope) -> Result<Tried, Fault> {
        let answer = Answer { status: self.status, headers: &self.headers, url: &self.url, body: &got.rows.envelope };
        let decision = self.run.policy.decide(&answer, scope, self.now)?;
        self.run.observe(&answer, &self.asking, &self.cx);
        (got.status, got.url) = (self.status, Some(self.url.clone()));
        got.headers = self.headers.clone();
        Ok(match decision {
            Decision::Success => Tried::Page(Box::new(got)),
            Decision::Empty => {
                got.rows.empty();
                Tried::Page(Box::new(got))
            }
            decision => self.run.tried(decision, self.status),
        })
    }

    /// Asks the error rules about a body that can't be read as a page.
    fn excused(&self, bytes: &Bytes, scope: &dyn Scope, fault: Fault) -> Result<Tried, Fault> {
        let Ok(text) = std::str::from_utf8(bytes) else { return Err(fault) };
        let Ok(body) = crate::data::json::read(text.trim_start_matches('\u{feff}')) else { return Err(fault) };
        let answer = Answer { status: self.status, headers: &self.headers, url: &self.url, body: &body };
        match self.run.policy.decide(&answer, scope, self.now)? {
            Decision::Success => Err(fault),
            Decision::Empty => Ok(Tried::Page(Box::new(Got::empty(&answer)))),
            decision => Ok(self.run.tried(decision, self.status)),
        }
    }

    /// Reads records while the body arrives, so that it never stands in memory as a whole.
    async fn long(
        self,
        first: Bytes,
        mut body: crate::http::Body,
        offload: Offload,
        lease: Lease,
    ) -> Result<(Tried, u64), Fault> {
        let mut framer = self.run.reader.framer();
        if framer.is_none() {
            return Err(Fault::new(Kind::Internal, "read", "a long body without a way to cut it"));
        }
        let mut got = PageRows::none();
        let mut job = self;
        let mut wire = first.len() as u64;
        let mut next = Some(first);
        while let Some(cutting) = &mut framer {
            let pieces = match next.take() {
                Some(bytes) => cutting.feed(&bytes)?,
                None => framer.take().map_or_else(|| Ok(Vec::new()), Framer::finish)?,
            };
            for piece in pieces {
                let rows;
                (job, rows) = job.piece(piece, offload).await?;
                job.before = Some(rows.records);
                got.join(rows);
            }
            if framer.is_some() {
                next = body.next().await?;
                wire += next.as_ref().map_or(0, |bytes| bytes.len() as u64);
            }
        }
        drop(lease);
        let run = Arc::clone(&job.run);
        let tried = run.with_scope(&job.asking, |scope| job.judged(Got::of(got), scope))?;
        Ok((tried, wire))
    }

    async fn piece(self, piece: Documents, offload: Offload) -> Result<(Self, PageRows), Fault> {
        let read = move |job: Job| {
            let rows = job.run.with_scope(&job.asking, |scope| job.rows(&piece, scope));
            (job, rows)
        };
        let (job, rows) = beside(offload, move || read(self)).await?;
        Ok((job, rows?))
    }
}

/// Reads on a thread of its own.
async fn beside<T: Send + 'static>(offload: Offload, read: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    if offload == Offload::Inline {
        return Ok(read());
    }
    let panicked = || Fault::new(Kind::Internal, "read", "a page could not be read: the reader panicked");
    tokio::task::spawn_blocking(read).await.map_err(|_| panicked())
}

impl StreamRun {
    fn tried(&self, decision: Decision, status: u16) -> Tried {
        match decision {
            Decision::Success | Decision::Empty => {
                let fault = Fault::new(Kind::Internal, "read", "an answer was decided on twice");
                Tried::Failed { fault, refused: false }
            }
            Decision::Retry { after, attempts, pauses_quota, fault } => {
                Tried::Again { after, attempts, pauses_quota, fault: self.about(fault) }
            }
            Decision::Wait { after, fault } => Tried::Wait { after, fault: self.about(fault) },
            Decision::End(sign) => Tried::End(sign),
            Decision::Skip(_) => Tried::Skip,
            Decision::RestartPages(fault) => Tried::RestartPages(self.about(fault)),
            // Fixed credentials stay refused.
            Decision::RefreshAuth(fault) => {
                Tried::Failed { fault: self.about(self.refused_auth(&fault)), refused: false }
            }
            Decision::Split(fault) | Decision::Reset(fault) => {
                let told =
                    format!("{}; the rule asks for what this version can't do: `split` and `reset`", self.about(fault));
                Tried::Failed { fault: Fault::new(Kind::Config, "errors", told), refused: false }
            }
            Decision::Fail(fault) => {
                let refused = matches!(status, 400 | 404 | 409 | 410 | 412 | 416 | 422);
                Tried::Failed { fault: self.about(fault), refused }
            }
        }
    }

    /// Decides on a request that got no answer, or whose body can't be read.
    fn failed(&self, fault: Fault) -> Tried {
        self.tried(self.policy.failed(fault), 0)
    }
}
