//! After a restart everything is as it was.

use std::collections::BTreeSet;

use kernel::content::Content;
use kernel::record::Stored;
use kernel::service::Service as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::Cloud;

/// An operation on one of a few buckets and keys, so that they meet.
fn operation() -> impl Strategy<Value = (&'static str, Value)> {
    let bucket = prop::sample::select(vec!["one", "two"]);
    let key = prop::sample::select(vec!["a", "b/c", "ü"]);
    (bucket, key.clone(), key, 0..14_u8).prop_map(|(bucket, key, other, which)| {
        let object = json!({ "Bucket": bucket, "Key": key });
        let on_bucket = json!({ "Bucket": bucket });
        let with = |name: &str, value: Value| {
            let mut input = json!({ "Bucket": bucket });
            input[name] = value;
            input
        };
        match which {
            0 => ("CreateBucket", on_bucket),
            1 => ("DeleteBucket", on_bucket),
            2..=5 => ("PutObject", object),
            6 => ("DeleteObject", object),
            7 => {
                let mut input = object;
                input["CopySource"] = format!("one/{other}").into();
                ("CopyObject", input)
            }
            8 => {
                let mut input = object;
                input["Tagging"] = json!({ "TagSet": [{ "Key": "k", "Value": other }] });
                ("PutObjectTagging", input)
            }
            9 => ("DeletePublicAccessBlock", on_bucket),
            10 => {
                let statement = json!({
                    "Effect": "Allow", "Principal": "*", "Action": "s3:*",
                    "Resource": format!("arn:aws:s3:::{bucket}/*"),
                });
                let policy = json!({ "Version": "2012-10-17", "Statement": statement });
                ("PutBucketPolicy", with("Policy", policy.to_string().into()))
            }
            11 => {
                let rules = json!([{ "AllowedOrigins": ["*"], "AllowedMethods": ["GET"] }]);
                ("PutBucketCors", with("CORSConfiguration", json!({ "CORSRules": rules })))
            }
            12 => {
                let queue = json!({
                    "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
                    "Events": ["s3:ObjectCreated:*"],
                });
                let configuration = json!({ "QueueConfigurations": [queue] });
                (
                    "PutBucketNotificationConfiguration",
                    with("NotificationConfiguration", configuration),
                )
            }
            _ => ("DeleteObjects", with("Delete", json!({ "Objects": [{ "Key": key }] }))),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// What the changes of every step leave in the store is what S3 says it holds, reads back to
    /// the same, and refers to the same blobs; and a blob is dropped once nothing refers to it.
    #[test]
    fn a_restart_changes_nothing(operations in prop::collection::vec(operation(), 1..40)) {
        let mut cloud = Cloud::new();
        for (name, input) in operations {
            if name == "PutObject" {
                let (bucket, key) = (input["Bucket"].clone(), input["Key"].clone());
                cloud.put(bucket.as_str().unwrap(), key.as_str().unwrap(), 3, json!({}));
            } else {
                cloud.call(name, input);
            }
            let mut held: Vec<_> = cloud.s3.records().collect();
            held.sort_by_key(Stored::key);
            let stored: Vec<_> = cloud.store.values().cloned().collect();
            prop_assert_eq!(&held, &stored, "after {}", name);
            // As the store writes them: as JSON.
            for record in cloud.store.values_mut() {
                let text = serde_json::to_string(record).unwrap();
                *record = serde_json::from_str(&text).unwrap();
            }
            let (again, blobs) = cloud.restarted();
            let mut read: Vec<_> = again.records().collect();
            read.sort_by_key(Stored::key);
            prop_assert_eq!(&read, &stored);
            prop_assert_eq!(&blobs, &cloud.blobs);
            let referred = again.contents().flat_map(Content::blobs).map(|blob| &blob.id);
            let referred: BTreeSet<_> = referred.collect();
            prop_assert!(referred.iter().all(|blob| !cloud.dropped.contains(blob)));
            let uploads = cloud.dropped.len() + cloud.refused + referred.len();
            prop_assert_eq!(uploads, cloud.uploads as usize, "each is referred to or dropped, once");
            cloud.s3 = again;
            cloud.blobs = blobs;
        }
    }
}
