//! Types of instances: what they have. <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::zone::zones;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeInstanceTypesInput { instance_types: Vec<String>, filters: Vec<Filter>, max_results: Option<i64>, next_token: Option<String> }
    DescribeInstanceTypeOfferingsInput { location_type: Option<String>, filters: Vec<Filter>, max_results: Option<i64>, next_token: Option<String> }
}

/// A type, and what it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InstanceType {
    /// `t3.micro`
    pub name: &'static str,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory, in mebibytes.
    pub memory_mib: u64,
    /// How many processors it may use all the time, of one (`0.1`: a tenth); nothing where it may use all.
    pub baseline: Option<f64>,
    network: &'static str,
    interfaces: u32,
    addresses: u32,
}

/// A family: architecture, generation of the hypervisor, clock in GHz, threads of a core, whether it is sold anew.
struct Family {
    name: &'static str,
    architecture: &'static str,
    hypervisor: &'static str,
    maker: &'static str,
    clock_ghz: f64,
    threads: u32,
    is_current: bool,
}

const fn family(
    name: &'static str,
    maker: &'static str,
    hypervisor: &'static str,
    clock_ghz: f64,
    is_current: bool,
) -> Family {
    let is_arm = matches!(maker.as_bytes(), b"AWS");
    let is_of_whole_cores = is_arm || matches!(name.as_bytes(), b"t1" | b"t2" | b"m1");
    Family {
        name,
        architecture: if is_arm { "arm64" } else { "x86_64" },
        hypervisor,
        maker,
        clock_ghz,
        threads: if is_of_whole_cores { 1 } else { 2 },
        is_current,
    }
}

const FAMILIES: &[Family] = &[
    family("t1", "Intel", "xen", 2.0, false),
    family("t2", "Intel", "xen", 2.5, true),
    family("t3", "Intel", "nitro", 2.5, true),
    family("t3a", "AMD", "nitro", 2.2, true),
    family("t4g", "AWS", "nitro", 2.5, true),
    family("m1", "Intel", "xen", 2.0, false),
    family("m3", "Intel", "xen", 2.5, false),
    family("m4", "Intel", "xen", 2.4, false),
    family("m5", "Intel", "nitro", 3.1, false),
    family("m5a", "AMD", "nitro", 2.5, true),
    family("m6i", "Intel", "nitro", 3.5, false),
    family("m6g", "AWS", "nitro", 2.5, true),
    family("m7i", "Intel", "nitro", 3.2, true),
    family("m7g", "AWS", "nitro", 2.6, true),
    family("c3", "Intel", "xen", 2.8, false),
    family("c4", "Intel", "xen", 2.9, false),
    family("c5", "Intel", "nitro", 3.4, false),
    family("c6i", "Intel", "nitro", 3.5, true),
    family("c6g", "AWS", "nitro", 2.5, true),
    family("c7g", "AWS", "nitro", 2.6, true),
    family("r4", "Intel", "xen", 2.3, false),
    family("r5", "Intel", "nitro", 3.1, false),
    family("r6i", "Intel", "nitro", 3.5, false),
    family("r6g", "AWS", "nitro", 2.5, true),
];

macro_rules! types {
    ($( $name:literal $vcpus:literal $memory:literal $baseline:expr, $network:literal $interfaces:literal $addresses:literal; )*) => {
        &[$( InstanceType {
            name: $name,
            vcpus: $vcpus,
            memory_mib: $memory,
            baseline: $baseline,
            network: $network,
            interfaces: $interfaces,
            addresses: $addresses,
        }, )*]
    };
}

