use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{Mailbox, MultiPart},
};

use super::deliverable;

/// A mail as the outbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub recipient: String,
    pub subject: String,
    pub body_text: String,
    pub body_html: String,
}

impl Letter {
    /// The letter as it goes over the wire. Addresses are parsed and the subject is encoded, so
    /// no text in it can become a header of its own. The Message-ID stays the same when a mail is
    /// sent twice, by which mail programs drop the second.
    pub fn message(
        &self,
        id: i64,
        created: DateTime<Utc>,
        from: &Mailbox,
    ) -> anyhow::Result<Message> {
        let domain = from.email.domain();
        let message_id = format!("<order.{id}.{}@{domain}>", created.timestamp_micros());
        Ok(Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, deliverable(&self.recipient)?))
            .subject(&self.subject)
            .message_id(Some(message_id))
            .date(created.into())
            .multipart(MultiPart::alternative_plain_html(
                self.body_text.clone(),
                self.body_html.clone(),
            ))?)
    }
}
