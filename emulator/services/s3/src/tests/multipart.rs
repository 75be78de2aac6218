//! An object that comes in parts: begun, uploaded, listed, completed or aborted.

use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use super::harness::Cloud;

const MIB: u64 = 1024 * 1024;

/// Begins an upload; gives its name.
fn begin(cloud: &mut Cloud, key: &str, more: Value) -> String {
    let mut input = json!({ "Bucket": "films", "Key": key });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let begun = cloud.call("CreateMultipartUpload", input);
    begun["UploadId"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned()
}

/// Completes an upload of these parts, by their numbers and ETags.
fn complete(cloud: &mut Cloud, key: &str, upload_id: &str, parts: &[(u16, &Value)]) -> Value {
    let parts: Vec<_> =
        parts.iter().map(|(number, etag)| json!({ "PartNumber": number, "ETag": etag })).collect();
    let input = json!({
        "Bucket": "films", "Key": key, "UploadId": upload_id, "MultipartUpload": { "Parts": parts },
    });
    cloud.call("CompleteMultipartUpload", input)
}

/// What was said about an object at the beginning holds for the object, its body is the parts that were
/// named, and the others are freed.
#[test]
fn parts_become_an_object_and_what_is_not_named_is_freed() {
    let mut cloud = Cloud::new().with_bucket("films");
    let queue = json!({
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q", "Events": ["s3:ObjectCreated:*"],
    });
    cloud.call(
        "PutBucketNotificationConfiguration",
        json!({ "Bucket": "films", "NotificationConfiguration": { "QueueConfigurations": [queue] } }),
    );
    cloud.put("films", "a film", 9, json!({}));
    cloud.heard();
    let said = json!({
        "ContentType": "video/mp4", "Metadata": { "x": "y" }, "Tagging": "k=v",
        "StorageClass": "STANDARD_IA", "WebsiteRedirectLocation": "/elsewhere",
    });
    let upload = begin(&mut cloud, "a film", said);
    assert_eq!(upload.len(), 128);
    let first = cloud.part("films", "a film", &upload, (1, 3));
    let third = cloud.part("films", "a film", &upload, (3, 7));
    let second = cloud.part("films", "a film", &upload, (2, 5 * MIB));
    let anew = cloud.part("films", "a film", &upload, (1, 6 * MIB));
    assert_snapshot!(format!("{:?}", cloud.dropped), @r#"[BlobId("blob-2")]"#);
    let other = json!({ "Bucket": "films", "Key": "a film", "UploadId": upload });
    let mut listed = cloud.call("ListParts", other.clone());
    listed["UploadId"] = "…".into();
    assert_json_snapshot!(json!([anew, listed]), @r#"
    [
      {
        "ETag": "\"05050505050505050505050505050505\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ServerSideEncryption": "AES256"
      },
      {
        "Bucket": "films",
        "Key": "a film",
        "UploadId": "…",
        "PartNumberMarker": 0,
        "NextPartNumberMarker": 3,
        "MaxParts": 1000,
        "IsTruncated": false,
        "Parts": [
          {
            "PartNumber": 1,
            "LastModified": 1795461120,
            "ETag": "\"05050505050505050505050505050505\"",
            "Size": 6291456
          },
          {
            "PartNumber": 2,
            "LastModified": 1795461120,
            "ETag": "\"04040404040404040404040404040404\"",
            "Size": 5242880
          },
          {
            "PartNumber": 3,
            "LastModified": 1795461120,
            "ETag": "\"03030303030303030303030303030303\"",
            "Size": 7
          }
        ],
        "Initiator": {
          "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49",
          "DisplayName": "000000000000"
        },
        "Owner": {
          "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
        },
        "StorageClass": "STANDARD_IA"
      }
    ]
    "#);
    cloud.now = cloud.now.after_s(5);
    let mut named = [(1, &first["ETag"]), (2, &second["ETag"])];
    let stale = complete(&mut cloud, "a film", &upload, &named);
    named[0].1 = &anew["ETag"];
    let completed = complete(&mut cloud, "a film", &upload, &named);
    assert_json_snapshot!(json!([stale["Error"]["Code"], completed]), @r#"
    [
      "InvalidPart",
      {
        "Location": "http://localhost:4566/films/a%20film",
        "Bucket": "films",
        "Key": "a film",
        "ETag": "\"60655275101d4d16acc0e3f761d350bb-2\"",
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256"
      }
    ]
    "#);
    assert_snapshot!(format!("{:?}", cloud.dropped), @r#"[BlobId("blob-2"), BlobId("blob-3"), BlobId("blob-1")]"#);
    let head = cloud.call("HeadObject", json!({ "Bucket": "films", "Key": "a film" }));
    let tags = cloud.call("GetObjectTagging", json!({ "Bucket": "films", "Key": "a film" }));
    let event = cloud.heard()[0]["event"]["Records"][0].clone();
    assert_json_snapshot!(json!([head, tags, event["eventName"], event["s3"]["object"]]), @r#"
    [
      {
        "AcceptRanges": "bytes",
        "LastModified": 1795461120,
        "ContentLength": 11534336,
        "ETag": "\"60655275101d4d16acc0e3f761d350bb-2\"",
        "ContentType": "video/mp4",
        "WebsiteRedirectLocation": "/elsewhere",
        "ServerSideEncryption": "AES256",
        "Metadata": {
          "x": "y"
        },
        "StorageClass": "STANDARD_IA",
        "TagCount": 1
      },
      {
        "TagSet": [
          {
            "Key": "k",
            "Value": "v"
          }
        ]
      },
      "ObjectCreated:CompleteMultipartUpload",
      {
        "key": "a+film",
        "size": 11534336,
        "eTag": "60655275101d4d16acc0e3f761d350bb-2",
        "sequencer": "00000000000000002C"
      }
    ]
    "#);

    // The same once more is answered alike; anything else finds no upload.
    assert_eq!(complete(&mut cloud, "a film", &upload, &named), completed);
    let others = [
        complete(&mut cloud, "a film", &upload, &[(3, &third["ETag"])]),
        cloud.part("films", "a film", &upload, (1, 1)),
        cloud.call("ListParts", other.clone()),
        cloud.call("AbortMultipartUpload", other),
    ];
    assert!(others.iter().all(|it| it["Error"]["Code"] == "NoSuchUpload"), "{others:?}");
    cloud.call("DeleteObject", json!({ "Bucket": "films", "Key": "a film" }));
    assert_eq!(cloud.dropped.len() + cloud.refused, cloud.uploads as usize, "nothing is left");
}

#[test]
fn what_was_aborted_or_goes_with_its_bucket_is_freed() {
    let mut cloud = Cloud::new().with_bucket("films");
    let (aborted, forgotten) =
        (begin(&mut cloud, "a", json!({})), begin(&mut cloud, "a", json!({})));
    cloud.part("films", "a", &aborted, (1, 3));
    cloud.part("films", "a", &forgotten, (10_000, 3));
    let abort = json!({ "Bucket": "films", "Key": "a", "UploadId": aborted });
    let mut later = abort.clone();
    later["IfMatchInitiatedTime"] = 1.0.into();
    let refused = cloud.call("AbortMultipartUpload", later);
    assert_eq!(refused["Error"]["Code"], "PreconditionFailed");
    assert_eq!(cloud.call("AbortMultipartUpload", abort.clone()), json!({}));
    assert_eq!(cloud.call("AbortMultipartUpload", abort)["Error"]["Code"], "NoSuchUpload");
    assert_snapshot!(format!("{:?}", cloud.dropped), @r#"[BlobId("blob-1")]"#);
    cloud.call("DeleteBucket", json!({ "Bucket": "films" }));
    assert_snapshot!(format!("{:?}", cloud.dropped), @r#"[BlobId("blob-1"), BlobId("blob-2")]"#);
    assert!(cloud.store.is_empty(), "{:?}", cloud.store);
}

#[test]
fn what_cannot_be_completed_is_refused_in_awss_words() {
    let mut cloud = Cloud::new().with_bucket("films");
    let upload = begin(&mut cloud, "a", json!({}));
    let one = cloud.part("films", "a", &upload, (1, 4))["ETag"].clone();
    let two = cloud.part("films", "a", &upload, (2, 4))["ETag"].clone();
    let part = |number: i64, etag: &Value| json!({ "PartNumber": number, "ETag": etag });
    let parts = |parts: Value| json!({ "MultipartUpload": { "Parts": parts } });
    let with = |mut input: Value, name: &str, value: Value| {
        input[name] = value;
        input
    };
    let good = parts(json!([part(1, &one)]));
    let checked = json!({ "PartNumber": 1, "ETag": one, "ChecksumCRC64NVME": "AAAAAAAAAAA=" });
    let mut answers = Vec::new();
    for more in [
        json!({}),
        json!({ "MultipartUpload": {} }),
        parts(json!([{ "PartNumber": 1 }])),
        parts(json!([part(1, &one), part(2, &two)])),
        parts(json!([part(2, &two), part(1, &one)])),
        parts(json!([part(1, &one), part(1, &one)])),
        parts(json!([part(1, &two)])),
        parts(json!([part(9, &one)])),
        parts(json!([part(0, &one)])),
        parts(json!([part(10_001, &one)])),
        parts(json!([checked])),
        with(good.clone(), "ChecksumType", "FULL_OBJECT".into()),
        with(good.clone(), "ChecksumType", "ALL".into()),
        with(good.clone(), "MpuObjectSize", 5.into()),
        with(good.clone(), "MpuObjectSize", (-5).into()),
        with(good.clone(), "ChecksumCRC64NVME", "rosUhgp5mIg=".into()),
        with(good.clone(), "ChecksumCRC32", "y/Q5Jg==".into()),
        with(good.clone(), "IfMatch", "\"0\"".into()),
        with(with(good.clone(), "MpuObjectSize", 4.into()), "IfNoneMatch", "*".into()),
    ] {
        let mut input = with(more, "Bucket", "films".into());
        input["Key"] = "a".into();
        input["UploadId"] = upload.as_str().into();
        let answer = cloud.call("CompleteMultipartUpload", input);
        let said = answer.get("Error").unwrap_or(&answer["ETag"]);
        answers.push(said.to_string().replace(&upload, "…"));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {"Code":"InvalidRequest","Message":"You must specify at least one part"}
    {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    {"Code":"EntityTooSmall","Message":"Your proposed upload is smaller than the minimum allowed size","ProposedSize":"4","MinSizeAllowed":"5242880","PartNumber":"1","ETag":"01010101010101010101010101010101"}
    {"Code":"InvalidPartOrder","Message":"The list of parts was not in ascending order. Parts must be ordered by part number.","UploadId":"…"}
    {"Code":"InvalidPartOrder","Message":"The list of parts was not in ascending order. Parts must be ordered by part number.","UploadId":"…"}
    {"Code":"InvalidPart","Message":"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.","UploadId":"…","PartNumber":"1","ETag":"02020202020202020202020202020202"}
    {"Code":"InvalidPart","Message":"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.","UploadId":"…","PartNumber":"9","ETag":"01010101010101010101010101010101"}
    {"Code":"InvalidArgument","Message":"PartNumber must be >= 1","ArgumentName":"PartNumber","ArgumentValue":"0"}
    {"Code":"InvalidArgument","Message":"Part number must be an integer between 1 and 10000, inclusive","ArgumentName":"partNumber","ArgumentValue":"10001"}
    {"Code":"InvalidPart","Message":"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.","UploadId":"…","PartNumber":"1","ETag":"01010101010101010101010101010101"}
    {"Code":"InvalidRequest","Message":"The upload was created using the null checksum mode. The complete request must use the same checksum mode."}
    {"Code":"InvalidRequest","Message":"Value for x-amz-checksum-type header is invalid."}
    {"Code":"InvalidRequest","Message":"The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"}
    {"Code":"InvalidRequest","Message":"Value for x-amz-mp-object-size header is less than zero: '-5'"}
    {"Code":"BadDigest","Message":"The crc64nvme you specified did not match the calculated checksum."}
    {"Code":"BadDigest","Message":"The crc32 you specified did not match the calculated checksum."}
    {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"a"}
    "\"24311d9abc4077123c2c9a167afbe754-1\""
    "#);
}

#[test]
fn what_cannot_be_begun_or_uploaded_is_refused_in_awss_words() {
    let mut cloud = Cloud::new().with_bucket("films");
    let mut answers = Vec::new();
    for more in [
        json!({ "ChecksumAlgorithm": "MD4" }),
        json!({ "ChecksumType": "COMPOSITE" }),
        json!({ "ChecksumType": "ALL", "ChecksumAlgorithm": "SHA1" }),
        json!({ "ChecksumType": "FULL_OBJECT", "ChecksumAlgorithm": "SHA256" }),
        json!({ "ChecksumType": "COMPOSITE", "ChecksumAlgorithm": "CRC64NVME" }),
        json!({ "StorageClass": "OUTPOSTS" }),
        json!({ "WebsiteRedirectLocation": "a.html" }),
        json!({ "Key": "k".repeat(1025) }),
        json!({ "ServerSideEncryption": "rot13" }),
    ] {
        let mut input = json!({ "Bucket": "films", "Key": "a" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        answers.push(cloud.call("CreateMultipartUpload", input)["Error"].to_string());
    }
    let upload = begin(&mut cloud, "a", json!({ "ChecksumAlgorithm": "sha256" }));
    for (key, upload, number) in
        [("a", &*upload, 0), ("a", &upload, 10_001), ("b", &upload, 1), ("a", "fakeid", 1)]
    {
        answers.push(cloud.part("films", key, upload, (number, 1))["Error"].to_string());
    }
    // It comes with a checksum of CRC64NVME.
    answers.push(cloud.part("films", "a", &upload, (1, 1))["Error"].to_string());
    for markers in [json!({ "MaxParts": -1 }), json!({ "PartNumberMarker": -1 })] {
        let mut input = json!({ "Bucket": "films", "Key": "a", "UploadId": upload });
        input.as_object_mut().unwrap().extend(markers.as_object().unwrap().clone());
        answers.push(cloud.call("ListParts", input)["Error"].to_string());
    }
    assert_snapshot!(answers.join("\n").replace(&upload, "…"), @r#"
    {"Code":"InvalidRequest","Message":"Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"}
    {"Code":"InvalidRequest","Message":"The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."}
    {"Code":"InvalidRequest","Message":"Value for x-amz-checksum-type header is invalid."}
    {"Code":"InvalidRequest","Message":"The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."}
    {"Code":"InvalidRequest","Message":"The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."}
    {"Code":"InvalidStorageClass","Message":"The storage class you specified is not valid","StorageClassRequested":"OUTPOSTS"}
    {"Code":"InvalidRedirectLocation","Message":"The website redirect location must have a prefix of 'http://' or 'https://' or '/'."}
    {"Code":"KeyTooLongError","Message":"Your key is too long","Size":"1025","MaxSizeAllowed":"1024"}
    {"Code":"InvalidArgument","Message":"The encryption method specified is not supported","ArgumentName":"x-amz-server-side-encryption","ArgumentValue":"rot13"}
    {"Code":"InvalidArgument","Message":"Part number must be an integer between 1 and 10000, inclusive","ArgumentName":"partNumber","ArgumentValue":"0"}
    {"Code":"InvalidArgument","Message":"Part number must be an integer between 1 and 10000, inclusive","ArgumentName":"partNumber","ArgumentValue":"10001"}
    {"Code":"NoSuchUpload","Message":"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.","UploadId":"…"}
    {"Code":"NoSuchUpload","Message":"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.","UploadId":"fakeid"}
    {"Code":"InvalidRequest","Message":"Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc64nvme"}
    {"Code":"InvalidArgument","Message":"Argument max-parts must be an integer between 0 and 2147483647","ArgumentName":"max-parts","ArgumentValue":"-1"}
    {"Code":"InvalidArgument","Message":"Argument part-number-marker must be an integer between 0 and 2147483647","ArgumentName":"part-number-marker","ArgumentValue":"-1"}
    "#);
}

#[test]
fn parts_are_listed_a_page_at_a_time() {
    let mut cloud = Cloud::new().with_bucket("films");
    let upload = begin(&mut cloud, "a", json!({ "ChecksumAlgorithm": "CRC64NVME" }));
    for number in [5, 1, 10_000, 3] {
        cloud.part("films", "a", &upload, (number, 7));
    }
    let mut pages = Vec::new();
    for (max, marker) in [(2, 0), (2, 3), (2, 10_000), (2, 99_999), (0, 0), (9, 4)] {
        let page = cloud.call(
            "ListParts",
            json!({
                "Bucket": "films", "Key": "a", "UploadId": upload, "MaxParts": max,
                "PartNumberMarker": marker,
            }),
        );
        let parts = page["Parts"].as_array().cloned().unwrap_or_default();
        let numbers: Vec<_> = parts.iter().map(|part| part["PartNumber"].to_string()).collect();
        let next = [&page["MaxParts"], &page["IsTruncated"], &page["NextPartNumberMarker"]];
        pages.push(format!("{max} behind {marker}: {} {next:?}", numbers.join(" ")));
    }
    assert_snapshot!(pages.join("\n"), @"
    2 behind 0: 1 3 [Number(2), Bool(true), Number(3)]
    2 behind 3: 5 10000 [Number(2), Bool(false), Number(10000)]
    2 behind 10000:  [Number(2), Bool(false), Number(0)]
    2 behind 99999:  [Number(2), Bool(false), Number(0)]
    0 behind 0:  [Number(0), Bool(false), Number(0)]
    9 behind 4: 5 10000 [Number(9), Bool(false), Number(10000)]
    ");
    let first = json!({ "Bucket": "films", "Key": "a", "UploadId": upload, "MaxParts": 1 });
    let first = cloud.call("ListParts", first);
    assert_json_snapshot!(json!([first["Parts"], first["ChecksumAlgorithm"], first["ChecksumType"]]), @r#"
    [
      [
        {
          "PartNumber": 1,
          "LastModified": 1795461120,
          "ETag": "\"02020202020202020202020202020202\"",
          "Size": 7,
          "ChecksumCRC64NVME": "AAAAAAAAAAA="
        }
      ],
      "CRC64NVME",
      "FULL_OBJECT"
    ]
    "#);
}

/// Uploads of several keys, two of one key, and what folds at the delimiter.
#[test]
fn uploads_are_listed_a_page_at_a_time_and_folded_at_the_delimiter() {
    let mut cloud = Cloud::new().with_bucket("films");
    let keys = ["c", "b", "b", "d/x y", "d/z", "e"];
    let ids: Vec<_> = keys.iter().map(|key| begin(&mut cloud, key, json!({}))).collect();
    let short = |text: &Value| {
        let text = text.as_str().unwrap();
        ids.iter().position(|id| id == text).map_or(text.to_owned(), |at| format!("#{at}"))
    };
    let mut pages = Vec::new();
    for more in [
        json!({}),
        json!({ "Delimiter": "/" }),
        json!({ "MaxUploads": 2 }),
        json!({ "MaxUploads": 1, "KeyMarker": "b", "UploadIdMarker": ids[1] }),
        json!({ "MaxUploads": 2, "KeyMarker": "b", "UploadIdMarker": ids[2] }),
        json!({ "MaxUploads": 1, "UploadIdMarker": ids[2] }),
        json!({ "KeyMarker": "c", "UploadIdMarker": ids[2] }),
        json!({ "KeyMarker": "c", "MaxUploads": 1, "Delimiter": "/" }),
        json!({ "KeyMarker": "d/x y", "UploadIdMarker": ids[3], "Delimiter": "/" }),
        json!({ "KeyMarker": "d/", "Delimiter": "/" }),
        json!({ "Prefix": "d/", "EncodingType": "url" }),
        json!({ "Prefix": "d/", "KeyMarker": "e", "UploadIdMarker": ids[5] }),
        json!({ "MaxUploads": 0 }),
        json!({ "MaxUploads": -1 }),
        json!({ "EncodingType": "ebcdic" }),
    ] {
        let asked = ids
            .iter()
            .enumerate()
            .fold(more.to_string(), |text, (at, id)| text.replace(id, &format!("#{at}")));
        let mut input = more;
        input["Bucket"] = "films".into();
        let page = cloud.call("ListMultipartUploads", input);
        if let Some(refused) = page.get("Error") {
            let refused = ids.iter().fold(refused.to_string(), |it, id| it.replace(id, "…"));
            pages.push(format!("{asked}\n  {refused}"));
            continue;
        }
        let uploads = page["Uploads"].as_array().cloned().unwrap_or_default();
        let uploads: Vec<_> = uploads
            .iter()
            .map(|it| format!("{} {}", it["Key"].as_str().unwrap(), short(&it["UploadId"])))
            .collect();
        let prefixes = page.get("CommonPrefixes").map(ToString::to_string).unwrap_or_default();
        pages.push(format!(
            "{asked}\n  {}{prefixes} truncated {}, next {:?} {:?}",
            uploads.join(", "),
            page["IsTruncated"],
            page["NextKeyMarker"].as_str().unwrap(),
            short(&page["NextUploadIdMarker"]),
        ));
    }
    assert_snapshot!(pages.join("\n"), @r##"
    {}
      b #1, b #2, c #0, d/x y #3, d/z #4, e #5 truncated false, next "e" "#5"
    {"Delimiter":"/"}
      b #1, b #2, c #0, e #5[{"Prefix":"d/"}] truncated false, next "e" "#5"
    {"MaxUploads":2}
      b #1, b #2 truncated true, next "b" "#2"
    {"MaxUploads":1,"KeyMarker":"b","UploadIdMarker":"#1"}
      b #2 truncated true, next "b" "#2"
    {"MaxUploads":2,"KeyMarker":"b","UploadIdMarker":"#2"}
      c #0, d/x y #3 truncated true, next "d/x y" "#3"
    {"MaxUploads":1,"UploadIdMarker":"#2"}
      b #1 truncated true, next "b" "#1"
    {"KeyMarker":"c","UploadIdMarker":"#2"}
      {"Code":"InvalidArgument","Message":"Invalid uploadId marker","ArgumentName":"upload-id-marker","ArgumentValue":"…"}
    {"KeyMarker":"c","MaxUploads":1,"Delimiter":"/"}
      [{"Prefix":"d/"}] truncated true, next "" ""
    {"KeyMarker":"d/x y","UploadIdMarker":"#3","Delimiter":"/"}
      e #5 truncated false, next "e" "#5"
    {"KeyMarker":"d/","Delimiter":"/"}
      e #5 truncated false, next "e" "#5"
    {"Prefix":"d/","EncodingType":"url"}
      d/x+y #3, d/z #4 truncated false, next "d/z" "#4"
    {"Prefix":"d/","KeyMarker":"e","UploadIdMarker":"#5"}
       truncated false, next "" ""
    {"MaxUploads":0}
       truncated false, next "" ""
    {"MaxUploads":-1}
      {"Code":"InvalidArgument","Message":"Argument max-uploads must be an integer between 0 and 2147483647","ArgumentName":"max-uploads","ArgumentValue":"-1"}
    {"EncodingType":"ebcdic"}
      {"Code":"InvalidArgument","Message":"Invalid Encoding Method specified in Request","ArgumentName":"encoding-type","ArgumentValue":"ebcdic"}
    "##);
    let mut one = cloud.call("ListMultipartUploads", json!({ "Bucket": "films", "Prefix": "e" }));
    assert_eq!(one["Uploads"][0]["UploadId"], ids[5].as_str());
    one["Uploads"][0]["UploadId"] = "…".into();
    one["NextUploadIdMarker"] = "…".into();
    assert_json_snapshot!(one, @r#"
    {
      "Bucket": "films",
      "KeyMarker": "",
      "UploadIdMarker": "",
      "NextKeyMarker": "e",
      "NextUploadIdMarker": "…",
      "Prefix": "e",
      "MaxUploads": 1000,
      "IsTruncated": false,
      "Uploads": [
        {
          "UploadId": "…",
          "Key": "e",
          "Initiated": 1795461120,
          "StorageClass": "STANDARD",
          "Owner": {
            "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
          },
          "Initiator": {
            "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49",
            "DisplayName": "000000000000"
          }
        }
      ]
    }
    "#);
}

/// A whole object that has what a part needs is the part; a stretch of it, or one with another checksum, is
/// written anew.
#[test]
fn a_part_is_copied_from_an_object() {
    let mut cloud = Cloud::new().with_bucket("films");
    cloud.put("films", "source", 6 * MIB, json!({}));
    let upload = begin(&mut cloud, "copy", json!({ "ChecksumAlgorithm": "CRC64NVME" }));
    let mut answers = Vec::new();
    for more in [
        json!({}),
        json!({ "CopySourceRange": "bytes=1-5242880" }),
        json!({ "CopySourceRange": "bytes=0-6291455" }),
        json!({ "CopySourceRange": "bytes=0-6291456" }),
        json!({ "CopySourceRange": "bytes=5-4" }),
        json!({ "CopySourceRange": "bytes=5-" }),
        json!({ "CopySourceRange": "0-2" }),
        json!({ "CopySourceIfMatch": "\"0\"" }),
        json!({ "CopySource": "films/nothing" }),
        json!({ "CopySource": "films" }),
        json!({ "PartNumber": 0 }),
        json!({ "UploadId": "fakeid" }),
    ] {
        let mut input = json!({
            "Bucket": "films", "Key": "copy", "UploadId": upload, "PartNumber": 1,
            "CopySource": "/films/source",
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = cloud.call("UploadPartCopy", input);
        answers.push(format!("{more} {answer}").replace(&upload, "…"));
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {} {"CopyPartResult":{"ETag":"\"01010101010101010101010101010101\"","LastModified":1795461120,"ChecksumCRC64NVME":"AAAAAAAAAAA="},"ServerSideEncryption":"AES256"}
    {"CopySourceRange":"bytes=1-5242880"} {"CopyPartResult":{"ETag":"\"02020202020202020202020202020202\"","LastModified":1795461120,"ChecksumCRC64NVME":"AAAAAAAAAAA="},"ServerSideEncryption":"AES256"}
    {"CopySourceRange":"bytes=0-6291455"} {"CopyPartResult":{"ETag":"\"01010101010101010101010101010101\"","LastModified":1795461120,"ChecksumCRC64NVME":"AAAAAAAAAAA="},"ServerSideEncryption":"AES256"}
    {"CopySourceRange":"bytes=0-6291456"} {"Error":{"Code":"InvalidArgument","Message":"Range specified is not valid for source object of size: 6291456","ArgumentName":"x-amz-copy-source-range","ArgumentValue":"bytes=0-6291456"},"Status":400}
    {"CopySourceRange":"bytes=5-4"} {"Error":{"Code":"InvalidArgument","Message":"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy","ArgumentName":"x-amz-copy-source-range","ArgumentValue":"bytes=5-4"},"Status":400}
    {"CopySourceRange":"bytes=5-"} {"Error":{"Code":"InvalidArgument","Message":"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy","ArgumentName":"x-amz-copy-source-range","ArgumentValue":"bytes=5-"},"Status":400}
    {"CopySourceRange":"0-2"} {"Error":{"Code":"InvalidArgument","Message":"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy","ArgumentName":"x-amz-copy-source-range","ArgumentValue":"0-2"},"Status":400}
    {"CopySourceIfMatch":"\"0\""} {"Error":{"Code":"PreconditionFailed","Message":"At least one of the pre-conditions you specified did not hold","Condition":"x-amz-copy-source-If-Match"},"Status":412}
    {"CopySource":"films/nothing"} {"Error":{"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"nothing"},"Status":404}
    {"CopySource":"films"} {"Error":{"Code":"InvalidArgument","Message":"Invalid copy source object key","ArgumentName":"x-amz-copy-source","ArgumentValue":"films"},"Status":400}
    {"PartNumber":0} {"Error":{"Code":"InvalidArgument","Message":"Part number must be an integer between 1 and 10000, inclusive","ArgumentName":"partNumber","ArgumentValue":"0"},"Status":400}
    {"UploadId":"fakeid"} {"Error":{"Code":"NoSuchUpload","Message":"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.","UploadId":"fakeid"},"Status":404}
    "#);
    let listed = json!({ "Bucket": "films", "Key": "copy", "UploadId": upload });
    let listed = cloud.call("ListParts", listed)["Parts"].clone();
    let completed = complete(&mut cloud, "copy", &upload, &[(1, &listed[0]["ETag"])]);
    cloud.call("DeleteObject", json!({ "Bucket": "films", "Key": "source" }));
    // What was copied and replaced is freed, what both have is not.
    assert_snapshot!(format!("{} {:?}", completed["ETag"], cloud.dropped), @r#""\"24311d9abc4077123c2c9a167afbe754-1\"" [BlobId("blob-2")]"#);
}

/// Parts are told where each has a checksum that the object's is made of.
#[test]
fn attributes_tell_what_is_asked_for() {
    let mut cloud = Cloud::new().with_bucket("films");
    let all = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];
    cloud.put("films", "whole", 9, json!({ "StorageClass": "GLACIER_IR" }));
    let upload = begin(&mut cloud, "usual", json!({}));
    let etag = cloud.part("films", "usual", &upload, (1, 7))["ETag"].clone();
    complete(&mut cloud, "usual", &upload, &[(1, &etag)]);
    let mut answers = Vec::new();
    for (key, names) in
        [("whole", &all[..]), ("usual", &all), ("usual", &["ObjectSize"]), ("whole", &["Owner"])]
    {
        let asked = json!({ "Bucket": "films", "Key": key, "ObjectAttributes": names });
        answers.push(cloud.call("GetObjectAttributes", asked).to_string());
    }
    assert_snapshot!(answers.join("\n"), @r#"
    {"LastModified":1795461120,"ETag":"01010101010101010101010101010101","Checksum":{"ChecksumCRC64NVME":"AAAAAAAAAAA=","ChecksumType":"FULL_OBJECT"},"StorageClass":"GLACIER_IR","ObjectSize":9}
    {"LastModified":1795461120,"ETag":"437b25ad27df2f61eb14c6400ae98309-1","Checksum":{"ChecksumCRC64NVME":"AAAAAAAAAAA=","ChecksumType":"FULL_OBJECT"},"ObjectParts":{"TotalPartsCount":1},"StorageClass":"STANDARD","ObjectSize":7}
    {"LastModified":1795461120,"ObjectSize":7}
    {"Error":{"Code":"InvalidArgument","Message":"Invalid attribute name specified.","ArgumentName":"x-amz-object-attributes","ArgumentValue":"Owner"},"Status":400}
    "#);
}
