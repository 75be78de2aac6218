//! The durable form of each entity. A World that is restored from its records equals the one that
//! wrote them.

use serde::{Deserialize, Serialize};

use crate::{lambda, s3, sqs, sts};

/// One durable entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// How many names were drawn from the seed.
    Ids(u64),
    /// A bucket with its configuration.
    Bucket(Box<s3::Bucket>),
    /// An object.
    Object(Box<s3::Object>),
    /// A queue with its attributes.
    Queue(Box<sqs::QueueRecord>),
    /// A message, as it was sent. Written once.
    Message(Box<sqs::MessageRecord>),
    /// Where a message is in its life: rewritten at each receive.
    MessageState(Box<sqs::MessageStateRecord>),
    /// A function with its configuration.
    Function(Box<lambda::Function>),
    /// An event source mapping.
    Mapping(Box<lambda::Mapping>),
    /// An invocation that must not be lost: asynchronous, or of a mapping's batch.
    Invocation(Box<lambda::Pending>),
    /// That a deduplication id was sent to a FIFO queue, whether its message is still there or not.
    Deduplication(Box<sqs::DeduplicationRecord>),
    /// The move tasks of a queue.
    MoveTasks(Box<sqs::MoveTasksRecord>),
    /// Temporary credentials of a role.
    Session(Box<sts::Session>),
    /// Where a group of a FIFO queue stands in line, where its messages alone do not say so.
    GroupTurn(Box<sqs::GroupTurnRecord>),
}

/// Which table a record belongs to, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind of entity.
    pub kind: Kind,
    /// Its name among its kind.
    pub name: Name,
}

/// A record's name among its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// Of what users have given a name.
    Text(String),
    /// Of what comes and goes by the million. Numbers grow with time, so that a store only ever
    /// appends.
    Number(u64),
}

impl Key {
    /// The key of something that has a name.
    #[must_use]
    pub fn named(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: Name::Text(name.into()) }
    }

    /// The key of something that has a number.
    #[must_use]
    pub const fn numbered(kind: Kind, number: u64) -> Self {
        Self { kind, name: Name::Number(number) }
    }
}

/// The kinds of entity. The numbers are stored: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// [`Record::Ids`]
    Ids = 1,
    /// [`Record::Bucket`]
    Bucket = 2,
    /// [`Record::Object`]
    Object = 3,
    /// [`Record::Queue`]
    Queue = 4,
    /// [`Record::Message`]
    Message = 5,
    /// [`Record::MessageState`]
    MessageState = 6,
    /// [`Record::Function`]
    Function = 7,
    /// [`Record::Mapping`]
    Mapping = 8,
    /// [`Record::Invocation`]
    Invocation = 9,
    /// [`Record::Deduplication`]
    Deduplication = 10,
    /// [`Record::MoveTasks`]
    MoveTasks = 11,
    /// [`Record::Session`]
    Session = 12,
    /// [`Record::GroupTurn`]
    GroupTurn = 13,
}

impl Record {
    /// Where this record is kept. Restoring reads kinds in the order of their numbers, so that an
    /// entity comes after what it belongs to.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Ids(_) => Key::named(Kind::Ids, ""),
            Self::Bucket(bucket) => bucket.key(),
            Self::Object(object) => object.key(),
            Self::Queue(queue) => queue.key(),
            Self::Message(message) => message.key(),
            Self::MessageState(state) => state.key(),
            Self::Function(function) => function.key(),
            Self::Mapping(mapping) => mapping.key(),
            Self::Invocation(pending) => pending.key(),
            Self::Deduplication(record) => record.key(),
            Self::MoveTasks(record) => record.key(),
            Self::Session(session) => session.key(),
            Self::GroupTurn(record) => record.key(),
        }
    }
}
