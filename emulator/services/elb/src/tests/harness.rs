//! A cloud of load balancers alone: calls in the API's JSON, networks and instances entered as EC2 would, targets that
//! answer what a test says, a clock that tests move, and a store that is compared with what there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::content::BlobReferences;
use kernel::context::{Change, Effect, Outbox, Parts, Restoring};
use kernel::deadlines::Deadlines;
use kernel::directory::{self, Directory, Home, InstanceState};
use kernel::fact::{Fact, Measured, Minute};
use kernel::ids::{Ids, Numbers};
use kernel::names::{AccountId, Region};
use kernel::record::{Key, Stored as _};
use kernel::service::Service as _;
use kernel::time::Timestamp;
use kernel::trace::Trace;
use serde_json::{Value, json};

use crate::plane::{self, Plan, Probe, Probed, Report};
use crate::{Announcement, Cx, Due, Elb, Record, Request, Settings};

/// 2026-11-30T12:00:00Z.
const NOON_S: u64 = 1_796_040_000;

/// The image whose instances have a program.
const PROGRAMMED: &str = "ami-shop";

pub(super) struct Cloud {
    pub(super) elb: Elb,
    pub(super) now: Timestamp,
    pub(super) store: BTreeMap<Key, Record>,
    pub(super) announced: Vec<Announcement>,
    pub(super) plans: BTreeMap<String, Arc<Plan>>,
    /// How often a plan was told.
    pub(super) configured: usize,
    /// Targets that were asked, in order.
    pub(super) probes: Vec<Probe>,
    /// What targets answer, by id; nothing: they do not.
    pub(super) answers: BTreeMap<String, Probed>,
    pub(super) directory: Directory,
    pub(super) minute: Minute,
    deadlines: Deadlines<Due>,
    trace: Trace,
    ids: Ids,
    numbers: Numbers,
}

fn home() -> Home {
    Home { account: AccountId::default(), region: Region::default() }
}

impl Cloud {
    /// At noon: a network with a subnet in each of three zones, and two security groups.
    pub(super) fn new() -> Self {
        let mut directory = Directory::default();
        let vpc = directory::Vpc { home: home(), cidr: "10.0.0.0/16".into(), is_default: false };
        directory.vpcs.insert("vpc-1".into(), vpc.clone());
        directory.vpcs.insert("vpc-2".into(), directory::Vpc { cidr: "10.1.0.0/16".into(), ..vpc });
        for (at, zone) in ["a", "b", "c"].into_iter().enumerate() {
            let subnet = directory::Subnet {
                home: home(),
                vpc: "vpc-1".into(),
                zone: format!("us-east-1{zone}"),
                zone_id: format!("use1-az{}", at + 1),
                cidr: format!("10.0.{at}.0/24"),
                is_default: false,
            };
            directory.subnets.insert(format!("subnet-{zone}"), subnet);
        }
        for (id, name) in [("sg-default", "default"), ("sg-web", "web")] {
            let group =
                directory::SecurityGroup { home: home(), vpc: "vpc-1".into(), name: name.into() };
            directory.security_groups.insert(id.into(), group);
        }
        let mut elb = Elb::default();
        elb.set_settings(settings());
        Self {
            elb,
            now: Timestamp::from_ms(NOON_S * 1000),
            store: BTreeMap::new(),
            announced: Vec::new(),
            plans: BTreeMap::new(),
            configured: 0,
            probes: Vec::new(),
            answers: BTreeMap::new(),
            directory,
            minute: Minute::default(),
            deadlines: Deadlines::default(),
            trace: Trace::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
        }
    }

    /// An instance runs in the subnet of a zone (`a`, `b`, `c`), with a program or without.
    pub(super) fn run(&mut self, id: &str, zone: &str, has_program: bool) {
        let number = u8::try_from(self.directory.instances.len() + 10).unwrap();
        let instance = directory::Instance {
            home: home(),
            vpc: "vpc-1".into(),
            subnet: format!("subnet-{zone}"),
            zone: format!("us-east-1{zone}"),
            private_ip: [10, 0, 0, number].into(),
            security_groups: vec!["sg-web".into()],
            instance_type: "t2.medium".into(),
            image: if has_program { PROGRAMMED } else { "ami-none" }.into(),
            launch_template: None,
            state: InstanceState::Running,
            launched: self.now,
            is_monitored: true,
        };
        self.directory.instances.insert(id.into(), instance);
        self.answers.insert(id.into(), Probed::Answered(200));
    }

