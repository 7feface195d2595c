//! The frontier of a partition: pages in their order, what they lead to, and the state that covers them.

use super::got::Got;
use super::packer::Segment;
use super::part::{Part, Place};
use super::pass::{self, Begin};
use super::reading::Reading;
use super::telling;
use super::work::Work;
use crate::components::pagination::Next;
use crate::event::{EndSign, Event, Limit};
use crate::fault::{Fault, Kind};
use crate::sinks::{Facts, Mode, Refused, Rows};
use crate::state::{Page, RowHashes, StateChange};
use tokio::time::Instant;

/// What comes after a page.
enum After {
    Page(Page),
    End(EndSign),
    /// It can't go on: the page counts, and it is asked again when the read goes on.
    Broken(Fault),
}

impl Work {
    /// Looks at a page in its turn: writes its rows, moves the state, asks for what comes next.
    pub(super) fn page(&mut self, place: &Place, page: &Page, mut got: Got) {
        self.answered += 1;
        self.bytes += got.wire;
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        part.resuming = false;
        stream.begun = true;
        // While a page is read, both its body and its rows are there.
        stream.estimate = Some(stream.estimate.unwrap_or(0).max(got.rows.bytes + got.wire));
        // The page that the pass goes on from must still be what it was.
        let mut written_before = false;
        if let Begin::Verify { last, then } = std::mem::replace(&mut part.pass.begin, Begin::First) {
            if last.records != got.rows.records {
                let fault = Fault::new(Kind::Source, "resume", "the pages have moved since");
                return self.begins_anew(place, &fault);
            }
            if then.index != last.page.index {
                part.loops.resumed_after(got.rows.records);
                return part.begin(then);
            }
            // It could not be left then; its rows are durable.
            written_before = true;
            part.pass.rows = part.pass.rows.saturating_sub(got.rows.extracted);
        }
        part.pages += 1;
        part.asked_ahead.retain(|ahead| ahead.index > page.index);
        stream.tally.receipt.pages += 1;
        // The bound is that of the pass's first answer and of no later one.
        if !std::mem::replace(&mut part.pass.began, true) {
            let before = part.pass.bound.take();
            let bound = stream.run.bound(&part.state, &part.pass, &got);
            part.pass.bound = bound.map(|bound| before.map_or(bound.clone(), |before| bound.min(before)));
        }
        let after = match Self::what_follows(part, stream, page, &got, self.cx.limits.empty_pages) {
            Ok(after) => after,
            Err(fault) => After::Broken(fault),
        };
        if written_before {
            got.rows.forget_rows();
        }
        stream.tally.receipt.read += got.rows.extracted;
        part.pass.rows += got.rows.extracted;
        telling::tell(stream, part, page, &mut got, &self.cx);
        if let Err(fault) = telling::refuse(stream, part, page, &got, &self.cx) {
            return self.fails(place, &fault);
        }
        if let Some(max) = got.rows.seen_max.take() {
            part.pass.seen_max = Some(part.pass.seen_max.take().map_or(max.clone(), |known| known.max(max)));
        }
        let cut = match Self::leave_out(stream, part, &mut got) {
            Ok(cut) => cut,
            Err(fault) => return self.fails(place, &fault),
        };
        // So many rows and no more: it is no end that was asked for if nothing else was to be read.
        let is_all = !cut
            && match after {
                After::Page(_) => false,
                After::End(_) => stream.is_last(&part.pass),
                After::Broken(_) => true,
            };
        let ends_asked = stream.rows_left == Some(0) && !is_all;
        if ends_asked {
            stream.tally.asked = Some((Limit::Rows, true));
        }
        self.feed_children(place, page, &mut got);
        self.pack(place, page, got, &after, cut);
        if ends_asked {
            return self.ends_asked(place);
        }
        self.go_on(place, after);
    }

    /// Leaves out rows that are not wanted, were written before, or are more than were asked for; says whether there were
    /// more.
    fn leave_out(stream: &mut Reading, part: &mut Part<super::flight::Arrival>, got: &mut Got) -> Result<bool, Fault> {
        stream.run.keep_filtered(got)?;
        if let Some(written) = stream.written(&part.state) {
            got.rows.drop_within(&written);
        }
        let most = stream.rows_left;
        let cut = if stream.run.hashes {
            got.drop_known(&mut part.pass, stream.run.keyed, most)
        } else {
            most.is_some_and(|most| got.rows.count() > most)
        };
        if let Some(left) = &mut stream.rows_left {
            got.rows.cut_to(*left);
            *left -= got.rows.count().min(*left);
        }
        Ok(cut)
    }

