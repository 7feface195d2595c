//! The body of an answer, piece by piece: unpacked, bounded, and never later than its deadlines.

use super::bounds::{Bounds, Deadlines, spoken_size, spoken_time};
use super::transport::Chunks;
use super::trouble::Trouble;
use super::unpack::Unpack;
use crate::fault::{Fault, Kind};
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The body of an answer. Dropping it before its end closes the connection.
pub struct Body {
    chunks: Option<Box<dyn Chunks>>,
    unpack: Unpack,
    /// What `Content-Length` promises.
    declared: Option<u64>,
    wire: u64,
    most: u64,
    error: u64,
    idle: Duration,
    within: Duration,
    end: Instant,
    ended: bool,
    shown: String,
}

/// What is known of a body before it comes.
pub(super) struct Coming {
    pub(super) chunks: Box<dyn Chunks>,
    pub(super) unpack: Unpack,
    pub(super) declared: Option<u64>,
    pub(super) shown: String,
}

impl Body {
    pub(super) fn new(coming: Coming, bounds: &Bounds, within: &Deadlines, end: Instant) -> Self {
        let Coming { chunks, unpack, declared, shown } = coming;
        Self {
            chunks: Some(chunks),
            unpack,
            declared,
            wire: 0,
            most: bounds.wire,
            error: bounds.error,
            idle: within.idle,
            within: within.request,
            end,
            ended: false,
            shown,
        }
    }

    /// Returns the next unpacked piece, `None` at the end. After a fault there is nothing but faults.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        let result = self.piece().await;
        if result.is_err() {
            self.chunks = None;
        }
        result.map_err(|fault| fault.with("request", self.shown.clone()))
    }

    /// Reads all of it, as long as it has no more than `most` bytes unpacked.
    pub async fn whole(&mut self, most: u64) -> Result<Bytes, Fault> {
        let (bytes, more) = self.gather(most).await?;
        if !more {
            return Ok(bytes);
        }
        let message = format!("the body is larger than {}, the limit here", spoken_size(most));
        Err(Trouble::Answer.lasting(Kind::Source, message).with("request", self.shown.clone()))
    }

    /// Reads the beginning, as is enough to tell an error: at most [`Bounds::error`] bytes. The rest is not awaited.
    pub async fn beginning(&mut self) -> Result<Bytes, Fault> {
        let most = self.error;
        self.gather(most).await.map(|(bytes, _)| bytes)
    }

    /// Returns what `Content-Length` promises, where it promises anything.
    pub fn declared_length(&self) -> Option<u64> {
        self.declared
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            if self.ended {
                return Ok(None);
            }
            if let Some(piece) = self.unpack.next()? {
                return Ok(Some(piece));
            }
            let Some(chunk) = self.chunk().await? else {
                self.ended = true;
                let rest = self.unpack.finish()?;
                return Ok(Some(rest).filter(|rest| !rest.is_empty()));
            };
            self.unpack.give(chunk);
        }
    }

    /// Returns the next piece of the wire.
    async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some(chunks) = &mut self.chunks else {
            return Err(Trouble::Cut.lasting(Kind::Network, "the body was given up after a fault"));
        };
        let idle = Instant::now() + self.idle;
        let Ok(came) = timeout_at(idle.min(self.end), chunks.next()).await else {
            let message = if self.end <= idle {
                format!("the request took longer than {}", spoken_time(self.within))
            } else {
                format!("the body stood still for {}", spoken_time(self.idle))
            };
            return Err(Trouble::Stalled.passing(message));
        };
        let chunk = came?;
        self.wire += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.wire > self.most {
            let most = spoken_size(self.most);
            let message = format!("the body is larger than {most}, the limit of one answer");
            return Err(Trouble::Answer.lasting(Kind::Source, message));
        }
        if let (None, Some(declared)) = (&chunk, self.declared)
            && self.wire != declared
        {
            let message = format!("the body ends after {} of {declared} bytes", self.wire);
            return Err(Trouble::Cut.passing(message));
        }
        Ok(chunk)
    }

    /// Reads up to `most` bytes and says whether there were more.
    async fn gather(&mut self, most: u64) -> Result<(Bytes, bool), Fault> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let Some(first) = self.next().await? else { return Ok((Bytes::new(), false)) };
        if first.len() > most {
            return Ok((first.slice(..most), true));
        }
        let Some(second) = self.next().await? else { return Ok((first, false)) };
        // A promise is not believed beyond a MiB.
        let promised = usize::try_from(self.declared.unwrap_or(0)).unwrap_or(0).min(1 << 20).min(most);
        let mut all = BytesMut::with_capacity(promised.max(first.len() + second.len()));
        all.extend_from_slice(&first);
        let mut piece = second;
        loop {
            let room = most - all.len();
            all.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok((all.freeze(), true));
            }
            match self.next().await? {
                Some(next) => piece = next,
                None => return Ok((all.freeze(), false)),
            }
        }
    }
}
