//! Versions: made, read, listed, deleted.

use insta::{assert_json_snapshot, assert_snapshot};
use kernel::call::Payload;
use serde_json::{Value, json};

use super::harness::Cloud;

/// A cloud whose bucket `photos` has versioning, and what its version ids are called here: they are
/// random.
struct Versioned {
    cloud: Cloud,
    names: Vec<(String, String)>,
}

impl Versioned {
    fn new() -> Self {
        let mut versioned = Self { cloud: Cloud::new().with_bucket("photos"), names: Vec::new() };
        versioned.set("Enabled");
        versioned
    }

    fn set(&mut self, status: &str) {
        let configuration = json!({ "Status": status });
        let input = json!({ "Bucket": "photos", "VersioningConfiguration": configuration });
        assert_eq!(self.cloud.call("PutBucketVersioning", input), json!({}));
    }

    /// Puts an object of so many bytes; its version is called `name`.
    fn put(&mut self, key: &str, size_bytes: u64, name: &str) -> String {
        let put = self.cloud.put("photos", key, size_bytes, json!({}));
        self.call_it(&put["VersionId"], name)
    }

    fn call_it(&mut self, id: &Value, name: &str) -> String {
        let id = id.as_str().unwrap().to_owned();
        self.names.push((id.clone(), format!("<{name}>")));
        id
    }

    /// The answer, with the names of versions instead of their ids.
    fn ask(&mut self, operation: &str, key: &str, more: Value) -> Value {
        let mut input = json!({ "Bucket": "photos", "Key": key });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        if key.is_empty() {
            input.as_object_mut().unwrap().remove("Key");
        }
        let answer = self.cloud.call(operation, input);
        self.named(&answer)
    }

    fn named(&self, answer: &Value) -> Value {
        let mut text = answer.to_string();
        for (id, name) in &self.names {
            text = text.replace(id, name);
        }
        serde_json::from_str(&text).unwrap()
    }

    /// `key version size` of each entry of a listing in its order; `*` says that it is the latest, `-`
    /// that it is a delete marker.
    fn listed(&mut self, more: Value) -> String {
        let listed = self.ask("ListObjectVersions", "", more);
        let mut lines = Vec::new();
        for (list, is_marker) in [("Versions", false), ("DeleteMarkers", true)] {
            for it in listed[list].as_array().into_iter().flatten() {
                let size = if is_marker { "-".into() } else { it["Size"].to_string() };
                let latest = if it["IsLatest"] == true { " *" } else { "" };
                let (key, version) =
                    (it["Key"].as_str().unwrap(), it["VersionId"].as_str().unwrap());
                let line = format!("{key} {version} {size}{latest}");
                lines.push((it["Place"].as_u64().unwrap(), line));
            }
        }
        lines.sort();
        let mut lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
        for prefix in listed["CommonPrefixes"].as_array().into_iter().flatten() {
            lines.push(format!("{} ...", prefix["Prefix"].as_str().unwrap()));
        }
        if listed["IsTruncated"] == true {
            lines.push(format!(
                "next: {} {}",
                listed["NextKeyMarker"], listed["NextVersionIdMarker"]
            ));
        }
        lines.join("\n")
    }
}

/// Code, status and what else the refusal says.
fn refused(answer: &Value) -> String {
    format!("{} {}", answer["Status"], answer["Error"])
}

