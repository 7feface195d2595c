//! What becomes of an answer: a page, another try, an end, a failure.

use super::fetch::Tried;
use super::flight::Arrival;
use super::got::Got;
use super::part::{Place, Queued, Tries};
use super::pass::{self, Begin};
use super::work::Work;
use crate::event::Event;
use crate::fault::{Fault, Kind};
use crate::http::retry::{Next, Policy};
use crate::http::spoken_time;
use crate::sinks::Known;
use crate::state::Page;
use std::time::Duration;
use tokio::time::Instant;

/// What a try that failed asks of the next one.
struct Again {
    /// How long to wait, if the API says it.
    after: Option<Duration>,
    attempts: Option<u32>,
    /// Everybody on the quota waits with it.
    all: bool,
    fault: Fault,
}

impl Work {
    /// Opens a partition: its pass goes on, or a new one begins.
    pub(super) fn open(&mut self, at: usize, queued: Queued, known: Known) {
        let now = self.cx.clock.now();
        let stream = &mut self.streams[at];
        let rules = stream.rules();
        let state = known.state.unwrap_or_default();
        stream.tally.receipt.partitions += 1;
        if stream.replaces() {
            stream.found.push(queued.partition.key.clone());
        }
        if pass::is_done(&state, &rules) {
            // An earlier run read it into this generation.
            stream.tally.complete += 1;
            return;
        }
        let resumed = pass::resume(&state, &rules, now);
        if resumed.is_none() && stream.run.backfills(&state) {
            let text = "`start` is earlier than before, so all from there on is read once";
            stream.tally.receipt.note("backfill", text, false);
        }
        let pass = resumed.unwrap_or_else(|| stream.anew(&state, now));
        if let Some(resumed) = pass.resumed {
            stream.tally.receipt.resumed_from.get_or_insert(resumed);
        }
        stream.active += 1;
        let mut part = super::part::Part::new(at, queued.partition, known.version, state, pass);
        part.resuming = part.pass.resumed.is_some();
        let first = match &part.pass.begin {
            Begin::First => stream.run.paginator.first(),
            Begin::At(page) => page.clone(),
            Begin::Verify { last, .. } => last.page.clone(),
        };
        part.begin(first);
        self.parts.insert(queued.place, part);
    }

