//! Stories of directories that older versions wrote. `fixtures/data-directories` has one of each
//! format, made by the last version that wrote it (`.ci/data_directory.py`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use cloudless_core::World;

use super::*;
use crate::store::formats::FORMAT;

/// Where a directory of this format is checked in.
fn checked_in(format: i64) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data-directories");
    fixtures.join(format!("format-{format}"))
}

/// A data directory as the last version with this format left it.
pub(super) fn directory_of(format: i64) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let checked_in = checked_in(format);
    let sql = std::fs::read_to_string(checked_in.join("records.sql")).unwrap();
    let database = rusqlite::Connection::open(directory.path().join(sqlite::FILE_NAME)).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database.execute_batch(&format!("BEGIN; {sql} COMMIT;")).unwrap();
    let files = directory.path().join("blobs");
    std::fs::create_dir(&files).unwrap();
    for entry in std::fs::read_dir(checked_in.join("blobs")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), files.join(entry.file_name())).unwrap();
    }
    directory
}

/// The World of a directory, and its moment.
fn open(directory: &Path) -> (World, Kept) {
    let mut store = SqliteStore::open(directory).unwrap();
    let mut world = None;
    let kept = store.load(1, &mut |seed, records| world = Some(World::restore(records, seed)));
    store.begin().unwrap();
    (world.unwrap(), kept.unwrap())
}

/// Every row of a database.
fn rows(directory: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(directory.join(sqlite::FILE_NAME)).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = database.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut rows = Vec::new();
    for table in tables.map(Result::unwrap) {
        let mut all = database.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = all.column_count();
        let mut found = all.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values = (0..columns).map(|at| match row.get(at).unwrap() {
                rusqlite::types::Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            });
            rows.push(format!("{table} {}", values.collect::<Vec<_>>().join(" ")));
        }
    }
    rows
}

#[test]
fn a_directory_of_every_format_opens_and_opening_it_twice_changes_nothing() {
    for format in 1..=FORMAT {
        // The newest format may have none yet: it is made before the next one.
        if format == FORMAT && !checked_in(format).exists() {
            continue;
        }
        let directory = directory_of(format);
        let first = open(directory.path());
        let stored = rows(directory.path());
        let second = open(directory.path());
        assert!(first == second, "format {format}");
        assert_eq!(stored, rows(directory.path()), "format {format}");
        assert!(first.0.records().len() > 40, "format {format}");
    }
}

