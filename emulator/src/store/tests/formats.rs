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
    format 7
    {"Ids":134}
    {"Bucket":{"name":"archive","region":"us-east-1","owner":"000000000000","created":1795979503000,"policy":null,"cors":null,"public_access_block":null,"ownership":"ObjectWriter","acl":[["FULL_CONTROL",{"CanonicalUser":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"}],["READ",{"Group":"AuthenticatedUsers"}]],"tags":null,"versioning":"Enabled","object_lock":{"default":["GOVERNANCE",{"Days":1}]},"notification":[],"documents":{"Accelerate":"{\"Status\":\"Enabled\"}","Encryption":"{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"12345678-1234-1234-1234-123456789012\"},\"BucketKeyEnabled\":false}]}","IntelligentTiering/old":"{\"Id\":\"old\",\"Status\":\"Enabled\",\"Tierings\":[{\"Days\":90,\"AccessTier\":\"ARCHIVE_ACCESS\"}]}","Inventory/all":"{\"Destination\":{\"S3BucketDestination\":{\"Bucket\":\"arn:aws:s3:::plain\",\"Format\":\"CSV\"}},\"IsEnabled\":true,\"Id\":\"all\",\"IncludedObjectVersions\":\"All\",\"Schedule\":{\"Frequency\":\"Daily\"}}","Lifecycle":"{\"Rules\":[{\"Expiration\":{\"Days\":30},\"ID\":\"logs\",\"Filter\":{\"Prefix\":\"logs/\"},\"Status\":\"Enabled\",\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3,\"NewerNoncurrentVersions\":2}}],\"TransitionDefaultMinimumObjectSize\":\"all_storage_classes_128K\"}","Metrics/all":"{\"Id\":\"all\"}","RequestPayment":"{\"Payer\":\"Requester\"}","Website":"{\"IndexDocument\":{\"Suffix\":\"index.html\"},\"ErrorDocument\":{\"Key\":\"error.html\"}}"}}}
    {"Object":{"bucket":"pictures","key":"public/a.txt","last_modified":1795979503000,"state":{"Object":{"body":{"Whole":{"id":"row-01a228b7b6fb7288840de9acc053d8f2","size_bytes":12,"md5":"d4902183b196a5f5f6cc13df5ad673fa","sha256":"78cf1fcd450e1ea3cd2c78dadb76568a1c6500db32c4c860b53ebb752e2a2165","checksum":["SHA256","eM8fzUUOHqPNLHja23ZWihxlANsyxMhgtT67dS4qIWU="]}},"headers":{"content_type":"text/plain; charset=utf-8","cache_control":"max-age=60","content_disposition":"attachment; filename=\"a.txt\"","content_language":"de"},"metadata":{"camera":"old"},"tags":[{"Key":"kind","Value":"note"},{"Key":"size","Value":"small"}]}}}}
    {"Queue":{"Live":{"arn":"arn:aws:sqs:us-east-1:000000000000:orders","id":15983376003206522179,"attributes":{"MessageRetentionPeriod":"86400","Policy":"{\"Version\":\"2008-10-17\",\"Id\":\"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":\"friends\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"SQS:SendMessage\",\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\"}]}","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:orders-dead\",\"maxReceiveCount\":1}","VisibilityTimeout":"40"},"tags":{"owner":"Ünal","stage":"test"},"created":1795979457316,"modified":1795979457316,"purged":null}}}
    {"Message":{"queue":15983376003206522179,"sequence":1883220998426198017,"content":{"id":267672255222155913499816801376317255636,"body":"is in flight","attributes":{"bytes":{"data_type":"Binary","value":{"Binary":[0,255]}},"number":{"data_type":"Number.int","value":{"Text":"17"}},"text":{"data_type":"String","value":{"Text":"ein Stück"}}},"trace_header":"Root=1-5759e988-bd862e3fe1be46a994272793","sender_id":"000000000000","sent":1795979498316,"visible_from":1795979498316,"cause":8}}}
    {"MessageState":{"queue":15983376003206522179,"sequence":1883220998426198017,"available_at":1795979538316,"receives":1,"first_received":1795979498316,"last_received":1795979498316}}
    {"Function":{"latest":{"deployment":{"arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","revision_id":"1c9498a0-e0a7-42f7-96bb-fb2d6070aec7","version":"$LATEST","runtime":"provided.al2023","handler":"bootstrap","code":{"id":"row-01a228b7b5217038bef67ab6209b84d2","size_bytes":141,"md5":[85,193,130,74,158,161,146,181,12,135,96,91,95,35,83,125],"sha256":[186,64,74,131,130,156,182,116,40,55,176,184,31,45,118,31,28,246,50,185,214,55,220,15,232,219,23,119,207,247,74,109],"checksum":null},"layers":[],"environment":{"STAGE":"test"},"memory_size_mib":256,"ephemeral_storage_mib":512,"timeout_s":20,"role":"arn:aws:iam::000000000000:role/worker","log_group":"/aws/lambda/worker","log_levels":null},"configuration":{"description":"never done","dead_letter_target":"arn:aws:sqs:us-east-1:000000000000:orders-dead","architecture":"x86_64","tracing_mode":"PassThrough","has_environment":true,"vpc":null,"has_snap_start":false,"file_systems":[],"kms_key_arn":null},"revision_id":"67b5dacd-0b8b-47b1-bb7c-7e2b8e7c6be5","policy":[{"sid":"bucket","action":"lambda:InvokeFunction","principal":{"Service":"s3.amazonaws.com"},"condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}}],"runtime_management":"Auto","last_modified":1795979503316},"published":0,"has_changed":true,"tags":{"stage":"test"},"reserved_concurrency":null,"recursive_loop":"Terminate","code_signing_config":null}}
    {"Mapping":{"id":"34cf2fe0-8fb2-4454-b539-94a7e41bd457","queue":"arn:aws:sqs:us-east-1:000000000000:later","function":"arn:aws:lambda:us-east-1:000000000000:function:plain","batch_size":10,"window_s":3,"reports_failures":false,"enabled":false,"maximum_concurrency":null,"tags":{},"last_modified":1795979503316}}
    {"Invocation":{"id":"e03efea7-9d0c-4d10-b189-a1faad6a602a","invoked_arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","source":{"Event":{"payload":"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventTime\":\"2026-11-29T19:11:43.316Z\",\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{\"principalId\":\"AWS:test\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},\"responseElements\":{\"x-amz-request-id\":\"P7YWC3VSSRUAJHES\",\"x-amz-id-2\":\"kdy1Fcw6XXKUG4DwREEgET9POLQN8HRLuCXOJpNdjeODBInxcjiR3wlP6YLmYrSCLQ8SeFiiMUqO\"},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"resize\",\"bucket\":{\"name\":\"pictures\",\"ownerIdentity\":{\"principalId\":\"AFBC963A47211F\"},\"arn\":\"arn:aws:s3:::pictures\"},\"object\":{\"key\":\"uploads/1.png\",\"size\":17,\"eTag\":\"13a7a33428475438b0a6ff41ce494fe0\",\"sequencer\":\"00000000000000005F\"}}}]}"}},"attempts":0,"created":1795979503316,"retry_at":null,"cause":61}}
    {"Deduplication":{"queue":5926402472146074769,"key":{"id":"7dc96f776c8423e57a2785489a3f9c43fb6e756876d6ad9a9cac4aa4e72ec193","group":null},"sent":{"message":200413361662263110380271920782941422465,"sequence":1883221000523350016,"at":1795979500316}}}
    {"MoveTasks":{"source":"arn:aws:sqs:us-east-1:000000000000:letters-dead","tasks":[{"id":"6bb7a0c9-3879-441a-a12f-a8a8e8f61015","destination":"arn:aws:sqs:us-east-1:000000000000:letters","messages_per_s":1,"started":1795979503316,"to_move":3,"moved":0,"status":{"Running":{"next":1795979504316}}}]}}
    {"Session":{"access_key_id":"ASIAPC7S28AR94TQKAXP","secret_access_key":"webfVAc+lELynRoVV71sKflYo6WK+cd2QVp2RXH+","session_token":"IQoJb3JpZ2luX2Vjm6Yq5qhAged0JF0C7/M0kilbqJH7AtGDqKKW9XnNQFs=","account":"000000000000","principal_arn":"arn:aws:sts::000000000000:assumed-role/worker/visitor","expires":1795983103000}}
    {"GroupTurn":{"queue":5926402472146074769,"group":"a","turn":{"since":1795979503316,"number":1883221003669078017}}}
    {"ObjectVersion":{"bucket":"archive","key":"whole","number":1883221003669078038,"id":"IFNsZtkGZyI6cefgtEZnNBj5zuKsrVV9","last_modified":1795979503000,"state":{"Object":{"body":{"Parts":{"parts":[{"id":"row-01a228b7b99772949bc3bd898f5d75cd","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796065903316]},"upload_id":"DbMPmAkZ9lc0enVhIaZwQyY5ILHdXpljorOXu1i7ZGUlYwTcABSQ9njymGMgIgeoF5GEHmRZ9kJpLROuseJAHGy7X1Sez6L24pAuiFLUei9zD8tjCwR1cc96ksV8WbWT"}}}}
    {"Upload":{"bucket":"archive","key":"under way","number":1883221003669078039,"id":"mVy6Y70W7l-P8gzLlnmlb8UFoTZQ85YgDGo3FfmDstKCms7HGlAO1CJE7N4F9BA3g34x5dBW7khiPHwHs3lSnJ0oxgWxA94DR7Gp6UoJ-ZnwgpC3k0Blbya75ZfqN7K3","initiated":1795979503316,"account":"000000000000","object":{"body":{"Parts":{"parts":[],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796065903316]}}}}
    {"Part":{"bucket":"archive","key":"under way","upload":1883221003669078039,"number":1,"last_modified":1795979503000,"body":{"id":"row-01a228b7b9cf74f380c456ee1d3f7096","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}}}
    {"LogGroup":{"account":"000000000000","region":"us-east-1","name":"shop/web","created":1795979503316,"class":"INFREQUENT_ACCESS","retention_days":30,"is_protected":false,"tags":{"team":"Ünal"},"subscription_filters":[],"metric_filters":[{"name":"errors","pattern":"ERROR","transformations":[{"name":"errors","namespace":"shop","value":"1","default_value":0.0,"dimensions":null,"unit":"Count"}],"created":1795979503316}]}}
    {"LogStream":{"number":1883221003669078022,"account":"000000000000","region":"us-east-1","group":"/aws/lambda/worker","name":"2026/11/29/[$LATEST]eb26727991ee7f659c255906f9d2b599","created":1795979503316,"function":"arn:aws:lambda:us-east-1:000000000000:function:worker","gone":{"first_ms":null,"last_ms":null,"ingested":null}}}
    {"LogEvents":{"number":1883221003669078023,"stream":1883221003669078022,"ingested":1795979503316,"cause":41,"first_ms":1795979503316,"after_ms":[0],"lengths":[167],"text":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0c7a6b68ae8de5940afe217dbb81f77b9fcad26466e440a79ad48af42a49669c\n"}}
    {"LogResourcePolicy":{"account":"000000000000","region":"us-east-1","name":"route53","document":"{\"Version\": \"2012-10-17\", \"Statement\": []}","updated":1795979503316}}
    {"LogQueryDefinition":{"account":"000000000000","region":"us-east-1","id":"a8b8dacf-f649-4f5e-8dc5-73282fbdcd4e","name":"slow","query":"filter ms > 100 | limit 5","groups":["shop/web"],"language":"CWLI","modified":1795979503316}}
    "#);
}
