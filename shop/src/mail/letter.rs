use askama::Template;
use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{Mailbox, MultiPart},
};

use super::deliverable;
use crate::order::Order;

/// A mail as the outbox keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub recipient: String,
    pub subject: String,
    pub body_text: String,
    pub body_html: String,
}

#[derive(Template)]
#[template(path = "mail/order.txt")]
struct OrderText<'a> {
    order: &'a Order,
    id: i64,
    url: &'a str,
}

#[derive(Template)]
#[template(path = "mail/order.html")]
struct OrderHtml<'a> {
    order: &'a Order,
    id: i64,
    url: &'a str,
}

impl Letter {
    /// The confirmation of an order.
    pub fn order_confirmation(order: &Order, id: i64, base_url: &str) -> anyhow::Result<Self> {
        let url = format!("{base_url}/orders/{}", order.token);
        let url = url.as_str();
        Ok(Self {
            recipient: order.address.email.clone(),
            subject: format!("Your Cloudless order no. {id}"),
            body_text: OrderText { order, id, url }.render()?,
            body_html: OrderHtml { order, id, url }.render()?,
        })
    }

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
