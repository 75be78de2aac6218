//! Server access logs: what is collected and when it is delivered, whom the target lets, and what ends it.

use kernel::call::CallId;
use serde_json::{Value, json};

use super::harness::{Cloud, account};
use crate::{Served, Signed, limits};

/// Two buckets of today, of which one takes the logs of the other, and of itself.
fn logged(policy: &Value) -> Cloud {
    let mut cloud = Cloud::new().with_bucket("photos").with_bucket("logs");
    if !policy.is_null() {
        let put = cloud
            .call("PutBucketPolicy", json!({ "Bucket": "logs", "Policy": policy.to_string() }));
        assert!(put.get("Error").is_none(), "{put}");
    }
    enable(&mut cloud, "photos", json!({}));
    cloud
}

fn enable(cloud: &mut Cloud, source: &str, more: Value) {
    let mut enabled = json!({ "TargetBucket": "logs", "TargetPrefix": format!("{source}/") });
    enabled.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let status = json!({ "LoggingEnabled": enabled });
    let put =
        cloud.call("PutBucketLogging", json!({ "Bucket": source, "BucketLoggingStatus": status }));
    assert!(put.get("Error").is_none(), "{put}");
}

/// What AWS's console adds to the policy of a target.
fn lets_in() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "logging.s3.amazonaws.com" },
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*",
            "Condition": {
                "ArnLike": { "aws:SourceArn": "arn:aws:s3:::*" },
                "StringEquals": { "aws:SourceAccount": "000000000000" },
            },
        }],
    })
}

/// A call that was handled, and its answer, which has left.
fn answered(cloud: &Cloud, method: &str, operation: &'static str, key: Option<&str>) -> Served {
    Served {
        call: Some(CallId(1)),
        bucket: "photos".into(),
        key: key.map(Into::into),
        operation: Some(operation),
        is_website: false,
        method: method.into(),
        request_line: format!("{method} /photos/{} HTTP/1.1", key.unwrap_or_default()),
        received: cloud.now,
        total_ms: 12,
        turn_around_ms: Some(7),
        remote_ip: "127.0.0.1".into(),
        requester: Some(cloud.caller.clone()),
        request_id: "3E57427F3EXAMPLE".into(),
        host_id: "s9lzHYrFp76ZVxRcpX9".into(),
        status: 200,
        error_code: None,
        sent_bytes: 0,
        received_bytes: 0,
        referer: None,
        user_agent: Some("aws-cli/2.31".into()),
        version_id: None,
        host: Some("photos.s3.localhost:4566".into()),
        signed: Some(Signed { is_version_2: false, in_url: false }),
    }
}

/// The lines of all logs of a target, without what all have in common.
fn lines(cloud: &Cloud) -> String {
    let mut told = String::new();
    for (key, text) in cloud.written_in("logs") {
        told += &format!("{key}\n");
        for line in text.lines() {
            told += &format!("  {}\n", line.split_once(' ').unwrap().1);
        }
    }
    told
}

