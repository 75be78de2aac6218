//! Server access logs: what was asked of a bucket, written into another one of the same owner.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html>
//!
//! AWS delivers most records within a few hours and promises nothing. Here they are collected for
//! [`DELAY`](crate::limits::ACCESS_LOG_DELAY) from the first on, by the World's clock, or until they are as
//! many as make an object; each is a record until then, and survives a restart.
//!
//! A delivery is a request, too: where the log's own bucket has a log, AWS writes logs of logs without end.
//! Here such a line waits until a request of somebody else's is delivered, or until there are so many of
//! them that they make an object.

mod deliver;
mod facts;
mod line;
mod operation;

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::call::{CallId, Caller};
use kernel::context::Restoring;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use super::configuration::logging::LoggingEnabled;
use super::lifecycle::{Applied, Due};
use super::{Bucket, Cx, Record, S3, limits, record};
use facts::Facts;
pub(crate) use facts::written;
pub(crate) use line::Line;

/// A request for a bucket that was answered, as whoever spoke with the client knows it.
#[derive(Debug, Clone)]
pub struct Served {
    /// What the call was called; nothing where the request was refused before it was one.
    pub call: Option<CallId>,
    /// Of which bucket.
    pub bucket: String,
    /// Of which key.
    pub key: Option<String>,
    /// As AWS's model has it: `PutObject`.
    pub operation: Option<&'static str>,
    /// Whether the bucket was visited as a website.
    pub is_website: bool,
    /// `GET`
    pub method: String,
    /// `GET /photos/a.jpg?acl HTTP/1.1`
    pub request_line: String,
    /// When it was received.
    pub received: Timestamp,
    /// How long that was before the end of its answer.
    pub total_ms: u64,
    /// How long it took from the end of its body to the beginning of its answer.
    pub turn_around_ms: Option<u64>,
    /// The caller's address.
    pub remote_ip: Arc<str>,
    /// Who called; nothing where nobody is known.
    pub requester: Option<Caller>,
    /// `x-amz-request-id`
    pub request_id: String,
    /// `x-amz-id-2`
    pub host_id: String,
    /// The status of the answer.
    pub status: u16,
    /// The code of the refusal.
    pub error_code: Option<String>,
    /// How many bytes of a body were sent.
    pub sent_bytes: u64,
    /// How many bytes of a body came, as the request says.
    pub received_bytes: u64,
    /// `Referer`
    pub referer: Option<String>,
    /// `User-Agent`
    pub user_agent: Option<String>,
    /// The version that the request names.
    pub version_id: Option<String>,
    /// `Host`
    pub host: Option<String>,
    /// By what it was signed.
    pub signed: Option<Signed>,
}

/// By what a request was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// Whether it was version 2.
    pub is_version_2: bool,
    /// Whether the signature stood in the URL.
    pub in_url: bool,
}

/// The logs of all buckets that have one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs {
    of: BTreeMap<Box<str>, Log>,
    /// How many bytes are collected in all.
    size_bytes: usize,
    /// What is known of requests whose answers have not left yet.
    facts: BTreeMap<CallId, Facts>,
}

/// The log of a bucket.
#[derive(Debug, Clone)]
struct Log {
    settings: LoggingEnabled,
    /// What asked for it; nothing after a restart.
    cause: Option<CauseId>,
    /// What is collected, in the order in which requests were answered.
    entries: Vec<Entry>,
    size_bytes: usize,
    /// When it is delivered. Nothing where nobody but the delivery of logs has asked for anything.
    due: Option<Timestamp>,
}

/// A line of a log that is not delivered yet.
#[derive(Debug, Clone)]
struct Entry {
    number: u64,
    time: Timestamp,
    /// Whether it is about the delivery of a log.
    is_of_delivery: bool,
    line: Box<str>,
}