    /// Says what comes after a page, and notices circles and budgets.
    fn what_follows(
        part: &mut Part<super::flight::Arrival>,
        stream: &mut Reading,
        page: &Page,
        got: &Got,
        most_empty: u32,
    ) -> Result<After, Fault> {
        if let Some(sign) = got.end {
            return Ok(After::End(sign));
        }
        let run = &stream.run;
        let asking = part.asking(page.clone(), run, false);
        let claimed = run.claimed(page, got, &asking)?;
        if claimed.is_none() && run.expects.is_some() && page.index == 0 {
            stream.tally.receipt.note(
                "no_total",
                "what `expect.total` names is not in the answer; mend its place, or leave it out",
                true,
            );
        }
        if let Some(claimed) = claimed {
            part.claimed = Some((part.claimed.map_or(claimed, |(first, _)| first), claimed));
        }
        // Newest first: a page on which all is older than the position is the last one that matters.
        if run.descending_client && got.rows.all_older && got.rows.extracted > 0 {
            return Ok(After::End(EndSign::OlderThanCursor));
        }
        let next = run.next(page, got, &asking)?;
        let to = if let Next::Page(to) = &next { Some(to) } else { None };
        let milestone = &mut part.pass.milestone;
        part.loops.look(page, got.rows.records, got.rows.extracted, to, most_empty, milestone)?;
        Ok(match next {
            Next::Page(to) => {
                // A guess that begins with another page is none.
                part.guessed = run.ahead(page, got, &asking);
                if part.guessed.first() == Some(&to) {
                    part.guessed.remove(0);
                } else {
                    part.guessed.clear();
                }
                After::Page(to)
            }
            Next::End(sign) => After::End(sign),
            Next::Refuse(fault) => After::Broken(fault),
            Next::Restart => After::Broken(Fault::new(
                Kind::Config,
                "page",
                "`cap` is reached, and this version can't begin the query again from there; read smaller windows",
            )),
        })
    }

    /// Hands the page's rows over with the state that covers them.
    fn pack(&mut self, place: &Place, page: &Page, got: Got, after: &After, cut: bool) {
        let at_wall = self.cx.clock.now();
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        let has_budget = self.requests_left.is_some() || stream.pages_left.is_some();
        if !stream.writes() {
            return;
        }
        let next = match after {
            After::Page(next) => Some(next.clone()),
            After::End(_) => None,
            After::Broken(_) => Some(page.clone()),
        };
        let rules = stream.rules();
        let reached = stream.run.reached(&part.pass, next.is_none());
        let floor = reached.as_ref().and_then(|reached| stream.run.floor(reached));
        let read = pass::Read {
            page: page.clone(),
            records: got.rows.records,
            follows: next.is_none().then(|| stream.run.next_window(&part.pass)).flatten(),
            origin: stream.run.origin(),
            next,
            reached,
            floor,
            round: has_budget.then(|| stream.rounds.stamp(at_wall)),
            at: at_wall,
        };
        if let Some(floor) = read.floor.filter(|_| rules.ascending && !part.pass.full) {
            part.pass.recent.forget_before(floor);
        }
        // A page that was cut is not covered: the state stays, and its rows come again.
        let state = if cut {
            pass::cut(&part.state, &part.pass, &rules, &read)
        } else {
            pass::after(&part.state, &part.pass, &rules, &read)
        };
        if state.open.is_none() && state.recent.is_short() {
            let most = RowHashes::MOST;
            let text = format!(
                "more than {most} rows may come again, and no more are remembered: the next read may append some twice; a database takes them by key (`--mode upsert`)"
            );
            stream.tally.receipt.note("recent", text, true);
        }
        let change = StateChange {
            partition: part.partition.key.clone(),
            expect: part.version,
            next: state.clone(),
            discard: part.pass.discard.take(),
        };
        part.state = state;
        let (key, pass) = (part.partition.key.clone(), part.pass.number);
        let rows = |batch, order, deleted, bytes| Rows { partition: key.clone(), pass, batch, order, deleted, bytes };
        let mut all = Vec::new();
        let pieces = got.rows.batches.len() + got.rows.deleted.len();
        let bytes = got.rows.bytes / (pieces as u64).max(1);
        for (batch, order) in got.rows.batches {
            stream.tally.receipt.written += batch.num_rows() as u64;
            all.push(rows(batch, order, false, bytes));
        }
        for (batch, order) in got.rows.deleted {
            all.push(rows(batch, order, true, bytes));
        }
        let refused = got.rows.refused.into_iter().map(|refused| Refused {
            partition: key.clone(),
            pass,
            page: page.index,
            record: refused.record,
            column: refused.column,
            reason: refused.reason,
            key: refused.key,
            raw: refused.raw,
        });
        let segment = Segment {
            stream: stream.job.stream.clone(),
            mode: stream.run.mode,
            generation: stream.generation,
            rows: all,
            refused: refused.collect(),
            state: change,
            facts: Facts { pages: 1, read: got.rows.extracted },
        };
        stream.uncommitted += 1;
        // A partition has one change a unit, so its version counts units, not pages.
        if self.packer.add(segment, Instant::now())
            && let Some(part) = self.parts.get_mut(place)
        {
            part.version += 1;
        }
    }

