//! Simple Queue Service.
//!
//! A queue keeps its messages in ordered indices (`messages.rs`), so that sending, receiving and
//! deleting cost the same in a queue of one and of a million; what its messages and long polls wait
//! for is one entry in the World's deadlines. What is durable is one record a message, written once,
//! and a small one beside it that each receive rewrites.

pub mod access;
mod add_permission;
mod attributes;
mod batch;
mod change_visibility;
mod dead_letter;
mod delete;
mod descriptor;
mod digest;
pub mod error;
mod facts;
mod fifo;
mod groups;
mod lifecycle;
pub mod limits;
mod long_poll;
mod message;
mod message_attribute;
mod messages;
mod metrics;
mod move_task;
mod queue;
mod queue_id;
mod quick;
mod receipt;
mod receive;
mod redrive;
mod send;
mod service;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod wanted;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use kernel::access::Asking;
use kernel::arn::QueueArn;
use kernel::call::{CallId, Origin};
use kernel::context::Restoring;
use kernel::deadlines::Deadlines;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::names::{AccountId, QueueName};
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use move_task::MoveTasks;
use queue::Queue;

use crate::error as errors;

pub use add_permission::{AddPermissionInput, RemovePermissionInput};
pub use batch::{BatchOutput, BatchResultEntry, BatchResultErrorEntry};
pub use change_visibility::{
    ChangeMessageVisibilityBatchInput, ChangeMessageVisibilityBatchRequestEntry,
    ChangeMessageVisibilityInput,
};
pub use dead_letter::{ListDeadLetterSourceQueuesInput, ListDeadLetterSourceQueuesOutput};
pub use delete::{
    DeleteMessageBatchInput, DeleteMessageBatchRequestEntry, DeleteMessageInput, Empty,
};
pub use fifo::{DeduplicationKey, DeduplicationRecord, Sent};
pub use groups::{BusyGroups, GroupTurnRecord, Turn};
pub use lifecycle::{
    CreateQueueInput, CreateQueueOutput, GetQueueAttributesInput, GetQueueAttributesOutput,
    GetQueueUrlInput, ListQueuesInput, ListQueuesOutput, PurgeQueueInput, SetQueueAttributesInput,
};
pub use message::{Content, MessageBody, MessageId, MessageRecord, MessageStateRecord, Sequence};
pub use message_attribute::{AttributeValue, MessageAttribute, MessageAttributeValue};
pub use metrics::{Counts, Metrics};
pub use move_task::{
    CancelMessageMoveTaskInput, CancelMessageMoveTaskOutput, ListMessageMoveTasksInput,
    ListMessageMoveTasksOutput, ListMessageMoveTasksResultEntry, MoveTask, MoveTaskStatus,
    MoveTasksRecord, StartMessageMoveTaskInput, StartMessageMoveTaskOutput,
};
pub use queue::QueueRecord;
pub use queue_id::QueueId;
pub use receive::{Batch, ReceiveMessageInput, ReceiveMessageOutput, ReceivedMessage};
pub use send::{
    SendMessageBatchInput, SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
    SendMessageInput, SendMessageOutput,
};
pub use service::{Delivery, Received};
pub use tags::{ListQueueTagsInput, ListQueueTagsOutput, TagQueueInput, UntagQueueInput};

kernel::operations! { "sqs";
    AddPermission(AddPermissionInput) -> Empty;
    CancelMessageMoveTask(CancelMessageMoveTaskInput) -> CancelMessageMoveTaskOutput;
    ChangeMessageVisibility(ChangeMessageVisibilityInput) -> Empty;
    ChangeMessageVisibilityBatch(ChangeMessageVisibilityBatchInput) -> BatchOutput<BatchResultEntry>;
    CreateQueue(CreateQueueInput) -> CreateQueueOutput;
    DeleteMessage(DeleteMessageInput) -> Empty;
    DeleteMessageBatch(DeleteMessageBatchInput) -> BatchOutput<BatchResultEntry>;
    DeleteQueue(PurgeQueueInput) -> Empty;
    GetQueueAttributes(GetQueueAttributesInput) -> GetQueueAttributesOutput;
    GetQueueUrl(GetQueueUrlInput) -> CreateQueueOutput;
    ListDeadLetterSourceQueues(ListDeadLetterSourceQueuesInput) -> ListDeadLetterSourceQueuesOutput;
    ListMessageMoveTasks(ListMessageMoveTasksInput) -> ListMessageMoveTasksOutput;
    ListQueueTags(ListQueueTagsInput) -> ListQueueTagsOutput;
    ListQueues(ListQueuesInput) -> ListQueuesOutput;
    PurgeQueue(PurgeQueueInput) -> Empty;
    ReceiveMessage(ReceiveMessageInput) -> ReceiveMessageOutput;
    RemovePermission(RemovePermissionInput) -> Empty;
    SendMessage(SendMessageInput) -> SendMessageOutput;
    SendMessageBatch(SendMessageBatchInput) -> BatchOutput<SendMessageBatchResultEntry>;
    SetQueueAttributes(SetQueueAttributesInput) -> Empty;
    StartMessageMoveTask(StartMessageMoveTaskInput) -> StartMessageMoveTaskOutput;
    TagQueue(TagQueueInput) -> Empty;
    UntagQueue(UntagQueueInput) -> Empty;
}

