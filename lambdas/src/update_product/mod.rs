//! `update-product`: a resized picture becomes what the shop shows.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Diagnostic, LambdaEvent, Service};

use crate::{
    environment::{InitError, required},
    message::ImageResized,
    resize_image::key,
};

mod database;

#[cfg(test)]
mod tests;

use database::{Database, Updated};

/// The function `update-product`, ready to be invoked.
///
/// Takes a batch of [`ImageResized`] from SQS and sets `shop_product.image`. Each message stands for
/// itself: those that fail are named in `batchItemFailures`, with the reason in the log, and SQS
/// gives them again. The event source mapping must have `ReportBatchItemFailures`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
///
/// Idempotent: the same message twice, or an older one after a newer one, changes nothing and
/// succeeds.
#[derive(Clone)]
pub struct UpdateProduct {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    /// Without a slash at its end.
    image_base_url: String,
}

impl UpdateProduct {
    /// Environment: `DATABASE_URL` (`postgres://…` or `sqlite://…`) and `IMAGE_BASE_URL`, under
    /// which the objects of the bucket are found. Connects on first use: a database that is down
    /// delays messages, it does not stop the function from starting.
    ///
    /// # Errors
    /// [`InitError`] when a variable is missing or cannot be used; it never shows a value.
    #[expect(clippy::unused_async, reason = "the pools want to be made on a runtime")]
    pub async fn init(env: impl Fn(&str) -> Option<String>) -> Result<Self, InitError> {
        const BASE_URL: &str =
            "an http:// or https:// URL under which the bucket's objects are found";
        let database = Database::from_url(&required(&env, "DATABASE_URL", database::URL)?)?;
        let image_base_url = required(&env, "IMAGE_BASE_URL", BASE_URL)?;
        if !image_base_url.starts_with("http://") && !image_base_url.starts_with("https://") {
            return Err(InitError::Invalid {
                name: "IMAGE_BASE_URL",
                expected: BASE_URL,
                reason: "it starts with neither".to_owned(),
            });
        }
        let image_base_url = image_base_url.trim_end_matches('/').to_owned();
        Ok(Self { inner: Arc::new(Inner { database, image_base_url }) })
    }

    /// Asks the database for nothing: whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ask_database(&self) -> Result<(), sqlx::Error> {
        self.inner.database.ask().await
    }
}

impl Service<LambdaEvent<SqsEvent>> for UpdateProduct {
    type Response = SqsBatchResponse;
    type Error = UpdateProductError;
    type Future =
        Pin<Box<dyn Future<Output = Result<SqsBatchResponse, UpdateProductError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), UpdateProductError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<SqsEvent>) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.handle(event.payload).await })
    }
}

/// Why a whole batch failed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateProductError {
    /// A message failed and has no ID by which it could be reported alone.
    #[error("a message without a messageId failed: {0}")]
    Unreportable(MessageError),
}

impl From<UpdateProductError> for Diagnostic {
    fn from(error: UpdateProductError) -> Self {
        Self { error_type: "UpdateProductError".to_owned(), error_message: error.to_string() }
    }
}

/// Why one message failed.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The body is not an [`ImageResized`].
    #[error("the body is not an image-resized message: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A format from the future.
    #[error("the message has version {0}; this function understands {known}", known = ImageResized::VERSION)]
    Version(u32),
    /// A sequencer that cannot be compared.
    #[error("the sequencer {0:?} is not 1 to {most} hexadecimal digits", most = ImageResized::SEQUENCER_DIGITS)]
    Sequencer(String),
    /// A key that names no product.
    #[error("the key {0:?} is not of the form products/ID/NAME")]
    Key(String),
    /// There is no such product.
    #[error("there is no product {0}")]
    NoSuchProduct(i64),
    /// The database refused or did not answer.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl Inner {
    async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, UpdateProductError> {
        let mut response = SqsBatchResponse::default();
        for message in event.records {
            let result = self.apply(message.body.as_deref().unwrap_or_default()).await;
            match (result, message.message_id) {
                (Ok(()), _) => {}
                (Err(error), Some(message_id)) => {
                    tracing::error!(message_id, %error, "a message failed");
                    response.add_failure(message_id);
                }
                (Err(error), None) => return Err(UpdateProductError::Unreportable(error)),
            }
        }
        Ok(response)
    }

    async fn apply(&self, body: &str) -> Result<(), MessageError> {
        let message: ImageResized = serde_json::from_str(body)?;
        if message.version != ImageResized::VERSION {
            return Err(MessageError::Version(message.version));
        }
        let digits = 1..=ImageResized::SEQUENCER_DIGITS;
        let is_hexadecimal = message.sequencer.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_hexadecimal || !digits.contains(&message.sequencer.len()) {
            return Err(MessageError::Sequencer(message.sequencer));
        }
        let product_id = product_id(&message.original_key)
            .ok_or_else(|| MessageError::Key(message.original_key.clone()))?;
        let url = format!("{}/{}", self.image_base_url, key::percent_encoded(&message.resized_key));
        let version = message.image_version();
        let key = message.original_key;
        match self.database.update(product_id, &url, &key, &version).await? {
            Updated::Yes => tracing::info!(product_id, key, version, "a product has a new picture"),
            Updated::NotNewer => {
                tracing::info!(
                    product_id,
                    key,
                    version,
                    "the product has this picture or a newer one"
                );
            }
            Updated::NoSuchProduct => return Err(MessageError::NoSuchProduct(product_id)),
        }
        Ok(())
    }
}

/// The product of an upload `products/{product_id}/{name}`.
fn product_id(key: &str) -> Option<i64> {
    let (id, name) = key.strip_prefix("products/")?.split_once('/')?;
    let is_decimal = !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    if is_decimal && !name.is_empty() { id.parse().ok() } else { None }
}
