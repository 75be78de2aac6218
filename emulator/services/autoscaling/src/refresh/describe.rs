//! `DescribeInstanceRefreshes`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::page::{self, PageSize};
use crate::record::{Refresh, RefreshStatus};
use crate::shape::{DesiredConfiguration, RefreshPreferences};
use crate::state::Group;
use crate::{AutoScaling, Cx};

impl AutoScaling {
    pub(crate) fn describe_refreshes(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &DescribeInstanceRefreshesInput,
    ) -> Result<DescribeInstanceRefreshesOutput, ApiError> {
        let group = &self.groups[&self.key_of(origin, &input.auto_scaling_group_name)?];
        let ids = input.instance_refresh_ids.as_ref().filter(|ids| !ids.is_empty());
        let all = group.refreshes.values().rev();
        let found = all.filter(|refresh| ids.is_none_or(|ids| ids.contains(&refresh.id)));
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::USUAL, |refresh| refresh.id.clone())?;
        let refreshes = page.items.into_iter();
        Ok(DescribeInstanceRefreshesOutput {
            instance_refreshes: refreshes
                .map(|refresh| InstanceRefresh::of(group, refresh, cx.now))
                .collect(),
            next_token: page.next_token,
        })
    }
}

impl RefreshStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Baking => "Baking",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::RollbackInProgress => "RollbackInProgress",
            Self::RollbackSuccessful => "RollbackSuccessful",
        }
    }
}

impl InstanceRefresh {
    fn of(group: &Group, refresh: &Refresh, now: Timestamp) -> Self {
        let cold = if refresh.is_active() { group.cold_count(refresh, now) } else { 0 };
        let left = u32::try_from(refresh.left.len()).unwrap_or(u32::MAX);
        let mut preferences = refresh.preferences.clone();
        preferences.min_healthy_percentage.get_or_insert(i64::from(refresh.min_healthy()));
        preferences.skip_matching.get_or_insert(false);
        preferences.auto_rollback.get_or_insert(false);
        preferences.scale_in_protected_instances.get_or_insert_with(|| "Ignore".to_owned());
        preferences.standby_instances.get_or_insert_with(|| "Ignore".to_owned());
        let pauses = refresh.pauses.filter(|until| *until > now);
        let reason = refresh.reason.clone().or_else(|| {
            let is_waiting = pauses.is_some() && refresh.status == RefreshStatus::InProgress;
            is_waiting.then(|| "Waiting at a checkpoint before continuing.".to_owned())
        });
        Self {
            instance_refresh_id: refresh.id.clone(),
            auto_scaling_group_name: group.key.name.to_string(),
            status: refresh.status.as_str(),
            status_reason: reason,
            start_time: refresh.start.as_epoch_s(),
            end_time: refresh.end.map(Timestamp::as_epoch_s),
            percentage_complete: refresh.percent(cold),
            instances_to_update: left + cold,
            preferences,
            desired_configuration: refresh.desired.clone(),
            rollback_details: refresh.rolled_back.map(|(at, percent, left)| RollbackDetails {
                rollback_reason: "Rolled back due to user request.",
                rollback_start_time: at.as_epoch_s(),
                percentage_complete_on_rollback: percent,
                instances_to_update_on_rollback: left,
            }),
            strategy: "Rolling",
        }
    }
}

/// Input of `DescribeInstanceRefreshes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeInstanceRefreshesInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// These.
    pub instance_refresh_ids: Option<Vec<String>>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Refreshes of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeInstanceRefreshes`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceRefreshesOutput {
    /// The newest first.
    pub instance_refreshes: Vec<InstanceRefresh>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A refresh as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceRefresh {
    instance_refresh_id: String,
    auto_scaling_group_name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    start_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<f64>,
    percentage_complete: u32,
    instances_to_update: u32,
    preferences: RefreshPreferences,
    #[serde(skip_serializing_if = "Option::is_none")]
    desired_configuration: Option<DesiredConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback_details: Option<RollbackDetails>,
    strategy: &'static str,
}

/// How a refresh began to go back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RollbackDetails {
    rollback_reason: &'static str,
    rollback_start_time: f64,
    percentage_complete_on_rollback: u32,
    instances_to_update_on_rollback: u32,
}
