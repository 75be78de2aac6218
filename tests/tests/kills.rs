//! `kill -9` in the middle of everything that S3 writes: what was acknowledged is there afterwards, what was deleted
//! does not come back, what was under way has happened or has not, and no body is left that nobody refers to.
//!
//! Three rounds, or as many as `CLOUDLESS_KILL_ROUNDS` says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketVersioningStatus, CompletedMultipartUpload, CompletedPart, VersioningConfiguration,
};
use e2e::Program;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Notify;
use tokio::task::JoinSet;

const WORKERS: u64 = 6;
const BUCKETS: [&str; 2] = ["plain", "versioned"];
/// A part that another one follows has at least so many.
const PART_MIN_BYTES: usize = 5 * 1024 * 1024;

/// A body: this text, over and over, so many bytes.
#[derive(Debug, Clone, PartialEq)]
struct Body(String, usize);

impl Body {
    fn bytes(&self) -> Vec<u8> {
        self.0.bytes().cycle().take(self.1).collect()
    }
}

/// A version of a key. A body of several parts has several.
#[derive(Debug, Clone, PartialEq)]
struct Version {
    /// Nothing where nobody was told.
    id: Option<String>,
    /// Nothing: it is a delete marker.
    parts: Option<Vec<Body>>,
}

/// Versions of a key, newest first.
type Versions = Vec<Version>;

#[derive(Debug, Clone)]
struct Upload {
    bucket: &'static str,
    key: String,
    id: String,
    parts: Vec<(Body, String)>,
}

