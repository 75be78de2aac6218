//! `cargo run -- lab`: the architecture on AWS, alive on this machine. Requests go through a balancer over three zones to
//! instances that are processes of this shop; their CPU is measured, alarms go off, and the group grows and shrinks.

pub mod architecture;
mod database;
mod lesson;
mod measuring;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudless::Emulator;
use cloudless::clock::Clock;
use cloudless::instances::{FleetConfig, Program};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::calls::Calls;
use super::{bind, fill, plan, resize_image, update_product};
use crate::{App, Config, cloud, seed};
use architecture::Made;
use database::Database;
use lesson::{FarAway, NO_MAIL_SERVER, Slowed, longer};
pub use lesson::{Lesson, put_poison};

/// What everything is called.
pub const NAME: &str = "cloudless";
/// The image whose program is this shop.
pub const IMAGE: &str = "ami-0c10d1e55000005f0";
/// How long the first instance may take to answer through the balancer.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);

/// What the lab is to be like.
#[derive(Debug, Clone)]
pub struct Options {
    /// The balancer's port on this machine; where it is taken, the next free one.
    pub port: u16,
    /// The port of the AWS endpoint, likewise.
    pub aws_port: u16,
    /// A database in place of the best that this machine has.
    pub database_url: Option<String>,
    /// One file of SQLite, whatever else this machine has.
    pub sqlite: bool,
    /// Connections to the database that an instance has at most.
    pub database_connections: u32,
    /// `target-tracking` or `alarms`.
    pub policy: Policy,
    /// The instances' type.
    pub instance_type: String,
    /// Instances at least.
    pub min: u32,
    /// Instances at most.
    pub max: u32,
    /// How much of a core of this machine a virtual processor is.
    pub core_share: f64,
    /// How many seconds pass in one.
    pub speed: u32,
    /// Programs of further images: `ami-…` and a command line.
    pub images: Vec<(String, Program)>,
    /// The program of the shop's instances: this one, unless told.
    pub program: Option<Program>,
    /// What goes wrong on purpose.
    pub lessons: Vec<Lesson>,
}

/// How the group scales, as in the original's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Keep the CPU near 50 %.
    TargetTracking,
    /// Add at 60 %, take away at 25 %.
    Alarms,
}

impl Policy {
    /// As a step of the architecture names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetTracking => "target-tracking",
            Self::Alarms => "alarms",
        }
    }
}

/// A lab that answers.
pub struct Lab {
    emulator: Emulator,
    database: Database,
    measuring: JoinHandle<()>,
    ready: Ready,
    _far_away: Option<FarAway>,
    _directory: tempfile::TempDir,
}

/// What a person or a script needs to know of a lab.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// The shop, through the balancer.
    pub shop: String,
    /// Who may change products.
    pub manager: super::Login,
    /// Who may buy.
    pub customer: super::Login,
    /// The dashboard of the lab.
    pub dashboard: String,
    /// The AWS endpoint.
    pub endpoint: String,
    /// The scaling group.
    pub group: String,
    /// The load balancer's ARN.
    pub load_balancer: String,
    /// The target group's ARN.
    pub target_group: String,
    /// What the database is.
    pub database: String,
}

impl Lab {
    /// Starts everything. When this returns, an instance answers through the balancer.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub async fn start(options: &Options, say: impl Fn(&str)) -> Result<Self> {
        let at = free_address(options.port, &say).await?;
        let base_url = format!("http://{at}");
        let directory = tempfile::Builder::new().prefix("cloudless-lab-").tempdir()?;
        let database = match &options.database_url {
            Some(url) => Database::given(url.clone()),
            None if options.sqlite => Database::sqlite(directory.path())?,
            None => Database::best(directory.path()).await?,
        };
        say(&format!("database: {}", database.what));
        let far_away = match options.lessons.contains(&Lesson::SlowDatabase) {
            true => Some(FarAway::from(&database.url).await?),
            false => None,
        };
        let database_url = far_away.as_ref().map_or(&database.url, |far_away| &far_away.url);
        let emulator = emulator(options, at, &say).await?;
        let sdk = emulator.sdk_config();
        let plan = plan(&sdk, database_url);
        let image_base_url = cloud::image_base_url(&sdk, &plan.bucket);
        let app = App::connect(Config {
            base_url: Some(base_url.clone()),
            image_base_url: image_base_url.clone(),
            show_mailbox: true,
            ..Config::new(&database.url, &plan.bucket, sdk.clone())
        })
        .await?;
        cloud::provision(&sdk, &plan, |done| tracing::debug!(%done, "provisioned")).await?;
        let seeded = fill(&app, &emulator, &image_base_url, &say).await?;
        let measuring =
            measuring::tell(emulator.engine().clone(), app.db().clone(), NAME, database.process());
        let measuring = tokio::spawn(measuring);