const TYPES: &[InstanceType] = types! {
    "t1.micro" 1 627 None, "Very Low" 2 2;
    "t2.nano" 1 512 Some(0.05), "Low to Moderate" 2 2;
    "t2.micro" 1 1024 Some(0.1), "Low to Moderate" 2 2;
    "t2.small" 1 2048 Some(0.2), "Low to Moderate" 3 4;
    "t2.medium" 2 4096 Some(0.2), "Low to Moderate" 3 6;
    "t2.large" 2 8192 Some(0.3), "Low to Moderate" 3 12;
    "t2.xlarge" 4 16384 Some(0.225), "Moderate" 3 15;
    "t2.2xlarge" 8 32768 Some(0.17), "Moderate" 3 15;
    "t3.nano" 2 512 Some(0.05), "Up to 5 Gigabit" 2 2;
    "t3.micro" 2 1024 Some(0.1), "Up to 5 Gigabit" 2 2;
    "t3.small" 2 2048 Some(0.2), "Up to 5 Gigabit" 3 4;
    "t3.medium" 2 4096 Some(0.2), "Up to 5 Gigabit" 3 6;
    "t3.large" 2 8192 Some(0.3), "Up to 5 Gigabit" 3 12;
    "t3.xlarge" 4 16384 Some(0.4), "Up to 5 Gigabit" 4 15;
    "t3.2xlarge" 8 32768 Some(0.4), "Up to 5 Gigabit" 4 15;
    "t3a.nano" 2 512 Some(0.05), "Up to 5 Gigabit" 2 2;
    "t3a.micro" 2 1024 Some(0.1), "Up to 5 Gigabit" 2 2;
    "t3a.small" 2 2048 Some(0.2), "Up to 5 Gigabit" 2 4;
    "t3a.medium" 2 4096 Some(0.2), "Up to 5 Gigabit" 3 6;
    "t3a.large" 2 8192 Some(0.3), "Up to 5 Gigabit" 3 12;
    "t3a.xlarge" 4 16384 Some(0.4), "Up to 5 Gigabit" 4 15;
    "t3a.2xlarge" 8 32768 Some(0.4), "Up to 5 Gigabit" 4 15;
    "t4g.nano" 2 512 Some(0.05), "Up to 5 Gigabit" 2 2;
    "t4g.micro" 2 1024 Some(0.1), "Up to 5 Gigabit" 2 2;
    "t4g.small" 2 2048 Some(0.2), "Up to 5 Gigabit" 3 4;
    "t4g.medium" 2 4096 Some(0.2), "Up to 5 Gigabit" 3 6;
    "t4g.large" 2 8192 Some(0.3), "Up to 5 Gigabit" 3 12;
    "t4g.xlarge" 4 16384 Some(0.4), "Up to 5 Gigabit" 4 15;
    "t4g.2xlarge" 8 32768 Some(0.4), "Up to 5 Gigabit" 4 15;
    "m1.small" 1 1740 None, "Low" 2 4;
    "m1.medium" 1 3788 None, "Moderate" 2 6;
    "m1.large" 2 7680 None, "Moderate" 3 10;
    "m1.xlarge" 4 15360 None, "High" 4 15;
    "m3.medium" 1 3840 None, "Moderate" 2 6;
    "m3.large" 2 7680 None, "Moderate" 3 10;
    "m3.xlarge" 4 15360 None, "High" 4 15;
    "m3.2xlarge" 8 30720 None, "High" 4 30;
    "m4.large" 2 8192 None, "Moderate" 2 10;
    "m4.xlarge" 4 16384 None, "High" 4 15;
    "m4.2xlarge" 8 32768 None, "High" 4 15;
    "m4.4xlarge" 16 65536 None, "High" 8 30;
    "m4.10xlarge" 40 163840 None, "10 Gigabit" 8 30;
    "m4.16xlarge" 64 262144 None, "25 Gigabit" 8 30;
    "m5.large" 2 8192 None, "Up to 10 Gigabit" 3 10;
    "m5.xlarge" 4 16384 None, "Up to 10 Gigabit" 4 15;
    "m5.2xlarge" 8 32768 None, "Up to 10 Gigabit" 4 15;
    "m5.4xlarge" 16 65536 None, "Up to 10 Gigabit" 8 30;
    "m5.8xlarge" 32 131072 None, "10 Gigabit" 8 30;
    "m5.12xlarge" 48 196608 None, "12 Gigabit" 8 30;
    "m5.16xlarge" 64 262144 None, "20 Gigabit" 15 50;
    "m5.24xlarge" 96 393216 None, "25 Gigabit" 15 50;
    "m5a.large" 2 8192 None, "Up to 10 Gigabit" 3 10;
    "m5a.xlarge" 4 16384 None, "Up to 10 Gigabit" 4 15;
    "m5a.2xlarge" 8 32768 None, "Up to 10 Gigabit" 4 15;
    "m5a.4xlarge" 16 65536 None, "Up to 10 Gigabit" 8 30;
    "m5a.8xlarge" 32 131072 None, "Up to 10 Gigabit" 8 30;
    "m5a.12xlarge" 48 196608 None, "10 Gigabit" 8 30;
    "m5a.16xlarge" 64 262144 None, "12 Gigabit" 15 50;
    "m5a.24xlarge" 96 393216 None, "20 Gigabit" 15 50;
    "m6i.large" 2 8192 None, "Up to 12.5 Gigabit" 3 10;
    "m6i.xlarge" 4 16384 None, "Up to 12.5 Gigabit" 4 15;
    "m6i.2xlarge" 8 32768 None, "Up to 12.5 Gigabit" 4 15;
    "m6i.4xlarge" 16 65536 None, "Up to 12.5 Gigabit" 8 30;
    "m6i.8xlarge" 32 131072 None, "12.5 Gigabit" 8 30;
    "m6i.12xlarge" 48 196608 None, "18.75 Gigabit" 8 30;
    "m6i.16xlarge" 64 262144 None, "25 Gigabit" 15 50;
    "m6i.24xlarge" 96 393216 None, "37.5 Gigabit" 15 50;
    "m6i.32xlarge" 128 524288 None, "50 Gigabit" 15 50;
    "m6g.medium" 1 4096 None, "Up to 10 Gigabit" 2 4;
    "m6g.large" 2 8192 None, "Up to 10 Gigabit" 3 10;
    "m6g.xlarge" 4 16384 None, "Up to 10 Gigabit" 4 15;
    "m6g.2xlarge" 8 32768 None, "Up to 10 Gigabit" 4 15;
    "m6g.4xlarge" 16 65536 None, "Up to 10 Gigabit" 8 30;
    "m6g.8xlarge" 32 131072 None, "12 Gigabit" 8 30;
    "m6g.12xlarge" 48 196608 None, "20 Gigabit" 8 30;
    "m6g.16xlarge" 64 262144 None, "25 Gigabit" 15 50;
    "m7i.large" 2 8192 None, "Up to 12.5 Gigabit" 3 10;
    "m7i.xlarge" 4 16384 None, "Up to 12.5 Gigabit" 4 15;
    "m7i.2xlarge" 8 32768 None, "Up to 12.5 Gigabit" 4 15;
    "m7i.4xlarge" 16 65536 None, "Up to 12.5 Gigabit" 8 30;
    "m7i.8xlarge" 32 131072 None, "12.5 Gigabit" 8 30;
    "m7i.12xlarge" 48 196608 None, "18.75 Gigabit" 8 30;
    "m7i.16xlarge" 64 262144 None, "25 Gigabit" 15 50;
    "m7i.24xlarge" 96 393216 None, "37.5 Gigabit" 15 50;
    "m7i.48xlarge" 192 786432 None, "50 Gigabit" 15 50;
    "m7g.medium" 1 4096 None, "Up to 12.5 Gigabit" 2 4;
    "m7g.large" 2 8192 None, "Up to 12.5 Gigabit" 3 10;
    "m7g.xlarge" 4 16384 None, "Up to 12.5 Gigabit" 4 15;
    "m7g.2xlarge" 8 32768 None, "Up to 15 Gigabit" 4 15;
    "m7g.4xlarge" 16 65536 None, "Up to 15 Gigabit" 8 30;
    "m7g.8xlarge" 32 131072 None, "15 Gigabit" 8 30;
    "m7g.12xlarge" 48 196608 None, "22.5 Gigabit" 8 30;
    "m7g.16xlarge" 64 262144 None, "30 Gigabit" 15 50;
    "c3.large" 2 3840 None, "Moderate" 3 10;
    "c3.xlarge" 4 7680 None, "Moderate" 4 15;
    "c3.2xlarge" 8 15360 None, "High" 4 15;
    "c3.4xlarge" 16 30720 None, "High" 8 30;
    "c3.8xlarge" 32 61440 None, "10 Gigabit" 8 30;
    "c4.large" 2 3840 None, "Moderate" 3 10;
    "c4.xlarge" 4 7680 None, "High" 4 15;
    "c4.2xlarge" 8 15360 None, "High" 4 15;
    "c4.4xlarge" 16 30720 None, "High" 8 30;
    "c4.8xlarge" 36 61440 None, "10 Gigabit" 8 30;
    "c5.large" 2 4096 None, "Up to 10 Gigabit" 3 10;
    "c5.xlarge" 4 8192 None, "Up to 10 Gigabit" 4 15;
    "c5.2xlarge" 8 16384 None, "Up to 10 Gigabit" 4 15;
    "c5.4xlarge" 16 32768 None, "Up to 10 Gigabit" 8 30;
    "c5.9xlarge" 36 73728 None, "12 Gigabit" 8 30;
    "c5.12xlarge" 48 98304 None, "12 Gigabit" 8 30;
    "c5.18xlarge" 72 147456 None, "25 Gigabit" 15 50;
    "c5.24xlarge" 96 196608 None, "25 Gigabit" 15 50;
    "c6i.large" 2 4096 None, "Up to 12.5 Gigabit" 3 10;
    "c6i.xlarge" 4 8192 None, "Up to 12.5 Gigabit" 4 15;
    "c6i.2xlarge" 8 16384 None, "Up to 12.5 Gigabit" 4 15;
    "c6i.4xlarge" 16 32768 None, "Up to 12.5 Gigabit" 8 30;
    "c6i.8xlarge" 32 65536 None, "12.5 Gigabit" 8 30;
    "c6i.12xlarge" 48 98304 None, "18.75 Gigabit" 8 30;
    "c6i.16xlarge" 64 131072 None, "25 Gigabit" 15 50;
    "c6i.24xlarge" 96 196608 None, "37.5 Gigabit" 15 50;
    "c6i.32xlarge" 128 262144 None, "50 Gigabit" 15 50;
    "c6g.medium" 1 2048 None, "Up to 10 Gigabit" 2 4;
    "c6g.large" 2 4096 None, "Up to 10 Gigabit" 3 10;
    "c6g.xlarge" 4 8192 None, "Up to 10 Gigabit" 4 15;
    "c6g.2xlarge" 8 16384 None, "Up to 10 Gigabit" 4 15;
    "c6g.4xlarge" 16 32768 None, "Up to 10 Gigabit" 8 30;
    "c6g.8xlarge" 32 65536 None, "12 Gigabit" 8 30;
    "c6g.12xlarge" 48 98304 None, "20 Gigabit" 8 30;
    "c6g.16xlarge" 64 131072 None, "25 Gigabit" 15 50;
    "c7g.medium" 1 2048 None, "Up to 12.5 Gigabit" 2 4;
    "c7g.large" 2 4096 None, "Up to 12.5 Gigabit" 3 10;
    "c7g.xlarge" 4 8192 None, "Up to 12.5 Gigabit" 4 15;
    "c7g.2xlarge" 8 16384 None, "Up to 15 Gigabit" 4 15;
    "c7g.4xlarge" 16 32768 None, "Up to 15 Gigabit" 8 30;
    "c7g.8xlarge" 32 65536 None, "15 Gigabit" 8 30;
    "c7g.12xlarge" 48 98304 None, "22.5 Gigabit" 8 30;
    "c7g.16xlarge" 64 131072 None, "30 Gigabit" 15 50;
    "r4.large" 2 15616 None, "Up to 10 Gigabit" 3 10;
    "r4.xlarge" 4 31232 None, "Up to 10 Gigabit" 4 15;
    "r4.2xlarge" 8 62464 None, "Up to 10 Gigabit" 4 15;
    "r4.4xlarge" 16 124928 None, "Up to 10 Gigabit" 8 30;
    "r4.8xlarge" 32 249856 None, "10 Gigabit" 8 30;
    "r4.16xlarge" 64 499712 None, "25 Gigabit" 15 50;
    "r5.large" 2 16384 None, "Up to 10 Gigabit" 3 10;
    "r5.xlarge" 4 32768 None, "Up to 10 Gigabit" 4 15;
    "r5.2xlarge" 8 65536 None, "Up to 10 Gigabit" 4 15;
    "r5.4xlarge" 16 131072 None, "Up to 10 Gigabit" 8 30;
    "r5.8xlarge" 32 262144 None, "10 Gigabit" 8 30;
    "r5.12xlarge" 48 393216 None, "12 Gigabit" 8 30;
    "r5.16xlarge" 64 524288 None, "20 Gigabit" 15 50;
    "r5.24xlarge" 96 786432 None, "25 Gigabit" 15 50;
    "r6i.large" 2 16384 None, "Up to 12.5 Gigabit" 3 10;
    "r6i.xlarge" 4 32768 None, "Up to 12.5 Gigabit" 4 15;
    "r6i.2xlarge" 8 65536 None, "Up to 12.5 Gigabit" 4 15;
    "r6i.4xlarge" 16 131072 None, "Up to 12.5 Gigabit" 8 30;
    "r6i.8xlarge" 32 262144 None, "12.5 Gigabit" 8 30;
    "r6i.12xlarge" 48 393216 None, "18.75 Gigabit" 8 30;
    "r6i.16xlarge" 64 524288 None, "25 Gigabit" 15 50;
    "r6i.24xlarge" 96 786432 None, "37.5 Gigabit" 15 50;
    "r6i.32xlarge" 128 1048576 None, "50 Gigabit" 15 50;
    "r6g.medium" 1 8192 None, "Up to 10 Gigabit" 2 4;
    "r6g.large" 2 16384 None, "Up to 10 Gigabit" 3 10;
    "r6g.xlarge" 4 32768 None, "Up to 10 Gigabit" 4 15;
    "r6g.2xlarge" 8 65536 None, "Up to 10 Gigabit" 4 15;
    "r6g.4xlarge" 16 131072 None, "Up to 10 Gigabit" 8 30;
    "r6g.8xlarge" 32 262144 None, "12 Gigabit" 8 30;
    "r6g.12xlarge" 48 393216 None, "20 Gigabit" 8 30;
    "r6g.16xlarge" 64 524288 None, "25 Gigabit" 15 50;
};

