//! `shop deploy`: everything on AWS itself, through CloudFormation.
//!
//! It says what it will make and what that costs before it makes anything. The template is
//! `infra/cloudless.yaml`; `docs/aws.md` draws and explains it. The AWS SDK for CloudFormation is
//! large, so all but the explanation of this sits behind the feature `deploy`.

#[cfg(feature = "deploy")]
mod artifact;
#[cfg(feature = "deploy")]
mod command;
#[cfg(feature = "deploy")]
mod explain;
#[cfg(feature = "deploy")]
mod failure;
#[cfg(feature = "deploy")]
mod plan;
#[cfg(feature = "deploy")]
mod price;
#[cfg(feature = "deploy")]
mod remove;
#[cfg(feature = "deploy")]
mod stack;
#[cfg(feature = "deploy")]
mod template;

#[cfg(all(test, feature = "deploy", feature = "local"))]
mod tests;

#[cfg(feature = "deploy")]
pub use command::{Arguments, run};

/// Whatever was given: this program can only say how to get one that deploys.
#[cfg(not(feature = "deploy"))]
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    given: Vec<String>,
}

/// Says how to build a program that deploys.
///
/// # Errors
/// Always.
#[cfg(not(feature = "deploy"))]
#[expect(clippy::unused_async, reason = "called as the one of the feature `deploy` is")]
pub async fn run(
    arguments: Arguments,
    _: impl Future<Output = aws_config::SdkConfig>,
) -> anyhow::Result<()> {
    anyhow::bail!(
        "this program was built without the feature `deploy`, which a first build should not wait \
         for. Deploy with:\n  cargo run -p shop --features deploy -- deploy {}",
        arguments.given.join(" ")
    )
}
