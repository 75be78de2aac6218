//! The function `resize-image` as a process: `bootstrap` of a `provided.al2023` zip.

use lambdas::{ResizeImage, process};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    process::log_as_json();
    let sdk = process::sdk_config().await;
    lambda_runtime::run(ResizeImage::init(process::env_var, &sdk).await?).await
}
