//! Mail: a row in the transaction that gives the reason for it, sent afterwards.

mod address;
mod letter;
mod mailbox;
mod outbox;
mod queries;

pub use self::{
    address::deliverable,
    letter::Letter,
    mailbox::{mailbox, message, message_html},
    outbox::{Mail, Round, enqueue, run},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