    /// Asks for the next page, or ends the partition.
    fn go_on(&mut self, place: &Place, after: After) {
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        let is_spent = stream.pages_left.is_some_and(|left| left <= 1);
        stream.pages_left = stream.pages_left.map(|left| left.saturating_sub(1));
        match after {
            After::Page(next) => {
                if is_spent {
                    stream.tally.asked = Some((Limit::Pages, true));
                    return self.ends_asked(place);
                }
                if part.pages >= self.cx.limits.pages {
                    let most = self.cx.limits.pages;
                    let fault =
                        Fault::new(Kind::Source, "page", format!("{most} pages of one partition, and still more"));
                    return self.fails(place, &fault);
                }
                self.turns_to(place, next);
            }
            After::End(sign) => {
                let job = part.job;
                self.ends(place, sign);
                if is_spent {
                    self.spend_pages(job);
                }
            }
            After::Broken(fault) => self.fails(place, &fault),
        }
    }

    /// Asks for the page that is looked at next, unless it was guessed, and for those that are guessed after it.
    fn turns_to(&mut self, place: &Place, next: Page) {
        let Some(part) = self.parts.get_mut(place) else { return };
        // What was asked by another guess than this one counts for nothing.
        let other = |page: &Page| page.index == next.index && *page != next;
        if part.asked_ahead.iter().any(other) || part.parked.get(&next.index).is_some_and(|got| other(&got.page)) {
            let guessed = std::mem::take(&mut part.guessed);
            self.land(place);
            let Some(part) = self.parts.get_mut(place) else { return };
            part.begin(next);
            part.guessed = guessed;
        } else {
            part.expected = next.index;
            part.wanted.retain(|page| page.index > next.index);
            if !part.parked.contains_key(&next.index) && !part.asked_ahead.contains(&next) {
                part.wanted.push_front(next);
            }
        }
        let Some(part) = self.parts.get_mut(place) else { return };
        for page in std::mem::take(&mut part.guessed) {
            let known = part.parked.contains_key(&page.index)
                || part.asked_ahead.iter().chain(&part.wanted).any(|asked| asked.index == page.index);
            if !known {
                part.wanted.push_back(page);
            }
        }
        part.wanted.make_contiguous().sort_by_key(|page| page.index);
    }

    /// A partition ended by a sign of the source.
    fn ends(&mut self, place: &Place, sign: EndSign) {
        self.land(place);
        let Some(part) = self.parts.get_mut(place) else { return };
        let stream = &mut self.streams[part.job];
        telling::compare_claims(part, stream, sign);
        // What an earlier run began speaks of its begin: what changed since is read by a pass of this run's own.
        let older = part.pass.resumed.is_some() && stream.run.positions.is_some();
        let unbounded = stream.rows_left.is_none() && stream.pages_left.is_none() && stream.run.mode != Mode::Replace;
        let now = self.cx.clock.now();
        let rules = super::pass::Rules { full: part.pass.full, ..stream.rules() };
        let more = match stream.run.next_window(&part.pass) {
            Some(asked) => {
                let pass = pass::next(&part.state, &part.pass, &rules, asked);
                Some(super::pass::Pass { resumed: part.pass.resumed, ..pass })
            }
            None if older && unbounded && !part.pass.full => Some(stream.anew(&part.state, now)),
            None => None,
        };
        if let Some(pass) = more {
            part.replace_pass(pass);
            let first = stream.run.paginator.first();
            return part.begin(first);
        }
        stream.tally.as_of(part.pass.asked.now);
        let Some(part) = self.parts.remove(place) else { return };
        let stream = &mut self.streams[part.job];
        stream.active -= 1;
        stream.tally.ended(sign);
        stream.rounds.went_on = true;
        self.cx.listener.tell(&Event::PartitionEnded {
            stream: stream.job.stream.clone(),
            partition: part.partition.key.text().to_owned(),
            sign: Some(sign),
            failure: None,
        });
    }

    /// The last page of the budget was the last of its partition: the stream ends here, unless nothing is left of it.
    pub(super) fn spend_pages(&mut self, job: usize) {
        let stream = &mut self.streams[job];
        stream.turn_to_later();
        // Whether something is left is known when all partitions are found and looked up.
        if stream.active == 0 && stream.may_be_all() {
            return;
        }
        if stream.active > 0 || stream.has_more() {
            stream.tally.asked = Some((Limit::Pages, true));
            stream.stop_feeding();
            self.drop_parts(job);
        }
    }

    /// The end that was asked for: nothing more of the stream is begun.
    fn ends_asked(&mut self, place: &Place) {
        let Some(job) = self.parts.get(place).map(|part| part.job) else { return };
        self.streams[job].stop_feeding();
        self.drop_parts(job);
        let limit = self.streams[job].tally.asked.map_or(Limit::Rows, |(limit, _)| limit);
        self.streams[job].tally.ended(EndSign::Asked(limit));
    }
}
