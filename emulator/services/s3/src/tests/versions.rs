//! Versions: made, read, listed, deleted, and back after a restart.

use insta::assert_snapshot;
use kernel::record::Stored as _;
use kernel::service::Service as _;
use serde_json::{Value, json};

use super::harness::Cloud;
use crate::Record;

/// Stores the record of a version: its number, its id where it has one, and an object of so many bytes
/// or a delete marker.
fn store(cloud: &mut Cloud, key: &str, number: u64, id: Option<&str>, size_bytes: Option<u64>) {
    let state = size_bytes.map_or(json!("DeleteMarker"), |size_bytes| {
        let blob = json!({ "id": format!("{key}-{number}"), "size_bytes": size_bytes,
            "md5": "00000000000000000000000000000000" });
        json!({ "Object": { "body": { "Whole": blob } } })
    });
    let mut version = json!({ "bucket": "photos", "key": key, "number": number,
        "last_modified": 1_795_461_120_000_u64, "state": state });
    let kind = match id {
        None => "Object",
        Some(id) => {
            version["id"] = id.into();
            "ObjectVersion"
        }
    };
    let record: Record = serde_json::from_value(json!({ kind: version })).unwrap();
    cloud.store.insert(record.key(), record);
}

#[test]
fn versions_come_back_in_their_order_and_a_delete_marker_hides_the_key() {
    let mut cloud = Cloud::new().with_bucket("photos");
    cloud.put("photos", "a", 1, json!({}));
    store(&mut cloud, "a", 7, Some("seven"), Some(7));
    store(&mut cloud, "a", 9, Some("nine"), Some(9));
    store(&mut cloud, "b", 5, Some("five"), Some(5));
    store(&mut cloud, "b", 8, None, None);
    store(&mut cloud, "b", 6, Some("six"), None);
    // Its name looks like that of a version.
    store(&mut cloud, "b/fffffffffffffffa", 6, Some("other"), Some(6));
    let names: Vec<_> = cloud.store.keys().map(|key| format!("{key:?}")).collect();
    assert_snapshot!(names.join("\n"), @r#"
    Key { kind: Kind(2), name: Text("photos") }
    Key { kind: Kind(3), name: Text("photos/a") }
    Key { kind: Kind(3), name: Text("photos/b") }
    Key { kind: Kind(14), name: Text("photos/a/fffffffffffffff6") }
    Key { kind: Kind(14), name: Text("photos/a/fffffffffffffff8") }
    Key { kind: Kind(14), name: Text("photos/b/fffffffffffffff9") }
    Key { kind: Kind(14), name: Text("photos/b/fffffffffffffffa") }
    Key { kind: Kind(14), name: Text("photos/b/fffffffffffffffa/fffffffffffffff9") }
    "#);
    let (s3, blobs) = cloud.restarted();
    let kept: Vec<_> = cloud.store.values().cloned().collect();
    let mut held: Vec<_> = s3.records().collect();
    let versions = held.iter().map(|record| serde_json::to_string(record).unwrap());
    assert_snapshot!(versions.skip(1).collect::<Vec<_>>().join("\n"), @r#"
    {"ObjectVersion":{"bucket":"photos","key":"a","number":9,"id":"nine","last_modified":1795461120000,"state":{"Object":{"body":{"Whole":{"id":"a-9","size_bytes":9,"md5":"00000000000000000000000000000000"}}}}}}
    {"ObjectVersion":{"bucket":"photos","key":"a","number":7,"id":"seven","last_modified":1795461120000,"state":{"Object":{"body":{"Whole":{"id":"a-7","size_bytes":7,"md5":"00000000000000000000000000000000"}}}}}}
    {"Object":{"bucket":"photos","key":"a","last_modified":1795461120000,"state":{"Object":{"body":{"Whole":{"id":"blob-1","size_bytes":1,"md5":"01010101010101010101010101010101","checksum":["CRC64NVME","AAAAAAAAAAA="]}}}}}}
    {"Object":{"bucket":"photos","key":"b","number":8,"last_modified":1795461120000,"state":"DeleteMarker"}}
    {"ObjectVersion":{"bucket":"photos","key":"b","number":6,"id":"six","last_modified":1795461120000,"state":"DeleteMarker"}}
    {"ObjectVersion":{"bucket":"photos","key":"b","number":5,"id":"five","last_modified":1795461120000,"state":{"Object":{"body":{"Whole":{"id":"b-5","size_bytes":5,"md5":"00000000000000000000000000000000"}}}}}}
    {"ObjectVersion":{"bucket":"photos","key":"b/fffffffffffffffa","number":6,"id":"other","last_modified":1795461120000,"state":{"Object":{"body":{"Whole":{"id":"b/fffffffffffffffa-6","size_bytes":6,"md5":"00000000000000000000000000000000"}}}}}}
    "#);
    held.sort_by_key(Record::key);
    assert_eq!(held, kept);

    (cloud.s3, cloud.blobs) = (s3, blobs);
    let listed = cloud.call("ListObjectsV2", json!({ "Bucket": "photos", "Delimiter": "/" }));
    let sizes = listed["Contents"].as_array().unwrap().iter().map(|it| (&it["Key"], &it["Size"]));
    assert_snapshot!(format!("{:?} {}", sizes.collect::<Vec<_>>(), listed["CommonPrefixes"]), @r#"[(String("a"), Number(9))] [{"Prefix":"b/"}]"#);
    let hidden = cloud.call("GetObject", json!({ "Bucket": "photos", "Key": "b" }));
    assert_eq!(hidden["Error"]["Code"], Value::from("NoSuchKey"));
}
