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
    format 6
    {"Ids":132}
    {"Bucket":{"name":"archive","region":"us-east-1","owner":"000000000000","created":1795963149000,"policy":null,"cors":null,"public_access_block":null,"ownership":"ObjectWriter","acl":[["FULL_CONTROL",{"CanonicalUser":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"}],["READ",{"Group":"AuthenticatedUsers"}]],"tags":null,"versioning":"Enabled","object_lock":{"default":["GOVERNANCE",{"Days":1}]},"notification":[],"documents":{"Accelerate":"{\"Status\":\"Enabled\"}","Encryption":"{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"12345678-1234-1234-1234-123456789012\"},\"BucketKeyEnabled\":false}]}","IntelligentTiering/old":"{\"Id\":\"old\",\"Status\":\"Enabled\",\"Tierings\":[{\"Days\":90,\"AccessTier\":\"ARCHIVE_ACCESS\"}]}","Inventory/all":"{\"Destination\":{\"S3BucketDestination\":{\"Bucket\":\"arn:aws:s3:::plain\",\"Format\":\"CSV\"}},\"IsEnabled\":true,\"Id\":\"all\",\"IncludedObjectVersions\":\"All\",\"Schedule\":{\"Frequency\":\"Daily\"}}","Lifecycle":"{\"Rules\":[{\"Expiration\":{\"Days\":30},\"ID\":\"logs\",\"Filter\":{\"Prefix\":\"logs/\"},\"Status\":\"Enabled\",\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3,\"NewerNoncurrentVersions\":2}}],\"TransitionDefaultMinimumObjectSize\":\"all_storage_classes_128K\"}","Metrics/all":"{\"Id\":\"all\"}","RequestPayment":"{\"Payer\":\"Requester\"}","Website":"{\"IndexDocument\":{\"Suffix\":\"index.html\"},\"ErrorDocument\":{\"Key\":\"error.html\"}}"}}}
    {"Object":{"bucket":"pictures","key":"public/a.txt","last_modified":1795963149000,"state":{"Object":{"body":{"Whole":{"id":"row-01a227be286877448efb9269c01d8c5f","size_bytes":12,"md5":"d4902183b196a5f5f6cc13df5ad673fa","sha256":"78cf1fcd450e1ea3cd2c78dadb76568a1c6500db32c4c860b53ebb752e2a2165","checksum":["SHA256","eM8fzUUOHqPNLHja23ZWihxlANsyxMhgtT67dS4qIWU="]}},"headers":{"content_type":"text/plain; charset=utf-8","cache_control":"max-age=60","content_disposition":"attachment; filename=\"a.txt\"","content_language":"de"},"metadata":{"camera":"old"},"tags":[{"Key":"kind","Value":"note"},{"Key":"size","Value":"small"}]}}}}
    {"Queue":{"Live":{"arn":"arn:aws:sqs:us-east-1:000000000000:orders","id":170021754308933800,"attributes":{"MessageRetentionPeriod":"86400","Policy":"{\"Version\":\"2008-10-17\",\"Id\":\"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":\"friends\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"SQS:SendMessage\",\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\"}]}","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:orders-dead\",\"maxReceiveCount\":1}","VisibilityTimeout":"40"},"tags":{"owner":"Ünal","stage":"test"},"created":1795963103031,"modified":1795963103031,"purged":null}}}
    {"Message":{"queue":170021754308933800,"sequence":1883203849715449857,"content":{"id":156957343662372417692409518637566823521,"body":"is in flight","attributes":{"bytes":{"data_type":"Binary","value":{"Binary":[0,255]}},"number":{"data_type":"Number.int","value":{"Text":"17"}},"text":{"data_type":"String","value":{"Text":"ein Stück"}}},"trace_header":"Root=1-5759e988-bd862e3fe1be46a994272793","sender_id":"000000000000","sent":1795963144031,"visible_from":1795963144031,"cause":8}}}
    {"MessageState":{"queue":3701148081840707236,"sequence":1883203849715449856,"available_at":1795963144031,"receives":1,"first_received":1795963103031,"last_received":1795963103031}}
    {"Function":{"latest":{"deployment":{"arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","revision_id":"3869cb05-65a7-400d-93c1-02a676a4be83","version":"$LATEST","runtime":"provided.al2023","handler":"bootstrap","code":{"id":"row-01a227be27cd76a99bbd12bb7f2c3f14","size_bytes":141,"md5":[85,193,130,74,158,161,146,181,12,135,96,91,95,35,83,125],"sha256":[186,64,74,131,130,156,182,116,40,55,176,184,31,45,118,31,28,246,50,185,214,55,220,15,232,219,23,119,207,247,74,109],"checksum":null},"layers":[],"environment":{"STAGE":"test"},"memory_size_mib":256,"ephemeral_storage_mib":512,"timeout_s":20,"role":"arn:aws:iam::000000000000:role/worker","log_group":"/aws/lambda/worker","log_levels":null},"configuration":{"description":"never done","dead_letter_target":"arn:aws:sqs:us-east-1:000000000000:orders-dead","architecture":"x86_64","tracing_mode":"PassThrough","has_environment":true,"vpc":null,"has_snap_start":false,"file_systems":[],"kms_key_arn":null},"revision_id":"3869cb05-65a7-400d-93c1-02a676a4be83","policy":[{"sid":"bucket","action":"lambda:InvokeFunction","principal":{"Service":"s3.amazonaws.com"},"condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}}],"runtime_management":"Auto","last_modified":1795963149031},"published":0,"has_changed":true,"tags":{"stage":"test"},"reserved_concurrency":null,"recursive_loop":"Terminate","code_signing_config":null}}
    {"Mapping":{"id":"0e34fc15-7d4c-498e-b22d-1b2d620602f1","queue":"arn:aws:sqs:us-east-1:000000000000:later","function":"arn:aws:lambda:us-east-1:000000000000:function:plain","batch_size":10,"window_s":3,"reports_failures":false,"enabled":false,"maximum_concurrency":null,"tags":{},"last_modified":1795963149031}}
    {"Invocation":{"id":"296fbb70-22a2-4c7d-af78-16d97fc27d33","invoked_arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","source":{"Event":{"payload":"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventTime\":\"2026-11-29T14:39:09.031Z\",\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{\"principalId\":\"AWS:test\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},\"responseElements\":{\"x-amz-request-id\":\"LCBLU95HFEDVKQAU\",\"x-amz-id-2\":\"YItMwbO0R883BX1gb7UuCjomRllhfpNxw2yFkA+HZfHmyDUwHJtxH+g+F1LWXEXtLRAdYZDHvaUf\"},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"resize\",\"bucket\":{\"name\":\"pictures\",\"ownerIdentity\":{\"principalId\":\"AFBC963A47211F\"},\"arn\":\"arn:aws:s3:::pictures\"},\"object\":{\"key\":\"uploads/1.png\",\"size\":17,\"eTag\":\"13a7a33428475438b0a6ff41ce494fe0\",\"sequencer\":\"00000000000000005F\"}}}]}"}},"attempts":0,"created":1795963149031,"retry_at":null,"cause":61}}
    {"Deduplication":{"queue":5212637924530930048,"key":{"id":"f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114","group":null},"sent":{"message":328823209696792254498817520071249324973,"sequence":1883203850764025856,"at":1795963145031}}}
    {"MoveTasks":{"source":"arn:aws:sqs:us-east-1:000000000000:letters-dead","tasks":[{"id":"9a74c405-ac6a-41d5-a683-cc3bad85bc9e","destination":"arn:aws:sqs:us-east-1:000000000000:letters","messages_per_s":1,"started":1795963149031,"to_move":3,"moved":0,"status":{"Running":{"next":1795963150031}}}]}}
    {"Session":{"access_key_id":"ASIAXZG84L6X462FKRPY","secret_access_key":"o3d/NpGUQdqythKANGd28Ussb2BKZ1FnYAklHZCs","session_token":"IQoJb3JpZ2luX2VjYsw46qg9lKik4GapshysaKIRnDyOa2cpJ6N9gD0FAT8=","account":"000000000000","principal_arn":"arn:aws:sts::000000000000:assumed-role/worker/visitor","expires":1795966749000}}
    {"GroupTurn":{"queue":5212637924530930048,"group":"a","turn":{"since":1795963149031,"number":1883203854958329857}}}
    {"ObjectVersion":{"bucket":"archive","key":"whole","number":1883203854958329870,"id":"kDJEz1S0AsuKED8i.sQCxcDupMNBf97M","last_modified":1795963149000,"state":{"Object":{"body":{"Parts":{"parts":[{"id":"row-01a227be299473c195e36ea5e801633b","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796049549031]},"upload_id":"AhuZ2hNZrLJUvramZxZeDQCm_DkCCQ6ZJY3dhGlZXaOIWyqEGxvhdrQHQBgt_ybUGDniN70prL8J6dBpPY3IUcT-Q9LGpK6zFhnB7eRx0SXN3fyChbrDZZsScOZjqfuk"}}}}
    {"Upload":{"bucket":"archive","key":"under way","number":1883203854958329871,"id":"lJcIE3YHulNe5OvnlkcczblmJ-XmVWME8U93dK104b_iTwhv2OVjyUXR_3eY_KFGjrVz_th3ulyzKpsr4o352oD5Ba_HVcysTn4qQp3ChyCRkgUlI1zqkiEc7pk6RB6G","initiated":1795963149031,"account":"000000000000","object":{"body":{"Parts":{"parts":[],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796049549031]}}}}
    {"Part":{"bucket":"archive","key":"under way","upload":1883203854958329871,"number":1,"last_modified":1795963149000,"body":{"id":"row-01a227be29a47535872ad27a219fad96","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}}}
    "#);
}
