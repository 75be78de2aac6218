//! Finding events: of some streams, between two places, in the order of their times or against it, as many as
//! make a page.

use std::sync::Arc;

use crate::batch::Batch;
use crate::event_id::Position;
use crate::limits::{EVENT_OVERHEAD_BYTES, PAGE_SIZE_BYTES_MAX};
use crate::pattern::Search;

/// What is looked for.
pub(crate) struct Wanted<'a> {
    /// Events from here on.
    pub(crate) from: Position,
    /// Events before this.
    pub(crate) until: Position,
    /// The latest first.
    pub(crate) backward: bool,
    /// How many at most.
    pub(crate) limit: usize,
    /// Only those that fit.
    pub(crate) search: Option<&'a Search<'a>>,
}

/// An event that was found.
#[derive(Clone)]
pub(crate) struct Hit<'a> {
    pub(crate) at: Position,
    pub(crate) batch: &'a Arc<Batch>,
    index: usize,
}

impl<'a> Hit<'a> {
    pub(crate) fn message(&self) -> &'a str {
        self.batch.event(self.index).map_or("", |event| event.message)
    }
}

/// What was found.
pub(crate) struct Found<'a> {
    /// In the order that was asked for.
    pub(crate) hits: Vec<Hit<'a>>,
    /// There is more.
    pub(crate) more: bool,
}

/// How many more than are wanted are collected before the best are chosen.
const SLACK: usize = 1024;

/// The events that are wanted: at most so many, and no more than one answer holds in bytes.
pub(crate) fn find<'a>(
    batches: impl Iterator<Item = &'a Arc<Batch>>,
    wanted: &Wanted<'_>,
) -> Found<'a> {
    let Wanted { from, until, backward, limit, .. } = *wanted;
    let mut batches: Vec<&Arc<Batch>> = batches
        .filter(|batch| batch.last_ms() >= from.at_ms && batch.first_ms() <= until.at_ms)
        .collect();
    match backward {
        false => batches.sort_by_key(|batch| batch.first_ms()),
        true => batches.sort_by_key(|batch| std::cmp::Reverse(batch.last_ms())),
    }
    let mut hits: Vec<Hit<'a>> = Vec::new();
    // The time of the last that would be on the page, as far as is known.
    let mut bound: Option<u64> = None;
    for batch in batches {
        // Whatever is in this batch and in those after it comes behind all that is needed.
        if hits.len() > limit
            && bound.is_some_and(|bound| match backward {
                false => batch.first_ms() > bound,
                true => batch.last_ms() < bound,
            })
        {
            break;
        }
        let mut new = hits.len();
        collect(batch, wanted, &mut hits);
        if hits.len() > 2 * limit + SLACK {
            choose(&mut hits, limit + 1, backward);
            (new, bound) = (0, None);
        }
        let times = hits.iter().skip(new).map(|hit| hit.at.at_ms).chain(bound);
        bound = if backward { times.min() } else { times.max() };
    }
    choose(&mut hits, limit + 1, backward);
    let (mut size_bytes, mut end) = (0, 0);
    for hit in hits.iter().take(limit) {
        size_bytes += hit.message().len() + EVENT_OVERHEAD_BYTES;
        if size_bytes > PAGE_SIZE_BYTES_MAX && end > 0 {
            break;
        }
        end += 1;
    }
    let more = hits.len() > end;
    hits.truncate(end);
    Found { hits, more }
}

fn collect<'a>(batch: &'a Arc<Batch>, wanted: &Wanted<'_>, hits: &mut Vec<Hit<'a>>) {
    let mut take = |index: usize| {
        if let Some(event) = batch.event(index)
            && event.at >= wanted.from
            && event.at < wanted.until
            && wanted.search.is_none_or(|search| search.fits(event.message))
        {
            hits.push(Hit { at: event.at, batch, index });
        }
    };
    let Some(needle) = wanted.search.and_then(|search| search.needle_in(batch.text())) else {
        (0..batch.len()).for_each(take);
        return;
    };
    // What every event that fits has in it is looked for in all messages at once.
    let text = batch.text().as_bytes();
    let mut from = 0;
    while let Some(at) = needle.find(text.get(from..).unwrap_or_default()) {
        let index = batch.index_at(from + at);
        take(index);
        from = batch.end_of(index);
        if from >= text.len() {
            break;
        }
    }
}

fn choose(hits: &mut Vec<Hit<'_>>, count: usize, backward: bool) {
    match backward {
        false => hits.sort_unstable_by_key(|hit| hit.at),
        true => hits.sort_unstable_by_key(|hit| std::cmp::Reverse(hit.at)),
    }
    hits.truncate(count);
}

/// All events that are wanted, in the order that was asked for; `limit` says nothing.
pub(crate) fn all<'a>(
    batches: impl Iterator<Item = &'a Arc<Batch>>,
    wanted: &Wanted<'_>,
) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for batch in batches {
        if batch.last_ms() >= wanted.from.at_ms && batch.first_ms() <= wanted.until.at_ms {
            collect(batch, wanted, &mut hits);
        }
    }
    choose(&mut hits, usize::MAX, wanted.backward);
    hits
}