impl Logs {
    /// A bucket comes back.
    pub(crate) fn restore(&mut self, bucket: &Bucket) {
        if let Some(settings) = bucket.configuration::<LoggingEnabled>() {
            self.of.insert(bucket.name.as_str().into(), Log::new(settings, None));
        }
    }

    /// What was collected comes back. Of a bucket that has no log it is dropped.
    pub(crate) fn restore_entry(
        &mut self,
        cx: &mut Restoring<'_, S3>,
        entry: record::AccessLogEntry,
    ) {
        cx.numbers.was_given(entry.number);
        let Some(log) = self.of.get_mut(entry.bucket.as_str()) else { return };
        let bucket = entry.bucket.as_str().into();
        let entry = Entry {
            number: entry.number,
            time: entry.time,
            is_of_delivery: entry.is_of_delivery,
            line: entry.line,
        };
        if let Some(at) = log.first_due(&entry) {
            cx.deadlines.schedule(at, Due::AccessLog(bucket));
        }
        self.size_bytes += log.push(entry);
    }

    /// What is collected, as records.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.of.iter().flat_map(|(bucket, log)| {
            log.entries.iter().filter_map(|entry| record_of(bucket, entry))
        })
    }

    /// Logs that wait for their time.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = String> + '_ {
        let due = self.of.iter().filter(|(_, log)| log.due.is_some());
        due.map(|(bucket, _)| format!("the access log of {bucket} is to be delivered"))
    }

    /// Whether no bucket has a log.
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Whether a bucket has a log.
    pub(crate) fn has(&self, bucket: &str) -> bool {
        self.of.contains_key(bucket)
    }

    pub(crate) fn cause(&self, bucket: &str) -> Option<CauseId> {
        self.of.get(bucket)?.cause
    }
}

fn record_of(bucket: &str, entry: &Entry) -> Option<Record> {
    let bucket = kernel::names::BucketName::parse(bucket)?;
    Some(Record::AccessLogEntry(Box::new(record::AccessLogEntry {
        bucket,
        number: entry.number,
        time: entry.time,
        is_of_delivery: entry.is_of_delivery,
        line: entry.line.clone(),
    })))
}

impl Log {
    fn new(settings: LoggingEnabled, cause: Option<CauseId>) -> Self {
        Self { settings, cause, entries: Vec::new(), size_bytes: 0, due: None }
    }

    /// When it is to be delivered, where that follows from this line alone.
    fn first_due(&mut self, entry: &Entry) -> Option<Timestamp> {
        if entry.is_of_delivery || self.due.is_some() {
            return None;
        }
        self.due = Some(entry.time.after(limits::ACCESS_LOG_DELAY));
        self.due
    }

    /// One line more. How many bytes it has is the answer.
    fn push(&mut self, entry: Entry) -> usize {
        let size_bytes = entry.line.len();
        self.size_bytes += size_bytes;
        self.entries.push(entry);
        size_bytes
    }
}

impl S3 {
    /// Whether any bucket has a log, or counts its requests.
    #[must_use]
    pub fn logs_requests(&self) -> bool {
        !self.logs.is_empty() || self.counts_requests()
    }

    /// What asked for the log of a bucket, or for its requests to be counted; nothing where nobody has, or
    /// after a restart.
    #[must_use]
    pub fn log_cause(&self, bucket: &str) -> Option<CauseId> {
        self.logs.cause(bucket).or_else(|| self.counted_because(bucket))
    }

    /// A request was answered: it is counted, and where its bucket has a log, it is in it from now on.
    pub fn log(&mut self, cx: &mut Cx<'_>, served: Served) {
        self.count_request(cx, &served);
        if self.logs.is_empty() {
            return;
        }
        let facts = served.call.and_then(|call| self.logs.facts.remove(&call));
        let facts = facts.unwrap_or_default();
        let index = self.index_of(&served);
        for more in facts.lines(&served) {
            if let Some(stored) = self.buckets.get(more.bucket) {
                let line = more.text(&stored.bucket);
                self.collect(cx, more.bucket, served.received, line, false);
            }
        }
        if let Some(stored) = self.buckets.get(served.bucket.as_str()) {
            let line = Line::of(&served, &facts, &index).text(&stored.bucket);
            self.collect(cx, &served.bucket, served.received, line, false);
        }
    }

