//! Server access logs, as a bucket's owner finds them: who asked for what, and what came of it.

use aws_sdk_s3::types::{BucketLoggingStatus, LoggingEnabled};
use cloudless::Emulator;

use crate::raw::request;
use crate::{PATIENCE, Story, at_noon, s3};

/// A bucket `photos` whose log goes to `logs`, from where everybody may read.
async fn logged() -> anyhow::Result<Emulator> {
    let emulator = at_noon().await?;
    let s3 = s3(&emulator);
    for bucket in ["photos", "logs"] {
        s3.create_bucket().bucket(bucket).send().await?;
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]}"#;
    s3.put_bucket_policy().bucket("logs").policy(policy).send().await?;
    let enabled = LoggingEnabled::builder().target_bucket("logs").target_prefix("photos/");
    let status = BucketLoggingStatus::builder().logging_enabled(enabled.build()?).build();
    s3.put_bucket_logging().bucket("photos").bucket_logging_status(status).send().await?;
    Ok(emulator)
}

/// The lines of all objects of the log, without names that are new in each run.
async fn lines(emulator: &Emulator) -> anyhow::Result<String> {
    let s3 = s3(emulator);
    let mut told = String::new();
    let listed = s3.list_objects_v2().bucket("logs").send().await?;
    for object in listed.contents() {
        let key = object.key().unwrap_or_default();
        let got = s3.get_object().bucket("logs").key(key).send().await?;
        let text = String::from_utf8(got.body.collect().await?.to_vec())?;
        told += &format!("{} of {}\n", got.content_type.unwrap_or_default(), key.len());
        for line in text.lines() {
            told += &shown(line, emulator);
            told.push('\n');
        }
    }
    Ok(told)
}

