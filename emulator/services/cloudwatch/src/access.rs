//! Who may do what: whoever acts for the account of a metric, an alarm or a dashboard, as far as its own
//! policies let it. Nothing here has a policy that lets other accounts in.

mod permissions;

use kernel::access::{Asking, Permission};
use kernel::error::ApiError;

use crate::{CloudWatch, Request, error as errors};

pub use permissions::{Key, On, When};

/// As whom alarms send messages.
pub const PRINCIPAL: &str = "cloudwatch.amazonaws.com";
/// As whom alarms invoke functions.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html>
pub const ALARMS_PRINCIPAL: &str = "lambda.alarms.cloudwatch.amazonaws.com";

/// Refuses a call that its caller may not make.
pub(crate) fn ask(asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
    for permission in request.permissions() {
        if permission.when.is_some_and(|when| !when.holds(request)) {
            continue;
        }
        ask_for(asking, permission, request)?;
    }
    Ok(())
}

fn ask_for(
    asking: &mut Asking<'_>,
    permission: &Permission<CloudWatch>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    for arn in permission.on.arns(request, origin) {
        let asked = asking.of_owner(permission, (&origin.account, &arn), |conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request));
        });
        asked.map_err(|sentence| errors::ACCESS_DENIED.says(sentence))?;
    }
    Ok(())
}

impl Request {
    /// What it is about, for the trace: the namespace, the alarm, the dashboard.
    #[must_use]
    pub fn subject(&self) -> String {
        let subject = match self {
            Self::GetMetricStatistics(it) => match (&it.namespace, &it.metric_name) {
                (Some(namespace), Some(name)) => format!("{namespace} {name}"),
                _ => String::new(),
            },
            Self::ListMetrics(it) => it.namespace.clone().unwrap_or_default(),
            Self::PutMetricData(it) => it.namespace.clone().unwrap_or_default(),
            Self::DescribeAlarmHistory(it) => it.alarm_name.clone().unwrap_or_default(),
            Self::GetDashboard(it) => it.dashboard_name.clone().unwrap_or_default(),
            Self::PutDashboard(it) => it.dashboard_name.clone().unwrap_or_default(),
            Self::PutInsightRule(it) => it.rule_name.clone().unwrap_or_default(),
            Self::PutCompositeAlarm(it) => it.alarm_name.clone(),
            Self::PutMetricAlarm(it) => it.alarm_name.clone(),
            Self::SetAlarmState(it) => it.alarm_name.clone(),
            Self::DeleteAlarms(it)
            | Self::DisableAlarmActions(it)
            | Self::EnableAlarmActions(it) => it.alarm_names.join(" "),
            _ => String::new(),
        };
        subject.chars().take(120).collect()
    }
}
