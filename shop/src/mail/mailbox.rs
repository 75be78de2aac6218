//! `/mailbox`: the mails of a run without an SMTP server, for whoever tries the shop out.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::queries;
use crate::{
    App,
    accounts::Visitor,
    db::{Row, args},
    error::{Error, Result},
    page::{self, Layout, Pager},
    path::Path,
    query::Query,
};

const PAGE_SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "mail/mailbox.html")]
struct MailboxPage {
    layout: Layout,
    messages: Vec<Summary>,
    pager: Pager,
}

struct Summary {
    id: i64,
    recipient: String,
    subject: String,
    received: DateTime<Utc>,
}

impl Summary {
    fn of(row: &Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            recipient: row.get("recipient")?,
            subject: row.get("subject")?,
            received: row.get("received")?,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MailboxQuery {
    page: Option<String>,
}

/// `GET /mailbox`
pub async fn mailbox(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<MailboxQuery>,
) -> Result<Response> {
    let page = Pager::parse(query.page.as_deref());
    let args = args![PAGE_SIZE, (page - 1) * PAGE_SIZE];
    let rows = app.db.rows(queries::MAILBOX, args).await?;
    let total = rows.first().map_or(Ok(0), |row| row.get("total"))?;
    page::html(&MailboxPage {
        layout: Layout::new(&app, &visitor),
        messages: rows.iter().map(Summary::of).collect::<sqlx::Result<_>>()?,
        pager: Pager::new(page, PAGE_SIZE, total, "/mailbox", &[]),
    })
}

#[derive(Template)]
#[template(path = "mail/message.html")]
struct MessagePage {
    layout: Layout,
    message: Summary,
    body_text: String,
}

/// `GET /mailbox/{id}`
pub async fn message(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Response> {
    let row = app.db.row(queries::MESSAGE, args![id]).await?;
    let row = row.ok_or(Error::NotFound)?;
    page::html(&MessagePage {
        layout: Layout::new(&app, &visitor),
        message: Summary::of(&row)?,
        body_text: row.get("body_text")?,
    })
}

/// `GET /mailbox/{id}/html`: the HTML part alone, in a sandbox of its own.
pub async fn message_html(State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let row = app.db.row(queries::MESSAGE, args![id]).await?;
    let body: String = row.ok_or(Error::NotFound)?.get("body_html")?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
                  sandbox allow-popups allow-popups-to-escape-sandbox";
    let policy = HeaderValue::from_static(policy);
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(body)).into_response())
}