#[test]
fn a_log_has_what_aws_says_of_each_request() {
    let mut cloud = logged(&lets_in());
    cloud.put("photos", "a b/ü.jpg", 1000, json!({}));
    cloud.served(answered(&cloud, "PUT", "PutObject", Some("a b/ü.jpg")));
    cloud.call("GetObject", json!({ "Bucket": "photos", "Key": "a b/ü.jpg" }));
    let read = answered(&cloud, "GET", "GetObject", Some("a b/ü.jpg"));
    cloud.served(Served { sent_bytes: 100, status: 206, ..read });
    let copy =
        json!({ "Bucket": "photos", "Key": "copy", "CopySource": "photos/a%20b/%C3%BC.jpg" });
    cloud.call("CopyObject", copy);
    cloud.served(answered(&cloud, "PUT", "CopyObject", Some("copy")));
    let delete = json!({ "Objects": [{ "Key": "a b/ü.jpg" }, { "Key": "x", "VersionId": "no" }] });
    cloud.call("DeleteObjects", json!({ "Bucket": "photos", "Delete": delete }));
    cloud.served(answered(&cloud, "POST", "DeleteObjects", None));
    let refused = answered(&cloud, "GET", "GetBucketPolicy", None);
    let error_code = Some("NoSuchBucketPolicy".into());
    cloud.served(Served { call: None, status: 404, error_code, sent_bytes: 297, ..refused });
    let anonymous = answered(&cloud, "HEAD", "HeadObject", Some("copy"));
    cloud.served(Served {
        call: None,
        status: 403,
        error_code: Some("AccessDenied".into()),
        requester: None,
        signed: None,
        referer: Some("http://example.com/page".into()),
        version_id: Some("null".into()),
        ..anonymous
    });
    let collected = lines(&cloud);
    let waiting: Vec<_> = kernel::service::Service::waiting(&cloud.s3);
    let moments = cloud.pass_s(300);
    insta::assert_snapshot!(
        format!("before: {collected:?} {waiting:?}\n{moments:?}\n{}", lines(&cloud)), @r#"
    before: "" ["the access log of photos is to be delivered"]
    ["2026-11-23T19:17:00.123Z"]
    photos/2026-11-23-19-17-00-910A2DEC89025CC1
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.PUT.OBJECT a%2520b/%25C3%25BC.jpg "PUT /photos/a b/ü.jpg HTTP/1.1" 200 - - 1000 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.OBJECT a%2520b/%25C3%25BC.jpg "GET /photos/a b/ü.jpg HTTP/1.1" 206 - 100 1000 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.COPY.OBJECT_GET a%2520b/%25C3%25BC.jpg - 200 - - 1000 - - - - - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.COPY.OBJECT copy "PUT /photos/copy HTTP/1.1" 200 - - 1000 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE BATCH.DELETE.OBJECT a%20b/%C3%BC.jpg - 204 - - 1000 - - - - - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE BATCH.DELETE.OBJECT x - 404 NoSuchVersion - - - - - - no s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.POST.MULTI_OBJECT_DELETE - "POST /photos/ HTTP/1.1" 200 - - - 12 - "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.BUCKETPOLICY - "GET /photos/ HTTP/1.1" 404 NoSuchBucketPolicy 297 - 12 - "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 - 3E57427F3EXAMPLE REST.HEAD.OBJECT copy "HEAD /photos/copy HTTP/1.1" 403 AccessDenied - - 12 7 "http://example.com/page" "aws-cli/2.31" null s9lzHYrFp76ZVxRcpX9 - - - photos.s3.localhost:4566 - - - -
    "#
    );
}

#[test]
fn what_is_collected_survives_a_restart() {
    let mut cloud = logged(&lets_in());
    cloud.put("photos", "a.jpg", 1000, json!({}));
    cloud.served(answered(&cloud, "PUT", "PutObject", Some("a.jpg")));
    cloud.restart();
    cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some("a.jpg")) });
    cloud.pass_s(limits::ACCESS_LOG_DELAY.as_secs());
    let entries = cloud.store.keys().filter(|key| key.kind == crate::Kind::AccessLogEntry.into());
    let left = entries.count();
    insta::assert_snapshot!(format!("{}{left} lines are left", lines(&cloud)), @r#"
    photos/2026-11-23-19-17-00-910A2DEC89025CC1
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.PUT.OBJECT a.jpg "PUT /photos/a.jpg HTTP/1.1" 200 - - 1000 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.OBJECT a.jpg "GET /photos/a.jpg HTTP/1.1" 200 - - - 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
    0 lines are left
    "#);
}

