//! Uploads against a plain model, with restarts between: what is there is what was put there, and every
//! body that something referred to is freed once nothing does.

use std::collections::{BTreeMap, BTreeSet};

use kernel::content::Content;
use kernel::record::Stored;
use kernel::service::Service as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::Cloud;

const MIB: u64 = 1024 * 1024;

/// What is done; keys, uploads and parts by small numbers, so that they meet.
#[derive(Debug, Clone)]
enum Step {
    Create(u8),
    Part { upload: usize, number: u16, size_bytes: u64 },
    CopyPart { upload: usize, number: u16, from: u8, is_stretch: bool },
    Complete { upload: usize, without: u16 },
    Abort(usize),
    Copy { from: u8, to: u8 },
    Delete(u8),
    DeleteBucket,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let size = prop::sample::select(vec![1, 5 * MIB, 6 * MIB]);
    prop_oneof![
        3 => (0..3_u8).prop_map(Step::Create),
        8 => (0..6_usize, 1..4_u16, size)
            .prop_map(|(upload, number, size_bytes)| Step::Part { upload, number, size_bytes }),
        3 => (0..6_usize, 1..4_u16, 0..3_u8, any::<bool>()).prop_map(
            |(upload, number, from, is_stretch)| Step::CopyPart { upload, number, from, is_stretch }
        ),
        4 => (0..6_usize, 0..5_u16)
            .prop_map(|(upload, without)| Step::Complete { upload, without }),
        1 => (0..6_usize).prop_map(Step::Abort),
        1 => (0..3_u8, 0..3_u8).prop_map(|(from, to)| Step::Copy { from, to }),
        1 => (0..3_u8).prop_map(Step::Delete),
        1 => Just(Step::DeleteBucket),
        1 => Just(Step::Restart),
    ]
}

/// Sizes and ETags by part numbers.
type Parts = BTreeMap<u16, (u64, Value)>;

/// Uploads and objects, as a person would note them.
#[derive(Debug, Default)]
struct Plain {
    /// In the order in which they began: key, name and parts; nothing where it is over.
    uploads: Vec<(u8, String, Option<Parts>)>,
    /// The sizes of their parts.
    objects: BTreeMap<u8, Vec<u64>>,
}

struct Run {
    cloud: Cloud,
    plain: Plain,
}

impl Run {
    fn take(&mut self, step: Step) {
        let Self { cloud, plain } = self;
        let key = |key: u8| format!("k{key}");
        match step {
            Step::Create(of) => {
                let begun = cloud
                    .call("CreateMultipartUpload", json!({ "Bucket": "films", "Key": key(of) }));
                let id = begun["UploadId"].as_str().unwrap().to_owned();
                plain.uploads.push((of, id, Some(BTreeMap::new())));
            }
            Step::Part { upload, number, size_bytes } => {
                let Some((of, id, parts)) = plain.uploads.get_mut(upload) else { return };
                let answer = cloud.part("films", &key(*of), id, (number, size_bytes));
                note(parts, number, size_bytes, &answer);
            }
            Step::CopyPart { upload, number, from, is_stretch } => {
                let Some((of, id, parts)) = plain.uploads.get_mut(upload) else { return };
                let size_bytes = plain.objects.get(&from).map(|sizes| sizes.iter().sum());
                let mut input = json!({
                    "Bucket": "films", "Key": key(*of), "UploadId": id, "PartNumber": number,
                    "CopySource": format!("films/{}", key(from)),
                });
                if is_stretch {
                    input["CopySourceRange"] = "bytes=0-0".into();
                }
                let answer = cloud.call("UploadPartCopy", input);
                let Some(size_bytes) = size_bytes else {
                    assert!(answer.get("Error").is_some(), "{answer}");
                    return;
                };
                note(
                    parts,
                    number,
                    if is_stretch { 1 } else { size_bytes },
                    &answer["CopyPartResult"],
                );
            }
            Step::Complete { upload, without } => {
                let Some((of, id, parts)) = plain.uploads.get_mut(upload) else { return };
                let named: Vec<_> = parts.iter().flatten().filter(|it| *it.0 != without).collect();
                let sizes: Vec<_> = named.iter().map(|(_, (size_bytes, _))| *size_bytes).collect();
                let listed: Vec<_> = named
                    .iter()
                    .map(|(number, (_, etag))| json!({ "PartNumber": number, "ETag": etag }))
                    .collect();
                let input = json!({
                    "Bucket": "films", "Key": key(*of), "UploadId": id,
                    "MultipartUpload": { "Parts": listed },
                });
                let answer = cloud.call("CompleteMultipartUpload", input);
                let but_the_last = &sizes[..sizes.len().saturating_sub(1)];
                let can_be = parts.is_some()
                    && !sizes.is_empty()
                    && but_the_last.iter().all(|size_bytes| *size_bytes >= 5 * MIB);
                assert_eq!(answer.get("Error").is_none(), can_be, "{answer}");
                if can_be {
                    plain.objects.insert(*of, sizes);
                    *parts = None;
                }
            }
            Step::Abort(upload) => {
                let Some((of, id, parts)) = plain.uploads.get_mut(upload) else { return };
                let input = json!({ "Bucket": "films", "Key": key(*of), "UploadId": id });
                let answer = cloud.call("AbortMultipartUpload", input);
                assert_eq!(answer.get("Error").is_none(), parts.take().is_some(), "{answer}");
            }
            Step::Copy { from, to } => {
                let source = format!("films/{}", key(from));
                let input = json!({
                    "Bucket": "films", "Key": key(to), "CopySource": source,
                    "MetadataDirective": "REPLACE",
                });
                let answer = cloud.call("CopyObject", input);
                let size_bytes = plain.objects.get(&from).map(|sizes| sizes.iter().sum());
                assert_eq!(answer.get("Error").is_none(), size_bytes.is_some(), "{answer}");
                if let Some(size_bytes) = size_bytes {
                    plain.objects.insert(to, vec![size_bytes]);
                }
            }
            Step::Delete(of) => {
                cloud.call("DeleteObject", json!({ "Bucket": "films", "Key": key(of) }));
                plain.objects.remove(&of);
            }
            Step::DeleteBucket => {
                let answer = cloud.call("DeleteBucket", json!({ "Bucket": "films" }));
                assert_eq!(answer.get("Error").is_none(), plain.objects.is_empty(), "{answer}");
                if plain.objects.is_empty() {
                    plain.uploads.iter_mut().for_each(|(_, _, parts)| *parts = None);
                    cloud.call("CreateBucket", json!({ "Bucket": "films" }));
                }
            }
            Step::Restart => (cloud.s3, cloud.blobs) = cloud.restarted(),
        }
    }

