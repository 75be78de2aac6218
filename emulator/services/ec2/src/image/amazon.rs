//! Images that are there in every region: Amazon's own and Canonical's that tutorials use, found by their names, and
//! those that have a program here.

use kernel::directory::Home;
use kernel::names::{AccountId, Region};
use serde_json::json;

use super::Image;

/// Owner, alias, name, description, architecture, day, root device, id in us-east-1.
type Row = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const AMAZON: &str = "137112412989";
const CANONICAL: &str = "099720109477";
const WINDOWS: &str = "801119661308";
const SUSE: &str = "013907871322";

const IMAGES: &[Row] = &[
    (
        AMAZON,
        Some("amazon"),
        "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.9.20251117.1 x86_64 HVM kernel-6.1",
        "x86_64",
        "2025-11-17",
        "/dev/xvda",
        "ami-0fa3fe0fa7920f68e",
    ),
    (
        AMAZON,
        Some("amazon"),
        "al2023-ami-2023.9.20251117.1-kernel-6.1-arm64",
        "Amazon Linux 2023 AMI 2023.9.20251117.1 arm64 HVM kernel-6.1",
        "arm64",
        "2025-11-17",
        "/dev/xvda",
        "ami-0f37e3e4e3bd0c4c1",
    ),
    (
        AMAZON,
        Some("amazon"),
        "al2023-ami-minimal-2023.9.20251117.1-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.9.20251117.1 x86_64 Minimal HVM kernel-6.1",
        "x86_64",
        "2025-11-17",
        "/dev/xvda",
        "ami-02b3c03c6fadb6e2c",
    ),
    (
        AMAZON,
        Some("amazon"),
        "amzn2-ami-kernel-5.10-hvm-2.0.20251014.0-x86_64-gp2",
        "Amazon Linux 2 Kernel 5.10 AMI 2.0.20251014.0 x86_64 HVM gp2",
        "x86_64",
        "2025-10-14",
        "/dev/xvda",
        "ami-0c02fb55956c7d316",
    ),
    (
        AMAZON,
        Some("amazon"),
        "amzn2-ami-hvm-2.0.20251014.0-x86_64-gp2",
        "Amazon Linux 2 AMI 2.0.20251014.0 x86_64 HVM gp2",
        "x86_64",
        "2025-10-14",
        "/dev/xvda",
        "ami-0abcdef1234567890",
    ),
    (
        CANONICAL,
        None,
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251015",
        "Canonical, Ubuntu, 22.04, amd64 jammy image",
        "x86_64",
        "2025-10-15",
        "/dev/sda1",
        "ami-0c7217cdde317cfec",
    ),
    (
        CANONICAL,
        None,
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022",
        "Canonical, Ubuntu, 24.04, amd64 noble image",
        "x86_64",
        "2025-10-22",
        "/dev/sda1",
        "ami-0ecb62995f68bb549",
    ),
    (
        CANONICAL,
        None,
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022",
        "Canonical, Ubuntu, 24.04, arm64 noble image",
        "arm64",
        "2025-10-22",
        "/dev/sda1",
        "ami-01b9f1e7dc427266e",
    ),
    (
        WINDOWS,
        Some("amazon"),
        "Windows_Server-2022-English-Full-Base-2025.11.12",
        "Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon",
        "x86_64",
        "2025-11-12",
        "/dev/sda1",
        "ami-0b2f6494ff0b07a0e",
    ),
    (
        WINDOWS,
        Some("amazon"),
        "Windows_Server-2008-R2_SP1-English-64Bit-Base-2017.10.13",
        "Microsoft Windows Server 2008 R2 SP1 Datacenter 64-bit Locale English Base AMI provided by Amazon",
        "x86_64",
        "2017-10-13",
        "/dev/sda1",
        "ami-12c6146b",
    ),
    (
        WINDOWS,
        Some("amazon"),
        "Windows_Server-2016-English-Nano-Base-2017.10.13",
        "Microsoft Windows Server 2016 Nano Locale English AMI provided by Amazon",
        "x86_64",
        "2017-10-13",
        "/dev/sda1",
        "ami-03cf127a",
    ),
    (
        WINDOWS,
        Some("amazon"),
        "Windows_Server-2012-R2_RTM-English-64Bit-SQL_2016_SP1_Standard-2017.10.13",
        "Microsoft Windows Server 2012 R2 RTM 64-bit Locale English with SQL Standard 2016 AMI provided by Amazon",
        "x86_64",
        "2017-10-13",
        "/dev/sda1",
        "ami-f4cf1d8d",
    ),
    (
        SUSE,
        Some("amazon"),
        "suse-sles-11-sp4-v20151207-pv-ssd-x86_64",
        "SUSE Linux Enterprise Server 11 SP4 (PV, 64-bit, SSD-Backed)",
        "x86_64",
        "2015-12-09",
        "/dev/sda1",
        "ami-fa7cdd89",
    ),
];

