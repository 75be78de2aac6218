//! Queues come and go: create, find, list, configure, purge, delete.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::QueueArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, QueueName};
use serde::{Deserialize, Serialize};

use super::attributes::{self, Attributes, COMPUTED, Texts};
use super::delete::Empty;
use super::message::{Message, Place};
use super::queue::{self, NextPage, Queue, QueueRecord};
use super::queue_id::QueueId;
use super::{Deleted, Due, Sqs, groups, tags};
use crate::limits::DELETE_AND_PURGE_S;
use crate::{Cx, Kind, Record, error as errors};

const NO_QUEUE_NAME: &str =
    "Value for parameter QueueName is invalid. Reason: Must specify a queue name.";

impl Sqs {
    /// Creates a queue. Creating it again with the same attributes answers with the same URL.
    pub(super) fn create_queue(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateQueueInput,
    ) -> Result<CreateQueueOutput, ApiError> {
        let mut asked = attributes::normalized(input.attributes);
        let name = create_name(&input.queue_name, &asked)?;
        let arn = QueueArn { region: origin.region.clone(), account: origin.account.clone(), name };
        let queue_url = Queue::url(&arn, origin);
        let fresh = Attributes::new(&arn, Texts::new()).changed(&arn, &asked)?;
        if let Some(existing) = self.queues.get(&arn) {
            let tags_differ = input.tags.as_ref().is_some_and(|tags| *tags != existing.tags);
            let attribute = existing.attributes.differing(&asked);
            let differing = attribute
                .map(|name| format!("attribute {name}"))
                .or_else(|| tags_differ.then(|| "tags".into()));
            return match differing {
                None => Ok(CreateQueueOutput { queue_url }),
                Some(what) => Err(errors::QUEUE_NAME_EXISTS.says(format!(
                    "A queue already exists with the same name and a different value for {what}"
                ))),
            };
        }
        if self.deleted.get(&arn).is_some_and(|it| it.at.after_s(DELETE_AND_PURGE_S) > cx.now) {
            return Err((&errors::QUEUE_DELETED_RECENTLY).into());
        }
        if let (Some(redrive), Some(text)) = (&fresh.redrive, asked.remove("RedrivePolicy")) {
            self.check_redrive(&arn, &text, redrive)?;
        }
        let tags = input.tags.unwrap_or_default();
        tags::check(&arn.name, &tags, 0)?;
        self.deleted.remove(&arn);
        let mut queue = Queue::new(QueueId(cx.ids.next_u64()), arn, fresh, cx.now);
        queue.tags = tags;
        queue.note_use(cx);
        cx.put(|| queue.record());
        self.add(queue);
        Ok(CreateQueueOutput { queue_url })
    }

    pub(super) fn get_queue_url(
        &mut self,
        _cx: &mut Cx<'_>,
        origin: &Origin,
        input: GetQueueUrlInput,
    ) -> Result<CreateQueueOutput, ApiError> {
        Ok(CreateQueueOutput { queue_url: Queue::url(&input.arn(origin)?, origin) })
    }

    pub(super) fn list_queues(
        &mut self,
        origin: &Origin,
        input: ListQueuesInput,
    ) -> Result<ListQueuesOutput, ApiError> {
        let (max, token) = (input.max_results, input.next_token);
        let page = NextPage::read(max, token.as_deref(), "Invalid NextToken value.")?;
        let prefix = input.queue_name_prefix.unwrap_or_default();
        let owned = self.queues.values().map(|queue| &*queue.arn).filter(|arn| {
            arn.region == origin.region
                && arn.account == origin.account
                && arn.name.as_str().starts_with(&prefix)
        });
        let (queue_urls, next_token) = page.take(origin, owned);
        Ok(ListQueuesOutput { queue_urls, next_token })
    }

