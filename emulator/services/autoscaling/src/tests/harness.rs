//! A cloud of groups alone: calls in the API's JSON, a clock that tests move, an EC2 that does what it is asked or what a
//! test says, and a store that is compared with what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use kernel::access::Asking;
use kernel::call::{CallId, Caller, Origin, Payload, Signing};
use kernel::content::BlobReferences;
use kernel::context::{Change, Outbox, Parts, Restoring};
use kernel::deadlines::Deadlines;
use kernel::directory::{
    Directory, Home, Instance, InstanceState, LaunchTemplate, LaunchTemplateVersion, Subnet,
    TargetGroup, TargetHealth,
};
use kernel::error::Row;
use kernel::fact::Minute;
use kernel::ids::{Ids, Numbers};
use kernel::names::{AccountId, Region};
use kernel::record::{Key, Stored as _};
use kernel::service::Service as _;
use kernel::time::Timestamp;
use kernel::trace::Trace;
use serde_json::{Value, json};

use crate::{AlarmSignal, Announcement, Ask, AutoScaling, Cx, Due, Record, Request};

/// 2026-11-30T12:00:00Z.
pub(super) const NOON_S: u64 = 1_796_040_000;
pub(super) const TARGETS: &str =
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/1";

static NO_CAPACITY: Row = Row::sender(
    "InsufficientInstanceCapacity",
    500,
    "We currently do not have sufficient capacity in the Availability Zone you requested.",
);

pub(super) struct Cloud {
    pub(super) service: AutoScaling,
    pub(super) now: Timestamp,
    pub(super) store: BTreeMap<Key, Record>,
    pub(super) directory: Directory,
    pub(super) deadlines: Deadlines<Due>,
    /// What was asked of balancers and CloudWatch, and whom hooks would have told.
    pub(super) asked: Vec<String>,
    /// New instances run at once.
    pub(super) starts_at_once: bool,
    /// No instance begins there.
    pub(super) full_zones: BTreeSet<String>,
    trace: Trace,
    ids: Ids,
    numbers: Numbers,
    launched: u32,
}

impl Cloud {
    /// At noon, with subnets in three zones, two launch templates and a target group.
    pub(super) fn new() -> Self {
        let mut directory = Directory::default();
        let home = Home { account: AccountId::default(), region: Region::default() };
        for letter in ["a", "b", "c"] {
            let subnet = Subnet {
                home: home.clone(),
                vpc: "vpc-1".to_owned(),
                zone: format!("us-east-1{letter}"),
                zone_id: format!("use1-az-{letter}"),
                cidr: "10.0.0.0/24".to_owned(),
                is_default: false,
            };
            directory.subnets.insert(format!("subnet-{letter}"), subnet);
        }
        let version = LaunchTemplateVersion {
            image: Some("ami-shop".to_owned()),
            instance_type: Some("t2.medium".to_owned()),
            network_interfaces: false,
        };
        for name in ["shop", "other"] {
            let template = LaunchTemplate {
                home: home.clone(),
                name: name.to_owned(),
                default_version: 1,
                latest_version: 2,
                versions: BTreeMap::from([(1, version.clone()), (2, version.clone())]),
            };
            directory.launch_templates.insert(format!("lt-{name}"), template);
        }
        let targets = TargetGroup {
            home,
            name: "shop".to_owned(),
            load_balancers: vec!["app/shop/1".to_owned()],
            label: "targetgroup/shop/1".to_owned(),
            takes_instances: true,
            vpc: Some("vpc-1".to_owned()),
            deregistration_delay_s: 300,
            targets: BTreeMap::new(),
        };
        directory.target_groups.insert(TARGETS.to_owned(), targets);
        Self {
            service: AutoScaling::default(),
            now: Timestamp::from_ms(NOON_S * 1000),
            store: BTreeMap::new(),
            directory,
            deadlines: Deadlines::default(),
            asked: Vec::new(),
            starts_at_once: true,
            full_zones: BTreeSet::new(),
            trace: Trace::default(),
            ids: Ids::new(7, 0),
            numbers: Numbers::default(),
            launched: 0,
        }
    }

    /// The same with the group `shop` in three zones, of so many.
    pub(super) fn with_group(desired: u32, more: Value) -> Self {
        let mut cloud = Self::new();
        let mut input = json!({
            "AutoScalingGroupName": "shop", "MinSize": 1, "MaxSize": 12, "DesiredCapacity": desired,
            "LaunchTemplate": { "LaunchTemplateName": "shop" },
            "VPCZoneIdentifier": "subnet-a,subnet-b,subnet-c",
        });
        if let (Value::Object(input), Value::Object(more)) = (&mut input, more) {
            input.extend(more);
        }
        assert_eq!(cloud.call("CreateAutoScalingGroup", input), json!({}));
        cloud
    }

