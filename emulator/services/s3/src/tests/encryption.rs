//! Encryption of objects: recorded, returned, and asked for again where the key is the customer's.

use std::sync::Arc;

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::{BucketDefaults, Settings};

/// A customer's key, as headers bring it: 32 times the same byte.
fn customer_key(prefix: &str, byte: u8) -> Value {
    use base64::Engine;
    use md5::Digest;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let key = [byte; 32];
    json!({
        (format!("{prefix}SSECustomerAlgorithm")): "AES256",
        (format!("{prefix}SSECustomerKey")): base64(&key),
        (format!("{prefix}SSECustomerKeyMD5")): base64(&md5::Md5::digest(key)),
    })
}

fn merged(parts: &[Value]) -> Value {
    let members = parts.iter().flat_map(|part| part.as_object().unwrap().clone());
    Value::Object(members.collect())
}

/// What answers say of encryption and of the ETag that goes with it.
fn said(answer: &Value) -> Value {
    let names = ["ETag", "Error", "ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"];
    let more = ["SSEKMSEncryptionContext", "SSECustomerAlgorithm", "SSECustomerKeyMD5"];
    let answer = answer
        .get("CopyObjectResult")
        .map_or(answer.clone(), |copy| merged(&[copy.clone(), answer.clone()]));
    let said = names.into_iter().chain(more);
    said.filter_map(|name| Some((name.to_owned(), answer.get(name)?.clone()))).collect()
}

#[test]
fn a_key_of_kms_is_recorded_by_its_arn_and_the_etag_is_no_md5() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let kms = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut put = |key: &str, more: Value| said(&cloud.put("photos", key, 5, more));
    let answers = [
        put("plain", json!({ "ServerSideEncryption": "AES256" })),
        put("managed", json!({ "ServerSideEncryption": "aws:kms" })),
        put(
            "named",
            json!({
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
                "SSEKMSEncryptionContext": "eyJhIjoiYiJ9",
                "BucketKeyEnabled": true,
            }),
        ),
        put("layers", json!({ "ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": kms })),
        put("alias", json!({ "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/mine" })),
    ];
    assert_json_snapshot!(answers, @r#"
    [
      {
        "ETag": "\"01010101010101010101010101010101\"",
        "ServerSideEncryption": "AES256"
      },
      {
        "ETag": "\"686d5a35caf958151dfce3a33650c6f9\"",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/3d791a05-d41e-4923-86ba-b7179e0350ab"
      },
      {
        "ETag": "\"aa5cd702f1bc5af178777113a5c99bf4\"",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "BucketKeyEnabled": true,
        "SSEKMSEncryptionContext": "eyJhIjoiYiJ9"
      },
      {
        "ETag": "\"107618838f7f37b30c336985c4dcac3f\"",
        "ServerSideEncryption": "aws:kms:dsse",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      },
      {
        "ETag": "\"f7428aec83297c3d7a8f1869822d7f18\"",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/cf34158c-afc9-45eb-882b-19035171249f"
      }
    ]
    "#);
    let head = cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "named" }));
    assert_json_snapshot!(said(&head), @r#"
    {
      "ETag": "\"aa5cd702f1bc5af178777113a5c99bf4\"",
      "ServerSideEncryption": "aws:kms",
      "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "BucketKeyEnabled": true
    }
    "#);
    let copy = json!({ "Bucket": "photos", "Key": "copy", "CopySource": "photos/named" });
    assert_json_snapshot!(said(&cloud.call("CopyObject", copy)), @r#"
    {
      "ETag": "\"03030303030303030303030303030303\"",
      "ServerSideEncryption": "AES256"
    }
    "#);
    let (restarted, _) = cloud.restarted();
    cloud.s3 = restarted;
    assert_eq!(head, cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "named" })));
}

