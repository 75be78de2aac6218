//! How much a mapping takes from its queue, and when.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>

use std::collections::{BTreeMap, BTreeSet};

use kernel::arn::{FunctionArn, QueueArn};
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::{Mapping, MappingId};
use crate::{Announcement, Cx, Due, InvocationId, Lambda, Settings, limits};

/// How a mapping comes to run more batches at once than it begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scaling {
    /// As on AWS: after each minute in which there were messages that no slot was free for.
    #[default]
    ByTheMinute,
    /// It begins with as many as there can ever be.
    AtOnce,
}

/// What a mapping is doing. Not durable: after a restart it begins anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feed {
    /// Its batches that are under way, each with the message groups that it has.
    pub(crate) running: BTreeMap<InvocationId, BTreeSet<Box<str>>>,
    /// The batching window, while one is open.
    pub(crate) window: Option<Window>,
    /// The window has ended: what is there is taken, however little.
    window_over: bool,
    /// How many more batches than at the beginning it may run at once.
    more: usize,
    /// When it may run still more, where messages wait for a slot.
    grows: Option<Window>,
}

/// A time that is running.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) ends: Timestamp,
    /// What brought the first message that it waits with.
    pub(crate) cause: CauseId,
}

/// What a mapping would take.
#[derive(Debug, Clone)]
pub struct Taking {
    /// From which queue.
    pub queue: QueueArn,
    /// How much.
    pub capacity: Capacity,
    /// How many batches it could begin.
    pub free: usize,
    /// The message groups of a FIFO queue that it has in hand: of these nothing, until their batch has
    /// ended.
    pub busy_groups: BTreeSet<Box<str>>,
}

/// How much a mapping can take now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// Nothing: it is disabled or all its slots are taken.
    None,
    /// A batch, however small.
    UpTo(usize),
    /// A full batch only: its batching window is open.
    Full(usize),
}

/// How many batches a mapping runs at once.
struct Slots {
    start: usize,
    more_per_minute: usize,
    most: usize,
}

impl Mapping {
    fn slots(&self, settings: Settings) -> Slots {
        let Slots { start, more_per_minute, most } = self.slots_on_aws(settings.mapping_scaling);
        let most = most.min(settings.environments_max);
        Slots { start: start.min(most), more_per_minute, most }
    }

    fn slots_on_aws(&self, scaling: Scaling) -> Slots {
        if let Some(most) = self.maximum_concurrency {
            let most = most as usize;
            return Slots { start: most, more_per_minute: 0, most };
        }
        let slots = match &self.pollers {
            Some(pollers) => Slots {
                start: pollers.minimum as usize * limits::POLLER_CONCURRENCY,
                more_per_minute: limits::PROVISIONED_CONCURRENCY_GROWTH,
                most: pollers.maximum as usize * limits::POLLER_CONCURRENCY,
            },
            None => Slots {
                start: limits::MAPPING_CONCURRENCY_START,
                more_per_minute: limits::MAPPING_CONCURRENCY_GROWTH,
                most: limits::MAPPING_CONCURRENCY_MAX,
            },
        };
        // A FIFO queue's groups are all served at once.
        match self.queue.name.is_fifo() || scaling == Scaling::AtOnce {
            true => Slots { start: slots.most, ..slots },
            false => slots,
        }
    }
}

impl Lambda {
    /// What a mapping would take now; nothing where there is no such mapping.
    #[must_use]
    pub fn taking(&self, id: &MappingId) -> Option<Taking> {
        let mapping = self.mappings.get(id)?;
        let feed = self.feeds.get(id);
        let slots = mapping.slots(self.settings);
        let may = slots.most.min(slots.start + feed.map_or(0, |feed| feed.more));
        let free = may.saturating_sub(feed.map_or(0, |feed| feed.running.len()));
        let capacity = if !mapping.enabled || free == 0 || !self.is_there(&mapping.function) {
            Capacity::None
        } else if mapping.window_s > 0 && !feed.is_some_and(|feed| feed.window_over) {
            Capacity::Full(mapping.batch_size)
        } else {
            Capacity::UpTo(mapping.batch_size)
        };
        let busy_groups = match feed {
            Some(feed) if mapping.queue.name.is_fifo() => {
                feed.running.values().flatten().cloned().collect()
            }
            _ => BTreeSet::new(),
        };
        Some(Taking { queue: mapping.queue.clone(), capacity, free, busy_groups })
    }

