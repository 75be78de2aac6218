//! The function `update-product` as a process: `bootstrap` of a `provided.al2023` zip.

use lambdas::{UpdateProduct, process};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    process::log_as_json();
    lambda_runtime::run(UpdateProduct::init(process::env_var).await?).await
}
