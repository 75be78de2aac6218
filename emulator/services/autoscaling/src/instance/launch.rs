//! How a group gets an instance: into the zone with the fewest, on failure into another.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-availability-zone-balanced.html>

use std::collections::BTreeSet;

use kernel::error::ApiError;
use serde_json::{Map, Value, json};

use crate::Announcement;
use crate::activity::cause;
use crate::ask::{Ask, Asked};
use crate::key::ConfigurationKey;
use crate::limits::{RETRY_S_MAX, RETRY_S_MIN};
use crate::record::{
    ActivityStatus, LaunchConfiguration, LaunchSource, Lifecycle, Member, Retry, TemplateRef,
};
use crate::state::Launching;
use crate::work::Work;

impl Work<'_, '_> {
    /// Asks for an instance; says whether there was a zone to try.
    pub(crate) fn launch(&mut self, cause: &str) -> bool {
        let Some(zone) = self.zone_with_fewest() else { return false };
        let subnet = self.subnet_with_fewest(&zone);
        let told = ("Launching a new EC2 instance".to_owned(), cause.to_owned());
        let place = (zone.as_str(), subnet.as_deref());
        let activity = self.activities.begin(self.cx, self.group, told, place);
        let input = self.run_instances(activity, &zone, subnet.as_deref());
        let cause = cause.to_owned();
        self.group.launching.push(Launching { activity, zone, subnet, cause });
        self.ask(Asked::Launch(activity), ("ec2", "RunInstances"), input);
        true
    }

    pub(crate) fn ask(
        &mut self,
        what: Asked,
        (service, operation): (&'static str, &'static str),
        input: Value,
    ) {
        let group = self.group.key.clone();
        self.cx.announce(Announcement::Ask(Box::new(Ask {
            group,
            what,
            service,
            operation,
            input,
        })));
    }

    /// Of its zones in which a launch has not just failed. Where that is none, since the group has left the others or
    /// instances were to be moved there, they are tried again.
    fn zone_with_fewest(&mut self) -> Option<String> {
        let group = &mut *self.group;
        if group.settings.zones.iter().all(|zone| group.failed_zones.contains(zone)) {
            group.failed_zones.clear();
        }
        let counts = group.zone_counts();
        let possible =
            group.settings.zones.iter().filter(|zone| !group.failed_zones.contains(*zone));
        possible.min_by_key(|zone| counts.get(zone.as_str()).copied().unwrap_or_default()).cloned()
    }

    fn subnet_with_fewest(&self, zone: &str) -> Option<String> {
        let is_there = |subnet: &&String| {
            self.cx.directory.subnets.get(*subnet).is_some_and(|it| it.zone == zone)
        };
        let count = |subnet: &&String| {
            let has = |it: &Option<String>| it.as_ref() == Some(*subnet);
            let members = self
                .group
                .members
                .values()
                .filter(|member| member.lifecycle.is_active() && has(&member.subnet));
            members.count() + self.group.launching.iter().filter(|it| has(&it.subnet)).count()
        };
        self.group.settings.subnets.iter().filter(is_there).min_by_key(count).cloned()
    }