impl InstanceType {
    /// The type of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().find(|it| it.name == name).copied()
    }

    fn family(&self) -> &'static Family {
        let name = self.name.split('.').next().unwrap_or_default();
        // Every type is of a family of the table: a test looks.
        FAMILIES.iter().find(|it| it.name == name).unwrap_or(&FAMILIES[0])
    }

    /// Its cores, and the threads of each.
    pub(crate) fn cores(&self) -> (u32, u32) {
        let cores = (self.vcpus / self.family().threads).max(1);
        (cores, self.vcpus / cores)
    }

    /// `x86_64`
    pub(crate) fn architecture(&self) -> &'static str {
        self.family().architecture
    }

    /// Credits that it earns in an hour, at most for a day.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>
    pub(crate) fn credits_an_hour(&self) -> Option<f64> {
        // The share is of each of its processors; a credit is one of them for a minute.
        self.baseline.map(|share| share * f64::from(self.vcpus) * 60.0)
    }

    /// How credits are where nothing is said: those of t2 end, those of later ones are bought.
    pub(crate) fn default_credits(&self) -> Option<&'static str> {
        self.baseline?;
        Some(if self.name.starts_with("t2.") { "standard" } else { "unlimited" })
    }

    fn row(&self) -> Value {
        let family = self.family();
        let is_nitro = family.hypervisor == "nitro";
        let is_free = ["t2.micro", "t3.micro", "t4g.small"].contains(&self.name);
        let is_of_old_network = ["t1", "t2", "m1", "m3", "c3"].contains(&family.name);
        let strategies = match family.name.starts_with('t') || ["m1", "m3"].contains(&family.name) {
            true => vec!["partition", "spread"],
            false => vec!["cluster", "partition", "spread"],
        };
        json!({
            "InstanceType": self.name,
            "CurrentGeneration": family.is_current,
            "FreeTierEligible": is_free,
            "SupportedUsageClasses": ["on-demand", "spot"],
            "SupportedRootDeviceTypes": ["ebs"],
            "SupportedVirtualizationTypes": ["hvm"],
            "BareMetal": false,
            "Hypervisor": family.hypervisor,
            "ProcessorInfo": {
                "SupportedArchitectures": match family.name {
                    "t2" | "t1" | "m1" => vec!["i386", "x86_64"],
                    _ => vec![family.architecture],
                },
                "SustainedClockSpeedInGhz": family.clock_ghz,
                "Manufacturer": family.maker,
            },
            "VCpuInfo": self.processors(),
            "MemoryInfo": {"SizeInMiB": self.memory_mib},
            "InstanceStorageSupported": false,
            "EbsInfo": {
                "EbsOptimizedSupport": if is_of_old_network { "unsupported" } else { "default" },
                "EncryptionSupport": "supported",
                "NvmeSupport": if is_nitro { "required" } else { "unsupported" },
            },
            "NetworkInfo": self.network_row(),
            "PlacementGroupInfo": {"SupportedStrategies": strategies},
            "HibernationSupported": !["t1", "m1"].contains(&family.name) && self.memory_mib <= 153_600,
            "BurstablePerformanceSupported": self.baseline.is_some(),
            "DedicatedHostsSupported": !["t1", "t2", "m1", "t3a", "t4g", "m5a"].contains(&family.name),
            "AutoRecoverySupported": true,
            "SupportedBootModes": match (is_nitro, family.architecture) {
                (false, _) => vec!["legacy-bios"],
                (true, "arm64") => vec!["uefi"],
                (true, _) => vec!["legacy-bios", "uefi"],
            },
            "NitroEnclavesSupport": "unsupported",
            "NitroTpmSupport": if is_nitro { "supported" } else { "unsupported" },
        })
    }

    /// Cores and threads can be chosen where there are several, and not of the oldest.
    fn processors(&self) -> Value {
        let (cores, threads) = self.cores();
        let mut row = json!({
            "DefaultVCpus": self.vcpus,
            "DefaultCores": cores,
            "DefaultThreadsPerCore": threads,
        });
        if self.vcpus > 1 && !["t1", "t2", "m1"].contains(&self.family().name) {
            let cores = (1..=cores).filter(|it| *it == cores || it.is_power_of_two());
            row["ValidCores"] = cores.collect();
            row["ValidThreadsPerCore"] = (1..=threads).collect();
        }
        row
    }

    fn network_row(&self) -> Value {
        let family = self.family();
        let ena = match (family.hypervisor, family.name, self.name) {
            ("nitro", ..) => "required",
            (_, "r4", _) | (_, _, "m4.16xlarge") => "supported",
            _ => "unsupported",
        };
        json!({
            "NetworkPerformance": self.network,
            "MaximumNetworkInterfaces": self.interfaces,
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "NetworkCards": [{
                "NetworkCardIndex": 0,
                "NetworkPerformance": self.network,
                "MaximumNetworkInterfaces": self.interfaces,
            }],
            "Ipv4AddressesPerInterface": self.addresses,
            "Ipv6AddressesPerInterface": self.addresses,
            "Ipv6Supported": true,
            "EnaSupport": ena,
            "EfaSupported": false,
            "EncryptionInTransitSupported": false,
        })
    }
}

