use askama::Template;

use super::Order;
use crate::mail::Letter;

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

/// The letter that confirms an order.
pub fn confirmation(order: &Order, id: i64, base_url: &str) -> anyhow::Result<Letter> {
    let url = format!("{base_url}/orders/{}", order.token);
    let url = url.as_str();
    Ok(Letter {
        recipient: order.address.email.clone(),
        subject: format!("Your Cloudless order no. {id}"),
        body_text: OrderText { order, id, url }.render()?,
        body_html: OrderHtml { order, id, url }.render()?,
    })
}
