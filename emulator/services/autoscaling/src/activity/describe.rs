//! `DescribeScalingActivities`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::AutoScaling;
use crate::error::invalid;
use crate::key::GroupKey;
use crate::page::{self, PageSize};
use crate::record::{Activity as Kept, ActivityStatus};
use crate::shape::Filter;

impl AutoScaling {
    pub(crate) fn describe_activities(
        &self,
        origin: &Origin,
        input: &DescribeScalingActivitiesInput,
    ) -> Result<DescribeScalingActivitiesOutput, ApiError> {
        let with_deleted = input.include_deleted_groups == Some(true);
        if let Some(name) = &input.auto_scaling_group_name
            && !with_deleted
        {
            self.key_of(origin, name)?;
        }
        for filter in &input.filters {
            let name = filter.name.as_deref().unwrap_or_default();
            if !["StartTimeLowerBound", "StartTimeUpperBound", "Status"].contains(&name) {
                return Err(invalid(format!(
                    "Filter type {name} is not correct. Allowed Filter types are: [StartTimeLowerBound, StartTimeUpperBound, Status]"
                )));
            }
        }
        let is_wanted = |group: &GroupKey, activity: &Kept| {
            let name = input.auto_scaling_group_name.as_deref();
            let ids = input.activity_ids.as_ref().filter(|ids| !ids.is_empty());
            group.is_of(origin)
                && name.is_none_or(|name| name == &*group.name)
                && ids.is_none_or(|ids| ids.contains(&activity.id))
                && (with_deleted || self.is_there(group, activity))
                && input.filters.iter().all(|filter| activity.fits(filter))
        };
        let all = self.activities.newest_first();
        let found = all.filter(|(group, activity)| is_wanted(group, activity));
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::LONG, |(_, activity)| activity.id.clone())?;
        let activities = page.items.into_iter();
        Ok(DescribeScalingActivitiesOutput {
            activities: activities
                .map(|(group, activity)| told(group, activity, !self.is_there(group, activity)))
                .collect(),
            next_token: page.next_token,
        })
    }

    /// Its group is not deleted since.
    fn is_there(&self, group: &GroupKey, activity: &Kept) -> bool {
        self.groups.get(group).is_some_and(|group| group.arn() == activity.group_arn)
    }
}

impl Kept {
    fn fits(&self, filter: &Filter) -> bool {
        let status = self.status.as_str();
        filter.values.iter().any(|value| match filter.name.as_deref() {
            Some("Status") => value == status,
            Some("StartTimeLowerBound") => {
                Timestamp::parse(value).is_some_and(|at| self.start >= at)
            }
            _ => Timestamp::parse(value).is_some_and(|at| self.start <= at),
        })
    }
}

impl ActivityStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PreInService => "PreInService",
            Self::InProgress => "InProgress",
            Self::WaitingForELBConnectionDraining => "WaitingForELBConnectionDraining",
            Self::MidLifecycleAction => "MidLifecycleAction",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// An activity as answers tell it.
pub(crate) fn told(group: &GroupKey, activity: &Kept, is_deleted: bool) -> Activity {
    Activity {
        activity_id: activity.id.clone(),
        auto_scaling_group_name: group.name.to_string(),
        description: activity.description.clone(),
        cause: activity.cause.clone(),
        start_time: activity.start.as_epoch_s(),
        end_time: activity.end.map(Timestamp::as_epoch_s),
        status_code: activity.status.as_str(),
        status_message: activity.message.clone(),
        progress: activity.progress,
        details: activity.details.clone(),
        auto_scaling_group_state: is_deleted.then_some("Deleted"),
        auto_scaling_group_arn: activity.group_arn.clone(),
    }
}

/// Input of `DescribeScalingActivities`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeScalingActivitiesInput {
    /// These.
    pub activity_ids: Option<Vec<String>>,
    /// Of this group.
    pub auto_scaling_group_name: Option<String>,
    /// Also of groups that are gone.
    pub include_deleted_groups: Option<bool>,
    /// Activities of a page.
    pub max_records: Option<i64>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// By time and status.
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// Output of `DescribeScalingActivities`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeScalingActivitiesOutput {
    /// The newest first.
    pub activities: Vec<Activity>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// What a group did, as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Activity {
    activity_id: String,
    auto_scaling_group_name: String,
    description: String,
    cause: String,
    start_time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<f64>,
    status_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    progress: u8,
    details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_scaling_group_state: Option<&'static str>,
    #[serde(rename = "AutoScalingGroupARN")]
    auto_scaling_group_arn: String,
}
