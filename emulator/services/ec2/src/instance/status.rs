//! Status checks: they pass as soon as an instance has run for a while. What an instance has written comes in with the call
//! that asks for it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use kernel::call::{Origin, Payload};
use kernel::directory::InstanceState;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use super::Instance;
use super::describe::state_row;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::limits::{self, CONSOLE_BYTES_MAX};
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2};

input! {
    DescribeInstanceStatusInput { instance_ids: Vec<String>, max_results: Option<i64>, next_token: Option<String>, filters: Vec<Filter>, include_all_instances: Option<bool> }
    GetConsoleOutputInput { instance_id: String, latest: Option<bool>, #[serde(skip)] console: Payload }
}

const FILTERS: Filters = &[
    ("availability-zone", "AvailabilityZone"),
    ("availability-zone-id", "AvailabilityZoneId"),
    ("event.code", "Events.Code"),
    ("event.description", "Events.Description"),
    ("event.instance-event-id", "Events.InstanceEventId"),
    ("event.not-after", "@Events.NotAfter"),
    ("event.not-before", "@Events.NotBefore"),
    ("event.not-before-deadline", "@Events.NotBeforeDeadline"),
    ("instance-state-code", "InstanceState.Code"),
    ("instance-state-name", "InstanceState.Name"),
    ("instance-status.reachability", "InstanceStatus.Details.Status"),
    ("instance-status.status", "InstanceStatus.Status"),
    ("operator.managed", "Operator.Managed"),
    ("operator.principal", "Operator.Principal"),
    ("system-status.reachability", "SystemStatus.Details.Status"),
    ("system-status.status", "SystemStatus.Status"),
    ("attached-ebs-status.status", "AttachedEbsStatus.Status"),
];

impl Ec2 {
    pub(crate) fn describe_instance_status(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &DescribeInstanceStatusInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = &input.instance_ids;
        self.instances_of(&home, ids)?;
        let shows = |it: &Instance| {
            it.state == InstanceState::Running || input.include_all_instances == Some(true)
        };
        let all = self.in_order(&home, ids).into_iter().filter(|(_, it)| shows(it));
        let rows = all.map(|(key, it)| (key, status_row(it, cx.now))).collect();
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            by: (!ids.is_empty()).then_some("instancesSet"),
            ..Page::default()
        };
        listing("InstanceStatuses", select(rows, &input.filters, FILTERS)?, page)
    }

    pub(crate) fn get_console_output(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetConsoleOutputInput,
    ) -> Result<Answer, ApiError> {
        let ids = [input.instance_id.clone()];
        let found = self.instances_of(&home_of(origin), &ids)?;
        let ids: Vec<&str> = found.iter().map(|it| &*it.id).collect();
        // A simulated instance has written nothing.
        let written: &[u8] = match &input.console {
            Payload::Bytes(bytes) => &bytes[bytes.len().saturating_sub(CONSOLE_BYTES_MAX)..],
            _ => &[],
        };
        Ok(Answer(json!({
            "InstanceId": ids.first(),
            "Timestamp": cx.now.as_epoch_s(),
            "Output": BASE64.encode(written),
        })))
    }
}

fn status_row(it: &Instance, now: Timestamp) -> Value {
    let passes = now >= it.since.after_s(limits::INITIALIZING_S);
    let (status, reachability) = match (it.state, passes) {
        (InstanceState::Running, false) => ("initializing", Some("initializing")),
        (InstanceState::Running, true) => ("ok", Some("passed")),
        _ => ("not-applicable", None),
    };
    let detail = |status: &str| json!({"Name": "reachability", "Status": status});
    let details: Vec<Value> = reachability.into_iter().map(detail).collect();
    json!({
        "InstanceId": it.id,
        "AvailabilityZone": it.zone,
        "AvailabilityZoneId": it.zone_id,
        "InstanceState": state_row(it.state),
        "InstanceStatus": {"Status": status, "Details": details},
        "SystemStatus": {"Status": status, "Details": details},
    })
}