impl Request {
    /// What it is about, for the trace: the queue's name.
    #[must_use]
    pub fn subject(&self) -> String {
        let url = match self {
            Self::CreateQueue(input) => input.queue_name.as_deref().unwrap_or_default(),
            Self::GetQueueUrl(input) => &input.queue_name,
            Self::ListMessageMoveTasks(input) => return arn_name(&input.source_arn),
            Self::StartMessageMoveTask(input) => return arn_name(&input.source_arn),
            _ => self.queue_url(),
        };
        let name = url.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        name.chars().take(80).collect()
    }

    /// `QueueUrl`; empty where the operation has none.
    fn queue_url(&self) -> &str {
        match self {
            Self::CreateQueue(_)
            | Self::GetQueueUrl(_)
            | Self::ListQueues(_)
            | Self::CancelMessageMoveTask(_)
            | Self::ListMessageMoveTasks(_)
            | Self::StartMessageMoveTask(_) => "",
            Self::AddPermission(input) => &input.queue_url,
            Self::ChangeMessageVisibility(input) => &input.queue_url,
            Self::ChangeMessageVisibilityBatch(input) => &input.queue_url,
            Self::DeleteMessage(input) => &input.queue_url,
            Self::DeleteMessageBatch(input) => &input.queue_url,
            Self::DeleteQueue(input) | Self::PurgeQueue(input) => &input.queue_url,
            Self::GetQueueAttributes(input) => &input.queue_url,
            Self::ListDeadLetterSourceQueues(input) => &input.queue_url,
            Self::ListQueueTags(input) => &input.queue_url,
            Self::ReceiveMessage(input) => &input.queue_url,
            Self::RemovePermission(input) => &input.queue_url,
            Self::SendMessage(input) => &input.queue_url,
            Self::SendMessageBatch(input) => &input.queue_url,
            Self::SetQueueAttributes(input) => &input.queue_url,
            Self::TagQueue(input) => &input.queue_url,
            Self::UntagQueue(input) => &input.queue_url,
        }
    }
}

/// What a queue's ARN ends with, for the trace.
fn arn_name(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().chars().take(80).collect()
}

/// What becomes due in SQS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The first thing that a queue waits for: a message appears or is too old, or a long poll ends.
    Queue(Arc<QueueArn>),
    /// The running move task of this queue moves its next messages.
    Move(Arc<QueueArn>),
    /// A deleted queue's name may be taken again.
    NameFree(Arc<QueueArn>),
}

kernel::records! {
    /// A queue with its attributes.
    Queue(QueueRecord) = 4;
    /// A message, as it was sent. Written once.
    Message(MessageRecord) = 5, numbered "message";
    /// Where a message is in its life: rewritten at each receive.
    MessageState(MessageStateRecord) = 6, numbered "message_state";
    /// That a deduplication id was sent to a FIFO queue, whether its message is still there or not.
    Deduplication(DeduplicationRecord) = 10, numbered "deduplication";
    /// The move tasks of a queue.
    MoveTasks(MoveTasksRecord) = 11;
    /// Where a group of a FIFO queue stands in line, where its messages alone do not say so.
    GroupTurn(GroupTurnRecord) = 13;
}

/// The context in which SQS handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Sqs>;

/// What SQS says has happened.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// A queue has messages to receive that it did not have before.
    MessagesVisible(QueueArn),
}

/// That a queue was deleted.
#[derive(Debug, Clone, Copy)]
struct Deleted {
    at: Timestamp,
    /// By which call; nothing where that was before a restart.
    cause: Option<CauseId>,
}

