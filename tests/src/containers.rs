//! Containers: those that the stories of a process share, and those that are a story's own.
//!
//! All are removed when their last user is done, whether the story ends well or not.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context as _, Result};
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptions, RemoveVolumeOptions,
};
use testcontainers::core::client::docker_client_instance;
use testcontainers::core::wait::{ExitWaitStrategy, LogWaitStrategy};
use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::{AsyncRunner, SyncRunner};
use testcontainers::{Container, ContainerAsync, ContainerRequest, GenericImage, Image, ImageExt};
use tokio::sync::OnceCell;

/// An image: the variable that names it, and its name where the variable is not set.
pub struct ImageName {
    variable: &'static str,
    default: &'static str,
}

pub const POSTGRES: ImageName =
    ImageName { variable: "CLOUDLESS_TEST_POSTGRES_IMAGE", default: "postgres:17" };
pub const LOCALSTACK: ImageName = ImageName {
    variable: "CLOUDLESS_TEST_LOCALSTACK_IMAGE",
    default: "localstack/localstack:4.14.0",
};
pub const CLOUDLESS: ImageName =
    ImageName { variable: "CLOUDLESS_TEST_CLOUDLESS_IMAGE", default: "cloudless:latest" };
pub const SHOP: ImageName =
    ImageName { variable: "CLOUDLESS_TEST_SHOP_IMAGE", default: "cloudless-shop:latest" };
pub const SETUP: ImageName =
    ImageName { variable: "CLOUDLESS_TEST_SETUP_IMAGE", default: "cloudless-setup:latest" };

impl ImageName {
    /// Name and tag.
    #[must_use]
    pub fn parts(&self) -> (String, String) {
        let image = std::env::var(self.variable).unwrap_or_else(|_| self.default.to_owned());
        // A colon before the last slash is that of a registry's port.
        match image.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name.to_owned(), tag.to_owned()),
            _ => (image, "latest".to_owned()),
        }
    }

    pub(crate) fn generic(&self) -> GenericImage {
        let (name, tag) = self.parts();
        GenericImage::new(name, tag)
    }

    /// What to do where it does not start.
    #[must_use]
    pub fn missing(&self, error: impl std::fmt::Display) -> String {
        let (name, tag) = self.parts();
        let advice = if self.default.starts_with("cloudless") {
            "`just images` builds it"
        } else {
            "`docker pull` gets it"
        };
        format!(
            "Docker does not start {name}:{tag}; {advice}, {} names another one ({error})",
            self.variable
        )
    }
}

/// What starts, or else what this machine lacks for it.
pub type Started<T> = Result<T, String>;

/// A server that stories share. Dropped by its last user, its container is removed.
pub struct Shared {
    container: Option<Container<GenericImage>>,
    /// Where the container's port is reached from this machine.
    pub port: u16,
}

impl Shared {
    /// Where it is reached from other containers.
    pub async fn address(&self) -> Result<String> {
        address(self.container.as_ref().context("it is being dropped")?.id()).await
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let container = self.container.take();
        // It waits for Docker on a runtime of its own, which a thread of another one must not.
        let removed = std::thread::spawn(move || drop(container)).join();
        debug_assert!(removed.is_ok(), "a container is not removed");
    }
}

static POSTGRES_SERVER: Mutex<Weak<Shared>> = Mutex::new(Weak::new());
static LOCALSTACK_SERVER: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// The PostgreSQL of this process.
pub async fn postgres() -> Result<Started<Arc<Shared>>> {
    shared(&POSTGRES_SERVER, &POSTGRES, POSTGRES_PORT, postgres_request).await
}

/// The LocalStack of this process.
pub async fn localstack() -> Result<Started<Arc<Shared>>> {
    shared(&LOCALSTACK_SERVER, &LOCALSTACK, CLOUD_PORT, localstack_request).await
}

/// PostgreSQL's port inside its container.
pub const POSTGRES_PORT: u16 = 5432;
/// The port of LocalStack and of Cloudless inside their containers.
pub const CLOUD_PORT: u16 = cloudless_testcontainers::PORT;

/// PostgreSQL, as every story wants it. Its user and password are `postgres` and `story`.
pub fn postgres_request() -> ContainerRequest<GenericImage> {
    // The image starts the server twice: once for itself, which it says on standard output, then
    // for everybody.
    let ready = "database system is ready to accept connections";
    POSTGRES
        .generic()
        .with_exposed_port(POSTGRES_PORT.tcp())
        .with_wait_for(WaitFor::log(LogWaitStrategy::stderr(ready)))
        .with_env_var("POSTGRES_PASSWORD", "story")
}

