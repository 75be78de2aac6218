//! All batches of all streams, in the order in which they came: within a budget, the oldest go first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use crate::batch::Batch;
use crate::limits::{EVENTS_SIZE_BYTES_MAX, SWEPT_BATCHES_MAX};
use crate::stream::Stream;
use crate::{Cx, Due, Kind, Logs, Record};

/// Where all batches are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    /// By the number of the first event.
    pub(crate) batches: BTreeMap<u64, Arc<Batch>>,
    /// Those of streams that are deleted: they go step by step.
    pub(crate) orphans: BTreeSet<u64>,
    /// What the trace calls that because of which they go.
    pub(crate) swept_because: Option<CauseId>,
    /// What all of them take in memory.
    size_bytes: usize,
    /// Less than the limit in tests.
    pub(crate) limit_bytes: Option<usize>,
    /// That the oldest go was said.
    said: bool,
}

impl Shelf {
    fn insert(&mut self, batch: &Arc<Batch>) {
        self.size_bytes += batch.memory_bytes();
        self.batches.insert(batch.number, Arc::clone(batch));
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Batch>> {
        let batch = self.batches.remove(&number)?;
        self.size_bytes -= batch.memory_bytes();
        Some(batch)
    }

    fn is_full(&self) -> bool {
        self.size_bytes > self.limit_bytes.unwrap_or(EVENTS_SIZE_BYTES_MAX)
    }

    /// The batch that has the event of this number.
    pub(crate) fn with_event(&self, number: u64) -> Option<&Arc<Batch>> {
        let (_, batch) = self.batches.range(..=number).next_back()?;
        (batch.last_number() >= number).then_some(batch)
    }
}

/// Where the record of the batch is kept.
pub(crate) fn key_of(number: u64) -> Key {
    Key::numbered(Kind::LogEvents, number)
}

impl Logs {
    /// Keeps events of a stream, each with its time in milliseconds, the earliest first.
    pub(crate) fn append<'a>(
        &mut self,
        cx: &mut Cx<'_>,
        stream: u64,
        cause: Option<CauseId>,
        events: impl Iterator<Item = (u64, &'a str)> + Clone,
    ) -> Option<Arc<Batch>> {
        let number = cx.numbers.next(cx.now);
        let batch = Arc::new(Batch::of(number, stream, cx.now, cause, events)?);
        cx.numbers.was_given(batch.last_number());
        cx.put(|| Record::events(&batch));
        self.shelve(&batch);
        self.measure(cx, &batch);
        let group = self.streams.get(&stream).and_then(|it| self.groups.get_mut(&*it.group));
        if let Some(group) = group {
            group.schedule_expiry(cx.deadlines);
        }
        while self.shelf.is_full()
            && let Some((oldest, _)) = self.shelf.batches.first_key_value()
            && *oldest != number
        {
            let oldest = *oldest;
            self.forget_batch(cx, oldest);
        }
        Some(batch)
    }

    /// A batch of a stream, new or read back.
    pub(crate) fn shelve(&mut self, batch: &Arc<Batch>) {
        self.shelf.insert(batch);
        let Some(stream) = self.streams.get_mut(&batch.stream) else {
            self.shelf.orphans.insert(batch.number);
            return;
        };
        stream.seen = stream.seen.and(batch);
        stream.batches.push_back(Arc::clone(batch));
        if let Some(group) = self.groups.get_mut(&*stream.group) {
            group.stored_bytes += batch.size_bytes();
            group.ages.insert((batch.last_ms(), batch.number));
        }
    }

    /// The oldest batch goes, because there is no room for it. The trace says so once.
    fn forget_batch(&mut self, cx: &mut Cx<'_>, number: u64) {
        if !std::mem::replace(&mut self.shelf.said, true) {
            let limit_mib = EVENTS_SIZE_BYTES_MAX / 1024 / 1024;
            let what =
                cx.follows("logs:Forget", format!("the oldest events: {limit_mib} MiB are kept"));
            cx.trace.end(what, "ok");
        }
        self.remove_batch(cx, number);
    }

    /// The batch is kept no more; its stream remembers from when to when its events were.
    pub(crate) fn remove_batch(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(batch) = self.shelf.remove(number) else { return };
        cx.delete(|| key_of(number));
        self.shelf.orphans.remove(&number);
        let Some(stream) = self.streams.get_mut(&batch.stream) else { return };
        if let Ok(at) = stream.batches.binary_search_by_key(&number, |batch| batch.number) {
            stream.batches.remove(at);
        }
        stream.gone = stream.gone.and(&batch);
        cx.put(|| Record::stream(stream));
        if let Some(group) = self.groups.get_mut(&*stream.group) {
            group.stored_bytes = group.stored_bytes.saturating_sub(batch.size_bytes());
            group.ages.remove(&(batch.last_ms(), number));
        }
    }

    /// The stream is gone at once, what is in it step by step.
    pub(crate) fn remove_stream(&mut self, cx: &mut Cx<'_>, number: u64) {
        let Some(stream) = self.streams.remove(&number) else { return };
        cx.delete(|| Stream::key_of(number));
        if let Some(group) = self.groups.get_mut(&*stream.group) {
            for batch in &stream.batches {
                group.stored_bytes = group.stored_bytes.saturating_sub(batch.size_bytes());
                group.ages.remove(&(batch.last_ms(), batch.number));
            }
        }
        if stream.batches.is_empty() {
            return;
        }
        self.shelf.orphans.extend(stream.batches.iter().map(|batch| batch.number));
        self.shelf.swept_because = Some(cx.cause());
        cx.deadlines.schedule(cx.now, Due::Sweep);
    }

    /// Batches without a stream go, not more of them than make a step.
    pub(crate) fn sweep(&mut self, cx: &mut Cx<'_>) {
        for _ in 0..SWEPT_BATCHES_MAX {
            let Some(number) = self.shelf.orphans.pop_first() else { return };
            self.remove_batch(cx, number);
        }
        if !self.shelf.orphans.is_empty() {
            cx.deadlines.schedule(cx.now, Due::Sweep);
            cx.goes_on();
        }
    }

    /// What is left of streams that were deleted before a restart goes after it.
    pub(crate) fn sweep_later(&self, deadlines: &mut kernel::deadlines::Deadlines<Due>) {
        deadlines.schedule(Timestamp::default(), Due::Sweep);
    }
}