#[test]
fn a_log_is_delivered_only_where_its_target_lets_it() {
    let mut told = Vec::new();
    let other = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "logging.s3.amazonaws.com" },
          "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*",
          "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:s3:::other" } } },
    ] });
    let mut denied = lets_in();
    denied["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*",
    }));
    type Change = fn(&mut Cloud);
    let cases: [(&str, Value, Change); 9] = [
        ("no policy", Value::Null, |_| {}),
        ("the policy of another source", other, |_| {}),
        ("a policy that denies", denied, |_| {}),
        ("a policy that lets it in", lets_in(), |_| {}),
        ("an ACL that lets it in", Value::Null, |cloud| {
            let controls = json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] });
            let put = json!({ "Bucket": "logs", "OwnershipControls": controls });
            cloud.call("PutBucketOwnershipControls", put);
            let put = json!({ "Bucket": "logs", "ACL": "log-delivery-write" });
            cloud.call("PutBucketAcl", put);
        }),
        ("encrypted by KMS", lets_in(), |cloud| {
            let by = json!({ "SSEAlgorithm": "aws:kms" });
            let rules = json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": by }] });
            let put = json!({ "Bucket": "logs", "ServerSideEncryptionConfiguration": rules });
            cloud.call("PutBucketEncryption", put);
        }),
        ("its requesters pay", lets_in(), |cloud| {
            let pays = json!({ "Payer": "Requester" });
            let put = json!({ "Bucket": "logs", "RequestPaymentConfiguration": pays });
            cloud.call("PutBucketRequestPayment", put);
        }),
        ("gone", lets_in(), |cloud| {
            cloud.call("DeleteBucket", json!({ "Bucket": "logs" }));
        }),
        ("somebody else's", lets_in(), |cloud| {
            cloud.call("DeleteBucket", json!({ "Bucket": "logs" }));
            cloud.caller = account("111122223333");
            cloud.call("CreateBucket", json!({ "Bucket": "logs" }));
        }),
    ];
    for (what, policy, change) in cases {
        let mut cloud = logged(&policy);
        change(&mut cloud);
        cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some("a")) });
        cloud.pass_s(300);
        told.push(format!("{what}: {}", cloud.traced("s3:DeliverAccessLog").join("; ")));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    no policy: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: AccessDenied: logging.s3.amazonaws.com is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1 because no resource-based policy allows the s3:PutObject action
    the policy of another source: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: AccessDenied: logging.s3.amazonaws.com is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1 because no resource-based policy allows the s3:PutObject action
    a policy that denies: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: AccessDenied: logging.s3.amazonaws.com is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1 with an explicit deny in a resource-based policy
    a policy that lets it in: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: ok
    an ACL that lets it in: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: ok
    encrypted by KMS: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: InvalidTargetBucketForLogging: Server access logs are not delivered to a bucket that is encrypted with keys of KMS by default
    its requesters pay: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: InvalidTargetBucketForLogging: The target bucket for logging has its requesters pay
    gone: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: InvalidTargetBucketForLogging: The target bucket for logging does not exist
    somebody else's: logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1: InvalidTargetBucketForLogging: The owner for the bucket to be logged and the target bucket must be the same.
    ");
}

