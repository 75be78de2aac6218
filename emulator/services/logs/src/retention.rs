//! How long events are kept: by the World's clock, exactly. AWS takes up to 72 hours more to delete them.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>

use std::sync::Arc;

use kernel::call::Origin;
use kernel::deadlines::Deadlines;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::Deserialize;

use crate::group::{Group, GroupKey, LogGroupNameInput};
use crate::limits::{DAY_MS, RETENTION_DAYS, SWEPT_BATCHES_MAX};
use crate::{Cx, Due, Empty, Logs, Record, error as errors};

impl Group {
    /// Events before this moment are expired; none where they are kept for good.
    pub(crate) fn expired_before_ms(&self, now: Timestamp) -> u64 {
        self.retention_days.map_or(0, |days| now.as_ms().saturating_sub(u64::from(days) * DAY_MS))
    }

    /// The next batch expires when all its events have.
    pub(crate) fn schedule_expiry(&mut self, deadlines: &mut Deadlines<Due>) {
        let next = self.retention_days.and_then(|days| {
            let (last_ms, _) = self.ages.first()?;
            Some(Timestamp::from_ms(last_ms + u64::from(days) * DAY_MS + 1))
        });
        if next == self.expires {
            return;
        }
        if let Some(at) = self.expires {
            deadlines.cancel(at, Due::Expire(Arc::clone(&self.key)));
        }
        if let Some(at) = next {
            deadlines.schedule(at, Due::Expire(Arc::clone(&self.key)));
        }
        self.expires = next;
    }
}

impl Logs {
    pub(crate) fn put_retention_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutRetentionPolicyInput,
    ) -> Result<Empty, ApiError> {
        if !RETENTION_DAYS.contains(&input.retention_in_days) {
            let days = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            return Err(errors::INVALID_PARAMETER
                .says(format!("Invalid retention value. Valid values are: [{days}]")));
        }
        self.set_retention(cx, origin, &input.log_group_name, Some(input.retention_in_days))
    }

    pub(crate) fn delete_retention_policy(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &LogGroupNameInput,
    ) -> Result<Empty, ApiError> {
        self.set_retention(cx, origin, &input.log_group_name, None)
    }

    fn set_retention(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        name: &str,
        days: Option<u32>,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, name)?;
        let group = self.group_mut(&key)?;
        group.retention_days = days;
        group.expires_because = Some(cx.cause());
        cx.put(|| Record::group(group));
        group.schedule_expiry(cx.deadlines);
        Ok(Empty {})
    }

    /// The batches of a group whose events are too old go; not more of them than make a step.
    pub(crate) fn expire(&mut self, cx: &mut Cx<'_>, key: &GroupKey) {
        for _ in 0..SWEPT_BATCHES_MAX {
            let Some(group) = self.groups.get_mut(key) else { return };
            let before_ms = group.expired_before_ms(cx.now);
            let oldest = group.ages.first().filter(|(last_ms, _)| *last_ms < before_ms);
            let Some((_, number)) = oldest.copied() else { break };
            self.remove_batch(cx, number);
        }
        let Some(group) = self.groups.get_mut(key) else { return };
        group.expires = None;
        group.schedule_expiry(cx.deadlines);
        if group.expires.is_some_and(|at| at <= cx.now) {
            cx.goes_on();
        }
    }
}

/// Input of `PutRetentionPolicy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutRetentionPolicyInput {
    /// The group.
    pub log_group_name: String,
    /// For how many days events are kept.
    pub retention_in_days: u32,
}