/// However a directory came to be of this format, it has the same tables.
#[test]
fn a_directory_that_was_brought_up_to_date_has_the_tables_of_a_new_one() {
    let tables = |directory: &Path| {
        SqliteStore::open(directory).unwrap().begin().unwrap();
        let database = rusqlite::Connection::open(directory.join(sqlite::FILE_NAME)).unwrap();
        let mut tables = database.prepare("SELECT name, sql FROM sqlite_schema").unwrap();
        let tables = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let words = |sql: Option<String>| {
            sql.map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        tables
            .map(Result::unwrap)
            .map(|(name, sql): (String, _)| (name, words(sql)))
            .collect::<BTreeMap<_, _>>()
    };
    let new = tempfile::tempdir().unwrap();
    let new = tables(new.path());
    for format in 1..FORMAT {
        assert_eq!(tables(directory_of(format).path()), new, "format {format}");
    }
}

/// If this fails, what is stored has changed: directories of today could not be read by the version
/// before, and by this one only by luck. Raise FORMAT and add a migration, as the top of
/// `store/formats/mod.rs` says; then take the new text.
#[test]
fn what_is_stored_changes_only_with_a_new_format() {
    let newest = (1..=FORMAT).rev().find(|format| checked_in(*format).exists()).unwrap();
    let directory = directory_of(newest);
    let (world, _) = open(directory.path());
    let mut longest: BTreeMap<_, String> = BTreeMap::new();
    for record in world.records() {
        let text = serde_json::to_string(&record).unwrap();
        let sample = longest.entry(record.key().kind).or_default();
        if text.len() > sample.len() {
            *sample = text;
        }
    }
    // What is read is written as it was.
    if newest == FORMAT {
        let stored = rows(directory.path()).join("\n");
        for text in longest.values() {
            assert!(stored.contains(text.as_str()), "is read and written otherwise:\n{text}");
        }
    }
    let samples: Vec<String> = longest.into_values().collect();
    insta::assert_snapshot!(format!("format {FORMAT}\n{}", samples.join("\n")), @r#"
    format 5
    {"Ids":102}
    {"Bucket":{"name":"pictures","region":"us-east-1","owner":"000000000000","created":1795937978000,"policy":"{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::pictures/public/*\"}]}","cors":[{"ID":"shop","AllowedHeaders":["*"],"AllowedMethods":["GET","PUT"],"AllowedOrigins":["https://shop.example"],"MaxAgeSeconds":600}],"public_access_block":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":false,"RestrictPublicBuckets":false},"ownership":"BucketOwnerPreferred","tags":[{"Key":"stage","Value":"test"}],"notification":[{"id":"orders","destination":"arn:aws:sqs:us-east-1:000000000000:jobs","events":["s3:ObjectRemoved:*"],"filter":null},{"id":"resize","destination":"arn:aws:lambda:us-east-1:000000000000:function:worker","events":["s3:ObjectCreated:*"],"filter":{"Key":{"FilterRules":[{"Name":"Prefix","Value":"uploads/"}]}}}]}}
    {"Object":{"bucket":"pictures","key":"public/a.txt","last_modified":1795937978000,"state":{"Object":{"body":{"Whole":{"id":"row-01a2263e176676bbaed48d384c906d40","size_bytes":12,"md5":"d4902183b196a5f5f6cc13df5ad673fa","sha256":"78cf1fcd450e1ea3cd2c78dadb76568a1c6500db32c4c860b53ebb752e2a2165","checksum":["SHA256","eM8fzUUOHqPNLHja23ZWihxlANsyxMhgtT67dS4qIWU="]}},"headers":{"content_type":"text/plain; charset=utf-8","cache_control":"max-age=60","content_disposition":"attachment; filename=\"a.txt\"","content_language":"de"},"metadata":{"camera":"old"},"tags":[{"Key":"kind","Value":"note"},{"Key":"size","Value":"small"}]}}}}
    {"Queue":{"Live":{"arn":"arn:aws:sqs:us-east-1:000000000000:orders","id":11414442732016364693,"attributes":{"MessageRetentionPeriod":"86400","Policy":"{\"Version\":\"2008-10-17\",\"Id\":\"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":\"friends\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"SQS:SendMessage\",\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\"}]}","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:orders-dead\",\"maxReceiveCount\":1}","VisibilityTimeout":"40"},"tags":{"owner":"Ünal","stage":"test"},"created":1795937932936,"modified":1795937932936,"purged":null}}}
    {"Message":{"queue":11414442732016364693,"sequence":1883177456957915137,"content":{"id":78344742861043358260073777030302813616,"body":"is in flight","attributes":{"bytes":{"data_type":"Binary","value":{"Binary":[0,255]}},"number":{"data_type":"Number.int","value":{"Text":"17"}},"text":{"data_type":"String","value":{"Text":"ein Stück"}}},"trace_header":"Root=1-5759e988-bd862e3fe1be46a994272793","sender_id":"000000000000","sent":1795937973936,"visible_from":1795937973936,"cause":8}}}
    {"MessageState":{"queue":12472178556637715017,"sequence":1883177456957915136,"available_at":1795937973936,"receives":1,"first_received":1795937932936,"last_received":1795937932936}}
    {"Function":{"deployment":{"arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","revision_id":"b6e6cd2d-7a55-43c5-9dcf-eea13dfb09ef","version":"$LATEST","runtime":"provided.al2023","handler":"bootstrap","code":{"id":"row-01a2263e170277cca8ee8e5d3667752a","size_bytes":141,"md5":[85,193,130,74,158,161,146,181,12,135,96,91,95,35,83,125],"sha256":[186,64,74,131,130,156,182,116,40,55,176,184,31,45,118,31,28,246,50,185,214,55,220,15,232,219,23,119,207,247,74,109],"checksum":null},"environment":{"STAGE":"test"},"memory_size_mib":256,"timeout_s":20,"role":"arn:aws:iam::000000000000:role/worker"},"description":"never done","dead_letter_target":"arn:aws:sqs:us-east-1:000000000000:orders-dead","architecture":"x86_64","tracing_mode":"PassThrough","ephemeral_storage_mib":512,"has_environment":true,"tags":{"stage":"test"},"policy":[{"sid":"bucket","action":"lambda:InvokeFunction","principal":{"Service":"s3.amazonaws.com"},"condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}}],"policy_revision_id":"87a6a66e-d1d1-4a7c-92ab-44bcab3c9961","last_modified":1795937978936}}
    {"Mapping":{"id":"f5a785dd-f764-4701-b43f-8cfa6378d8b7","queue":"arn:aws:sqs:us-east-1:000000000000:later","function":"arn:aws:lambda:us-east-1:000000000000:function:plain","batch_size":10,"window_s":3,"reports_failures":false,"enabled":false,"maximum_concurrency":null,"last_modified":1795937978936}}
    {"Invocation":{"id":"e5e48a60-d496-4c22-80f8-c17d403d4fa3","invoked_arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","source":{"Event":{"payload":"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventTime\":\"2026-11-29T07:39:38.936Z\",\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{\"principalId\":\"AWS:test\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},\"responseElements\":{\"x-amz-request-id\":\"TG9A2C62ERDW53XL\",\"x-amz-id-2\":\"iDI+R+TO6Lxf4S+iqHQZIaONm8qaVWUzbJdbeF/XGcGGsRHV25GNQgOXVAaFY1dtmyhK4a3Yz0yx\"},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"resize\",\"bucket\":{\"name\":\"pictures\",\"ownerIdentity\":{\"principalId\":\"AFBC963A47211F\"},\"arn\":\"arn:aws:s3:::pictures\"},\"object\":{\"key\":\"uploads/1.png\",\"size\":17,\"eTag\":\"13a7a33428475438b0a6ff41ce494fe0\",\"sequencer\":\"00000000000000005F\"}}}]}"}},"attempts":0,"created":1795937978936,"retry_at":null,"cause":61}}
    {"Deduplication":{"queue":8591844115739528412,"key":{"id":"f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114","group":null},"sent":{"message":226807635938745128744413579877147886778,"sequence":1883177458006491136,"at":1795937974936}}}
    {"MoveTasks":{"source":"arn:aws:sqs:us-east-1:000000000000:letters-dead","tasks":[{"id":"7fcd9322-2161-4eb3-b7cc-dd0e92b104f1","destination":"arn:aws:sqs:us-east-1:000000000000:letters","messages_per_s":1,"started":1795937978936,"to_move":3,"moved":0,"status":{"Running":{"next":1795937979936}}}]}}
    {"Session":{"access_key_id":"ASIAU8ZW6PTMSVXLXGTF","secret_access_key":"cKaEdQpwhXPsOD1eDH5cxevyKw5EdgC1Mn6+U3sO","session_token":"IQoJb3JpZ2luX2Vj6a490ZWqLMFGIfPI3v73A+pf6fDVb9hflKg5zH14EI8=","account":"000000000000","principal_arn":"arn:aws:sts::000000000000:assumed-role/worker/visitor","expires":1795941578000}}
    {"GroupTurn":{"queue":8591844115739528412,"group":"a","turn":{"since":1795937978936,"number":1883177462200795137}}}
    "#);
}
