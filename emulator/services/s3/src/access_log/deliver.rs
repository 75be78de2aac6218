//! A log is delivered: as objects, by S3's own account for logs, where the target lets it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>

use bytes::Bytes;
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;

use super::line::encode;
use super::{Entry, Line, S3};
use crate::configuration::logging::{KeyFormat, LoggingEnabled, PartitionDateSource};
use crate::configuration::request_payment::RequestPayment;
use crate::date::strftime;
use crate::description::{Extra, StorageClass, SystemMetadata};
use crate::encryption::{AskedEncryption, Encryption};
use crate::event::{Actor, EventName};
use crate::grant::{Grant, LOG_SERVICE, ObjectAcl, Writer};
use crate::lifecycle::Due;
use crate::{Bucket, Cx, Object, Stored, error as errors, limits, record};

impl LoggingEnabled {
    /// Whether each object has the lines of one day.
    fn is_by_day(&self) -> bool {
        matches!(
            self.target_object_key_format,
            Some(KeyFormat::PartitionedPrefix {
                partition_date_source: Some(PartitionDateSource::EventTime)
            })
        )
    }

    /// The key of an object of the log that begins at `first`.
    fn key(&self, source: &Bucket, first: Timestamp, now: Timestamp, unique: &str) -> String {
        let prefix = &self.target_prefix;
        match &self.target_object_key_format {
            None | Some(KeyFormat::SimplePrefix {}) => {
                format!("{prefix}{}-{unique}", strftime(now, "%Y-%m-%d-%H-%M-%S"))
            }
            Some(KeyFormat::PartitionedPrefix { .. }) => {
                let Bucket { owner, region, name, .. } = source;
                let (day, name_of_file) = match self.is_by_day() {
                    true => (strftime(first, "%Y/%m/%d"), strftime(first, "%Y-%m-%d-00-00-00")),
                    false => (strftime(now, "%Y/%m/%d"), strftime(now, "%Y-%m-%d-%H-%M-%S")),
                };
                format!("{prefix}{owner}/{region}/{name}/{day}/{name_of_file}-{unique}")
            }
        }
    }
}

impl S3 {
    /// What is collected of a bucket's log goes where it is to go.
    pub(crate) fn deliver_log(&mut self, cx: &mut Cx<'_>, bucket: &str) {
        let Some(log) = self.logs.of.get_mut(bucket) else { return };
        if let Some(at) = log.due.take() {
            cx.deadlines.cancel(at, Due::AccessLog(bucket.into()));
        }
        let entries = std::mem::take(&mut log.entries);
        self.logs.size_bytes -= std::mem::take(&mut log.size_bytes);
        let settings = log.settings.clone();
        for entry in &entries {
            cx.delete(|| record::key_of_log_entry(bucket, entry.number));
        }
        for entries in objects_of(&entries, settings.is_by_day()) {
            self.deliver(cx, bucket, &settings, entries);
        }
    }

    fn deliver(
        &mut self,
        cx: &mut Cx<'_>,
        source: &str,
        settings: &LoggingEnabled,
        entries: &[Entry],
    ) {
        let (Some(first), Some(stored)) = (entries.first(), self.buckets.get(source)) else {
            return;
        };
        let unique = format!("{:016X}", cx.ids.next_u64());
        let key = settings.key(&stored.bucket, first.time, cx.now, &unique);
        let target = &settings.target_bucket;
        let delivered = cx.follows("s3:DeliverAccessLog", format!("{target}/{key}"));
        let cx = &mut cx.because(delivered);
        let body: Vec<u8> = entries.iter().flat_map(|entry| entry.line.bytes()).collect();
        let size_bytes = body.len() as u64;
        match self.put_log(cx, source, settings, &key, body.into()) {
            Ok(()) => {
                cx.trace.end(delivered, "ok");
                self.log_delivery(cx, target, &key, size_bytes);
            }
            Err(refused) => cx.trace.end(delivered, refused.to_string()),
        }
    }

