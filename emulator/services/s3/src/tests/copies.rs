//! Copies: of an object onto another key, with its body or with a new description.

use insta::assert_json_snapshot;
use serde_json::json;

use super::harness::Cloud;

/// Nothing but the encryption need change: of the object, or of the bucket since.
#[test]
fn a_copy_onto_itself_is_taken_where_it_changes_the_encryption() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 5, json!({ "ServerSideEncryption": "aws:kms" }));
    let itself = json!({ "Bucket": "photos", "Key": "a", "CopySource": "photos/a" });
    let told = [(); 2].map(|()| {
        let answer = cloud.call("CopyObject", itself.clone());
        format!("{}{}", answer["Error"]["Code"], answer["ServerSideEncryption"])
    });
    assert_json_snapshot!(told, @r#"
    [
      "null\"AES256\"",
      "\"InvalidRequest\"null"
    ]
    "#);
}

#[test]
fn a_copy_shares_the_body_until_the_last_of_both_is_gone() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put(
        "photos",
        "a b",
        5,
        json!({ "ContentType": "image/png", "Metadata": { "x": "y" }, "Tagging": "k=v" }),
    );
    let source = "/photos/a%20b";
    let copy = json!({ "Bucket": "photos", "Key": "copy", "CopySource": source });
    assert_json_snapshot!(cloud.call("CopyObject", copy), @r#"
    {
      "CopyObjectResult": {
        "ETag": "\"01010101010101010101010101010101\"",
        "LastModified": 1795461120,
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT"
      },
      "ServerSideEncryption": "AES256"
    }
    "#);
    let itself = json!({ "Bucket": "photos", "Key": "a b", "CopySource": source });
    assert_json_snapshot!(cloud.call("CopyObject", itself), @r#"
    {
      "Error": {
        "Code": "InvalidRequest",
        "Message": "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
      },
      "Status": 400
    }
    "#);
    let renewed = json!({
        "Bucket": "photos", "Key": "a b", "CopySource": source,
        "MetadataDirective": "REPLACE", "Metadata": { "new": "1" }, "TaggingDirective": "REPLACE",
    });
    cloud.call("CopyObject", renewed);
    let stale = json!({
        "Bucket": "photos", "Key": "c", "CopySource": source, "CopySourceIfNoneMatch": "*",
    });
    assert_json_snapshot!(cloud.call("CopyObject", stale), @r#"
    {
      "Error": {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": "x-amz-copy-source-If-None-Match"
      },
      "Status": 412
    }
    "#);
    let (original, copy) = (
        cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "a b" })),
        cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "copy" })),
    );
    assert_json_snapshot!([original, copy], @r#"
    [
      {
        "AcceptRanges": "bytes",
        "LastModified": 1795461120,
        "ContentLength": 5,
        "ETag": "\"01010101010101010101010101010101\"",
        "ContentType": "binary/octet-stream",
        "ServerSideEncryption": "AES256",
        "Metadata": {
          "new": "1"
        }
      },
      {
        "AcceptRanges": "bytes",
        "LastModified": 1795461120,
        "ContentLength": 5,
        "ETag": "\"01010101010101010101010101010101\"",
        "ContentType": "image/png",
        "ServerSideEncryption": "AES256",
        "Metadata": {
          "x": "y"
        },
        "TagCount": 1
      }
    ]
    "#);
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a b" }));
    assert_eq!(cloud.dropped, [], "the copy still refers to the body");
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "copy" }));
    assert_eq!(cloud.dropped.len(), 1, "nothing refers to the body");
}
