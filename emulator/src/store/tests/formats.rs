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
    insta::assert_snapshot!(format!("format {FORMAT}\n{}", samples.join("\n")), @r##"
    format 8
    {"Ids":134}
    {"Bucket":{"name":"archive","region":"us-east-1","owner":"000000000000","created":1796007669000,"policy":null,"cors":null,"public_access_block":null,"ownership":"ObjectWriter","acl":[["FULL_CONTROL",{"CanonicalUser":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"}],["READ",{"Group":"AuthenticatedUsers"}]],"tags":null,"versioning":"Enabled","object_lock":{"default":["GOVERNANCE",{"Days":1}]},"notification":[],"documents":{"Accelerate":"{\"Status\":\"Enabled\"}","Encryption":"{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"12345678-1234-1234-1234-123456789012\"},\"BucketKeyEnabled\":false}]}","IntelligentTiering/old":"{\"Id\":\"old\",\"Status\":\"Enabled\",\"Tierings\":[{\"Days\":90,\"AccessTier\":\"ARCHIVE_ACCESS\"}]}","Inventory/all":"{\"Destination\":{\"S3BucketDestination\":{\"Bucket\":\"arn:aws:s3:::plain\",\"Format\":\"CSV\"}},\"IsEnabled\":true,\"Id\":\"all\",\"IncludedObjectVersions\":\"All\",\"Schedule\":{\"Frequency\":\"Daily\"}}","Lifecycle":"{\"Rules\":[{\"Expiration\":{\"Days\":30},\"ID\":\"logs\",\"Filter\":{\"Prefix\":\"logs/\"},\"Status\":\"Enabled\",\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3,\"NewerNoncurrentVersions\":2}}],\"TransitionDefaultMinimumObjectSize\":\"all_storage_classes_128K\"}","Metrics/all":"{\"Id\":\"all\"}","RequestPayment":"{\"Payer\":\"Requester\"}","Website":"{\"IndexDocument\":{\"Suffix\":\"index.html\"},\"ErrorDocument\":{\"Key\":\"error.html\"}}"}}}
    {"Object":{"bucket":"pictures","key":"public/a.txt","last_modified":1796007669000,"state":{"Object":{"body":{"Whole":{"id":"row-01a22a657a9174edb091709429e856ce","size_bytes":12,"md5":"d4902183b196a5f5f6cc13df5ad673fa","sha256":"78cf1fcd450e1ea3cd2c78dadb76568a1c6500db32c4c860b53ebb752e2a2165","checksum":["SHA256","eM8fzUUOHqPNLHja23ZWihxlANsyxMhgtT67dS4qIWU="]}},"headers":{"content_type":"text/plain; charset=utf-8","cache_control":"max-age=60","content_disposition":"attachment; filename=\"a.txt\"","content_language":"de"},"metadata":{"camera":"old"},"tags":[{"Key":"kind","Value":"note"},{"Key":"size","Value":"small"}]}}}}
    {"Queue":{"Live":{"arn":"arn:aws:sqs:us-east-1:000000000000:orders","id":8683355514391097905,"attributes":{"MessageRetentionPeriod":"86400","Policy":"{\"Version\":\"2008-10-17\",\"Id\":\"arn:aws:sqs:us-east-1:000000000000:orders/SQSDefaultPolicy\",\"Statement\":[{\"Sid\":\"friends\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"SQS:SendMessage\",\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:orders\"}]}","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:orders-dead\",\"maxReceiveCount\":1}","VisibilityTimeout":"40"},"tags":{"owner":"Ünal","stage":"test"},"created":1796007623078,"modified":1796007623078,"purged":null}}}
    {"Message":{"queue":8683355514391097905,"sequence":1883250532368252929,"content":{"id":173055805183224799613817518008081296568,"body":"is in flight","attributes":{"bytes":{"data_type":"Binary","value":{"Binary":[0,255]}},"number":{"data_type":"Number.int","value":{"Text":"17"}},"text":{"data_type":"String","value":{"Text":"ein Stück"}}},"trace_header":"Root=1-5759e988-bd862e3fe1be46a994272793","sender_id":"000000000000","sent":1796007664078,"visible_from":1796007664078,"cause":8}}}
    {"MessageState":{"queue":18157614716798955062,"sequence":1883250537611132933,"available_at":1796007789078,"receives":1,"first_received":1796007669078,"last_received":1796007669078}}
    {"Function":{"latest":{"deployment":{"arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","revision_id":"f23f3085-28f6-4615-977c-250823deb5e6","version":"$LATEST","runtime":"provided.al2023","handler":"bootstrap","code":{"id":"row-01a22a657a22706ba41482ea5e0c62a5","size_bytes":141,"md5":[85,193,130,74,158,161,146,181,12,135,96,91,95,35,83,125],"sha256":[186,64,74,131,130,156,182,116,40,55,176,184,31,45,118,31,28,246,50,185,214,55,220,15,232,219,23,119,207,247,74,109],"checksum":null},"layers":[],"environment":{"STAGE":"test"},"memory_size_mib":256,"ephemeral_storage_mib":512,"timeout_s":20,"role":"arn:aws:iam::000000000000:role/worker","log_group":"/aws/lambda/worker","log_levels":null},"configuration":{"description":"never done","dead_letter_target":"arn:aws:sqs:us-east-1:000000000000:orders-dead","architecture":"x86_64","tracing_mode":"PassThrough","has_environment":true,"vpc":null,"has_snap_start":false,"file_systems":[],"kms_key_arn":null},"revision_id":"5dd86a93-a7d2-4dce-bf4c-258c4b79f397","policy":[{"sid":"bucket","action":"lambda:InvokeFunction","principal":{"Service":"s3.amazonaws.com"},"condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}}],"runtime_management":"Auto","last_modified":1796007669078},"published":0,"has_changed":true,"tags":{"stage":"test"},"reserved_concurrency":null,"recursive_loop":"Terminate","code_signing_config":null}}
    {"Mapping":{"id":"ced5b298-d7b8-4553-bc24-e05852a27a31","queue":"arn:aws:sqs:us-east-1:000000000000:later","function":"arn:aws:lambda:us-east-1:000000000000:function:plain","batch_size":10,"window_s":3,"reports_failures":false,"enabled":false,"maximum_concurrency":null,"tags":{},"last_modified":1796007669078}}
    {"Invocation":{"id":"4b374b44-caf4-49c0-a8c4-7a8b4ae91ff3","invoked_arn":"arn:aws:lambda:us-east-1:000000000000:function:worker","source":{"Event":{"payload":"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"awsRegion\":\"us-east-1\",\"eventTime\":\"2026-11-30T03:01:09.078Z\",\"eventName\":\"ObjectCreated:Put\",\"userIdentity\":{\"principalId\":\"AWS:test\"},\"requestParameters\":{\"sourceIPAddress\":\"127.0.0.1\"},\"responseElements\":{\"x-amz-request-id\":\"LM35P4Q2C8GYKRM9\",\"x-amz-id-2\":\"c3MtILOQG5GAulvXEqeXo/u2eF+jgI5Cy8JF5sxVKQnthMpxpDhTHBIl3JWKZAoIism2hKNBJf8P\"},\"s3\":{\"s3SchemaVersion\":\"1.0\",\"configurationId\":\"resize\",\"bucket\":{\"name\":\"pictures\",\"ownerIdentity\":{\"principalId\":\"AFBC963A47211F\"},\"arn\":\"arn:aws:s3:::pictures\"},\"object\":{\"key\":\"uploads/1.png\",\"size\":17,\"eTag\":\"13a7a33428475438b0a6ff41ce494fe0\",\"sequencer\":\"00000000000000005F\"}}}]}"}},"attempts":0,"created":1796007669078,"retry_at":null,"cause":61}}
    {"Deduplication":{"queue":6778538635623232578,"key":{"id":"7dc96f776c8423e57a2785489a3f9c43fb6e756876d6ad9a9cac4aa4e72ec193","group":null},"sent":{"message":131072926388237601255897444615720791944,"sequence":1883250534465404928,"at":1796007666078}}}
    {"MoveTasks":{"source":"arn:aws:sqs:us-east-1:000000000000:letters-dead","tasks":[{"id":"9bdea367-8aab-466f-86e7-9e7c4465a7cb","destination":"arn:aws:sqs:us-east-1:000000000000:letters","messages_per_s":1,"started":1796007669078,"to_move":3,"moved":0,"status":{"Running":{"next":1796007670078}}}]}}
    {"Session":{"access_key_id":"ASIARQD8W5J5VEP37SU9","secret_access_key":"WDJcvvRHbbNxThgWaPG3WN9VPAml19K0EDoToius","session_token":"IQoJb3JpZ2luX2VjvQp9GgvH2qGVTBs9AD5UrayTQkBf7B6SMjas4wTTzMk=","account":"000000000000","principal_arn":"arn:aws:sts::000000000000:assumed-role/worker/visitor","expires":1796011269000}}
    {"GroupTurn":{"queue":6778538635623232578,"group":"a","turn":{"since":1796007669078,"number":1883250537611132929}}}
    {"ObjectVersion":{"bucket":"archive","key":"whole","number":1883250537611132950,"id":"v1b7G3Qr2nKldF15oUvaZCCKUrQW.r5N","last_modified":1796007669000,"state":{"Object":{"body":{"Parts":{"parts":[{"id":"row-01a22a657b3c70fa8fd08328f270b427","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796094069078]},"upload_id":"UuaFJjZt-uvWUYI-btBcTwuvMf_RMnFxxGKm-otyYGCRDq8uqCJ3En9gZIjhmevgSMQjROMN-v6LBuTx5cQxCQZ_SL9_Ne62TzdQ3qhGKM5S2i5dpkTnHIW9-jsng4i9"}}}}
    {"Upload":{"bucket":"archive","key":"under way","number":1883250537611132951,"id":"AAK13oFvFO2QUJztimIg54EoAGicrEz13V70VOd8SyowD2Ad_xWBFllYqF6uIXdoGiATvFQPFPp9nuwhUfLrL3XMiMiG1NCLTiyNBQ-L8e_T_iVh7ejQgS6DkSCWD3NC","initiated":1796007669078,"account":"000000000000","object":{"body":{"Parts":{"parts":[],"checksum":["CRC32","COMPOSITE"]}},"tags":[{"Key":"kind","Value":"parts"}],"encryption":{"Kms":{"arn":"arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"}},"lock":{"retention":["GOVERNANCE",1796094069078]}}}}
    {"Part":{"bucket":"archive","key":"under way","upload":1883250537611132951,"number":1,"last_modified":1796007669000,"body":{"id":"row-01a22a657b4d76edb4769bf022c60fdf","size_bytes":8,"md5":"abcdf51414383cb4ddb47c092f585c46","sha256":"4eca3d52a33b6ab905986232041979f634ecc361460db3a63116e2d3767c7313","checksum":["CRC32","RtNE8Q=="]}}}
    {"LogGroup":{"account":"000000000000","region":"us-east-1","name":"shop/web","created":1796007669078,"class":"INFREQUENT_ACCESS","retention_days":30,"is_protected":false,"tags":{"team":"Ünal"},"subscription_filters":[],"metric_filters":[{"name":"errors","pattern":"ERROR","transformations":[{"name":"errors","namespace":"shop","value":"1","default_value":0.0,"dimensions":null,"unit":"Count"}],"created":1796007669078}]}}
    {"LogStream":{"number":1883250537611132934,"account":"000000000000","region":"us-east-1","group":"/aws/lambda/worker","name":"2026/11/30/[$LATEST]a6887fe5686523463b2dd74bf2a311b1","created":1796007669078,"function":"arn:aws:lambda:us-east-1:000000000000:function:worker","gone":{"first_ms":null,"last_ms":null,"ingested":null}}}
    {"LogEvents":{"number":1883250537611132935,"stream":1883250537611132934,"ingested":1796007669078,"cause":41,"first_ms":1796007669078,"after_ms":[0],"lengths":[167],"text":"INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:0c7a6b68ae8de5940afe217dbb81f77b9fcad26466e440a79ad48af42a49669c\n"}}
    {"LogResourcePolicy":{"account":"000000000000","region":"us-east-1","name":"route53","document":"{\"Version\": \"2012-10-17\", \"Statement\": []}","updated":1796007669078}}
    {"LogQueryDefinition":{"account":"000000000000","region":"us-east-1","id":"eefcaf48-4525-4109-b4f1-bfe3a838546d","name":"slow","query":"filter ms > 100 | limit 5","groups":["shop/web"],"language":"CWLI","modified":1796007669078}}
    {"Metric":{"number":1883250528092160028,"account":"000000000000","region":"us-east-1","namespace":"AWS/SQS","name":"ApproximateNumberOfMessagesNotVisible","dimensions":[["QueueName","orders-dead"]]}}
    {"MetricPoints":{"number":1883250537611132959,"metric":1883250537611132958,"unit":"None","step_s":60,"start_s":1796007600,"points":"AQIAAAAAAAAAQM3MzMzMzAhAmpmZmZmZuT8AAAAAAAAIQAIAmpmZmZmZuT8AAAAAAADwPwAAAAAAAAhAAAAAAAAA8D8="}}
    {"Alarm":{"account":"000000000000","region":"us-east-1","name":"both","is_composite":true,"configuration":"{\"AlarmName\":\"both\",\"AlarmRule\":\"ALARM(\\\"busy\\\") AND NOT OK(twice)\",\"OKActions\":[],\"AlarmActions\":[\"arn:aws:sns:us-east-1:000000000000:ops\"],\"InsufficientDataActions\":[],\"ActionsSuppressor\":\"twice\",\"ActionsSuppressorWaitPeriod\":60,\"ActionsSuppressorExtensionPeriod\":120}","updated":1796007669078,"state":"ALARM","reason":"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy transitioned to ALARM at Monday 30 November, 2026 03:01:09 UTC","reason_data":"{\"triggeringAlarms\":[{\"arn\":\"arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy\",\"state\":{\"value\":\"ALARM\",\"timestamp\":\"2026-11-30T03:01:09.078+0000\"}}]}","state_updated":1796007669078,"state_transitioned":1796007669078,"tags":{},"suppressed":["WaitPeriod",1796007729078]}}
    {"AlarmHistory":{"number":1883250537611132964,"account":"000000000000","region":"us-east-1","alarm":"twice","is_composite":false,"at":1796007669078,"kind":"ConfigurationUpdate","summary":"Alarm \"twice\" created","data":"{\"version\":\"1.0\",\"type\":\"Create\",\"createdAlarm\":{\"alarmName\":\"twice\",\"okactions\":[],\"alarmActions\":[],\"insufficientDataActions\":[],\"dimensions\":[],\"evaluationPeriods\":1,\"threshold\":9.0,\"comparisonOperator\":\"LessThanThreshold\",\"treatMissingData\":\"breaching\",\"metrics\":[{\"id\":\"m\",\"metricStat\":{\"metric\":{\"namespace\":\"shop\",\"metricName\":\"orders\",\"dimensions\":[]},\"period\":60,\"stat\":\"p90\"},\"returnData\":false},{\"id\":\"e\",\"expression\":\"FILL(m, 0) * 2\",\"label\":\"twice\"}],\"alarmArn\":\"arn:aws:cloudwatch:us-east-1:000000000000:alarm:twice\",\"actionsEnabled\":true,\"alarmConfigurationUpdatedTimestamp\":\"2026-11-30T03:01:09.078+0000\",\"stateValue\":\"INSUFFICIENT_DATA\",\"stateUpdatedTimestamp\":\"2026-11-30T03:01:09.078+0000\"}}"}}
    {"Dashboard":{"account":"000000000000","name":"shop","body":"{\"widgets\": [{\"type\": \"text\", \"width\": 6, \"height\": 2, \"properties\": {\"markdown\": \"# L\\u00e4den\"}}]}","modified":1796007669078,"tags":{}}}
    {"InsightRule":{"account":"000000000000","region":"us-east-1","name":"callers","definition":"{\"Schema\": \"CloudWatchLogRule\", \"LogGroupNames\": [\"shop/web\"], \"LogFormat\": \"JSON\", \"Contribution\": {\"Keys\": [\"$.ip\"]}}","is_enabled":false,"tags":{}}}
    "##);
}
