//! The architecture on AWS, alive on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use cloudless::instances::Program;
use serde_json::Value;
use shop::CONNECTIONS_MAX;
use shop::ask::ask;
use shop::local::lab::{Lab, Lesson, Options, Policy, Ready, put_poison};

use super::stop_signal;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LabArguments {
    #[command(subcommand)]
    command: Option<LabCommand>,
    #[command(flatten)]
    start: StartArguments,
}

#[derive(Debug, Subcommand)]
enum LabCommand {
    /// Say what instances there are, and where they and the balancer listen
    Status(ReachArguments),
    /// Kill an instance's process, as a fault does: the balancer takes it out, the group replaces it. Or lose a zone
    Kill {
        /// The instance: i-…
        #[arg(required_unless_present = "zone", conflicts_with = "zone")]
        instance: Option<String>,
        /// All instances of this zone, in which none begins until it is back: us-east-1b
        #[arg(long)]
        zone: Option<String>,
        /// After how many seconds of the cloud's time the zone is back
        #[arg(long = "for", value_name = "SECONDS", requires = "zone", default_value_t = 600)]
        for_s: u64,
        #[command(flatten)]
        reach: ReachArguments,
    },
    /// Put a picture that is none into the bucket, past the shop: its event ends in the queue of those that failed
    Poison(ReachArguments),
}

#[derive(Debug, Args)]
struct ReachArguments {
    /// Where the lab's AWS endpoint listens
    #[arg(long, default_value = "127.0.0.1:4566")]
    aws: SocketAddr,
}

#[derive(Debug, Args)]
struct StartArguments {
    /// Port of the balancer on this machine; where it is taken, the next free one
    #[arg(long, env = "SHOP_PORT", default_value_t = 8000)]
    port: u16,
    /// Port of the AWS endpoint; where it is taken, the next free one
    #[arg(long, env = "CLOUDLESS_PORT", default_value_t = 4566)]
    aws_port: u16,
    /// The database of all instances; else PostgreSQL as a process or a container where this machine has it, else SQLite
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// One file of SQLite for all instances, whatever else this machine has
    #[arg(long, conflicts_with = "database_url")]
    sqlite: bool,
    /// Connections to the database that an instance has at most
    #[arg(long, default_value_t = CONNECTIONS_MAX, value_parser = clap::value_parser!(u32).range(1..=1000))]
    database_connections: u32,
    /// How the group scales
    #[arg(long, value_enum, default_value = "target-tracking")]
    policy: PolicyName,
    /// Type of the instances
    #[arg(long, default_value = "t2.medium")]
    instance_type: String,
    /// Instances at least
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=20))]
    min: u32,
    /// Instances at most
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    max: u32,
    /// How much of a core of this machine one virtual processor of an instance is
    #[arg(long, default_value_t = 0.1)]
    core_share: f64,
    /// How many seconds of the cloud pass in one: 10 makes of a minute of metrics six seconds
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// What goes wrong on purpose; may be repeated
    #[arg(long = "lesson", value_enum, value_name = "LESSON")]
    lessons: Vec<Lesson>,
    /// File that is written once everything answers: URLs and logins as one JSON object, for scripts
    #[arg(long, value_name = "PATH")]
    ready_file: Option<PathBuf>,
    /// End as soon as standard input is closed: for a program that starts a lab as its own
    #[arg(long)]
    while_stdin_is_open: bool,
    /// A program for another image: ami-0123='some program --listen 0.0.0.0:80'; may be repeated
    #[arg(long = "image", value_name = "ID=PROGRAM", value_parser = Program::of_image)]
    images: Vec<(String, Program)>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PolicyName {
    /// Keep the CPU near 50 %
    TargetTracking,
    /// Add at 60 %, take away at 25 %
    Alarms,
}

pub async fn run(arguments: LabArguments) -> Result<()> {
    match arguments.command {
        None => start(arguments.start).await,
        Some(LabCommand::Status(reach)) => status(reach.aws).await,
        Some(LabCommand::Kill { zone: Some(zone), for_s, reach, .. }) => {
            let path = format!("/_cloudless/zones/{zone}/lose?for_s={for_s}");
            act(reach.aws, &path).await?;
            println!("{zone} is lost, for {for_s} s");
            Ok(())
        }
        Some(LabCommand::Kill { instance, reach, .. }) => {
            let instance = instance.unwrap_or_default();
            act(reach.aws, &format!("/_cloudless/instances/{instance}/kill")).await?;
            println!("{instance} is killed");
            Ok(())
        }
        Some(LabCommand::Poison(reach)) => {
            let aws = reach.aws;
            let key = put_poison(aws).await.with_context(|| self::reach(aws))?;
            println!("{key} is put; what becomes of it: http://{aws}/_cloudless/trace");
            Ok(())
        }
    }
}