    /// EC2 says that an instance is in another state.
    pub(super) fn instance_is(&mut self, id: &str, state: InstanceState) {
        self.directory.instances.get_mut(id).unwrap().state = state;
        self.handle(|elb, cx| elb.instance_changed(cx, id, state));
    }

    pub(super) fn handle<T>(&mut self, handle: impl FnOnce(&mut Elb, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let cause = self.trace.begin(self.now, "test", "");
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut BlobReferences::default(),
            trace: &mut self.trace,
            minute: &mut self.minute,
            directory: &mut self.directory,
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.elb, &mut parts.because(cause));
        for change in outbox.changes {
            match change {
                Change::Put(record) => {
                    // As on its way to a disk.
                    let json = serde_json::to_string(&record).unwrap();
                    self.store.insert(record.key(), serde_json::from_str(&json).unwrap());
                }
                Change::Delete(key) => drop(self.store.remove(&key)),
            }
        }
        self.announced.extend(outbox.announcements.into_iter().map(|(_, said)| said));
        for effect in outbox.effects {
            match effect {
                Effect::Own(plane::Effect::Configure(plan)) => {
                    self.configured += 1;
                    self.plans.insert(plan.arn.clone(), plan);
                }
                Effect::Own(plane::Effect::Remove { load_balancer }) => {
                    self.plans.remove(&load_balancer);
                }
                Effect::Own(plane::Effect::Probe(probe)) => self.probed(*probe),
                _ => {}
            }
        }
        answer
    }

    /// A target is asked, and answers at once if it does.
    fn probed(&mut self, probe: Probe) {
        let answer = self.answers.get(&probe.target).copied();
        self.probes.push(probe.clone());
        if let Some(outcome) = answer {
            let Probe { target_group, target, target_port, .. } = probe;
            self.hear(Report::Probed { target_group, target, target_port, outcome });
        }
    }

    pub(super) fn hear(&mut self, report: Report) {
        self.handle(|elb, cx| elb.hear(cx, report));
    }

