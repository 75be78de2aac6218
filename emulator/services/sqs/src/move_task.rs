//! Message move tasks: what is in a dead-letter queue goes back to where it came from, or elsewhere.
//!
//! A task moves what can be received; what is delayed or in flight stays. It ends when as many
//! messages were moved as there were at its start, or when none is left.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::arn::{Arn, QueueArn};
use kernel::call::Origin;
use kernel::deadlines::Deadlines;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::{Cause, CauseId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::groups::BusyGroups;
use super::message::{Content, Message, MessageId, Place, Sequence};
use super::{Due, Request, Sqs};
use crate::limits::{MOVE_TASK_MESSAGES_PER_S_MAX, MOVE_TASKS_KEPT};
use crate::{Cx, Kind, Record, error as errors};

const ARN_FORMAT: &str = "arn:<partition>:<service>:<region>:<account-id>:<resource-id>";

/// Messages that a task without a rate moves in one millisecond.
const MESSAGES_PER_STEP: u64 = 1_000;

/// The tasks of each source queue that is there, the latest first.
#[derive(Debug, Clone, Default)]
pub(super) struct MoveTasks {
    by_source: BTreeMap<QueueArn, VecDeque<MoveTask>>,
    /// What the trace calls the calls that started those that are running. What was started before a
    /// restart goes on without.
    running_because: BTreeMap<QueueArn, CauseId>,
}

/// The move tasks of one source queue, the latest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveTasksRecord {
    /// The queue that they move from.
    pub source: QueueArn,
    /// The tasks.
    pub tasks: VecDeque<MoveTask>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveTask {
    /// Names it.
    pub id: String,
    /// Where messages go; without it, where each came from.
    pub destination: Option<QueueArn>,
    /// `MaxNumberOfMessagesPerSecond`
    pub messages_per_s: Option<u32>,
    /// `StartedTimestamp`
    pub started: Timestamp,
    /// `ApproximateNumberOfMessagesToMove`
    pub to_move: u64,
    /// `ApproximateNumberOfMessagesMoved`
    pub moved: u64,
    /// How far it is.
    pub status: MoveTaskStatus,
}

/// `Status`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveTaskStatus {
    /// It moves the next messages then.
    Running {
        /// The moment.
        next: Timestamp,
    },
    /// Everything is moved.
    Completed,
    /// Somebody stopped it.
    Cancelled,
    /// It cannot go on.
    Failed {
        /// `FailureReason`
        reason: String,
    },
}

impl MoveTasksRecord {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        key(&self.source)
    }
}

fn key(source: &QueueArn) -> Key {
    Key::named(Kind::MoveTasks, source.to_string())
}

impl MoveTasks {
    pub(super) fn records(&self) -> impl Iterator<Item = Record> {
        self.by_source.iter().map(|(source, tasks)| {
            let (source, tasks) = (source.clone(), tasks.clone());
            Record::MoveTasks(Box::new(MoveTasksRecord { source, tasks }))
        })
    }

    /// The queue is deleted, and its tasks with it.
    pub(super) fn forget(&mut self, cx: &mut Cx<'_>, source: &QueueArn) {
        self.running_because.remove(source);
        let Some(tasks) = self.by_source.remove(source) else { return };
        cx.delete(|| key(source));
        for task in tasks {
            if let MoveTaskStatus::Running { next } = task.status {
                cx.deadlines.cancel(next, due(source));
            }
        }
    }

    /// What started the task of this queue that is running, where that is remembered.
    pub(super) fn running_because(&self, source: &QueueArn) -> Option<CauseId> {
        self.running_because.get(source).copied()
    }

    /// Those that move, in words: what keeps the pipeline from being idle.
    pub(super) fn running(&self) -> impl Iterator<Item = String> {
        let running = |task: &&MoveTask| matches!(task.status, MoveTaskStatus::Running { .. });
        self.by_source.iter().flat_map(move |(source, tasks)| {
            tasks.iter().filter(running).map(move |task| {
                let left = task.to_move.saturating_sub(task.moved);
                format!("{left} messages of {} are to be moved", source.name)
            })
        })
    }
}