/// All queues.
#[derive(Debug, Clone, Default)]
pub struct Sqs {
    queues: BTreeMap<QueueArn, Queue>,
    /// The queues by the id that records of messages name.
    arns: BTreeMap<QueueId, Arc<QueueArn>>,
    /// Queues that were deleted within the last minute.
    deleted: BTreeMap<QueueArn, Deleted>,
    /// Where each long poll waits, and until when.
    waiting: BTreeMap<CallId, (Arc<QueueArn>, Timestamp)>,
    move_tasks: MoveTasks,
}

impl Sqs {
    /// How many queues there are.
    #[must_use]
    pub fn queue_count(&self) -> usize {
        self.queues.len()
    }

    /// Lets happen what should have happened in a queue by now: hidden messages appear, those too old
    /// vanish, what is there goes to those who wait, and who has waited long enough gets nothing.
    fn catch_up(&mut self, cx: &mut Cx<'_>, arn: &QueueArn) {
        let Some(queue) = self.queues.get_mut(arn) else { return };
        let mut cause = cx.cause();
        if queue.is_due(cx.now) {
            // Whoever calls first finds it so, and has not brought it about.
            cause = queue.due_because().unwrap_or(cause);
            queue.unschedule(cx.deadlines);
        }
        let cx = &mut cx.because(cause);
        let mut gained = queue.messages.appear(cx.now);
        while let Some(sequence) = queue.messages.expired(cx.now, queue.attributes.retention_s) {
            queue.remove(cx, sequence);
            // The first of a FIFO group may have held back the others.
            gained |= queue.attributes.fifo.is_some();
        }
        queue.schedule(cx.deadlines);
        if gained {
            self.gained(cx, arn);
        }
        let Some(queue) = self.queues.get_mut(arn) else { return };
        while let Some(waiter) = queue.waiters.pop_expired(cx.now) {
            self.waiting.remove(&waiter.call);
            queue.counts.number_of_empty_receives += 1;
            let nothing = Response::ReceiveMessage(Box::default());
            cx.reply(waiter.call, waiter.cause, Ok(nothing));
        }
        queue.schedule(cx.deadlines);
    }

    /// The queue that a URL names, where it exists. It is brought up to the present first. That the
    /// caller may do this with it was asked before.
    fn open(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        queue_url: &str,
    ) -> Result<Arc<QueueArn>, ApiError> {
        let arn = read_url(queue_url, origin)?;
        let queue = self.existing(&arn)?;
        queue.note_use(cx);
        let arn = Arc::clone(&queue.arn);
        if queue.is_due(cx.now) {
            self.catch_up(cx, &arn);
        }
        Ok(arn)
    }

    fn existing(&mut self, arn: &QueueArn) -> Result<&mut Queue, ApiError> {
        self.queues.get_mut(arn).ok_or_else(|| (&errors::QUEUE_DOES_NOT_EXIST).into())
    }

    fn add(&mut self, queue: Queue) {
        self.arns.insert(queue.id, Arc::clone(&queue.arn));
        self.queues.insert((*queue.arn).clone(), queue);
    }

    /// After messages were deleted: their groups may give the next ones, and where too many were in
    /// flight, those who wait may have some.
    fn gained_by_deletion(&mut self, cx: &mut Cx<'_>, arn: &QueueArn) {
        let is_waited_for = self.queues.get(arn).is_some_and(|queue| !queue.waiters.is_empty());
        if arn.name.is_fifo() || is_waited_for {
            self.gained(cx, arn);
        }
    }
}

/// A queue's URL, whatever its host is, or its bare name: the last two parts of the path count. A URL
/// without a path, or none, is that of no queue.
fn read_url(url: &str, origin: &Origin) -> Result<QueueArn, ApiError> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let name = parts.next().ok_or(&errors::QUEUE_DOES_NOT_EXIST)?;
    let account = parts.next().and_then(AccountId::parse);
    Ok(QueueArn {
        region: origin.region.clone(),
        account: account.unwrap_or_else(|| origin.account.clone()),
        name: QueueName::parse(name).ok_or(&errors::QUEUE_DOES_NOT_EXIST)?,
    })
}