    pub(super) fn call(&mut self, operation: &str, input: Value) -> Value {
        let caller =
            Caller::Account { account: AccountId::default(), access_key_id: "AKIAEXAMPLE".into() };
        let origin = Origin {
            call: CallId(1),
            account: caller.account(),
            caller,
            signing: Signing::Optional,
            region: Region::default(),
            endpoint: "http://localhost:4566".into(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
        };
        let result = Request::decode(operation, input, Payload::None).and_then(|request| {
            self.elb.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|elb, cx| elb.call(cx, &origin, request))
        });
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => {
                json!({"Error": format!("{}: {}", refused.query_code(), refused.message())})
            }
        }
    }

    /// What a call is refused with.
    pub(super) fn refusal(&mut self, operation: &str, input: Value) -> String {
        let answer = self.call(operation, input);
        answer["Error"].as_str().map_or_else(|| format!("accepted: {answer}"), str::to_owned)
    }

    /// A load balancer over the three zones; its ARN.
    pub(super) fn balancer(&mut self) -> String {
        let made = self.call(
            "CreateLoadBalancer",
            json!({
                "Name": "shop", "Subnets": ["subnet-a", "subnet-b", "subnet-c"],
                "SecurityGroups": ["sg-web"],
            }),
        );
        made["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap().to_owned()
    }

    /// A group of instances, with more of its settings; its ARN.
    pub(super) fn group(&mut self, name: &str, more: Value) -> String {
        let mut input = json!({"Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": "vpc-1"});
        let settings = more.as_object().unwrap().clone();
        input.as_object_mut().unwrap().extend(settings);
        let made = self.call("CreateTargetGroup", input);
        made["TargetGroups"][0]["TargetGroupArn"]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned()
    }

    /// A listener at port 80 that forwards to a group; its ARN.
    pub(super) fn listener(&mut self, balancer: &str, group: &str) -> String {
        let made = self.call(
            "CreateListener",
            json!({
                "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80,
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
            }),
        );
        made["Listeners"][0]["ListenerArn"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    pub(super) fn register(&mut self, group: &str, ids: &[&str]) {
        let targets: Vec<Value> = ids.iter().map(|id| json!({"Id": id})).collect();
        let input = json!({"TargetGroupArn": group, "Targets": targets});
        assert_eq!(self.call("RegisterTargets", input), json!({}));
    }

    /// How the targets of a group are, a line each.
    pub(super) fn health(&mut self, group: &str) -> String {
        let told = self.call("DescribeTargetHealth", json!({"TargetGroupArn": group}));
        let lines = told["TargetHealthDescriptions"].as_array().unwrap().iter().map(|it| {
            let health = &it["TargetHealth"];
            let text = |name: &str| health[name].as_str().unwrap_or("-").to_owned();
            let id = it["Target"]["Id"].as_str().unwrap();
            format!("{id}: {} {} {}", text("State"), text("Reason"), text("Description"))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Moves the clock, visiting every deadline on the way.
    pub(super) fn advance_s(&mut self, seconds: u64) {
        let end = self.now.after_s(seconds);
        while let Some(at) = self.deadlines.next()
            && at <= end
        {
            self.now = self.now.max(at);
            self.due();
        }
        self.now = end;
    }

    fn due(&mut self) {
        while let Some((_, due)) = self.deadlines.pop(self.now) {
            let cause = self.elb.due_because(&due);
            self.handle(|elb, cx| match cause {
                Some(cause) => elb.due(&mut cx.because(cause), due),
                None => elb.due(cx, due),
            });
        }
    }

    /// When something happens by itself next, in seconds from now.
    pub(super) fn next_s(&self) -> Option<u64> {
        self.deadlines.next().map(|at| at.since(self.now).as_secs())
    }

    /// What CloudWatch is told at the end of this minute, a line a metric.
    pub(super) fn told(&mut self) -> String {
        let mut facts: Vec<Fact> = Vec::new();
        self.elb.facts(&self.directory, self.now, &mut facts);
        self.elb.minute_over(self.now);
        let lines = facts.iter().map(|fact| {
            let dimensions = fact.dimensions.iter().map(|(name, value)| {
                let short = value.rsplit_once('/').map_or(value.as_str(), |(it, _)| it);
                format!("{name}={short}")
            });
            let value = match &fact.measured {
                Measured::Tally(tally) => format!("{} of {}", tally.sum, tally.count),
                Measured::Values(values) => format!("{values:?}"),
            };
            format!(
                "{} [{}] {value} {}",
                fact.name,
                dimensions.collect::<Vec<_>>().join(" "),
                fact.unit
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What is stored is what there is, and what is read back is the same again.
    pub(super) fn check_restart(&self) {
        let by_key = |elb: &Elb| -> BTreeMap<Key, Record> {
            elb.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.elb));
        let mut directory = self.directory.clone();
        assert_eq!(self.store, by_key(&self.restored(&mut directory).0));
    }

    fn restored(&self, directory: &mut Directory) -> (Elb, Deadlines<Due>) {
        let (mut elb, mut deadlines) = (Elb::default(), Deadlines::default());
        elb.set_settings(settings());
        directory.target_groups.clear();
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory,
        };
        for record in self.store.values().cloned() {
            elb.restore(&mut cx, record);
        }
        (elb, deadlines)
    }

    pub(super) fn restart(&mut self) {
        self.check_restart();
        let mut directory = self.directory.clone();
        let (elb, deadlines) = self.restored(&mut directory);
        (self.elb, self.deadlines, self.directory) = (elb, deadlines, directory);
        self.plans.clear();
        self.due();
    }
}

fn settings() -> Arc<Settings> {
    Arc::new(Settings { programmed_images: [PROGRAMMED.to_owned()].into() })
}