/// Images that everybody has in a region. Their ids are those of us-east-1 there, and others elsewhere, as on AWS;
/// the old ones of eight digits are the same everywhere.
pub(super) fn images(region: &Region) -> impl Iterator<Item = Image> + '_ {
    IMAGES.iter().map(|row| image(region, row))
}

fn image(region: &Region, (owner, alias, name, description, arch, day, root, id): &Row) -> Image {
    let is_old = id.len() < 20;
    let id = match region.as_str() {
        "us-east-1" => (*id).to_owned(),
        _ if is_old => (*id).to_owned(),
        other => {
            let text = format!("{other}/{name}");
            let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            format!("ami-0{hash:016x}")
        }
    };
    let is_windows = name.starts_with("Windows");
    let size = if is_windows { 30 } else { 8 };
    let snapshot = id.replace("ami-", "snap-");
    let volume = if name.contains("gp2") || is_old { "gp2" } else { "gp3" };
    let mapping = json!({
        "DeviceName": root,
        "Ebs": {
            "DeleteOnTermination": true,
            "SnapshotId": snapshot,
            "VolumeSize": size,
            "VolumeType": volume,
            "Encrypted": false,
        },
    });
    Image {
        home: Home { account: AccountId::parse(owner).unwrap_or_default(), region: region.clone() },
        name: (*name).to_owned(),
        description: Some((*description).to_owned()),
        location: format!("{}/{name}", alias.unwrap_or(owner)),
        architecture: (*arch).to_owned(),
        made: format!("{day}T00:00:00.000Z"),
        is_public: true,
        root_device: Some((*root).to_owned()),
        mappings: vec![mapping],
        virtualization: if name.contains("-pv-") { "paravirtual" } else { "hvm" }.to_owned(),
        has_ena: !is_old,
        sriov: (!is_old).then(|| "simple".to_owned()),
        boot_mode: (!is_old).then(|| "uefi-preferred".to_owned()),
        imds: name.starts_with("al2023").then(|| "v2.0".to_owned()),
        platform: is_windows.then(|| "windows".to_owned()),
        alias: alias.map(str::to_owned),
        id,
        ..Image::default()
    }
}

/// An image that is there because it has a program. It is the account's own in every region.
pub(super) fn of_program(home: &Home, id: &str) -> Image {
    let mapping = json!({
        "DeviceName": "/dev/xvda",
        "Ebs": {
            "DeleteOnTermination": true,
            "SnapshotId": id.replace("ami-", "snap-"),
            "VolumeSize": 8,
            "VolumeType": "gp3",
            "Encrypted": false,
        },
    });
    Image {
        id: id.to_owned(),
        home: home.clone(),
        name: id.to_owned(),
        description: Some("A program of this machine".to_owned()),
        location: format!("{}/{id}", home.account),
        architecture: "x86_64".to_owned(),
        made: "2026-01-01T00:00:00.000Z".to_owned(),
        root_device: Some("/dev/xvda".to_owned()),
        mappings: vec![mapping],
        virtualization: "hvm".to_owned(),
        has_ena: true,
        imds: Some("v2.0".to_owned()),
        ..Image::default()
    }
}
