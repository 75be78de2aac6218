//! Data directories that older versions left, and those that something was taken from.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use aws_sdk_s3::types::Part;
use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
    ApproximateNumberOfMessagesNotVisible, RedrivePolicy,
};
use cloudless::Emulator;
use cloudless::clock::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::raw::request;
use crate::{NOON, Story, refusal, s3, sqs};

/// Where directories of older formats are checked in; see `emulator/src/store/formats`.
fn checked_in() -> anyhow::Result<Vec<PathBuf>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data-directories");
    let directories = fixtures.read_dir()?.map(|entry| Ok(entry?.path()));
    let mut directories = directories.collect::<anyhow::Result<Vec<_>>>()?;
    directories.sort();
    Ok(directories)
}

/// A data directory as it was when its emulator was killed.
fn unpacked(checked_in: &Path) -> anyhow::Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    let database = rusqlite::Connection::open(directory.path().join("records.sqlite3"))?;
    let sql = std::fs::read_to_string(checked_in.join("records.sql"))?;
    database.execute_batch(&format!("PRAGMA journal_mode = WAL; BEGIN; {sql} COMMIT;"))?;
    let blobs = directory.path().join("blobs");
    std::fs::create_dir(&blobs)?;
    for entry in checked_in.join("blobs").read_dir()? {
        let entry = entry?;
        std::fs::copy(entry.path(), blobs.join(entry.file_name()))?;
    }
    Ok(directory)
}

async fn never_done(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    std::future::pending().await
}

async fn start(directory: &Path) -> anyhow::Result<Emulator> {
    let emulator = Emulator::builder().clock(Clock::frozen(NOON)).data_dir(directory);
    let emulator = ["worker", "plain"].into_iter().fold(emulator, |emulator, name| {
        emulator.function(name, |_| async { Ok::<_, Error>(service_fn(never_done)) })
    });
    Ok(emulator.start().await?)
}