#[test]
fn objects_of_a_log_are_named_and_owned_as_on_aws() {
    let mut cloud = logged(&lets_in());
    let controls = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerPreferred" }] });
    cloud.call(
        "PutBucketOwnershipControls",
        json!({ "Bucket": "logs", "OwnershipControls": controls }),
    );
    let everybody = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    let grants =
        json!([{ "Grantee": { "Type": "Group", "URI": everybody }, "Permission": "READ" }]);
    let mut keys = Vec::new();
    for format in [
        json!({ "SimplePrefix": {} }),
        json!({ "PartitionedPrefix": {} }),
        json!({ "PartitionedPrefix": { "PartitionDateSource": "DeliveryTime" } }),
        json!({ "PartitionedPrefix": { "PartitionDateSource": "EventTime" } }),
    ] {
        enable(
            &mut cloud,
            "photos",
            json!({ "TargetObjectKeyFormat": format, "TargetGrants": grants }),
        );
        let get =
            |cloud: &Cloud| Served { call: None, ..answered(cloud, "GET", "GetObject", Some("a")) };
        // The second is of the next day.
        let (first, second) =
            (get(&cloud), Served { received: cloud.now.after_s(17_279), ..get(&cloud) });
        cloud.served(first);
        cloud.served(second);
        cloud.pass_s(300);
        let listed = cloud.call("ListObjectsV2", json!({ "Bucket": "logs" }));
        let new = listed["Contents"].as_array().unwrap().iter();
        let new: Vec<_> = new.map(|it| it["Key"].as_str().unwrap().to_owned()).collect();
        keys.extend(new.iter().map(|key| format!("{format}: {key}")));
        for key in &new[..new.len() - 1] {
            cloud.call("DeleteObject", json!({ "Bucket": "logs", "Key": key }));
        }
        if format["SimplePrefix"].is_object() || keys.len() == 5 {
            let acl = cloud.call("GetObjectAcl", json!({ "Bucket": "logs", "Key": new[0] }));
            keys.push(acl.to_string());
        }
        cloud.call("DeleteObject", json!({ "Bucket": "logs", "Key": new[new.len() - 1] }));
    }
    insta::assert_snapshot!(keys.join("\n"), @r#"
    {"SimplePrefix":{}}: photos/2026-11-23-19-17-00-910A2DEC89025CC1
    {"Owner":{"ID":"3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61"},"Grants":[{"Grantee":{"Type":"CanonicalUser","ID":"3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61"},"Permission":"FULL_CONTROL"},{"Grantee":{"Type":"CanonicalUser","ID":"4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"},"Permission":"FULL_CONTROL"},{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},"Permission":"READ"}]}
    {"PartitionedPrefix":{}}: photos/000000000000/us-east-1/photos/2026/11/23/2026-11-23-19-22-00-71C18690EE42C90B
    {"PartitionedPrefix":{"PartitionDateSource":"DeliveryTime"}}: photos/000000000000/us-east-1/photos/2026/11/23/2026-11-23-19-27-00-E099EC6CD7363CA5
    {"PartitionedPrefix":{"PartitionDateSource":"EventTime"}}: photos/000000000000/us-east-1/photos/2026/11/23/2026-11-23-00-00-00-CB435C8E74616796
    {"PartitionedPrefix":{"PartitionDateSource":"EventTime"}}: photos/000000000000/us-east-1/photos/2026/11/24/2026-11-24-00-00-00-7476CF8A4BAA5DC0
    "#);
}

#[test]
fn the_log_of_a_bucket_in_itself_comes_to_an_end() {
    let mut cloud = logged(&lets_in());
    enable(&mut cloud, "logs", json!({}));
    cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some("a")) });
    // What follows from the one request: its delivery is a line that waits for another request.
    let moments = cloud.pass_days(30);
    let first = lines(&cloud);
    let asked = Served {
        call: None,
        bucket: "logs".into(),
        ..answered(&cloud, "GET", "ListObjectsV2", None)
    };
    cloud.served(asked);
    cloud.pass_days(30);
    let count = cloud.written_in("logs").len();
    insta::assert_snapshot!(format!("{moments:?}\n{first}\nthen {count} objects\n{}", lines(&cloud)), @r#"
    ["2026-11-23T19:17:00.123Z"]
    photos/2026-11-23-19-17-00-910A2DEC89025CC1
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.OBJECT a "GET /photos/a HTTP/1.1" 200 - - - 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -

    then 2 objects
    logs/2026-12-23-19-17-00-87B341D690D7A28A
      logs [23/Nov/2026:19:17:00 +0000] - 3272ee65a908a7677109fedda345db8d9554ba26398b2ca10581de88777e2b61 MJUFEZDUGNSD3PPD REST.PUT.OBJECT photos/2026-11-23-19-17-00-910A2DEC89025CC1 "PUT /logs/photos/2026-11-23-19-17-00-910A2DEC89025CC1 HTTP/1.1" 200 - - 344 - - "-" "aws-internal/3" - w00L/5AVAoDgmexs1zY8pYXnuw8SJ4V1SRcY3jV+PajLQ1yOdGFnlmd13HcBVk9hmvzUTRTPi/50 - - - - - - - -
      logs [23/Dec/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.BUCKET - "GET /photos/ HTTP/1.1" 200 - - - 12 - "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
    photos/2026-11-23-19-17-00-910A2DEC89025CC1
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.OBJECT a "GET /photos/a HTTP/1.1" 200 - - - 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
    "#);
}

#[test]
fn many_requests_are_delivered_before_their_time() {
    let mut cloud = logged(&lets_in());
    for number in 0..1000 {
        let key = format!("picture-{number}");
        cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some(&key)) });
        cloud.pass_s(0);
    }
    let early = cloud.written_in("logs");
    let sizes: Vec<usize> = early.iter().map(|(_, text)| text.len()).collect();
    assert!(sizes.iter().all(|size| *size < limits::ACCESS_LOG_SIZE_BYTES_MAX + 1000), "{sizes:?}");
    cloud.pass_s(300);
    let lines: usize = cloud.written_in("logs").iter().map(|(_, text)| text.lines().count()).sum();
    insta::assert_snapshot!(format!("{} objects early, {lines} lines in all", early.len()), @"10 objects early, 1000 lines in all");
}

