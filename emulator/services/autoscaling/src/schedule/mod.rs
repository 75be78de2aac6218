//! Scheduled actions: bounds and capacity that change at a time, once or again and again.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html>

mod cron;
mod describe;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::activity::cause;
use crate::error::{ALREADY_EXISTS, LIMIT_EXCEEDED, invalid, null_not_found, too_many};
use crate::limits::{CAPACITY_MAX, SCHEDULED_A_CALL_MAX, SCHEDULED_ACTIONS_MAX};
use crate::process::SCHEDULED_ACTIONS;
use crate::record::ScheduledAction;
use crate::shape::Empty;
use crate::work::Work;
use crate::{AutoScaling, Cx};

use cron::Cron;
pub use describe::{DescribeScheduledActionsInput, DescribeScheduledActionsOutput};

impl ScheduledAction {
    /// When it is done after `after`.
    fn after(&self, after: Timestamp) -> Option<Timestamp> {
        let zone = cron::zone(self.time_zone.as_deref())?;
        let next = match &self.recurrence {
            None => self.start.filter(|start| *start > after),
            Some(text) => {
                // What begins later is done first when it begins.
                match self.start.filter(|start| *start > after) {
                    Some(start) => Some(start),
                    None => Cron::parse(text)?.next(after, &zone),
                }
            }
        };
        next.filter(|at| self.end.is_none_or(|end| *at <= end))
    }
}

impl Work<'_, '_> {
    /// Does what is scheduled for now: in the order of times, and of names.
    pub(crate) fn do_scheduled(&mut self) {
        let now = self.cx.now;
        let mut due: Vec<(Timestamp, String)> = self
            .group
            .schedule
            .values()
            .filter_map(|action| Some((action.next.filter(|at| *at <= now)?, action.name.clone())))
            .collect();
        due.sort();
        for (_, name) in due {
            let Some(mut action) = self.group.schedule.remove(&name) else { continue };
            if !self.group.is_suspended(SCHEDULED_ACTIONS) && !self.group.is_deleting {
                self.do_action(&action);
            }
            // Times that nobody was there for are left out.
            action.next = action.after(now);
            if action.next.is_some() {
                self.group.schedule.insert(name, action);
            }
        }
    }

    fn do_action(&mut self, action: &ScheduledAction) {
        let settings = &mut self.group.settings;
        let (min, max) = (action.min.unwrap_or(settings.min), action.max.unwrap_or(settings.max));
        if min > max {
            return;
        }
        let before = settings.desired;
        let desired = action.desired.unwrap_or(before).clamp(min, max);
        (settings.min, settings.max, settings.desired) = (min, max, desired);
        if desired != before {
            self.group.why = Some(cause::scheduled(self.cx.now, (min, max, desired), before));
        }
    }
}

impl AutoScaling {
    pub(crate) fn put_scheduled(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutScheduledInput,
    ) -> Result<Empty, ApiError> {
        let name = input.auto_scaling_group_name.clone();
        self.put_action(cx, origin, &name, input.into())?;
        Ok(Empty {})
    }

    fn put_action(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        group: &str,
        asked: ScheduledActionInput,
    ) -> Result<(), ApiError> {
        let key = self.key_or(origin, group, null_not_found)?;
        self.change(cx, &key, |work| {
            let now = work.cx.now;
            let schedule = &work.group.schedule;
            let before = schedule.get(&asked.scheduled_action_name);
            if before.is_none() && schedule.len() >= SCHEDULED_ACTIONS_MAX {
                return Err(LIMIT_EXCEEDED.says(format!(
                    "A group can have {SCHEDULED_ACTIONS_MAX} scheduled actions at most."
                )));
            }
            let mut action = asked.checked(now)?;
            let is_other = |it: &&ScheduledAction| it.name != action.name;
            if let Some(at) = action.next
                && schedule.values().filter(is_other).any(|other| other.next == Some(at))
            {
                return Err(ALREADY_EXISTS
                    .says("Scheduled action with this scheduled start time already exists"));
            }
            action.id = match before {
                Some(before) => before.id.clone(),
                None => work.cx.ids.uuid(),
            };
            work.group.schedule.insert(action.name.clone(), action);
            Ok(())
        })
    }

