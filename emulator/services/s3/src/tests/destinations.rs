//! Configurations that name another bucket: logs and copies.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::configurations::{answers, refusals};
use super::harness::Cloud;

#[test]
fn logs_go_to_a_bucket_of_the_same_owner_in_the_same_region() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let elsewhere = json!({ "LocationConstraint": "EU" });
    cloud.call("CreateBucket", json!({ "Bucket": "far", "CreateBucketConfiguration": elsewhere }));
    let far = json!({ "Bucket": "far" });
    let told = ["GetBucketLocation", "HeadBucket"].map(|asked| cloud.call(asked, far.clone()));
    assert_snapshot!(json!(told), @r#"[{"LocationConstraint":"EU"},{"BucketArn":"arn:aws:s3:::far","BucketRegion":"eu-west-1","AccessPointAlias":false}]"#);
    cloud.caller = super::harness::account("111111111111");
    let mut cloud = cloud.with_bucket("others");
    cloud.caller = super::harness::account("000000000000");
    let to = |source: &str, target: &str| {
        let logging = json!({ "TargetBucket": target, "TargetPrefix": "" });
        json!({ "Bucket": source, "BucketLoggingStatus": { "LoggingEnabled": logging } })
    };
    let answers = [
        ("photos", "nowhere"),
        ("photos", "far"),
        ("far", "photos"),
        ("photos", "others"),
        ("photos", "photos"),
    ]
    .map(|(source, target)| cloud.call("PutBucketLogging", to(source, target)));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "InvalidTargetBucketForLogging",
          "Message": "The target bucket for logging does not exist",
          "TargetBucket": "nowhere"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "CrossLocationLoggingProhibitted",
          "Message": "Cross S3 location logging not allowed. ",
          "TargetBucketLocation": "eu-west-1"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "CrossLocationLoggingProhibitted",
          "Message": "Cross S3 location logging not allowed. ",
          "SourceBucketLocation": "eu-west-1",
          "TargetBucketLocation": "us-east-1"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "InvalidTargetBucketForLogging",
          "Message": "The owner for the bucket to be logged and the target bucket must be the same.",
          "TargetBucket": "others"
        },
        "Status": 400
      },
      {}
    ]
    "#);
}

#[test]
fn replication_needs_versions_at_both_ends() {
    let mut cloud = Cloud::new().with_bucket("photos").with_bucket("replicas");
    let rule = |more: Value| {
        let mut rule = json!({
            "ID": "r", "Status": "Enabled",
            "Destination": { "Bucket": "arn:aws:s3:::replicas" },
        });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "Role": "arn:aws:iam::000000000000:role/r", "Rules": [rule] })
    };
    let on = json!({ "Status": "Enabled" });
    let off = json!({ "Status": "Disabled" });
    let tag = json!({ "Key": "k", "Value": "v" });
    let version = |cloud: &mut Cloud, bucket: &str| {
        let input = json!({ "Bucket": bucket, "VersioningConfiguration": on });
        cloud.call("PutBucketVersioning", input);
    };
    let put = |cloud: &mut Cloud, documents: &[Value]| {
        refusals(cloud, "PutBucketReplication", "ReplicationConfiguration", documents)
    };
    let simple = rule(json!({ "Prefix": "a/" }));
    let mut said = put(&mut cloud, std::slice::from_ref(&simple));
    version(&mut cloud, "photos");
    said.extend(put(&mut cloud, std::slice::from_ref(&simple)));
    version(&mut cloud, "replicas");
    let mut other_role = simple.clone();
    other_role["Role"] = "me".into();
    said.extend(put(
        &mut cloud,
        &[
            other_role,
            rule(json!({ "Prefix": "a/", "Filter": {} })),
            rule(json!({ "Prefix": "a/", "DeleteMarkerReplication": on })),
            rule(json!({ "Filter": {}, "DeleteMarkerReplication": on })),
            rule(json!({ "Filter": {}, "Priority": 1 })),
            rule(json!({
                "Filter": { "Tag": tag }, "Priority": 1, "DeleteMarkerReplication": on,
            })),
            rule(json!({ "Destination": { "Bucket": "replicas" } })),
            simple,
            rule(json!({
                "Filter": { "Tag": tag }, "Priority": 1, "DeleteMarkerReplication": off,
            })),
            rule(json!({})),
        ],
    ));
    assert_json_snapshot!(said, @r#"
    [
      "InvalidRequest: Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      "InvalidRequest: Destination bucket must have versioning enabled.",
      "InvalidArgument: Invalid Role specified in replication configuration: 'me' [Role=me]",
      "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema",
      "InvalidRequest: DeleteMarkerReplication cannot be used for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.",
      "InvalidRequest: Priority must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.",
      "InvalidRequest: DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.",
      "InvalidRequest: Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.",
      "InvalidArgument: Invalid bucket ARN",
      "taken",
      "taken",
      "taken"
    ]
    "#);
    assert_json_snapshot!(answers(&mut cloud, &["GetBucketReplication"]), @r#"
    {
      "GetBucketReplication": {
        "ReplicationConfiguration": {
          "Role": "arn:aws:iam::000000000000:role/r",
          "Rules": [
            {
              "ID": "r",
              "Priority": 0,
              "Filter": {},
              "Status": "Enabled",
              "Destination": {
                "Bucket": "arn:aws:s3:::replicas"
              },
              "DeleteMarkerReplication": {
                "Status": "Disabled"
              }
            }
          ]
        }
      }
    }
    "#);
}
