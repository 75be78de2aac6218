//! Where uploads go.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use aws_config::SdkConfig;
use aws_sdk_s3::{
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError},
    types::MetadataDirective,
};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cloud::{self, Keeper};

/// A put that takes longer than this has failed, and the form says so.
const PUT_TIMEOUT: Duration = Duration::from_secs(30);
/// With the second attempt, whoever uploads is told within seconds that nobody answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS_MAX: u32 = 2;
const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";
/// What stands for itself in the source of a copy.
const NOT_IN_A_KEY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The bucket of the shop's pictures: one on S3, or one that is kept in memory.
#[derive(Clone, Debug)]
pub enum Bucket {
    S3 {
        client: aws_sdk_s3::Client,
        name: String,
        /// Makes the bucket, and all that belongs to it, where a cloud has forgotten it.
        keeper: Option<Arc<Keeper>>,
    },
    /// For tests, and for a shop that is only looked at.
    Kept(Kept),
}

/// A bucket in memory. All clones share their objects.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<KeptState>>);

#[derive(Debug, Default)]
struct KeptState {
    objects: BTreeMap<String, KeptObject>,
    announced: Vec<String>,
    out_of_reach: bool,
}

/// An object of a [`Kept`] bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptObject {
    pub content_type: String,
    pub body: Bytes,
}

impl Bucket {
    /// The bucket `name` on whatever `sdk` names; path style when that is not AWS itself.
    pub fn s3(sdk: &SdkConfig, name: &str) -> Self {
        let config = cloud::s3_config(sdk)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_timeout(PUT_TIMEOUT)
                    .build(),
            )
            .build();
        Self::S3 {
            client: aws_sdk_s3::Client::from_conf(config),
            name: name.to_owned(),
            keeper: None,
        }
    }

    /// The same, made again by `keeper` whenever a put finds that it does not exist.
    #[must_use]
    pub fn kept_by(self, keeper: Arc<Keeper>) -> Self {
        match self {
            Self::S3 { client, name, .. } => Self::S3 { client, name, keeper: Some(keeper) },
            Self::Kept(kept) => Self::Kept(kept),
        }
    }

    /// Whether there is an object with this key.
    ///
    /// # Errors
    /// The bucket cannot be reached or refuses to say.
    pub async fn has(&self, key: &str) -> anyhow::Result<bool> {
        match self {
            Self::S3 { client, name, .. } => {
                match client.head_object().bucket(name).key(key).send().await {
                    Ok(_) => Ok(true),
                    Err(SdkError::ServiceError(error)) if error.err().is_not_found() => Ok(false),
                    Err(error) => Err(anyhow::anyhow!("{}", DisplayErrorContext(&error)))
                        .with_context(|| format!("cannot look for {key} in bucket {name}")),
                }
            }
            Self::Kept(kept) => Ok(kept.lock().objects.contains_key(key)),
        }
    }

    /// Puts an object that is there anew: a copy onto itself, of which S3 tells as of any object that
    /// was created. False when there is no such object.
    ///
    /// # Errors
    /// The bucket cannot be reached or refuses.
    pub async fn put_again(&self, key: &str, content_type: &str) -> anyhow::Result<bool> {
        match self {
            Self::S3 { client, name, .. } => {
                let source = utf8_percent_encode(key, NOT_IN_A_KEY);
                let copied = client
                    .copy_object()
                    .bucket(name)
                    .key(key)
                    .copy_source(format!("{name}/{source}"))
                    // A copy onto itself has to change something: it says what was said at first.
                    .metadata_directive(MetadataDirective::Replace)
                    .content_type(content_type)
                    .cache_control(CACHE_CONTROL)
                    .send()
                    .await;
                match copied {
                    Ok(_) => Ok(true),
                    Err(error) if matches!(error.code(), Some("NoSuchKey" | "NoSuchBucket")) => {
                        Ok(false)
                    }
                    Err(error) => Err(anyhow::anyhow!("{}", DisplayErrorContext(&error)))
                        .with_context(|| format!("cannot put {key} anew into bucket {name}")),
                }
            }
            Self::Kept(kept) => kept.put_again(key, content_type),
        }
    }

    /// Puts one object. Keys of uploads are never used twice, so caches may keep it for ever.
    ///
    /// # Errors
    /// The bucket cannot be reached or refuses the object.
    pub async fn put(&self, key: &str, content_type: &str, body: Bytes) -> anyhow::Result<()> {
        match self {
            Self::S3 { client, name, keeper } => {
                let put = async || {
                    client
                        .put_object()
                        .bucket(name)
                        .key(key)
                        .content_type(content_type)
                        .cache_control(CACHE_CONTROL)
                        .body(body.clone().into())
                        .send()
                        .await
                };
                let mut result = put().await;
                if let (Err(error), Some(keeper)) = (&result, keeper)
                    && error.code() == Some("NoSuchBucket")
                {
                    tracing::warn!("the bucket {name} is gone: making it again");
                    keeper.provision().await.context("the bucket is gone")?;
                    result = put().await;
                }
                result
                    .map(|_| ())
                    .map_err(|error| anyhow::anyhow!("{}", DisplayErrorContext(&error)))
                    .with_context(|| format!("cannot put {key} into bucket {name}"))
            }
            Self::Kept(kept) => kept.put(key, content_type, body),
        }
    }
}

impl Kept {
    /// Every object, by key.
    pub fn objects(&self) -> BTreeMap<String, KeptObject> {
        self.lock().objects.clone()
    }

    /// The keys of all puts so far, in order: what S3 would have told of.
    pub fn announced(&self) -> Vec<String> {
        self.lock().announced.clone()
    }

    /// Loses an object, as somebody with other tools may.
    pub fn remove(&self, key: &str) {
        self.lock().objects.remove(key);
    }

    /// From now on puts fail, or succeed again.
    pub fn set_out_of_reach(&self, out_of_reach: bool) {
        self.lock().out_of_reach = out_of_reach;
    }

    fn put(&self, key: &str, content_type: &str, body: Bytes) -> anyhow::Result<()> {
        let mut state = self.lock();
        anyhow::ensure!(!state.out_of_reach, "the bucket is out of reach");
        let content_type = content_type.to_owned();
        state.announced.push(key.to_owned());
        state.objects.insert(key.to_owned(), KeptObject { content_type, body });
        Ok(())
    }

    fn put_again(&self, key: &str, content_type: &str) -> anyhow::Result<bool> {
        let body = self.lock().objects.get(key).map(|object| object.body.clone());
        match body {
            Some(body) => self.put(key, content_type, body).map(|()| true),
            None => Ok(false),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, KeptState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