        let calls = Calls::of(&emulator);
        let mail_server = match options.lessons.contains(&Lesson::MailDown) {
            true => ("SMTP_URL", NO_MAIL_SERVER),
            false => ("SHOW_MAILBOX", "true"),
        };
        let user_data = user_data(&[
            ("DATABASE_URL", database_url),
            ("DATABASE_CONNECTIONS", &options.database_connections.to_string()),
            ("LISTEN", "0.0.0.0:80"),
            ("BUCKET", &plan.bucket),
            ("IMAGE_BASE_URL", &image_base_url),
            ("BASE_URL", &base_url),
            ("TRUST_FORWARDED_FOR", "true"),
            mail_server,
        ]);
        let parameters = Made::from([
            ("Name".to_owned(), json!(NAME)),
            ("Image".to_owned(), json!(IMAGE)),
            ("InstanceType".to_owned(), json!(options.instance_type)),
            ("UserData".to_owned(), json!(user_data)),
            ("UnhealthyThreshold".to_owned(), json!(2)),
            ("MinSize".to_owned(), json!(options.min)),
            ("MaxSize".to_owned(), json!(options.max)),
            ("DesiredCapacity".to_owned(), json!(options.min)),
        ]);
        let made = architecture::make(&calls, options.policy.as_str(), parameters).await?;
        put_dashboard(&calls, &made).await?;
        let ready = ready(&base_url, seeded, &emulator, &made, &database.what);
        answers(at).await?;
        Ok(Self {
            emulator,
            database,
            measuring,
            ready,
            _far_away: far_away,
            _directory: directory,
        })
    }

    /// What to tell those who want to use it.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The emulator.
    #[must_use]
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Stops in order: balancer and instances, the cloud, the database.
    pub async fn stop(self) {
        self.measuring.abort();
        self.emulator.stop().await;
        self.database.stop().await;
    }
}

async fn emulator(options: &Options, at: SocketAddr, say: &impl Fn(&str)) -> Result<Emulator> {
    let aws_listener = bind(options.aws_port, "the AWS endpoint", say).await?;
    let clock = Clock::system();
    clock.set_speed(options.speed);
    let program = match &options.program {
        Some(program) => program.clone(),
        None => own_program()?,
    };
    let mut fleet = FleetConfig { core_share: options.core_share, ..FleetConfig::default() };
    fleet.programs.insert(IMAGE.to_owned(), program);
    fleet.programs.extend(options.images.iter().cloned());
    let slow = |lesson| longer(&options.lessons, lesson, options.speed);
    let emulator = functions(
        Emulator::builder().listener(aws_listener),
        slow(Lesson::SlowResize),
        slow(Lesson::SlowUpdate),
    )
    .clock(clock)
    .instances(fleet)
    .balancer_listener(80, at)
    .balancer_tries_others();
    emulator.start().await.context("the emulator does not start")
}

/// Both functions as handlers in this process, each as much slower as is asked.
fn functions(
    builder: cloudless::Builder,
    resize: Duration,
    update: Duration,
) -> cloudless::Builder {
    builder
        .function("resize-image", move |environment| async move {
            let service = resize_image(environment).await?;
            anyhow::Ok(Slowed { service, by: resize })
        })
        .function("update-product", move |environment| async move {
            let service = update_product(environment).await?;
            anyhow::Ok(Slowed { service, by: update })
        })
}

/// This program, as an instance runs it.
fn own_program() -> Result<Program> {
    let own = std::env::current_exe().context("this program cannot be found")?;
    Program::parse(&format!("'{}' serve", own.display())).map_err(anyhow::Error::msg)
}

/// Assignments of a shell, in base64, as EC2 takes them.
fn user_data(variables: &[(&str, &str)]) -> String {
    let lines = variables.iter().map(|(name, value)| format!("{name}='{value}'\n"));
    BASE64_STANDARD
        .encode(std::iter::once("#!/bin/sh\n".to_owned()).chain(lines).collect::<String>())
}

async fn put_dashboard(calls: &Calls, made: &Made) -> Result<()> {
    let label = |name: &str| {
        let arn = made.get(name).and_then(Value::as_str).unwrap_or_default();
        let label = arn.rsplit_once(':').map_or(arn, |(_, label)| label);
        json!(label.trim_start_matches("loadbalancer/"))
    };
    let labels = Made::from([
        ("Name".to_owned(), json!(NAME)),
        ("BalancerLabel".to_owned(), label("Balancer")),
        ("TargetsLabel".to_owned(), label("Targets")),
    ]);
    let body: Value = serde_json::from_str(include_str!("lab/dashboard.json"))?;
    let body = architecture::filled(&body, &labels).to_string();
    let dashboard = json!({ "DashboardName": NAME, "DashboardBody": body });
    let put = calls.call("cloudwatch", "PutDashboard", dashboard).await;
    put.map(drop).map_err(anyhow::Error::from).context("the dashboard of the lab")
}

fn ready(
    base_url: &str,
    seeded: seed::Seeded,
    emulator: &Emulator,
    made: &Made,
    database: &str,
) -> Ready {
    let login = |path: &str, account: seed::Account| super::Login {
        url: format!("{base_url}{path}"),
        user: account.user,
        password: account.password,
    };
    let arn = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let endpoint = emulator.endpoint_url().to_owned();
    Ready {
        shop: base_url.to_owned(),
        manager: login("/accounts/login/manager", seeded.manager),
        customer: login("/accounts/login", seeded.customer),
        dashboard: format!("{endpoint}/_cloudless/dashboards/{NAME}?start=-PT15M&refresh_s=5"),
        endpoint,
        group: NAME.to_owned(),
        load_balancer: arn("Balancer"),
        target_group: arn("Targets"),
        database: database.to_owned(),
    }
}

/// The port, or the next one that is free: the balancer binds it.
async fn free_address(port: u16, say: &impl Fn(&str)) -> Result<SocketAddr> {
    let listener = bind(port, "the balancer", say).await?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr()?.port())))
}

/// Returns when the shop answers through the balancer.
async fn answers(at: SocketAddr) -> Result<()> {
    let over = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < over {
        if let Ok((200, _)) = crate::ask::ask(at, "GET", "/health").await {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!(
        "no instance answers through the balancer at {at}; what it wrote: GET /_cloudless/instances"
    )
}
