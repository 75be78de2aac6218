//! The only file that names more than one service: it routes calls, carries what one service says
//! to those who hear it, and keeps the order of time.
//!
//! An upload, from top to bottom: `PutObject` announces a `Notification`; `hear` makes of it an
//! asynchronous invocation; the function's `SendMessage` announces `MessagesVisible`; `feed` collects
//! a batch for the mapping and invokes the second function; its end announces `MessagesProcessed`,
//! and the messages are deleted.

mod checks;

use std::collections::BTreeMap;

use crate::arn::{Arn, QueueArn};
use crate::context::{Announcement, BlobReferences, Cx, Deadlines, Due, Ids, Numbers, Origin};
use crate::error::{ApiError, lambda as refuse};
use crate::input::{BlobId, Call, Input, Payload, Request};
use crate::lambda::{Appetite, BatchRecord, Lambda, MappingId};
use crate::limits::lambda::BATCH_PAYLOAD_MAX_BYTES;
use crate::policy::Principal;
use crate::record::Record;
use crate::s3::S3;
use crate::sqs::{Delivery, Metrics, Received, Sqs};
use crate::step::{Response, Step};
use crate::sts::Sts;
use crate::time::Timestamp;
use crate::trace::{CauseId, Trace};
use crate::{lambda, s3};
use checks::{DELETE, RECEIVE, consume};

/// S3, SQS, Lambda and STS of all accounts and regions, as one value.
///
/// Cloning it forks the cloud. Two worlds are equal when their durable states are: what waits for
/// an answer and what is remembered of the past do not count.
#[derive(Debug, Clone)]
pub struct World {
    recording: bool,
    now: Timestamp,
    ids: Ids,
    numbers: Numbers,
    deadlines: Deadlines,
    blobs: BlobReferences,
    trace: Trace,
    s3: S3,
    sqs: Sqs,
    lambda: Lambda,
    sts: Sts,
}

