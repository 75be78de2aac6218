//! Listing, against a naive model of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use insta::assert_json_snapshot;
use kernel::call::Caller;
use kernel::content::{Blob, BlobId};
use kernel::time::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::super::listing::{Bounds, Entry, Page};
use super::harness::Cloud;
use crate::version::{Version, Versions};
use crate::{Extra, Object};

#[test]
fn who_does_not_say_who_it_is_is_not_told_who_owns_what() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 11, json!({}));
    let everybody = json!({ "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::photos",
    }] });
    cloud.call("DeletePublicAccessBlock", json!({ "Bucket": "photos" }));
    cloud.call("PutBucketPolicy", json!({ "Bucket": "photos", "Policy": everybody.to_string() }));
    let owner = |listed: &serde_json::Value| listed["Contents"][0]["Owner"]["ID"].is_string();
    let of_account = cloud.call("ListObjects", json!({ "Bucket": "photos" }));
    cloud.caller = Caller::Anonymous;
    let of_anybody = cloud.call("ListObjects", json!({ "Bucket": "photos" }));
    assert_eq!((owner(&of_account), owner(&of_anybody)), (true, false));
}

#[test]
fn keys_are_listed_a_page_at_a_time_and_folded_at_the_delimiter() {
    let mut cloud = Cloud::new().with_bucket("photos");
    for key in ["a/1", "a/2", "b c", "d/1", "e"] {
        cloud.put("photos", key, 11, json!({}));
    }
    let first = cloud.call(
        "ListObjectsV2",
        json!({ "Bucket": "photos", "Delimiter": "/", "MaxKeys": 2, "EncodingType": "url" }),
    );
    let second = cloud.call(
        "ListObjectsV2",
        json!({
            "Bucket": "photos", "Delimiter": "/", "FetchOwner": true,
            "ContinuationToken": first["NextContinuationToken"], "StartAfter": "a",
        }),
    );
    let old =
        cloud.call("ListObjects", json!({ "Bucket": "photos", "Prefix": "a/", "MaxKeys": 1 }));
    assert_json_snapshot!([first, second, old], @r#"
    [
      {
        "IsTruncated": true,
        "KeyCount": 2,
        "NextContinuationToken": "MS9iIGM=",
        "Name": "photos",
        "Prefix": "",
        "Delimiter": "/",
        "MaxKeys": 2,
        "EncodingType": "url",
        "Contents": [
          {
            "Key": "b+c",
            "LastModified": 1795461120,
            "ETag": "\"03030303030303030303030303030303\"",
            "ChecksumAlgorithm": [
              "CRC64NVME"
            ],
            "ChecksumType": "FULL_OBJECT",
            "Size": 11,
            "StorageClass": "STANDARD"
          }
        ],
        "CommonPrefixes": [
          {
            "Prefix": "a/"
          }
        ]
      },
      {
        "IsTruncated": false,
        "KeyCount": 2,
        "ContinuationToken": "MS9iIGM=",
        "Name": "photos",
        "Prefix": "",
        "Delimiter": "/",
        "MaxKeys": 1000,
        "Contents": [
          {
            "Key": "e",
            "LastModified": 1795461120,
            "ETag": "\"05050505050505050505050505050505\"",
            "ChecksumAlgorithm": [
              "CRC64NVME"
            ],
            "ChecksumType": "FULL_OBJECT",
            "Size": 11,
            "StorageClass": "STANDARD",
            "Owner": {
              "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
            }
          }
        ],
        "CommonPrefixes": [
          {
            "Prefix": "d/"
          }
        ]
      },
      {
        "IsTruncated": true,
        "Marker": "",
        "Name": "photos",
        "Prefix": "a/",
        "MaxKeys": 1,
        "Contents": [
          {
            "Key": "a/1",
            "LastModified": 1795461120,
            "ETag": "\"01010101010101010101010101010101\"",
            "ChecksumAlgorithm": [
              "CRC64NVME"
            ],
            "ChecksumType": "FULL_OBJECT",
            "Size": 11,
            "StorageClass": "STANDARD",
            "Owner": {
              "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
            }
          }
        ]
      }
    ]
    "#);
    let answers = [
        cloud.call("ListObjects", json!({ "Bucket": "photos", "MaxKeys": -1 })),
        cloud.call("ListObjects", json!({ "Bucket": "photos", "MaxKeys": 0, "Delimiter": "/" })),
        cloud.call("ListObjectsV2", json!({ "Bucket": "photos", "EncodingType": "value" })),
        cloud.call("ListObjectsV2", json!({ "Bucket": "photos", "ContinuationToken": "" })),
        cloud.call("ListObjectsV2", json!({ "Bucket": "photos", "StartAfter": "z" })),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Argument maxKeys must be an integer between 0 and 2147483647",
          "ArgumentName": "maxKeys",
          "ArgumentValue": "-1"
        },
        "Status": 400
      },
      {
        "IsTruncated": false,
        "Marker": "",
        "Name": "photos",
        "Prefix": "",
        "Delimiter": "/",
        "MaxKeys": 0
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Invalid Encoding Method specified in Request",
          "ArgumentName": "encoding-type",
          "ArgumentValue": "value"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The continuation token provided is incorrect",
          "ArgumentName": "continuation-token"
        },
        "Status": 400
      },
      {
        "IsTruncated": false,
        "KeyCount": 0,
        "StartAfter": "z",
        "Name": "photos",
        "Prefix": "",
        "MaxKeys": 1000
      }
    ]
    "#);
}

