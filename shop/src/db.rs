//! One thin layer over PostgreSQL and SQLite: the same statement text and arguments for both.
//!
//! Statements are constants written with `$1` placeholders, declared with `statements!` so that
//! one test can prepare every one of them on both databases.

use std::{str::FromStr, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use sqlx::{
    Connection as _, Database, Decode, PgPool, Postgres, Row as _, SqlSafeStr, Sqlite, SqlitePool,
    Type,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgPoolOptions, PgRow},
    query::Query,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

mod snapshot;

pub use self::snapshot::Snapshot;
use self::snapshot::{Snapshots, Source};

/// The shop's database.
#[derive(Clone, Debug)]
pub enum Db {
    Postgres {
        pool: PgPool,
        snapshots: Snapshots,
    },
    /// SQLite has one writer at a time. A pool of one connection makes writers wait in a fair
    /// queue, where several would poll for the lock; readers never wait (WAL).
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        snapshots: Snapshots,
    },
}

/// A transaction. It is rolled back when dropped without `commit`.
pub enum Tx {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

/// A row of either database.
pub enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

/// An argument of a statement. The inner option is SQL's NULL, which PostgreSQL wants typed.
#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Bool(bool),
    Text(Option<String>),
    Time(DateTime<Utc>),
}

/// Connections to PostgreSQL, and readers of SQLite, that one shop process holds at most unless told, beside the one
/// that is asked for snapshots.
pub const CONNECTIONS_MAX: u32 = 16;
/// How long a request waits for a connection before it fails, also where nobody answers at all:
/// whoever sent it shall be told soon.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
/// Where a connection to PostgreSQL has not answered within this time, it is asked whether it still does before it is
/// relied on. To ask each time would double what a page waits for.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long PostgreSQL may take over one statement, also when it falls silent in the middle of it.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a writer waits for another process's transaction on the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl Db {
    /// Connects to `postgres://…` or `sqlite://…` (the file is created) and applies migrations.
    ///
    /// # Errors
    /// As [`Self::connect_with`].
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        Self::connect_with(url, CONNECTIONS_MAX).await
    }

    /// The same with so many connections at most; of SQLite, so many readers.
    ///
    /// # Errors
    /// An unknown URL scheme, a database that cannot be reached, or a failed migration.
    pub async fn connect_with(url: &str, connections_max: u32) -> anyhow::Result<Self> {
        let db = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => Self::connect_postgres(url, connections_max).await?,
            Some("sqlite") => Self::connect_sqlite(url, connections_max).await?,
            _ => anyhow::bail!("DATABASE_URL must start with postgres:// or sqlite://"),
        };
        db.migrate().await.context("cannot apply the migrations")?;
        Ok(db)
    }

    async fn connect_postgres(url: &str, connections_max: u32) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    Ok(known.idle_for < TRUSTED_FOR || connection.ping().await.is_ok())
                })
            })
            .connect(url)
            .await
            .context("cannot connect to PostgreSQL; is DATABASE_URL right?")?;
        let options = (*pool.connect_options()).clone();
        let snapshots = Snapshots::of(Source::Postgres { options, connection: None, opened: 0 });
        Ok(Self::Postgres { pool, snapshots })
    }

    async fn connect_sqlite(url: &str, connections_max: u32) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !url.contains(":memory:") && !url.contains("mode=memory"),
            "an in-memory SQLite database cannot be shared with the functions: name a file",
        );
        let options = SqliteConnectOptions::from_str(url)
            .context("DATABASE_URL is not a SQLite URL")?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: a committed order survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .optimize_on_close(true, None);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                // A file does not go away.
                .test_before_acquire(false)
                .connect_with(options.clone())
        };
        let context = || format!("cannot open the SQLite database {url}");
        let write = pool(1).await.with_context(context)?;
        let read = pool(connections_max).await.with_context(context)?;
        let snapshots = Snapshots::of(Source::Sqlite { options, connection: None, opened: 0 });
        Ok(Self::Sqlite { read, write, snapshots })
    }

    async fn migrate(&self) -> anyhow::Result<()> {
        let migrator = |files: [&'static str; 2]| {
            let named = ["shop", "search"].into_iter().zip(files).zip(1..);
            let migrations = named.map(|((name, sql), version)| {
                let (kind, sql) = (MigrationType::Simple, sql.into_sql_str());
                Migration::new(version, name.into(), kind, sql, false)
            });
            Migrator::with_migrations(migrations.collect())
        };
        match self {
            Self::Postgres { pool, .. } => {
                let files = [
                    include_str!("../migrations/postgres/0001_shop.sql"),
                    include_str!("../migrations/postgres/0002_search.sql"),
                ];
                migrator(files).run(pool).await?;
            }
            Self::Sqlite { write, .. } => {
                let files = [
                    include_str!("../migrations/sqlite/0001_shop.sql"),
                    include_str!("../migrations/sqlite/0002_search.sql"),
                ];
                migrator(files).run(write).await?;
            }
        }
        Ok(())
    }

    /// What there is in the database at a moment after the call. Nothing where the database does not say; then
    /// it may answer what else it is asked.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        match self {
            Self::Postgres { snapshots, .. } | Self::Sqlite { snapshots, .. } => {
                snapshots.current().await
            }
        }
    }

    /// Rows of a SELECT.
    pub async fn rows(&self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<Vec<Row>> {
        Ok(match self {
            Self::Postgres { pool, .. } => {
                wrap(in_time(postgres(sql, args).fetch_all(pool)).await?, Row::Postgres)
            }
            Self::Sqlite { read, .. } => {
                wrap(sqlite(sql, args).fetch_all(read).await?, Row::Sqlite)
            }
        })
    }

    /// The first row of a SELECT, if there is one.
    pub async fn row(&self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<Option<Row>> {
        Ok(match self {
            Self::Postgres { pool, .. } => {
                in_time(postgres(sql, args).fetch_optional(pool)).await?.map(Row::Postgres)
            }
            Self::Sqlite { read, .. } => {
                sqlite(sql, args).fetch_optional(read).await?.map(Row::Sqlite)
            }
        })
    }

    /// One writing statement in a transaction of its own; the number of rows it touched.
    pub async fn execute(&self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<u64> {
        Ok(match self {
            Self::Postgres { pool, .. } => {
                in_time(postgres(sql, args).execute(pool)).await?.rows_affected()
            }
            Self::Sqlite { write, .. } => sqlite(sql, args).execute(write).await?.rows_affected(),
        })
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once, so that it
    /// can never fail half-way because somebody else wrote in between.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Postgres { pool, .. } => Tx::Postgres(in_time(pool.begin()).await?),
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
        })
    }

    /// Ends all connections; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        match self {
            Self::Postgres { snapshots, .. } | Self::Sqlite { snapshots, .. } => {
                snapshots.close().await;
            }
        }
        match self {
            // A server that is silent need not be waited for.
            Self::Postgres { pool, .. } => {
                let _ = tokio::time::timeout(ACQUIRE_TIMEOUT, pool.close()).await;
            }
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Tx {
    pub async fn rows(&mut self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<Vec<Row>> {
        Ok(match self {
            Self::Postgres(tx) => {
                wrap(in_time(postgres(sql, args).fetch_all(&mut **tx)).await?, Row::Postgres)
            }
            Self::Sqlite(tx) => wrap(sqlite(sql, args).fetch_all(&mut **tx).await?, Row::Sqlite),
        })
    }

    /// The first row; all rows are read, so that a `RETURNING` statement runs to its end.
    pub async fn row(&mut self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<Option<Row>> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub async fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> sqlx::Result<u64> {
        Ok(match self {
            Self::Postgres(tx) => {
                in_time(postgres(sql, args).execute(&mut **tx)).await?.rows_affected()
            }
            Self::Sqlite(tx) => sqlite(sql, args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Postgres(tx) => in_time(tx.commit()).await,
            Self::Sqlite(tx) => tx.commit().await,
        }
    }

    pub async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Postgres(tx) => in_time(tx.rollback()).await,
            Self::Sqlite(tx) => tx.rollback().await,
        }
    }
}

/// What both databases can decode.
pub trait Column:
    for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}
impl<T> Column for T where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl Row {
    /// The column called `name`.
    pub fn get<T: Column>(&self, name: &str) -> sqlx::Result<T> {
        match self {
            Self::Postgres(row) => row.try_get(name),
            Self::Sqlite(row) => row.try_get(name),
        }
    }
}

/// A statement that takes too long has failed as if the server were gone: it mostly is.
async fn in_time<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    match tokio::time::timeout(STATEMENT_TIMEOUT, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "the database did not answer in time",
        ))),
    }
}

