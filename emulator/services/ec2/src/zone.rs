//! Regions and zones. <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::Region;
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeRegionsInput { region_names: Vec<String>, all_regions: Option<bool>, filters: Vec<Filter> }
    DescribeAvailabilityZonesInput { zone_names: Vec<String>, zone_ids: Vec<String>, all_availability_zones: Option<bool>, filters: Vec<Filter> }
}

/// A region: its name, what its zones' ids begin with, the letters of its zones, and whether accounts have it
/// without asking.
type Row = (&'static str, &'static str, &'static str, bool);

const REGIONS: &[Row] = &[
    ("af-south-1", "afs1", "abc", false),
    ("ap-east-1", "ape1", "abc", false),
    ("ap-northeast-1", "apne1", "acd", true),
    ("ap-northeast-2", "apne2", "abcd", true),
    ("ap-northeast-3", "apne3", "abc", true),
    ("ap-south-1", "aps1", "abc", true),
    ("ap-south-2", "aps2", "abc", false),
    ("ap-southeast-1", "apse1", "abc", true),
    ("ap-southeast-2", "apse2", "abc", true),
    ("ap-southeast-3", "apse3", "abc", false),
    ("ap-southeast-4", "apse4", "abc", false),
    ("ap-southeast-5", "apse5", "abc", false),
    ("ap-southeast-7", "apse7", "abc", false),
    ("ca-central-1", "cac1", "abd", true),
    ("ca-west-1", "caw1", "abc", false),
    ("eu-central-1", "euc1", "abc", true),
    ("eu-central-2", "euc2", "abc", false),
    ("eu-north-1", "eun1", "abc", true),
    ("eu-south-1", "eus1", "abc", false),
    ("eu-south-2", "eus2", "abc", false),
    ("eu-west-1", "euw1", "abc", true),
    ("eu-west-2", "euw2", "abc", true),
    ("eu-west-3", "euw3", "abc", true),
    ("il-central-1", "ilc1", "abc", false),
    ("me-central-1", "mec1", "abc", false),
    ("me-south-1", "mes1", "abc", false),
    ("mx-central-1", "mxc1", "abc", false),
    ("sa-east-1", "sae1", "abc", true),
    ("us-east-1", "use1", "abcdef", true),
    ("us-east-2", "use2", "abc", true),
    ("us-west-1", "usw1", "ab", true),
    ("us-west-2", "usw2", "abcd", true),
];

/// The same of regions of AWS's other partitions, which `DescribeRegions` does not tell: what ids begin with.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cn-north-1", "cnn1"),
    ("cn-northwest-1", "cnnw1"),
    ("us-gov-east-1", "usge1"),
    ("us-gov-west-1", "usgw1"),
];

/// A zone of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `us-east-1a`
    pub(crate) name: String,
    /// `use1-az1`. On AWS each account has its own order of them; here it is that of the letters.
    pub(crate) id: String,
}

/// The zones of a region, in order. Any other region than AWS's has three.
pub(crate) fn zones(region: &Region) -> Vec<Zone> {
    let known = REGIONS.iter().find(|(name, ..)| *name == region.as_str());
    let (prefix, letters) = match known {
        Some((_, prefix, letters, _)) => ((*prefix).to_owned(), *letters),
        None => match ELSEWHERE.iter().find(|(name, _)| *name == region.as_str()) {
            Some((_, prefix)) => ((*prefix).to_owned(), "abc"),
            None => (region.as_str().replace('-', ""), "abc"),
        },
    };
    let zone = |letter: char| Zone {
        name: format!("{region}{letter}"),
        id: format!("{prefix}-az{}", u32::from(letter) - u32::from('a') + 1),
    };
    letters.chars().map(zone).collect()
}

/// Whether there is a zone of this name.
#[must_use]
pub fn is_zone(name: &str) -> bool {
    let region = name.get(..name.len().saturating_sub(1)).and_then(Region::parse);
    region.is_some_and(|region| zones(&region).iter().any(|zone| zone.name == name))
}

