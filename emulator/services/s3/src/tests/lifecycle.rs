//! Lifecycles: what becomes of objects when time passes.

use insta::{assert_debug_snapshot, assert_json_snapshot, assert_snapshot};
use kernel::service::Service as _;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::limits;

/// A cloud whose bucket `photos` has these rules, and a queue that hears what they do.
fn cloud(versioned: bool, rules: Value) -> Cloud {
    let mut cloud = Cloud::new().with_bucket("photos");
    if versioned {
        let input = json!({ "Status": "Enabled" });
        cloud.call(
            "PutBucketVersioning",
            json!({ "Bucket": "photos", "VersioningConfiguration": input }),
        );
    }
    let queue = json!({
        "Id": "past", "QueueArn": "arn:aws:sqs:us-east-1:000000000000:past",
        "Events": ["s3:LifecycleExpiration:*", "s3:LifecycleTransition"],
    });
    let input = json!({ "QueueConfigurations": [queue] });
    cloud.call(
        "PutBucketNotificationConfiguration",
        json!({ "Bucket": "photos", "NotificationConfiguration": input }),
    );
    set(&mut cloud, rules);
    cloud.heard();
    cloud
}

fn set(cloud: &mut Cloud, rules: Value) {
    let mut rules = rules;
    for (at, rule) in rules.as_array_mut().unwrap().iter_mut().enumerate() {
        let rule = rule.as_object_mut().unwrap();
        rule.entry("ID").or_insert(format!("rule {at}").into());
        rule.entry("Status").or_insert("Enabled".into());
        rule.entry("Filter").or_insert(json!({}));
    }
    let lifecycle = json!({ "Rules": rules });
    let put = cloud.call(
        "PutBucketLifecycleConfiguration",
        json!({ "Bucket": "photos", "LifecycleConfiguration": lifecycle }),
    );
    assert!(put.get("Error").is_none(), "{put}");
}

