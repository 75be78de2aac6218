//! An object that came in parts is read, copied and deleted as one.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::json;

use super::harness::Cloud;
use kernel::call::Payload;

#[test]
fn an_object_of_parts_is_read_as_one_or_part_by_part() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put_parts("photos", "film", &[5, 0, 7]);
    let mut answers = Vec::new();
    for asked in [
        json!({ "ChecksumMode": "ENABLED" }),
        json!({ "Range": "bytes=3-6", "ChecksumMode": "ENABLED" }),
        json!({ "PartNumber": 1 }),
        json!({ "PartNumber": 3 }),
        json!({ "PartNumber": 4 }),
    ] {
        let mut input = asked.clone();
        input["Bucket"] = "photos".into();
        input["Key"] = "film".into();
        let text = match cloud.try_call("GetObject", input, Payload::None) {
            Ok((got, Payload::Stored(ranges))) => {
                let ranges = ranges.into_iter().map(|range| {
                    format!("{} {}+{}", range.blob.0, range.offset_bytes, range.length_bytes)
                });
                let said = ["ContentLength", "ContentRange", "ETag", "PartsCount"].map(|name| {
                    got.get(name).map(|value| format!("{name} {value}")).unwrap_or_default()
                });
                let checksum = got.get("ChecksumCRC64NVME").map(ToString::to_string);
                format!("{said:?} {checksum:?}: {}", ranges.collect::<Vec<_>>().join(", "))
            }
            other => format!("{:?}", other.map_err(|it| (it.code(), it.fields().to_vec()))),
        };
        answers.push(format!("{asked}\n  {text}"));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {"ChecksumMode":"ENABLED"}
      ["ContentLength 12", "", "ETag \"\\\"5501b5b24e40268ba1b717530a753594-3\\\"\"", ""] Some("\"AAAAAAAAAAA=\""): blob-1 0+5, blob-3 0+7
    {"Range":"bytes=3-6","ChecksumMode":"ENABLED"}
      ["ContentLength 4", "ContentRange \"bytes 3-6/12\"", "ETag \"\\\"5501b5b24e40268ba1b717530a753594-3\\\"\"", ""] None: blob-1 3+2, blob-3 0+2
    {"PartNumber":1}
      ["ContentLength 5", "ContentRange \"bytes 0-4/12\"", "ETag \"\\\"5501b5b24e40268ba1b717530a753594-3\\\"\"", "PartsCount 3"] None: blob-1 0+5
    {"PartNumber":3}
      ["ContentLength 7", "ContentRange \"bytes 5-11/12\"", "ETag \"\\\"5501b5b24e40268ba1b717530a753594-3\\\"\"", "PartsCount 3"] None: blob-3 0+7
    {"PartNumber":4}
      Err(("InvalidPartNumber", [("ActualPartCount", "3"), ("PartNumberRequested", "4")]))
    "#);
    assert_json_snapshot!(cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }))["Contents"], @r#"
    [
      {
        "Key": "film",
        "LastModified": 1795461120,
        "ETag": "\"5501b5b24e40268ba1b717530a753594-3\"",
        "ChecksumAlgorithm": [
          "CRC64NVME"
        ],
        "ChecksumType": "FULL_OBJECT",
        "Size": 12,
        "StorageClass": "STANDARD"
      }
    ]
    "#);
}

/// As on AWS, the copy is in one piece: it has an ETag and a checksum of its own.
#[test]
fn a_copy_of_an_object_of_parts_is_one_piece() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put_parts("photos", "film", &[5, 7]);
    let copy = json!({ "Bucket": "photos", "Key": "copy", "CopySource": "photos/film" });
    let copied = cloud.call("CopyObject", copy);
    cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "film" }));
    assert_snapshot!(format!("{:?}", cloud.dropped), @r#"[BlobId("blob-1"), BlobId("blob-2")]"#);
    let (_, body) = cloud
        .try_call("GetObject", json!({ "Bucket": "photos", "Key": "copy" }), Payload::None)
        .unwrap();
    assert_snapshot!(format!("{}\n{body:?}", copied["CopyObjectResult"]), @r#"
    {"ETag":"\"03030303030303030303030303030303\"","LastModified":1795461120,"ChecksumCRC64NVME":"AAAAAAAAAAA=","ChecksumType":"FULL_OBJECT"}
    Stored([BlobRange { blob: BlobId("blob-3"), offset_bytes: 0, length_bytes: 12 }])
    "#);
    // Another checksum is computed of the bytes, too; the same one is there already.
    let mut answers = Vec::new();
    for algorithm in ["SHA256", "SHA256", "MD4"] {
        let anew = json!({
            "Bucket": "photos", "Key": "copy", "CopySource": "photos/copy",
            "ChecksumAlgorithm": algorithm,
        });
        let anew = cloud.call("CopyObject", anew);
        answers.push(format!("{anew} {:?}", cloud.dropped));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {"CopyObjectResult":{"ETag":"\"04040404040404040404040404040404\"","LastModified":1795461120,"ChecksumSHA256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","ChecksumType":"FULL_OBJECT"},"ServerSideEncryption":"AES256"} [BlobId("blob-1"), BlobId("blob-2"), BlobId("blob-3")]
    {"CopyObjectResult":{"ETag":"\"04040404040404040404040404040404\"","LastModified":1795461120,"ChecksumSHA256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","ChecksumType":"FULL_OBJECT"},"ServerSideEncryption":"AES256"} [BlobId("blob-1"), BlobId("blob-2"), BlobId("blob-3")]
    {"Error":{"Code":"InvalidRequest","Message":"Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"},"Status":400} [BlobId("blob-1"), BlobId("blob-2"), BlobId("blob-3")]
    "#);
}