impl Service for Sqs {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        self.ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        macro_rules! answer {
            ($operation:ident, $function:ident, $input:expr) => {
                Response::$operation(Box::new(self.$function(cx, origin, *$input)?))
            };
        }
        Ok(Some(match request {
            Request::AddPermission(input) => answer!(AddPermission, add_permission, input),
            Request::CancelMessageMoveTask(input) => {
                answer!(CancelMessageMoveTask, cancel_message_move_task, input)
            }
            Request::ChangeMessageVisibility(input) => {
                answer!(ChangeMessageVisibility, change_message_visibility, input)
            }
            Request::ChangeMessageVisibilityBatch(input) => {
                answer!(ChangeMessageVisibilityBatch, change_message_visibility_batch, input)
            }
            Request::CreateQueue(input) => answer!(CreateQueue, create_queue, input),
            Request::DeleteMessage(input) => answer!(DeleteMessage, delete_message, input),
            Request::DeleteMessageBatch(input) => {
                answer!(DeleteMessageBatch, delete_message_batch, input)
            }
            Request::DeleteQueue(input) => answer!(DeleteQueue, delete_queue, input),
            Request::GetQueueAttributes(input) => {
                answer!(GetQueueAttributes, get_queue_attributes, input)
            }
            Request::GetQueueUrl(input) => answer!(GetQueueUrl, get_queue_url, input),
            Request::ListDeadLetterSourceQueues(input) => {
                answer!(ListDeadLetterSourceQueues, list_dead_letter_source_queues, input)
            }
            Request::ListMessageMoveTasks(input) => {
                answer!(ListMessageMoveTasks, list_message_move_tasks, input)
            }
            Request::ListQueueTags(input) => answer!(ListQueueTags, list_queue_tags, input),
            Request::ListQueues(input) => {
                Response::ListQueues(Box::new(self.list_queues(origin, *input)?))
            }
            Request::PurgeQueue(input) => answer!(PurgeQueue, purge_queue, input),
            Request::ReceiveMessage(input) => {
                let received = self.receive_message(cx, origin, *input)?;
                return Ok(received.map(|output| Response::ReceiveMessage(Box::new(output))));
            }
            Request::RemovePermission(input) => answer!(RemovePermission, remove_permission, input),
            Request::SendMessage(input) => answer!(SendMessage, send_message, input),
            Request::SendMessageBatch(input) => {
                answer!(SendMessageBatch, send_message_batch, input)
            }
            Request::SetQueueAttributes(input) => {
                answer!(SetQueueAttributes, set_queue_attributes, input)
            }
            Request::StartMessageMoveTask(input) => {
                answer!(StartMessageMoveTask, start_message_move_task, input)
            }
            Request::TagQueue(input) => answer!(TagQueue, tag_queue, input),
            Request::UntagQueue(input) => answer!(UntagQueue, untag_queue, input),
        }))
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Queue(arn) => self.queues.get(&**arn)?.due_because(),
            Due::Move(arn) => self.move_tasks.running_because(arn),
            Due::NameFree(arn) => self.deleted.get(&**arn)?.cause,
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Queue(arn) => self.catch_up(cx, &arn),
            Due::Move(arn) => self.move_on(cx, &arn),
            Due::NameFree(arn) => self.name_free(cx, &arn),
        }
    }

    fn quick(operation: &str, body: &[u8]) -> Option<Request> {
        Request::quick(operation, body)
    }

    fn disconnected(&mut self, deadlines: &mut Deadlines<Due>, call: CallId) {
        if let Some((arn, until)) = self.waiting.remove(&call)
            && let Some(queue) = self.queues.get_mut(&*arn)
        {
            queue.waiters.remove(call, until);
            queue.schedule(deadlines);
        }
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Queue(queue) => self.restore_queue(cx.deadlines, *queue),
            Record::Message(message) => {
                cx.trace.resume_after(message.content.cause);
                cx.numbers.was_given(message.sequence.0);
                self.restore_message(cx.deadlines, *message);
            }
            Record::MessageState(state) => self.restore_state(cx.deadlines, *state),
            Record::Deduplication(record) => {
                cx.numbers.was_given(record.sent.sequence.0);
                self.restore_deduplication(*record);
            }
            Record::GroupTurn(record) => {
                cx.numbers.was_given(record.turn.number.0);
                self.restore_group_turn(&record);
            }
            Record::MoveTasks(record) => self.restore_move_tasks(cx.deadlines, *record),
        }
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.all_records()
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_facts(at, facts);
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.begin_minute(at)
    }

    fn outstanding(&self) -> Vec<String> {
        self.move_tasks_outstanding()
    }
}