    /// The input of `RunInstances`.
    fn run_instances(&self, activity: u64, zone: &str, subnet: Option<&str>) -> Value {
        let group = &*self.group;
        let mut input = match &group.settings.launch {
            LaunchSource::Configuration(name) => {
                let key = ConfigurationKey::new(&group.key.account, &group.key.region, name);
                self.configurations.get(&key).map(|it| by_configuration(it, subnet))
            }
            source => source.template().map(|(template, first)| {
                let version = template.version.as_deref().unwrap_or("$Default");
                let mut input = Map::new();
                input.insert(
                    "LaunchTemplate".to_owned(),
                    json!({ "LaunchTemplateId": template.id, "Version": version }),
                );
                let own = [
                    ("InstanceType", first.and_then(|it| it.instance_type.as_ref())),
                    ("ImageId", first.and_then(|it| it.image_id.as_ref())),
                ];
                for (name, value) in own {
                    if let Some(value) = value {
                        input.insert(name.to_owned(), json!(value));
                    }
                }
                input
            }),
        }
        .unwrap_or_default();
        if let Some(activity) = self.activities.get(activity) {
            input.insert("ClientToken".to_owned(), json!(activity.id));
        }
        input.insert("MinCount".to_owned(), json!(1));
        input.insert("MaxCount".to_owned(), json!(1));
        match subnet {
            // An interface of its own has its subnet, too.
            Some(_) if input.contains_key("NetworkInterfaces") => {}
            Some(subnet) => _ = input.insert("SubnetId".to_owned(), json!(subnet)),
            None => {
                let tenancy = input.remove("Tenancy");
                let mut placement = json!({ "AvailabilityZone": zone });
                if let Some(tenancy) = tenancy {
                    placement["Tenancy"] = tenancy;
                }
                input.insert("Placement".to_owned(), placement);
            }
        }
        if let Some(tenancy) = input.remove("Tenancy") {
            input.insert("Placement".to_owned(), json!({ "Tenancy": tenancy }));
        }
        let tags = self.tags_of_new();
        if !tags.is_empty() {
            let tags = json!([{ "ResourceType": "instance", "Tags": tags }]);
            input.insert("TagSpecifications".to_owned(), tags);
        }
        Value::Object(input)
    }

    /// Those that the group gives on. What AWS itself tags an instance with is for EC2 and the World.
    pub(super) fn tags_of_new(&self) -> Vec<Value> {
        let own = self.group.tags.iter().filter(|(_, tag)| tag.propagates);
        own.map(|(key, tag)| json!({ "Key": key, "Value": tag.value })).collect()
    }

    /// The template with the number of its version.
    fn template_used(&self) -> Option<TemplateRef> {
        let (mut template, _) = self.group.settings.launch.template()?;
        let found = self.cx.directory.launch_templates.get(&template.id);
        if let Some(found) = found {
            let number = crate::source::version_of(found, template.version.as_deref());
            template.version = number.map(|number| number.to_string());
        }
        Some(template)
    }

    /// An instance was launched for this activity: the answer of `RunInstances` says which.
    pub(crate) fn launched(&mut self, activity: u64, answer: &Value) {
        let Some(launching) = self.answered_launch(activity) else { return };
        let instance = &answer["Instances"][0];
        let Some(id) = instance["InstanceId"].as_str() else { return };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let template = self.template_used();
        let configuration = match &self.group.settings.launch {
            LaunchSource::Configuration(name) => Some(name.clone()),
            _ => None,
        };
        let zone = text(&instance["Placement"]["AvailabilityZone"]).unwrap_or(launching.zone);
        self.activities.change(self.cx, Some(activity), |it| {
            it.description = format!("Launching a new EC2 instance: {id}");
            it.status = ActivityStatus::PreInService;
            it.progress = 30;
        });
        let member = Member {
            number: activity,
            instance_id: id.to_owned(),
            zone,
            subnet: text(&instance["SubnetId"]).or(launching.subnet),
            instance_type: text(&instance["InstanceType"]),
            image: text(&instance["ImageId"]),
            configuration,
            template,
            lifecycle: Lifecycle::Pending,
            ailment: None,
            is_protected: self.group.settings.protects_new,
            launched: self.cx.now,
            in_service: None,
            activity: Some(activity),
            registered: BTreeSet::new(),
            unhealthy_in: BTreeSet::new(),
        };
        self.group.members.insert(activity, member);
        self.enter_warmup(activity);
    }

    /// EC2 has refused: another zone is tried at once, or all of them after a while.
    pub(crate) fn not_launched(&mut self, activity: u64, refused: &ApiError) {
        let Some(launching) = self.answered_launch(activity) else { return };
        let message = refused.message().trim_end_matches('.');
        self.activities.change(self.cx, Some(activity), |it| {
            it.description = format!(
                "Launching a new EC2 instance.  Status Reason: {message}. Launching EC2 instance failed."
            );
        });
        let told = format!("{message}. Launching EC2 instance failed.");
        self.activities.end(self.cx, Some(activity), ActivityStatus::Failed, Some(told));
        self.notify("autoscaling:EC2_INSTANCE_LAUNCH_ERROR");
        let (group, now) = (&mut *self.group, self.cx.now);
        group.failed_zones.insert(launching.zone);
        let stays = group.settings.distribution.as_deref() == Some("balanced-only");
        let is_tried = group.settings.zones.iter().all(|zone| group.failed_zones.contains(zone));
        if group.extra > 0 {
            // While instances move, no other zone will do.
            group.extra = 0;
            group.stays_until = Some(now.after_s(RETRY_S_MAX));
        }
        if stays || is_tried {
            group.failed_zones.clear();
            self.try_later(now);
        } else {
            self.launch_cause = Some(strip_why(&launching.cause));
        }
    }

