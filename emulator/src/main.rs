//! `cloudless`: the emulator as a server.

mod address;
mod health;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use cloudless::instances::{FleetConfig, Program};
use cloudless::wire::Service;
use cloudless::{BucketDefaults, Emulator, Keys, Scaling};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// S3, SQS, Lambda, CloudWatch, EC2, its balancers and scaling groups, and STS on this machine: no Docker, no account, no network.
///
/// Point any AWS SDK or the AWS CLI at it: AWS_ENDPOINT_URL=http://127.0.0.1:4566, any access key,
/// any region.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Port to listen on; 0 takes a free one [default: 4566]
    #[arg(long, env = "CLOUDLESS_PORT", global = true)]
    port: Option<u16>,
    /// Address to listen on [default: 127.0.0.1]. Functions run as processes of this machine: let others in only if you trust them
    #[arg(long, env = "CLOUDLESS_HOST", global = true)]
    host: Option<IpAddr>,
    /// host:port to listen on where --host and --port are not given, as for LocalStack
    #[arg(long, env = "GATEWAY_LISTEN", global = true)]
    gateway_listen: Option<String>,
    /// Services that answer (s3,sqs) [default: all]; others are refused, as LocalStack does. sts always answers
    #[arg(long, env = "SERVICES", value_delimiter = ',')]
    services: Vec<String>,
    /// Directory that keeps everything; without it, everything is kept in memory and lost at the end
    #[arg(long, env = "CLOUDLESS_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Host name besides localhost under which it is reached, also as bucket.NAME; may be repeated. Other names are refused
    #[arg(long = "host-name", env = "CLOUDLESS_HOST_NAMES", value_delimiter = ',')]
    host_names: Vec<String>,
    /// Origin (http://localhost:3000) whose pages may use every service from a browser; may be repeated. Others may do what S3's own rules let them
    #[arg(
        long = "allow-origin",
        value_name = "ORIGIN",
        env = "CLOUDLESS_ALLOW_ORIGINS",
        value_delimiter = ','
    )]
    allowed_origins: Vec<String>,
    /// The same, by the name that LocalStack's users know
    #[arg(
        long = "extra-cors-allowed-origins",
        env = "EXTRA_CORS_ALLOWED_ORIGINS",
        value_delimiter = ',',
        hide = true
    )]
    more_allowed_origins: Vec<String>,
    /// KEY_ID:SECRET that requests must be signed with; may be repeated. Everybody on this machine sees it in the list of processes: give keys that matter by --key-file or the environment
    ///
    /// With a key, every call must be signed by one, but for what a bucket's or a queue's policy lets everybody do. So must what is asked of /_cloudless and /_localstack, but for health, init, the docs and the first page: send `Authorization: Bearer KEY_ID:SECRET`, or sign it. Without a key, any is accepted.
    #[arg(long = "key", env = "CLOUDLESS_KEYS", value_delimiter = ',', hide_env_values = true)]
    keys: Vec<String>,
    /// File with such keys: a line KEY_ID:SECRET each. Empty lines and those that begin with # are passed over
    ///
    /// A line may say whose the key is: KEY_ID:SECRET:ACCOUNT:USER:DISPLAY_NAME:EMAIL, with an account of twelve digits; from the end, or where it stands empty, all of that may be left out. A key without USER is its account's own (root).
    #[arg(long = "key-file", value_name = "PATH", env = "CLOUDLESS_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// What new buckets have: what AWS has given them since April 2023 (ACLs disabled, the public blocked), or what it gave in 2022 (ACLs count, nothing blocked)
    #[arg(
        long,
        value_name = "YEAR",
        env = "CLOUDLESS_BUCKET_DEFAULTS",
        value_enum,
        default_value = "2023"
    )]
    bucket_defaults: Defaults,
    /// How an event source mapping comes to run more than five batches at once: after each minute in which messages had to wait, as on AWS, or at once
    #[arg(
        long,
        value_name = "HOW",
        env = "CLOUDLESS_MAPPING_SCALING",
        value_enum,
        default_value = "by-the-minute"
    )]
    mapping_scaling: MappingScaling,
    /// What instances of an image run, a process each: ami-0123='some program --listen 0.0.0.0:80'; may be repeated. Instances of other images are simulated
    #[arg(long = "image", value_name = "ID=PROGRAM", value_parser = Program::of_image)]
    images: Vec<(String, Program)>,
    /// How much of a core of this machine one virtual processor of an instance is
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    core_share: f64,
    /// Where listeners of load balancers listen, by their ports: 80=127.0.0.1:8080; may be repeated. Others get a free port, which GET /_cloudless/instances names
    #[arg(long = "listener", value_name = "PORT=ADDRESS", value_parser = listener)]
    listeners: Vec<(u16, SocketAddr)>,
    /// A request whose target cannot be reached is given to another; on AWS it is answered with 502
    #[arg(long)]
    balancer_tries_others: bool,
    /// How many seconds pass in one: 10 makes of a minute of metrics six seconds
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    speed: u32,
    /// What to log: error, warn, info, debug, trace, or directives such as cloudless=debug
    #[arg(long, env = "CLOUDLESS_LOG", default_value = "info")]
    log: String,
}

fn listener(text: &str) -> Result<(u16, SocketAddr), String> {
    let said =
        text.split_once('=').and_then(|(port, at)| Some((port.parse().ok()?, at.parse().ok()?)));
    said.ok_or_else(|| "write 80=127.0.0.1:8080".to_owned())
}

