//! What each operation of CloudWatch needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::call::Origin;
use kernel::policy::Conditions;

use crate::{CloudWatch, Request, Tag};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: all metrics of the caller's account.
    Account,
    /// The alarms that the request names.
    Alarm,
    /// The dashboards that the request names.
    Dashboard,
    /// The rules that the request names.
    InsightRule,
    /// What has the tags.
    Resource,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::Alarm => "the alarm",
            Self::Dashboard => "the dashboard",
            Self::InsightRule => "the rule",
            Self::Resource => "the resource",
        })
    }
}

impl On {
    /// The ARNs that a request names.
    pub(super) fn arns(self, request: &Request, origin: &Origin) -> Vec<String> {
        let named = match self {
            Self::Account => return vec!["*".to_owned()],
            Self::Resource => return request.resource().map(str::to_owned).into_iter().collect(),
            Self::Alarm | Self::Dashboard | Self::InsightRule => request.names(),
        };
        let (account, region) = (&origin.account, &origin.region);
        let arn = |name: &str| match self {
            Self::Dashboard => format!("arn:aws:cloudwatch::{account}:dashboard/{name}"),
            Self::InsightRule => {
                format!("arn:aws:cloudwatch:{region}:{account}:insight-rule/{name}")
            }
            _ => format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
        };
        match named.is_empty() {
            true => vec![arn("*")],
            false => named.into_iter().map(arn).collect(),
        }
    }
}

impl Request {
    /// The names of alarms, dashboards or rules that it has.
    fn names(&self) -> Vec<&str> {
        fn one(name: Option<&String>) -> Vec<&str> {
            name.into_iter().map(String::as_str).collect()
        }
        fn some(names: Option<&Vec<String>>) -> Vec<&str> {
            names.into_iter().flatten().map(String::as_str).collect()
        }
        match self {
            Self::DeleteAlarms(it)
            | Self::DisableAlarmActions(it)
            | Self::EnableAlarmActions(it) => it.alarm_names.iter().map(String::as_str).collect(),
            Self::DeleteDashboards(it) => some(it.dashboard_names.as_ref()),
            Self::DeleteInsightRules(it)
            | Self::DisableInsightRules(it)
            | Self::EnableInsightRules(it) => some(it.rule_names.as_ref()),
            Self::DescribeAlarmHistory(it) => one(it.alarm_name.as_ref()),
            Self::DescribeAlarms(it) => some(it.alarm_names.as_ref()),
            Self::GetDashboard(it) => one(it.dashboard_name.as_ref()),
            Self::PutCompositeAlarm(it) => vec![&it.alarm_name],
            Self::PutDashboard(it) => one(it.dashboard_name.as_ref()),
            Self::PutInsightRule(it) => one(it.rule_name.as_ref()),
            Self::PutMetricAlarm(it) => vec![&it.alarm_name],
            Self::SetAlarmState(it) => vec![&it.alarm_name],
            _ => Vec::new(),
        }
    }

    /// The ARN of what has the tags.
    fn resource(&self) -> Option<&str> {
        match self {
            Self::ListTagsForResource(it) => it.resource_arn.as_deref(),
            Self::TagResource(it) => it.resource_arn.as_deref(),
            Self::UntagResource(it) => it.resource_arn.as_deref(),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        match self {
            Self::PutCompositeAlarm(it) => it.tags.as_deref().unwrap_or_default(),
            Self::PutDashboard(it) => &it.tags,
            Self::PutInsightRule(it) => &it.tags,
            Self::PutMetricAlarm(it) => it.tags.as_deref().unwrap_or_default(),
            Self::TagResource(it) => it.tags.as_deref().unwrap_or_default(),
            _ => &[],
        }
    }

    fn actions(&self) -> Vec<&String> {
        let lists = match self {
            Self::PutCompositeAlarm(it) => {
                [&it.ok_actions, &it.alarm_actions, &it.insufficient_data_actions]
            }
            Self::PutMetricAlarm(it) => {
                [&it.ok_actions, &it.alarm_actions, &it.insufficient_data_actions]
            }
            _ => return Vec::new(),
        };
        lists.into_iter().flatten().collect()
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They bring tags along.
    WithTags,
}

impl When {
    pub(super) fn holds(self, request: &Request) -> bool {
        match self {
            Self::WithTags => !request.tags().is_empty(),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithTags => f.write_str("with tags"),
        }
    }
}

/// A condition key of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The namespace of what is measured.
    Namespace,
    /// What an alarm is to do.
    AlarmActions,
    /// A tag that something is to have.
    RequestTag,
    /// The names of the tags that the request speaks of.
    TagKeys,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespace => "cloudwatch:namespace",
            Self::AlarmActions => "cloudwatch:AlarmActions",
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
        })
    }
}

