//! Whether anything has changed: what was read from the database holds for as long as its snapshot is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::{mpsc, oneshot};

/// How long the database may take to name its snapshot. Whoever asks then reads what it wants to know instead.
const PATIENCE: Duration = Duration::from_secs(1);
/// Callers that one answer is for at most.
const CALLERS_MAX: usize = 1_024;

// Each database has a statement of its own, which is why these are not among `statements!`.

/// PostgreSQL tells which transactions had ended: <https://www.postgresql.org/docs/current/functions-info.html>, "pg_snapshot".
/// No transaction that wrote ends without changing that. Another server, or one that has recovered, has started at
/// another time.
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
pub struct Snapshots(mpsc::UnboundedSender<oneshot::Sender<Option<Snapshot>>>);

impl Snapshots {
    pub(super) fn of(source: Source) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        tokio::spawn(answer(source, asked));
        Self(asks)
    }

    /// The snapshot at a moment after the call. Nothing where the database does not say.
    pub async fn current(&self) -> Option<Snapshot> {
        let (answer, answered) = oneshot::channel();
        self.0.send(answer).ok()?;
        answered.await.ok()?
    }
}

/// Until nobody is left who could ask.
async fn answer(
    source: Source,
    mut asked: mpsc::UnboundedReceiver<oneshot::Sender<Option<Snapshot>>>,
) {
    let mut callers = Vec::new();
    while asked.recv_many(&mut callers, CALLERS_MAX).await > 0 {
        let read = tokio::time::timeout(PATIENCE, source.read()).await;
        let snapshot = match read {
            Ok(Ok(snapshot)) => Some(snapshot),
            // Not logged: callers go on without, and say what they meet.
            Ok(Err(_)) | Err(_) => None,
        };
        for caller in callers.drain(..) {
            // Some have gone away meanwhile.
            let _ = caller.send(snapshot.clone());
        }
    }
}

/// Who is asked.
pub(super) enum Source {
    Postgres(PgPool),
    Sqlite(Watch),
}

impl Source {
    async fn read(&self) -> sqlx::Result<Snapshot> {
        let snapshot = match self {
            Self::Postgres(pool) => sqlx::query_scalar(POSTGRES).fetch_one(pool).await?,
            Self::Sqlite(watch) => watch.read().await?,
        };
        Ok(Snapshot(snapshot.into()))
    }
}

/// A connection to SQLite that writes nothing: of its own commits a connection is not told.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Of one connection.
    pool: SqlitePool,
    /// How many connections there were. Each counts from somewhere else.
    connections: Arc<AtomicU64>,
}

impl Watch {
    pub(super) async fn open(
        options: SqliteConnectOptions,
        acquire_timeout: Duration,
    ) -> sqlx::Result<Self> {
        let connections = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&connections);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(acquire_timeout)
            .after_connect(move |_, _| {
                count.fetch_add(1, Ordering::Relaxed);
                Box::pin(std::future::ready(Ok(())))
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool, connections })
    }

    async fn read(&self) -> sqlx::Result<String> {
        // While this one is held there is no other.
        let mut connection = self.pool.acquire().await?;
        let which = self.connections.load(Ordering::Relaxed);
        let version: i64 = sqlx::query_scalar(SQLITE).fetch_one(&mut *connection).await?;
        Ok(format!("{which} {version}"))
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