/// A line without owner, ids, agents of SDKs and the port.
fn shown(line: &str, emulator: &Emulator) -> String {
    // One that is gone had another port.
    let host = emulator.address().ip().to_string();
    let line = line.replace(&format!("{host}:"), "HOST:");
    let mut fields: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in line.split(' ') {
        match fields.last_mut().filter(|_| quoted) {
            Some(last) => *last += &format!(" {word}"),
            None => fields.push(word.to_owned()),
        }
        quoted ^= word.matches('"').count() % 2 == 1;
    }
    let is_id = |at: &usize| [0, 5, 6, 19].contains(at);
    let of_sdk = |text: &str| text.starts_with("\"aws-sdk-rust");
    let shown = fields.iter().enumerate().filter(|(at, _)| !is_id(at));
    let shown = shown.map(|(_, text)| match text.as_str() {
        text if of_sdk(text) => "\"SDK\"",
        text if text.starts_with("HOST:") => "HOST",
        text => text,
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_log_says_who_asked_for_what() -> Story {
    let emulator = logged().await?;
    let s3 = s3(&emulator);
    let body = b"Hello, log!".to_vec();
    s3.put_object().bucket("photos").key("a b+ü.txt").body(body.into()).send().await?;
    let got = s3.get_object().bucket("photos").key("a b+ü.txt").range("bytes=0-4").send().await?;
    got.body.collect().await?;
    s3.head_object().bucket("photos").key("a b+ü.txt").send().await?;
    let _ = s3.get_object().bucket("photos").key("none").send().await;
    let _ = s3.head_object().bucket("photos").key("none").send().await;
    s3.list_objects_v2().bucket("photos").send().await?;
    s3.delete_object().bucket("photos").key("a b+ü.txt").send().await?;
    let anonymous = request("GET /photos/a%20b?versionId=null")
        .header("Referer", "http://example.com/\"page\"")
        .header("User-Agent", "curl/8");
    anonymous.send(&emulator).await?;
    request("POST /photos/a?nonsense").send(&emulator).await?;
    request("OPTIONS /photos/a").header("Origin", "http://a.example").send(&emulator).await?;
    emulator.settle(PATIENCE).await?;
    let early = lines(&emulator).await?;
    emulator.settle_until_idle(PATIENCE).await?;
    insta::assert_snapshot!(format!("before: {early:?}\n{}", lines(&emulator).await?), @r#"
    before: ""
    text/plain of 43
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.PUT.OBJECT a%2520b%252B%25C3%25BC.txt "PUT /photos/a%20b%2B%C3%BC.txt?x-id=PutObject HTTP/1.1" 200 - - 11 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.GET.OBJECT a%2520b%252B%25C3%25BC.txt "GET /photos/a%20b%2B%C3%BC.txt?x-id=GetObject HTTP/1.1" 206 - 5 11 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.HEAD.OBJECT a%2520b%252B%25C3%25BC.txt "HEAD /photos/a%20b%2B%C3%BC.txt HTTP/1.1" 200 - - 11 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.GET.OBJECT none "GET /photos/none?x-id=GetObject HTTP/1.1" 404 NoSuchKey 283 - 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.HEAD.OBJECT none "HEAD /photos/none HTTP/1.1" 404 NoSuchKey - - 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.GET.BUCKET - "GET /photos/?list-type=2 HTTP/1.1" 200 - 525 - 0 - "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.DELETE.OBJECT a%2520b%252B%25C3%25BC.txt "DELETE /photos/a%20b%2B%C3%BC.txt?x-id=DeleteObject HTTP/1.1" 204 - - 11 0 0 "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.GET.OBJECT a%2520b "GET /photos/a%20b?versionId=null HTTP/1.1" 403 AccessDenied 251 - 0 0 "http://example.com/"page"" "curl/8" null - - - HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.POST.OBJECT a "POST /photos/a?nonsense HTTP/1.1" 405 MethodNotAllowed 356 - 0 - "-" "-" - - - - HOST - - - -
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.OPTIONS.PREFLIGHT a "OPTIONS /photos/a HTTP/1.1" 403 AccessForbidden 350 - 0 - "-" "-" - - - - HOST - - - -
    "#);
    Ok(())
}

#[tokio::test]
async fn a_fork_has_the_lines_that_were_collected() -> Story {
    let emulator = logged().await?;
    s3(&emulator).list_objects_v2().bucket("photos").send().await?;
    let fork = emulator.fork().start().await?;
    for each in [&emulator, &fork] {
        each.settle_until_idle(PATIENCE).await?;
    }
    let (own, forked) = (lines(&emulator).await?, lines(&fork).await?);
    assert_eq!(own.replace("photos/", ""), forked.replace("photos/", ""));
    assert_eq!(own.lines().count(), 2, "{own}");
    Ok(())
}

#[tokio::test]
async fn a_log_outlives_the_emulator_that_collected_it() -> Story {
    let directory = tempfile::tempdir()?;
    let kept = || async {
        let clock = cloudless::clock::Clock::frozen(crate::NOON);
        let builder = Emulator::builder().clock(clock).seed(7);
        builder.data_dir(directory.path()).start().await
    };
    {
        let emulator = kept().await?;
        let s3 = s3(&emulator);
        for bucket in ["photos", "logs"] {
            s3.create_bucket().bucket(bucket).send().await?;
        }
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
            "Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]}"#;
        s3.put_bucket_policy().bucket("logs").policy(policy).send().await?;
        let enabled = LoggingEnabled::builder().target_bucket("logs").target_prefix("");
        let status = BucketLoggingStatus::builder().logging_enabled(enabled.build()?).build();
        s3.put_bucket_logging().bucket("photos").bucket_logging_status(status).send().await?;
        s3.list_objects_v2().bucket("photos").send().await?;
        emulator.stop().await;
    }
    let before = {
        let emulator = kept().await?;
        emulator.settle_until_idle(PATIENCE).await?;
        let before = lines(&emulator).await?;
        emulator.stop().await;
        before
    };
    // What was delivered is a body like any other.
    let emulator = kept().await?;
    assert_eq!(lines(&emulator).await?, before);
    insta::assert_snapshot!(before, @r#"
    text/plain of 36
    photos [23/Nov/2026:12:00:00 +0000] 127.0.0.1 REST.GET.BUCKET - "GET /photos/?list-type=2 HTTP/1.1" 200 - 237 - 0 - "-" "SDK" - SigV4 - AuthHeader HOST - - - -
    "#);
    Ok(())
}