impl World {
    /// Tells the World what happened and when, and says what to store and what to do. The only
    /// mutation. Time never goes back: an earlier `now` than the last counts as the last; and it
    /// ends: a later one than [`Timestamp::NOW_MAX`] counts as that.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Step {
        self.take_step(now, input, true)
    }

    /// Answers a call that only reads ([`Request::reads_only`]), and lets nothing happen beside it that
    /// is due. For a copy of a World whose store cannot be written: what the copy changes follows from
    /// the time, and is lost with it.
    pub fn read(&mut self, now: Timestamp, call: Call) -> Step {
        self.take_step(now, Input::Call(call), false)
    }

    fn take_step(&mut self, now: Timestamp, input: Input, with_due: bool) -> Step {
        self.now = self.now.max(now.min(Timestamp::NOW_MAX));
        let mut step = Step::default();
        let drawn = self.ids.drawn();
        let mut handling = Handling {
            s3: &mut self.s3,
            sqs: &mut self.sqs,
            lambda: &mut self.lambda,
            sts: &mut self.sts,
            announcements: Vec::new(),
        };
        let mut announcements = Vec::new();
        let mut cx = Cx {
            now: self.now,
            cause: CauseId::default(),
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut self.blobs,
            trace: &mut self.trace,
            announcements: &mut announcements,
            step: &mut step,
            recording: self.recording,
        };
        match input {
            Input::Call(call) => handling.call(&mut cx, call),
            Input::Disconnected(call) => {
                handling.sqs.disconnected(&mut cx, call);
                handling.lambda.disconnected(call);
            }
            Input::InvocationBegan { invocation } => handling.lambda.began(&mut cx, &invocation),
            Input::InvocationEnded { invocation, outcome } => {
                handling.lambda.ended(&mut cx, &invocation, outcome);
            }
            Input::Deadline => {}
        }
        handling.route(&mut cx);
        // Whatever has come due by now happens now, whichever input came first.
        while with_due && let Some(due) = cx.deadlines.pop(cx.now) {
            handling.due(&mut cx, due);
            handling.route(&mut cx);
        }
        if self.recording && self.ids.drawn() != drawn {
            step.changes.push(crate::step::Change::Put(Record::Ids(self.ids.drawn())));
        }
        step
    }

    /// When the World changes by itself: the moment at which it wants to hear [`Input::Deadline`].
    /// Nothing where it waits for input alone.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// An empty World whose steps carry no changes: for a store that keeps nothing.
    #[must_use]
    pub fn in_memory(seed: u64) -> Self {
        Self { recording: false, ..Self::restore([], seed) }
    }

    /// The World that these records describe; an empty one without any. `seed` must be the seed
    /// that the records were written under. Records come in the order of their keys' kinds.
    #[must_use]
    pub fn restore(records: impl IntoIterator<Item = Record>, seed: u64) -> Self {
        let mut world = Self {
            recording: true,
            now: Timestamp::default(),
            ids: Ids::new(seed, 0),
            numbers: Numbers::default(),
            deadlines: Deadlines::default(),
            blobs: BlobReferences::default(),
            trace: Trace::default(),
            s3: S3::default(),
            sqs: Sqs::default(),
            lambda: Lambda::default(),
            sts: Sts::default(),
        };
        for record in records {
            let deadlines = &mut world.deadlines;
            match record {
                Record::Ids(drawn) => world.ids = Ids::new(seed, drawn),
                Record::Bucket(bucket) => world.s3.restore_bucket(*bucket),
                Record::Object(object) => {
                    world.s3.restore_object(*object, &mut |blob| world.blobs.retain(blob));
                }
                Record::Queue(queue) => world.sqs.restore_queue(deadlines, *queue),
                Record::Message(message) => {
                    world.trace.resume_after(message.content.cause);
                    world.numbers.was_given(message.sequence.0);
                    world.sqs.restore_message(deadlines, *message);
                }
                Record::MessageState(state) => world.sqs.restore_state(deadlines, *state),
                Record::Deduplication(record) => {
                    world.numbers.was_given(record.sent.sequence.0);
                    world.sqs.restore_deduplication(*record);
                }
                Record::GroupTurn(record) => {
                    world.numbers.was_given(record.turn.number.0);
                    world.sqs.restore_group_turn(&record);
                }
                Record::MoveTasks(record) => world.sqs.restore_move_tasks(deadlines, *record),
                Record::Session(session) => world.sts.restore_session(*session),
                Record::Function(function) => world.lambda.restore_function(*function),
                Record::Mapping(mapping) => world.lambda.restore_mapping(deadlines, *mapping),
                Record::Invocation(pending) => {
                    world.trace.resume_after(pending.cause);
                    world.lambda.restore_pending(deadlines, *pending);
                }
            }
        }
        for code in world.lambda.code() {
            world.blobs.retain(code);
        }
        world
    }

    /// Goes back to what these records describe, as [`World::restore`] reads them: a store could not
    /// take the last steps. Calls that wait and invocations that run are forgotten; the time and what
    /// is remembered of the past stay.
    pub fn go_back_to(&mut self, records: impl IntoIterator<Item = Record>, seed: u64) {
        let before = std::mem::replace(self, Self::restore(records, seed));
        self.now = before.now;
        self.trace = before.trace;
    }

    /// Every durable entity, in the order in which [`World::restore`] reads them.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let mut records: BTreeMap<_, _> = self
            .s3
            .records()
            .chain(self.sqs.records())
            .chain(self.lambda.records())
            .chain(self.sts.records())
            .map(|record| (record.key(), record))
            .collect();
        if self.ids.drawn() > 0 {
            let drawn = Record::Ids(self.ids.drawn());
            records.insert(drawn.key(), drawn);
        }
        records.into_values().collect()
    }

    /// Every blob that something refers to; any other may be deleted when the World is restored.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobId> {
        self.blobs.iter()
    }

    /// Whether something refers to the blob: an upload that nothing refers to once its call was
    /// handled is dropped.
    #[must_use]
    pub fn refers_to(&self, blob: &BlobId) -> bool {
        self.blobs.contains(blob)
    }

    /// The S3 side, to be read: what answers a browser's preflight request.
    #[must_use]
    pub fn s3(&self) -> &S3 {
        &self.s3
    }

    /// The functions, to be read: where their code is.
    #[must_use]
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// The roles that were assumed, to be read: who calls with temporary credentials.
    #[must_use]
    pub fn sts(&self) -> &Sts {
        &self.sts
    }

    /// What keeps the pipeline from being idle, by name: running invocations, retries that are due,
    /// messages that an enabled mapping will take. Nothing where all is quiet. What only waits for
    /// time to pass (a retry in one minute, a message in flight) is in [`World::waiting`].
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        let mut outstanding = self.lambda.outstanding();
        outstanding.extend(self.sqs.outstanding());
        outstanding.extend(self.mapped().filter_map(|(queue, appetite)| {
            let visible = self.sqs.visible(&queue).unwrap_or(0);
            let takes = match appetite {
                Appetite::None => false,
                Appetite::UpTo(_) => visible > 0,
                Appetite::Full(batch_size) => visible >= batch_size,
            };
            takes.then(|| format!("{visible} messages of {} are to be processed", queue.name))
        }));
        outstanding
    }

    /// What waits for time to pass before the pipeline is truly done, by name: scheduled retries,
    /// batching windows, messages of mapped queues that are delayed or in flight after a failure.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let mut waiting = self.lambda.waiting();
        waiting.extend(self.mapped().filter_map(|(queue, _)| {
            let hidden = self.sqs.hidden(&queue).unwrap_or(0);
            (hidden > 0)
                .then(|| format!("{hidden} messages of {} are delayed or in flight", queue.name))
        }));
        waiting
    }

    /// What CloudWatch would show of the queues now.
    pub fn queue_metrics(&self, now: Timestamp) -> impl Iterator<Item = (&QueueArn, Metrics)> {
        self.sqs.metrics(now)
    }

    /// How many there are of what a person makes first.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 3] {
        let (buckets, queues) = (self.s3.bucket_count(), self.sqs.queue_count());
        [("buckets", buckets), ("queues", queues), ("functions", self.lambda.function_count())]
    }

    /// What led to what.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn mapped(&self) -> impl Iterator<Item = (QueueArn, Appetite)> {
        let enabled = self.lambda.mappings().filter(|mapping| mapping.enabled);
        enabled.filter_map(|mapping| {
            let (queue, appetite) = self.lambda.appetite(&mapping.id)?;
            // A queue that does not let the mapping's function in waits for somebody else.
            let role = self.lambda.execution_role(&mapping.function);
            consume(&self.sqs, &queue, &mapping.function, role, RECEIVE).ok()?;
            Some((queue, appetite))
        })
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.records() == other.records()
    }
}