async fn start(arguments: StartArguments) -> Result<()> {
    if arguments.min > arguments.max {
        bail!("--min {} is more than --max {}", arguments.min, arguments.max);
    }
    if !(arguments.core_share > 0.0 && arguments.core_share <= 64.0) {
        bail!("--core-share is more than 0, and 1 for a whole core");
    }
    let options = Options {
        port: arguments.port,
        aws_port: arguments.aws_port,
        database_url: arguments.database_url,
        sqlite: arguments.sqlite,
        database_connections: arguments.database_connections,
        policy: match arguments.policy {
            PolicyName::TargetTracking => Policy::TargetTracking,
            PolicyName::Alarms => Policy::Alarms,
        },
        instance_type: arguments.instance_type,
        min: arguments.min,
        max: arguments.max,
        core_share: arguments.core_share,
        speed: arguments.speed,
        images: arguments.images,
        program: None,
        lessons: arguments.lessons,
    };
    // Whoever gives up meanwhile leaves nothing behind either: what is begun ends where it is dropped.
    let lab = tokio::select! {
        lab = Lab::start(&options, |line| println!("{line}")) => lab?,
        () = stop_signal() => return Ok(()),
    };
    if let Some(path) = &arguments.ready_file {
        super::local::write_ready(path, lab.ready())?;
    }
    // After the file, as `cargo run` does.
    print!("{}", banner(lab.ready()));
    tokio::select! {
        () = stop_signal() => {}
        () = stdin_closed(), if arguments.while_stdin_is_open => {}
    }
    println!("the instances end…");
    lab.stop().await;
    println!("stopped");
    Ok(())
}

/// Returns when whoever holds the other end of standard input has gone.
async fn stdin_closed() {
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    // A thread of its own: a read of standard input cannot be given up, and the runtime would wait for it.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let _ = is_closed.await;
}

/// What a person wants to know first.
fn banner(ready: &Ready) -> String {
    let Ready { shop, manager, customer, dashboard, endpoint, group, database, .. } = ready;
    let address = endpoint.trim_start_matches("http://");
    format!(
        "
  Shop      {shop}   through the balancer, over three zones
  Manager   {}   user {}   password {}
  Customer  {}   user {}   password {}
  Dashboard {dashboard}
  Database  {database}

  Group {group}: `aws autoscaling describe-scaling-activities` tells what it does, once this is pasted:
    export AWS_ENDPOINT_URL={endpoint}
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

  shop lab status --aws {address}           what runs
  shop lab kill INSTANCE --aws {address}    what happens then; a whole zone: --zone us-east-1b
  Ctrl-C stops all of it
",
        manager.url, manager.user, manager.password, customer.url, customer.user, customer.password,
    )
}

async fn status(aws: SocketAddr) -> Result<()> {
    let (status, told) =
        ask(aws, "GET", "/_cloudless/instances").await.with_context(|| reach(aws))?;
    if status != 200 {
        bail!("{} answers {status}: {told}", reach(aws));
    }
    let told: Value = serde_json::from_str(&told)?;
    let all = |name: &str| told[name].as_array().cloned().unwrap_or_default();
    for listener in all("listeners") {
        println!(
            "balancer  {}  listens on {}",
            text(&listener["load_balancer"]),
            text(&listener["at"])
        );
    }
    for instance in all("instances") {
        let places = instance["places"].as_object().into_iter().flatten();
        let places: Vec<String> =
            places.map(|(port, at)| format!("{port} at {}", text(at))).collect();
        let process = instance["process"].as_u64().unwrap_or_default();
        println!(
            "instance  {}  process {process}  port {}",
            text(&instance["id"]),
            places.join(", ")
        );
    }
    if all("instances").is_empty() {
        println!("no instance runs");
    }
    Ok(())
}

/// Has the emulator do something.
async fn act(aws: SocketAddr, path: &str) -> Result<()> {
    let (status, told) = ask(aws, "POST", path).await.with_context(|| reach(aws))?;
    if status != 200 {
        bail!("{told}");
    }
    Ok(())
}

fn reach(aws: SocketAddr) -> String {
    format!("the lab at {aws} (start one with `cargo run -- lab`, or say where with --aws)")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
