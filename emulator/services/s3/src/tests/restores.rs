//! Restores: what is archived can be read again, for some days.

use insta::{assert_debug_snapshot, assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;

const HOUR_S: u64 = 60 * 60;

/// A bucket `archive` with a deeply archived object `a`, and a queue that hears of restores.
fn archive(class: &str) -> Cloud {
    let mut cloud = Cloud::new().with_bucket("archive");
    let queue = json!({
        "Id": "restores", "QueueArn": "arn:aws:sqs:us-east-1:000000000000:restores",
        "Events": ["s3:ObjectRestore:*"],
    });
    let input = json!({ "QueueConfigurations": [queue] });
    cloud.call(
        "PutBucketNotificationConfiguration",
        json!({ "Bucket": "archive", "NotificationConfiguration": input }),
    );
    cloud.put("archive", "a", 3, json!({ "StorageClass": class }));
    cloud.heard();
    cloud
}

fn restore(cloud: &mut Cloud, request: Value) -> String {
    let input = json!({ "Bucket": "archive", "Key": "a", "RestoreRequest": request });
    outcome(&cloud.call("RestoreObject", input))
}

/// The status, or what is refused.
fn outcome(answer: &Value) -> String {
    match answer.get("Error") {
        None => answer["$status"].to_string(),
        Some(error) => format!("{} {error}", answer["Status"]),
    }
}

/// What `HeadObject` says of the restore, whether the object can be read and copied, and what a listing
/// says.
fn seen(cloud: &mut Cloud) -> Vec<String> {
    let named = json!({ "Bucket": "archive", "Key": "a" });
    let head = cloud.call("HeadObject", named.clone());
    let read = cloud.call("GetObject", named);
    let copy = json!({ "Bucket": "archive", "Key": "b", "CopySource": "archive/a" });
    let copy = cloud.call("CopyObject", copy);
    let input = json!({
        "Bucket": "archive", "Prefix": "a", "OptionalObjectAttributes": ["RestoreStatus"],
    });
    let listed = cloud.call("ListObjectsV2", input.clone());
    let versions = cloud.call("ListObjectVersions", input);
    let status = &listed["Contents"][0]["RestoreStatus"];
    assert_eq!(status, &versions["Versions"][0]["RestoreStatus"]);
    let said = |answer: &Value| match answer.get("Error") {
        None => answer["StorageClass"].as_str().unwrap_or("ok").to_owned(),
        Some(error) => format!("{} {error}", answer["Status"]),
    };
    vec![
        format!("head {} {}", said(&head), head["Restore"].as_str().unwrap_or("-")),
        format!("get {}", said(&read)),
        format!("copy {}", said(&copy)),
        format!("list {status}"),
    ]
}

/// Names, versions and what else the events say since the last time.
fn heard(cloud: &mut Cloud) -> Vec<String> {
    let heard = cloud.heard();
    let records = heard.as_array().unwrap().iter().map(|it| &it["event"]["Records"][0]);
    let said = |it: &Value| {
        format!(
            "{} {} at {} by {} from {}: {} {}",
            it["eventName"],
            it["eventVersion"],
            it["eventTime"],
            it["userIdentity"]["principalId"],
            it["requestParameters"]["sourceIPAddress"],
            it["s3"]["object"],
            it["glacierEventData"]
        )
    };
    records.map(said).collect()
}

#[test]
fn a_restore_of_twelve_hours_gives_the_object_back_for_three_days() {
    let mut cloud = archive("DEEP_ARCHIVE");
    assert_debug_snapshot!(seen(&mut cloud), @r#"
    [
        "head DEEP_ARCHIVE -",
        "get 403 {\"Code\":\"InvalidObjectState\",\"Message\":\"The operation is not valid for the object's storage class\",\"StorageClass\":\"DEEP_ARCHIVE\"}",
        "copy 403 {\"Code\":\"InvalidObjectState\",\"Message\":\"Operation is not valid for the source object's storage class\",\"StorageClass\":\"DEEP_ARCHIVE\"}",
        "list null",
    ]
    "#);
    assert_snapshot!(restore(&mut cloud, json!({ "Days": 3 })), @"202");
    assert_debug_snapshot!(seen(&mut cloud), @r#"
    [
        "head DEEP_ARCHIVE ongoing-request=\"true\"",
        "get 403 {\"Code\":\"InvalidObjectState\",\"Message\":\"The operation is not valid for the object's storage class\",\"StorageClass\":\"DEEP_ARCHIVE\"}",
        "copy 403 {\"Code\":\"InvalidObjectState\",\"Message\":\"Operation is not valid for the source object's storage class\",\"StorageClass\":\"DEEP_ARCHIVE\"}",
        "list {\"IsRestoreInProgress\":true}",
    ]
    "#);
    assert_snapshot!(restore(&mut cloud, json!({ "Days": 3 })), @r#"409 {"Code":"RestoreAlreadyInProgress","Message":"Object restore is already in progress"}"#);

    // Neither a restart nor a moment less than it takes changes anything.
    cloud.restart();
    assert_debug_snapshot!(cloud.pass_s(12 * HOUR_S - 1), @"[]");
    assert_debug_snapshot!(cloud.pass_s(1), @r#"
    [
        "2026-11-24T07:12:00.123Z",
    ]
    "#);
    assert_debug_snapshot!(seen(&mut cloud), @r#"
    [
        "head DEEP_ARCHIVE ongoing-request=\"false\", expiry-date=\"Sat, 28 Nov 2026 00:00:00 GMT\"",
        "get DEEP_ARCHIVE",
        "copy ok",
        "list {\"IsRestoreInProgress\":false,\"RestoreExpiryDate\":1795824000}",
    ]
    "#);

    // Asked for again, it stays longer from now on.
    cloud.pass_days(1);
    assert_snapshot!(restore(&mut cloud, json!({ "Days": 5 })), @"200");
    cloud.restart();
    assert_debug_snapshot!(cloud.pass_days(10), @r#"
    [
        "2026-12-01T00:00:00.000Z",
    ]
    "#);
    assert_debug_snapshot!(&seen(&mut cloud)[..2], @r#"
    [
        "head DEEP_ARCHIVE -",
        "get 403 {\"Code\":\"InvalidObjectState\",\"Message\":\"The operation is not valid for the object's storage class\",\"StorageClass\":\"DEEP_ARCHIVE\"}",
    ]
    "#);
    assert_debug_snapshot!(heard(&mut cloud), @r#"
    [
        "\"ObjectRestore:Post\" \"2.1\" at \"2026-11-23T19:12:00.123Z\" by \"AWS:AKIAEXAMPLE\" from \"127.0.0.1\": {\"key\":\"a\",\"size\":3,\"eTag\":\"01010101010101010101010101010101\",\"sequencer\":\"000000000000000014\"} null",
        "\"ObjectRestore:Completed\" \"2.1\" at \"2026-11-24T07:12:00.123Z\" by \"AmazonCustomer:AFBC963A47211F\" from \"s3.amazonaws.com\": {\"key\":\"a\",\"size\":3,\"eTag\":\"01010101010101010101010101010101\",\"sequencer\":\"00000000000000001E\"} {\"restoreEventData\":{\"lifecycleRestorationExpiryTime\":\"2026-11-28T00:00:00.000Z\",\"lifecycleRestoreStorageClass\":\"DEEP_ARCHIVE\"}}",
        "\"ObjectRestore:Delete\" \"2.3\" at \"2026-12-01T00:00:00.000Z\" by \"s3.amazonaws.com\" from \"s3.amazonaws.com\": {\"key\":\"a\",\"size\":3,\"eTag\":\"01010101010101010101010101010101\",\"sequencer\":\"000000000000000028\"} null",
    ]
    "#);
    assert_debug_snapshot!([cloud.traced("s3:RestoreCompleted"), cloud.traced("s3:RestoreExpired")], @r#"
    [
        [
            "archive/a: ok",
        ],
        [
            "archive/a: ok",
        ],
    ]
    "#);
}

#[test]
fn tiers_take_as_long_as_aws_says_and_a_restore_can_be_made_faster() {
    let mut took = Vec::new();
    for (class, tier) in [
        ("GLACIER", "Expedited"),
        ("GLACIER", "Standard"),
        ("GLACIER", "Bulk"),
        ("DEEP_ARCHIVE", "Expedited"),
        ("DEEP_ARCHIVE", "Standard"),
        ("DEEP_ARCHIVE", "Bulk"),
    ] {
        let mut cloud = archive(class);
        let begun = cloud.now;
        let parameters = json!({ "Tier": tier });
        let said = restore(&mut cloud, json!({ "Days": 1, "GlacierJobParameters": parameters }));
        let until = cloud.s3.buckets["archive"].object("a").unwrap().restoration();
        let minutes = until.map(|it| it.until.since(begun).as_secs() / 60);
        took.push(format!("{class} {tier}: {said} {minutes:?}"));
    }
    assert_debug_snapshot!(took, @r#"
    [
        "GLACIER Expedited: 202 Some(5)",
        "GLACIER Standard: 202 Some(300)",
        "GLACIER Bulk: 202 Some(720)",
        "DEEP_ARCHIVE Expedited: 400 {\"Code\":\"InvalidArgument\",\"Message\":\"Retrieval option is not supported by this storage class\",\"ArgumentName\":\"Tier\",\"ArgumentValue\":\"Expedited\"} None",
        "DEEP_ARCHIVE Standard: 202 Some(720)",
        "DEEP_ARCHIVE Bulk: 202 Some(2880)",
    ]
    "#);

    let mut cloud = archive("GLACIER");
    let tier =
        |days: u32, tier: &str| json!({ "Days": days, "GlacierJobParameters": { "Tier": tier } });
    let said = [
        restore(&mut cloud, tier(1, "Bulk")),
        restore(&mut cloud, tier(1, "Bulk")),
        restore(&mut cloud, tier(2, "Expedited")),
        restore(&mut cloud, tier(1, "Expedited")),
        restore(&mut cloud, tier(1, "Standard")),
    ];
    assert_debug_snapshot!(said, @r#"
    [
        "202",
        "409 {\"Code\":\"RestoreAlreadyInProgress\",\"Message\":\"Object restore is already in progress\"}",
        "409 {\"Code\":\"RestoreAlreadyInProgress\",\"Message\":\"Object restore is already in progress\"}",
        "202",
        "409 {\"Code\":\"RestoreAlreadyInProgress\",\"Message\":\"Object restore is already in progress\"}",
    ]
    "#);
    assert_debug_snapshot!(cloud.pass_s(HOUR_S), @r#"
    [
        "2026-11-23T19:17:00.123Z",
    ]
    "#);
}

#[test]
fn what_cannot_be_restored_is_refused_in_awss_words() {
    let mut cloud = archive("GLACIER");
    let mut refused: Vec<_> = [
        json!({}),
        json!({ "Days": 0 }),
        json!({ "Days": 1, "GlacierJobParameters": {} }),
        json!({ "Days": 1, "Tier": "Slow" }),
        json!({ "Type": "SELECT", "Tier": "Bulk" }),
        json!({ "OutputLocation": { "S3": {} } }),
    ]
    .into_iter()
    .map(|request| restore(&mut cloud, request))
    .collect();
    for (class, request) in [
        ("STANDARD", json!({ "Days": 1 })),
        ("GLACIER_IR", json!({ "Days": 1 })),
        ("INTELLIGENT_TIERING", json!({ "Days": 1 })),
        ("INTELLIGENT_TIERING", json!({})),
    ] {
        cloud.put("archive", "a", 3, json!({ "StorageClass": class }));
        refused.push(restore(&mut cloud, request));
    }
    let without = cloud.call("RestoreObject", json!({ "Bucket": "archive", "Key": "a" }));
    let missing = cloud.call("RestoreObject", json!({ "Bucket": "archive", "Key": "none" }));
    let input = json!({ "Bucket": "archive", "OptionalObjectAttributes": ["Other"] });
    let listed = cloud.call("ListObjects", input);
    refused.extend([without, missing, listed].iter().map(outcome));
    assert_debug_snapshot!(refused, @r#"
    [
        "400 {\"Code\":\"MalformedXML\",\"Message\":\"The XML you provided was not well-formed or did not validate against our published schema\"}",
        "400 {\"Code\":\"InvalidArgument\",\"Message\":\"Days must be a positive integer\",\"ArgumentName\":\"Days\",\"ArgumentValue\":\"0\"}",
        "400 {\"Code\":\"MalformedXML\",\"Message\":\"The XML you provided was not well-formed or did not validate against our published schema\"}",
        "400 {\"Code\":\"MalformedXML\",\"Message\":\"The XML you provided was not well-formed or did not validate against our published schema\"}",
        "501 {\"Code\":\"NotImplemented\",\"Message\":\"The parameter Type of RestoreObject is not implemented by Cloudless.\"}",
        "501 {\"Code\":\"NotImplemented\",\"Message\":\"The parameter OutputLocation of RestoreObject is not implemented by Cloudless.\"}",
        "403 {\"Code\":\"InvalidObjectState\",\"Message\":\"Restore is not allowed for the object's current storage class\",\"StorageClass\":\"STANDARD\"}",
        "403 {\"Code\":\"InvalidObjectState\",\"Message\":\"Restore is not allowed for the object's current storage class\",\"StorageClass\":\"GLACIER_IR\"}",
        "400 {\"Code\":\"InvalidArgument\",\"Message\":\"INTELLIGENT_TIERING objects are not subject to restore expiry. Do not specify Days when restoring this object\",\"ArgumentName\":\"Days\",\"ArgumentValue\":\"1\"}",
        "403 {\"Code\":\"ObjectAlreadyInActiveTierError\",\"Message\":\"This action is not allowed against this storage tier.\"}",
        "403 {\"Code\":\"ObjectAlreadyInActiveTierError\",\"Message\":\"This action is not allowed against this storage tier.\"}",
        "404 {\"Code\":\"NoSuchKey\",\"Message\":\"The specified key does not exist.\",\"Key\":\"none\"}",
        "400 {\"Code\":\"InvalidArgument\",\"Message\":\"Invalid attribute name specified.\",\"ArgumentName\":\"x-amz-optional-object-attributes\",\"ArgumentValue\":\"Other\"}",
    ]
    "#);
}

#[test]
fn a_version_is_restored_by_its_id_and_what_is_gone_is_not() {
    let mut cloud = Cloud::new().with_bucket("archive");
    let input = json!({ "Status": "Enabled" });
    cloud.call(
        "PutBucketVersioning",
        json!({ "Bucket": "archive", "VersioningConfiguration": input }),
    );
    let old = cloud.put("archive", "a", 3, json!({ "StorageClass": "GLACIER" }));
    let gone = cloud.put("archive", "a", 3, json!({ "StorageClass": "GLACIER" }));
    cloud.put("archive", "a", 3, json!({}));
    for put in [&old, &gone] {
        let input = json!({
            "Bucket": "archive", "Key": "a", "VersionId": put["VersionId"],
            "RestoreRequest": { "Days": 1 },
        });
        assert_eq!(outcome(&cloud.call("RestoreObject", input)), "202");
    }
    let input = json!({ "Bucket": "archive", "Key": "a", "VersionId": gone["VersionId"] });
    cloud.call("DeleteObject", input);
    assert_debug_snapshot!(cloud.pass_s(6 * HOUR_S), @r#"
    [
        "2026-11-24T00:12:00.123Z",
    ]
    "#);
    let input = json!({ "Bucket": "archive", "OptionalObjectAttributes": ["RestoreStatus"] });
    let listed = cloud.call("ListObjectVersions", input);
    let statuses = listed["Versions"].as_array().unwrap().iter();
    let statuses: Vec<_> = statuses.map(|it| it.get("RestoreStatus")).collect();
    assert_json_snapshot!(statuses, @r#"
    [
      null,
      {
        "IsRestoreInProgress": false,
        "RestoreExpiryDate": 1795651200
      }
    ]
    "#);

    // What is put over it is another object.
    cloud.call("DeleteObject", json!({ "Bucket": "archive", "Key": "a" }));
    let restore = json!({ "Bucket": "archive", "Key": "a", "RestoreRequest": { "Days": 1 } });
    assert_snapshot!(outcome(&cloud.call("RestoreObject", restore)), @r#"405 {"Code":"MethodNotAllowed","Message":"The specified method is not allowed against this resource.","Method":"POST","ResourceType":"DeleteMarker","Allow":"DELETE","Last-Modified":"Tue, 24 Nov 2026 01:12:00 GMT","x-amz-delete-marker":"true","x-amz-version-id":"a.E3UZnyyQtxwYaQ7kLJC92RGhMsdgIo"}"#);
}
