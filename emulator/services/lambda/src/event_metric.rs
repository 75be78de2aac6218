//! What is counted of asynchronous invocations and of mappings.

/// What a mapping did with messages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EventCounts {
    pub(super) polled: usize,
    pub(super) filtered_out: usize,
    pub(super) invoked: usize,
    pub(super) failed: usize,
    pub(super) deleted: usize,
    pub(super) dropped: usize,
}

/// What happened to an event, or to what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventMetric {
    /// `AsyncEventsReceived`
    Received,
    /// `AsyncEventAge`, in milliseconds.
    Age(u64),
    /// `AsyncEventsDropped`
    Dropped,
    /// `DeadLetterErrors`
    DeadLetterError,
    /// `DestinationDeliveryFailures`
    DeliveryFailure,
    /// `RecursiveInvocationsDropped`
    Recursive,
}
