//! What the lab's database does, as RDS tells CloudWatch: of PostgreSQL from its own views, and its processor time
//! from the system; of SQLite what its users notice, which is how long they wait to read and to write.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>

use std::borrow::Cow;
use std::time::{Duration, Instant};

use cloudless::core::Timestamp;
use cloudless::core::fact::{Fact, Meaning, Measured, Minute, Tally};
use cloudless::core::names::{AccountId, Region};
use cloudless::engine::EngineHandle;
use cloudless::instances::processor_time_of;

use crate::db::{Db, Row};

/// What PostgreSQL counts: since version 16 what it reads and writes, and until 17 how often it writes its log.
const CONNECTIONS: &str =
    "SELECT count(*) AS connections FROM pg_stat_activity WHERE backend_type = 'client backend'";
const INPUT_OUTPUT: &str = "SELECT coalesce(sum(reads), 0)::float8 AS reads, coalesce(sum(read_time), 0)::float8 AS read_ms, \
     coalesce(sum(writes), 0)::float8 + coalesce(sum(extends), 0)::float8 AS writes, \
     coalesce(sum(write_time), 0)::float8 + coalesce(sum(extend_time), 0)::float8 AS write_ms FROM pg_stat_io";
const LOG: &str = "SELECT wal_write::float8 AS writes, (wal_write_time + wal_sync_time)::float8 AS write_ms FROM pg_stat_wal";

/// Tells what the database did, minute by minute of the emulator's clock, for as long as it runs.
pub(super) async fn tell(
    engine: EngineHandle,
    db: Db,
    identifier: &'static str,
    process: Option<u32>,
) {
    let mut before = Seen::look(&db, process).await;
    loop {
        let end = Minute::end(engine.clock().now());
        engine.clock().reached(end).await;
        let now = Seen::look(&db, process).await;
        let facts = facts(&db, &before, &now, end, identifier).await;
        if !facts.is_empty() {
            engine.measured("rds:Measure", facts);
        }
        before = now;
    }
}

/// What has been counted until a moment.
#[derive(Debug, Default)]
struct Seen {
    at: Option<Instant>,
    connections: Option<i64>,
    reads: Option<Counted>,
    writes: Option<Counted>,
    processor: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    operations: f64,
    took_ms: f64,
}

impl Counted {
    fn of(row: &Row, operations: &str, took_ms: &str) -> Option<Self> {
        Some(Self { operations: row.get(operations).ok()?, took_ms: row.get(took_ms).ok()? })
    }

    fn plus(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        let operations = self.operations + other.operations;
        Self { operations, took_ms: self.took_ms + other.took_ms }
    }
}

impl Seen {
    async fn look(db: &Db, process: Option<u32>) -> Self {
        let at = Some(Instant::now());
        if matches!(db, Db::Sqlite { .. }) {
            return Self { at, ..Self::default() };
        }
        let row = async |sql| db.row(sql, vec![]).await.ok().flatten();
        let connections = row(CONNECTIONS).await.and_then(|row| row.get("connections").ok());
        let (io, log) = (row(INPUT_OUTPUT).await, row(LOG).await);
        let log = log.as_ref().and_then(|row| Counted::of(row, "writes", "write_ms"));
        Self {
            at,
            connections,
            reads: io.as_ref().and_then(|row| Counted::of(row, "reads", "read_ms")),
            writes: io
                .as_ref()
                .and_then(|row| Counted::of(row, "writes", "write_ms"))
                .map(|writes| writes.plus(log)),
            processor: process.and_then(processor_time_of),
        }
    }
}

async fn facts(
    db: &Db,
    before: &Seen,
    now: &Seen,
    at: Timestamp,
    identifier: &'static str,
) -> Vec<Fact> {
    let mut told: Vec<(&'static str, &'static str, f64)> = Vec::new();
    let seconds = now.at.zip(before.at).map_or(0.0, |(now, before)| (now - before).as_secs_f64());
    if let Some(connections) = now.connections {
        told.push(("DatabaseConnections", "Count", connections as f64));
    }
    for (names, now, before) in [
        (["ReadIOPS", "ReadLatency"], now.reads, before.reads),
        (["WriteIOPS", "WriteLatency"], now.writes, before.writes),
    ] {
        let Some((now, before)) = now.zip(before) else { continue };
        let operations = (now.operations - before.operations).max(0.0);
        if seconds > 0.0 {
            told.push((names[0], "Count/Second", operations / seconds));
        }
        if operations > 0.0 {
            let took_s = (now.took_ms - before.took_ms).max(0.0) / 1_000.0 / operations;
            told.push((names[1], "Seconds", took_s));
        }
    }
    if let Some((now, before)) = now.processor.zip(before.processor)
        && seconds > 0.0
    {
        let used = now.saturating_sub(before).as_secs_f64() / seconds;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        told.push(("CPUUtilization", "Percent", (used / cores as f64 * 100.0).clamp(0.0, 100.0)));
    }
    if matches!(db, Db::Sqlite { .. }) {
        told.extend(waited(db).await);
    }
    told.into_iter().map(|(name, unit, value)| fact(name, unit, value, at, identifier)).collect()
}

/// How long it takes to read a row of SQLite's, and to be the one who writes.
async fn waited(db: &Db) -> Vec<(&'static str, &'static str, f64)> {
    let mut told = Vec::new();
    let begun = Instant::now();
    if db.row("SELECT count(*) AS products FROM shop_product", vec![]).await.is_ok() {
        told.push(("ReadLatency", "Seconds", begun.elapsed().as_secs_f64()));
    }
    let begun = Instant::now();
    if let Ok(tx) = db.begin().await {
        told.push(("WriteLatency", "Seconds", begun.elapsed().as_secs_f64()));
        let _ = tx.rollback().await;
    }
    told
}

fn fact(
    name: &'static str,
    unit: &'static str,
    value: f64,
    at: Timestamp,
    identifier: &str,
) -> Fact {
    Fact {
        account: AccountId::default(),
        region: Region::default(),
        namespace: "AWS/RDS".into(),
        name: name.into(),
        dimensions: vec![(Cow::Borrowed("DBInstanceIdentifier"), identifier.to_owned())],
        unit: unit.into(),
        // Of the minute that is over.
        at: Timestamp::from_ms(at.as_ms().saturating_sub(1)),
        is_fine: false,
        meaning: Meaning::Level,
        measured: Measured::Tally(Tally::of(value)),
    }
}
