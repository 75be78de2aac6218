//! S3 without the rest of the World: calls in AWS's JSON, answers and announcements as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kernel::access::Asking;
use kernel::call::{Agent, CallId, Caller, Origin, Payload, Signing};
use kernel::checksum::{Checksum, ChecksumAlgorithm, ChecksumType};
use kernel::content::{Blob, BlobId, BlobReferences, Content};
use kernel::context::{Change, Effect, Outbox, Parts, Restoring};
use kernel::deadlines::Deadlines;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Minute;
use kernel::ids::{Ids, Numbers};
use kernel::names::{AccountId, Region};
use kernel::record::{Key, Stored as _};
use kernel::service::Service as _;
use kernel::time::Timestamp;
use kernel::trace::{CauseId, Trace};
use serde_json::{Value, json};

use crate::record::record_of;
use crate::version::{Version, Versions};
use crate::{Announcement, Cx, Due, Extra, Object, Record, Request, S3, Served};

/// A cloud that has S3 alone, and its store.
pub struct Cloud {
    pub s3: S3,
    pub now: Timestamp,
    pub region: &'static str,
    pub caller: Caller,
    pub agent: Agent,
    pub blobs: BlobReferences,
    /// What was announced since it was last taken.
    pub announced: Vec<Announcement>,
    /// Blobs that nothing refers to any more.
    pub dropped: Vec<BlobId>,
    pub store: BTreeMap<Key, Record>,
    /// Bodies that S3 has written itself.
    pub written: BTreeMap<BlobId, Bytes>,
    ids: Ids,
    numbers: Numbers,
    deadlines: Deadlines<Due>,
    trace: Trace,
    minute: Minute,
    pub uploads: u32,
    /// Uploads of calls that were refused: whoever drives the World drops them.
    pub refused: usize,
}

impl Cloud {
    /// At 2026-11-23T19:12:00.123Z, in us-east-1, called by the default account.
    pub fn new() -> Self {
        Self {
            s3: S3::default(),
            now: Timestamp::from_ms(1_795_461_120_123),
            region: "us-east-1",
            caller: account("000000000000"),
            agent: Agent::default(),
            blobs: BlobReferences::default(),
            announced: Vec::new(),
            dropped: Vec::new(),
            store: BTreeMap::new(),
            written: BTreeMap::new(),
            ids: Ids::new(1, 0),
            numbers: Numbers::default(),
            deadlines: Deadlines::default(),
            trace: Trace::default(),
            minute: Minute::default(),
            uploads: 0,
            refused: 0,
        }
    }

    pub fn origin(&self) -> Origin {
        Origin {
            call: CallId(1),
            account: self.caller.account(),
            caller: self.caller.clone(),
            signing: Signing::Optional,
            region: Region::parse(self.region).unwrap(),
            endpoint: "http://localhost:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: self.agent.clone(),
            trace_header: None,
        }
    }

    /// The answer, or the refusal as `{"Error": {…}, "Status": …}`.
    pub fn call(&mut self, operation: &str, input: Value) -> Value {
        match self.try_call(operation, input, Payload::None) {
            Ok((output, _)) => output,
            Err(refused) => refusal(&refused),
        }
    }

    pub fn try_call(
        &mut self,
        operation: &str,
        input: Value,
        payload: Payload,
    ) -> Result<(Value, Payload), ApiError> {
        let mut request = Request::decode(operation, input, payload)?;
        let origin = self.origin();
        let mut copied = 0;
        if S3::DESCRIPTOR.bodies.copying.contains(&operation)
            && let Some(copying) = self.s3.copying(self.now, &origin, &request)?
        {
            let size_bytes = copying.of.iter().map(|range| range.length_bytes).sum();
            let checksum = Some(copying.checksum.of(&[]));
            let blob = Blob { checksum, ..self.upload(size_bytes) };
            request = request.with_payload(Payload::Copied { blob, of: copying.of });
            copied = 1;
        }
        self.s3.access(&mut Asking::new(&origin, self.now), &request)?;
        let cause = self.trace.begin(self.now, operation.to_owned(), "");
        let result = self.work(cause, |s3, cx| s3.call(cx, &origin, request));
        if result.is_err() {
            self.refused += copied;
        }
        result.map(|response| response.unwrap().encode())
    }

    /// Lets S3 do something, and keeps what it wants stored.
    fn work<T>(&mut self, cause: CauseId, work: impl FnOnce(&mut S3, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut self.blobs,
            trace: &mut self.trace,
            minute: &mut self.minute,
            directory: &mut Directory::default(),
            outbox: &mut outbox,
            recording: true,
        };
        let result = work(&mut self.s3, &mut parts.because(cause));
        self.blobs.take_adopted();
        self.written.extend(outbox.bodies);
        self.announced.extend(outbox.announcements.into_iter().map(|(_, said)| said));
        for change in outbox.changes {
            match change {
                Change::Put(record) => drop(self.store.insert(record.key(), record)),
                Change::Delete(key) => drop(self.store.remove(&key)),
            }
        }
        for effect in outbox.effects {
            if let Effect::DeleteBlob(blob) = effect {
                self.dropped.push(blob);
            }
        }
        result
    }

    /// Lets so many days pass, through all that becomes due. The moments at which something did are the
    /// answer.
    pub fn pass_days(&mut self, days: u64) -> Vec<String> {
        self.pass_s(days * 24 * 60 * 60)
    }

    /// The same of seconds.
    pub fn pass_s(&mut self, seconds: u64) -> Vec<String> {
        let end = self.now.after_s(seconds);
        let mut moments = Vec::new();
        while let Some((at, due)) = self.deadlines.pop(end) {
            self.now = self.now.max(at);
            let restart = || self.trace.begin(self.now, "Restart", "");
            let cause = self.s3.due_because(&due).unwrap_or_else(restart);
            self.work(cause, |s3, cx| s3.due(cx, due));
            moments.push(self.now.iso8601_ms());
        }
        self.now = end;
        moments.dedup();
        moments
    }

