//! Objects: put, read, deleted.

use insta::{assert_json_snapshot, assert_snapshot};
use kernel::call::Payload;
use serde_json::json;

use super::harness::Cloud;

#[test]
fn what_was_put_is_read_back_with_everything_said_about_it() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let put = cloud.put(
        "photos",
        "a b/ü.jpg",
        100,
        json!({
            "ContentType": "image/jpeg",
            "CacheControl": "max-age=60",
            "Expires": "Fri, 02 Jan 2026 03:04:05 GMT",
            "Metadata": { "Order-Id": "7", "who": "me" },
            "Tagging": "colour=light+blue&empty=",
            "StorageClass": "STANDARD_IA",
            "ChecksumAlgorithm": "CRC64NVME",
            "ContentLength": 100,
        }),
    );
    assert_json_snapshot!(put, @r#"
    {
      "ETag": "\"01010101010101010101010101010101\"",
      "ChecksumCRC64NVME": "AAAAAAAAAAA=",
      "ChecksumType": "FULL_OBJECT",
      "ServerSideEncryption": "AES256"
    }
    "#);
    let key = json!({
        "Bucket": "photos", "Key": "a b/ü.jpg", "ChecksumMode": "ENABLED",
        "ResponseContentType": "text/plain",
    });
    let (got, body) = cloud.try_call("GetObject", key, Payload::None).unwrap();
    assert_json_snapshot!(got, @r#"
    {
      "AcceptRanges": "bytes",
      "LastModified": 1795461120,
      "ContentLength": 100,
      "ETag": "\"01010101010101010101010101010101\"",
      "ChecksumCRC64NVME": "AAAAAAAAAAA=",
      "ChecksumType": "FULL_OBJECT",
      "CacheControl": "max-age=60",
      "ContentType": "text/plain",
      "Expires": "Fri, 02 Jan 2026 03:04:05 GMT",
      "ServerSideEncryption": "AES256",
      "Metadata": {
        "order-id": "7",
        "who": "me"
      },
      "StorageClass": "STANDARD_IA",
      "TagCount": 2
    }
    "#);
    assert_snapshot!(format!("{body:?}"), @r#"Stored([BlobRange { blob: BlobId("blob-1"), offset_bytes: 0, length_bytes: 100 }])"#);

    let part = json!({ "Bucket": "photos", "Key": "a b/ü.jpg", "Range": "bytes=-10" });
    let (got, body) = cloud.try_call("GetObject", part, Payload::None).unwrap();
    assert_snapshot!(format!("{} {body:?}", got["ContentRange"]), @r#""bytes 90-99/100" Stored([BlobRange { blob: BlobId("blob-1"), offset_bytes: 90, length_bytes: 10 }])"#);
}

#[test]
fn a_write_can_be_made_to_depend_on_what_is_there() {
    let mut cloud = Cloud::new().with_bucket("photos");
    let first = json!({ "IfNoneMatch": "*" });
    let mut answers = vec![
        cloud.put("photos", "a", 1, first.clone()),
        cloud.put("photos", "a", 1, first),
        cloud.put("photos", "a", 1, json!({ "IfMatch": "\"ffffffffffffffffffffffffffffffff\"" })),
        cloud.put("photos", "b", 1, json!({ "IfMatch": "\"ffffffffffffffffffffffffffffffff\"" })),
    ];
    let etag = answers[0]["ETag"].clone();
    answers.push(cloud.put("photos", "a", 1, json!({ "IfMatch": etag })));
    // AWS takes no other values, and not both.
    answers.push(cloud.put("photos", "a", 1, json!({ "IfNoneMatch": etag })));
    answers.push(cloud.put("photos", "a", 1, json!({ "IfMatch": "*" })));
    answers.push(cloud.put("photos", "b", 1, json!({ "IfMatch": etag, "IfNoneMatch": "*" })));
    assert_json_snapshot!(answers, @r#"
    [
      {
        "ETag": "\"01010101010101010101010101010101\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      },
      {
        "Error": {
          "Code": "PreconditionFailed",
          "Message": "At least one of the pre-conditions you specified did not hold",
          "Condition": "If-None-Match"
        },
        "Status": 412
      },
      {
        "Error": {
          "Code": "PreconditionFailed",
          "Message": "At least one of the pre-conditions you specified did not hold",
          "Condition": "If-Match"
        },
        "Status": 412
      },
      {
        "Error": {
          "Code": "NoSuchKey",
          "Message": "The specified key does not exist.",
          "Key": "b"
        },
        "Status": 404
      },
      {
        "ETag": "\"05050505050505050505050505050505\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      },
      {
        "Error": {
          "Code": "NotImplemented",
          "Message": "A header you provided implies functionality that is not implemented",
          "Header": "If-None-Match",
          "additionalMessage": "We don't accept the provided value of If-None-Match header for this API"
        },
        "Status": 501
      },
      {
        "Error": {
          "Code": "NotImplemented",
          "Message": "A header you provided implies functionality that is not implemented",
          "Header": "If-Match",
          "additionalMessage": "We don't accept the provided value of If-Match header for this API"
        },
        "Status": 501
      },
      {
        "Error": {
          "Code": "NotImplemented",
          "Message": "A header you provided implies functionality that is not implemented",
          "Header": "If-Match,If-None-Match",
          "additionalMessage": "Multiple conditional request headers present in the request"
        },
        "Status": 501
      }
    ]
    "#);
}

#[test]
fn many_objects_are_deleted_at_once_and_each_answered_for() {
    let mut cloud = Cloud::new().with_bucket("photos");
    for key in ["a", "b", "c"] {
        cloud.put("photos", key, 1, json!({}));
    }
    let wrong = "ffffffffffffffffffffffffffffffff";
    let objects = json!([{ "Key": "a" }, { "Key": "b", "ETag": wrong }, { "Key": "never" }]);
    let input = json!({ "Bucket": "photos", "Delete": { "Objects": objects } });
    assert_json_snapshot!(cloud.call("DeleteObjects", input), @r#"
    {
      "Deleted": [
        {
          "Key": "a"
        },
        {
          "Key": "never"
        }
      ],
      "Errors": [
        {
          "Key": "b",
          "Code": "PreconditionFailed",
          "Message": "At least one of the pre-conditions you specified did not hold"
        }
      ]
    }
    "#);
    let quiet = json!({ "Objects": [{ "Key": "b" }], "Quiet": true });
    assert_json_snapshot!(
        cloud.call("DeleteObjects", json!({ "Bucket": "photos", "Delete": quiet })),
        @r#"
        {}
        "#
    );
    let too_many: Vec<_> = (0..1001).map(|at| json!({ "Key": at.to_string() })).collect();
    let input = json!({ "Bucket": "photos", "Delete": { "Objects": too_many } });
    assert_json_snapshot!(cloud.call("DeleteObjects", input), @r#"
    {
      "Error": {
        "Code": "MalformedXML",
        "Message": "The XML you provided was not well-formed or did not validate against our published schema"
      },
      "Status": 400
    }
    "#);
}

#[test]
fn what_cannot_be_is_refused_in_awss_words() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 8, json!({}));
    let long = "x".repeat(2100);
    let mut answers = vec![
        cloud.put("nothing", "a", 1, json!({})),
        cloud.put("photos", &"k".repeat(1025), 1, json!({})),
        cloud.put("photos", "b", 1, json!({ "Metadata": { "long": long } })),
        cloud.put("photos", "b", 1, json!({ "StorageClass": "OUTPOSTS" })),
        cloud.put("photos", "b", 1, json!({ "WebsiteRedirectLocation": "a.html" })),
        cloud.put("photos", "b", 1, json!({ "WebsiteRedirectLocation": format!("/{long}") })),
        cloud.put("photos", "b", 1, json!({ "ServerSideEncryption": "aws:kms" })),
        cloud.put("photos", "b", 1, json!({ "ACL": "public-read" })),
        cloud.put("photos", "b", 1, json!({ "SSECustomerAlgorithm": "AES256" })),
        cloud.put("photos", "b", 1, json!({ "Tagging": "a=1&a=2" })),
        cloud.put("photos", "b", 6 << 30, json!({})),
    ];
    for input in [
        json!({ "Key": "none" }),
        json!({ "Key": "a", "Range": "bytes=8-" }),
        json!({ "Key": "a", "PartNumber": 2 }),
        json!({ "Key": "a", "IfMatch": "\"no\"" }),
        json!({ "Key": "a", "IfNoneMatch": "*" }),
        json!({ "Key": "a", "ExpectedBucketOwner": "0000" }),
        json!({ "Key": "a", "ExpectedBucketOwner": "111111111111" }),
        json!({ "Key": "a", "VersionId": "abc" }),
    ] {
        let mut input = input;
        input["Bucket"] = "photos".into();
        answers.push(cloud.call("GetObject", input));
    }
    answers.push(cloud.call("SelectObjectContent", json!({ "Bucket": "photos" })));
    assert_eq!(cloud.dropped, [], "a refused upload is dropped by whoever drives the World");
    assert_json_snapshot!(answers, @r#"
    [
      {
        "Error": {
          "Code": "NoSuchBucket",
          "Message": "The specified bucket does not exist",
          "BucketName": "nothing"
        },
        "Status": 404
      },
      {
        "Error": {
          "Code": "KeyTooLongError",
          "Message": "Your key is too long",
          "Size": "1025",
          "MaxSizeAllowed": "1024"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "MetadataTooLarge",
          "Message": "Your metadata headers exceed the maximum allowed metadata size",
          "Size": "2104",
          "MaxSizeAllowed": "2048"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidStorageClass",
          "Message": "The storage class you specified is not valid",
          "StorageClassRequested": "OUTPOSTS"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidRedirectLocation",
          "Message": "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidRedirectLocation",
          "Message": "The length of website redirect location cannot exceed 2,048 characters."
        },
        "Status": 400
      },
      {
        "ETag": "\"5c8c9b89801174711daaf264a651f4d1\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:000000000000:key/3d791a05-d41e-4923-86ba-b7179e0350ab"
      },
      {
        "Error": {
          "Code": "AccessControlListNotSupported",
          "Message": "The bucket does not allow ACLs"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
          "ArgumentName": "x-amz-server-side-encryption"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
          "ArgumentName": "x-amz-tagging",
          "ArgumentValue": "a=1&a=2"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "EntityTooLarge",
          "Message": "Your proposed upload exceeds the maximum allowed size",
          "ProposedSize": "6442450944",
          "MaxSizeAllowed": "5368709120"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "NoSuchKey",
          "Message": "The specified key does not exist.",
          "Key": "none"
        },
        "Status": 404
      },
      {
        "Error": {
          "Code": "InvalidRange",
          "Message": "The requested range is not satisfiable",
          "RangeRequested": "bytes=8-",
          "ActualObjectSize": "8"
        },
        "Status": 416
      },
      {
        "Error": {
          "Code": "InvalidPartNumber",
          "Message": "The requested partnumber is not satisfiable",
          "ActualPartCount": "1",
          "PartNumberRequested": "2"
        },
        "Status": 416
      },
      {
        "Error": {
          "Code": "PreconditionFailed",
          "Message": "At least one of the pre-conditions you specified did not hold",
          "Condition": "If-Match"
        },
        "Status": 412
      },
      {
        "Error": {
          "Code": "NotModified",
          "Message": "Not Modified",
          "ETag": "\"01010101010101010101010101010101\"",
          "Last-Modified": "Mon, 23 Nov 2026 19:12:00 GMT"
        },
        "Status": 304
      },
      {
        "Error": {
          "Code": "InvalidBucketOwnerAWSAccountID",
          "Message": "The value of the expected bucket owner parameter must be an AWS Account ID... [0000]"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "AccessDenied",
          "Message": "Access Denied"
        },
        "Status": 403
      },
      {
        "Error": {
          "Code": "InvalidArgument",
          "Message": "Invalid version id specified",
          "ArgumentName": "versionId",
          "ArgumentValue": "abc"
        },
        "Status": 400
      },
      {
        "Error": {
          "Code": "NotImplemented",
          "Message": "The operation s3:SelectObjectContent is not implemented by Cloudless."
        },
        "Status": 501
      }
    ]
    "#);
}