    /// An object of a log, where its bucket takes it.
    fn put_log(
        &mut self,
        cx: &mut Cx<'_>,
        source: &str,
        settings: &LoggingEnabled,
        key: &str,
        body: Bytes,
    ) -> Result<(), ApiError> {
        self.check_target(source, settings)?;
        let (source, target) = (&self.open(source, None)?.bucket, settings.target_bucket.as_str());
        let stored = self.open(target, None)?;
        stored.check_takes_logs()?;
        if key.len() > limits::OBJECT_KEY_SIZE_BYTES_MAX {
            return Err((&errors::KEY_TOO_LONG).into());
        }
        let encryption = AskedEncryption::default().resolve(&stored.bucket)?;
        if matches!(encryption, Encryption::Kms(_)) {
            let message = "Server access logs are not delivered to a bucket that is encrypted with keys of KMS by default";
            return Err(errors::INVALID_TARGET_BUCKET_FOR_LOGGING.says(message));
        }
        stored.admits_log(source, key, cx.now)?;
        let acl = match stored.has_acls() {
            false => ObjectAcl::default(),
            true => {
                let owner = self.settings.owner(&stored.bucket.owner).id;
                let mut grants = vec![Grant::full_control(LOG_SERVICE), Grant::full_control(owner)];
                grants.extend(settings.grants(&self.settings));
                ObjectAcl { owner: Some(Writer::LogService), grants: Some(grants) }
            }
        };
        let content_type = Some("text/plain".into());
        let headers = SystemMetadata { content_type, ..SystemMetadata::default() };
        let described = self.descriptions.share(headers, StorageClass::default(), encryption);
        let content = cx.write(body);
        let extra = Extra { acl, ..Extra::default() };
        let object = Object::new(content, cx.now, described, extra);
        let stored = self.open_mut(target, None)?;
        stored.insert(cx, Actor::S3, EventName::CreatedPut, key.to_owned(), object);
        Ok(())
    }

    /// That a log was delivered is itself a request.
    fn log_delivery(&mut self, cx: &mut Cx<'_>, target: &str, key: &str, size_bytes: u64) {
        let Some(stored) = self.buckets.get(target).filter(|_| self.logs.has(target)) else {
            return;
        };
        let request_line = format!("PUT /{target}/{} HTTP/1.1", encode(key));
        let (request_id, host_id) = (crate::event::request_id(cx), crate::event::host_id(cx));
        let line = Line {
            bucket: target,
            time: cx.now,
            requester: Some(LOG_SERVICE.into()),
            request_id: request_id.into(),
            operation: "REST.PUT.OBJECT".into(),
            key: Some(encode(&encode(key))),
            request_line: Some(&request_line),
            status: Some(200),
            size_bytes: Some(size_bytes),
            referer: Some("-"),
            user_agent: Some("aws-internal/3"),
            host_id: Some(&host_id),
            ..Line::default()
        };
        let line = line.text(&stored.bucket);
        self.collect(cx, target, cx.now, line, true);
    }
}

impl Stored {
    /// Refuses logs for what a bucket is.
    fn check_takes_logs(&self) -> Result<(), ApiError> {
        let refused =
            |message: &'static str| Err(errors::INVALID_TARGET_BUCKET_FOR_LOGGING.says(message));
        if self.bucket.object_lock.is_some_and(|lock| lock.default.is_some()) {
            return refused("The target bucket for logging has a default retention");
        }
        match self.bucket.configuration::<RequestPayment>() {
            Some(payment) if payment.is_requesters() => {
                refused("The target bucket for logging has its requesters pay")
            }
            _ => Ok(()),
        }
    }

    /// Refuses a log that no policy and no list lets in.
    fn admits_log(&self, source: &Bucket, key: &str, now: Timestamp) -> Result<(), ApiError> {
        self.judge_log(source, key, now).as_result().map_err(|denied| {
            let resource = format!("arn:aws:s3:::{}/{key}", self.bucket.name);
            let who = crate::grant::LOGGING;
            error::ACCESS_DENIED.says(denied.sentence(who, "s3:PutObject", &resource))
        })
    }
}

/// What goes into one object each: as many lines as it takes, of one day where that is asked for.
fn objects_of(entries: &[Entry], by_day: bool) -> impl Iterator<Item = &[Entry]> {
    let day = |entry: &Entry| entry.time.as_s() / (24 * 60 * 60);
    let mut rest = entries;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let mut size_bytes = 0;
        let fits = |entry: &&Entry| {
            let before = size_bytes;
            size_bytes += entry.line.len();
            (before == 0 || size_bytes <= limits::ACCESS_LOG_SIZE_BYTES_MAX)
                && (!by_day || day(entry) == day(first))
        };
        let count = rest.iter().take_while(fits).count();
        let (object, others) = rest.split_at(count);
        rest = others;
        Some(object)
    })
}
