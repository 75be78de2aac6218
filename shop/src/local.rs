//! `cargo run`: the emulator, both functions and the shop in one process. Nothing else of the shop knows
//! the emulator.

pub mod calls;
pub mod lab;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cloudless::Emulator;
use cloudless::runtime::EnvironmentContext;
use lambdas::environment::InitError;
use lambdas::{ResizeImage, UpdateProduct};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::cloud::{self, Plan};
use crate::{App, Config, sample, seed};

/// How far a port may be from the one that was asked for.
const PORTS_TRIED: u16 = 50;
/// How long the sample pictures may take on their way through the pipeline before the shop opens.
const SETTLE_LIMIT: Duration = Duration::from_secs(120);
/// The role that the functions run under; nobody checks it here.
const ROLE_ARN: &str = "arn:aws:iam::000000000000:role/cloudless-shop";

/// What a local run is to be like.
#[derive(Debug, Clone)]
pub struct Options {
    /// The shop's port; where it is taken, the next free one. 0 takes any.
    pub port: u16,
    /// The port of the AWS endpoint, likewise.
    pub aws_port: u16,
    /// Where everything is kept; nothing keeps nothing.
    pub data_dir: Option<PathBuf>,
    /// A database in place of the one in `data_dir`: `postgres://…`.
    pub database_url: Option<String>,
    /// A mail server in place of the mailbox.
    pub smtp_url: Option<String>,
    /// Names besides `localhost` of the AWS endpoint.
    pub host_names: Vec<String>,
    /// Origins whose pages may use the AWS endpoint.
    pub allowed_origins: Vec<String>,
}

/// A local run that answers.
pub struct Local {
    app: App,
    emulator: Emulator,
    listener: TcpListener,
    ready: Ready,
    _temporary: Option<tempfile::TempDir>,
}

/// What a person or a script needs to know of a local run.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// The shop's URL.
    pub shop: String,
    /// Who may change products.
    pub manager: Login,
    /// Who may buy.
    pub customer: Login,
    /// Where mails are shown.
    pub mailbox: String,
    /// Where shop and pipeline are drawn.
    pub dashboard: String,
    /// The AWS endpoint.
    pub aws: Aws,
}

/// A sample account.
#[derive(Debug, Clone, Serialize)]
pub struct Login {
    /// Where to sign in.
    pub url: String,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// What an AWS SDK or the AWS CLI wants to know.
#[derive(Debug, Clone, Serialize)]
pub struct Aws {
    /// `AWS_ENDPOINT_URL`
    pub endpoint: String,
    /// `AWS_REGION`
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
}

impl Ready {
    fn of(base_url: &str, seeded: seed::Seeded, emulator: &Emulator) -> Self {
        let login = |path: &str, account: seed::Account| Login {
            url: format!("{base_url}{path}"),
            user: account.user,
            password: account.password,
        };
        Self {
            shop: base_url.to_owned(),
            manager: login("/accounts/login/manager", seeded.manager),
            customer: login("/accounts/login", seeded.customer),
            mailbox: format!("{base_url}/mailbox"),
            dashboard: format!(
                "{}/_cloudless/dashboards/{}",
                emulator.endpoint_url(),
                watch::DASHBOARD
            ),
            aws: Aws {
                endpoint: emulator.endpoint_url().to_owned(),
                region: cloudless::REGION.to_owned(),
                access_key_id: cloudless::ACCESS_KEY_ID.to_owned(),
                secret_access_key: cloudless::SECRET_ACCESS_KEY.to_owned(),
            },
        }
    }
}

impl Local {
    /// Starts everything and brings the sample pictures through the pipeline. When this returns,
    /// the endpoint answers and the shop's port is bound; [`Local::serve`] serves it.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub async fn start(options: &Options, say: impl Fn(&str)) -> Result<Self> {
        let listener = bind(options.port, "the shop", &say).await?;
        let aws_listener = bind(options.aws_port, "the AWS endpoint", &say).await?;
        let base_url = format!("http://{}", listener.local_addr()?);

        let (directory, temporary) = match &options.data_dir {
            Some(directory) => (directory.clone(), None),
            None => {
                let directory = tempfile::Builder::new().prefix("cloudless-shop-").tempdir()?;
                (directory.path().to_owned(), Some(directory))
            }
        };
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("cannot make the directory {}", directory.display()))?;
        let database_url = match &options.database_url {
            Some(url) => url.clone(),
            None => sqlite_url(&directory)?,
        };