    pub(crate) fn batch_put_scheduled(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: BatchPutScheduledInput,
    ) -> Result<BatchPutScheduledOutput, ApiError> {
        let group = input.auto_scaling_group_name;
        self.key_or(origin, &group, null_not_found)?;
        if input.scheduled_update_group_actions.len() > SCHEDULED_A_CALL_MAX {
            return Err(too_many("scheduled actions", SCHEDULED_A_CALL_MAX));
        }
        let mut failed = Vec::new();
        for asked in input.scheduled_update_group_actions {
            let name = asked.scheduled_action_name.clone();
            if let Err(refused) = self.put_action(cx, origin, &group, asked) {
                failed.push(FailedScheduledAction::of(name, &refused));
            }
        }
        Ok(BatchPutScheduledOutput { failed_scheduled_update_group_actions: failed })
    }

    fn delete_action(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        group: &str,
        name: &str,
    ) -> Result<(), ApiError> {
        let key = self.key_of(origin, group)?;
        self.change(cx, &key, |work| match work.group.schedule.remove(name) {
            Some(_) => Ok(()),
            None => Err(invalid("Scheduled action name not found")),
        })
    }

    pub(crate) fn delete_scheduled(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteScheduledActionInput,
    ) -> Result<Empty, ApiError> {
        let (group, name) = (&input.auto_scaling_group_name, &input.scheduled_action_name);
        self.delete_action(cx, origin, group, name)?;
        Ok(Empty {})
    }

    pub(crate) fn batch_delete_scheduled(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &BatchDeleteScheduledActionInput,
    ) -> Result<BatchDeleteScheduledActionOutput, ApiError> {
        let group = &input.auto_scaling_group_name;
        self.key_of(origin, group)?;
        if input.scheduled_action_names.len() > SCHEDULED_A_CALL_MAX {
            return Err(too_many("scheduled actions", SCHEDULED_A_CALL_MAX));
        }
        let mut failed = Vec::new();
        for name in &input.scheduled_action_names {
            if let Err(refused) = self.delete_action(cx, origin, group, name) {
                failed.push(FailedScheduledAction::of(name.clone(), &refused));
            }
        }
        Ok(BatchDeleteScheduledActionOutput { failed_scheduled_actions: failed })
    }
}

impl ScheduledActionInput {
    fn checked(&self, now: Timestamp) -> Result<ScheduledAction, ApiError> {
        let moment =
            |seconds: Option<f64>| seconds.map(|it| Timestamp::from_ms((it * 1000.0) as u64));
        let (start, end) = (moment(self.start_time), moment(self.end_time));
        if let Some(text) = &self.recurrence
            && Cron::parse(text).is_none()
        {
            return Err(invalid(format!("Given recurrence string: {text} is invalid")));
        }
        if let Some(name) = &self.time_zone
            && cron::zone(Some(name)).is_none()
        {
            return Err(invalid(
                "Time zone specified does not conform to standardized time zones found in IANA Time Zone Database",
            ));
        }
        if start.is_some_and(|start| start < now) {
            return Err(invalid("Given start time is in the past"));
        }
        if end.is_some_and(|end| end < now) {
            return Err(invalid("Given end time is in the past"));
        }
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            return Err(invalid("Given end time must be after start time"));
        }
        if start.is_none() && self.recurrence.is_none() {
            return Err(invalid(
                "Scheduled start time must be specified for non-recurrent future group action",
            ));
        }
        let [min, max, desired] = self.sizes()?;
        let mut action = ScheduledAction {
            name: self.scheduled_action_name.clone(),
            id: String::new(),
            start,
            end,
            recurrence: self.recurrence.clone(),
            time_zone: self.time_zone.clone(),
            min,
            max,
            desired,
            next: None,
        };
        let first = action.start.or_else(|| action.after(now));
        action.next = first.filter(|at| action.end.is_none_or(|end| *at <= end));
        Ok(action)
    }

    /// How small and how large the group is to be, and how many instances it is to have.
    fn sizes(&self) -> Result<[Option<u32>; 3], ApiError> {
        let size = |name: &str, asked: Option<i64>| {
            let asked =
                asked.map(|it| u32::try_from(it).ok().filter(|it| *it <= CAPACITY_MAX).ok_or(it));
            asked.transpose().map_err(|it| match it < 0 {
                true => invalid(format!("{name} must be non-negative")),
                false => invalid(format!("{name} is not valid: {it}")),
            })
        };
        let min = size("Min size", self.min_size)?;
        let max = size("Max size", self.max_size)?;
        let desired = size("Desired capacity", self.desired_capacity)?;
        if min.is_none() && max.is_none() && desired.is_none() {
            return Err(invalid(
                "At least one of max size, min size, or desired capacity must be specified",
            ));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(invalid("Min size must be less than or equal to max size"));
        }
        if min.zip(desired).is_some_and(|(min, desired)| desired < min) {
            return Err(invalid("Desired capacity must be greater than or equal to min size"));
        }
        if max.zip(desired).is_some_and(|(max, desired)| desired > max) {
            return Err(invalid("Desired capacity must be less than or equal to max size"));
        }
        Ok([min, max, desired])
    }
}