const FILTERS: Filters = &[
    ("auto-recovery-supported", "AutoRecoverySupported"),
    ("bare-metal", "BareMetal"),
    ("burstable-performance-supported", "BurstablePerformanceSupported"),
    ("current-generation", "CurrentGeneration"),
    ("dedicated-hosts-supported", "DedicatedHostsSupported"),
    ("ebs-info.attachment-limit-type", "EbsInfo.AttachmentLimitType"),
    ("ebs-info.maximum-ebs-attachments", "EbsInfo.MaximumEbsAttachments"),
    (
        "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
        "EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps",
    ),
    ("ebs-info.ebs-optimized-info.baseline-iops", "EbsInfo.EbsOptimizedInfo.BaselineIops"),
    (
        "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
        "EbsInfo.EbsOptimizedInfo.BaselineThroughputInMBps",
    ),
    (
        "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
        "EbsInfo.EbsOptimizedInfo.MaximumBandwidthInMbps",
    ),
    ("ebs-info.ebs-optimized-info.maximum-iops", "EbsInfo.EbsOptimizedInfo.MaximumIops"),
    (
        "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
        "EbsInfo.EbsOptimizedInfo.MaximumThroughputInMBps",
    ),
    ("ebs-info.ebs-optimized-support", "EbsInfo.EbsOptimizedSupport"),
    ("ebs-info.encryption-support", "EbsInfo.EncryptionSupport"),
    ("ebs-info.nvme-support", "EbsInfo.NvmeSupport"),
    ("free-tier-eligible", "FreeTierEligible"),
    ("hibernation-supported", "HibernationSupported"),
    ("hypervisor", "Hypervisor"),
    ("instance-storage-info.disk.count", "InstanceStorageInfo.Disks.Count"),
    ("instance-storage-info.disk.size-in-gb", "InstanceStorageInfo.Disks.SizeInGB"),
    ("instance-storage-info.disk.type", "InstanceStorageInfo.Disks.Type"),
    ("instance-storage-info.encryption-support", "InstanceStorageInfo.EncryptionSupport"),
    ("instance-storage-info.nvme-support", "InstanceStorageInfo.NvmeSupport"),
    ("instance-storage-info.total-size-in-gb", "InstanceStorageInfo.TotalSizeInGB"),
    ("instance-storage-supported", "InstanceStorageSupported"),
    ("instance-type", "InstanceType"),
    ("memory-info.size-in-mib", "MemoryInfo.SizeInMiB"),
    ("network-info.bandwidth-weightings", "NetworkInfo.BandwidthWeightings"),
    ("network-info.efa-info.maximum-efa-interfaces", "NetworkInfo.EfaInfo.MaximumEfaInterfaces"),
    ("network-info.efa-supported", "NetworkInfo.EfaSupported"),
    ("network-info.ena-support", "NetworkInfo.EnaSupport"),
    ("network-info.flexible-ena-queues-support", "NetworkInfo.FlexibleEnaQueuesSupport"),
    ("network-info.encryption-in-transit-supported", "NetworkInfo.EncryptionInTransitSupported"),
    ("network-info.ipv4-addresses-per-interface", "NetworkInfo.Ipv4AddressesPerInterface"),
    ("network-info.ipv6-addresses-per-interface", "NetworkInfo.Ipv6AddressesPerInterface"),
    ("network-info.ipv6-supported", "NetworkInfo.Ipv6Supported"),
    ("network-info.maximum-network-cards", "NetworkInfo.MaximumNetworkCards"),
    ("network-info.maximum-network-interfaces", "NetworkInfo.MaximumNetworkInterfaces"),
    ("network-info.network-performance", "NetworkInfo.NetworkPerformance"),
    ("nitro-enclaves-support", "NitroEnclavesSupport"),
    ("nitro-tpm-support", "NitroTpmSupport"),
    ("nitro-tpm-info.supported-versions", "NitroTpmInfo.SupportedVersions"),
    ("processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"),
    ("processor-info.sustained-clock-speed-in-ghz", "ProcessorInfo.SustainedClockSpeedInGhz"),
    ("processor-info.supported-features", "ProcessorInfo.SupportedFeatures"),
    ("reboot-migration-support", "RebootMigrationSupport"),
    ("supported-boot-mode", "SupportedBootModes"),
    ("supported-root-device-type", "SupportedRootDeviceTypes"),
    ("supported-usage-class", "SupportedUsageClasses"),
    ("supported-virtualization-type", "SupportedVirtualizationTypes"),
    ("vcpu-info.default-cores", "VCpuInfo.DefaultCores"),
    ("vcpu-info.default-threads-per-core", "VCpuInfo.DefaultThreadsPerCore"),
    ("vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus"),
    ("vcpu-info.valid-cores", "VCpuInfo.ValidCores"),
    ("vcpu-info.valid-threads-per-core", "VCpuInfo.ValidThreadsPerCore"),
];

