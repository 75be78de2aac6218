//! Runs the shop from its environment: DATABASE_URL, BUCKET, BASE_URL, SMTP_URL, LISTEN, and the
//! AWS_ variables every AWS client reads.

use std::env::var;

use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let sdk = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let database_url = var("DATABASE_URL").context("set DATABASE_URL")?;
    let bucket = var("BUCKET").unwrap_or_else(|_| "cloudless-shop-images".to_owned());
    let mut config = shop::Config::new(database_url, bucket, sdk);
    if let Ok(url) = var("IMAGE_BASE_URL") {
        config.image_base_url = url;
    }
    if let Ok(listen) = var("LISTEN") {
        config.listen = listen.parse().context("LISTEN is no address such as 127.0.0.1:8000")?;
    }
    config.base_url = var("BASE_URL").ok();
    config.smtp_url = var("SMTP_URL").ok();
    config.show_mailbox = var("SHOW_MAILBOX").is_ok();
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    let app = shop::App::connect(config).await?;
    if let Ok(path) = var("CATALOG") {
        let catalog = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        app.seed(&catalog).await?;
    }
    tracing::info!(address = %listener.local_addr()?, "serving");
    shop::serve(app, listener, async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot wait for Ctrl-C");
        }
    })
    .await
}