fn due(source: &QueueArn) -> Due {
    Due::Move(Arc::new(source.clone()))
}

impl MoveTask {
    /// When it goes on after `now`, and how many messages it then moves.
    fn next(&self, now: Timestamp) -> Timestamp {
        let pause_ms = self.messages_per_s.map_or(1, |rate| 1_000_u64.div_ceil(u64::from(rate)));
        now.after(Duration::from_millis(pause_ms))
    }

    /// `TaskHandle`
    fn handle(&self, source: &QueueArn) -> String {
        BASE64.encode(json!({ "taskId": self.id, "sourceArn": source }).to_string())
    }

    fn entry(&self, source: &QueueArn) -> ListMessageMoveTasksResultEntry {
        let (status, failure_reason) = match &self.status {
            MoveTaskStatus::Running { .. } => ("RUNNING", None),
            MoveTaskStatus::Completed => ("COMPLETED", None),
            MoveTaskStatus::Cancelled => ("CANCELLED", None),
            MoveTaskStatus::Failed { reason } => ("FAILED", Some(reason.clone())),
        };
        ListMessageMoveTasksResultEntry {
            task_handle: (status == "RUNNING").then(|| self.handle(source)),
            status,
            source_arn: source.to_string(),
            destination_arn: self.destination.as_ref().map(ToString::to_string),
            max_number_of_messages_per_second: self.messages_per_s,
            approximate_number_of_messages_moved: self.moved,
            approximate_number_of_messages_to_move: Some(self.to_move),
            failure_reason,
            started_timestamp: self.started.as_ms(),
        }
    }
}

