//! From format 5 to 6: functions have versions, aliases and logs, mappings have tags.
//!
//! What was stored of a function becomes its unpublished version, of which none was published yet. The new
//! kinds have no records. Streams and events of logs are in tables of their own.

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::Unmigrated;

const LOGS: &str = "
    CREATE TABLE log_stream (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE log_events (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
";

pub(super) fn migrate(database: &Connection) -> Result<(), Unmigrated> {
    database.execute_batch(LOGS)?;
    rewrite(database, 7, &function)?;
    rewrite(database, 8, &mapping)
}

/// Writes each record of a kind anew.
fn rewrite(
    database: &Connection,
    kind: i64,
    change: &dyn Fn(Value) -> Result<Value, &'static str>,
) -> Result<(), Unmigrated> {
    // By the number of the row, which stays: a table that is changed while it is read.
    let mut after = i64::MIN;
    loop {
        let next = database
            .prepare_cached(
                "SELECT rowid, name, value FROM record WHERE kind = ?1 AND rowid > ?2
                 ORDER BY rowid LIMIT 1",
            )?
            .query_map([kind, after], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
            })?
            .next()
            .transpose()?;
        let Some((row, name, value)) = next else { return Ok(()) };
        let record = serde_json::from_slice(&value).map_err(|_| "it is no JSON");
        let record = record.and_then(change).map_err(|reason| Unmigrated::Record {
            name: format!("{kind}/{name}"),
            reason: reason.to_owned(),
        })?;
        database
            .prepare_cached("UPDATE record SET value = ?2 WHERE rowid = ?1")?
            .execute(params![row, record.to_string().into_bytes()])?;
        after = row;
    }
}

fn function(mut record: Value) -> Result<Value, &'static str> {
    let function = record.get_mut("Function").ok_or("it is no function")?;
    let function = function.as_object_mut().ok_or("it is no function")?;
    let mut deployment = taken(function, "deployment")?;
    let revision_id = deployment.get("revision_id").cloned().ok_or("it has no revision")?;
    let arn = deployment.get("arn").and_then(Value::as_str).ok_or("it has no ARN")?;
    let group = format!("/aws/lambda/{}", arn.rsplit(':').next().unwrap_or_default());
    deployment["layers"] = json!([]);
    deployment["ephemeral_storage_mib"] = taken(function, "ephemeral_storage_mib")?;
    deployment["log_group"] = json!(group);
    deployment["log_levels"] = Value::Null;
    let configuration = json!({
        "description": taken(function, "description")?,
        "dead_letter_target": taken(function, "dead_letter_target")?,
        "architecture": taken(function, "architecture")?,
        "tracing_mode": taken(function, "tracing_mode")?,
        // Before format 5 had it, it was not written.
        "has_environment": taken(function, "has_environment").unwrap_or(json!(false)),
        "vpc": null,
        "has_snap_start": false,
        "file_systems": [],
        "kms_key_arn": null,
    });
    let latest = json!({
        "deployment": deployment,
        "configuration": configuration,
        "revision_id": revision_id,
        "policy": taken(function, "policy")?,
        "runtime_management": "Auto",
        "last_modified": taken(function, "last_modified")?,
    });
    Ok(json!({ "Function": {
        "latest": latest,
        "published": 0,
        "has_changed": true,
        "tags": taken(function, "tags")?,
        "reserved_concurrency": null,
        "recursive_loop": "Terminate",
        "code_signing_config": null,
    } }))
}

fn mapping(mut record: Value) -> Result<Value, &'static str> {
    let mapping = record.get_mut("Mapping").and_then(Value::as_object_mut);
    let mapping = mapping.ok_or("it is no mapping")?;
    mapping.insert("tags".into(), json!({}));
    Ok(record)
}

fn taken(members: &mut Map<String, Value>, name: &str) -> Result<Value, &'static str> {
    members.shift_remove(name).ok_or("a member is missing")
}