#[test]
fn an_object_has_all_its_versions_until_each_is_deleted() {
    let mut photos = Versioned::new();
    let (one, two) = (photos.put("a", 1, "one"), photos.put("a", 2, "two"));
    assert_snapshot!(format!("{} letters", one.len()), @"32 letters");
    let deleted = photos.cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
    let marker = photos.call_it(&deleted["VersionId"], "marker");
    assert_json_snapshot!(photos.named(&deleted), @r#"
    {
      "DeleteMarker": true,
      "VersionId": "<marker>"
    }
    "#);
    assert_snapshot!(photos.listed(json!({})), @"
    a <marker> - *
    a <two> 2
    a <one> 1
    ");

    let keys = photos.ask("ListObjectsV2", "", json!({}));
    assert_eq!(keys["KeyCount"], 0, "a key whose newest version is a marker is not listed");
    assert_snapshot!(refused(&photos.ask("GetObject", "a", json!({}))), @r#"404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"a","x-amz-delete-marker":"true","x-amz-version-id":"<marker>"}"#);
    assert_snapshot!(refused(&photos.ask("GetObject", "a", json!({ "VersionId": marker }))), @r#"405 {"Code":"MethodNotAllowed","Message":"The specified method is not allowed against this resource.","Method":"GET","ResourceType":"DeleteMarker","Allow":"DELETE","Last-Modified":"Mon, 23 Nov 2026 19:12:00 GMT","x-amz-delete-marker":"true","x-amz-version-id":"<marker>"}"#);
    assert_snapshot!(refused(&photos.ask("PutObjectTagging", "a", json!({ "Tagging": { "TagSet": [] } }))), @r#"405 {"Code":"MethodNotAllowed","Message":"The specified method is not allowed against this resource.","Method":"PUT","ResourceType":"DeleteMarker","Allow":"DELETE","Last-Modified":"Mon, 23 Nov 2026 19:12:00 GMT","x-amz-delete-marker":"true","x-amz-version-id":"<marker>"}"#);
    let got = photos.ask("GetObject", "a", json!({ "VersionId": one }));
    assert_snapshot!(format!("{} {}", got["VersionId"], got["ContentLength"]), @r#""<one>" 1"#);

    let gone = photos.ask("DeleteObject", "a", json!({ "VersionId": marker }));
    assert_json_snapshot!(gone, @r#"
    {
      "DeleteMarker": true,
      "VersionId": "<marker>"
    }
    "#);
    assert_eq!(photos.ask("HeadObject", "a", json!({}))["VersionId"], "<two>", "it is back");
    assert_json_snapshot!(photos.ask("DeleteObject", "a", json!({ "VersionId": two })), @r#"
    {
      "VersionId": "<two>"
    }
    "#);
    assert_eq!(photos.ask("HeadObject", "a", json!({}))["VersionId"], "<one>");
    // Who deletes it again learns nothing.
    assert_json_snapshot!(photos.ask("DeleteObject", "a", json!({ "VersionId": two })), @r#"
    {
      "VersionId": "<two>"
    }
    "#);
    assert_snapshot!(refused(&photos.ask("GetObject", "a", json!({ "VersionId": two }))), @r#"404 {"Code":"NoSuchVersion","Message":"The specified version does not exist.","Key":"a","VersionId":"<two>"}"#);
    assert_snapshot!(refused(&photos.ask("DeleteBucket", "", json!({}))), @r#"409 {"Code":"BucketNotEmpty","Message":"The bucket you tried to delete is not empty. You must delete all versions in the bucket.","BucketName":"photos"}"#);
    photos.ask("DeleteObject", "a", json!({ "VersionId": one }));
    assert_eq!(photos.ask("DeleteBucket", "", json!({})), json!({}));
    assert_eq!(photos.cloud.dropped.len(), 2, "the bodies are gone with their versions");
    assert!(photos.cloud.store.is_empty());
}

#[test]
fn what_was_there_before_and_what_comes_while_suspended_is_the_null_version() {
    let mut photos = Versioned::new();
    photos.cloud = Cloud::new().with_bucket("photos");
    let before = photos.cloud.put("photos", "a", 1, json!({}));
    assert_eq!(before.get("VersionId"), None, "nobody has spoken of versions yet");
    let got = photos.ask("GetObject", "a", json!({}));
    assert_eq!(got.get("VersionId"), None);
    assert_json_snapshot!(photos.ask("GetBucketVersioning", "", json!({})), @"{}");
    photos.set("Enabled");
    photos.put("a", 2, "two");
    assert_snapshot!(photos.listed(json!({})), @"
    a <two> 2 *
    a null 1
    ");
    photos.set("Suspended");
    assert_json_snapshot!(photos.ask("GetBucketVersioning", "", json!({})), @r#"
    {
      "Status": "Suspended"
    }
    "#);

    let put = photos.cloud.put("photos", "a", 3, json!({}));
    assert_eq!(put.get("VersionId"), None, "AWS does not say it of a put");
    assert_eq!(photos.ask("HeadObject", "a", json!({}))["VersionId"], "null");
    assert_snapshot!(photos.listed(json!({})), @"
    a null 3 *
    a <two> 2
    ");
    assert_json_snapshot!(photos.ask("DeleteObject", "a", json!({})), @r#"
    {
      "DeleteMarker": true,
      "VersionId": "null"
    }
    "#);
    assert_snapshot!(photos.listed(json!({})), @"
    a null - *
    a <two> 2
    ");
    assert_json_snapshot!(photos.ask("DeleteObject", "a", json!({ "VersionId": "null" })), @r#"
    {
      "DeleteMarker": true,
      "VersionId": "null"
    }
    "#);
    assert_snapshot!(photos.listed(json!({})), @"a <two> 2 *");
    // A key that never had a version of its own has one null version all the time.
    for _ in 0..2 {
        photos.cloud.put("photos", "b", 4, json!({}));
        photos.ask("DeleteObject", "b", json!({}));
    }
    assert_snapshot!(photos.listed(json!({ "Prefix": "b" })), @"b null - *");
}

#[test]
fn versions_are_copied_tagged_and_deleted_by_their_names() {
    let mut photos = Versioned::new();
    let one = photos.put("a", 1, "one");
    photos.put("a", 2, "two");
    let tags = json!({ "TagSet": [{ "Key": "k", "Value": "v" }] });
    let tagged = photos.ask("PutObjectTagging", "a", json!({ "VersionId": one, "Tagging": tags }));
    assert_json_snapshot!(tagged, @r#"
    {
      "VersionId": "<one>"
    }
    "#);
    assert_json_snapshot!(photos.ask("GetObjectTagging", "a", json!({})), @r#"
    {
      "VersionId": "<two>",
      "TagSet": []
    }
    "#);
    assert_json_snapshot!(photos.ask("GetObjectTagging", "a", json!({ "VersionId": one })), @r#"
    {
      "VersionId": "<one>",
      "TagSet": [
        {
          "Key": "k",
          "Value": "v"
        }
      ]
    }
    "#);

    // A version is brought back by copying it over the newest.
    let source = json!({ "CopySource": format!("photos/a?versionId={one}") });
    let input = json!({ "Bucket": "photos", "Key": "a", "CopySource": source["CopySource"] });
    let copied = photos.cloud.call("CopyObject", input);
    photos.call_it(&copied["VersionId"], "copy");
    assert_json_snapshot!(photos.named(&copied), @r#"
    {
      "CopyObjectResult": {
        "ETag": "\"01010101010101010101010101010101\"",
        "LastModified": 1795461120,
        "ChecksumCRC64NVME": "AAAAAAAAAAA=",
        "ChecksumType": "FULL_OBJECT"
      },
      "ServerSideEncryption": "AES256",
      "VersionId": "<copy>",
      "CopySourceVersionId": "<one>"
    }
    "#);
    assert_snapshot!(photos.listed(json!({})), @"
    a <copy> 1 *
    a <two> 2
    a <one> 1
    ");

    let marker = photos.cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
    let marker = photos.call_it(&marker["VersionId"], "marker");
    let of_marker = json!({ "CopySource": format!("photos/a?versionId={marker}") });
    assert_snapshot!(refused(&photos.ask("CopyObject", "b", of_marker)), @r#"400 {"Code":"InvalidRequest","Message":"The source of a copy request may not specifically refer to a delete marker by version id."}"#);
    assert_snapshot!(refused(&photos.ask("CopyObject", "b", json!({ "CopySource": "photos/a" }))), @r#"404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"a","x-amz-delete-marker":"true","x-amz-version-id":"<marker>"}"#);

    let objects = json!([
        { "Key": "a", "VersionId": one },
        { "Key": "a", "VersionId": marker },
        { "Key": "a", "VersionId": "no version" },
        { "Key": "never", "VersionId": "null" },
        { "Key": "new" },
    ]);
    let input = json!({ "Bucket": "photos", "Delete": { "Objects": objects } });
    let deleted = photos.cloud.call("DeleteObjects", input);
    photos.call_it(&deleted["Deleted"][3]["DeleteMarkerVersionId"], "new marker");
    assert_json_snapshot!(photos.named(&deleted), @r#"
    {
      "Deleted": [
        {
          "Key": "a",
          "VersionId": "<one>"
        },
        {
          "Key": "a",
          "VersionId": "<marker>",
          "DeleteMarker": true,
          "DeleteMarkerVersionId": "<marker>"
        },
        {
          "Key": "never",
          "VersionId": "null"
        },
        {
          "Key": "new",
          "DeleteMarker": true,
          "DeleteMarkerVersionId": "<new marker>"
        }
      ],
      "Errors": [
        {
          "Key": "a",
          "VersionId": "no version",
          "Code": "NoSuchVersion",
          "Message": "The specified version does not exist."
        }
      ]
    }
    "#);
    assert_snapshot!(photos.listed(json!({})), @"
    a <copy> 1 *
    a <two> 2
    new <new marker> - *
    ");
}

#[test]
fn a_listing_of_versions_goes_on_where_it_ended() {
    let mut photos = Versioned::new();
    for at in 1..=3 {
        photos.put("a", at, &format!("a{at}"));
    }
    let marker = photos.cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
    photos.call_it(&marker["VersionId"], "a4");
    photos.put("dir/b", 1, "b1");
    photos.put("dir/c", 1, "c1");
    let last = photos.put("e", 1, "e1");
    assert_json_snapshot!(photos.ask("ListObjectVersions", "", json!({ "MaxKeys": 2 })), @r#"
    {
      "IsTruncated": true,
      "KeyMarker": "",
      "VersionIdMarker": "",
      "NextKeyMarker": "a",
      "NextVersionIdMarker": "<a3>",
      "Name": "photos",
      "Prefix": "",
      "MaxKeys": 2,
      "Versions": [
        {
          "Place": 1,
          "ETag": "\"03030303030303030303030303030303\"",
          "ChecksumAlgorithm": [
            "CRC64NVME"
          ],
          "ChecksumType": "FULL_OBJECT",
          "Size": 3,
          "StorageClass": "STANDARD",
          "Key": "a",
          "VersionId": "<a3>",
          "IsLatest": false,
          "LastModified": 1795461120,
          "Owner": {
            "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
          }
        }
      ],
      "DeleteMarkers": [
        {
          "Place": 0,
          "Key": "a",
          "VersionId": "<a4>",
          "IsLatest": true,
          "LastModified": 1795461120,
          "Owner": {
            "ID": "4c4547182d4c0f05ca014026b38c2961bdb7d34e4f57ec9b9d4a08d90a815f49"
          }
        }
      ]
    }
    "#);

    // Page by page, with each number of keys, it is the same.
    let all = photos.listed(json!({ "Delimiter": "/" }));
    assert_snapshot!(all, @"
    a <a4> - *
    a <a3> 3
    a <a2> 2
    a <a1> 1
    e <e1> 1 *
    dir/ ...
    ");
    for max_keys in 1..=7 {
        let mut pages = Vec::new();
        let mut more = json!({ "Delimiter": "/", "MaxKeys": max_keys });
        loop {
            let shown = photos.listed(more.clone());
            pages.extend(shown.lines().filter(|line| !line.starts_with("next")).map(String::from));
            let mut input = more.clone();
            input["Bucket"] = "photos".into();
            let page = photos.cloud.call("ListObjectVersions", input);
            if page["IsTruncated"] == false {
                break;
            }
            more["KeyMarker"] = page["NextKeyMarker"].clone();
            more.as_object_mut().unwrap().remove("VersionIdMarker");
            if let Some(marker) = page.get("NextVersionIdMarker") {
                more["VersionIdMarker"] = marker.clone();
            }
        }
        pages.sort();
        let mut whole: Vec<_> = all.lines().map(String::from).collect();
        whole.sort();
        assert_eq!(pages, whole, "{max_keys} a page");
    }
    // Also where the version after which it goes on was deleted meanwhile.
    let page = photos.cloud.call("ListObjectVersions", json!({ "Bucket": "photos", "MaxKeys": 2 }));
    let (key, version) = (page["NextKeyMarker"].clone(), page["NextVersionIdMarker"].clone());
    photos.ask("DeleteObject", "a", json!({ "VersionId": version }));
    assert_snapshot!(photos.listed(json!({ "KeyMarker": key, "VersionIdMarker": version })), @"
    a <a2> 2
    a <a1> 1
    dir/b <b1> 1 *
    dir/c <c1> 1 *
    e <e1> 1 *
    ");
    assert_snapshot!(photos.listed(json!({ "KeyMarker": "a" })), @"
    dir/b <b1> 1 *
    dir/c <c1> 1 *
    e <e1> 1 *
    ");

    let told = [
        json!({ "VersionIdMarker": last }),
        json!({ "KeyMarker": "a", "VersionIdMarker": "" }),
        json!({ "KeyMarker": "a", "VersionIdMarker": "x" }),
    ]
    .map(|more| refused(&photos.ask("ListObjectVersions", "", more)));
    assert_snapshot!(told.join("\n"), @r#"
    400 {"Code":"InvalidArgument","Message":"A version-id marker cannot be specified without a key marker.","ArgumentName":"version-id-marker","ArgumentValue":"<e1>"}
    400 {"Code":"InvalidArgument","Message":"A version-id marker cannot be empty.","ArgumentName":"version-id-marker","ArgumentValue":""}
    400 {"Code":"InvalidArgument","Message":"Invalid version id specified","ArgumentName":"version-id-marker","ArgumentValue":"x"}
    "#);
}

#[test]
fn queues_hear_of_versions_and_markers() {
    let mut photos = Versioned::new();
    let rule = json!({
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    });
    let configuration = json!({ "QueueConfigurations": [rule] });
    let input = json!({ "NotificationConfiguration": configuration });
    photos.ask("PutBucketNotificationConfiguration", "", input);
    photos.cloud.heard();
    let one = photos.put("a", 1, "one");
    let marker = photos.cloud.call("DeleteObject", json!({ "Bucket": "photos", "Key": "a" }));
    photos.call_it(&marker["VersionId"], "marker");
    photos.ask("DeleteObject", "a", json!({ "VersionId": one }));
    photos.ask("DeleteObject", "a", json!({ "VersionId": one }));
    photos.set("Suspended");
    photos.cloud.put("photos", "a", 2, json!({}));
    photos.ask("DeleteObject", "a", json!({}));
    let heard = photos.cloud.heard();
    let heard: Vec<_> = heard
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let record = &it["event"]["Records"][0];
            let mut object = record["s3"]["object"].clone();
            object.as_object_mut().unwrap().remove("sequencer");
            format!("{} {}", record["eventName"], photos.named(&object))
        })
        .collect();
    assert_snapshot!(heard.join("\n"), @r#"
    "ObjectCreated:Put" {"key":"a","size":1,"eTag":"01010101010101010101010101010101","versionId":"<one>"}
    "ObjectRemoved:DeleteMarkerCreated" {"key":"a","eTag":"d41d8cd98f00b204e9800998ecf8427e","versionId":"<marker>"}
    "ObjectRemoved:Delete" {"key":"a","versionId":"<one>"}
    "ObjectCreated:Put" {"key":"a","size":2,"eTag":"02020202020202020202020202020202"}
    "ObjectRemoved:DeleteMarkerCreated" {"key":"a","eTag":"d41d8cd98f00b204e9800998ecf8427e"}
    "#);
}

#[test]
fn versioning_is_refused_in_awss_words() {
    let mut photos = Versioned::new();
    let told = [
        json!({}),
        json!({ "Status": "enabled" }),
        json!({ "Status": "Enabled", "MFADelete": "Enabled" }),
        json!({ "Status": "Enabled", "MFADelete": "maybe" }),
    ]
    .map(|it| {
        let input = json!({ "VersioningConfiguration": it });
        refused(&photos.ask("PutBucketVersioning", "", input))
    });
    assert_snapshot!(told.join("\n"), @r#"
    400 {"Code":"IllegalVersioningConfigurationException","Message":"The Versioning element must be specified"}
    400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    403 {"Code":"AccessDenied","Message":"Mfa Authentication must be used for this request"}
    400 {"Code":"MalformedXML","Message":"The XML you provided was not well-formed or did not validate against our published schema"}
    "#);
    let without =
        json!({ "VersioningConfiguration": { "Status": "Enabled", "MFADelete": "Disabled" } });
    assert_eq!(photos.ask("PutBucketVersioning", "", without), json!({}));
    assert_json_snapshot!(photos.ask("GetBucketVersioning", "", json!({})), @r#"
    {
      "Status": "Enabled",
      "MFADelete": "Disabled"
    }
    "#);

    photos.put("a", 1, "one");
    photos.ask("DeleteObject", "a", json!({}));
    // Nothing is there: neither to be replaced nor in the way.
    let replaced = photos.cloud.put("photos", "a", 2, json!({ "IfMatch": "\"0\"" }));
    assert_snapshot!(refused(&replaced), @r#"404 {"Code":"NoSuchKey","Message":"The specified key does not exist.","Key":"a"}"#);
    let new = photos.cloud.put("photos", "a", 3, json!({ "IfNoneMatch": "*" }));
    assert!(new["VersionId"].is_string());
    let size = photos.ask("DeleteObject", "a", json!({ "IfMatchSize": 3 }));
    assert_snapshot!(refused(&size), @r#"501 {"Code":"NotImplemented","Message":"A header you provided implies functionality that is not implemented","Header":"x-amz-if-match-size"}"#);
}

/// Thousands of versions of one key, and keys of which only markers are left, cost no more than their
/// number: each is found by search, and a page passes over markers once.
#[test]
fn many_versions_of_a_key_are_deleted_from_either_end() {
    let mut photos = Versioned::new();
    let ids: Vec<_> = (0..4000)
        .map(|_| {
            let put = photos.cloud.put("photos", "a", 1, json!({}));
            put["VersionId"].as_str().unwrap().to_owned()
        })
        .collect();
    for id in &ids[..2000] {
        photos
            .cloud
            .call("DeleteObject", json!({ "Bucket": "photos", "Key": "a", "VersionId": id }));
    }
    let newest = photos.cloud.call("HeadObject", json!({ "Bucket": "photos", "Key": "a" }));
    assert_eq!(newest["VersionId"], ids[3999].as_str());
    let (s3, _) = photos.cloud.restarted();
    photos.cloud.s3 = s3;
    let input = json!({ "Bucket": "photos", "Key": "a", "VersionId": ids[2000] });
    let oldest = photos.cloud.try_call("GetObject", input, Payload::None);
    assert_eq!(oldest.unwrap().0["VersionId"], ids[2000].as_str());
}
