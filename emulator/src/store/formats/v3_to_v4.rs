//! From format 3 to 4: a key has versions, and a body may have parts.
//!
//! What was stored of an object becomes the state of its `null` version, under the same name. What is
//! empty is not written any more, and digests are hexadecimal digits: a record of a small object is half
//! as long. Format 4 has one more kind of record (14), of versions with names of their own; without any,
//! each key has the one that it had.

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::Unmigrated;

/// What is not written where it is this.
const EMPTY: [&str; 4] = ["null", "{}", "[]", "\"STANDARD\""];

pub(super) fn migrate(database: &Connection) -> Result<(), Unmigrated> {
    // By the number of the row, which stays: a table that is changed while it is read.
    let mut after = i64::MIN;
    loop {
        let next = database
            .prepare_cached(
                "SELECT rowid, name, value FROM record WHERE kind = 3 AND rowid > ?1
                 ORDER BY rowid LIMIT 1",
            )?
            .query_map([after], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
            })?
            .next()
            .transpose()?;
        let Some((row, name, value)) = next else { return Ok(()) };
        let value = version_of(&value).map_err(|reason| {
            let reason = reason.to_owned();
            Unmigrated::Record { name: format!("3/{name}"), reason }
        })?;
        database
            .prepare_cached("UPDATE record SET value = ?2 WHERE rowid = ?1")?
            .execute(params![row, value])?;
        after = row;
    }
}

/// The record of a version that the record of an object becomes.
fn version_of(value: &[u8]) -> Result<Vec<u8>, &'static str> {
    let record: Value = serde_json::from_slice(value).map_err(|_| "it is no JSON")?;
    let object = record.get("Object").ok_or("it is no object")?;
    let blob = object.get("blob").ok_or("it has no body")?;
    let mut body = Map::new();
    for name in ["id", "size_bytes"] {
        body.insert(name.into(), blob.get(name).ok_or("its body has no name or size")?.clone());
    }
    body.insert("md5".into(), hexadecimal(blob.get("md5")).ok_or("it has no MD5")?);
    body.extend(hexadecimal(blob.get("sha256")).map(|sha256| ("sha256".into(), sha256)));
    let mut state = Map::new();
    if let Some(checksum) = blob.get("checksum").filter(|it| !it.is_null()) {
        body.insert("checksum".into(), checksum.clone());
    }
    state.insert("body".into(), json!({ "Whole": body }));
    let headers = object.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = headers.filter(|(_, value)| !value.is_null());
    let headers: Map<_, _> = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut keep = |name: &str, value: &Value| {
        if !EMPTY.contains(&value.to_string().as_str()) {
            state.insert(name.into(), value.clone());
        }
    };
    keep("headers", &Value::Object(headers));
    for name in ["storage_class", "metadata", "tags", "website_redirect_location"] {
        keep(name, object.get(name).unwrap_or(&Value::Null));
    }
    let member = |name: &str| object.get(name).ok_or("it has no bucket, key or time");
    let version = json!({
        "bucket": member("bucket")?,
        "key": member("key")?,
        "last_modified": member("last_modified")?,
        "state": { "Object": state },
    });
    Ok(json!({ "Object": version }).to_string().into_bytes())
}

/// Bytes that were written as an array of numbers.
fn hexadecimal(bytes: Option<&Value>) -> Option<Value> {
    let bytes = bytes?.as_array()?.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
    Some(Value::from(hex::encode(bytes.collect::<Option<Vec<u8>>>()?)))
}
