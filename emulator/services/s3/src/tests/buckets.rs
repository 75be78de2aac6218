//! Buckets: made, named, found and deleted.

use insta::assert_json_snapshot;
use serde_json::json;

use super::harness::{Cloud, account};

#[test]
fn a_bucket_of_the_accounts_own_namespace_says_so_in_its_name() {
    let mut cloud = Cloud::new();
    let mut create = |name: &str, namespace: &str| {
        cloud.call("CreateBucket", json!({ "Bucket": name, "BucketNamespace": namespace }))
    };
    let mine = "photos-000000000000-us-east-1-an";
    assert_json_snapshot!(
        [create(mine, "account-regional"), create("photos", "account-regional"), create("photos", "mine")],
        @r#"
    [
      {
        "Location": "/photos-000000000000-us-east-1-an",
        "BucketArn": "arn:aws:s3:::photos-000000000000-us-east-1-an"
      },
      {
        "Error": {
          "Code": "InvalidNamespaceHeader",
          "Message": "The requested bucket name did not include the account-regional namespace suffix, but the provided x-amz-bucket-namespace header value is account-regional. Specify -[accountId]-[region]-an as the bucket name suffix to create a bucket in your account-regional namespace, or remove the header.",
          "Header": "photos"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidNamespaceHeader",
          "Message": "The x-amz-bucket-namespace header value mine is not valid. Only account-regional or global is supported.",
          "Header": "x-amz-bucket-namespace",
          "HeaderValue": "mine"
        },
        "Status": 400
      }
    ]
    "#
    );
}

#[test]
fn a_bucket_belongs_to_one_account_in_one_region() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 1, json!({}));
    let mut answers = Vec::new();
    let mut ask = |cloud: &mut Cloud, operation: &str, input| {
        let answer = cloud.call(operation, input);
        answers.push(json!({ operation: answer }));
    };
    // us-east-1 answers its owner as if it had just been created.
    ask(&mut cloud, "CreateBucket", json!({ "Bucket": "photos" }));
    ask(&mut cloud, "DeleteBucket", json!({ "Bucket": "photos" }));
    ask(&mut cloud, "GetBucketLocation", json!({ "Bucket": "photos" }));
    cloud.region = "eu-central-1";
    let frankfurt = json!({ "LocationConstraint": "eu-central-1" });
    ask(
        &mut cloud,
        "CreateBucket",
        json!({ "Bucket": "photos", "CreateBucketConfiguration": frankfurt }),
    );
    ask(&mut cloud, "CreateBucket", json!({ "Bucket": "bilder" }));
    ask(
        &mut cloud,
        "CreateBucket",
        json!({ "Bucket": "bilder", "CreateBucketConfiguration": frankfurt }),
    );
    ask(&mut cloud, "HeadBucket", json!({ "Bucket": "bilder" }));
    ask(&mut cloud, "ListBuckets", json!({ "MaxBuckets": 1 }));
    ask(&mut cloud, "CreateBucket", json!({ "Bucket": "Photos" }));
    cloud.region = "us-east-1";
    let nowhere = json!({ "LocationConstraint": "foo" });
    ask(
        &mut cloud,
        "CreateBucket",
        json!({ "Bucket": "nowhere", "CreateBucketConfiguration": nowhere }),
    );
    cloud.caller = account("111111111111");
    ask(&mut cloud, "CreateBucket", json!({ "Bucket": "photos" }));
    ask(&mut cloud, "HeadBucket", json!({ "Bucket": "photos" }));
    ask(&mut cloud, "ListBuckets", json!({}));
    ask(&mut cloud, "ListBuckets", json!({ "BucketRegion": "eu-east-1" }));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "CreateBucket": {
          "Location": "/photos",
          "BucketArn": "arn:aws:s3:::photos"
        }
      },
      {
        "DeleteBucket": {
          "Error": {
            "Code": "BucketNotEmpty",
            "Message": "The bucket you tried to delete is not empty",
            "BucketName": "photos"
          },
          "Status": 409
        }
      },
      {
        "GetBucketLocation": {}
      },
      {
        "CreateBucket": {
          "Error": {
            "Code": "BucketAlreadyOwnedByYou",
            "Message": "Your previous request to create the named bucket succeeded and you already own it.",
            "BucketName": "photos"
          },
          "Status": 409
        }
      },
      {
        "CreateBucket": {
          "Error": {
            "Code": "IllegalLocationConstraintException",
            "Message": "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
          },
          "Status": 400
        }
      },
      {
        "CreateBucket": {
          "Location": "http://localhost:4566/bilder/",
          "BucketArn": "arn:aws:s3:::bilder"
        }
      },
      {
        "HeadBucket": {
          "BucketArn": "arn:aws:s3:::bilder",
          "BucketRegion": "eu-central-1",
          "AccessPointAlias": false
        }
      },
      {
        "ListBuckets": {
          "Buckets": [
            {
              "Name": "bilder",
              "CreationDate": 1795461120,
              "BucketRegion": "eu-central-1",
              "BucketArn": "arn:aws:s3:::bilder"
            }
          ],
          "Owner": {
            "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
          },
          "ContinuationToken": "MS9iaWxkZXI="
        }
      },
      {
        "CreateBucket": {
          "Error": {
            "Code": "InvalidBucketName",
            "Message": "The specified bucket is not valid.",
            "BucketName": "Photos"
          },
          "Status": 400
        }
      },
      {
        "CreateBucket": {
          "Error": {
            "Code": "InvalidLocationConstraint",
            "Message": "The specified location-constraint is not valid",
            "LocationConstraint": "foo"
          },
          "Status": 400
        }
      },
      {
        "CreateBucket": {
          "Error": {
            "Code": "BucketAlreadyExists",
            "Message": "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            "BucketName": "photos"
          },
          "Status": 409
        }
      },
      {
        "HeadBucket": {
          "Error": {
            "Code": "AccessDenied",
            "Message": "Access Denied"
          },
          "Status": 403
        }
      },
      {
        "ListBuckets": {
          "Buckets": [],
          "Owner": {
            "ID": "54d3e7f321a47b4b4edb6391eb5df6e1ccddbffee0f3c9772b860a62e4b4d58e"
          }
        }
      },
      {
        "ListBuckets": {
          "Error": {
            "Code": "InvalidArgument",
            "Message": "Argument value eu-east-1 is not a valid AWS Region",
            "ArgumentName": "bucket-region"
          },
          "Status": 400
        }
      }
    ]
    "#);
}
