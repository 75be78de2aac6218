//! Limits of an account.

use serde::{Deserialize, Serialize};

/// Input of `DescribeAccountLimits`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeAccountLimitsInput {}

/// Output of `DescribeAccountLimits`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsOutput {}
