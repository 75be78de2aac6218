//! What S3 knows of a request that is for a log, and whoever speaks with the client does not: how large the
//! object is, whether a list was needed, and what else was done beside.

use kernel::access::Asking;
use kernel::call::{Origin, Payload};
use kernel::error::ApiError;
use kernel::time::Timestamp;

use super::line::{Line, encode};
use super::{S3, Served};
use crate::{Request, Response, access, limits};

/// What is known of a request whose answer has not left yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// How large the object is, or was.
    pub(super) size_bytes: Option<u64>,
    /// Whether nothing but an access control list let it pass.
    pub(super) acl_required: bool,
    /// What stands in lines of its own.
    more: Vec<More>,
}

/// Something that was done beside: a source read, one of many objects deleted.
#[derive(Debug, Clone)]
struct More {
    bucket: String,
    operation: &'static str,
    key: String,
    version_id: Option<String>,
    status: u16,
    error_code: Option<&'static str>,
    size_bytes: Option<u64>,
}

impl Facts {
    /// The lines of what was done beside.
    pub(super) fn lines<'a>(&'a self, served: &'a Served) -> impl Iterator<Item = Line<'a>> {
        self.more.iter().map(|more| Line {
            bucket: &more.bucket,
            operation: more.operation.into(),
            // No URL speaks of what is deleted among others.
            key: Some(match more.operation {
                DELETED => encode(&more.key),
                _ => encode(&encode(&more.key)),
            }),
            status: Some(more.status),
            error_code: more.error_code,
            size_bytes: more.size_bytes,
            version_id: more.version_id.as_deref(),
            ..Line::beside(served)
        })
    }
}

const DELETED: &str = "BATCH.DELETE.OBJECT";

impl S3 {
    /// What is known of a request before it is handled; nothing where it is for no log.
    pub(crate) fn facts_for_log(
        &self,
        origin: &Origin,
        request: &Request,
        now: Timestamp,
    ) -> Option<Facts> {
        if self.logs.is_empty() {
            return None;
        }
        let (bucket, key, version_id) = access::named(request);
        let source = match request {
            Request::CopyObject(input) => Some((&*input.copy_source, "REST.COPY.OBJECT_GET")),
            Request::UploadPartCopy(input) => Some((&*input.copy_source, "REST.COPY.PART_GET")),
            _ => None,
        };
        let source = source.and_then(|(source, operation)| self.source_read(source, operation));
        let is_of_source = source.as_ref().is_some_and(|more| self.logs.has(&more.bucket));
        if !self.logs.has(bucket) && !is_of_source {
            return None;
        }
        let mut asking = Asking::new(origin, now);
        let allowed = self.ask(&mut asking, request).is_ok();
        let size_of = |key: &str, version_id: Option<&str>| {
            let object = self.buckets.get(bucket)?.object_of(key, version_id)?;
            Some(object.content.size_bytes())
        };
        let size_bytes = match request {
            Request::GetObject(_) | Request::HeadObject(_) | Request::DeleteObject(_) => {
                key.and_then(|key| size_of(key, version_id))
            }
            Request::UploadPart(input) => match &input.body {
                Payload::Part { blob, .. } => Some(blob.size_bytes),
                _ => None,
            },
            Request::CopyObject(_) | Request::UploadPartCopy(_) => {
                source.as_ref().and_then(|more| more.size_bytes)
            }
            _ => None,
        };
        let mut more: Vec<More> = source.into_iter().collect();
        if let Request::DeleteObjects(input) = request {
            more.extend(input.named().map(|(key, version_id)| More {
                bucket: bucket.to_owned(),
                operation: DELETED,
                key: key.to_owned(),
                version_id: version_id.map(str::to_owned),
                status: 204,
                error_code: None,
                size_bytes: size_of(key, version_id),
            }));
        }
        Some(Facts { size_bytes, acl_required: allowed && asking.needed_acl, more })
    }

    /// That an object was read to be copied.
    fn source_read(&self, copy_source: &str, operation: &'static str) -> Option<More> {
        let (stored, source) = self.copy_source(copy_source, None).ok()?;
        let object = stored.object_of(&source.key, source.version_id.as_deref());
        Some(More {
            bucket: stored.bucket.name.to_string(),
            operation,
            size_bytes: object.map(|object| object.content.size_bytes()),
            key: source.key,
            version_id: source.version_id,
            status: 200,
            error_code: None,
        })
    }

    /// Keeps what is known of a request until its answer has left.
    pub(crate) fn note_outcome(
        &mut self,
        origin: &Origin,
        written: Option<(String, String)>,
        mut facts: Facts,
        outcome: &Result<Response, ApiError>,
    ) {
        match outcome {
            Ok(Response::DeleteObjects(output)) => {
                for refused in output.refused() {
                    let of_it = |more: &&mut More| {
                        more.key == refused.0 && more.version_id.as_deref() == refused.1
                    };
                    if let Some(more) = facts.more.iter_mut().find(of_it) {
                        (more.status, more.error_code) = (refused.2, Some(refused.3));
                    }
                }
            }
            Ok(_) => {
                let object = written.and_then(|(bucket, key)| {
                    Some(self.buckets.get(bucket.as_str())?.object(&key)?.content.size_bytes())
                });
                facts.size_bytes = object.or(facts.size_bytes);
            }
            Err(refused) => {
                for more in &mut facts.more {
                    (more.status, more.error_code) = (refused.status(), Some(refused.code()));
                }
            }
        }
        self.logs.facts.insert(origin.call, facts);
        if self.logs.facts.len() > limits::ACCESS_LOG_ANSWERS_MAX {
            self.logs.facts.pop_first();
        }
    }
}

/// The bucket and the key of what a request writes, where that is an object.
pub(crate) fn written(request: &Request) -> Option<(String, String)> {
    let is_write = matches!(
        request,
        Request::PutObject(_) | Request::PostObject(_) | Request::CompleteMultipartUpload(_)
    );
    let (bucket, key, _) = access::named(request);
    key.filter(|_| is_write).map(|key| (bucket.to_owned(), key.to_owned()))
}