impl Sqs {
    pub(super) fn start_message_move_task(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: StartMessageMoveTaskInput,
    ) -> Result<StartMessageMoveTaskOutput, ApiError> {
        let source = self.source(cx, origin, &input.source_arn)?;
        let destination = self.destination(&source, input.destination_arn.as_deref())?;
        let messages_per_s = match input.max_number_of_messages_per_second {
            None => None,
            Some(rate) => Some(
                u32::try_from(rate)
                    .ok()
                    .filter(|rate| (1..=MOVE_TASK_MESSAGES_PER_S_MAX).contains(rate))
                    .ok_or_else(|| {
                        errors::INVALID_PARAMETER_VALUE.says(format!(
                            "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and {MOVE_TASK_MESSAGES_PER_S_MAX}."
                        ))
                    })?,
            ),
        };
        let tasks = self.move_tasks.by_source.entry(source.clone()).or_default();
        if tasks.iter().any(|task| matches!(task.status, MoveTaskStatus::Running { .. })) {
            return Err(errors::INVALID_PARAMETER_VALUE.says(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        let to_move = self.queues.get(&source).map_or(0, |queue| queue.messages.visible());
        let mut task = MoveTask {
            id: cx.ids.uuid(),
            destination,
            messages_per_s,
            started: cx.now,
            to_move: u64::try_from(to_move).unwrap_or(u64::MAX),
            moved: 0,
            status: MoveTaskStatus::Completed,
        };
        let next = task.next(cx.now);
        task.status = MoveTaskStatus::Running { next };
        cx.deadlines.schedule(next, due(&source));
        let task_handle = task.handle(&source);
        tasks.push_front(task);
        tasks.truncate(MOVE_TASKS_KEPT);
        self.move_tasks.running_because.insert(source.clone(), cx.cause());
        self.keep_tasks(cx, &source);
        Ok(StartMessageMoveTaskOutput { task_handle })
    }

    pub(super) fn cancel_message_move_task(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CancelMessageMoveTaskInput,
    ) -> Result<CancelMessageMoveTaskOutput, ApiError> {
        let handle = Handle::parse(&input.task_handle)?;
        let source = self.source(cx, origin, &handle.source_arn)?;
        let no_task = || errors::RESOURCE_NOT_FOUND.says("Task does not exist.");
        let tasks = self.move_tasks.by_source.get_mut(&source).ok_or_else(no_task)?;
        let task = tasks.iter_mut().find(|task| task.id == handle.task_id).ok_or_else(no_task)?;
        let MoveTaskStatus::Running { next } = task.status else {
            return Err(errors::UNSUPPORTED_OPERATION.says("Only active tasks can be cancelled."));
        };
        task.status = MoveTaskStatus::Cancelled;
        let moved = task.moved;
        cx.deadlines.cancel(next, due(&source));
        self.move_tasks.running_because.remove(&source);
        self.keep_tasks(cx, &source);
        Ok(CancelMessageMoveTaskOutput { approximate_number_of_messages_moved: moved })
    }

    pub(super) fn list_message_move_tasks(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: ListMessageMoveTasksInput,
    ) -> Result<ListMessageMoveTasksOutput, ApiError> {
        let source = self.source(cx, origin, &input.source_arn)?;
        let max = match input.max_results {
            None => 1,
            Some(max) => usize::try_from(max)
                .ok()
                .filter(|max| (1..=MOVE_TASKS_KEPT).contains(max))
                .ok_or_else(|| {
                    errors::INVALID_PARAMETER_VALUE.says(format!(
                        "Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and {MOVE_TASKS_KEPT}."
                    ))
                })?,
        };
        let tasks = self.move_tasks.by_source.get(&source).into_iter().flatten().take(max);
        Ok(ListMessageMoveTasksOutput { results: tasks.map(|task| task.entry(&source)).collect() })
    }

    /// The running task of this queue moves its next messages.
    pub(super) fn move_on(&mut self, cx: &mut Cx<'_>, source: &QueueArn) {
        self.catch_up_if_due(cx, source);
        let running =
            self.move_tasks.by_source.get(source).and_then(|tasks| tasks.front().cloned());
        let Some(mut task) = running else { return };
        let batch = task.messages_per_s.map_or(MESSAGES_PER_STEP, |_| 1);
        let most = batch.min(task.to_move.saturating_sub(task.moved));
        let mut gained = BTreeSet::new();
        let mut end = None;
        for _ in 0..most {
            match self.move_one(cx, source, task.destination.as_ref()) {
                Ok(Some(to)) => {
                    task.moved += 1;
                    gained.insert(to);
                }
                Ok(None) => {
                    end = Some(MoveTaskStatus::Completed);
                    break;
                }
                Err(reason) => {
                    end = Some(MoveTaskStatus::Failed { reason: reason.to_owned() });
                    break;
                }
            }
        }
        let done = (task.moved >= task.to_move).then_some(MoveTaskStatus::Completed);
        task.status = end.or(done).unwrap_or_else(|| {
            let next = task.next(cx.now);
            cx.deadlines.schedule(next, due(source));
            MoveTaskStatus::Running { next }
        });
        if !matches!(task.status, MoveTaskStatus::Running { .. }) {
            self.move_tasks.running_because.remove(source);
        }
        if let Some(kept) = self.move_tasks.by_source.get_mut(source).and_then(VecDeque::front_mut)
        {
            *kept = task;
        }
        self.keep_tasks(cx, source);
        if let Some(queue) = self.queues.get_mut(source) {
            queue.schedule(cx.deadlines);
        }
        for queue in gained {
            self.gained(cx, &queue);
        }
    }

    /// Moves the next message that can be received, as a new one: with an id, a moment and a retention
    /// of its own. Says where to; nothing where none is left.
    fn move_one(
        &mut self,
        cx: &mut Cx<'_>,
        source: &QueueArn,
        destination: Option<&QueueArn>,
    ) -> Result<Option<QueueArn>, &'static str> {
        let Some(queue) = self.queues.get(source) else { return Ok(None) };
        let Some(sequence) = queue.messages.next_available(None, &BusyGroups::new()) else {
            return Ok(None);
        };
        let Some(content) = queue.messages.get(sequence).map(|message| &message.content) else {
            return Ok(None);
        };
        let origin = content.dead_letter_source.as_ref();
        let to = destination.or(origin).cloned().ok_or("CouldNotDetermineMessageSource")?;
        if !self.queues.contains_key(&to) {
            return Err("AWS.SimpleQueueService.NonExistentQueue");
        }
        let Some(queue) = self.queues.get_mut(source) else { return Ok(None) };
        let Some(old) = queue.remove(cx, sequence) else { return Ok(None) };
        let Some(queue) = self.queues.get_mut(&to) else { return Ok(None) };
        // The task, and what had brought the message here.
        let cause = Cause::from(cx.cause()).and(old.content.cause);
        let cause = cx.follows_from(cause, "sqs:MoveMessage", to.name.as_str());
        let sequence = Sequence::next(cx);
        let visible_from = cx.now.after_s(queue.attributes.delay_s);
        let content = Content {
            id: MessageId::new(cx.ids),
            sent: cx.now,
            visible_from,
            dead_letter_source: None,
            receives_before: 0,
            cause,
            ..(*old.content).clone()
        };
        let place = if visible_from > cx.now { Place::Delayed } else { Place::Visible };
        let message = Message {
            content: Arc::new(content),
            place,
            available_at: visible_from,
            receives: 0,
            first_received: None,
            last_received: None,
        };
        cx.put(|| queue.message_record(sequence, &message));
        queue.messages.insert(sequence, message);
        queue.schedule(cx.deadlines);
        Ok(Some(to))
    }

    /// Takes a record back.
    pub(crate) fn restore_move_tasks(
        &mut self,
        deadlines: &mut Deadlines<Due>,
        record: MoveTasksRecord,
    ) {
        for task in &record.tasks {
            if let MoveTaskStatus::Running { next } = task.status {
                deadlines.schedule(next, due(&record.source));
            }
        }
        self.move_tasks.by_source.insert(record.source, record.tasks);
    }

    fn keep_tasks(&self, cx: &mut Cx<'_>, source: &QueueArn) {
        let Some(tasks) = self.move_tasks.by_source.get(source) else { return };
        cx.put(|| {
            let (source, tasks) = (source.clone(), tasks.clone());
            Record::MoveTasks(Box::new(MoveTasksRecord { source, tasks }))
        });
    }

    /// The queue of an operation on move tasks that a request names.
    pub(super) fn source_of(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> Result<QueueArn, ApiError> {
        match request {
            Request::StartMessageMoveTask(input) => self.find_source(origin, &input.source_arn),
            Request::ListMessageMoveTasks(input) => self.find_source(origin, &input.source_arn),
            Request::CancelMessageMoveTask(input) => {
                self.find_source(origin, &Handle::parse(&input.task_handle)?.source_arn)
            }
            _ => Err((&errors::QUEUE_DOES_NOT_EXIST).into()),
        }
    }

    /// The queue that a request names as destination, where it names one.
    pub(super) fn destination_of(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> Result<Option<QueueArn>, ApiError> {
        let Request::StartMessageMoveTask(input) = request else { return Ok(None) };
        let source = self.find_source(origin, &input.source_arn)?;
        self.destination(&source, input.destination_arn.as_deref())
    }

    /// The queue that a `SourceArn` names, brought up to the present.
    fn source(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        text: &str,
    ) -> Result<QueueArn, ApiError> {
        let arn = self.find_source(origin, text)?;
        self.catch_up_if_due(cx, &arn);
        Ok(arn)
    }

    fn find_source(&self, origin: &Origin, text: &str) -> Result<QueueArn, ApiError> {
        let Some(Arn::Queue(arn)) = Arn::parse(text) else {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("You must use this format to specify the SourceArn: {ARN_FORMAT}")));
        };
        if arn.region != origin.region || !self.queues.contains_key(&arn) {
            return Err(errors::RESOURCE_NOT_FOUND.says(
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ));
        }
        Ok(arn)
    }

    /// Where messages of a dead-letter queue go; nothing where each goes to where it came from.
    fn destination(
        &self,
        source: &QueueArn,
        text: Option<&str>,
    ) -> Result<Option<QueueArn>, ApiError> {
        if !self.is_dead_letter_queue(source) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("Source queue must be configured as a Dead Letter Queue."));
        }
        let Some(text) = text else { return Ok(None) };
        let Some(Arn::Queue(arn)) = Arn::parse(text) else {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "You must use this format to specify the DestinationArn: {ARN_FORMAT}"
            )));
        };
        if arn == *source {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("Source queue arn and destination queue arn cannot be the same."));
        }
        if arn.region != source.region || !self.queues.contains_key(&arn) {
            return Err(errors::RESOURCE_NOT_FOUND.says(
                "The resource that you specified for the DestinationArn parameter doesn't exist.",
            ));
        }
        if arn.name.is_fifo() != source.name.is_fifo() {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("The source queue and destination queue must be of the same queue type."));
        }
        Ok(Some(arn))
    }

    fn is_dead_letter_queue(&self, arn: &QueueArn) -> bool {
        self.queues
            .values()
            .any(|queue| queue.attributes.redrive.as_ref().is_some_and(|it| it.target == *arn))
    }
}

