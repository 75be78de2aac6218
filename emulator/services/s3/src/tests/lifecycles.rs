//! Lifecycles: what is refused, and what objects say of them.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::configurations::refusals;
use super::harness::Cloud;

#[test]
fn a_lifecycle_that_cannot_be_is_refused_in_awss_words() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let rule = |more: Value| {
        let mut rule = json!({ "ID": "r", "Status": "Enabled", "Filter": { "Prefix": "a/" } });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "Rules": [rule] })
    };
    let tag = json!({ "Key": "k", "Value": "v" });
    let documents = [
        json!({ "Rules": [] }),
        json!({ "Rules": [{ "ID": "r", "Status": "Enabled", "Expiration": { "Days": 1 } }] }),
        rule(json!({ "Prefix": "b", "Expiration": { "Days": 1 } })),
        rule(json!({ "Status": "enabled", "Expiration": { "Days": 1 } })),
        rule(json!({})),
        rule(json!({ "ID": "x".repeat(256), "Expiration": { "Days": 1 } })),
        rule(json!({ "Expiration": { "Days": 0 } })),
        rule(json!({ "Expiration": { "Days": 1, "ExpiredObjectDeleteMarker": true } })),
        rule(json!({ "Expiration": { "Date": 1_795_461_120.0 } })),
        rule(
            json!({ "Filter": { "Tag": tag }, "Expiration": { "ExpiredObjectDeleteMarker": true } }),
        ),
        rule(json!({ "Filter": { "Prefix": "a", "Tag": tag }, "Expiration": { "Days": 1 } })),
        rule(json!({ "Filter": { "And": { "Tags": [tag, tag] } }, "Expiration": { "Days": 1 } })),
        rule(json!({ "Filter": { "And": { "Prefix": "a" } }, "Expiration": { "Days": 1 } })),
        rule(json!({ "Filter": { "Prefix": "x".repeat(1025) }, "Expiration": { "Days": 1 } })),
        rule(json!({
            "Filter": { "Tag": { "Key": "x".repeat(129), "Value": "" } },
            "Expiration": { "Days": 1 },
        })),
        rule(json!({
            "Filter": { "Tag": { "Key": "k", "Value": "x".repeat(257) } },
            "Expiration": { "Days": 1 },
        })),
        rule(json!({ "NoncurrentVersionExpiration": {} })),
        rule(json!({ "Transitions": [{ "Days": 1, "StorageClass": "STANDARD" }] })),
        rule(json!({ "Transitions": [{ "Days": 29, "StorageClass": "STANDARD_IA" }] })),
        rule(json!({ "Transitions": [{ "Days": -1, "StorageClass": "GLACIER" }] })),
        rule(json!({ "Transitions": [
            { "Days": 30, "StorageClass": "STANDARD_IA" }, { "Days": 59, "StorageClass": "GLACIER" },
        ] })),
        rule(json!({ "Transitions": [
            { "Days": 1, "StorageClass": "GLACIER" }, { "Days": 9, "StorageClass": "GLACIER" },
        ] })),
        rule(json!({
            "Transitions": [{ "Days": 9, "StorageClass": "GLACIER" }], "Expiration": { "Days": 9 },
        })),
        rule(json!({
            "Transitions": [{ "Days": 9, "StorageClass": "GLACIER" }],
            "Expiration": { "Date": 1_795_478_400.0 },
        })),
        rule(json!({
            "Filter": { "Tag": tag },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
        })),
        json!({ "Rules": [
            { "ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 1 } },
            { "ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 2 } },
        ] }),
        json!({ "Rules": [
            { "Status": "Enabled", "Prefix": "a", "Expiration": { "Days": 1 } },
            { "Status": "Enabled", "Prefix": "ab", "Expiration": { "Days": 2 } },
        ] }),
        json!({ "Rules": [
            { "Status": "Enabled", "Prefix": "a", "Expiration": { "Days": 1 } },
            { "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 2 } },
        ] }),
    ];
    let operation = "PutBucketLifecycleConfiguration";
    let refused = refusals(&mut cloud, operation, "LifecycleConfiguration", &documents);
    assert_json_snapshot!(refused, @r#"
    [
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidRequest: At least one action needs to be specified in a rule",
      "InvalidArgument: ID length should not exceed allowed limit of 255 [ID=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]",
      "InvalidArgument: 'Days' for Expiration action must be a positive integer",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidArgument: 'Date' must be at midnight GMT [Date=2026-11-23T19:12:00.000Z]",
      "InvalidRequest: ExpiredObjectDeleteMarker cannot be specified with Tags.",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidRequest: Duplicate Tag Keys are not allowed.",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidRequest: The maximum size of a prefix is 1024.",
      "InvalidRequest: A Tag's Key must be a length between 1 and 128.",
      "InvalidRequest: A Tag's Value must be a length between 0 and 256.",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidArgument: 'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
      "InvalidArgument: 'Days' in Transition action must be nonnegative",
      "InvalidArgument: 'Days' in the 'GLACIER' Transition action for filter '(prefix=a/)' must be 30 days more than 'filter '(prefix=a/)'' in the 'STANDARD_IA' Transition action",
      "InvalidRequest: 'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=a/)'",
      "InvalidArgument: 'Days' in the Expiration action for filter '(prefix=a/)' must be greater than 'Days' in the Transition action",
      "InvalidRequest: Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=a/)'",
      "InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with Tags.",
      "InvalidArgument: Rule ID must be unique. Found same ID for more than one rule",
      "InvalidRequest: Found overlapping prefixes 'a' and 'ab' for same action type 'Expiration'",
      "InvalidRequest: Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
    ]
    "#);
}

#[test]
fn an_object_says_when_the_first_fitting_rule_deletes_it() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let rule = |id: &str, days: u32, filter: Value| json!({ "ID": id, "Status": "Enabled", "Filter": filter, "Expiration": { "Days": days } });
    let rules = [
        rule("all photos", 30, json!({ "Prefix": "p/" })),
        rule("tagged", 7, json!({ "Tag": { "Key": "k", "Value": "v" } })),
        rule("small", 1, json!({ "ObjectSizeLessThan": 10 })),
    ];
    let input = json!({ "Bucket": "photos", "LifecycleConfiguration": { "Rules": rules } });
    cloud.call("PutBucketLifecycleConfiguration", input);
    let mut expiration = |key: &str, size_bytes, more: Value| {
        let put = cloud.put("photos", key, size_bytes, more);
        let head = cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": key }));
        assert_eq!(put.get("Expiration"), head.get("Expiration"));
        head.get("Expiration").cloned()
    };
    let said = [
        expiration("p/a", 10, json!({})),
        expiration("p/b", 10, json!({ "Tagging": "k=v" })),
        expiration("p/c", 9, json!({})),
        expiration("q", 10, json!({})),
    ];
    assert_json_snapshot!(said, @r#"
    [
      "expiry-date=\"Thu, 24 Dec 2026 00:00:00 GMT\", rule-id=\"all+photos\"",
      "expiry-date=\"Tue, 01 Dec 2026 00:00:00 GMT\", rule-id=\"tagged\"",
      "expiry-date=\"Wed, 25 Nov 2026 00:00:00 GMT\", rule-id=\"small\"",
      null
    ]
    "#);
}
