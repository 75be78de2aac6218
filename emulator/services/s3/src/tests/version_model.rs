//! Versions against a plain model of them.

use std::collections::{BTreeMap, BTreeSet};

use kernel::content::Content;
use kernel::record::Stored;
use kernel::service::Service as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::Cloud;

/// What is done to one of a few keys.
#[derive(Debug, Clone)]
enum Step {
    Put(&'static str),
    Copy(&'static str, &'static str),
    Delete(&'static str),
    /// The version at this place, counted from the newest; one too many is one that is gone.
    DeleteVersion(&'static str, usize),
    Tag(&'static str, usize),
    Set(&'static str),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || prop::sample::select(vec!["a", "b/c", "b/d"]);
    prop_oneof![
        5 => key().prop_map(Step::Put),
        1 => (key(), key()).prop_map(|(from, to)| Step::Copy(from, to)),
        3 => key().prop_map(Step::Delete),
        4 => (key(), 0..5_usize).prop_map(|(key, at)| Step::DeleteVersion(key, at)),
        1 => (key(), 0..4_usize).prop_map(|(key, at)| Step::Tag(key, at)),
        2 => prop::sample::select(vec!["Enabled", "Suspended"]).prop_map(Step::Set),
        1 => Just(Step::Restart),
    ]
}

/// A version: its id, its size (nothing of a delete marker), whether it has a tag.
type Version = (String, Option<u64>, bool);

/// The newest version of each key comes first.
#[derive(Debug, Default)]
struct Model {
    keys: BTreeMap<&'static str, Vec<Version>>,
    status: &'static str,
    size: u64,
    gone: String,
}

impl Model {
    /// A new version with the id that was answered: what is not named is `null`, of which there is one.
    fn add(&mut self, key: &'static str, id: &Value, size: Option<u64>, tagged: bool) {
        let id = id.as_str().unwrap_or("null").to_owned();
        let versions = self.keys.entry(key).or_default();
        versions.retain(|(other, ..)| *other != id);
        versions.insert(0, (id, size, tagged));
    }

    fn at(&self, key: &str, at: usize) -> Option<Version> {
        self.keys.get(key)?.get(at).cloned()
    }

    fn remove(&mut self, key: &'static str, at: usize) {
        if let Some(versions) = self.keys.get_mut(key) {
            self.gone = versions.remove(at).0;
            if versions.is_empty() {
                self.keys.remove(key);
            }
        }
    }

    /// Each version as a listing has it: key, id, size, whether it is the latest.
    fn listed(&self) -> Vec<(String, String, Option<u64>, bool)> {
        let keys = self.keys.iter();
        keys.flat_map(|(key, versions)| {
            versions
                .iter()
                .enumerate()
                .map(|(at, (id, size, _))| ((*key).to_owned(), id.clone(), *size, at == 0))
        })
        .collect()
    }
}

fn object(key: &str) -> Value {
    json!({ "Bucket": "photos", "Key": key })
}

fn version(key: &str, id: &str) -> Value {
    json!({ "Bucket": "photos", "Key": key, "VersionId": id })
}

/// Does the step in both.
fn take(cloud: &mut Cloud, model: &mut Model, step: &Step) {
    match *step {
        Step::Put(key) => {
            model.size += 1;
            let put = cloud.put("photos", key, model.size, json!({}));
            assert_eq!(put.get("VersionId").is_some(), model.status == "Enabled");
            model.add(key, &put["VersionId"], Some(model.size), false);
        }
        Step::Copy(from, to) => {
            let mut input = object(to);
            input["CopySource"] = format!("photos/{from}").into();
            input["MetadataDirective"] = "REPLACE".into();
            let copied = cloud.call("CopyObject", input);
            match model.at(from, 0) {
                Some((_, Some(size), tagged)) => {
                    model.add(to, &copied["VersionId"], Some(size), tagged);
                }
                _ => assert_eq!(copied["Error"]["Code"], "NoSuchKey"),
            }
        }
        Step::Delete(key) => {
            let deleted = cloud.call("DeleteObject", object(key));
            match model.status {
                "" if model.keys.contains_key(key) => model.remove(key, 0),
                "" => assert_eq!(deleted, json!({})),
                _ => model.add(key, &deleted["VersionId"], None, false),
            }
        }
        Step::DeleteVersion(key, at) => {
            let found = model.at(key, at);
            let id = found.as_ref().map_or(model.gone.clone(), |(id, ..)| id.clone());
            let is_there = model.keys.get(key).is_some_and(|it| it.iter().any(|it| it.0 == id));
            if id.is_empty() || (found.is_none() && is_there) {
                return;
            }
            let deleted = cloud.call("DeleteObject", version(key, &id));
            let is_marker = matches!(found, Some((_, None, _)));
            assert_eq!(deleted.get("DeleteMarker").is_some(), is_marker);
            if found.is_some() {
                model.remove(key, at);
            }
        }
        Step::Tag(key, at) => {
            let Some((id, size, _)) = model.at(key, at) else { return };
            let mut input = version(key, &id);
            input["Tagging"] = json!({ "TagSet": [{ "Key": "k", "Value": "v" }] });
            let tagged = cloud.call("PutObjectTagging", input);
            assert_eq!(tagged.get("Error").is_some(), size.is_none(), "a marker has no tags");
            if let Some(version) = model.keys.get_mut(key).and_then(|it| it.get_mut(at)) {
                version.2 |= size.is_some();
            }
        }
        Step::Set(status) => {
            let configuration = json!({ "Status": status });
            let input = json!({ "Bucket": "photos", "VersioningConfiguration": configuration });
            assert_eq!(cloud.call("PutBucketVersioning", input), json!({}));
            model.status = status;
        }
        Step::Restart => {
            for record in cloud.store.values_mut() {
                let text = serde_json::to_string(record).unwrap();
                *record = serde_json::from_str(&text).unwrap();
            }
            (cloud.s3, cloud.blobs) = cloud.restarted();
        }
    }
}

/// All that a listing says, two entries a page.
fn listed(cloud: &mut Cloud) -> Vec<(String, String, Option<u64>, bool)> {
    let mut input = json!({ "Bucket": "photos", "MaxKeys": 2 });
    let mut all = Vec::new();
    loop {
        let page = cloud.call("ListObjectVersions", input.clone());
        let lists = ["Versions", "DeleteMarkers"].into_iter();
        let mut entries: Vec<_> =
            lists.flat_map(|list| page[list].as_array().into_iter().flatten()).collect();
        entries.sort_by_key(|it| it["Place"].as_u64());
        all.extend(entries.iter().map(|it| {
            let text = |name: &str| it[name].as_str().unwrap().to_owned();
            (text("Key"), text("VersionId"), it["Size"].as_u64(), it["IsLatest"] == true)
        }));
        if page["IsTruncated"] == false {
            return all;
        }
        input["KeyMarker"] = page["NextKeyMarker"].clone();
        input["VersionIdMarker"] = page["NextVersionIdMarker"].clone();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Listings, reads and what is stored say after every step what the model says; a body is there
    /// as long as a version has it.
    #[test]
    fn versions_are_what_a_plain_model_says(steps in prop::collection::vec(step(), 1..40)) {
        let mut cloud = Cloud::new().with_bucket("photos");
        let mut model = Model::default();
        for step in &steps {
            take(&mut cloud, &mut model, step);
            prop_assert_eq!(listed(&mut cloud), model.listed(), "after {:?}", step);
            let mut current = Vec::new();
            for (key, versions) in &model.keys {
                for (id, size, tagged) in versions {
                    let read = cloud.call("HeadObject", version(key, id));
                    prop_assert_eq!(read["ContentLength"].as_u64(), *size);
                    prop_assert_eq!(read["TagCount"] == 1, *tagged);
                }
                let newest = cloud.call("HeadObject", object(key));
                prop_assert_eq!(newest["ContentLength"].as_u64(), versions[0].1);
                current.extend(versions[0].1.map(|_| *key));
            }
            let keys = cloud.call("ListObjectsV2", json!({ "Bucket": "photos" }));
            let keys = keys["Contents"].as_array().into_iter().flatten();
            let keys: Vec<_> = keys.map(|it| it["Key"].as_str().unwrap()).collect();
            prop_assert_eq!(keys, current);

            let mut held: Vec<_> = cloud.s3.records().collect();
            held.sort_by_key(Stored::key);
            let stored: Vec<_> = cloud.store.values().cloned().collect();
            prop_assert_eq!(held, stored, "after {:?}", step);
            let referred = cloud.s3.contents().flat_map(Content::blobs).map(|blob| &blob.id);
            let referred: BTreeSet<_> = referred.collect();
            prop_assert!(referred.iter().all(|blob| !cloud.dropped.contains(blob)));
            prop_assert_eq!(cloud.dropped.len() + referred.len(), cloud.uploads as usize);
        }
    }
}