    /// Whether there is what this ARN means.
    fn is_there(&self, invoked: &FunctionArn) -> bool {
        let function = self.functions.get(&invoked.unqualified());
        function.is_some_and(|function| function.resolve(invoked.qualifier.as_deref()).is_some())
    }

    /// There are messages, and a mapping takes none of them. Where that is because its slots are taken,
    /// it will have more of them.
    pub fn messages_wait(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        let Some(mapping) = self.mappings.get(id).filter(|mapping| mapping.enabled) else { return };
        let slots = mapping.slots(self.settings);
        let Some(feed) = self.feeds.get_mut(id) else { return };
        let is_full = feed.running.len() >= slots.start + feed.more;
        if is_full && slots.start + feed.more < slots.most && feed.grows.is_none() {
            let ends = cx.now.after_s(60);
            feed.grows = Some(Window { ends, cause: cx.cause() });
            cx.deadlines.schedule(ends, Due::Growth(id.clone()));
        }
    }

    /// Messages have waited for a slot for a minute.
    pub(crate) fn grow(&mut self, cx: &mut Cx<'_>, id: MappingId) {
        let (Some(mapping), Some(feed)) = (self.mappings.get(&id), self.feeds.get_mut(&id)) else {
            return;
        };
        feed.grows = None;
        feed.more += mapping.slots(self.settings).more_per_minute;
        cx.announce(Announcement::MappingReady(id));
    }

    /// There are no messages for a mapping any more: it goes back to what it began with, and a window
    /// that is open ends, because the next message opens another.
    pub fn messages_ended(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        self.close_window(cx, id);
        self.scale_back(cx, id);
    }

    pub(super) fn scale_back(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        if let Some(feed) = self.feeds.get_mut(id) {
            feed.more = 0;
            if let Some(Window { ends, .. }) = feed.grows.take() {
                cx.deadlines.cancel(ends, Due::Growth(id.clone()));
            }
        }
    }

    /// Fewer messages than a batch are there: their batching window opens, if it is not open.
    pub fn open_window(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        let Some(mapping) = self.mappings.get(id) else { return };
        let feed = self.feeds.entry(id.clone()).or_default();
        if feed.window.is_none() {
            let ends = cx.now.after_s(mapping.window_s);
            feed.window = Some(Window { ends, cause: cx.cause() });
            cx.deadlines.schedule(ends, Due::Window(id.clone()));
        }
    }

    /// Ends the window that is open, if one is: the next message opens another.
    pub fn close_window(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        if let Some(feed) = self.feeds.get_mut(id) {
            feed.window_over = false;
            if let Some(Window { ends, .. }) = feed.window.take() {
                cx.deadlines.cancel(ends, Due::Window(id.clone()));
            }
        }
    }

    pub(crate) fn window_over(&mut self, cx: &mut Cx<'_>, id: MappingId) {
        if !self.mappings.contains_key(&id) {
            return;
        }
        let feed = self.feeds.entry(id.clone()).or_default();
        feed.window = None;
        feed.window_over = true;
        cx.announce(Announcement::MappingReady(id));
    }

    /// Batching windows that are open, by name.
    pub(crate) fn windows_waiting(&self) -> impl Iterator<Item = String> {
        self.feeds.iter().filter_map(|(id, feed)| {
            let ends = feed.window?.ends.iso8601_ms();
            Some(format!("the batching window of mapping {} ends at {ends}", id.0))
        })
    }

    /// Because of what something of a mapping is due.
    pub(crate) fn feed_due_because(&self, due: &Due) -> Option<CauseId> {
        let running = match due {
            Due::Window(id) => self.feeds.get(id)?.window,
            Due::Growth(id) => self.feeds.get(id)?.grows,
            _ => None,
        };
        running.map(|window| window.cause)
    }
}