/// What is in the bucket: key, size or that it is a marker, and class; the newest of a key with a star.
fn listed(cloud: &mut Cloud) -> String {
    let listed = cloud.call("ListObjectVersions", json!({ "Bucket": "photos" }));
    let mut lines = Vec::new();
    for list in ["Versions", "DeleteMarkers"] {
        for it in listed[list].as_array().into_iter().flatten() {
            let size = it["Size"].as_u64().map_or("marker".to_owned(), |size| size.to_string());
            let class = it["StorageClass"].as_str().unwrap_or("-");
            let latest = if it["IsLatest"] == true { " *" } else { "" };
            let line = format!("{} {size} {class}{latest}", it["Key"].as_str().unwrap());
            lines.push((it["Place"].as_u64(), line));
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

/// Names and keys of the events since the last time.
fn heard(cloud: &mut Cloud) -> Vec<String> {
    let heard = cloud.heard();
    let records = heard.as_array().unwrap().iter().map(|it| &it["event"]["Records"][0]);
    records.map(|it| format!("{} {}", it["eventName"], it["s3"]["object"]["key"])).collect()
}

#[test]
fn thirty_days_pass_and_what_was_to_expire_is_gone_with_its_body() {
    let mut cloud = cloud(
        false,
        json!([{
            "ID": "old logs", "Filter": { "Prefix": "logs/" }, "Expiration": { "Days": 30 },
        }]),
    );
    let put = cloud.put("photos", "logs/a b", 1, json!({}));
    cloud.put("photos", "kept", 1, json!({}));
    let head = cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "logs/a b" }));
    assert_eq!(put["Expiration"], head["Expiration"]);
    assert_snapshot!(put["Expiration"].as_str().unwrap(), @r#"expiry-date="Thu, 24 Dec 2026 00:00:00 GMT", rule-id="old+logs""#);
    assert_eq!((cloud.s3.outstanding(), cloud.s3.waiting()), (vec![], vec![]));

    assert_debug_snapshot!(cloud.pass_days(30), @"[]");
    assert_debug_snapshot!(cloud.pass_days(365), @r#"
    [
        "2026-12-24T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"kept 1 STANDARD *");
    assert_debug_snapshot!(cloud.dropped, @r#"
    [
        BlobId(
            "blob-1",
        ),
    ]
    "#);
    assert_eq!(cloud.restarted().0.versions().count(), 1, "what is gone is gone from the store");
    assert_debug_snapshot!(cloud.traced("s3:Lifecycle"), @r#"
    [
        "photos: 1 expired, 0 moved, 0 given up",
    ]
    "#);
    assert_json_snapshot!(cloud.heard(), @r#"
    [
      {
        "to": "arn:aws:sqs:us-east-1:000000000000:past",
        "event": {
          "Records": [
            {
              "eventVersion": "2.3",
              "eventSource": "aws:s3",
              "awsRegion": "us-east-1",
              "eventTime": "2026-12-24T00:00:00.000Z",
              "eventName": "LifecycleExpiration:Delete",
              "userIdentity": {
                "principalId": "s3.amazonaws.com"
              },
              "requestParameters": {
                "sourceIPAddress": "s3.amazonaws.com"
              },
              "responseElements": {
                "x-amz-request-id": "B5VNXA6Q6Q7Q89C9",
                "x-amz-id-2": "dHbPikuqXcCHs0HWkNeiim+bba5vTFeoKsLOF6V5SjulNKamt/0LY9C60NpXK6rxroQ3ljCvie7i"
              },
              "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "past",
                "bucket": {
                  "name": "photos",
                  "ownerIdentity": {
                    "principalId": "AFBC963A47211F"
                  },
                  "arn": "arn:aws:s3:::photos"
                },
                "object": {
                  "key": "logs/a+b",
                  "sequencer": "000000000000000014"
                }
              }
            }
          ]
        }
      }
    ]
    "#);
}

#[test]
fn old_versions_end_but_those_that_a_rule_spares_and_markers_that_are_left_alone() {
    let mut cloud = cloud(
        true,
        json!([
            { "Expiration": { "Days": 3 } },
            { "NoncurrentVersionExpiration": { "NoncurrentDays": 1, "NewerNoncurrentVersions": 2 } },
            {
                "Filter": { "Prefix": "all/" },
                "NoncurrentVersionExpiration": { "NoncurrentDays": 2 },
                "Expiration": { "ExpiredObjectDeleteMarker": true },
            },
        ]),
    );
    for size in 1..=5 {
        cloud.put("photos", "a", size, json!({}));
    }
    cloud.put("photos", "all/b", 9, json!({}));
    assert_debug_snapshot!(cloud.pass_days(2), @r#"
    [
        "2026-11-25T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    a 5 STANDARD *
    a 4 STANDARD
    a 3 STANDARD
    all/b 9 STANDARD *
    ");
    // The newest gives way to a marker.
    assert_debug_snapshot!(cloud.pass_days(2), @r#"
    [
        "2026-11-26T00:00:00.000Z",
        "2026-11-27T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    a marker - *
    a 5 STANDARD
    a 4 STANDARD
    a 3 STANDARD
    all/b marker - *
    all/b 9 STANDARD
    ");
    // What a marker is left alone of goes with it.
    assert_debug_snapshot!(cloud.pass_days(10), @r#"
    [
        "2026-11-28T00:00:00.000Z",
        "2026-11-29T00:00:00.000Z",
        "2026-11-30T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    a marker - *
    a 5 STANDARD
    a 4 STANDARD
    ");
    assert_debug_snapshot!(heard(&mut cloud), @r#"
    [
        "\"LifecycleExpiration:Delete\" \"a\"",
        "\"LifecycleExpiration:Delete\" \"a\"",
        "\"LifecycleExpiration:DeleteMarkerCreated\" \"a\"",
        "\"LifecycleExpiration:DeleteMarkerCreated\" \"all/b\"",
        "\"LifecycleExpiration:Delete\" \"a\"",
        "\"LifecycleExpiration:Delete\" \"all/b\"",
        "\"LifecycleExpiration:Delete\" \"all/b\"",
    ]
    "#);
}

#[test]
fn rules_are_about_keys_tags_and_sizes_and_a_tag_can_still_be_given() {
    let tag = json!({ "Key": "keep", "Value": "no" });
    let mut cloud = cloud(
        false,
        json!([
            { "Filter": { "Tag": tag }, "Expiration": { "Days": 1 } },
            {
                "Filter": { "And": {
                    "Prefix": "s/", "ObjectSizeGreaterThan": 10, "ObjectSizeLessThan": 20,
                } },
                "Expiration": { "Days": 1 },
            },
            { "Status": "Disabled", "Filter": { "Prefix": "off" }, "Expiration": { "Days": 1 } },
        ]),
    );
    for (key, size) in [("s/10", 10), ("s/11", 11), ("s/19", 19), ("s/20", 20), ("11", 11)] {
        cloud.put("photos", key, size, json!({}));
    }
    cloud.put("photos", "off", 1, json!({}));
    cloud.put("photos", "tagged", 1, json!({ "Tagging": "keep=no" }));
    cloud.put("photos", "later", 1, json!({}));
    assert_debug_snapshot!(cloud.pass_days(5), @r#"
    [
        "2026-11-25T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    11 11 STANDARD *
    later 1 STANDARD *
    off 1 STANDARD *
    s/10 10 STANDARD *
    s/20 20 STANDARD *
    ");
    // It is old enough: the next midnight takes it.
    let tagging = json!({ "TagSet": [tag] });
    cloud.call(
        "PutObjectTagging",
        json!({ "Bucket": "photos", "Key": "later", "Tagging": tagging }),
    );
    assert_debug_snapshot!(cloud.pass_days(1), @r#"
    [
        "2026-11-29T00:00:00.000Z",
    ]
    "#);
    assert_eq!(cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }))["KeyCount"], 4);
}

#[test]
fn objects_go_down_from_class_to_class_and_small_ones_stay() {
    let mut cloud = cloud(
        true,
        json!([{
            "Transitions": [
                { "Days": 30, "StorageClass": "STANDARD_IA" },
                { "Days": 60, "StorageClass": "GLACIER" },
            ],
            "NoncurrentVersionTransitions": [{ "NoncurrentDays": 1, "StorageClass": "DEEP_ARCHIVE" }],
            "Expiration": { "Days": 90 },
        }]),
    );
    cloud.put("photos", "large", 200_000, json!({}));
    cloud.put("photos", "large", 300_000, json!({}));
    cloud.put("photos", "small", 10, json!({}));
    assert_debug_snapshot!(cloud.pass_days(31), @r#"
    [
        "2026-11-25T00:00:00.000Z",
        "2026-12-24T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    large 300000 STANDARD_IA *
    large 200000 DEEP_ARCHIVE
    small 10 STANDARD *
    ");
    let first = cloud.heard();
    assert_json_snapshot!(first[0]["event"]["Records"][0]["lifecycleEventData"], @r#"
    {
      "transitionEventData": {
        "destinationStorageClass": "DEEP_ARCHIVE"
      }
    }
    "#);
    assert_debug_snapshot!(cloud.pass_days(60), @r#"
    [
        "2027-01-23T00:00:00.000Z",
        "2027-02-22T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    large marker - *
    large 300000 GLACIER
    large 200000 DEEP_ARCHIVE
    small marker - *
    small 10 STANDARD
    ");
    assert_debug_snapshot!(heard(&mut cloud), @r#"
    [
        "\"LifecycleTransition\" \"large\"",
        "\"LifecycleExpiration:DeleteMarkerCreated\" \"large\"",
        "\"LifecycleExpiration:DeleteMarkerCreated\" \"small\"",
    ]
    "#);
    let moved = cloud.restarted().0;
    let classes = moved.versions().filter_map(|(_, _, version)| version.object());
    let classes: Vec<_> = classes.map(|object| object.storage_class().name()).collect();
    assert_debug_snapshot!(classes, @r#"
    [
        "GLACIER",
        "DEEP_ARCHIVE",
        "STANDARD",
    ]
    "#);
}

#[test]
fn what_is_locked_stays_until_it_may_be_deleted() {
    let mut cloud = Cloud::new();
    cloud.call("CreateBucket", json!({ "Bucket": "photos", "ObjectLockEnabledForBucket": true }));
    set(&mut cloud, json!([{ "NoncurrentVersionExpiration": { "NoncurrentDays": 1 } }]));
    let until = cloud.now.after_s(10 * 24 * 60 * 60).as_s();
    let retained = json!({
        "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "ChecksumAlgorithm": "CRC32",
    });
    cloud.put("photos", "retained", 1, retained);
    cloud.put("photos", "retained", 2, json!({}));
    let held = json!({ "ObjectLockLegalHoldStatus": "ON", "ChecksumAlgorithm": "CRC32" });
    let held = cloud.put("photos", "held", 1, held);
    cloud.put("photos", "held", 2, json!({}));
    assert_debug_snapshot!(cloud.pass_days(20), @r#"
    [
        "2026-12-04T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    held 2 STANDARD *
    held 1 STANDARD
    retained 2 STANDARD *
    ");
    cloud.call(
        "PutObjectLegalHold",
        json!({
            "Bucket": "photos", "Key": "held", "VersionId": held["VersionId"],
            "LegalHold": { "Status": "OFF" }, "ChecksumAlgorithm": "CRC32",
        }),
    );
    assert_debug_snapshot!(cloud.pass_days(1), @r#"
    [
        "2026-12-14T00:00:00.000Z",
    ]
    "#);
    assert_snapshot!(listed(&mut cloud), @"
    held 2 STANDARD *
    retained 2 STANDARD *
    ");
}

#[test]
fn a_restart_or_other_rules_in_between_change_what_is_to_come() {
    let mut cloud = cloud(false, json!([{ "Expiration": { "Days": 10 } }]));
    cloud.put("photos", "a", 1, json!({}));
    assert_debug_snapshot!(cloud.pass_days(9), @"[]");
    cloud.restart();
    // Once to see what is to come, and then at its midnight.
    assert_debug_snapshot!(cloud.pass_days(3), @r#"
    [
        "2026-12-02T19:12:00.123Z",
        "2026-12-04T00:00:00.000Z",
    ]
    "#);
    assert_debug_snapshot!(cloud.traced("s3:Lifecycle"), @r#"
    [
        "photos: 1 expired, 0 moved, 0 given up",
    ]
    "#);

    cloud.put("photos", "b", 1, json!({}));
    set(&mut cloud, json!([{ "Expiration": { "Days": 20 } }]));
    assert_debug_snapshot!(cloud.pass_days(15), @"[]");
    // It is older than that: the next midnight takes it.
    set(&mut cloud, json!([{ "Expiration": { "Days": 5 } }]));
    assert_eq!(cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }))["KeyCount"], 1);
    assert_debug_snapshot!(cloud.pass_days(1), @r#"
    [
        "2026-12-21T00:00:00.000Z",
    ]
    "#);
    assert_eq!(cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }))["KeyCount"], 0);

    cloud.put("photos", "c", 1, json!({}));
    cloud.call("DeleteBucketLifecycle", json!({ "Bucket": "photos" }));
    assert_debug_snapshot!(cloud.pass_days(365), @"[]");
    assert_eq!(cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }))["KeyCount"], 1);
}

#[test]
fn uploads_that_nobody_completes_are_given_up() {
    let mut cloud = cloud(
        false,
        json!([
            { "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 } },
            { "Expiration": { "Days": 3 } },
        ]),
    );
    let began = cloud.call("CreateMultipartUpload", json!({ "Bucket": "photos", "Key": "film" }));
    let id = began["UploadId"].clone();
    assert_snapshot!(format!("{} {}", began["AbortDate"], began["AbortRuleId"]), @r#"1796083200 "rule 0""#);
    let part = json!({ "Bucket": "photos", "Key": "film", "UploadId": id, "PartNumber": 1 });
    let copy = json!({ "CopySource": "photos/one" });
    cloud.put("photos", "one", 1, json!({}));
    let mut part = part;
    part.as_object_mut().unwrap().extend(copy.as_object().unwrap().clone());
    let copied = cloud.call("UploadPartCopy", part);
    assert!(copied.get("Error").is_none(), "{copied}");
    assert_debug_snapshot!(cloud.pass_days(365), @r#"
    [
        "2026-11-27T00:00:00.000Z",
        "2026-12-01T00:00:00.000Z",
    ]
    "#);
    assert_debug_snapshot!(cloud.dropped, @r#"
    [
        BlobId(
            "blob-1",
        ),
    ]
    "#);
    assert_debug_snapshot!(cloud.traced("s3:Lifecycle"), @r#"
    [
        "photos: 1 expired, 0 moved, 0 given up",
        "photos: 0 expired, 0 moved, 1 given up",
    ]
    "#);
    assert_debug_snapshot!(cloud.restarted().0.contents().count(), @"0");
}

#[test]
fn many_go_a_thousand_at_a_time() {
    let mut cloud = cloud(false, json!([{ "Expiration": { "Days": 1 } }]));
    for at in 0..=2 * limits::LIFECYCLE_STEP_VERSIONS_MAX {
        cloud.put("photos", &format!("{at:05}"), 1, json!({}));
    }
    assert_debug_snapshot!(cloud.pass_days(2), @r#"
    [
        "2026-11-25T00:00:00.000Z",
    ]
    "#);
    assert_debug_snapshot!(cloud.traced("s3:Lifecycle"), @r#"
    [
        "photos: 1000 expired, 0 moved, 0 given up",
        "photos: 1000 expired, 0 moved, 0 given up",
        "photos: 1 expired, 0 moved, 0 given up",
    ]
    "#);
    assert_eq!(cloud.s3.versions().count(), 0);
    assert_eq!(cloud.dropped.len(), 2 * limits::LIFECYCLE_STEP_VERSIONS_MAX + 1);
}
