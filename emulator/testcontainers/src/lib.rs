//! S3, SQS and Lambda for tests that start their surroundings with [testcontainers].
//!
//! ```no_run
//! use cloudless_testcontainers::{Cloudless, endpoint_url};
//! use testcontainers::runners::AsyncRunner as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> testcontainers::core::error::Result<()> {
//! let container = Cloudless::default().start().await?;
//! // What every AWS SDK and the AWS CLI understand as AWS_ENDPOINT_URL. Any access key is
//! // accepted, and any region.
//! println!("AWS_ENDPOINT_URL={}", endpoint_url(&container).await?);
//! # Ok(())
//! # }
//! ```
//!
//! The container ends when `container` is dropped. What it held is gone then, unless it was given
//! a volume:
//!
//! ```no_run
//! # use cloudless_testcontainers::{Cloudless, PORT};
//! use testcontainers::core::{IntoContainerPort as _, Mount};
//! use testcontainers::{ImageExt as _, runners::AsyncRunner as _};
//!
//! # async fn story() -> testcontainers::core::error::Result<()> {
//! let container = Cloudless::default()
//!     .with_data_dir("/data")
//!     .with_key("AKIDEXAMPLE", "a secret")
//!     .with_mount(Mount::volume_mount("my-cloud", "/data"))
//!     // A port of one's own choice stays the same when the container is stopped and started.
//!     .with_mapped_port(14566, PORT.tcp())
//!     .start()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! Where Rust code is under test, the crate `cloudless` does the same in the test's own process,
//! without Docker and within a millisecond. This crate is for tests that have other containers
//! anyway and for functions that shall run as the zips that are deployed.
//!
//! [testcontainers]: https://docs.rs/testcontainers
#![warn(missing_docs)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use testcontainers::core::error::Result;
use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::{ContainerAsync, Image};

/// The image's name where nothing else is said: what `just images` builds.
pub const NAME: &str = "cloudless";
/// The image's tag where nothing else is said; `with_tag` of [`testcontainers::ImageExt`] takes
/// another one.
pub const TAG: &str = "latest";
/// The port inside the container: all services, and the control API under `/_cloudless/`. It is
/// the one that LocalStack uses.
pub const PORT: u16 = 4566;

/// The line on standard output by which it says that it answers, as LocalStack does.
const READY: &str = "Ready.";

/// A container of Cloudless. Without a data directory it keeps everything in memory.
///
/// It is ready when it answers: no test needs to wait any longer.
#[derive(Debug, Clone, Default)]
pub struct Cloudless {
    environment: BTreeMap<&'static str, String>,
}

impl Cloudless {
    /// Keeps everything in this directory of the container. With a volume there, a container that
    /// was stopped or killed and is started again has all that it had answered for.
    #[must_use]
    pub fn with_data_dir(self, directory: impl Into<String>) -> Self {
        self.with("CLOUDLESS_DATA_DIR", directory.into())
    }

    /// Accepts only requests that are signed with this key, or with another one added likewise, and what
    /// a policy lets everybody do. The control API under `/_cloudless/` then wants a key as well:
    /// `Authorization: Bearer KEY_ID:SECRET`, or a signature; its health does not. Without it, any key
    /// is accepted.
    ///
    /// The key reaches the container by its environment, which `docker inspect` shows: give one that is
    /// made for the test.
    #[must_use]
    pub fn with_key(mut self, access_key_id: &str, secret_access_key: &str) -> Self {
        let key = format!("{access_key_id}:{secret_access_key}");
        self.environment
            .entry("CLOUDLESS_KEYS")
            .and_modify(|keys| *keys = format!("{keys},{key}"))
            .or_insert(key);
        self
    }

    /// Answers for these services only: `["s3", "sqs"]`. Without it, for all there are.
    #[must_use]
    pub fn with_services<'a>(self, services: impl IntoIterator<Item = &'a str>) -> Self {
        let services: Vec<_> = services.into_iter().collect();
        self.with("SERVICES", services.join(","))
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.environment.insert(name, value);
        self
    }
}

impl Image for Cloudless {
    fn name(&self) -> &str {
        NAME
    }

    fn tag(&self) -> &str {
        TAG
    }

    fn ready_conditions(&self) -> Vec<WaitFor> {
        vec![WaitFor::message_on_stdout(READY)]
    }

    fn env_vars(
        &self,
    ) -> impl IntoIterator<Item = (impl Into<Cow<'_, str>>, impl Into<Cow<'_, str>>)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn expose_ports(&self) -> &[ContainerPort] {
        &[ContainerPort::Tcp(PORT)]
    }
}

/// Where the container is reached from this machine: `http://127.0.0.1:32768`, without a slash at
/// its end.
///
/// # Errors
/// Docker does not answer, or the container has ended.
pub async fn endpoint_url(container: &ContainerAsync<Cloudless>) -> Result<String> {
    let (host, port) = (container.get_host().await?, container.get_host_port_ipv4(PORT).await?);
    // The port is that of IPv4, and `localhost` may be the other one first.
    let host = host.to_string().replace("localhost", "127.0.0.1");
    Ok(format!("http://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_reaches_the_container_by_its_environment() {
        let image = Cloudless::default()
            .with_data_dir("/data")
            .with_services(["s3", "sqs"])
            .with_key("one", "first")
            .with_key("two", "second");
        let environment: Vec<(String, String)> = image
            .env_vars()
            .into_iter()
            .map(|(name, value)| {
                let (name, value): (Cow<'_, str>, Cow<'_, str>) = (name.into(), value.into());
                (name.into_owned(), value.into_owned())
            })
            .collect();
        let lines: Vec<_> =
            environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            lines,
            ["CLOUDLESS_DATA_DIR=/data", "CLOUDLESS_KEYS=one:first,two:second", "SERVICES=s3,sqs"]
        );
        assert_eq!((image.name(), image.tag()), ("cloudless", "latest"));
        assert_eq!(image.expose_ports(), [ContainerPort::Tcp(4566)]);
    }
}