#[test]
fn what_kms_or_s3_cannot_do_is_refused() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let refusals: Vec<Value> = [
        json!({ "ServerSideEncryption": "rot13" }),
        json!({ "SSEKMSKeyId": "alias/mine" }),
        json!({ "ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/mine" }),
        json!({ "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "fake-key-id" }),
        json!({
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": "arn:aws:kms:eu-west-1:000000000000:alias/mine",
        }),
        json!({ "ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "e30" }),
    ]
    .into_iter()
    .map(|more| cloud.put("photos", "a", 5, more)["Error"].clone())
    .collect();
    assert_json_snapshot!(refusals, @r#"
    [
      {
        "Code": "InvalidArgument",
        "Message": "The encryption method specified is not supported",
        "ArgumentName": "x-amz-server-side-encryption",
        "ArgumentValue": "rot13"
      },
      {
        "Code": "InvalidArgument",
        "Message": "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "ArgumentName": "x-amz-server-side-encryption"
      },
      {
        "Code": "InvalidArgument",
        "Message": "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "ArgumentName": "x-amz-server-side-encryption",
        "ArgumentValue": "AES256"
      },
      {
        "Code": "KMS.NotFoundException",
        "Message": "Invalid keyId 'fake-key-id'"
      },
      {
        "Code": "KMS.NotFoundException",
        "Message": "Invalid arn eu-west-1"
      },
      {
        "Code": "InvalidArgument",
        "Message": "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
        "ArgumentName": "x-amz-server-side-encryption-context",
        "ArgumentValue": "e30"
      }
    ]
    "#);
}

#[test]
fn an_object_under_a_customers_key_is_read_with_that_key_alone() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let put = cloud.put("photos", "a", 5, customer_key("", 1));
    let named = json!({ "Bucket": "photos", "Key": "a" });
    let mut read = |more: Value| {
        let answer = cloud.call("GetObject", merged(&[named.clone(), more]));
        said(&answer)
    };
    let keyless = merged(&[customer_key("", 1), json!({ "SSECustomerKeyMD5": null })]);
    let answers = [
        ("put", said(&put)),
        ("read with the key", read(customer_key("", 1))),
        ("without", read(json!({}))),
        ("with another", read(customer_key("", 2))),
        ("without its MD5", read(keyless)),
    ];
    assert_json_snapshot!(answers.into_iter().collect::<std::collections::BTreeMap<_, _>>(), @r#"
    {
      "put": {
        "ETag": "\"b820188ec5cfb4fa4a47a67bbcf3f827\"",
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKeyMD5": "4Funlf7OsLF0HL+vKU+fkg=="
      },
      "read with the key": {
        "ETag": "\"b820188ec5cfb4fa4a47a67bbcf3f827\"",
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKeyMD5": "4Funlf7OsLF0HL+vKU+fkg=="
      },
      "with another": {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
        }
      },
      "without": {
        "Error": {
          "Code": "InvalidRequest",
          "Message": "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
        }
      },
      "without its MD5": {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
        }
      }
    }
    "#);
    cloud.put("photos", "b", 5, json!({}));
    let plain = merged(&[json!({ "Bucket": "photos", "Key": "b" }), customer_key("", 1)]);
    assert_json_snapshot!(cloud.call("HeadObject", plain)["Error"], @r#"
    {
      "Code": "InvalidRequest",
      "Message": "The encryption parameters are not applicable to this object."
    }
    "#);
    let copy = json!({ "Bucket": "photos", "Key": "c", "CopySource": "photos/a" });
    let rekeyed = merged(&[copy.clone(), customer_key("CopySource", 1), customer_key("", 2)]);
    let copies = [copy, rekeyed].map(|input| said(&cloud.call("CopyObject", input)));
    assert_json_snapshot!(copies, @r#"
    [
      {
        "Error": {
          "Code": "InvalidRequest",
          "Message": "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
        }
      },
      {
        "ETag": "\"45f1c73953fc3bcb73c5385fd0356235\"",
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKeyMD5": "F3apf5enN9TQbA8CaOS4/g=="
      }
    ]
    "#);
}

#[test]
fn a_customers_key_that_is_none_is_refused() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let refusals: Vec<Value> = [
        json!({ "ServerSideEncryption": "AES256" }),
        json!({ "SSECustomerAlgorithm": "KMS" }),
        json!({ "SSECustomerAlgorithm": null }),
        json!({ "SSECustomerKey": null }),
        json!({ "SSECustomerKey": "dG9vIHNob3J0" }),
        json!({ "SSECustomerKeyMD5": null }),
        json!({ "SSECustomerKeyMD5": "AAAA" }),
    ]
    .into_iter()
    .map(|more| {
        let input = merged(&[customer_key("", 1), more]);
        cloud.put("photos", "a", 5, input)["Error"].clone()
    })
    .collect();
    assert_json_snapshot!(refusals, @r#"
    [
      {
        "Code": "InvalidArgument",
        "Message": "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        "ArgumentName": "x-amz-server-side-encryption",
        "ArgumentValue": "AES256"
      },
      {
        "Code": "InvalidEncryptionAlgorithmError",
        "Message": "The Encryption request you specified is not valid. Supported value: AES256.",
        "ArgumentName": "x-amz-server-side-encryption",
        "ArgumentValue": "KMS"
      },
      {
        "Code": "InvalidArgument",
        "Message": "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
        "ArgumentName": "x-amz-server-side-encryption"
      },
      {
        "Code": "InvalidArgument",
        "Message": "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
        "ArgumentName": "x-amz-server-side-encryption"
      },
      {
        "Code": "InvalidArgument",
        "Message": "The secret key was invalid for the specified algorithm.",
        "ArgumentName": "x-amz-server-side-encryption"
      },
      {
        "Code": "InvalidArgument",
        "Message": "The secret key was invalid for the specified algorithm.",
        "ArgumentName": "x-amz-server-side-encryption"
      },
      {
        "Code": "InvalidArgument",
        "Message": "The calculated MD5 hash of the key did not match the hash that was provided.",
        "ArgumentName": "x-amz-server-side-encryption"
      }
    ]
    "#);
}

/// Since January 2023 every bucket encrypts; one of before that does where it is told to.
#[test]
fn a_bucket_of_2022_encrypts_what_it_is_told_to() {
    let mut cloud = Cloud::new();
    cloud.s3.set_settings(Arc::new(Settings::new(BucketDefaults::Of2022)));
    let mut cloud = cloud.with_bucket("old");
    cloud.s3.set_settings(Arc::default());
    let mut cloud = cloud.with_bucket("new");
    let mut lines = Vec::new();
    let rule = json!({ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } });
    let put = json!({ "Bucket": "old", "ServerSideEncryptionConfiguration": { "Rules": [rule] } });
    for (step, operation, input) in [
        ("at first", "HeadBucket", json!({ "Bucket": "old" })),
        ("told to", "PutBucketEncryption", put),
        ("told not to", "DeleteBucketEncryption", json!({ "Bucket": "old" })),
    ] {
        cloud.call(operation, input);
        cloud.restart();
        for bucket in ["old", "new"] {
            let got = cloud.call("GetBucketEncryption", json!({ "Bucket": bucket }));
            let got = got["Error"]["Code"].as_str().unwrap_or("AES256").to_owned();
            let put = said(&cloud.put(bucket, "a", 1, json!({})));
            let head = said(&cloud.call("HeadObject", json!({ "Bucket": bucket, "Key": "a" })));
            lines.push(format!("{step}, {bucket}: {got}; {put}; {head}"));
        }
        let asked = cloud.put("old", "b", 1, json!({ "ServerSideEncryption": "AES256" }));
        lines.push(format!("  asked for: {}", said(&asked)));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    at first, old: ServerSideEncryptionConfigurationNotFoundError; {"ETag":"\"01010101010101010101010101010101\""}; {"ETag":"\"01010101010101010101010101010101\""}
    at first, new: AES256; {"ETag":"\"02020202020202020202020202020202\"","ServerSideEncryption":"AES256"}; {"ETag":"\"02020202020202020202020202020202\"","ServerSideEncryption":"AES256"}
      asked for: {"ETag":"\"03030303030303030303030303030303\"","ServerSideEncryption":"AES256"}
    told to, old: AES256; {"ETag":"\"04040404040404040404040404040404\"","ServerSideEncryption":"AES256"}; {"ETag":"\"04040404040404040404040404040404\"","ServerSideEncryption":"AES256"}
    told to, new: AES256; {"ETag":"\"05050505050505050505050505050505\"","ServerSideEncryption":"AES256"}; {"ETag":"\"05050505050505050505050505050505\"","ServerSideEncryption":"AES256"}
      asked for: {"ETag":"\"06060606060606060606060606060606\"","ServerSideEncryption":"AES256"}
    told not to, old: ServerSideEncryptionConfigurationNotFoundError; {"ETag":"\"07070707070707070707070707070707\""}; {"ETag":"\"07070707070707070707070707070707\""}
    told not to, new: AES256; {"ETag":"\"08080808080808080808080808080808\"","ServerSideEncryption":"AES256"}; {"ETag":"\"08080808080808080808080808080808\"","ServerSideEncryption":"AES256"}
      asked for: {"ETag":"\"09090909090909090909090909090909\"","ServerSideEncryption":"AES256"}
    "#);
}