    pub(super) fn get_queue_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: GetQueueAttributesInput,
    ) -> Result<GetQueueAttributesOutput, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let names = input.attribute_names.unwrap_or_default();
        if let Some(unknown) =
            names.iter().find(|name| *name != "All" && !attributes::is_known(name))
        {
            return Err(
                errors::INVALID_ATTRIBUTE_NAME.says(format!("Unknown Attribute {unknown}."))
            );
        }
        let queue = self.existing(&arn)?;
        let wanted = |name: &str| names.iter().any(|wanted| wanted == "All" || wanted == name);
        let set = queue.attributes.texts().map(|(name, value)| (name, value.to_owned()));
        let computed = COMPUTED.iter().map(|name| (*name, queue.computed(name)));
        let attributes = set.chain(computed).filter(|(name, _)| wanted(name)).collect();
        Ok(GetQueueAttributesOutput { attributes })
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: SetQueueAttributesInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let asked = attributes::normalized(input.attributes);
        if arn.name.is_fifo() && asked.get("FifoQueue").is_some_and(|fifo| fifo != "true") {
            return Err(errors::INVALID_ATTRIBUTE_VALUE.says(
                "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
            ));
        }
        if asked.is_empty() {
            return Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter Attribute.Name."));
        }
        let attributes = self.existing(&arn)?.attributes.changed(&arn, &asked)?;
        if let (Some(redrive), Some(text)) = (&attributes.redrive, asked.get("RedrivePolicy")) {
            self.check_redrive(&arn, text, redrive)?;
        }
        let queue = self.existing(&arn)?;
        let delay_changes = queue.attributes.delay_s != attributes.delay_s;
        queue.attributes = attributes;
        queue.modified = cx.now;
        cx.put(|| queue.record());
        if delay_changes && queue.attributes.fifo.is_some() {
            queue.delay_anew(cx);
        }
        // A shorter retention may have ended the life of messages.
        queue.schedule(cx.deadlines);
        self.catch_up(cx, &arn);
        if asked.contains_key("Policy") {
            // Whom it lets in now may have waited for that.
            self.gained(cx, &arn);
        }
        Ok(Empty {})
    }

    pub(super) fn purge_queue(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PurgeQueueInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let queue = self.existing(&arn)?;
        if queue.purged.is_some_and(|at| at.after_s(DELETE_AND_PURGE_S) > cx.now) {
            return Err(errors::PURGE_QUEUE_IN_PROGRESS.says(format!(
                "Only one PurgeQueue operation on {} is allowed every {DELETE_AND_PURGE_S} seconds.",
                arn.name
            )));
        }
        let all: Vec<_> = queue.messages.iter().map(|(sequence, _)| sequence).collect();
        // From the last on: a group of which something is left moves in the line of groups.
        for sequence in all.into_iter().rev() {
            queue.remove(cx, sequence);
        }
        // What a FIFO queue has seen is forgotten too.
        for (_, sent) in std::mem::take(&mut queue.deduplication).iter() {
            cx.delete(|| sent.sequence.key(Kind::Deduplication));
        }
        queue.purged = Some(cx.now);
        cx.put(|| queue.record());
        queue.schedule(cx.deadlines);
        Ok(Empty {})
    }

    pub(super) fn delete_queue(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PurgeQueueInput,
    ) -> Result<Empty, ApiError> {
        let arn = self.open(cx, origin, &input.queue_url)?;
        let Some(mut queue) = self.queues.remove(&*arn) else {
            return Err((&errors::QUEUE_DOES_NOT_EXIST).into());
        };
        self.arns.remove(&queue.id);
        self.move_tasks.forget(cx, &arn);
        queue.unschedule(cx.deadlines);
        for (sequence, message) in queue.messages.iter() {
            cx.delete(|| sequence.key(Kind::Message));
            if message.receives > 0 {
                cx.delete(|| sequence.key(Kind::MessageState));
            }
        }
        for (group, _) in queue.messages.earliest() {
            cx.delete(|| groups::key(queue.id, group));
        }
        for (_, sent) in queue.deduplication.iter() {
            cx.delete(|| sent.sequence.key(Kind::Deduplication));
        }
        while let Some((_, waiter)) = queue.waiters.pop_first() {
            self.waiting.remove(&waiter.call);
            cx.reply(waiter.call, waiter.cause, Err((&errors::QUEUE_DOES_NOT_EXIST).into()));
        }
        // The record of its end takes the place of the queue's own.
        let at = cx.now;
        cx.put(|| Record::Queue(Box::new(QueueRecord::Deleted { arn: (*arn).clone(), at })));
        self.deleted.insert((*arn).clone(), Deleted { at, cause: Some(cx.cause()) });
        cx.deadlines.schedule(cx.now.after_s(DELETE_AND_PURGE_S), Due::NameFree(arn));
        Ok(Empty {})
    }

    /// A deleted queue's name may be taken again.
    pub(super) fn name_free(&mut self, cx: &mut Cx<'_>, arn: &QueueArn) {
        if self.deleted.remove(arn).is_some() && !self.queues.contains_key(arn) {
            cx.delete(|| queue::key(arn));
        }
    }
}