    /// What S3 says is what was noted, and what the store has; nothing is kept that nothing refers to.
    fn check(&mut self) {
        let Self { cloud, plain } = self;
        let listed = cloud.call("ListMultipartUploads", json!({ "Bucket": "films" }));
        let listed: BTreeSet<_> = listed["Uploads"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| it["UploadId"].as_str().unwrap().to_owned())
            .collect();
        let noted = plain.uploads.iter().filter(|(_, _, parts)| parts.is_some());
        assert_eq!(listed, noted.map(|(_, id, _)| id.clone()).collect());
        let objects = cloud.call("ListObjectsV2", json!({ "Bucket": "films" }));
        let sizes = objects["Contents"].as_array().into_iter().flatten();
        let sizes: Vec<_> = sizes.map(|it| it["Size"].as_u64().unwrap()).collect();
        let noted: Vec<u64> = plain.objects.values().map(|sizes| sizes.iter().sum()).collect();
        assert_eq!(sizes, noted);
        let mut held: Vec<_> = cloud.s3.records().collect();
        held.sort_by_key(Stored::key);
        assert_eq!(held, cloud.store.values().cloned().collect::<Vec<_>>());
        let (again, blobs) = cloud.restarted();
        assert_eq!(blobs, cloud.blobs);
        let referred = again.contents().flat_map(Content::blobs).map(|blob| &blob.id);
        let referred: BTreeSet<_> = referred.collect();
        assert!(referred.iter().all(|blob| !cloud.dropped.contains(blob)));
        let uploads = cloud.dropped.len() + cloud.refused + referred.len();
        assert_eq!(uploads, cloud.uploads as usize, "each is referred to or dropped, once");
    }
}

/// Notes a part that was uploaded; of an upload that is over, none is.
fn note(parts: &mut Option<Parts>, number: u16, size_bytes: u64, answer: &Value) {
    assert_eq!(answer.get("ETag").is_some(), parts.is_some(), "{answer}");
    if let Some(parts) = parts {
        parts.insert(number, (size_bytes, answer["ETag"].clone()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn uploads_are_as_a_person_would_note_them(steps in prop::collection::vec(step(), 1..40)) {
        let mut run = Run { cloud: Cloud::new().with_bucket("films"), plain: Plain::default() };
        for step in steps {
            run.take(step);
            run.check();
        }
    }
}