    /// What is in the trace of this name: subject and outcome.
    pub fn traced(&self, what: &str) -> Vec<String> {
        let events = self.trace.events().filter(|event| event.what == what);
        let said = |outcome: Option<&str>| outcome.unwrap_or_default().to_owned();
        events.map(|it| format!("{}: {}", it.subject, said(it.outcome.as_deref()))).collect()
    }

    /// The answer to a request has left.
    pub fn served(&mut self, served: Served) {
        let cause = self.s3.log_cause(&served.bucket);
        let cause = cause.unwrap_or_else(|| self.trace.begin(self.now, "Restart", ""));
        self.work(cause, |s3, cx| s3.log(cx, served));
    }

    /// What S3 has written under the keys of a bucket.
    pub fn written_in(&self, bucket: &str) -> Vec<(String, String)> {
        let objects = self.s3.buckets[bucket].objects.iter();
        let written = objects.filter_map(|(key, versions)| {
            let body = self.written.get(&versions.object()?.content.blobs()[0].id)?;
            Some((key.to_string(), String::from_utf8(body.to_vec()).unwrap()))
        });
        written.collect()
    }

    /// A body that was written and that nothing refers to yet.
    fn upload(&mut self, size_bytes: u64) -> Blob {
        self.uploads += 1;
        Blob {
            id: BlobId(format!("blob-{}", self.uploads).into()),
            size_bytes,
            md5: [u8::try_from(self.uploads % 256).unwrap(); 16],
            sha256: None,
            checksum: Checksum::parse("CRC64NVME", "AAAAAAAAAAA="),
        }
    }

    /// Puts an object of `size_bytes` bytes; `more` is the rest of the input.
    pub fn put(&mut self, bucket: &str, key: &str, size_bytes: u64, more: Value) -> Value {
        let blob = self.upload(size_bytes);
        let mut input = json!({ "Bucket": bucket, "Key": key });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        match self.try_call("PutObject", input, Payload::Blob(blob)) {
            Ok((output, _)) => output,
            Err(refused) => {
                self.refused += 1;
                refusal(&refused)
            }
        }
    }

    /// Uploads a part of `size_bytes` bytes; `more` is the rest of the input. The client sends along the
    /// checksum that is kept.
    pub fn part(&mut self, bucket: &str, key: &str, upload_id: &str, part: (u16, u64)) -> Value {
        let blob = self.upload(part.1);
        let input = json!({
            "Bucket": bucket, "Key": key, "UploadId": upload_id, "PartNumber": part.0,
        });
        let sent = blob.checksum.clone();
        match self.try_call("UploadPart", input, Payload::Part { blob, sent }) {
            Ok((output, _)) => output,
            Err(refused) => {
                self.refused += 1;
                refusal(&refused)
            }
        }
    }

    /// An object as a multipart upload of parts of these sizes leaves it.
    pub fn put_parts(&mut self, bucket: &str, key: &str, sizes_bytes: &[u64]) {
        let parts: Vec<_> = sizes_bytes.iter().map(|size_bytes| self.upload(*size_bytes)).collect();
        let asked = (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject);
        let content = Content::of_parts(parts, Some(asked));
        let object = Object::new(content, self.now, Arc::default(), Extra::default());
        let versions = Versions::one(Version::Object(object));
        let stored = self.s3.buckets.get_mut(bucket).unwrap();
        let record = record_of(&stored.bucket.name, key, versions.newest());
        self.store.insert(record.key(), record);
        stored.objects.insert(key.into(), Box::new(versions));
    }

    /// Creates a bucket of which nothing else is to be said.
    pub fn with_bucket(mut self, name: &str) -> Self {
        let created = self.call("CreateBucket", json!({ "Bucket": name }));
        assert!(created.get("Error").is_none(), "{created}");
        self
    }

    /// Who would have heard of something, as the trace has it.
    pub fn undelivered(&self) -> Vec<String> {
        self.traced("s3:Notify")
    }

    /// The announcements since the last time: destination and event.
    pub fn heard(&mut self) -> Value {
        let heard = self.announced.drain(..).map(|announcement| {
            let Announcement::Notification { destination, event, .. } = announcement;
            json!({
                "to": destination.to_string(),
                "event": serde_json::from_slice::<Value>(&event).unwrap(),
            })
        });
        heard.collect()
    }

    /// The same cloud after a restart: its store read back.
    pub fn restarted(&self) -> (S3, BlobReferences) {
        let (s3, blobs, _deadlines) = self.read_back();
        (s3, blobs)
    }

    /// From now on it is the one that a restart gives.
    pub fn restart(&mut self) {
        (self.s3, self.blobs, self.deadlines) = self.read_back();
    }

    fn read_back(&self) -> (S3, BlobReferences, Deadlines<Due>) {
        let mut s3 = S3::default();
        let mut deadlines = Deadlines::default();
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut Directory::default(),
        };
        for record in self.store.values() {
            s3.restore(&mut cx, record.clone());
        }
        let blobs = BlobReferences::of(|| s3.contents());
        (s3, blobs, deadlines)
    }
}

pub fn account(account: &str) -> Caller {
    Caller::Account {
        account: AccountId::parse(account).unwrap(),
        access_key_id: "AKIAEXAMPLE".into(),
    }
}

pub fn refusal(refused: &ApiError) -> Value {
    let mut error = json!({ "Code": refused.code(), "Message": refused.message() });
    for (name, value) in refused.fields() {
        error[*name] = value.as_str().into();
    }
    json!({ "Error": error, "Status": refused.status() })
}