#[tokio::test]
async fn a_directory_of_every_format_gives_the_cloud_that_it_was_made_with() -> Story {
    let mut told = Vec::new();
    for checked_in in checked_in()? {
        let directory = unpacked(&checked_in)?;
        let emulator = start(directory.path()).await?;
        let mut of_this = String::new();
        tell_buckets(&emulator, &mut of_this).await?;
        tell_functions(&emulator, &mut of_this).await?;
        tell_queues(&emulator, &mut of_this).await?;
        emulator.stop().await;
        // And what it has become is read again.
        drop(start(directory.path()).await?);
        let name = checked_in.file_name().unwrap_or_default().to_string_lossy().into_owned();
        told.push((name, of_this));
    }
    let Some((newest, of_newest)) = told.pop() else { anyhow::bail!("no directory is checked in") };
    let mut all = format!("{newest}\n{of_newest}");
    for (name, of_this) in told {
        let others = of_this.lines().filter(|line| !of_newest.lines().any(|it| it == *line));
        let lacks = of_newest.lines().filter(|line| !of_this.lines().any(|it| it == *line));
        writeln!(all, "{name}, which is the same but for")?;
        others.for_each(|line| all += &format!("+ {line}\n"));
        lacks.for_each(|line| all += &format!("- {line}\n"));
    }
    insta::assert_snapshot!(all, @r#"
    format-7
    bucket archive
      frozen: 403 InvalidObjectState: The operation is not valid for the object's storage class
      whole: "binary/octet-stream" 8 bytes: one part
      version of frozen: null false, latest true, Some(Unknown(UnknownVariantValue("GLACIER")))
      version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
      version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
      version of whole: null false, latest true, Some(Standard)
      delete marker of report
      upload of under way: parts of [8] bytes
      lifecycle Some("logs")
      Some(DefaultRetention { mode: Some(Governance), days: Some(1), years: None, default_event_hold: None })
      Some(IndexDocument { suffix: "index.html" })
    bucket pictures
      policy {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/public/*"}]}
      cors ["https://shop.example"]
      tags stage
      notifies arn:aws:sqs:us-east-1:000000000000:jobs, arn:aws:lambda:us-east-1:000000000000:function:worker
      empty: "binary/octet-stream" 0 bytes: 
      large: "image/png" 65537 bytes: 0123456789abcdef0123
      public/a.txt: "text/plain; charset=utf-8" {"camera": "old"} 2 tags 12 bytes: a small text
      public/größe & maß.txt: "binary/octet-stream" 8 bytes: ein Wort
      uploads/1.png: "binary/octet-stream" 17 bytes: a picture, nearly
    bucket plain
      copy of large: "image/png" 65537 bytes: 0123456789abcdef0123
    bucket suspended
      a: "binary/octet-stream" 9 bytes: Suspended
      version of a: null true, latest true, Some(Standard)
      version of a: null false, latest false, Some(Standard)
    function plain: None Some(3) Some(128) None
    function worker: Some({"STAGE": "test"}) Some(20) Some(256) Some("arn:aws:sqs:us-east-1:000000000000:orders-dead")
    policy {"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"bucket","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:worker","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::pictures"}}}]}
    mapping of Some("arn:aws:sqs:us-east-1:000000000000:jobs"): Some("Enabled") Some(5)
    mapping of Some("arn:aws:sqs:us-east-1:000000000000:later"): Some("Disabled") Some(10)
    outstanding: 3 messages of letters-dead are to be moved
    outstanding: invocation of plain is running
    outstanding: invocation of worker is running
    outstanding: invocation of worker is running
    outstanding: invocation of worker is running
    queue jobs: 0 visible, 2 in flight, 0 delayed 
    queue later: 0 visible, 0 in flight, 0 delayed 
    queue letters: 0 visible, 0 in flight, 0 delayed {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:letters-dead","maxReceiveCount":3}
    queue letters-dead: 3 visible, 0 in flight, 0 delayed 
      letter 0
      letter 1
      letter 2
    queue orders: 1 visible, 1 in flight, 1 delayed {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:orders-dead","maxReceiveCount":1}
      is visible: ✓
    queue orders-dead: 1 visible, 0 in flight, 0 delayed 
      gives up
    queue steps.fifo: 4 visible, 1 in flight, 0 delayed 
      c1
      c2
      a1
      a2
    a task moves letters: "RUNNING", 0 of Some(3)
    format-1, which is the same but for
    +   b1
    - bucket archive
    -   frozen: 403 InvalidObjectState: The operation is not valid for the object's storage class
    -   whole: "binary/octet-stream" 8 bytes: one part
    -   version of frozen: null false, latest true, Some(Unknown(UnknownVariantValue("GLACIER")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of whole: null false, latest true, Some(Standard)
    -   delete marker of report
    -   upload of under way: parts of [8] bytes
    -   lifecycle Some("logs")
    -   Some(DefaultRetention { mode: Some(Governance), days: Some(1), years: None, default_event_hold: None })
    -   Some(IndexDocument { suffix: "index.html" })
    - bucket suspended
    -   a: "binary/octet-stream" 9 bytes: Suspended
    -   version of a: null true, latest true, Some(Standard)
    -   version of a: null false, latest false, Some(Standard)
    -   a1
    -   a2
    format-2, which is the same but for
    +   b1
    - bucket archive
    -   frozen: 403 InvalidObjectState: The operation is not valid for the object's storage class
    -   whole: "binary/octet-stream" 8 bytes: one part
    -   version of frozen: null false, latest true, Some(Unknown(UnknownVariantValue("GLACIER")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of whole: null false, latest true, Some(Standard)
    -   delete marker of report
    -   upload of under way: parts of [8] bytes
    -   lifecycle Some("logs")
    -   Some(DefaultRetention { mode: Some(Governance), days: Some(1), years: None, default_event_hold: None })
    -   Some(IndexDocument { suffix: "index.html" })
    - bucket suspended
    -   a: "binary/octet-stream" 9 bytes: Suspended
    -   version of a: null true, latest true, Some(Standard)
    -   version of a: null false, latest false, Some(Standard)
    -   a1
    -   a2
    format-3, which is the same but for
    - bucket archive
    -   frozen: 403 InvalidObjectState: The operation is not valid for the object's storage class
    -   whole: "binary/octet-stream" 8 bytes: one part
    -   version of frozen: null false, latest true, Some(Unknown(UnknownVariantValue("GLACIER")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of whole: null false, latest true, Some(Standard)
    -   delete marker of report
    -   upload of under way: parts of [8] bytes
    -   lifecycle Some("logs")
    -   Some(DefaultRetention { mode: Some(Governance), days: Some(1), years: None, default_event_hold: None })
    -   Some(IndexDocument { suffix: "index.html" })
    - bucket suspended
    -   a: "binary/octet-stream" 9 bytes: Suspended
    -   version of a: null true, latest true, Some(Standard)
    -   version of a: null false, latest false, Some(Standard)
    format-4, which is the same but for
    - bucket archive
    -   frozen: 403 InvalidObjectState: The operation is not valid for the object's storage class
    -   whole: "binary/octet-stream" 8 bytes: one part
    -   version of frozen: null false, latest true, Some(Unknown(UnknownVariantValue("GLACIER")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of report: null false, latest false, Some(Unknown(UnknownVariantValue("STANDARD_IA")))
    -   version of whole: null false, latest true, Some(Standard)
    -   delete marker of report
    -   upload of under way: parts of [8] bytes
    -   lifecycle Some("logs")
    -   Some(DefaultRetention { mode: Some(Governance), days: Some(1), years: None, default_event_hold: None })
    -   Some(IndexDocument { suffix: "index.html" })
    - bucket suspended
    -   a: "binary/octet-stream" 9 bytes: Suspended
    -   version of a: null true, latest true, Some(Standard)
    -   version of a: null false, latest false, Some(Standard)
    format-5, which is the same but for
    format-6, which is the same but for
    "#);
    Ok(())
}

async fn tell_buckets(emulator: &Emulator, told: &mut String) -> Story {
    let s3 = s3(emulator);
    for bucket in s3.list_buckets().send().await?.buckets() {
        let name = bucket.name().unwrap_or_default();
        writeln!(told, "bucket {name}")?;
        if name == "pictures" {
            let policy = s3.get_bucket_policy().bucket(name).send().await?;
            writeln!(told, "  policy {}", policy.policy().unwrap_or_default())?;
            let cors = s3.get_bucket_cors().bucket(name).send().await?;
            writeln!(told, "  cors {:?}", cors.cors_rules()[0].allowed_origins())?;
            let tags = s3.get_bucket_tagging().bucket(name).send().await?;
            writeln!(told, "  tags {}", tags.tag_set()[0].key())?;
            let hears = s3.get_bucket_notification_configuration().bucket(name).send().await?;
            let queue = hears.queue_configurations()[0].queue_arn();
            let function = hears.lambda_function_configurations()[0].lambda_function_arn();
            writeln!(told, "  notifies {queue}, {function}")?;
        }
        for object in s3.list_objects_v2().bucket(name).send().await?.contents() {
            let key = object.key().unwrap_or_default();
            let got = s3.get_object().bucket(name).key(key).send().await;
            if got.is_err() {
                writeln!(told, "  {key}: {}", refusal(got))?;
                continue;
            }
            let got = got?;
            write!(told, "  {key}: {:?}", got.content_type().unwrap_or_default())?;
            if let Some(metadata) = got.metadata().filter(|metadata| !metadata.is_empty()) {
                write!(told, " {metadata:?} {} tags", got.tag_count().unwrap_or_default())?;
            }
            // The checksum is compared by the client.
            let bytes = got.body.collect().await?.to_vec();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]);
            writeln!(told, " {} bytes: {text}", bytes.len())?;
        }
        if matches!(name, "archive" | "suspended") {
            tell_archive(&s3, name, told).await?;
        }
    }
    Ok(())
}

/// What a bucket has beside its newest objects.
async fn tell_archive(s3: &aws_sdk_s3::Client, name: &str, told: &mut String) -> Story {
    let versions = s3.list_object_versions().bucket(name).send().await?;
    for version in versions.versions() {
        let (key, class) = (version.key().unwrap_or_default(), version.storage_class());
        let is_null = version.version_id() == Some("null");
        let is_latest = version.is_latest().unwrap_or_default();
        writeln!(told, "  version of {key}: null {is_null}, latest {is_latest}, {class:?}")?;
    }
    for marker in versions.delete_markers() {
        writeln!(told, "  delete marker of {}", marker.key().unwrap_or_default())?;
    }
    for upload in s3.list_multipart_uploads().bucket(name).send().await?.uploads() {
        let (key, id) = (upload.key().unwrap_or_default(), upload.upload_id().unwrap_or_default());
        let parts = s3.list_parts().bucket(name).key(key).upload_id(id).send().await?;
        let sizes: Vec<_> = parts.parts().iter().filter_map(Part::size).collect();
        writeln!(told, "  upload of {key}: parts of {sizes:?} bytes")?;
    }
    if let Ok(lifecycle) = s3.get_bucket_lifecycle_configuration().bucket(name).send().await {
        writeln!(told, "  lifecycle {:?}", lifecycle.rules()[0].id())?;
        let lock = s3.get_object_lock_configuration().bucket(name).send().await?;
        let rule = lock.object_lock_configuration().and_then(|lock| lock.rule());
        writeln!(told, "  {:?}", rule.and_then(|rule| rule.default_retention()))?;
        let website = s3.get_bucket_website().bucket(name).send().await?;
        writeln!(told, "  {:?}", website.index_document())?;
    }
    Ok(())
}

async fn tell_functions(emulator: &Emulator, told: &mut String) -> Story {
    let lambda = aws_sdk_lambda::Client::new(&emulator.sdk_config());
    for function in lambda.list_functions().send().await?.functions() {
        let name = function.function_name().unwrap_or_default();
        let variables = function.environment().and_then(|it| it.variables());
        let letters = function.dead_letter_config().and_then(|it| it.target_arn());
        let (timeout_s, memory_mib) = (function.timeout(), function.memory_size());
        writeln!(told, "function {name}: {variables:?} {timeout_s:?} {memory_mib:?} {letters:?}")?;
    }
    let policy = lambda.get_policy().function_name("worker").send().await?;
    writeln!(told, "policy {}", policy.policy().unwrap_or_default())?;
    let mappings = lambda.list_event_source_mappings().send().await?;
    let mut mappings: Vec<_> = mappings.event_source_mappings().iter().collect();
    mappings.sort_by_key(|mapping| mapping.event_source_arn());
    for mapping in mappings {
        let (queue, state) = (mapping.event_source_arn(), mapping.state());
        writeln!(told, "mapping of {queue:?}: {state:?} {:?}", mapping.batch_size())?;
    }
    let outstanding = emulator.snapshot().outstanding();
    for outstanding in outstanding {
        // Without the invocation's name, which differs.
        let words: Vec<_> = outstanding.split(' ').filter(|word| word.len() != 36).collect();
        writeln!(told, "outstanding: {}", words.join(" "))?;
    }
    Ok(())
}

async fn tell_queues(emulator: &Emulator, told: &mut String) -> Story {
    let sqs = sqs(emulator);
    for url in sqs.list_queues().send().await?.queue_urls() {
        let asked = sqs.get_queue_attributes().queue_url(url);
        let asked = asked
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .attribute_names(ApproximateNumberOfMessagesDelayed)
            .attribute_names(RedrivePolicy);
        let attributes = asked.send().await?.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).cloned().unwrap_or_default();
        writeln!(
            told,
            "queue {}: {} visible, {} in flight, {} delayed {}",
            url.rsplit('/').next().unwrap_or_default(),
            count(ApproximateNumberOfMessages),
            count(ApproximateNumberOfMessagesNotVisible),
            count(ApproximateNumberOfMessagesDelayed),
            count(RedrivePolicy)
        )?;
        let received = sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = received.message_attribute_names("All").send().await?;
        for message in received.messages() {
            writeln!(told, "  {}", message.body().unwrap_or_default())?;
        }
    }
    let source = "arn:aws:sqs:us-east-1:000000000000:letters-dead";
    let tasks = sqs.list_message_move_tasks().source_arn(source).send().await?;
    for task in tasks.results() {
        writeln!(
            told,
            "a task moves letters: {:?}, {} of {:?}",
            task.status().unwrap_or_default(),
            task.approximate_number_of_messages_moved(),
            task.approximate_number_of_messages_to_move()
        )?;
    }
    Ok(())
}

/// Nothing is deleted beside what is gone, and what is put anew is there again.
#[tokio::test]
async fn an_object_whose_body_is_gone_fails_alone_and_is_named() -> Story {
    let directory = tempfile::tempdir()?;
    let start =
        || Emulator::builder().clock(Clock::frozen(NOON)).data_dir(directory.path()).start();
    let emulator = start().await?;
    let client = s3(&emulator);
    client.create_bucket().bucket("photos").send().await?;
    for (key, size) in [("large", 70_000), ("larger", 80_000), ("small", 10), ("smaller", 9)] {
        let body = vec![b'x'; size];
        client.put_object().bucket("photos").key(key).body(body.into()).send().await?;
    }
    emulator.stop().await;
    let files = directory.path().join("blobs");
    for entry in files.read_dir()? {
        let entry = entry?;
        if entry.metadata()?.len() == 70_000 {
            std::fs::remove_file(entry.path())?;
        }
    }
    let database = rusqlite::Connection::open(directory.path().join("records.sqlite3"))?;
    database.execute("DELETE FROM blob WHERE length(bytes) = 9", [])?;
    drop(database);

    let emulator = start().await?;
    let config = aws_sdk_s3::config::Builder::from(&emulator.sdk_config())
        .force_path_style(true)
        .retry_config(aws_config::retry::RetryConfig::disabled());
    let client = aws_sdk_s3::Client::from_conf(config.build());
    let mut told = Vec::new();
    for key in ["large", "larger", "small", "smaller"] {
        let listed = client.head_object().bucket("photos").key(key).send().await?;
        let got = client.get_object().bucket("photos").key(key).send().await;
        let answer = match got {
            Ok(got) => format!("{} bytes", got.body.collect().await?.to_vec().len()),
            refused => refusal(refused),
        };
        told.push(format!("{key}: {:?} bytes, {answer}", listed.content_length()));
    }
    told.push(request("GET /_cloudless/health").send(&emulator).await?.tell());
    client.put_object().bucket("photos").key("large").body(b"anew".to_vec().into()).send().await?;
    let anew = client.get_object().bucket("photos").key("large").send().await?;
    told.push(format!("{:?}", anew.body.collect().await?.to_vec().len()));
    insta::assert_snapshot!(told.join("\n"), @r#"
    large: Some(70000) bytes, 500 InternalError: We encountered an internal error. Please try again.
    larger: Some(80000) bytes, 80000 bytes
    small: Some(10) bytes, 10 bytes
    smaller: Some(9) bytes, 500 InternalError: We encountered an internal error. Please try again.
    200 {"version":"0.1.0","failure":null,"missing_bodies":"bodies are missing from the data directory; reading these fails: Object photos/large, Object photos/smaller","outstanding":[],"waiting":[]}
    4
    "#);
    Ok(())
}

#[tokio::test]
async fn a_directory_without_its_database_keeps_its_bodies() -> Story {
    let directory = tempfile::tempdir()?;
    let start = || Emulator::builder().data_dir(directory.path()).start();
    let emulator = start().await?;
    let client = s3(&emulator);
    client.create_bucket().bucket("photos").send().await?;
    let put = client.put_object().bucket("photos").key("large").body(vec![b'x'; 70_000].into());
    put.send().await?;
    emulator.stop().await;
    let database = directory.path().join("records.sqlite3");
    let kept = std::fs::read(&database)?;
    std::fs::remove_file(&database)?;

    let Err(refused) = start().await else { anyhow::bail!("it started") };
    let refused = refused.to_string().replace(&directory.path().display().to_string(), "DIR");
    insta::assert_snapshot!(refused, @"DIR/records.sqlite3 is missing, and beside it lie bodies of objects, which are of no use without it. Nothing was changed. Restore the data directory from a copy, move blobs away to begin with an empty cloud, or choose another with --data-dir");
    std::fs::write(&database, kept)?;
    let emulator = start().await?;
    let got = s3(&emulator).get_object().bucket("photos").key("large").send().await?;
    assert_eq!(got.body.collect().await?.to_vec().len(), 70_000);
    Ok(())
}