    fn handle<T>(&mut self, handle: impl FnOnce(&mut AutoScaling, &mut Cx<'_>) -> T) -> T {
        let mut outbox = Outbox::default();
        let cause = self.trace.begin(self.now, "test", "");
        let parts = Parts {
            now: self.now,
            ids: &mut self.ids,
            numbers: &mut self.numbers,
            deadlines: &mut self.deadlines,
            blobs: &mut BlobReferences::default(),
            trace: &mut self.trace,
            minute: &mut Minute::default(),
            directory: &mut self.directory,
            outbox: &mut outbox,
            recording: true,
        };
        let answer = handle(&mut self.service, &mut parts.because(cause));
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
        for (_, announcement) in outbox.announcements {
            self.carry(announcement);
        }
        answer
    }

    /// What the World does.
    fn carry(&mut self, announcement: Announcement) {
        match announcement {
            Announcement::Ask(ask) => match ask.operation {
                "RunInstances" => self.run_instance(&ask),
                "TerminateInstances" => {
                    let id = ask.input["InstanceIds"][0].as_str().unwrap().to_owned();
                    self.handle(|service, cx| service.answered(cx, &ask, Ok(json!({}))));
                    self.set_state(&id, InstanceState::Terminated);
                }
                _ => {
                    let told = match ask.operation {
                        "RegisterTargets" | "DeregisterTargets" => {
                            ask.input["Targets"][0]["Id"].to_string()
                        }
                        _ => ask.input.to_string(),
                    };
                    self.asked.push(format!("{} {told}", ask.operation));
                    self.handle(|service, cx| service.answered(cx, &ask, Ok(json!({}))));
                }
            },
            Announcement::Notify { target, subject } => {
                self.asked.push(format!("notify {target}: {subject}"));
            }
        }
    }

    fn run_instance(&mut self, ask: &Ask) {
        let subnet = ask.input["SubnetId"].as_str().unwrap_or("subnet-a").to_owned();
        let zone = self.directory.subnets[&subnet].zone.clone();
        if self.full_zones.contains(&zone) {
            let refused = Err((&NO_CAPACITY).into());
            return self.handle(|service, cx| service.answered(cx, ask, refused));
        }
        self.launched += 1;
        let id = format!("i-{:02}", self.launched);
        let state =
            if self.starts_at_once { InstanceState::Running } else { InstanceState::Pending };
        let instance = Instance {
            home: Home { account: AccountId::default(), region: Region::default() },
            vpc: "vpc-1".to_owned(),
            subnet: subnet.clone(),
            zone: zone.clone(),
            private_ip: Ipv4Addr::LOCALHOST,
            security_groups: Vec::new(),
            instance_type: "t2.medium".to_owned(),
            image: "ami-shop".to_owned(),
            launch_template: None,
            state,
            launched: self.now,
            is_monitored: true,
        };
        self.directory.instances.insert(id.clone(), instance);
        let answer = json!({ "Instances": [{
            "InstanceId": id, "InstanceType": "t2.medium", "ImageId": "ami-shop",
            "SubnetId": subnet, "Placement": { "AvailabilityZone": zone },
        }]});
        self.handle(|service, cx| service.answered(cx, ask, Ok(answer)));
    }

    /// An instance that is in no group.
    pub(super) fn stray(&mut self, id: &str) {
        self.run_instance(&Ask {
            group: crate::GroupKey {
                account: AccountId::default(),
                region: Region::default(),
                name: "none".into(),
            },
            what: crate::Asked::Other,
            service: "ec2",
            operation: "RunInstances",
            input: json!({ "SubnetId": "subnet-b" }),
        });
        let last = format!("i-{:02}", self.launched);
        let instance = self.directory.instances.remove(&last).unwrap();
        self.directory.instances.insert(id.to_owned(), instance);
    }

    /// EC2 says that an instance is in another state.
    pub(super) fn set_state(&mut self, id: &str, state: InstanceState) {
        self.directory.instances.get_mut(id).unwrap().state = state;
        self.handle(|service, cx| service.instance_changed(cx, id));
        self.due();
    }

    /// The target group says how an instance is.
    pub(super) fn set_target(&mut self, id: &str, is_unhealthy: bool) {
        let health = if is_unhealthy { TargetHealth::Unhealthy } else { TargetHealth::Healthy };
        let targets = self.directory.target_groups.get_mut(TARGETS).unwrap();
        targets.targets.insert((id.to_owned(), 80), health);
        self.handle(|service, cx| service.target_health_changed(cx, TARGETS));
        self.due();
    }

    /// An alarm acts on a policy of the group `shop`; others may at the same moment.
    pub(super) fn alarm(&mut self, policy: &str, alarm: &str, value: f64, threshold: f64) {
        let described = self.call("DescribePolicies", json!({ "PolicyNames": [policy] }));
        let arn = described["ScalingPolicies"][0]["PolicyARN"].as_str().unwrap().to_owned();
        let signal = AlarmSignal {
            policy: arn,
            alarm: alarm.to_owned(),
            threshold: Some(threshold),
            value: Some(value),
        };
        self.handle(|service, cx| service.alarmed(cx, &signal)).unwrap();
    }

    /// The alarm of a target-tracking policy.
    pub(super) fn tracked(&mut self, policy: &str, is_low: bool, value: f64) {
        let described = self.call("DescribePolicies", json!({ "PolicyNames": [policy] }));
        let name = &described["ScalingPolicies"][0]["Alarms"][usize::from(is_low)]["AlarmName"];
        let name = name.as_str().unwrap().to_owned();
        self.alarm(policy, &name, value, 0.0);
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
            self.service.access(&mut Asking::new(&origin, self.now), &request)?;
            self.handle(|service, cx| service.call(cx, &origin, request))
        });
        if !operation.starts_with("Describe") {
            self.due();
        }
        match result {
            Ok(Some(response)) => response.encode().0,
            Ok(None) => Value::Null,
            Err(refused) => {
                json!({"Error": format!("{}: {}", refused.query_code(), refused.message())})
            }
        }
    }

    /// How a call is refused.
    pub(super) fn refused(&mut self, operation: &str, input: Value) -> String {
        let answer = self.call(operation, input);
        answer["Error"].as_str().map_or_else(|| format!("{answer}"), str::to_owned)
    }

    pub(super) fn due(&mut self) {
        while let Some((_, due)) = self.deadlines.pop(self.now) {
            let cause = self.service.due_because(&due);
            self.handle(|service, cx| match cause {
                Some(cause) => service.due(&mut cx.because(cause), due),
                None => service.due(cx, due),
            });
        }
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

    /// The group's capacity, and its instances in a line.
    pub(super) fn group(&mut self) -> String {
        let described = self.call("DescribeAutoScalingGroups", json!({}));
        let group = &described["AutoScalingGroups"][0];
        let mut told = format!("desired {}:", group["DesiredCapacity"]);
        for instance in group["Instances"].as_array().into_iter().flatten() {
            let text = |name: &str| instance[name].as_str().unwrap_or_default();
            let health = if text("HealthStatus") == "Healthy" { "" } else { "!" };
            let zone = text("AvailabilityZone").chars().last().unwrap_or_default();
            write!(told, " {}{zone} {}{health}", text("InstanceId"), text("LifecycleState"))
                .unwrap();
        }
        told
    }

    /// All activities, the oldest first.
    pub(super) fn activities(&mut self) -> String {
        let described = self.call("DescribeScalingActivities", json!({}));
        let mut told = String::new();
        for activity in described["Activities"].as_array().unwrap().iter().rev() {
            let text = |name: &str| activity[name].as_str().unwrap_or_default();
            let end = activity["EndTime"].as_f64().map(|it| it as u64 - NOON_S);
            writeln!(
                told,
                "{} {} {}% {end:?}",
                text("Description"),
                text("StatusCode"),
                activity["Progress"]
            )
            .unwrap();
            writeln!(told, "  {}", text("Cause")).unwrap();
            if !text("StatusMessage").is_empty() {
                writeln!(told, "  {}", text("StatusMessage")).unwrap();
            }
        }
        told
    }

    /// What was asked of others since it was asked for last.
    pub(super) fn take_asked(&mut self) -> String {
        std::mem::take(&mut self.asked).join("\n")
    }

    /// What is stored is what there is, and what is read back is the same again.
    pub(super) fn check_restart(&self) {
        let by_key = |service: &AutoScaling| -> BTreeMap<Key, Record> {
            service.records().map(|record| (record.key(), record)).collect()
        };
        assert_eq!(self.store, by_key(&self.service));
        assert_eq!(self.store, by_key(&self.restored().0));
    }

    fn restored(&self) -> (AutoScaling, Deadlines<Due>) {
        let (mut service, mut deadlines) = (AutoScaling::default(), Deadlines::default());
        let mut cx = Restoring {
            deadlines: &mut deadlines,
            numbers: &mut Numbers::default(),
            trace: &mut Trace::default(),
            directory: &mut Directory::default(),
        };
        let mut records: Vec<Record> = self.store.values().cloned().collect();
        records.sort_by_key(|record| record.key().kind);
        for record in records {
            service.restore(&mut cx, record);
        }
        (service, deadlines)
    }

    pub(super) fn restart(&mut self) {
        self.check_restart();
        let (service, deadlines) = self.restored();
        (self.service, self.deadlines) = (service, deadlines);
        self.due();
    }
}
