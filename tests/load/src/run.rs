//! One run, from its beginning to its report.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use url::Url;

use crate::act::{self, Planned, Stage};
use crate::back_office::BackOffice;
use crate::cloud::{Cloud, Group, Told};
use crate::outcome::{Machine, Outcome, Verdict};
use crate::place::{NAME, Place};
use crate::processes;
use crate::profile::{Name, Profile};
use crate::record::Recorder;
use crate::shopper::{Load, Login};
use crate::verdict::Thresholds;
use crate::{attack, orders, report};

/// A picture that managers upload: three megapixels of a phone.
const PICTURE: &[u8] = include_bytes!("../../../fixtures/images/photo-portrait-exif6.jpg");
/// How long a group may take until it is as small as before, in seconds of the cloud: fifteen points, and a while for
/// each instance.
const BACK_WITHIN_S: u64 = 60 * 60;
/// By how much a load may end too early, in seconds of the cloud, and count as whole.
const CUT_SHORT_S: u64 = 60;
/// Until the last minute's metrics are there, in seconds of the cloud.
const METRICS_AFTER_S: u64 = 90;
const LOOK: Duration = Duration::from_millis(200);

/// How a load is made.
#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// Which load
    #[arg(value_enum)]
    pub profile: Name,
    /// Other than the profile's: users
    #[arg(long)]
    pub users: Option<usize>,
    /// Other than the profile's: seconds within which they come
    #[arg(long)]
    pub ramp_s: Option<u64>,
    /// Other than the profile's: seconds until they leave, the ramp among them
    #[arg(long)]
    pub duration_s: Option<u64>,
    /// How many seconds of the cloud pass in one: ramp and duration are shorter by so much
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// A shop anywhere, in place of a lab: its address, with http or https
    #[arg(long, conflicts_with_all = ["ready_file", "shop", "speed", "lab"])]
    target: Option<Url>,
    /// What group, balancer and database of that shop are called on AWS: its metrics are asked for by the default
    /// credential chain
    #[arg(long, requires = "target", value_name = "NAME", num_args = 0..=1, default_missing_value = NAME, require_equals = true)]
    aws: Option<String>,
    /// Who may upload pictures at that shop; its password is in LOAD_MANAGER_PASSWORD
    #[arg(long, requires = "target")]
    manager: Option<String>,
    /// A lab that runs already: what `shop lab --ready-file` has written. Its speed is to be the same
    #[arg(long, conflicts_with_all = ["shop", "lab"])]
    ready_file: Option<PathBuf>,
    /// The program whose lab is started; unless told, the `shop` that was built beside this program
    #[arg(long)]
    shop: Option<PathBuf>,
    /// Directory that gets report.html, results.json and requests.jtl
    #[arg(long, default_value = "target/load")]
    pub out: PathBuf,
    /// What users choose is drawn by it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    thresholds: Thresholds,
    /// What else the lab is told: --sqlite --core-share 0.05
    #[arg(last = true, value_name = "LAB ARGUMENTS")]
    pub lab: Vec<String>,
}

impl RunArguments {
    fn profile(&self) -> Result<Profile> {
        let named = self.profile.profile();
        let profile = Profile {
            name: named.name,
            users: self.users.unwrap_or(named.users),
            ramp_s: self.ramp_s.unwrap_or(named.ramp_s).max(1),
            duration_s: self.duration_s.unwrap_or(named.duration_s),
        };
        ensure!(profile.users > 0, "--users 0 is nobody");
        ensure!(
            profile.ramp_s < profile.duration_s,
            "users who come within {} s cannot stay until {} s: say --ramp-s and --duration-s",
            profile.ramp_s,
            profile.duration_s
        );
        Ok(profile)
    }

    async fn place(&self) -> Result<Place> {
        if let Some(origin) = &self.target {
            let password = std::env::var("LOAD_MANAGER_PASSWORD").unwrap_or_default();
            let manager = self.manager.clone().map(|user| Login { user, password });
            let cloud = match &self.aws {
                Some(name) => Some(Cloud::aws(name.clone()).await),
                None => None,
            };
            return Ok(Place::at(origin.clone(), manager, cloud));
        }
        match &self.ready_file {
            Some(ready) => {
                let place = Place::of_lab(ready)?;
                if let Some(cloud) = &place.cloud {
                    let speed = cloud.speed().await?;
                    ensure!(speed == self.speed, "the lab runs with --speed {speed}");
                }
                Ok(place)
            }
            None => {
                println!("a lab is started…");
                Place::start(self.shop.clone(), self.speed, &self.lab).await
            }
        }
    }
}

/// Makes the load, does what is planned meanwhile, and says whether what had to hold did.
///
/// # Errors
/// What could not be started, asked, done or written.
pub async fn run(arguments: &RunArguments, planned: &[Planned]) -> Result<Outcome> {
    let profile = arguments.profile()?;
    act::fits(planned, profile.duration_s)?;
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("{}", arguments.out.display()))?;
    // What an earlier run left must not stand beside what this one may not get to.
    for name in ["results.json", "report.html"] {
        let _ = std::fs::remove_file(arguments.out.join(name));
    }
    let mut place = arguments.place().await?;
    let lab = place.lab.take();
    let process = lab.as_ref().and_then(crate::place::Lab::process);
    let made = make(arguments, &profile, &place, process, planned).await;
    if let Some(lab) = lab {
        lab.stop().await?;
    }
    let outcome = made?;
    outcome.write(&arguments.out.join("results.json"))?;
    let page = arguments.out.join("report.html");
    std::fs::write(&page, report::html(&outcome)?)
        .with_context(|| format!("{}", page.display()))?;
    println!();
    for verdict in &outcome.verdicts {
        println!("{}", told(verdict));
    }
    println!("report: {}", page.display());
    Ok(outcome)
}

