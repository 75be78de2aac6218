//! What each operation of SQS needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::policy::Conditions;

use crate::{Request, Sqs};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: all queues of the caller's account.
    Account,
    /// The queue that is to be.
    NewQueue,
    /// The queue of `QueueUrl`.
    Queue,
    /// The queue of `QueueName`.
    NamedQueue,
    /// The queue of `SourceArn`, or of the task that `TaskHandle` names.
    Source,
    /// The queue of `DestinationArn`.
    Destination,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::NewQueue => "the new queue",
            Self::Queue | Self::NamedQueue => "the queue",
            Self::Source => "the source queue",
            Self::Destination => "the destination queue",
        })
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They name a destination.
    WithDestination,
    /// They bring tags along.
    WithTags,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithDestination => "with a destination",
            Self::WithTags => "with tags",
        })
    }
}

/// A condition key of SQS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A tag that the queue is to have.
    RequestTag,
    /// The names of the tags that the request speaks of.
    TagKeys,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
        })
    }
}

impl Key {
    pub(super) fn insert(self, conditions: &mut Conditions, request: &Request) {
        let tags = match request {
            Request::CreateQueue(input) => input.tags.as_ref(),
            Request::TagQueue(input) => input.tags.as_ref(),
            _ => None,
        };
        for (name, value) in tags.into_iter().flatten() {
            match self {
                Self::RequestTag => conditions.insert(&format!("aws:RequestTag/{name}"), value),
                Self::TagKeys => conditions.insert("aws:TagKeys", name),
            }
        }
        if let (Self::TagKeys, Request::UntagQueue(input)) = (self, request) {
            for name in input.tag_keys.iter().flatten() {
                conditions.insert("aws:TagKeys", name);
            }
        }
    }
}

impl Vocabulary for Sqs {
    type On = On;
    type When = When;
    type Key = Key;
}

const TAGS: &[Key] = &[Key::RequestTag, Key::TagKeys];
const TAG_KEYS: &[Key] = &[Key::TagKeys];

// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html>,
// of move tasks <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
kernel::permissions! { Sqs;
    AddPermission: {
        "sqs:AddPermission" on Queue;
    }
    CancelMessageMoveTask: {
        "sqs:CancelMessageMoveTask" on Source;
        noted "sqs:ReceiveMessage" on Source;
        noted "sqs:DeleteMessage" on Source;
        noted "sqs:GetQueueAttributes" on Source;
    }
    ChangeMessageVisibility: {
        "sqs:ChangeMessageVisibility" on Queue;
    }
    ChangeMessageVisibilityBatch: {
        "sqs:ChangeMessageVisibility" on Queue;
    }
    CreateQueue: {
        "sqs:CreateQueue" on NewQueue with TAGS;
        noted "sqs:TagQueue" on NewQueue when WithTags with TAGS;
    }
    DeleteMessage: {
        "sqs:DeleteMessage" on Queue;
    }
    DeleteMessageBatch: {
        "sqs:DeleteMessage" on Queue;
    }
    DeleteQueue: {
        "sqs:DeleteQueue" on Queue;
    }
    GetQueueAttributes: {
        "sqs:GetQueueAttributes" on Queue;
    }
    GetQueueUrl: {
        "sqs:GetQueueUrl" on NamedQueue;
    }
    ListDeadLetterSourceQueues: {
        "sqs:ListDeadLetterSourceQueues" on Queue;
    }
    ListMessageMoveTasks: {
        "sqs:ListMessageMoveTasks" on Source;
        noted "sqs:ReceiveMessage" on Source;
        noted "sqs:DeleteMessage" on Source;
        noted "sqs:GetQueueAttributes" on Source;
    }
    ListQueueTags: {
        "sqs:ListQueueTags" on Queue;
    }
    ListQueues: {
        "sqs:ListQueues" on Account;
    }
    PurgeQueue: {
        "sqs:PurgeQueue" on Queue;
    }
    ReceiveMessage: {
        "sqs:ReceiveMessage" on Queue;
    }
    RemovePermission: {
        "sqs:RemovePermission" on Queue;
    }
    SendMessage: {
        "sqs:SendMessage" on Queue;
    }
    SendMessageBatch: {
        "sqs:SendMessage" on Queue;
    }
    SetQueueAttributes: {
        "sqs:SetQueueAttributes" on Queue;
    }
    StartMessageMoveTask: {
        "sqs:StartMessageMoveTask" on Source;
        noted "sqs:ReceiveMessage" on Source;
        noted "sqs:DeleteMessage" on Source;
        noted "sqs:GetQueueAttributes" on Source;
        "sqs:SendMessage" on Destination when WithDestination;
    }
    TagQueue: {
        "sqs:TagQueue" on Queue with TAGS;
    }
    UntagQueue: {
        "sqs:UntagQueue" on Queue with TAG_KEYS;
    }
}