/// The services while one input is handled.
struct Handling<'a> {
    s3: &'a mut S3,
    sqs: &'a mut Sqs,
    lambda: &'a mut Lambda,
    sts: &'a mut Sts,
    announcements: Vec<Announcement>,
}

impl Handling<'_> {
    fn call(&mut self, cx: &mut Cx<'_>, call: Call) {
        let subject = call.request.subject();
        cx.cause = cx.trace.record(cx.now, call.cause, call.request.name(), subject);
        let origin = Origin {
            call: call.id,
            account: call.caller.account(),
            caller: call.caller,
            signing: call.signing,
            region: call.region,
            endpoint: call.endpoint,
            source_ip: call.source_ip,
            trace_header: call.trace_header,
        };
        let cause = cx.cause;
        match self.answer(cx, &origin, call.request) {
            Ok(None) => {}
            Ok(Some(response)) => cx.reply(call.id, cause, Ok(response)),
            Err(refused) => cx.reply(call.id, cause, Err(refused)),
        }
    }

    fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        match request {
            Request::S3(request) => {
                if let s3::Request::PutBucketNotificationConfiguration(input) = &request {
                    self.validate_destinations(cx, origin, input)?;
                }
                Ok(self.s3.call(cx, origin, request)?.map(Response::S3))
            }
            Request::Sqs(request) => Ok(self.sqs.call(cx, origin, request)?.map(Response::Sqs)),
            Request::Lambda(mut request) => {
                self.validate_dead_letters(origin, &request)?;
                self.validate_mapping(origin, &request)?;
                self.prepare(origin, &mut request)?;
                Ok(self.lambda.call(cx, origin, request)?.map(Response::Lambda))
            }
            Request::Sts(request) => {
                self.sts.call(cx, origin, request).map(|answer| Some(Response::Sts(answer)))
            }
        }
    }

    /// What Lambda asks of S3 before it accepts a request: the code that lies there.
    fn prepare(&self, origin: &Origin, request: &mut lambda::Request) -> Result<(), ApiError> {
        let code = |(bucket, key)| self.code(origin, bucket, key);
        let found = match request {
            lambda::Request::CreateFunction(input) => {
                let location = input.code_location().map(code);
                location.transpose()?.map(|code| (&mut input.zip, code))
            }
            lambda::Request::UpdateFunctionCode(input) => {
                let location = input.code_location().map(code);
                location.transpose()?.map(|code| (&mut input.zip, code))
            }
            _ => None,
        };
        if let Some((zip, code)) = found {
            *zip = code;
        }
        Ok(())
    }

    fn code(&self, origin: &Origin, bucket: &str, key: &str) -> Result<Payload, ApiError> {
        self.s3.content_of(origin, bucket, key).map(Payload::Shared).map_err(|refused| {
            refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
                refused.code(),
                refused.message()
            ))
        })
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::S3(due) => self.s3.due(cx, due),
            Due::Sqs(due) => self.sqs.due(cx, due),
            Due::Lambda(due) => self.lambda.due(cx, due),
        }
    }

    /// Carries announcements to those who hear them, until nobody says anything more.
    fn route(&mut self, cx: &mut Cx<'_>) {
        loop {
            self.announcements.append(cx.announcements);
            if self.announcements.is_empty() {
                return;
            }
            for announcement in std::mem::take(&mut self.announcements) {
                self.hear(cx, announcement);
            }
        }
    }

    fn hear(&mut self, cx: &mut Cx<'_>, announcement: Announcement) {
        match announcement {
            Announcement::Notification { source, source_account, destination, event, cause } => {
                cx.cause = cause;
                let (name, result) = match &destination {
                    Arn::Function(function) => {
                        let permitted = self.lambda.permits(
                            function,
                            "s3.amazonaws.com",
                            &source,
                            &source_account,
                        );
                        let invoke = |()| self.lambda.invoke_later(cx, function.clone(), event);
                        match permitted.and_then(invoke) {
                            Ok(()) => return,
                            refused => (function.name.to_string(), refused),
                        }
                    }
                    Arn::Queue(queue) => {
                        let delivery = Delivery {
                            body: String::from_utf8_lossy(&event).into_owned(),
                            attributes: BTreeMap::new(),
                            principal: Principal::Service("s3.amazonaws.com".into()),
                            source: Some(source),
                            source_account: Some(source_account),
                            cause,
                        };
                        (queue.name.to_string(), self.sqs.deliver(cx, queue, delivery))
                    }
                    Arn::Bucket(_) => return,
                };
                // S3 drops what its destination refuses. The trace says so.
                cx.cause = cause;
                let notified = cx.follows("s3:Notify", name);
                cx.trace.end(notified, result.map_or_else(|it| it.to_string(), |()| "ok".into()));
            }
            Announcement::MessagesVisible(queue) => {
                for mapping in self.lambda.mappings_of(&queue) {
                    self.feed(cx, &mapping);
                }
            }
            Announcement::MappingReady(mapping) => self.feed(cx, &mapping),
            Announcement::BatchInterrupted { invocation, queue, receipt_handles } => {
                let messages = self.sqs.collect_again(cx, &queue, &receipt_handles);
                let records: Vec<_> = messages.into_iter().map(BatchRecord::from).collect();
                self.lambda.resume_batch(cx, invocation, &records);
            }
            Announcement::MessagesProcessed { function, queue, receipt_handles, cause } => {
                cx.cause = cause;
                let deleted = cx.follows("sqs:DeleteMessageBatch", queue.name.as_str());
                let role = self.lambda.execution_role(&function);
                let allowed = consume(self.sqs, &queue, &function, role, DELETE);
                if allowed.is_ok() {
                    self.sqs.processed(cx, &queue, &receipt_handles);
                }
                cx.trace.end(deleted, allowed.map_or_else(|it| it.to_string(), |()| "ok".into()));
            }
            Announcement::DeadLetter { function, role, target, body, attributes, cause } => {
                cx.cause = cause;
                let Arn::Queue(queue) = &target else { return };
                let source_account = Some(function.account.clone());
                let source = Some(Arn::Function(function));
                let principal = role;
                let delivery =
                    Delivery { body, attributes, principal, source, source_account, cause };
                let kept = cx.follows("lambda:DeadLetter", queue.name.as_str());
                let outcome = self.sqs.deliver(cx, queue, delivery);
                cx.trace.end(kept, outcome.map_or_else(|it| it.to_string(), |()| "ok".into()));
            }
        }
    }

    /// Hands a mapping as many batches as its queue has and its function can take.
    fn feed(&mut self, cx: &mut Cx<'_>, mapping: &MappingId) {
        loop {
            let Some((queue, appetite)) = self.lambda.appetite(mapping) else { return };
            let visible = self.sqs.visible(&queue).unwrap_or(0);
            if visible == 0 {
                // A window begins with a message: one that ends without any is over.
                self.lambda.close_window(cx, mapping);
                return;
            }
            let batch_size = match appetite {
                Appetite::None => return,
                Appetite::Full(batch_size) if visible < batch_size => {
                    self.lambda.open_window(cx, mapping);
                    return;
                }
                Appetite::Full(batch_size) | Appetite::UpTo(batch_size) => batch_size,
            };
            let Some(function) = self.lambda.function_of(mapping) else { return };
            let role = self.lambda.execution_role(function);
            if let Err(denied) = consume(self.sqs, &queue, function, role, RECEIVE) {
                let received = cx.follows(RECEIVE, queue.name.as_str());
                cx.trace.end(received, denied.to_string());
                return;
            }
            let messages = self.sqs.collect(cx, &queue, batch_size, BATCH_PAYLOAD_MAX_BYTES);
            let Some(first) = messages.first() else { return };
            let cause = first.cause;
            let records: Vec<_> = messages.into_iter().map(BatchRecord::from).collect();
            self.lambda.invoke_batch(cx, mapping, &records, cause);
        }
    }
}

impl From<Received> for BatchRecord {
    fn from(received: Received) -> Self {
        Self {
            message_id: received.message_id,
            receipt_handle: received.receipt_handle,
            body: received.body,
            attributes: received.attributes,
            message_attributes: received.message_attributes,
            md5_of_body: received.md5_of_body,
        }
    }
}
