//! The load itself: users come, stay and leave, by Goose; meanwhile a line every few seconds says how it goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use goose::GooseAttack;
use goose::config::GooseConfiguration;
use goose::prelude::GooseScheduler;

use crate::cloud::Cloud;
use crate::profile::Profile;
use crate::record::Recorder;
use crate::shopper::{Load, scenarios};

/// Between two lines of progress.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Sends the users of a profile to the shop, and returns when the last has left. Ctrl-C ends it early.
///
/// # Errors
/// Goose takes no such load.
pub async fn run(load: &Arc<Load>, profile: &Profile, speed: u32) -> Result<()> {
    let mut configuration = GooseConfiguration::default();
    load.origin.as_str().trim_end_matches('/').clone_into(&mut configuration.host);
    configuration.users = Some(profile.users);
    let per_second = profile.users as f64 / profile.ramp(speed).as_secs_f64().max(0.1);
    configuration.hatch_rate = Some(format!("{per_second:.3}"));
    configuration.run_time = profile.plateau(speed).as_secs().max(1).to_string();
    // What it did is ours to tell, and nothing listens for orders.
    configuration.quiet = 2;
    configuration.no_reset_metrics = true;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.no_telnet = true;
    configuration.no_websocket = true;
    let mut attack = GooseAttack::initialize_with_config(configuration)
        .context("Goose does not take this load")?
        .set_scheduler(GooseScheduler::RoundRobin);
    for scenario in scenarios(load).context("Goose does not take these users")? {
        attack = attack.register_scenario(scenario);
    }
    attack.execute().await.context("the load broke off")?;
    Ok(())
}

/// Says how it goes, until it is aborted.
pub async fn tell(recorder: Arc<Recorder>, cloud: Option<Cloud>) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        let group = match &cloud {
            Some(cloud) => cloud.group().await.ok(),
            None => None,
        };
        let passed_s = last.elapsed().as_secs_f64();
        last = Instant::now();
        println!(
            "{}",
            line(&recorder, passed_s, group.map(|group| (group.in_service, group.desired)))
        );
    }
}

fn line(recorder: &Recorder, passed_s: f64, instances: Option<(usize, i32)>) -> String {
    let (cloud_s, lately) = (recorder.cloud_s(), recorder.lately());
    let instances = instances.map_or_else(String::new, |(in_service, desired)| {
        format!("   instances {in_service} of {desired}")
    });
    format!(
        "{:>3}:{:02}  users {:>3}   {:>6.1} requests/s   p50 {:>6.1} ms   p95 {:>6.1} ms   errors {}{instances}",
        cloud_s / 60,
        cloud_s % 60,
        recorder.users(),
        lately.count as f64 / passed_s,
        lately.p50_ms,
        lately.p95_ms,
        lately.errors,
    )
}
