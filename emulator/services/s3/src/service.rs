//! What S3 is to the World.

use std::convert::Infallible;

use kernel::access::Asking;
use kernel::call::{Copying, Origin};
use kernel::checksum::ChecksumAlgorithm;
use kernel::content::Content;
use kernel::context::Restoring;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::policy::Policy;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Serialize as _, Serializer};

use super::configuration::STORED_ONLY;
use super::lifecycle::Lifecycle;
use super::{
    Announcement, Bucket, Cx, Due, Record, Request, Response, S3, Stored, access_log, descriptor,
    metrics, record,
};

impl Service for S3 {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Infallible;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    const STORED_ONLY: &'static [&'static str] = STORED_ONLY;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        self.ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        if metrics::may_change(&request) {
            self.stock_changes(cx);
        }
        let configured = metrics::configured(&request);
        let Some(facts) = self.facts_for_log(origin, &request, cx.now) else {
            let outcome = self.route(cx, origin, request).map(Some);
            configured.iter().for_each(|bucket| self.metrics_change(bucket, Some(cx.cause())));
            return outcome;
        };
        let written = access_log::written(&request);
        let outcome = self.route(cx, origin, request);
        configured.iter().for_each(|bucket| self.metrics_change(bucket, Some(cx.cause())));
        self.note_outcome(origin, written, facts, &outcome);
        outcome.map(Some)
    }

    fn beside_body<S: Serializer>(
        response: &Response,
        serializer: S,
    ) -> Option<Result<S::Ok, S::Error>> {
        match response {
            Response::PutObject(output) => Some(output.serialize(serializer)),
            Response::GetObject(output) | Response::HeadObject(output) => {
                Some(output.serialize(serializer))
            }
            Response::DeleteObject(output) => Some(output.serialize(serializer)),
            Response::UploadPart(output) => Some(output.serialize(serializer)),
            _ => None,
        }
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        self.due_cause(due)
    }

    fn admit(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Request,
    ) -> Result<Option<ChecksumAlgorithm>, ApiError> {
        let ask = || self.ask(&mut Asking::new(origin, now), request);
        match request {
            Request::PutObject(input) | Request::PostObject(input) => {
                ask()?;
                self.check_put(input, now).map(|_encryption| None)
            }
            Request::UploadPart(input) => {
                ask()?;
                self.check_part(input).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn copying(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Request,
    ) -> Result<Option<Copying>, ApiError> {
        let ask = || self.ask(&mut Asking::new(origin, now), request);
        match request {
            Request::CopyObject(input) => {
                ask()?;
                self.copying_of_object(input, now)
            }
            Request::UploadPartCopy(input) => {
                ask()?;
                self.copying_of_part(input, now)
            }
            _ => Ok(None),
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        self.handle_due(cx, &due);
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Bucket(bucket) => {
                // The policy was read when it was put; one that a later version no longer reads lets
                // nobody in, which is the safe side.
                let bucket = Bucket::from(*bucket);
                let policy = bucket.policy.as_deref().and_then(|text| Policy::parse(text).ok());
                let name: Box<str> = bucket.name.as_str().into();
                let lifecycle = Lifecycle::restored(cx.deadlines, &bucket);
                self.logs.restore(&bucket);
                let stored = Stored { policy, lifecycle, ..Stored::new(bucket) };
                self.buckets.insert(Box::clone(&name), stored);
                self.metrics_change(&name, None);
            }
            Record::Object(object) => {
                let restored = object.restored(&mut self.descriptions);
                self.restore_version(cx, restored);
            }
            Record::ObjectVersion(version) => {
                let restored = version.restored(&mut self.descriptions);
                self.restore_version(cx, restored);
            }
            Record::Upload(upload) => {
                let (bucket, key, upload) = upload.restored(&mut self.descriptions);
                cx.numbers.was_given(upload.number);
                if let Some(stored) = self.buckets.get_mut(bucket.as_str()) {
                    stored.uploads.insert(key, upload);
                }
            }
            Record::Part(part) => {
                if let Some(stored) = self.buckets.get_mut(part.bucket()) {
                    part.restore(&mut stored.uploads);
                }
            }
            Record::AccessLogEntry(entry) => self.logs.restore_entry(cx, *entry),
        }
    }

    fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        let versions = self.versions().filter_map(|(_, _, version)| version.content());
        let uploads = self.buckets.values().flat_map(|stored| stored.uploads.iter());
        let parts = uploads.flat_map(|(_, upload)| upload.parts.values());
        versions.chain(parts.map(|part| &part.content))
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let buckets = self.buckets.values().map(Stored::record);
        let versions = self.versions();
        let uploads =
            self.buckets.values().flat_map(|stored| stored.uploads.records(&stored.bucket.name));
        let versions = versions
            .map(|(stored, key, version)| record::record_of(&stored.bucket.name, key, version));
        buckets.chain(versions).chain(uploads).chain(self.logs.records())
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_facts(at, facts);
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.begin_minute(at)
    }

    fn waiting(&self) -> Vec<String> {
        self.logs.waiting().collect()
    }
}