impl Queue {
    /// A FIFO queue's delay holds for what was sent before it was set, too.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html>
    fn delay_anew(&mut self, cx: &mut Cx<'_>) {
        let delay_s = self.attributes.delay_s;
        let is_concerned = |message: &Message| {
            let is_new = message.receives == 0 && message.content.dead_letter_source.is_none();
            let stays =
                message.place == Place::Visible && message.content.sent.after_s(delay_s) <= cx.now;
            is_new && !stays
        };
        let concerned = self.messages.iter().filter(|(_, message)| is_concerned(message));
        let concerned: Vec<_> = concerned.map(|(sequence, _)| sequence).collect();
        for sequence in concerned {
            self.messages.update(sequence, |message| {
                let visible_from = message.content.sent.after_s(delay_s).max(cx.now);
                Arc::make_mut(&mut message.content).visible_from = visible_from;
                message.available_at = visible_from;
                message.place = Place::Delayed;
            });
            if let Some(message) = self.messages.get(sequence) {
                cx.put(|| self.message_record(sequence, message));
            }
        }
    }

    fn computed(&self, name: &str) -> String {
        match name {
            "ApproximateNumberOfMessages" => self.messages.visible().to_string(),
            "ApproximateNumberOfMessagesDelayed" => self.messages.delayed().to_string(),
            "ApproximateNumberOfMessagesNotVisible" => self.messages.in_flight().to_string(),
            "CreatedTimestamp" => self.created.as_s().to_string(),
            "LastModifiedTimestamp" => self.modified.as_s().to_string(),
            _ => self.arn.to_string(),
        }
    }
}

/// The name of a new queue, where name and attributes agree on its kind.
fn create_name(name: &Option<String>, asked: &Texts) -> Result<QueueName, ApiError> {
    let Some(name) = name else {
        return Err(errors::INVALID_PARAMETER_VALUE.says(NO_QUEUE_NAME));
    };
    let refuse = |reason: &str| Err(errors::INVALID_PARAMETER_VALUE.says(reason.to_owned()));
    let fifo = asked.get("FifoQueue").map(String::as_str) == Some("true");
    match QueueName::parse(name) {
        Some(name) if name.is_fifo() == fifo => Ok(name),
        _ if fifo => refuse(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
        ),
        _ => refuse(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
    }
}

/// Input of `CreateQueue`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateQueueInput {
    /// Its name.
    pub queue_name: Option<String>,
    /// Its attributes.
    pub attributes: Option<BTreeMap<String, String>>,
    /// Its tags.
    #[serde(rename = "tags", alias = "Tags")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// Output of `CreateQueue` and `GetQueueUrl`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateQueueOutput {
    /// Under the endpoint by which the caller reached us.
    pub queue_url: String,
}

/// Input of `GetQueueUrl`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetQueueUrlInput {
    /// Its name.
    #[serde(default)]
    pub queue_name: String,
    /// Whose it is; the caller's without.
    #[serde(rename = "QueueOwnerAWSAccountId")]
    pub queue_owner_aws_account_id: Option<String>,
}

impl GetQueueUrlInput {
    /// The queue that is named.
    ///
    /// # Errors
    /// No queue can be called so, or no account.
    pub(super) fn arn(&self, origin: &Origin) -> Result<QueueArn, ApiError> {
        let account = match &self.queue_owner_aws_account_id {
            None => origin.account.clone(),
            Some(account) => AccountId::parse(account).ok_or_else(|| {
                errors::INVALID_ADDRESS.says(format!(
                    "The address {}/ is not valid for this endpoint.",
                    origin.endpoint
                ))
            })?,
        };
        if self.queue_name.is_empty() {
            return Err(errors::INVALID_PARAMETER_VALUE.says(NO_QUEUE_NAME));
        }
        let name = QueueName::parse(&self.queue_name).ok_or(&errors::QUEUE_DOES_NOT_EXIST)?;
        Ok(QueueArn { region: origin.region.clone(), account, name })
    }
}

/// Input of `ListQueues`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListQueuesInput {
    /// What names begin with.
    pub queue_name_prefix: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// Queues of a page.
    pub max_results: Option<i64>,
}

/// Output of `ListQueues`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesOutput {
    /// In the order of their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Input of `GetQueueAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetQueueAttributesInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// Which, or `All`.
    pub attribute_names: Option<Vec<String>>,
}

/// Output of `GetQueueAttributes`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributesOutput {
    /// Those that were asked for and have a value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<&'static str, String>,
}

/// Input of `SetQueueAttributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetQueueAttributesInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
    /// What to change; an empty value takes a policy or a key away.
    pub attributes: Option<BTreeMap<String, String>>,
}

/// Input of `PurgeQueue` and `DeleteQueue`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PurgeQueueInput {
    /// The queue.
    #[serde(default)]
    pub queue_url: String,
}