impl Key {
    pub(super) fn insert(self, conditions: &mut Conditions, request: &Request) {
        match (self, request) {
            (Self::Namespace, Request::PutMetricData(input)) => {
                if let Some(namespace) = &input.namespace {
                    conditions.insert("cloudwatch:namespace", namespace);
                }
            }
            (Self::Namespace, _) => {}
            (Self::AlarmActions, _) => {
                let actions = request.actions().into_iter();
                actions.for_each(|arn| conditions.insert("cloudwatch:AlarmActions", arn));
            }
            (Self::RequestTag, _) => {
                for Tag { key, value } in request.tags() {
                    conditions.insert(&format!("aws:RequestTag/{key}"), value);
                }
            }
            (Self::TagKeys, Request::UntagResource(input)) => {
                let keys = input.tag_keys.iter().flatten();
                keys.for_each(|key| conditions.insert("aws:TagKeys", key));
            }
            (Self::TagKeys, _) => {
                request.tags().iter().for_each(|tag| conditions.insert("aws:TagKeys", &tag.key));
            }
        }
    }
}

impl Vocabulary for CloudWatch {
    type On = On;
    type When = When;
    type Key = Key;
}

const NAMESPACE: &[Key] = &[Key::Namespace];
const TAGS: &[Key] = &[Key::RequestTag, Key::TagKeys];
const TAG_KEYS: &[Key] = &[Key::TagKeys];
const ACTIONS: &[Key] = &[Key::AlarmActions, Key::RequestTag, Key::TagKeys];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html>
kernel::permissions! { CloudWatch;
    DeleteAlarms: {
        "cloudwatch:DeleteAlarms" on Alarm;
    }
    DeleteDashboards: {
        "cloudwatch:DeleteDashboards" on Dashboard;
    }
    DeleteInsightRules: {
        "cloudwatch:DeleteInsightRules" on InsightRule;
    }
    DescribeAlarmHistory: {
        "cloudwatch:DescribeAlarmHistory" on Alarm;
    }
    DescribeAlarms: {
        "cloudwatch:DescribeAlarms" on Alarm;
    }
    DescribeAlarmsForMetric: {
        "cloudwatch:DescribeAlarmsForMetric" on Account;
    }
    DescribeInsightRules: {
        "cloudwatch:DescribeInsightRules" on Account;
    }
    DisableAlarmActions: {
        "cloudwatch:DisableAlarmActions" on Alarm;
    }
    DisableInsightRules: {
        "cloudwatch:DisableInsightRules" on InsightRule;
    }
    EnableAlarmActions: {
        "cloudwatch:EnableAlarmActions" on Alarm;
    }
    EnableInsightRules: {
        "cloudwatch:EnableInsightRules" on InsightRule;
    }
    GetDashboard: {
        "cloudwatch:GetDashboard" on Dashboard;
    }
    GetMetricData: {
        "cloudwatch:GetMetricData" on Account;
    }
    GetMetricStatistics: {
        "cloudwatch:GetMetricStatistics" on Account;
    }
    GetMetricWidgetImage: {
        "cloudwatch:GetMetricWidgetImage" on Account;
    }
    ListDashboards: {
        "cloudwatch:ListDashboards" on Account;
    }
    ListMetrics: {
        "cloudwatch:ListMetrics" on Account;
    }
    ListTagsForResource: {
        "cloudwatch:ListTagsForResource" on Resource;
    }
    PutCompositeAlarm: {
        "cloudwatch:PutCompositeAlarm" on Alarm with ACTIONS;
        "cloudwatch:TagResource" on Alarm when WithTags with TAGS;
    }
    PutDashboard: {
        "cloudwatch:PutDashboard" on Dashboard with TAGS;
        "cloudwatch:TagResource" on Dashboard when WithTags with TAGS;
    }
    PutInsightRule: {
        "cloudwatch:PutInsightRule" on InsightRule with TAGS;
        "cloudwatch:TagResource" on InsightRule when WithTags with TAGS;
    }
    PutMetricAlarm: {
        "cloudwatch:PutMetricAlarm" on Alarm with ACTIONS;
        "cloudwatch:TagResource" on Alarm when WithTags with TAGS;
    }
    PutMetricData: {
        "cloudwatch:PutMetricData" on Account with NAMESPACE;
    }
    SetAlarmState: {
        "cloudwatch:SetAlarmState" on Alarm;
    }
    TagResource: {
        "cloudwatch:TagResource" on Resource with TAGS;
    }
    UntagResource: {
        "cloudwatch:UntagResource" on Resource with TAG_KEYS;
    }
}