        let mut emulator = functions(Emulator::builder().listener(aws_listener));
        for name in &options.host_names {
            emulator = emulator.host_name(name);
        }
        for origin in &options.allowed_origins {
            emulator = emulator.allow_origin(origin);
        }
        if options.data_dir.is_some() {
            emulator = emulator.data_dir(directory.join("cloud"));
        }
        let emulator = emulator.start().await.context("the emulator does not start")?;
        let sdk = emulator.sdk_config();

        let metrics = watch::keep_lines(&emulator).await?;
        watch::put_dashboard(&emulator).await?;
        let plan = plan(&sdk, &database_url);
        let image_base_url = cloud::image_base_url(&sdk, &plan.bucket);
        let app = App::connect(Config {
            base_url: Some(base_url.clone()),
            image_base_url: image_base_url.clone(),
            smtp_url: options.smtp_url.clone(),
            show_mailbox: options.smtp_url.is_none(),
            metrics: Some(metrics),
            ..Config::new(&database_url, &plan.bucket, sdk.clone())
        })
        .await?;
        cloud::provision(&sdk, &plan, |done| tracing::debug!(%done, "provisioned")).await?;
        let seeded = fill(&app, &emulator, &image_base_url, &say).await?;

        let ready = Ready::of(&base_url, seeded, &emulator);
        Ok(Self { app, emulator, listener, ready, _temporary: temporary })
    }

    /// What to tell those who want to use it.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The shop.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The emulator.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Serves until `shutdown` is done, then stops in order: first the shop, then the cloud.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let served = crate::serve(self.app, self.listener, shutdown).await;
        self.emulator.stop().await;
        served
    }
}

/// Lets functions that run as processes see `/var/task` and their own `/tmp`. To be called while there is one
/// thread.
pub fn own_mounts() {
    cloudless::own_mounts();
}

/// Both functions as handlers in this process: no zip, no child process.
#[must_use]
pub fn functions(builder: cloudless::Builder) -> cloudless::Builder {
    builder.function("resize-image", resize_image).function("update-product", update_product)
}

async fn resize_image(environment: EnvironmentContext) -> Result<ResizeImage, InitError> {
    let variable = |name: &str| environment.variable(name).map(str::to_owned);
    ResizeImage::init(variable, &environment.sdk_config).await
}

async fn update_product(environment: EnvironmentContext) -> Result<UpdateProduct, InitError> {
    UpdateProduct::init(|name: &str| environment.variable(name).map(str::to_owned)).await
}

/// What to provision where both functions run in this process.
#[must_use]
pub fn plan(sdk: &aws_config::SdkConfig, database_url: &str) -> Plan {
    let zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(); // a zip without entries
    let mut plan = Plan::lambda(zip.clone(), zip);
    let image_base_url = cloud::image_base_url(sdk, &plan.bucket);
    if let Some(lambda) = plan.lambda_plan_mut() {
        lambda.role_arn = ROLE_ARN.to_owned();
        lambda.database_url = database_url.to_owned();
        lambda.image_base_url = image_base_url;
    }
    plan
}

/// Sample data that is not there yet; pictures go the way of every upload.
async fn fill(
    app: &App,
    emulator: &Emulator,
    image_base_url: &str,
    say: &impl Fn(&str),
) -> Result<seed::Seeded> {
    let seeded = sample::fill(app, say).await?;
    if let Err(unsettled) = emulator.settle(SETTLE_LIMIT).await {
        tracing::warn!(%unsettled, "the pipeline still works; the shop opens meanwhile");
    }
    app.move_images(image_base_url).await?;
    Ok(seeded)
}

fn sqlite_url(directory: &Path) -> Result<String> {
    let path = std::path::absolute(directory.join("shop.db"))?;
    Ok(format!("sqlite://{}", path.display()))
}

/// The port, or the next one that is free.
async fn bind(port: u16, what: &str, say: &impl Fn(&str)) -> Result<TcpListener> {
    for candidate in port..=port.saturating_add(PORTS_TRIED) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, candidate));
        match TcpListener::bind(address).await {
            Ok(listener) => {
                if candidate != port {
                    say(&format!("port {port} is taken: {what} uses {candidate}"));
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{what} cannot listen on {address}"));
            }
        }
    }
    anyhow::bail!(
        "{what} found no free port from {port} to {}: choose another one",
        port.saturating_add(PORTS_TRIED)
    )
}
