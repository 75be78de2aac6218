//! The outbox: mails that are to be sent, and the loop that sends them.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox};
use tokio::{
    sync::{Mutex, Notify},
    time::Instant,
};

use super::{Letter, queries};
use crate::{
    App, Config, accounts,
    db::{Db, Tx, args},
};

/// Attempts before a mail is given up, with the last error kept beside it.
const ATTEMPTS_MAX: i64 = 8;
/// Pause after the first failed attempt; doubled after each further one: 10 s, 20 s, … 11 min.
const BACKOFF: TimeDelta = TimeDelta::seconds(10);
/// How long an attempt may take before another instance may try.
const CLAIM: TimeDelta = TimeDelta::seconds(90);
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
/// The loop looks at least this often: another instance may have stopped with a mail in hand.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Ended sessions and their carts are removed this often.
const FORGET_SESSIONS_EVERY: Duration = Duration::from_secs(3600);

/// Sends the mails of the outbox. Clones share the same bell.
#[derive(Clone)]
pub struct Mail(Arc<Inner>);

struct Inner {
    db: Db,
    transport: Transport,
    from: Mailbox,
    bell: Notify,
    /// Held for a round: whoever waits for it finds no mail half sent by this process.
    round: Mutex<()>,
}

enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// No SMTP server is configured: mails are kept in `shop_mailbox`.
    Mailbox,
}

/// What one round through the outbox did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub sent: usize,
    /// Failed, to be tried again later.
    pub postponed: usize,
    pub given_up: usize,
}

/// Writes a letter into the outbox, in the caller's transaction. Ring [`Mail::wake`] after the
/// commit.
pub async fn enqueue(tx: &mut Tx, letter: &Letter, now: DateTime<Utc>) -> sqlx::Result<()> {
    let args =
        args![&letter.recipient, &letter.subject, &letter.body_text, &letter.body_html, now,];
    tx.execute(queries::ENQUEUE, args).await.map(drop)
}

/// Sends what is due, at start and whenever the bell rings, until it is dropped. In passing it
/// forgets sessions that have ended.
pub async fn run(app: App) {
    let mut sessions_looked_at: Option<Instant> = None;
    loop {
        if let Err(error) = app.mail.drain().await {
            tracing::error!(error = format!("{error:#}"), "cannot read the outbox");
        }
        if sessions_looked_at.is_none_or(|at| at.elapsed() > FORGET_SESSIONS_EVERY) {
            sessions_looked_at = Some(Instant::now());
            if let Err(error) = accounts::forget_expired(&app).await {
                tracing::error!(error = format!("{error:#}"), "cannot forget ended sessions");
            }
        }
        app.mail.wait().await;
    }
}