/// What was asked for and not yet answered.
#[derive(Debug, Clone)]
enum Asked {
    Put { bucket: &'static str, key: String, parts: Vec<Body> },
    Mark { bucket: &'static str, key: String },
    Remove { bucket: &'static str, key: String, id: String },
    Begin { bucket: &'static str, key: String },
    Part { upload: usize, body: Body },
    Complete { upload: usize },
    Abort { upload: usize },
}

/// Who writes keys of its own, and what it was told of them.
#[derive(Debug)]
struct Worker {
    number: u64,
    random: StdRng,
    written: u64,
    keys: BTreeMap<(&'static str, String), Versions>,
    uploads: Vec<Upload>,
    asked: Option<Asked>,
}

fn of_bucket(versions: &Versions, bucket: &str, new: Version) -> Versions {
    match bucket {
        "versioned" => std::iter::once(new).chain(versions.clone()).collect(),
        _ if new.parts.is_none() => Vec::new(),
        _ => vec![Version { id: Some("null".to_owned()), ..new }],
    }
}

impl Worker {
    fn new(number: u64) -> Self {
        Self {
            number,
            random: StdRng::seed_from_u64(number),
            written: 0,
            keys: BTreeMap::new(),
            uploads: Vec::new(),
            asked: None,
        }
    }

    fn body(&mut self, size_bytes: usize) -> Body {
        self.written += 1;
        Body(format!("{}-{},", self.number, self.written), size_bytes)
    }

    /// What it does next.
    fn next(&mut self) -> Asked {
        let bucket = BUCKETS[self.random.random_range(0..2)];
        let key = format!("{}/{}", self.number, self.random.random_range(0..4));
        if !self.uploads.is_empty() && self.random.random_bool(0.4) {
            let upload = self.random.random_range(0..self.uploads.len());
            let has = self.uploads[upload].parts.len();
            return match self.random.random_range(0..4) {
                0 => Asked::Abort { upload },
                1 if has > 0 => Asked::Complete { upload },
                _ if has > 1 => Asked::Complete { upload },
                _ => Asked::Part { upload, body: self.body(PART_MIN_BYTES) },
            };
        }
        let versions = self.keys.get(&(bucket, key.clone()));
        let known: Vec<_> = versions.into_iter().flatten().filter_map(|it| it.id.clone()).collect();
        match self.random.random_range(0..8) {
            0 if self.uploads.len() < 3 => Asked::Begin { bucket, key },
            1 | 2 => Asked::Mark { bucket, key },
            3 if !known.is_empty() => {
                let id = known[self.random.random_range(0..known.len())].clone();
                Asked::Remove { bucket, key, id }
            }
            _ => {
                let size_bytes = [0, 1, 3_000, 200_000][self.random.random_range(0..4)];
                Asked::Put { bucket, key, parts: vec![self.body(size_bytes)] }
            }
        }
    }

    /// Asks for one thing after the other, until nobody answers any more.
    async fn work(mut self, s3: Client, answers: Arc<(AtomicU64, Notify)>) -> Self {
        loop {
            let asked = self.next();
            self.asked = Some(asked.clone());
            if self.ask(&s3, asked).await.is_err() {
                return self;
            }
            self.asked = None;
            answers.0.fetch_add(1, Ordering::SeqCst);
            answers.1.notify_one();
        }
    }

    fn changed(&mut self, bucket: &'static str, key: String, new: Version) {
        let versions = self.keys.entry((bucket, key)).or_default();
        *versions = of_bucket(versions, bucket, new);
    }

    async fn ask(&mut self, s3: &Client, asked: Asked) -> Result<()> {
        match asked {
            Asked::Put { bucket, key, parts } => {
                let body = parts[0].bytes().into();
                let put = s3.put_object().bucket(bucket).key(&key).body(body).send().await?;
                let id = put.version_id().map(str::to_owned);
                self.changed(bucket, key, Version { id, parts: Some(parts) });
            }
            Asked::Mark { bucket, key } => {
                let marked = s3.delete_object().bucket(bucket).key(&key).send().await?;
                let id = marked.version_id().map(str::to_owned);
                self.changed(bucket, key, Version { id, parts: None });
            }
            Asked::Remove { bucket, key, id } => {
                s3.delete_object().bucket(bucket).key(&key).version_id(&id).send().await?;
                let versions = self.keys.entry((bucket, key)).or_default();
                versions.retain(|version| version.id.as_ref() != Some(&id));
            }
            Asked::Begin { bucket, key } => {
                let begun = s3.create_multipart_upload().bucket(bucket).key(&key).send().await?;
                let id = begun.upload_id().context("an upload has an id")?.to_owned();
                self.uploads.push(Upload { bucket, key, id, parts: Vec::new() });
            }
            Asked::Part { upload, body } => {
                let Upload { bucket, key, id, parts } = &mut self.uploads[upload];
                let number = i32::try_from(parts.len() + 1)?;
                let put = s3.upload_part().bucket(*bucket).key(&*key).upload_id(&*id);
                let put = put.part_number(number).body(body.bytes().into()).send().await?;
                parts.push((body, put.e_tag().context("a part has an ETag")?.to_owned()));
            }
            Asked::Complete { upload } => {
                let Upload { bucket, key, id, parts } = self.uploads[upload].clone();
                let named = (1..).zip(&parts).map(|(number, (_, etag))| {
                    CompletedPart::builder().part_number(number).e_tag(etag).build()
                });
                let named = CompletedMultipartUpload::builder().set_parts(Some(named.collect()));
                let completed = s3.complete_multipart_upload().bucket(bucket).key(&key);
                let completed = completed.upload_id(id).multipart_upload(named.build());
                let id = completed.send().await?.version_id().map(str::to_owned);
                self.uploads.remove(upload);
                let parts = Some(parts.into_iter().map(|(body, _)| body).collect());
                self.changed(bucket, key, Version { id, parts });
            }
            Asked::Abort { upload } => {
                let Upload { bucket, key, id, .. } = self.uploads[upload].clone();
                let aborted = s3.abort_multipart_upload().bucket(bucket).key(key);
                aborted.upload_id(id).send().await?;
                self.uploads.remove(upload);
            }
        }
        Ok(())
    }

    /// What the versions of a key may be besides what was acknowledged.
    fn if_done(&self, bucket: &str, key: &str, versions: &Versions) -> Option<Versions> {
        let at = |its: (&str, &str), new| {
            (its == (bucket, key)).then(|| of_bucket(versions, bucket, new))
        };
        match self.asked.as_ref()? {
            Asked::Put { bucket, key, parts } => {
                at((bucket, key), Version { id: None, parts: Some(parts.clone()) })
            }
            Asked::Mark { bucket, key } => at((bucket, key), Version { id: None, parts: None }),
            Asked::Remove { bucket: of, key: its, id } if (*of, its.as_str()) == (bucket, key) => {
                Some(versions.iter().filter(|it| it.id.as_ref() != Some(id)).cloned().collect())
            }
            Asked::Complete { upload } => {
                let Upload { bucket, key, parts, .. } = &self.uploads[*upload];
                let parts = parts.iter().map(|(body, _)| body.clone()).collect();
                at((bucket, key), Version { id: None, parts: Some(parts) })
            }
            _ => None,
        }
    }

    /// Looks at everything of its own, and takes what it finds for what is there.
    async fn check(&mut self, s3: &Client) -> Result<()> {
        for bucket in BUCKETS {
            let found = found(s3, bucket, &format!("{}/", self.number)).await?;
            for key in (0..4).map(|key| format!("{}/{key}", self.number)) {
                let there = found.get(&key).cloned().unwrap_or_default();
                let known = self.keys.get(&(bucket, key.clone())).cloned().unwrap_or_default();
                let done = self.if_done(bucket, &key, &known);
                let mut right = None;
                for mut candidate in [Some(known.clone()), done].into_iter().flatten() {
                    // Nobody was told the id of the newest.
                    if let Some(newest) = candidate.first_mut() {
                        newest.id = newest.id.take().or_else(|| there.latest.clone());
                    }
                    if Found::of(&candidate) == there
                        && bodies_are(s3, bucket, &key, &candidate).await?
                    {
                        right = Some(candidate);
                    }
                }
                let right = right.with_context(|| {
                    let asked = &self.asked;
                    format!("{bucket}/{key} has {there:?}, was {known:?}, asked {asked:?}")
                })?;
                self.keys.insert((bucket, key), right);
            }
        }
        self.check_uploads(s3).await
    }

    async fn check_uploads(&mut self, s3: &Client) -> Result<()> {
        let asked = self.asked.take();
        let mut is_there = Vec::new();
        for (at, upload) in self.uploads.iter_mut().enumerate() {
            let Upload { bucket, key, id, parts } = upload;
            let listed = s3.list_parts().bucket(*bucket).key(&*key).upload_id(&*id).send().await;
            let may_be_gone = matches!(&asked,
                Some(Asked::Complete { upload } | Asked::Abort { upload }) if *upload == at);
            let listed = match listed {
                Ok(listed) => listed,
                Err(_gone) if may_be_gone => {
                    is_there.push(false);
                    continue;
                }
                Err(lost) => bail!("an upload is lost: {lost:?}"),
            };
            let etags: Vec<_> = listed.parts().iter().filter_map(|part| part.e_tag()).collect();
            if let Some(Asked::Part { upload, body }) = &asked
                && *upload == at
                && etags.len() == parts.len() + 1
            {
                parts.push((body.clone(), etags[parts.len()].to_owned()));
            }
            let known: Vec<_> = parts.iter().map(|(_, etag)| etag.as_str()).collect();
            ensure!(etags == known, "the parts of {key} are {etags:?}, not {known:?}");
            is_there.push(true);
        }
        let mut is_there = is_there.into_iter();
        self.uploads.retain(|_| is_there.next() == Some(true));
        Ok(())
    }
}

/// The versions of a key, as a listing tells them: newest first, objects and delete markers apart.
#[derive(Debug, Clone, Default, PartialEq)]
struct Found {
    objects: Vec<String>,
    markers: Vec<String>,
    latest: Option<String>,
}

impl Found {
    fn of(versions: &Versions) -> Self {
        let ids = |are_objects: bool| {
            let such = versions.iter().filter(move |it| it.parts.is_some() == are_objects);
            such.filter_map(|it| it.id.clone()).collect()
        };
        let latest = versions.first().and_then(|it| it.id.clone());
        Self { objects: ids(true), markers: ids(false), latest }
    }
}

async fn found(s3: &Client, bucket: &str, prefix: &str) -> Result<BTreeMap<String, Found>> {
    let listed = s3.list_object_versions().bucket(bucket).prefix(prefix).send().await?;
    ensure!(listed.is_truncated() != Some(true), "too many versions for one page");
    let objects = listed.versions().iter();
    let objects = objects.map(|it| (it.key(), it.version_id(), it.is_latest(), false));
    let markers = listed.delete_markers().iter();
    let markers = markers.map(|it| (it.key(), it.version_id(), it.is_latest(), true));
    let mut found = BTreeMap::<String, Found>::new();
    for (key, id, is_latest, is_marker) in objects.chain(markers) {
        let (key, id) = key.zip(id).context("a version has a key and an id")?;
        let found = found.entry(key.to_owned()).or_default();
        if is_latest == Some(true) {
            found.latest = Some(id.to_owned());
        }
        let list = if is_marker { &mut found.markers } else { &mut found.objects };
        list.push(id.to_owned());
    }
    Ok(found)
}

/// Whether each version has the body that was sent.
async fn bodies_are(s3: &Client, bucket: &str, key: &str, versions: &Versions) -> Result<bool> {
    for version in versions {
        let (Some(parts), Some(id)) = (&version.parts, &version.id) else { continue };
        let got = s3.get_object().bucket(bucket).key(key).version_id(id).send().await?;
        let wanted: Vec<u8> = parts.iter().flat_map(Body::bytes).collect();
        if got.body.collect().await?.into_bytes() != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Files of bodies in a data directory.
fn bodies(data: &Path) -> Result<usize> {
    let mut count = 0;
    let mut folders = vec![data.join("cloud").join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Deletes everything. Nothing of it may be left on the disk.
async fn empty(s3: &Client, workers: &[Worker]) -> Result<()> {
    for worker in workers {
        for Upload { bucket, key, id, .. } in &worker.uploads {
            s3.abort_multipart_upload().bucket(*bucket).key(key).upload_id(id).send().await?;
        }
        for ((bucket, key), versions) in &worker.keys {
            for id in versions.iter().filter_map(|version| version.id.as_ref()) {
                s3.delete_object().bucket(*bucket).key(key).version_id(id).send().await?;
            }
        }
    }
    // An upload that had begun when its answer was lost is known to nobody.
    for bucket in BUCKETS {
        for upload in s3.list_multipart_uploads().bucket(bucket).send().await?.uploads() {
            let (key, id) = upload.key().zip(upload.upload_id()).context("an upload has an id")?;
            s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send().await?;
        }
        s3.delete_bucket().bucket(bucket).send().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_and_what_was_deleted_is_not() -> Result<()> {
    let rounds =
        std::env::var("CLOUDLESS_KILL_ROUNDS").map_or(Ok(3), |told| told.parse::<u64>())?;
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let program = Program::start(directory.path()).await?;
    let s3 = program.s3()?;
    for bucket in BUCKETS {
        s3.create_bucket().bucket(bucket).send().await?;
    }
    let enabled =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let put = s3.put_bucket_versioning().bucket(BUCKETS[1]);
    put.versioning_configuration(enabled).send().await?;
    let own = bodies(&data)?;
    let (mut program, mut random) = (Some(program), StdRng::seed_from_u64(rounds));
    let mut workers: Vec<_> = (0..WORKERS).map(Worker::new).collect();
    for round in 0..rounds {
        let Some(running) = program.take() else { break };
        let answers = Arc::new((AtomicU64::new(0), Notify::new()));
        let mut working = JoinSet::new();
        for worker in workers.drain(..) {
            working.spawn(worker.work(running.s3()?, Arc::clone(&answers)));
        }
        let kill_after = random.random_range(20..120);
        while answers.0.load(Ordering::SeqCst) < kill_after {
            answers.1.notified().await;
        }
        running.kill().await?;
        workers = working.join_all().await;
        let again = Program::start(directory.path()).await?;
        for worker in &mut workers {
            worker.check(&again.s3()?).await.with_context(|| format!("round {round}"))?;
        }
        program = Some(again);
    }
    let program = program.context("it runs")?;
    empty(&program.s3()?, &workers).await?;
    program.settle().await?;
    let (_, status) = program.stop().await?;
    insta::assert_snapshot!(format!("{status}, {} bodies left", bodies(&data)? - own), @"exit status: 0, 0 bodies left");
    Ok(())
}