/// What of an action is put.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScheduledActionInput {
    /// Its name.
    pub scheduled_action_name: String,
    /// When it is done first, in seconds since the epoch.
    pub start_time: Option<f64>,
    /// When it is done no more, in seconds since the epoch.
    pub end_time: Option<f64>,
    /// How often, in five fields.
    pub recurrence: Option<String>,
    /// The new least capacity.
    pub min_size: Option<i64>,
    /// The new greatest capacity.
    pub max_size: Option<i64>,
    /// The new capacity.
    pub desired_capacity: Option<i64>,
    /// Of which zone the five fields are.
    pub time_zone: Option<String>,
}

/// Input of `PutScheduledUpdateGroupAction`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutScheduledInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// Its name.
    pub scheduled_action_name: String,
    /// `StartTime`, as it was called before.
    pub time: Option<f64>,
    /// When it is done first, in seconds since the epoch.
    pub start_time: Option<f64>,
    /// When it is done no more, in seconds since the epoch.
    pub end_time: Option<f64>,
    /// How often, in five fields.
    pub recurrence: Option<String>,
    /// The new least capacity.
    pub min_size: Option<i64>,
    /// The new greatest capacity.
    pub max_size: Option<i64>,
    /// The new capacity.
    pub desired_capacity: Option<i64>,
    /// Of which zone the five fields are.
    pub time_zone: Option<String>,
}

impl From<PutScheduledInput> for ScheduledActionInput {
    fn from(it: PutScheduledInput) -> Self {
        Self {
            scheduled_action_name: it.scheduled_action_name,
            start_time: it.start_time.or(it.time),
            end_time: it.end_time,
            recurrence: it.recurrence,
            min_size: it.min_size,
            max_size: it.max_size,
            desired_capacity: it.desired_capacity,
            time_zone: it.time_zone,
        }
    }
}

/// Input of `BatchPutScheduledUpdateGroupAction`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BatchPutScheduledInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The actions.
    #[serde(default)]
    pub scheduled_update_group_actions: Vec<ScheduledActionInput>,
}

/// An action of a batch that could not be put, or deleted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailedScheduledAction {
    scheduled_action_name: String,
    error_code: &'static str,
    error_message: String,
}

impl FailedScheduledAction {
    fn of(scheduled_action_name: String, refused: &ApiError) -> Self {
        let (error_code, error_message) = (refused.code(), refused.message().to_owned());
        Self { scheduled_action_name, error_code, error_message }
    }
}

/// Output of `BatchPutScheduledUpdateGroupAction`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchPutScheduledOutput {
    failed_scheduled_update_group_actions: Vec<FailedScheduledAction>,
}

/// Input of `DeleteScheduledAction`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteScheduledActionInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The action.
    pub scheduled_action_name: String,
}

/// Input of `BatchDeleteScheduledAction`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BatchDeleteScheduledActionInput {
    /// The group.
    pub auto_scaling_group_name: String,
    /// The actions.
    #[serde(default)]
    pub scheduled_action_names: Vec<String>,
}

/// Output of `BatchDeleteScheduledAction`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchDeleteScheduledActionOutput {
    failed_scheduled_actions: Vec<FailedScheduledAction>,
}
