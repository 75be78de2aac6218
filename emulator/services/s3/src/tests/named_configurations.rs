//! Configurations of which a bucket may have several: inventories, metrics, analytics, tierings.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::harness::Cloud;

#[test]
fn configurations_by_id_are_listed_in_pages() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let put = |cloud: &mut Cloud, id: &str, document: Value| {
        let input = json!({ "Bucket": "photos", "Id": id, "MetricsConfiguration": document });
        cloud.call("PutBucketMetricsConfiguration", input)
    };
    for number in 0..101 {
        let id = format!("id-{number:03}");
        put(&mut cloud, &id, json!({ "Id": id }));
    }
    let filtered = json!({ "Id": "id-100", "Filter": { "Prefix": "a/" } });
    assert_json_snapshot!([
        put(&mut cloud, "id-100", filtered),
        put(&mut cloud, "id-100", json!({ "Id": "other" })),
        put(&mut cloud, "", json!({ "Id": "" })),
    ], @r#"
    [
      {},
      {
        "Error": {
          "Code": "IdMismatch",
          "Message": "Document ID does not match the specified configuration ID."
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The configuration ID is not valid.",
          "ArgumentName": "id",
          "ArgumentValue": ""
        },
        "Status": 400
      }
    ]
    "#);
    let mut list = |token: Value| {
        let input = json!({ "Bucket": "photos", "ContinuationToken": token });
        let mut page = cloud.call("ListBucketMetricsConfigurations", input);
        let listed = page["MetricsConfigurationList"].as_array().unwrap().clone();
        if listed.len() > 1 {
            page["MetricsConfigurationList"] =
                json!([listed.first(), format!("{} more", listed.len() - 2), listed.last()]);
        }
        page
    };
    let first = list(Value::Null);
    let second = list(first["NextContinuationToken"].clone());
    assert_json_snapshot!([first, second], @r#"
    [
      {
        "IsTruncated": true,
        "MetricsConfigurationList": [
          {
            "Id": "id-000"
          },
          "98 more",
          {
            "Id": "id-099"
          }
        ],
        "NextContinuationToken": "MS9pZC0wOTk="
      },
      {
        "IsTruncated": false,
        "MetricsConfigurationList": [
          {
            "Id": "id-100",
            "Filter": {
              "Prefix": "a/"
            }
          }
        ],
        "ContinuationToken": "MS9pZC0wOTk="
      }
    ]
    "#);
    let named = json!({ "Bucket": "photos", "Id": "id-100" });
    let answers = ["Get", "Delete", "Get", "Delete"]
        .map(|what| cloud.call(&format!("{what}BucketMetricsConfiguration"), named.clone()));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "MetricsConfiguration": {
          "Id": "id-100",
          "Filter": {
            "Prefix": "a/"
          }
        }
      },
      {},
      {
        "Error": {
          "Code": "NoSuchConfiguration",
          "Message": "The specified configuration does not exist."
        },
        "Status": 404
      },
      {
        "Error": {
          "Code": "NoSuchConfiguration",
          "Message": "The specified configuration does not exist."
        },
        "Status": 404
      }
    ]
    "#);
}

#[test]
fn reports_and_tiers_are_checked() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let mut put = |kind: &str, document: Value| {
        let member = format!("{kind}Configuration");
        let mut input = json!({ "Bucket": "photos", "Id": "a" });
        input[&member] = document;
        let answer = cloud.call(&format!("PutBucket{member}"), input);
        answer.get("Error").map_or_else(|| "taken".into(), |error| error["Code"].clone())
    };
    let inventory = |id: &str, bucket: &str, format: &str| {
        json!({
            "Id": id, "IsEnabled": true, "IncludedObjectVersions": "All",
            "Schedule": { "Frequency": "Daily" }, "OptionalFields": ["Size", "ETag"],
            "Destination": { "S3BucketDestination": {
                "Bucket": bucket, "Format": format, "Encryption": { "SSES3": {} },
            } },
        })
    };
    let tiering = |id: &str, tier: &str, days: u32| {
        let tiers = [json!({ "AccessTier": tier, "Days": days })];
        json!({ "Id": id, "Status": "Enabled", "Tierings": tiers })
    };
    let analysis = |id: &str, format: &str| {
        let destination = json!({ "Format": format, "Bucket": "arn:aws:s3:::logs" });
        json!({ "Id": id, "StorageClassAnalysis": { "DataExport": {
            "OutputSchemaVersion": "V_1", "Destination": { "S3BucketDestination": destination },
        } } })
    };
    let answers = [
        put("Inventory", inventory("a", "arn:aws:s3:::logs", "CSV")),
        put("Inventory", inventory("b", "arn:aws:s3:::logs", "CSV")),
        put("Inventory", inventory("a", "logs", "CSV")),
        put("Inventory", inventory("a", "arn:aws:s3:::logs", "TXT")),
        put("IntelligentTiering", tiering("a", "ARCHIVE_ACCESS", 90)),
        put("IntelligentTiering", tiering("b", "ARCHIVE_ACCESS", 90)),
        put("IntelligentTiering", tiering("a", "DEEP_ARCHIVE_ACCESS", 179)),
        put("IntelligentTiering", tiering("a", "ATTIC", 90)),
        put("Analytics", analysis("a", "CSV")),
        put("Analytics", analysis("b", "CSV")),
        put("Analytics", analysis("a", "ORC")),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      "taken",
      "IdMismatch",
      "InvalidS3DestinationBucket",
      "MalformedXML",
      "taken",
      "MalformedXML",
      "InvalidArgument",
      "MalformedXML",
      "taken",
      "MalformedXML",
      "MalformedXML"
    ]
    "#);
}
