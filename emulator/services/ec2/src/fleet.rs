//! What EC2 asks of whoever runs instances, and what it hears from there. An instance is a process where its
//! image names a program; where it names none, nothing is asked, and it does what a computer at rest does.

use std::net::Ipv4Addr;

use kernel::names::{AccountId, Region};
use kernel::trace::CauseId;

/// To be done with an instance once it is durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Start it. That it runs is reported with [`Report::Started`], that it cannot with [`Report::Failed`]. One that runs
    /// already goes on.
    Start(Box<Launch>),
    /// End it: it is asked to, and after a while made to. Its end is reported with [`Report::Ended`].
    Stop {
        /// Which.
        instance_id: String,
    },
    /// End it at once, as a fault does: it is not asked. Its end is reported with [`Report::Ended`].
    Kill {
        /// Which.
        instance_id: String,
    },
}

/// An instance, as whoever runs it must know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// `i-…`
    pub instance_id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// `us-east-1a`
    pub zone: String,
    /// `ami-…`: names the program.
    pub image_id: String,
    /// `t2.medium`
    pub instance_type: String,
    /// Virtual processors of its type.
    pub vcpus: u32,
    /// Memory of its type, in mebibytes.
    pub memory_mib: u64,
    /// Its address in the network.
    pub private_ip: Ipv4Addr,
    /// What it was given to begin with, decoded.
    pub user_data: Vec<u8>,
    /// The ARN of its instance profile.
    pub instance_profile: Option<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// How its metadata is asked for.
    pub metadata: MetadataOptions,
    /// What it is called, for people.
    pub name: Option<String>,
    /// What led to it.
    pub cause: CauseId,
}

/// How an instance's metadata is asked for.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataOptions {
    /// It is answered at all.
    pub is_enabled: bool,
    /// Only with a token (IMDSv2).
    pub needs_token: bool,
    /// Over how many networks an answer goes, 1 to 64.
    pub hop_limit: u8,
    /// Tags of the instance are among it.
    pub shows_tags: bool,
}

/// What is told of instances.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// It runs.
    Started {
        /// Which.
        instance_id: String,
    },
    /// It could not be started.
    Failed {
        /// Which.
        instance_id: String,
        /// Why, for people.
        reason: String,
    },
    /// Its process has ended: as it was asked to, or by itself.
    Ended {
        /// Which.
        instance_id: String,
        /// How, for people: `exit status: 1`, `signal: 9 (SIGKILL)`.
        how: String,
    },
    /// What instances used since the last sample, some seconds ago.
    Sampled(Vec<Sample>),
    /// A zone is lost, as when its power fails: its instances end, and none begins there until it is back.
    ZoneLost {
        /// `us-east-1b`
        zone: String,
        /// It is back after so many seconds; else when that is told.
        for_s: Option<u64>,
    },
    /// A zone that was lost is back.
    ZoneBack {
        /// Which.
        zone: String,
    },
}

/// What an instance used of its type in some seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which.
    pub instance_id: String,
    /// Of its processors, 0 to 100.
    pub cpu_percent: f64,
    /// Of its memory, 0 to 100.
    pub memory_percent: f64,
    /// Of the disk that it lies on, 0 to 100.
    pub disk_percent: f64,
    /// Received, in bytes.
    pub network_in_bytes: u64,
    /// Sent, in bytes.
    pub network_out_bytes: u64,
}