/// LocalStack, with the two services that it is wanted for.
pub fn localstack_request() -> ContainerRequest<GenericImage> {
    LOCALSTACK
        .generic()
        .with_exposed_port(CLOUD_PORT.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready."))
        .with_env_var("SERVICES", "s3,sqs")
        .with_env_var("EAGER_SERVICE_LOADING", "1")
        .with_env_var("DISABLE_EVENTS", "1")
}

async fn shared(
    server: &'static Mutex<Weak<Shared>>,
    image: &'static ImageName,
    port: u16,
    request: fn() -> ContainerRequest<GenericImage>,
) -> Result<Started<Arc<Shared>>> {
    let started = tokio::task::spawn_blocking(move || {
        // Held while it starts, so that others wait for it instead of starting another one.
        let mut known = server.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.upgrade() {
            return Ok(shared);
        }
        let container = SyncRunner::start(request())?;
        let port = container.get_host_port_ipv4(port.tcp())?;
        let shared = Arc::new(Shared { container: Some(container), port });
        *known = Arc::downgrade(&shared);
        Ok(shared)
    });
    let started: testcontainers::core::error::Result<_> = started.await?;
    Ok(started.map_err(|error| image.missing(error)))
}

/// Where other containers reach a container, until it is started again.
async fn address(container_id: &str) -> Result<String> {
    let docker = docker_client_instance().await?;
    let found = docker.inspect_container(container_id, None::<InspectContainerOptions>).await?;
    let networks = found.network_settings.and_then(|settings| settings.networks);
    let networks = networks.context("the container is in no network")?;
    let mut addresses = networks.into_values().filter_map(|network| network.ip_address);
    addresses.find(|address| !address.is_empty()).context("the container has no address")
}

/// A container of a story's own, which may be killed and started again: its port stays the same.
pub struct Own<I: Image> {
    container: ContainerAsync<I>,
    /// Where it is reached from this machine.
    pub port: u16,
}

impl<I: Image> Own<I> {
    /// Starts it with its port `inside` at a free port of this machine.
    pub async fn start(
        request: impl Into<ContainerRequest<I>>,
        inside: u16,
        image: &ImageName,
    ) -> Result<Started<Self>> {
        let port = free_port()?;
        let request = request.into().with_mapped_port(port, inside.tcp());
        Ok(match AsyncRunner::start(request).await {
            Ok(container) => Ok(Self { container, port }),
            Err(error) => Err(image.missing(error)),
        })
    }

    /// Where it is reached from other containers, until it is started again.
    pub async fn address(&self) -> Result<String> {
        address(self.container.id()).await
    }

    /// SIGKILL: nothing is written, closed or said any more.
    pub async fn kill(&self) -> Result<()> {
        let docker = docker_client_instance().await?;
        Ok(docker.kill_container(self.container.id(), None::<KillContainerOptions>).await?)
    }

    /// Stops it as `docker stop` does.
    pub async fn stop(&self) -> Result<()> {
        Ok(self.container.stop().await?)
    }

    /// Starts it again. It need not answer yet when this returns.
    pub async fn start_again(&self) -> Result<()> {
        Ok(self.container.start().await?)
    }

    /// What it has written until now, for messages of failed stories.
    pub async fn said(&self) -> Result<String> {
        let (out, err) =
            (self.container.stdout_to_vec().await?, self.container.stderr_to_vec().await?);
        Ok(String::from_utf8_lossy(&[out, err].concat()).into_owned())
    }
}

/// Removes a volume. Its containers must be gone.
pub async fn remove_volume(name: &str) -> Result<()> {
    Ok(docker_client_instance().await?.remove_volume(name, None::<RemoveVolumeOptions>).await?)
}

/// A port that nobody listens on now. A container that is started again keeps only a port that was
/// asked for.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// The zips of `resize-image` and `update-product`, out of the image that ships them.
pub async fn function_zips() -> Result<Started<[Vec<u8>; 2]>> {
    static ZIPS: OnceCell<[Vec<u8>; 2]> = OnceCell::const_new();
    let found = ZIPS.get_or_try_init(|| async {
        // The image is made from nothing but programs and zips: there is no `sleep` in it.
        let ended = WaitFor::exit(ExitWaitStrategy::new().with_exit_code(0));
        let request = SETUP.generic().with_wait_for(ended).with_cmd(["--help"]);
        let container = AsyncRunner::start(request).await?;
        let zip =
            |name: &str| container.copy_file_from(format!("/functions/{name}.zip"), Vec::new());
        testcontainers::core::error::Result::Ok([
            zip("resize-image").await?,
            zip("update-product").await?,
        ])
    });
    Ok(found.await.cloned().map_err(|error| SETUP.missing(error)))
}
