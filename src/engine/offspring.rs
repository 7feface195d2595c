//! Rows of a parent become partitions of its children.

use super::got::Got;
use super::part::{Place, Queued};
use super::partitions::Partition;
use super::reading::Feed;
use super::work::Work;
use crate::state::Page;

impl Work {
    /// Makes child partitions of the page's rows.
    pub(super) fn feed_children(&mut self, place: &Place, page: &Page, got: &mut Got) {
        let Some(part) = self.parts.get_mut(place) else { return };
        let parents = std::mem::take(&mut got.rows.parents);
        let children = self.streams[part.job].job.children.clone();
        if children.is_empty() {
            return;
        }
        let parent = self.streams[part.job].job.stream.clone();
        for row in parents {
            let nth = part.offspring;
            part.offspring += 1;
            for (order, child) in children.iter().enumerate() {
                let stream = &mut self.streams[*child];
                // It failed, or wants no more.
                if !matches!(stream.feed, Feed::Parents) {
                    continue;
                }
                match stream.run.born(&parent, &row, &part.partition) {
                    Ok(born) => {
                        let asked: Vec<Partition> = born
                            .into_iter()
                            .filter(|partition| {
                                let order = stream.job.order.as_ref();
                                order.is_none_or(|order| stream.run.is_asked_for(partition, &order.partition))
                            })
                            .collect();
                        for (more, partition) in asked.into_iter().enumerate() {
                            // A parent's row that comes twice makes no second reader of one state.
                            if !stream.met.insert(partition.key.digest()) {
                                continue;
                            }
                            let short = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
                            let mut place = place.clone();
                            let page = u32::try_from(page.index).unwrap_or(u32::MAX);
                            place.extend([page, nth, short(order), short(more)]);
                            stream.queue.push_back(Queued { place, partition });
                        }
                    }
                    Err(fault) => stream.tally.failed(&part.partition.key, None, &fault),
                }
            }
        }
    }
}
