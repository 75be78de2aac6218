//! What becomes of instances that are processes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use cloudless_core::Timestamp;
use cloudless_core::ec2::fleet::{Effect, Launch, MetadataOptions, Report, Sample};
use cloudless_core::names::{AccountId, Region};
use cloudless_core::trace::CauseId;
use insta::assert_snapshot;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Around, Credentials, Fleet, FleetConfig, Program};

struct Told(mpsc::UnboundedSender<Report>);

impl Around for Told {
    fn tell(&self, report: Report) {
        let _ = self.0.send(report);
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(1_796_000_000_000)
    }
    fn speed(&self) -> u32 {
        1
    }
    fn credentials(&self, launch: &Launch, role: &str) -> Credentials {
        let said = json!({ "AccessKeyId": format!("{role} of {}", launch.instance_id) });
        Box::pin(async move { Some(said) })
    }
    fn endpoint_url(&self) -> String {
        "http://127.0.0.1:4566".to_owned()
    }
}

fn fleet(program: &str) -> (Arc<Fleet>, mpsc::UnboundedReceiver<Report>) {
    let (tell, told) = mpsc::unbounded_channel();
    let config = FleetConfig {
        programs: BTreeMap::from([("ami-shop".to_owned(), Program::parse(program).expect("one"))]),
        sample_every: Duration::from_millis(50),
        stop_patience: Duration::from_millis(300),
        ..FleetConfig::default()
    };
    let fleet = Fleet::new(config, Arc::new(Told(tell)), tokio::runtime::Handle::current());
    (fleet, told)
}

fn launch(image_id: &str, user_data: &str) -> Box<Launch> {
    Box::new(Launch {
        instance_id: "i-0123456789abcdef0".to_owned(),
        account: AccountId::parse("000000000000").expect("one"),
        region: Region::parse("us-east-1").expect("one"),
        zone: "us-east-1a".to_owned(),
        image_id: image_id.to_owned(),
        instance_type: "t2.medium".to_owned(),
        vcpus: 2,
        memory_mib: 4_096,
        private_ip: Ipv4Addr::new(10, 201, 7, 23),
        user_data: user_data.as_bytes().to_vec(),
        instance_profile: None,
        security_groups: vec![],
        metadata: MetadataOptions {
            is_enabled: true,
            needs_token: true,
            hop_limit: 1,
            shows_tags: false,
        },
        name: None,
        cause: CauseId::default(),
    })
}

/// The next report that is no sample.
async fn next(told: &mut mpsc::UnboundedReceiver<Report>) -> String {
    loop {
        match told.recv().await.expect("one") {
            Report::Sampled(_) => {}
            other => return format!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_instance_runs_with_its_user_data_until_it_ends() {
    // It tells what it was given in how it ends: what it writes may come later.
    let script =
        r#"sh -c 'test "$STAGE" = "a b" -a "$AWS_REGION" = us-east-1 -a -z "$SECRET" && exit 7'"#;
    let (fleet, mut told) = fleet(script);
    fleet.perform(Effect::Start(launch("ami-shop", "#!/bin/sh\nexport STAGE='a b'\nrm -rf /\n")));
    let all = [next(&mut told).await, next(&mut told).await];
    assert_snapshot!(all.join("\n"), @r#"
    Started { instance_id: "i-0123456789abcdef0" }
    Ended { instance_id: "i-0123456789abcdef0", how: "exit status: 7" }
    "#);
    fleet.perform(Effect::Start(launch("ami-other", "")));
    assert_snapshot!(next(&mut told).await, @r#"Failed { instance_id: "i-0123456789abcdef0", reason: "no program is given for the image ami-other" }"#);
    fleet.perform(Effect::Stop { instance_id: "i-gone".to_owned() });
    assert_snapshot!(next(&mut told).await, @r#"Ended { instance_id: "i-gone", how: "it did not run" }"#);
}

#[tokio::test]
async fn an_instance_ends_when_it_is_asked_to_and_at_the_latest_after_its_patience() {
    for (program, how) in [
        ("sh -c 'while :; do sleep 1; done'", "signal: terminated"),
        ("sh -c 'trap : TERM; while :; do sleep 0.05; done'", "signal: killed"),
    ] {
        let (fleet, mut told) = fleet(program);
        fleet.perform(Effect::Start(launch("ami-shop", "")));
        next(&mut told).await;
        fleet.perform(Effect::Stop { instance_id: "i-0123456789abcdef0".to_owned() });
        let ended = next(&mut told).await;
        // Asked before it has set its trap, it ends at once.
        assert!(ended.contains(how) || ended.contains("terminated"), "{ended}");
        assert!(fleet.ids().is_empty());
    }
}

#[tokio::test]
async fn no_instance_outlives_whoever_has_it() {
    let (fleet, mut told) = fleet("sh -c 'while :; do sleep 1; done'");
    fleet.perform(Effect::Start(launch("ami-shop", "")));
    next(&mut told).await;
    fleet.abandon();
    drop(fleet);
    // With the last that knows it, who hears of it is gone, too.
    while told.recv().await.is_some() {}
}

#[tokio::test]
async fn what_an_instance_uses_is_told() {
    let (fleet, mut told) = fleet("sh -c 'while :; do :; done'");
    fleet.perform(Effect::Start(launch("ami-shop", "")));
    next(&mut told).await;
    fleet.carried("i-0123456789abcdef0", 100, 2_000);
    let mut seen = Vec::new();
    // What the system measures comes in grains: some looks may show none of it.
    while !seen.iter().any(|sample: &Sample| sample.cpu_percent > 0.0) {
        if let Some(Report::Sampled(samples)) = told.recv().await {
            seen.extend(samples);
        }
    }
    let carried: (u64, u64) = seen.iter().fold((0, 0), |(to, from), sample| {
        (to + sample.network_in_bytes, from + sample.network_out_bytes)
    });
    assert!(seen.iter().all(|sample| sample.cpu_percent <= 100.0), "{seen:?}");
    assert!(carried == (100, 2_000) || carried == (0, 0), "{carried:?}");
    // All end, and that is nothing that happens to them.
    fleet.stop().await;
    assert!(fleet.ids().is_empty());
    fleet.perform(Effect::Start(launch("ami-shop", "")));
    drop(fleet);
    while let Some(report) = told.recv().await {
        assert!(matches!(report, Report::Sampled(_)), "{report:?}");
    }
}