const OFFERING_FILTERS: Filters = &[("instance-type", "InstanceType"), ("location", "Location")];

impl Ec2 {
    pub(crate) fn describe_instance_types(
        &self,
        input: &DescribeInstanceTypesInput,
    ) -> Result<Answer, ApiError> {
        let names = &input.instance_types;
        let unknown: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| InstanceType::named(name).is_none())
            .collect();
        if !unknown.is_empty() {
            return Err(errors::INVALID_INSTANCE_TYPE.says(format!(
                "The following supplied instance types do not exist: [{}]",
                unknown.join(", ")
            )));
        }
        let is_asked =
            |it: &&InstanceType| names.is_empty() || names.iter().any(|own| own == it.name);
        let mut rows: Vec<_> =
            TYPES.iter().filter(is_asked).map(|it| (it.name.to_owned(), it.row())).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!names.is_empty()).then_some("instanceTypes"),
            ..Page::default()
        };
        listing("InstanceTypes", select(rows, &input.filters, FILTERS)?, page)
    }

    /// Every type is there in every zone.
    pub(crate) fn describe_instance_type_offerings(
        &self,
        origin: &Origin,
        input: &DescribeInstanceTypeOfferingsInput,
    ) -> Result<Answer, ApiError> {
        let kind = input.location_type.as_deref().unwrap_or("region");
        let region = &origin.region;
        let locations: Vec<String> = match kind {
            "region" => vec![region.to_string()],
            "availability-zone" => zones(region).into_iter().map(|zone| zone.name).collect(),
            "availability-zone-id" => zones(region).into_iter().map(|zone| zone.id).collect(),
            "outpost" => Vec::new(),
            other => {
                return Err(errors::INVALID_PARAMETER_VALUE
                    .says(format!("Invalid value '{other}' for location-type.")));
            }
        };
        let row = |it: &InstanceType, location: &String| {
            let row = json!({"InstanceType": it.name, "LocationType": kind, "Location": location});
            (format!("{} {location}", it.name), row)
        };
        let mut rows: Vec<_> = TYPES
            .iter()
            .flat_map(|it| locations.iter().map(move |location| row(it, location)))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Page::default()
        };
        listing("InstanceTypeOfferings", select(rows, &input.filters, OFFERING_FILTERS)?, page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_of_a_family() {
        for it in TYPES {
            assert!(it.name.starts_with(&format!("{}.", it.family().name)), "{}", it.name);
        }
    }
}
