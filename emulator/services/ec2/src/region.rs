//! Regions.

use serde::{Deserialize, Serialize};

/// Input of `DescribeRegions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeRegionsInput {}

/// Output of `DescribeRegions`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsOutput {
    /// All that there are.
    pub regions: Vec<Region>,
}

/// A region.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Region {
    /// `us-east-1`
    pub region_name: String,
}