fn wrap<R>(rows: Vec<R>, row: fn(R) -> Row) -> Vec<Row> {
    rows.into_iter().map(row).collect()
}

fn postgres(
    sql: &'static str,
    args: Vec<Value>,
) -> Query<'static, Postgres, <Postgres as Database>::Arguments> {
    args.into_iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Time(value) => query.bind(value),
    })
}

fn sqlite(
    sql: &'static str,
    args: Vec<Value>,
) -> Query<'static, Sqlite, <Sqlite as Database>::Arguments> {
    args.into_iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Time(value) => query.bind(value),
    })
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}

/// The arguments of a statement, in the order of `$1`, `$2`, …
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

/// Declares the statements of a feature, and the list of them that the statement test walks.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}
pub(crate) use statements;

/// True when a statement failed because the value of a unique column is taken.
pub fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// True when a statement or a connection failed because the database does not answer, or not for
/// now: everything is as it was, and the same will work later.
pub fn is_out_of_reach(error: &anyhow::Error) -> bool {
    let error = error.chain().find_map(|cause| cause.downcast_ref::<sqlx::Error>());
    match error {
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            // A server that goes away in the middle of an answer.
            | sqlx::Error::Protocol(_),
        ) => true,
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
            // Connection exceptions; shut down, crashed, starting; too many connections.
            // https://www.postgresql.org/docs/current/errcodes-appendix.html
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "53300")
        }),
        _ => false,
    }
}
