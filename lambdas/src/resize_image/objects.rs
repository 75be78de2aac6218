//! Get, fit, put: the part of the function that talks to S3.

use aws_lambda_events::s3::S3EventRecord;
use aws_sdk_s3::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::{
    fit::{self, FitError, Fitted, INPUT_BYTES_MAX},
    key,
    turn::Turn,
};
use crate::message::ImageResized;

/// How often an object may be overwritten under our hands before Lambda shall try again later.
const ATTEMPTS_MAX: u32 = 3;

/// How long a browser shows what it has. Not `immutable`: whoever uploads to the same key again
/// gets the same URL again.
const CACHE_CONTROL: &str = "public, max-age=300";

/// Why one object was not resized.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The record lacks the bucket's or the object's name.
    #[error("the record names no bucket or no object")]
    Unnamed,
    /// The key cannot be decoded.
    #[error("the key is not valid UTF-8 once decoded")]
    Key,
    /// The picture was refused.
    #[error("{0}")]
    Picture(#[from] FitError),
    /// The object could not be read.
    #[error("the object could not be read: {0}")]
    Get(String),
    /// The resized picture could not be written.
    #[error("the resized picture could not be written: {0}")]
    Put(String),
    /// The message could not be sent.
    #[error("the message could not be sent: {0}")]
    Send(String),
    /// The object was overwritten again and again while it was being resized.
    #[error("the object was overwritten {ATTEMPTS_MAX} times while it was being resized")]
    Overwritten,
    /// The work was stopped, which happens when the process shuts down.
    #[error("the work was interrupted")]
    Interrupted,
}

/// What a record says about an upload.
pub(super) struct Upload {
    bucket: String,
    pub(super) key: String,
    version_id: Option<String>,
    size_bytes: u64,
    event_time: DateTime<Utc>,
    sequencer: String,
}

impl Upload {
    pub(super) fn of(record: S3EventRecord) -> Result<Self, Problem> {
        let object = record.s3.object;
        let bucket = record.s3.bucket.name.filter(|name| !name.is_empty());
        let key = object.key.filter(|key| !key.is_empty()).ok_or(Problem::Unnamed)?;
        Ok(Self {
            bucket: bucket.ok_or(Problem::Unnamed)?,
            key: key::from_event(&key).ok_or(Problem::Key)?,
            // "null" names the one version of an object from before versioning, and works as such.
            version_id: object.version_id.filter(|version| !version.is_empty()),
            size_bytes: object.size.and_then(|size| size.try_into().ok()).unwrap_or_default(),
            event_time: record.event_time,
            sequencer: object.sequencer.unwrap_or_default(),
        })
    }
}

pub(super) struct Objects {
    s3: Client,
    prefix: String,
}

/// An object as it was read.
struct Original {
    bytes: Bytes,
    e_tag: String,
}

impl Objects {
    pub(super) fn new(s3: Client, prefix: String) -> Self {
        Self { s3, prefix }
    }

    /// What the keys of resized pictures start with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Gets, fits and puts one upload.
    ///
    /// Two uploads to one key run as two invocations, in any order and at the same time, and write
    /// to the same resized key. Whoever writes looks afterwards whether the original is still the
    /// one that was read, and if not does the newer one: so the last to write has written the last
    /// original, whichever that is.
    pub(super) async fn resize(&self, upload: Upload) -> Result<ImageResized, Problem> {
        check_size(upload.size_bytes)?;
        let mut version_id = upload.version_id.clone();
        for _ in 0..ATTEMPTS_MAX {
            // Before the bytes are read, because those who wait shall not hold theirs.
            let turn = Turn::take().await.ok_or(Problem::Interrupted)?;
            let original = self.get(&upload, version_id.take()).await?;
            let bytes = original.bytes;
            let fitted = turn.run(move || fit::fit(&bytes)).await;
            let fitted = fitted.ok_or(Problem::Interrupted)??;
            let resized_key = key::resized(&self.prefix, &upload.key, fitted.format);
            let (width, height) = (fitted.width, fitted.height);
            let content_type = fitted.format.content_type().to_owned();
            self.put(&upload, &original.e_tag, &resized_key, fitted).await?;
            if self.is_still(&upload, &original.e_tag).await? {
                return Ok(ImageResized {
                    version: ImageResized::VERSION,
                    bucket: upload.bucket,
                    original_key: upload.key,
                    resized_key,
                    width,
                    height,
                    content_type,
                    event_time: upload.event_time,
                    sequencer: upload.sequencer,
                });
            }
        }
        Err(Problem::Overwritten)
    }

    async fn get(&self, upload: &Upload, version_id: Option<String>) -> Result<Original, Problem> {
        let answer = self
            .s3
            .get_object()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .set_version_id(version_id)
            .send()
            .await
            .map_err(|error| Problem::Get(reason(&error)))?;
        let length = answer.content_length().and_then(|length| length.try_into().ok());
        check_size(length.ok_or_else(|| Problem::Get("S3 gave no length".to_owned()))?)?;
        let e_tag = answer.e_tag().unwrap_or_default().to_owned();
        let body = answer.body.collect().await;
        let bytes = body.map_err(|error| Problem::Get(error.to_string()))?.into_bytes();
        Ok(Original { bytes, e_tag })
    }

    async fn put(
        &self,
        upload: &Upload,
        e_tag: &str,
        resized_key: &str,
        fitted: Fitted,
    ) -> Result<(), Problem> {
        self.s3
            .put_object()
            .bucket(&upload.bucket)
            .key(resized_key)
            .content_type(fitted.format.content_type())
            .cache_control(CACHE_CONTROL)
            .metadata("original-key", key::percent_encoded(&upload.key))
            .metadata("original-etag", e_tag.trim_matches('"'))
            .metadata("width", fitted.width.to_string())
            .metadata("height", fitted.height.to_string())
            .body(fitted.bytes.into())
            .send()
            .await
            .map_err(|error| Problem::Put(reason(&error)))?;
        Ok(())
    }

    /// Whether the original is still the one with this ETag. One that is gone will not change.
    async fn is_still(&self, upload: &Upload, e_tag: &str) -> Result<bool, Problem> {
        match self.s3.head_object().bucket(&upload.bucket).key(&upload.key).send().await {
            Ok(head) => Ok(head.e_tag().unwrap_or_default() == e_tag),
            Err(SdkError::ServiceError(error)) if error.err().is_not_found() => Ok(true),
            Err(error) => Err(Problem::Get(reason(&error))),
        }
    }
}

fn check_size(bytes: u64) -> Result<(), FitError> {
    if bytes > INPUT_BYTES_MAX as u64 {
        return Err(FitError::TooManyBytes { bytes });
    }
    Ok(())
}

/// What AWS answered, short; or all there is to know when there was no answer.
pub(crate) fn reason<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => {
            let causes =
                std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    }
}