fn object() -> Box<Versions> {
    let blob =
        Blob { id: BlobId("b".into()), size_bytes: 0, md5: [0; 16], sha256: None, checksum: None };
    let object = Object::new(blob.into(), Timestamp::from_ms(0), Arc::default(), Extra::default());
    Box::new(Versions::one(Version::Object(object)))
}

/// Every key behind `after` that begins with the prefix, folded at the delimiter, in order.
fn naive(keys: &BTreeSet<String>, bounds: &Bounds<'_>) -> Vec<String> {
    let mut listed = BTreeSet::new();
    for key in keys {
        let Some(rest) = key.strip_prefix(bounds.prefix) else { continue };
        let folded = match bounds
            .delimiter
            .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
        {
            Some(end) => format!("{}{}", bounds.prefix, &rest[..end]),
            None => key.clone(),
        };
        if folded.as_str() > bounds.after {
            listed.insert(folded);
        }
    }
    listed.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever the prefix, the delimiter and the size of a page: all pages together are the
    /// sorted, folded set, no page is too long, and only the last one says that it is.
    #[test]
    fn all_pages_together_are_the_folded_set(
        keys in prop::collection::btree_set("[ab/\u{d7ff}\u{e000}\u{10ffff}]{1,6}", 0..30),
        prefix in "[ab/]{0,2}",
        delimiter in prop::option::of("[ab/\u{10ffff}]{1,2}"),
        start_after in "[ab/\u{10ffff}]{0,3}",
        max_keys in 1_usize..6,
    ) {
        let objects: BTreeMap<Box<str>, Box<Versions>> =
            keys.iter().map(|key| (key.as_str().into(), object())).collect();
        let whole = Bounds {
            prefix: &prefix,
            delimiter: delimiter.as_deref(),
            after: &start_after,
            max_keys,
        };
        let expected = naive(&keys, &whole);
        let mut listed = Vec::new();
        let mut after = start_after.clone();
        loop {
            let page = Page::collect(&objects, &Bounds { after: &after, ..whole });
            prop_assert!(page.entries.len() <= max_keys);
            listed.extend(page.entries.iter().map(|entry| match entry {
                Entry::Object(key, _) => (*key).to_owned(),
                Entry::CommonPrefix(prefix) => (*prefix).to_owned(),
            }));
            match page.last {
                Some(last) => {
                    prop_assert_eq!(Some(&last), listed.last());
                    prop_assert!(last > after, "a listing goes forward");
                    after = last;
                }
                None => break,
            }
            prop_assert!(listed.len() < expected.len(), "a page follows that has something");
        }
        prop_assert_eq!(listed, expected);
    }
}
