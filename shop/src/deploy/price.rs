//! What a month costs, line by line.
//!
//! Public on-demand list prices of us-east-1 in US dollars, as published in mid-2026 at
//! `https://aws.amazon.com/SERVICE/pricing/`. Free tiers, taxes and discounts are left out, and what
//! depends on use is listed with its unit price only. Other regions differ by some percent.

use super::plan::Plan;

/// AWS's own month.
const HOURS_A_MONTH: f64 = 730.0;
/// Addresses, one in each of three zones.
const BALANCER_ADDRESSES: u32 = 3;
/// As in the template.
const INSTANCE_DISK_GB: f64 = 10.0;
const DATABASE_STORAGE_GB: f64 = 20.0;
const ALARMS: f64 = 8.0;
const SCALING_ALARMS: f64 = 2.0;
const SECRETS: f64 = 2.0;

/// Linux, on demand, an hour.
const INSTANCES: [(&str, f64); 8] = [
    ("t4g.micro", 0.0084),
    ("t4g.small", 0.0168),
    ("t4g.medium", 0.0336),
    ("t4g.large", 0.0672),
    ("t3.micro", 0.0104),
    ("t3.small", 0.0208),
    ("t3.medium", 0.0416),
    ("t3.large", 0.0832),
];

/// PostgreSQL in one zone, an hour.
const DATABASES: [(&str, f64); 4] = [
    ("db.t4g.micro", 0.016),
    ("db.t4g.small", 0.032),
    ("db.t4g.medium", 0.065),
    ("db.t4g.large", 0.129),
];

/// What is paid by use: unit price and unit.
pub(super) const BY_USE: [(&str, &str); 8] = [
    ("instances", "0.04 (t4g) or 0.05 (t3) a vCPU-hour that they work above their baseline"),
    ("balancer", "0.008 a capacity unit and hour (about 25 new connections a second)"),
    ("data to the internet", "0.09 a GB after the first 100 GB a month"),
    ("pictures", "0.023 a GB and month, 0.005 for 1,000 puts"),
    (
        "resize-image",
        "0.0000133 (arm64) or 0.0000167 (x86_64) a GB-second: about 10,000 photos a dollar",
    ),
    ("update-product", "0.20 a million invocations"),
    ("queues", "0.40 a million requests after the first million; the idle mapping makes some"),
    ("logs", "0.50 a GB"),
];

/// One line of the bill.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) what: String,
    pub(super) quantity: f64,
    pub(super) unit: &'static str,
    /// `None` where the table has no price.
    pub(super) unit_price_usd: Option<f64>,
}

impl Line {
    fn new(what: impl Into<String>, quantity: f64, unit: &'static str, price_usd: f64) -> Self {
        Self { what: what.into(), quantity, unit, unit_price_usd: Some(price_usd) }
    }

    pub(super) fn month_usd(&self) -> Option<f64> {
        Some(self.quantity * self.unit_price_usd?)
    }
}

/// The type of the instances, as the template chooses it.
pub(super) fn instance_type(plan: &Plan) -> &str {
    match (plan.value("InstanceType"), plan.value("Architecture")) {
        ("", "arm64") => "t4g.small",
        ("", _) => "t3.small",
        (named, _) => named,
    }
}

/// A month with as few instances as there may be.
pub(super) fn lines(plan: &Plan) -> Vec<Line> {
    let instances = plan.number("MinSize");
    let count = f64::from(instances);
    let instance = instance_type(plan);
    let class = plan.value("DatabaseClass");
    let copies = if plan.value("DatabaseMultiAz") == "true" { 2.0 } else { 1.0 };
    let hourly = |table: &[(&str, f64)], name: &str| {
        table.iter().find(|(of, _)| *of == name).map(|(_, price)| *price)
    };
    vec![
        Line {
            what: format!("{instances} x {instance}"),
            quantity: count * HOURS_A_MONTH,
            unit: "h",
            unit_price_usd: hourly(&INSTANCES, instance),
        },
        Line::new("their disks (gp3)", count * INSTANCE_DISK_GB, "GB", 0.08),
        Line::new("load balancer", HOURS_A_MONTH, "h", 0.0225),
        Line::new(
            format!("{} public IPv4 addresses", BALANCER_ADDRESSES + instances),
            f64::from(BALANCER_ADDRESSES + instances) * HOURS_A_MONTH,
            "h",
            0.005,
        ),
        Line {
            what: format!("PostgreSQL on {class}"),
            quantity: copies * HOURS_A_MONTH,
            unit: "h",
            unit_price_usd: hourly(&DATABASES, class),
        },
        Line::new("its storage (gp3)", copies * DATABASE_STORAGE_GB, "GB", 0.115),
        Line::new("secrets", SECRETS, "secrets", 0.40),
        Line::new("alarms", ALARMS + SCALING_ALARMS, "alarms", 0.10),
        // EC2's by the minute: seven; the agent's: memory and disk, of each and of all.
        Line::new("metrics", 9.0f64.mul_add(count, 2.0), "metrics", 0.30),
        Line::new("dashboard", 1.0, "dashboard", 3.0),
    ]
}
