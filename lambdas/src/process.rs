//! What both binaries do before they hand their function to [`lambda_runtime::run`].

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tracing_subscriber::EnvFilter;

/// The AWS configuration of a process: region, credentials and `AWS_ENDPOINT_URL` from the default
/// chain; TLS by rustls with ring. The HTTP client is named here because the SDK crates are built
/// without their default one, which would bring a C toolchain's worth of cryptography along.
pub async fn sdk_config() -> SdkConfig {
    let http_client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http_client).load().await
}

/// Logs one JSON object a line to standard output, which Lambda sends to CloudWatch.
///
/// The level is `AWS_LAMBDA_LOG_LEVEL` (Lambda's own control), else `RUST_LOG`, else `info`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>
pub fn log_as_json() {
    let level = env_var("AWS_LAMBDA_LOG_LEVEL")
        .or_else(|| env_var("RUST_LOG"))
        .unwrap_or_else(|| "info".to_owned());
    tracing_subscriber::fmt()
        .json()
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::builder().parse_lossy(level.to_lowercase()))
        .init();
}

/// A variable of this process, if it is set, not empty and text.
#[must_use]
pub fn env_var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns at Ctrl-C, or at the signal by which service managers and Docker stop a process.
pub async fn stop_signal() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                () = interrupted => {}
                _ = terminate.recv() => {}
            },
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
