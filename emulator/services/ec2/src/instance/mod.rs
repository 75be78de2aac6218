//! Instances: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>. One whose image has a
//! program is a process; it is asked for of whoever runs instances ([`crate::fleet`]). Any other is simulated: it runs
//! ten seconds after it was launched, and does nothing.

mod attribute;
mod block_device;
mod change;
mod credit;
mod describe;
mod imaging;
mod interface;
mod lifecycle;
mod outage;
mod profile;
mod request;
mod run;
mod status;
mod usage;

use std::net::Ipv4Addr;

use kernel::directory::{Directory, Home, Instance as Entry, InstanceState};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shelf::entity;

pub use attribute::{
    DescribeInstanceAttributeInput, ModifyInstanceAttributeInput,
    ModifyInstanceMetadataOptionsInput, ResetInstanceAttributeInput,
};
pub use block_device::DescribeVolumesInput;
pub use credit::{DescribeInstanceCreditSpecificationsInput, GetLaunchTemplateDataInput};
pub use describe::DescribeInstancesInput;
pub use imaging::CreateImageInput;
pub use interface::DescribeNetworkInterfacesInput;
pub use lifecycle::{
    MonitorInstancesInput, RebootInstancesInput, StartInstancesInput, StopInstancesInput,
    TerminateInstancesInput, UnmonitorInstancesInput,
};
pub use profile::{
    AssociateIamInstanceProfileInput, DescribeIamInstanceProfileAssociationsInput,
    DisassociateIamInstanceProfileInput, ReplaceIamInstanceProfileAssociationInput,
};
pub use request::RunInstancesInput;
pub use status::{DescribeInstanceStatusInput, GetConsoleOutputInput};
pub(crate) use usage::Used;

/// An instance, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) reservation: String,
    pub(crate) launch_index: u64,
    /// By which service it was launched, where not by a caller.
    pub(crate) requester: Option<String>,
    pub(crate) image: String,
    pub(crate) instance_type: String,
    pub(crate) key_name: Option<String>,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) zone: String,
    pub(crate) zone_id: String,
    pub(crate) private_ip: Ipv4Addr,
    pub(crate) public_ip: Option<Ipv4Addr>,
    /// It gets an address of the world whenever it begins.
    pub(crate) wants_public_ip: bool,
    pub(crate) interface: String,
    pub(crate) attachment: String,
    pub(crate) mac: String,
    pub(crate) security_groups: Vec<String>,
    pub(crate) state: InstanceState,
    /// Since when it is in this state.
    pub(crate) since: Timestamp,
    /// Code and text of `StateReason`.
    pub(crate) reason: Option<(String, String)>,
    /// `User initiated (2026-11-30 12:00:00 GMT)`
    pub(crate) transition_reason: String,
    pub(crate) launched: Timestamp,
    /// In base64.
    pub(crate) user_data: Option<String>,
    pub(crate) profile: Option<Profile>,
    pub(crate) is_monitored: bool,
    pub(crate) metadata: Metadata,
    pub(crate) volumes: Vec<Volume>,
    pub(crate) root_device: String,
    pub(crate) source_dest_check: bool,
    pub(crate) keeps_from_termination: bool,
    pub(crate) keeps_from_stop: bool,
    /// `stop` or `terminate`
    pub(crate) shutdown_behavior: String,
    pub(crate) ebs_optimized: bool,
    /// `standard` or `unlimited`, of a type that has credits.
    pub(crate) cpu_credits: Option<String>,
    pub(crate) client_token: Option<String>,
    /// What a repeated call with the same token has to be like.
    pub(crate) token_of: Option<String>,
    pub(crate) template: Option<(String, u64)>,
    pub(crate) tenancy: String,
    /// What is kept of the request and shown as it was given.
    pub(crate) kept: Value,
    /// No program stands behind it.
    pub(crate) is_simulated: bool,
}

/// The instance profile of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) association: String,
    pub(crate) since: Timestamp,
}

/// How an instance's metadata is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub(crate) is_enabled: bool,
    pub(crate) needs_token: bool,
    pub(crate) hop_limit: u8,
    pub(crate) shows_tags: bool,
    pub(crate) ipv6: bool,
}

/// A volume of an instance: it is only told of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    pub(crate) id: String,
    pub(crate) device: String,
    pub(crate) attached: Timestamp,
    pub(crate) goes_with_instance: bool,
    pub(crate) size_gib: i64,
    pub(crate) kind: String,
    pub(crate) is_encrypted: bool,
    pub(crate) snapshot: Option<String>,
    pub(crate) iops: Option<i64>,
    pub(crate) throughput: Option<i64>,
}

entity! { Instance in instances; "i-", "instance ID", "InstanceId", INVALID_INSTANCE_ID_NOT_FOUND, INVALID_INSTANCE_ID_MALFORMED;
    fn enter(&self, directory: &mut Directory) {
        let entry = Entry {
            home: self.home.clone(),
            vpc: self.vpc.clone(),
            subnet: self.subnet.clone(),
            zone: self.zone.clone(),
            private_ip: self.private_ip,
            security_groups: self.security_groups.clone(),
            instance_type: self.instance_type.clone(),
            image: self.image.clone(),
            launch_template: self.template.clone(),
            state: self.state,
            launched: self.launched,
            is_monitored: self.is_monitored,
        };
        directory.instances.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.instances.remove(id);
    }
}

impl Instance {
    /// It has an address of its network: it is not terminated.
    pub(crate) fn holds_address(&self) -> bool {
        self.state != InstanceState::Terminated
    }

    pub(crate) fn has_public_address(&self) -> bool {
        self.holds_address() && self.public_ip.is_some()
    }

    pub(crate) fn is_in_group(&self, group: &str) -> bool {
        self.holds_address() && self.security_groups.iter().any(|own| own == group)
    }
}