/// The zone that a call names, by name or id.
pub(crate) fn named(
    region: &Region,
    name: Option<&str>,
    id: Option<&str>,
) -> Result<Option<Zone>, ApiError> {
    let Some(said) = name.or(id) else { return Ok(None) };
    let found = zones(region).into_iter().find(|zone| match name {
        Some(name) => zone.name == name,
        None => zone.id == said,
    });
    let what = if name.is_some() { "availabilityZone" } else { "availabilityZoneId" };
    found.map(Some).ok_or_else(|| {
        let zones: Vec<String> = zones(region).into_iter().map(|zone| zone.name).collect();
        errors::INVALID_PARAMETER_VALUE.says(format!(
            "Value ({said}) for parameter {what} is invalid. Subnets can currently only be created in the following availability zones: {}.",
            zones.join(", ")
        ))
    })
}

const REGION_FILTERS: Filters =
    &[("endpoint", "Endpoint"), ("opt-in-status", "OptInStatus"), ("region-name", "RegionName")];

const ZONE_FILTERS: Filters = &[
    ("group-long-name", "GroupLongName"),
    ("group-name", "GroupName"),
    ("message", "Messages.Message"),
    ("opt-in-status", "OptInStatus"),
    ("parent-zone-id", "ParentZoneId"),
    ("parent-zone-name", "ParentZoneName"),
    ("region-name", "RegionName"),
    ("state", "State"),
    ("zone-id", "ZoneId"),
    ("zone-name", "ZoneName"),
    ("zone-type", "ZoneType"),
];

impl Ec2 {
    pub(crate) fn describe_regions(
        &self,
        input: &DescribeRegionsInput,
    ) -> Result<Answer, ApiError> {
        for name in &input.region_names {
            if !REGIONS.iter().any(|(own, ..)| own == name) {
                return Err(errors::INVALID_PARAMETER_VALUE
                    .says(format!("Invalid region provided: '{name}'")));
            }
        }
        let is_shown = |(name, _, _, is_open): &&Row| match input.region_names.is_empty() {
            true => *is_open || input.all_regions == Some(true),
            false => input.region_names.iter().any(|own| own == name),
        };
        let row = |(name, _, _, is_open): &Row| {
            let status = if *is_open { "opt-in-not-required" } else { "not-opted-in" };
            let endpoint = format!("ec2.{name}.amazonaws.com");
            let row = json!({"RegionName": name, "Endpoint": endpoint, "OptInStatus": status});
            ((*name).to_owned(), row)
        };
        let rows = REGIONS.iter().filter(is_shown).map(row).collect();
        listing("Regions", select(rows, &input.filters, REGION_FILTERS)?, Page::default())
    }

    pub(crate) fn describe_availability_zones(
        &self,
        origin: &Origin,
        input: &DescribeAvailabilityZonesInput,
    ) -> Result<Answer, ApiError> {
        let region = &origin.region;
        let all = zones(region);
        for name in input.zone_names.iter().chain(&input.zone_ids) {
            if !all.iter().any(|zone| zone.name == *name || zone.id == *name) {
                return Err(errors::INVALID_PARAMETER_VALUE
                    .says(format!("Invalid availability zone: [{name}]")));
            }
        }
        let is_shown = |zone: &Zone| {
            (input.zone_names.is_empty() || input.zone_names.contains(&zone.name))
                && (input.zone_ids.is_empty() || input.zone_ids.contains(&zone.id))
        };
        let rows =
            all.into_iter().filter(is_shown).map(|zone| self.zone_row(region, &zone)).collect();
        let rows = select(rows, &input.filters, ZONE_FILTERS)?;
        listing("AvailabilityZones", rows, Page::default())
    }

    fn zone_row(&self, region: &Region, zone: &Zone) -> (String, Value) {
        let row = json!({
            "OptInStatus": "opt-in-not-required",
            "Messages": [],
            "RegionName": region,
            "ZoneName": zone.name,
            "ZoneId": zone.id,
            "GroupName": format!("{region}-zg-1"),
            "NetworkBorderGroup": region,
            "ZoneType": "availability-zone",
            "State": if self.is_lost(&zone.name) { "unavailable" } else { "available" },
        });
        (zone.name.clone(), row)
    }
}
