//! Patience with a cloud that is about to be there.

use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_config::SdkConfig;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::SdkError;

use super::client::s3_config;
use crate::patience::{Patience, Tried};

/// One question is answered within this time, or asked again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns when the cloud answers: whether or not the bucket exists, and whether or not it may be
/// seen.
///
/// # Errors
/// The cloud does not answer while `patience` lasts, or cannot be asked: no credentials, no region.
pub async fn until_it_answers(sdk: &SdkConfig, bucket: &str, patience: Patience<'_>) -> Result<()> {
    let timeout = TimeoutConfig::builder().operation_timeout(ANSWER_TIMEOUT).build();
    let config = s3_config(sdk).retry_config(RetryConfig::disabled()).timeout_config(timeout);
    let s3 = aws_sdk_s3::Client::from_conf(config.build());
    let place = sdk.endpoint_url().unwrap_or("AWS");
    patience
        .until(&format!("the cloud at {place}"), async || {
            match s3.head_bucket().bucket(bucket).send().await {
                Ok(_) => Tried::Done(()),
                Err(SdkError::ServiceError(error)) if error.raw().status().as_u16() < 500 => {
                    Tried::Done(())
                }
                Err(error) if is_away(&error) => Tried::NotYet(error.into()),
                Err(error) => Tried::Never(error.into()),
            }
        })
        .await
        .with_context(|| {
            format!("the cloud at {place} does not answer; is AWS_ENDPOINT_URL right?")
        })
}

/// Whether nobody answered, or somebody who is not ready yet.
fn is_away<E>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) | SdkError::ServiceError(_) => true,
        _ => false,
    }
}