impl Mail {
    pub(crate) fn new(db: Db, config: &Config) -> anyhow::Result<Self> {
        let transport = match &config.smtp_url {
            Some(url) => Transport::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .context("smtp_url is no SMTP URL, such as smtps://user:password@host")?
                    .timeout(Some(SMTP_TIMEOUT))
                    .build(),
            ),
            None => Transport::Mailbox,
        };
        let from = config.mail_from.parse().with_context(|| {
            let from = &config.mail_from;
            format!("mail_from {from:?} is no sender, such as `Shop <shop@example.com>`")
        })?;
        Ok(Self(Arc::new(Inner {
            db,
            transport,
            from,
            bell: Notify::new(),
            round: Mutex::new(()),
        })))
    }

    /// Says that there is something new in the outbox.
    pub fn wake(&self) {
        self.0.bell.notify_one();
    }

    /// How many mails are to be sent, now or later.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn waiting(&self) -> anyhow::Result<i64> {
        let row = self.0.db.row(queries::WAITING, Vec::new()).await?;
        row.map_or(Ok(0), |row| Ok(row.get("waiting")?))
    }

    /// Sends every mail that is due now.
    ///
    /// # Errors
    /// A database that fails. A mail that cannot be sent is no error: it is postponed.
    pub async fn drain(&self) -> anyhow::Result<Round> {
        self.drain_at(Utc::now().trunc_subsecs(6)).await
    }

    /// Sends every mail that is due at `now`.
    ///
    /// # Errors
    /// As [`Mail::drain`].
    pub async fn drain_at(&self, now: DateTime<Utc>) -> anyhow::Result<Round> {
        let _one_at_a_time = self.0.round.lock().await;
        let mut round = Round::default();
        while let Some(claim) = self.claim(now).await? {
            match self.deliver(&claim, now).await {
                Ok(()) => round.sent += 1,
                Err(error) if claim.attempts >= ATTEMPTS_MAX => {
                    let error = format!("{error:#}");
                    tracing::error!(mail = claim.id, error, "mail given up");
                    let args = args![error, now, claim.id];
                    self.0.db.execute(queries::GIVE_UP, args).await?;
                    round.given_up += 1;
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(
                        mail = claim.id,
                        attempt = claim.attempts,
                        error,
                        "mail postponed"
                    );
                    let args = args![now + backoff(claim.attempts), error, claim.id];
                    self.0.db.execute(queries::RETRY, args).await?;
                    round.postponed += 1;
                }
            }
        }
        Ok(round)
    }

    async fn claim(&self, now: DateTime<Utc>) -> anyhow::Result<Option<Claim>> {
        // Most of the time nothing is due: that must not cost a write transaction.
        let due = self.0.db.row(queries::HAS_DUE, args![now]).await?;
        if due.is_none() {
            return Ok(None);
        }
        let mut tx = self.0.db.begin().await?;
        let row = tx.row(queries::CLAIM, args![now, now + CLAIM]).await?;
        tx.commit().await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(Claim {
            id: row.get("id")?,
            attempts: row.get("attempts")?,
            created: row.get("created")?,
            letter: Letter {
                recipient: row.get("recipient")?,
                subject: row.get("subject")?,
                body_text: row.get("body_text")?,
                body_html: row.get("body_html")?,
            },
        }))
    }

    async fn deliver(&self, claim: &Claim, now: DateTime<Utc>) -> anyhow::Result<()> {
        let Claim { id, letter, .. } = claim;
        // Built also for the mailbox, so that a local run shows what SMTP would refuse.
        let message = letter.message(*id, claim.created, &self.0.from)?;
        match &self.0.transport {
            Transport::Smtp(smtp) => {
                // Its text has its causes in it.
                let sent = smtp.send(message).await;
                sent.map_err(|error| anyhow::anyhow!("{error}"))?;
                let args = args![now, *id];
                self.0.db.execute(queries::SENT, args).await?;
            }
            Transport::Mailbox => {
                let mut tx = self.0.db.begin().await?;
                let args = args![
                    *id,
                    &letter.recipient,
                    &letter.subject,
                    &letter.body_text,
                    &letter.body_html,
                    now,
                ];
                tx.execute(queries::KEEP, args).await?;
                tx.execute(queries::SENT, args![now, *id]).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Until the bell rings, or the next mail is due.
    async fn wait(&self) {
        let next_due = match self.0.db.row(queries::NEXT_DUE, Vec::new()).await {
            Ok(Some(row)) => row.get::<DateTime<Utc>>("due").ok(),
            _ => None,
        };
        let wait = next_due
            .and_then(|due| (due - Utc::now()).to_std().ok())
            .map_or(LOOK_EVERY, |wait| wait.clamp(Duration::from_secs(1), LOOK_EVERY));
        // Either way there is a reason to look.
        let _ = tokio::time::timeout(wait, self.0.bell.notified()).await;
    }
}

/// A mail in hand.
struct Claim {
    id: i64,
    /// Counted with the one that is about to be made.
    attempts: i64,
    created: DateTime<Utc>,
    letter: Letter,
}

fn backoff(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    BACKOFF * (1 << doublings)
}