#[test]
fn what_is_collected_goes_where_it_would_have_when_a_log_ends() {
    let mut cloud = logged(&lets_in());
    cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some("a")) });
    cloud.call("PutBucketLogging", json!({ "Bucket": "photos", "BucketLoggingStatus": {} }));
    cloud.served(Served { call: None, ..answered(&cloud, "GET", "GetObject", Some("b")) });
    let moments = cloud.pass_days(1);
    insta::assert_snapshot!(format!("{}{moments:?} {}", lines(&cloud), cloud.s3.logs_requests()), @r#"
    photos/2026-11-23-19-12-00-910A2DEC89025CC1
      photos [23/Nov/2026:19:12:00 +0000] 127.0.0.1 4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49 3E57427F3EXAMPLE REST.GET.OBJECT a "GET /photos/a HTTP/1.1" 200 - - - 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - - -
    [] false
    "#);
}

#[test]
fn a_lifecycle_is_in_the_log_and_a_needed_list_is_named() {
    let mut cloud = logged(&lets_in());
    let rules = json!({ "Rules": [{
        "ID": "all", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 },
    }] });
    let put = json!({ "Bucket": "photos", "LifecycleConfiguration": rules });
    cloud.call("PutBucketLifecycleConfiguration", put);
    cloud.put("photos", "a b", 1000, json!({}));
    cloud.pass_days(3);
    let controls = json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] });
    cloud.call("DeletePublicAccessBlock", json!({ "Bucket": "photos" }));
    let put = json!({ "Bucket": "photos", "OwnershipControls": controls });
    cloud.call("PutBucketOwnershipControls", put);
    cloud.put("photos", "public", 5, json!({ "ACL": "public-read" }));
    cloud.caller = account("111122223333");
    cloud.call("GetObject", json!({ "Bucket": "photos", "Key": "public" }));
    cloud.served(answered(&cloud, "GET", "GetObject", Some("public")));
    cloud.pass_s(300);
    insta::assert_snapshot!(lines(&cloud), @r#"
    photos/2026-11-25-00-05-00-F893A2EEFB32555E
      photos [25/Nov/2026:00:00:00 +0000] - AmazonS3 BGZESEU7PTCCHD57 S3.EXPIRE.OBJECT a%20b - - - - 1000 - - - - - - - - - - - - - -
    photos/2026-11-26-19-17-00-C34D0BFF90150280
      photos [26/Nov/2026:19:12:00 +0000] 127.0.0.1 7f2216b8bb8209ece647cdb33d518f809273e2e06b189f0321680c9af1b10a78 3E57427F3EXAMPLE REST.GET.OBJECT public "GET /photos/public HTTP/1.1" 200 - - 5 12 7 "-" "aws-cli/2.31" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader photos.s3.localhost:4566 - - Yes -
    "#);
}

#[test]
fn grants_need_a_target_that_has_lists() {
    let mut cloud = Cloud::new().with_bucket("photos").with_bucket("logs");
    let grants = json!([{ "Grantee": { "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }, "Permission": "READ" }]);
    let status = json!({ "LoggingEnabled": { "TargetBucket": "logs", "TargetPrefix": "", "TargetGrants": grants } });
    let put = cloud
        .call("PutBucketLogging", json!({ "Bucket": "photos", "BucketLoggingStatus": status }));
    insta::assert_snapshot!(put, @r#"{"Error":{"Code":"AccessControlListNotSupported","Message":"Target grants not allowed for bucket owner enforced buckets"},"Status":400}"#);
}
