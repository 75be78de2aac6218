//! `DescribeScheduledActions`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScheduledActions.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::AutoScaling;
use crate::error::group_not_found;
use crate::page::{self, PageSize};
use crate::record::ScheduledAction;
use crate::state::Group;

impl AutoScaling {
    pub(crate) fn describe_scheduled(
        &self,
        origin: &Origin,
        input: &DescribeScheduledActionsInput,
    ) -> Result<DescribeScheduledActionsOutput, ApiError> {
        if let Some(name) = &input.auto_scaling_group_name {
            self.key_or(origin, name, group_not_found)?;
        }
        let moment =
            |seconds: Option<f64>| seconds.map(|it| Timestamp::from_ms((it * 1000.0) as u64));
        let (from, to) = (moment(input.start_time), moment(input.end_time));
        let is_wanted = |action: &ScheduledAction| {
            let names = input.scheduled_action_names.as_ref().filter(|names| !names.is_empty());
            match names {
                // Where names are told, times are not looked at.
                Some(names) => names.contains(&action.name),
                None => {
                    let at = action.next.or(action.start);
                    from.is_none_or(|from| at.is_some_and(|at| at >= from))
                        && to.is_none_or(|to| at.is_some_and(|at| at <= to))
                }
            }
        };
        let groups = self.groups_of(origin).filter(|group| {
            input.auto_scaling_group_name.as_ref().is_none_or(|name| **name == *group.key.name)
        });
        let all = groups.flat_map(|group| group.schedule.values().map(move |it| (group, it)));
        let found = all.filter(|(_, action)| is_wanted(action));
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::USUAL, |(group, action)| {
            format!("{}/{}", group.key.name, action.name)
        })?;
        let actions = page.items.into_iter();
        Ok(DescribeScheduledActionsOutput {
            scheduled_update_group_actions: actions
                .map(|(group, action)| ScheduledUpdateGroupAction::of(group, action))
                .collect(),
            next_token: page.next_token,
        })
    }
}

impl ScheduledUpdateGroupAction {
    fn of(group: &Group, action: &ScheduledAction) -> Self {
        let own = format!(":scheduledActionName/{}", action.name);
        // Of what recurs it is when it is done next.
        let next = action.next.or(action.start).map(Timestamp::as_epoch_s);
        Self {
            auto_scaling_group_name: group.key.name.to_string(),
            scheduled_action_name: action.name.clone(),
            scheduled_action_arn: group.arn_of("scheduledUpdateGroupAction", &action.id, &own),
            time: next,
            start_time: next,
            end_time: action.end.map(Timestamp::as_epoch_s),
            recurrence: action.recurrence.clone(),
            min_size: action.min,
            max_size: action.max,
            desired_capacity: action.desired,
            time_zone: action.time_zone.clone(),
        }
    }
}

/// Input of `DescribeScheduledActions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeScheduledActionsInput {
    /// Of this group.
    pub auto_scaling_group_name: Option<String>,
    /// These.
    pub scheduled_action_names: Option<Vec<String>>,
    /// Not before, in seconds since the epoch.
    pub start_time: Option<f64>,
    /// Not after, in seconds since the epoch.
    pub end_time: Option<f64>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Actions of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeScheduledActions`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeScheduledActionsOutput {
    /// The actions.
    pub scheduled_update_group_actions: Vec<ScheduledUpdateGroupAction>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An action as it is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduledUpdateGroupAction {
    auto_scaling_group_name: String,
    scheduled_action_name: String,
    #[serde(rename = "ScheduledActionARN")]
    scheduled_action_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    desired_capacity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}