    /// Takes the end of a request.
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        self.flying -= 1;
        self.memory.flying = self.memory.flying.saturating_sub(arrival.estimate);
        // One was counted when it began; made-up rows need none, and a redirect is one more.
        let more = u64::from(arrival.requests);
        for count in [&mut self.requests, &mut self.streams[arrival.job].tally.receipt.requests] {
            *count = (*count + more).saturating_sub(1);
        }
        self.requests_left = self.requests_left.map(|left| (left + 1).saturating_sub(more));
        let Some(part) = self.parts.get_mut(&arrival.place).filter(|part| part.epoch == arrival.epoch) else { return };
        let at = part.job;
        part.flying -= 1;
        self.streams[at].flying -= 1;
        let place = arrival.place.clone();
        if arrival.page.index != part.expected {
            if let Tried::Page(got) = &arrival.tried {
                self.memory.parked += got.rows.bytes;
                part.parked.insert(arrival.page.index, arrival);
            } else {
                // It is asked again when its turn comes. A pause holds for everybody now.
                part.asked_ahead.retain(|page| *page != arrival.page);
                if let Tried::Wait { after: Some(pause), .. } = arrival.tried {
                    self.streams[at].run.pause_quotas(&self.cx, Instant::now() + pause);
                }
            }
            return;
        }
        self.take(&place, arrival);
        // Pages that arrived before their turn.
        loop {
            let Some(part) = self.parts.get_mut(&place) else { return };
            let Some(arrival) = part.parked.remove(&part.expected) else { return };
            if let Tried::Page(got) = &arrival.tried {
                self.memory.parked = self.memory.parked.saturating_sub(got.rows.bytes);
            }
            self.take(&place, arrival);
        }
    }

    fn take(&mut self, place: &Place, arrival: Arrival) {
        let page = arrival.page;
        match arrival.tried {
            Tried::Page(got) => {
                if let Some(part) = self.parts.get_mut(place) {
                    part.tries = Tries::default();
                }
                self.page(place, &page, *got);
            }
            Tried::Again { after, attempts, pauses_quota, fault } => {
                if pauses_quota {
                    return self.wait(place, page, after, fault);
                }
                self.again(place, page, Again { after, attempts, all: false, fault });
            }
            Tried::Wait { after, fault } => self.wait(place, page, after, fault),
            Tried::End(sign) => self.page(place, &page, Got::end(sign)),
            Tried::Skip => self.skips(place),
            Tried::RestartPages(fault) => self.restarts_pages(place, &fault),
            Tried::Failed { fault, refused } => {
                if refused && self.may_begin_anew(place) {
                    return self.begins_anew(place, &fault);
                }
                self.fails(place, &fault);
            }
        }
    }

    /// The same request once more, after a pause.
    fn again(&mut self, place: &Place, page: Page, again: Again) {
        let Again { after, attempts, all, fault } = again;
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        let policy = Policy { attempts: attempts.unwrap_or(stream.run.retry.attempts), ..stream.run.retry };
        part.tries.count += 1;
        let tries = part.tries.count;
        let spent = part.tries.since.map_or(Duration::ZERO, |since| since.elapsed());
        let key = part.partition.key.text();
        let draw = self.cx.draw.draw("retry", &format!("{}/{key}/{}", stream.job.stream, page.index), tries);
        let pause = match policy.after(tries, spent.saturating_sub(part.tries.waited), after, draw) {
            Next::After(pause) => pause,
            Next::Spent | Next::TooLong => return self.fails(place, &fault.with("tries", tries.to_string())),
            Next::Refused(told) => {
                let told = stream.run.about(told.with("answer", fault.to_string()));
                return self.fails(place, &told);
            }
        };
        stream.tally.receipt.retries += 1;
        let event = Event::Retrying {
            stream: stream.job.stream.clone(),
            partition: key.to_owned(),
            attempt: part.tries.count + 1,
            wait_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            kind: fault.kind().into(),
            message: fault.to_string(),
        };
        self.cx.listener.tell(&event);
        let until = Instant::now() + pause;
        if all {
            stream.run.pause_quotas(&self.cx, until);
        }
        part.not_before = Some(until);
        part.wanted.push_front(page);
    }

    /// The quota pauses, and with it everybody who shares it; it does not count as a try.
    fn wait(&mut self, place: &Place, page: Page, after: Option<Duration>, fault: Fault) {
        // Without a word of the API the pauses grow, and they count as tries: nobody knows whether it will end.
        let Some(pause) = after else {
            return self.again(place, page, Again { after, attempts: None, all: true, fault });
        };
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        if let Err(told) = stream.run.retry.allowed(pause) {
            let told = stream.run.about(told);
            return self.fails(place, &told);
        }
        // A wait is no try. While nobody gets a page all waits together are one: an API that only asks to wait is left.
        part.tries.waited += pause;
        let stands_still = std::mem::replace(&mut part.tries.answered, self.answered) == self.answered;
        part.tries.in_vain = if stands_still { part.tries.in_vain + pause } else { pause };
        let most = stream.run.retry.wait;
        if part.tries.in_vain > most {
            let told =
                format!("the API only asks to wait: nothing came for {} (`timeouts.wait`); {fault}", spoken_time(most));
            let told = stream.run.about(Fault::new(Kind::Quota, "wait", told));
            return self.fails(place, &told);
        }
        let until = Instant::now() + pause;
        stream.run.pause_quotas(&self.cx, until);
        stream.tally.receipt.waited_ms += u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let wall =
            jiff::SignedDuration::try_from(pause).ok().and_then(|pause| self.cx.clock.now().checked_add(pause).ok());
        let event = Event::Waiting { stream: stream.job.stream.clone(), why: fault.to_string(), until: wall };
        self.cx.listener.tell(&event);
        part.not_before = Some(until);
        part.wanted.push_front(page);
    }

    /// A rule says that the partition is left out: its state does not move.
    fn skips(&mut self, place: &Place) {
        self.land(place);
        let Some(part) = self.parts.remove(place) else { return };
        let stream = &mut self.streams[part.job];
        stream.active -= 1;
        stream.tally.complete += 1;
        stream.tally.receipt.note("skipped", "partitions were left out by an error rule (`skip`)", false);
        let event = Event::PartitionEnded {
            stream: stream.job.stream.clone(),
            partition: part.partition.key.text().to_owned(),
            sign: None,
            failure: None,
        };
        self.cx.listener.tell(&event);
    }

    fn restarts_pages(&mut self, place: &Place, fault: &Fault) {
        let Some(part) = self.parts.get_mut(place) else { return };
        if std::mem::replace(&mut part.pages_restarted, true) {
            return self.fails(place, fault);
        }
        self.begins_anew(place, fault);
    }

    /// A token that is refused on the first request of a pass that goes on is dropped, once.
    fn may_begin_anew(&self, place: &Place) -> bool {
        self.parts.get(place).is_some_and(|part| part.resuming && !part.begun_anew)
    }

    /// Begins a new pass in the same run; the first commit takes back what the abandoned one wrote.
    pub(super) fn begins_anew(&mut self, place: &Place, why: &Fault) {
        let now = self.cx.clock.now();
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        let pass = stream.anew(&part.state, now);
        stream.tally.receipt.note("begun_anew", format!("a read could not go on where it was left: {why}"), false);
        part.begun_anew = true;
        part.resuming = false;
        part.replace_pass(pass);
        let first = stream.run.paginator.first();
        self.land(place);
        if let Some(part) = self.parts.get_mut(place) {
            part.begin(first);
        }
    }

    /// Requests of this partition that are on the wire count for nothing any more.
    pub(super) fn land(&mut self, place: &Place) {
        let Some(part) = self.parts.get_mut(place) else { return };
        self.streams[part.job].flying -= std::mem::take(&mut part.flying);
        for (_, arrival) in std::mem::take(&mut part.parked) {
            if let Tried::Page(got) = &arrival.tried {
                self.memory.parked = self.memory.parked.saturating_sub(got.rows.bytes);
            }
        }
    }

    /// A partition can't be read further. What is packed of it stays.
    pub(super) fn fails(&mut self, place: &Place, fault: &Fault) {
        self.land(place);
        let Some(part) = self.parts.remove(place) else { return };
        let stream = &mut self.streams[part.job];
        stream.active -= 1;
        stream.tally.failed(&part.partition.key, stream.covered(&part), fault);
        let event = Event::PartitionEnded {
            stream: stream.job.stream.clone(),
            partition: part.partition.key.text().to_owned(),
            sign: None,
            failure: Some(fault.into()),
        };
        self.cx.listener.tell(&event);
        // Refused credentials are refused for all partitions; nobody asks thousands of times.
        if matches!(fault.kind(), Kind::Auth | Kind::Contract) {
            stream.tally.broke(fault);
            stream.stop_feeding();
            self.drop_parts(part.job);
        }
    }
}
