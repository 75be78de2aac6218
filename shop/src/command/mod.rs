//! What the program can do, a file each.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use shop::Patience;

pub mod health;
#[cfg(feature = "local")]
pub mod lab;
#[cfg(feature = "local")]
pub mod local;
pub mod manager;
pub mod provision;
pub mod serve;

/// Region, credentials and endpoint as every AWS client finds them.
pub async fn sdk_from_environment() -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}

/// Waits so many seconds, and says on standard error for what.
fn patience(wait_s: u64) -> Patience<'static> {
    Patience { limit: Duration::from_secs(wait_s), say: &|line| eprintln!("{line}") }
}

/// Ctrl-C, or the signal by which service managers and Docker stop a process.
async fn stop_signal() {
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
