//! How the shop talks to S3.

use aws_config::SdkConfig;

/// The configuration of an S3 client: with path-style addresses where an endpoint is given, since
/// `bucket.localhost` resolves on few machines.
#[must_use]
pub fn s3_config(sdk: &SdkConfig) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::from(sdk).force_path_style(sdk.endpoint_url().is_some())
}

/// An S3 client as [`s3_config`] describes it.
#[must_use]
pub fn s3_client(sdk: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(s3_config(sdk).build())
}

/// What an object's URL in this bucket begins with, as this configuration reaches it.
#[must_use]
pub fn image_base_url(sdk: &SdkConfig, bucket: &str) -> String {
    match (sdk.endpoint_url(), sdk.region()) {
        (Some(endpoint), _) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        (None, Some(region)) => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        (None, None) => format!("https://{bucket}.s3.amazonaws.com"),
    }
}