/// A year, whose defaults new buckets have.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Defaults {
    #[value(name = "2023")]
    Of2023,
    #[value(name = "2022")]
    Of2022,
}

impl From<Defaults> for BucketDefaults {
    fn from(defaults: Defaults) -> Self {
        match defaults {
            Defaults::Of2023 => Self::Of2023,
            Defaults::Of2022 => Self::Of2022,
        }
    }
}

/// How mappings scale.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MappingScaling {
    ByTheMinute,
    AtOnce,
}

impl From<MappingScaling> for Scaling {
    fn from(scaling: MappingScaling) -> Self {
        match scaling {
            MappingScaling::ByTheMinute => Self::ByTheMinute,
            MappingScaling::AtOnce => Self::AtOnce,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether the emulator on this machine's --port is well: 0 if it is, 1 and why if not
    Health,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let (address, unused) =
        address::listen(arguments.host, arguments.port, arguments.gateway_listen.as_deref())?;
    if let Some(Command::Health) = arguments.command {
        // One line either way: it is what `docker inspect` shows.
        return Ok(match health::check(address::reached(address)) {
            Ok(well) => {
                println!("{well}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        });
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_new(&arguments.log)
                .with_context(|| format!("--log {} cannot be read", arguments.log))?,
        )
        .with_writer(std::io::stderr)
        .init();
    // While there is one thread.
    cloudless::own_mounts();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(arguments, address, &unused))?;
    Ok(ExitCode::SUCCESS)
}

async fn run(arguments: Arguments, address: SocketAddr, unused: &[String]) -> anyhow::Result<()> {
    let mut builder = Emulator::builder().host(address.ip()).port(address.port());
    builder = builder.bucket_defaults(arguments.bucket_defaults.into());
    builder = builder.mapping_scaling(arguments.mapping_scaling.into());
    let (services, unknown) = services(&arguments.services);
    if let Some(services) = services {
        builder = builder.services(services);
    }
    if let Some(data_dir) = &arguments.data_dir {
        builder = builder.data_dir(data_dir);
    }
    for name in arguments.host_names {
        builder = builder.host_name(name);
    }
    let origins = arguments.allowed_origins.iter().chain(&arguments.more_allowed_origins);
    for origin in origins.map(|origin| origin.trim()).filter(|origin| !origin.is_empty()) {
        builder = builder.allow_origin(origin);
    }
    let core_share = arguments.core_share.clamp(0.001, 64.0);
    let programs = arguments.images.into_iter().collect();
    builder = builder.instances(FleetConfig { programs, core_share, ..FleetConfig::default() });
    for (port, at) in arguments.listeners {
        builder = builder.balancer_listener(port, at);
    }
    if arguments.balancer_tries_others {
        builder = builder.balancer_tries_others();
    }
    let keys = keys(&arguments.keys, arguments.key_file.as_deref())?;
    let any_key = keys.is_empty();
    let emulator = builder.keys(keys).start().await?;
    emulator.clock().set_speed(arguments.speed);
    println!("cloudless answers at {}", emulator.endpoint_url());
    match &arguments.data_dir {
        Some(data_dir) => println!("everything is kept in {}", data_dir.display()),
        None => println!("everything is kept in memory; --data-dir DIR keeps it on disk"),
    }
    // A secret is not said.
    let (key, secret) = match any_key {
        true => (cloudless::ACCESS_KEY_ID, cloudless::SECRET_ACCESS_KEY),
        false => ("…", "…"),
    };
    println!("{}", cloudless::environment(emulator.endpoint_url(), key, secret));
    if !unused.is_empty() {
        println!("one address is enough: {} of GATEWAY_LISTEN is not used", unused.join(", "));
    }
    if !unknown.is_empty() {
        let known = Service::ALL.iter().map(|service| service.as_str());
        let known = known.collect::<Vec<_>>().join(", ");
        println!("cloudless has {known}; SERVICES also names {}", unknown.join(", "));
    }
    // What tools that start LocalStack wait for.
    println!("Ready.");
    tokio::select! {
        signal = cloudless::stop_signal() => signal?,
        failure = emulator.engine().ended() => {
            if let Some(failure) = failure {
                anyhow::bail!("{failure}");
            }
        }
    }
    emulator.stop().await;
    Ok(())
}

/// The keys of the command line or the environment, and those of a file.
fn keys(given: &[String], file: Option<&Path>) -> anyhow::Result<Keys> {
    let mut keys = Keys::default();
    for key in given {
        keys.read(key).context("--key or CLOUDLESS_KEYS")?;
    }
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("--key-file {} cannot be read", file.display()))?;
        keys.read_lines(&text).with_context(|| format!("--key-file {}", file.display()))?;
    }
    Ok(keys)
}

/// The services that `SERVICES` lists (`s3,sqs`; in LocalStack's older form `s3:4572`), or nothing
/// where it lists none: then all answer. And the names of services that are not emulated.
fn services(listed: &[String]) -> (Option<Vec<Service>>, Vec<&str>) {
    let names = listed.iter().map(|listed| listed.split(':').next().unwrap_or_default().trim());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let listed = names.iter().filter_map(|name| Service::parse(name));
    // Who a caller is, tools ask before they do anything with the others.
    let services = listed.chain([Service::Sts]).collect();
    let unknown = names.iter().filter(|name| Service::parse(name).is_none()).copied().collect();
    ((!names.is_empty()).then_some(services), unknown)
}