    /// What a website shows of a folder.
    fn index_of(&self, served: &Served) -> String {
        let key = served.key.as_deref().unwrap_or_default();
        if !served.is_website || !(key.is_empty() || key.ends_with('/')) {
            return String::new();
        }
        self.index_document(&served.bucket)
    }

    /// What a lifecycle did by itself stands in the bucket's log, too.
    pub(crate) fn log_lifecycle(&mut self, cx: &mut Cx<'_>, bucket: &str, done: Vec<Applied>) {
        for applied in done {
            let Some(stored) = self.buckets.get(bucket) else { return };
            let line = Line {
                bucket,
                time: cx.now,
                requester: Some("AmazonS3".into()),
                request_id: super::event::request_id(cx).into(),
                operation: applied.operation.into(),
                key: Some(line::encode(&applied.key)),
                size_bytes: applied.size_bytes,
                version_id: applied.version_id.as_deref(),
                ..Line::default()
            };
            let line = line.text(&stored.bucket);
            self.collect(cx, bucket, cx.now, line, false);
        }
    }

    /// A line of the log of a bucket, where it has one.
    pub(crate) fn collect(
        &mut self,
        cx: &mut Cx<'_>,
        bucket: &str,
        time: Timestamp,
        line: String,
        is_of_delivery: bool,
    ) {
        let Some(log) = self.logs.of.get_mut(bucket) else { return };
        let number = cx.numbers.next(cx.now);
        let entry = Entry { number, time, is_of_delivery, line: line.into() };
        if let Some(record) = record_of(bucket, &entry) {
            cx.put(|| record);
        }
        if let Some(at) = log.first_due(&entry) {
            cx.deadlines.schedule(at, Due::AccessLog(bucket.into()));
        }
        self.logs.size_bytes += log.push(entry);
        let is_full = log.size_bytes >= limits::ACCESS_LOG_SIZE_BYTES_MAX
            || self.logs.size_bytes >= limits::ACCESS_LOGS_SIZE_BYTES_MAX;
        if is_full && log.due.is_none_or(|at| at > cx.now) {
            if let Some(at) = log.due.replace(cx.now) {
                cx.deadlines.cancel(at, Due::AccessLog(bucket.into()));
            }
            cx.deadlines.schedule(cx.now, Due::AccessLog(bucket.into()));
        }
    }

    /// From now on the log of a bucket goes there, or nowhere. What is collected goes where it would have.
    pub(crate) fn set_log(
        &mut self,
        cx: &mut Cx<'_>,
        bucket: &str,
        settings: Option<LoggingEnabled>,
    ) {
        self.deliver_log(cx, bucket);
        match settings {
            Some(settings) => {
                let log = Log::new(settings, Some(cx.cause()));
                if let Some(before) = self.logs.of.insert(bucket.into(), log) {
                    // The delivery into a bucket's own log is in it already.
                    before.entries.into_iter().for_each(|entry| {
                        if let Some(log) = self.logs.of.get_mut(bucket) {
                            log.push(entry);
                        }
                    });
                }
            }
            None => self.forget_log(cx, bucket),
        }
    }

    /// A bucket is going, or has no log any more.
    pub(crate) fn forget_log(&mut self, cx: &mut Cx<'_>, bucket: &str) {
        let Some(log) = self.logs.of.remove(bucket) else { return };
        self.logs.size_bytes -= log.size_bytes;
        if let Some(at) = log.due {
            cx.deadlines.cancel(at, Due::AccessLog(bucket.into()));
        }
        for entry in &log.entries {
            cx.delete(|| record::key_of_log_entry(bucket, entry.number));
        }
    }
}
