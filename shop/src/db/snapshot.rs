//! Whether anything has changed: what was read from the database holds for as long as its snapshot is the same.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How long the database may take to name its snapshot. Whoever asks then reads what it wants to know instead.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a database that has not named its snapshot is not asked again.
const REST: Duration = Duration::from_secs(5);
/// Callers that one answer is for at most.
const CALLERS_MAX: usize = 1_024;

// Each database has a statement of its own, which is why these are not among `statements!`.

/// PostgreSQL tells which transactions had ended, and none that wrote ends without changing that:
/// <https://www.postgresql.org/docs/current/functions-info.html>, "pg_snapshot". Another server has started at another
/// time; one that has recovered has closed the connection, and connections are counted.
const POSTGRES: &str = "SELECT pg_current_snapshot()::text || ' ' ||
    EXTRACT(EPOCH FROM pg_postmaster_start_time())::text";
/// SQLite counts, for each connection, the commits that others have made, in this process or in another:
/// <https://www.sqlite.org/pragma.html#pragma_data_version>.
const SQLITE: &str = "PRAGMA data_version";

/// What there is in the database at a moment. Where two are equal, nobody has committed anything in between, in this
/// process or in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Arc<str>);

/// Where snapshots are asked for. All who ask while the database answers somebody else are answered together.
#[derive(Clone, Debug)]
pub struct Snapshots(mpsc::UnboundedSender<Asked>);

enum Asked {
    Snapshot(oneshot::Sender<Option<Snapshot>>),
    Close(oneshot::Sender<()>),
}

impl Snapshots {
    pub(super) fn of(source: Source) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        tokio::spawn(answer(source, asked));
        Self(asks)
    }

    /// The snapshot at a moment after the call. Nothing where the database does not say.
    pub(super) async fn current(&self) -> Option<Snapshot> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Asked::Snapshot(answer)).ok()?;
        answered.await.ok()?
    }

    /// Ends the connection. From then on nothing is said.
    pub(super) async fn close(&self) {
        let (closed, is_closed) = oneshot::channel();
        if self.0.send(Asked::Close(closed)).is_ok() {
            // An error says the same: nobody is there any more.
            let _ = is_closed.await;
        }
    }
}

/// Until nobody is left who could ask.
async fn answer(mut source: Source, mut asked: mpsc::UnboundedReceiver<Asked>) {
    let mut together = Vec::new();
    // Where the database has failed, it is left alone until then: callers go on without, and do not wait for it.
    let mut rests_until = Instant::now();
    while asked.recv_many(&mut together, CALLERS_MAX).await > 0 {
        let mut snapshot = None;
        if Instant::now() >= rests_until {
            let read = tokio::time::timeout(PATIENCE, source.read()).await;
            snapshot = read.ok().and_then(Result::ok);
            if snapshot.is_none() {
                tracing::warn!("the database does not name its snapshot: lists are read each time");
                rests_until = Instant::now() + REST;
            }
        }
        for asked in together.drain(..) {
            match asked {
                // Some have gone away meanwhile.
                Asked::Snapshot(caller) => drop(caller.send(snapshot.clone())),
                Asked::Close(caller) => {
                    let _ = tokio::time::timeout(PATIENCE, source.close()).await;
                    let _ = caller.send(());
                    return;
                }
            }
        }
    }
}

/// Who is asked, over a connection that is used for nothing else: SQLite tells it of others' commits alone, and with
/// PostgreSQL nobody waits for one.
pub(super) enum Source {
    Postgres { options: PgConnectOptions, connection: Option<PgConnection>, opened: u64 },
    Sqlite { options: SqliteConnectOptions, connection: Option<SqliteConnection>, opened: u64 },
}

impl Source {
    /// A connection that fails, or is given up in the middle, is not used again.
    async fn read(&mut self) -> sqlx::Result<Snapshot> {
        let snapshot: String = match self {
            Self::Postgres { options, connection, opened } => {
                let mut asked = match connection.take() {
                    Some(connection) => connection,
                    None => {
                        *opened += 1;
                        PgConnection::connect_with(options).await?
                    }
                };
                let snapshot: String = sqlx::query_scalar(POSTGRES).fetch_one(&mut asked).await?;
                *connection = Some(asked);
                format!("{opened} {snapshot}")
            }
            Self::Sqlite { options, connection, opened } => {
                let mut asked = match connection.take() {
                    Some(connection) => connection,
                    None => {
                        // Each connection counts from somewhere else.
                        *opened += 1;
                        SqliteConnection::connect_with(options).await?
                    }
                };
                let version: i64 = sqlx::query_scalar(SQLITE).fetch_one(&mut asked).await?;
                *connection = Some(asked);
                format!("{opened} {version}")
            }
        };
        Ok(Snapshot(snapshot.into()))
    }

    async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Postgres { connection: Some(connection), .. } => connection.close().await,
            Self::Sqlite { connection: Some(connection), .. } => connection.close().await,
            Self::Postgres { connection: None, .. } | Self::Sqlite { connection: None, .. } => {
                Ok(())
            }
        }
    }
}
