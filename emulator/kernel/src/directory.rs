//! What services know of each other's resources: that they are there, where, and in which state. Who owns a
//! resource enters it, others read. Nothing of it is stored: it follows from its owners' records.
//!
//! Ids are drawn once in the whole cloud, so they alone are keys; whose something is stands beside.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::names::{AccountId, Region};
use crate::time::Timestamp;

/// Everything that one service may know of another's resources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    /// By id (`vpc-…`). EC2 enters them.
    pub vpcs: BTreeMap<String, Vpc>,
    /// By id (`subnet-…`). EC2 enters them.
    pub subnets: BTreeMap<String, Subnet>,
    /// By id (`sg-…`). EC2 enters them.
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// By id (`i-…`). EC2 enters them, and keeps them until they are forgotten.
    pub instances: BTreeMap<String, Instance>,
    /// By id (`lt-…`). EC2 enters them.
    pub launch_templates: BTreeMap<String, LaunchTemplate>,
    /// By id (`ami-…`). EC2 enters them.
    pub images: BTreeMap<String, Image>,
    /// By ARN. Elastic Load Balancing enters them.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Until when an instance of a group is no part of its group's metrics, by id: it warms up, or is not in service yet
    /// (then [`Timestamp::MAX`]). EC2 Auto Scaling enters them; one that is not here counts.
    pub warming: BTreeMap<String, Timestamp>,
    /// The ARNs of alarms by the ARN of the scaling policy on which they act. CloudWatch enters them.
    pub alarms: BTreeMap<String, BTreeSet<String>>,
}

/// Whose a resource is, and in which region.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Home {
    /// Its owner.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// Whose it is.
    pub home: Home,
    /// `10.0.0.0/16`
    pub cidr: String,
    /// The one that an account has from the beginning.
    pub is_default: bool,
}

/// A part of a network in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Whose it is.
    pub home: Home,
    /// Its network.
    pub vpc: String,
    /// `us-east-1a`
    pub zone: String,
    /// `use1-az1`
    pub zone_id: String,
    /// `10.0.1.0/24`
    pub cidr: String,
    /// The one of its zone in the default network.
    pub is_default: bool,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Whose it is.
    pub home: Home,
    /// Its network.
    pub vpc: String,
    /// Its name.
    pub name: String,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Whose it is.
    pub home: Home,
    /// Its network.
    pub vpc: String,
    /// Where it is in it.
    pub subnet: String,
    /// `us-east-1a`
    pub zone: String,
    /// Its address in the network.
    pub private_ip: Ipv4Addr,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// `t2.medium`
    pub instance_type: String,
    /// `ami-…`
    pub image: String,
    /// The template that it was launched by, and its version.
    pub launch_template: Option<(String, u64)>,
    /// What it does.
    pub state: InstanceState,
    /// Since when it has been there.
    pub launched: Timestamp,
    /// It reports each minute, not each five.
    pub is_monitored: bool,
}

/// What an instance does.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InstanceState {
    /// It begins.
    Pending,
    /// It is there.
    Running,
    /// It ends, and comes back no more.
    ShuttingDown,
    /// It has ended.
    Terminated,
    /// It ends for now.
    Stopping,
    /// It may begin again.
    Stopped,
}

impl InstanceState {
    /// Its name and code, as EC2 says them.
    #[must_use]
    pub const fn said(self) -> (&'static str, u16) {
        match self {
            Self::Pending => ("pending", 0),
            Self::Running => ("running", 16),
            Self::ShuttingDown => ("shutting-down", 32),
            Self::Terminated => ("terminated", 48),
            Self::Stopping => ("stopping", 64),
            Self::Stopped => ("stopped", 80),
        }
    }
}

/// A launch template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTemplate {
    /// Whose it is.
    pub home: Home,
    /// Its name.
    pub name: String,
    /// `$Default`
    pub default_version: u64,
    /// `$Latest`
    pub latest_version: u64,
    /// What others ask of its versions.
    pub versions: BTreeMap<u64, LaunchTemplateVersion>,
}

/// What others ask of a version of a launch template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaunchTemplateVersion {
    /// `ami-…`
    pub image: Option<String>,
    /// `t2.medium`
    pub instance_type: Option<String>,
    /// It names security groups of network interfaces, or subnets.
    pub network_interfaces: bool,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Whose it is.
    pub home: Home,
    /// Its name.
    pub name: String,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Whose it is.
    pub home: Home,
    /// Its name.
    pub name: String,
    /// `app/name/id` of those that forward to it.
    pub load_balancers: Vec<String>,
    /// `targetgroup/name/id`
    pub label: String,
    /// It takes instances by their ids.
    pub takes_instances: bool,
    /// Its network; nothing where it is of functions.
    pub vpc: Option<String>,
    /// How long a target that was taken out gets to finish, in seconds.
    pub deregistration_delay_s: u32,
    /// Its targets: id and port, and how each is.
    pub targets: BTreeMap<(String, u16), TargetHealth>,
}

/// How a target is.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html#target-health-states>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetHealth {
    /// Nobody asks it: no listener forwards to its group, its zone is not the balancer's, or it is stopped.
    Unused,
    /// It is being asked, and has not answered often enough to be one or the other.
    Initial,
    /// It gets requests.
    Healthy,
    /// It gets none while another is healthy.
    Unhealthy,
    /// It was taken out and finishes what it has.
    Draining,
    /// Nobody is to ask it: it gets requests.
    Unavailable,
}