/// What a `TaskHandle` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handle {
    task_id: String,
    source_arn: String,
}

impl Handle {
    fn parse(text: &str) -> Result<Self, ApiError> {
        if text.is_empty() {
            return Err(
                errors::INVALID_PARAMETER_VALUE.says("The TaskHandle parameter is required.")
            );
        }
        BASE64.decode(text).ok().and_then(|text| serde_json::from_slice(&text).ok()).ok_or_else(
            || errors::INVALID_PARAMETER_VALUE.says("Value for parameter TaskHandle is invalid."),
        )
    }
}

/// Input of `StartMessageMoveTask`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartMessageMoveTaskInput {
    /// The dead-letter queue.
    #[serde(default)]
    pub source_arn: String,
    /// Where messages go; without it, where each came from.
    pub destination_arn: Option<String>,
    /// How many a second, at most; without it, as fast as possible.
    pub max_number_of_messages_per_second: Option<i64>,
}

/// Output of `StartMessageMoveTask`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartMessageMoveTaskOutput {
    /// Names the task while it runs.
    pub task_handle: String,
}

/// Input of `CancelMessageMoveTask`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CancelMessageMoveTaskInput {
    /// The task.
    #[serde(default)]
    pub task_handle: String,
}

/// Output of `CancelMessageMoveTask`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelMessageMoveTaskOutput {
    /// Those that it moved; they stay where they are now.
    pub approximate_number_of_messages_moved: u64,
}

/// Input of `ListMessageMoveTasks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListMessageMoveTasksInput {
    /// The dead-letter queue.
    #[serde(default)]
    pub source_arn: String,
    /// How many, the latest first; one where it is not said.
    pub max_results: Option<i64>,
}

/// Output of `ListMessageMoveTasks`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMessageMoveTasksOutput {
    /// The tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ListMessageMoveTasksResultEntry>,
}

/// One task of a list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListMessageMoveTasksResultEntry {
    /// Names the task while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_handle: Option<String>,
    /// `RUNNING`, `COMPLETED`, `CANCELLED` or `FAILED`.
    pub status: &'static str,
    /// The dead-letter queue.
    pub source_arn: String,
    /// Where messages go, where the task was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<String>,
    /// How many a second, where the task was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_number_of_messages_per_second: Option<u32>,
    /// Those that were moved.
    pub approximate_number_of_messages_moved: u64,
    /// Those that were there at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate_number_of_messages_to_move: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// When it was started, in milliseconds since 1970.
    pub started_timestamp: u64,
}