/// The exit code of a run.
#[must_use]
pub fn exit(outcome: &Outcome) -> ExitCode {
    let holds = outcome.verdicts.iter().all(|verdict| verdict.holds);
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(verdict: &Verdict) -> String {
    let Verdict { what, wanted, was, holds } = verdict;
    format!("{} {what}: {was} (wanted: {wanted})", if *holds { "ok  " } else { "FAIL" })
}

async fn make(
    arguments: &RunArguments,
    profile: &Profile,
    place: &Place,
    lab: Option<u32>,
    planned: &[Planned],
) -> Result<Outcome> {
    let (speed, cloud) = (arguments.speed, place.cloud.as_ref());
    let back_office = match &place.manager {
        Some(manager) => Some(BackOffice::enter(&place.origin, manager).await?),
        None => None,
    };
    if let Some(back_office) = &back_office {
        back_office.restock().await?;
        println!(
            "{} products are in stock; {} users come to {}",
            back_office.count(),
            profile.users,
            place.origin
        );
    }
    if let Some(dashboard) = &place.dashboard {
        println!("dashboard: {dashboard}");
    }
    let from_s = now_s(cloud).await?;
    let recorder = Arc::new(Recorder::begin(&arguments.out.join("requests.jtl"), speed)?);
    let held = processes::All::default();
    let watching = lab.map(|lab| {
        tokio::spawn(processes::watch(lab, Arc::clone(&recorder), speed, Arc::clone(&held)))
    });
    let telling = tokio::spawn(attack::tell(Arc::clone(&recorder), place.cloud.clone()));
    let load = Arc::new(Load {
        recorder: Arc::clone(&recorder),
        origin: place.origin.clone(),
        manager: place.manager.clone(),
        seed: arguments.seed,
        picture: PICTURE.to_vec(),
        run: format!("{from_s:x}"),
    });
    let before = match cloud {
        Some(cloud) => Some(cloud.group().await.context("the cloud is not asked for its group")?),
        None => None,
    };
    let mut marks = Vec::new();
    let acting = async {
        if let Some((cloud, back_office)) = cloud.zip(back_office.as_ref()) {
            let stage = Stage { cloud, back_office, picture: PICTURE };
            stage.perform(from_s, planned, &mut marks).await?;
        }
        std::future::pending::<Result<()>>().await
    };
    tokio::select! {
        attacked = attack::run(&load, profile, speed) => attacked?,
        // It ends where something of it fails.
        failed = acting => failed?,
    }
    let until_s = now_s(cloud).await?;
    let is_cut_short = recorder.cloud_s() + CUT_SHORT_S < profile.duration_s;
    if !is_cut_short
        && profile.name == Name::Scaling
        && let (Some(cloud), Some(before)) = (cloud, before)
    {
        wait_until_back(cloud, before, until_s).await?;
    }
    telling.abort();
    if let Some(watching) = watching {
        watching.abort();
    }
    recorder.flush()?;
    println!("{} orders are looked for…", recorder.orders().len());
    let kept = orders::look_for(&place.origin, &recorder.orders()).await?;
    let over_s = now_s(cloud).await?;
    let told = match cloud {
        Some(cloud) => asked(cloud, from_s, over_s).await,
        None => None,
    };
    if let Some(cloud) = cloud.filter(|_| !planned.is_empty()) {
        marks.extend(cloud.alarmed(from_s).await?);
    }
    let held = held.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let processes = held.into_values().map(|(_, held)| held).collect();
    let mut outcome = Outcome {
        profile: *profile,
        speed,
        target: place.origin.to_string(),
        database: place.database.clone(),
        machine: Machine::here(),
        seed: arguments.seed,
        is_cut_short,
        mix: recorder.kinds(),
        from_s,
        until_s,
        over_s,
        requests: recorder.lines(),
        slices: recorder.slices(),
        failures: recorder.failures(),
        orders: kept,
        cloud: told,
        processes,
        marks,
        verdicts: Vec::new(),
    };
    outcome.verdicts = arguments.thresholds.judge(&outcome);
    Ok(outcome)
}

/// The cloud's time; where there is none, this machine's.
async fn now_s(cloud: Option<&Cloud>) -> Result<u64> {
    match cloud {
        Some(cloud) => cloud.now_s().await,
        None => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
            Ok(now.as_secs())
        }
    }
}

/// What the cloud says of the run; where it says nothing, why is told, and the report is drawn without it.
async fn asked(cloud: &Cloud, from_s: u64, until_s: u64) -> Option<Told> {
    let told = async {
        cloud.wait_until(until_s + METRICS_AFTER_S).await?;
        cloud.told(from_s, until_s).await
    };
    match told.await {
        Ok(told) => Some(told),
        Err(error) => {
            eprintln!("the cloud tells nothing of the run: {error:#}");
            None
        }
    }
}

/// Returns when the group is as small as before, or has had the time for it.
async fn wait_until_back(cloud: &Cloud, before: Group, from_s: u64) -> Result<()> {
    println!("the load has ended; the group is watched until it has scaled back…");
    while cloud.now_s().await? < from_s + BACK_WITHIN_S {
        let group = cloud.group().await?;
        if group.desired <= before.desired.max(group.min) && group.all <= before.all {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