    pub(crate) fn try_later(&mut self, now: kernel::time::Timestamp) {
        let before = self.group.retry.map(|retry| retry.after_s);
        let after_s = before.map_or(RETRY_S_MIN, |it| (it * 2).min(RETRY_S_MAX));
        // Of several that fail at once only the first makes it longer.
        if self.group.retry.is_none_or(|retry| retry.at <= now) {
            self.group.retry = Some(Retry { at: now.after_s(after_s), after_s });
        }
    }

    fn answered_launch(&mut self, activity: u64) -> Option<Launching> {
        let at = self.group.launching.iter().position(|it| it.activity == activity)?;
        Some(self.group.launching.remove(at))
    }

    /// Whoever a group tells what it does would be told this.
    pub(crate) fn notify(&mut self, kind: &'static str) {
        let topics = self.group.notifications.iter().filter(|(_, kinds)| kinds.contains(kind));
        let topics: Vec<String> = topics.map(|(topic, _)| topic.clone()).collect();
        for target in topics {
            let subject = format!("{kind} {}", self.group.key.name);
            self.cx.announce(Announcement::Notify { target, subject });
        }
    }

    /// Why a replacement is launched.
    pub(crate) fn replaces(&mut self) {
        self.launch_cause = Some(cause::replaces(self.cx.now));
    }
}

/// The last sentence of a cause: what made capacity another is told once.
fn strip_why(cause: &str) -> String {
    cause.rsplit("  ").next().unwrap_or(cause).to_owned()
}

/// By a launch configuration: what of `RunInstances` it says.
fn by_configuration(it: &LaunchConfiguration, subnet: Option<&str>) -> Map<String, Value> {
    let (ids, names): (Vec<&String>, Vec<&String>) =
        it.security_groups.iter().partition(|group| group.starts_with("sg-"));
    let profile = it.instance_profile.as_ref().map(|profile| match profile.starts_with("arn:") {
        true => json!({ "Arn": profile }),
        false => json!({ "Name": profile }),
    });
    let mut input = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            input.insert(name.to_owned(), value);
        }
    };
    add("ImageId", Some(json!(it.image)));
    add("InstanceType", Some(json!(it.instance_type)));
    add("KeyName", it.key_name.as_ref().map(|it| json!(it)));
    add("UserData", it.user_data.as_ref().map(|it| json!(it)));
    add("IamInstanceProfile", profile);
    add("Monitoring", Some(json!({ "Enabled": it.is_monitored.unwrap_or(true) })));
    add("EbsOptimized", it.ebs_optimized.map(|it| json!(it)));
    add("MetadataOptions", it.metadata.as_ref().map(|it| json!(it)));
    add("KernelId", it.kernel.as_ref().map(|it| json!(it)));
    add("RamdiskId", it.ramdisk.as_ref().map(|it| json!(it)));
    add("Tenancy", it.tenancy.as_ref().map(|it| json!(it)));
    let volumes = (!it.block_devices.is_empty()).then(|| json!(it.block_devices));
    add("BlockDeviceMappings", volumes);
    match (it.public_ip, subnet) {
        (Some(public), Some(subnet)) => {
            let mut interface = json!({
                "DeviceIndex": 0, "AssociatePublicIpAddress": public, "SubnetId": subnet,
            });
            if !ids.is_empty() {
                interface["Groups"] = json!(ids);
            }
            add("NetworkInterfaces", Some(json!([interface])));
        }
        _ => {
            add("SecurityGroupIds", (!ids.is_empty()).then(|| json!(ids)));
            add("SecurityGroups", (!names.is_empty()).then(|| json!(names)));
        }
    }
    input
}
