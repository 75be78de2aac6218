//! What each operation of CloudWatch Logs needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::Vocabulary;
use kernel::policy::Conditions;

use crate::{Logs, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: all groups of the caller's account.
    Account,
    /// The group that the request names.
    Group,
    /// The stream that the request names.
    Stream,
    /// The function that events are sent on to.
    Destination,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::Group => "the group",
            Self::Stream => "the stream",
            Self::Destination => "the destination",
        })
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They bring tags along.
    WithTags,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithTags => f.write_str("with tags"),
        }
    }
}

/// A condition key of CloudWatch Logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A tag that the group is to have.
    RequestTag,
    /// The names of the tags that the request speaks of.
    TagKeys,
    /// To whom events are sent on.
    DestinationArn,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
            Self::DestinationArn => "logs:DestinationArn",
        })
    }
}

impl Key {
    pub(super) fn insert(self, conditions: &mut Conditions, request: &Request) {
        let tags = match request {
            Request::CreateLogGroup(input) => input.tags.as_ref(),
            Request::TagLogGroup(input) => Some(&input.tags),
            Request::TagResource(input) => Some(&input.tags),
            _ => None,
        };
        let removed = match request {
            Request::UntagLogGroup(input) => input.tags.as_slice(),
            Request::UntagResource(input) => input.tag_keys.as_slice(),
            _ => &[],
        };
        match self {
            Self::RequestTag => {
                for (name, value) in tags.into_iter().flatten() {
                    conditions.insert(&format!("aws:RequestTag/{name}"), value);
                }
            }
            Self::TagKeys => {
                let names = tags.into_iter().flat_map(|tags| tags.keys()).chain(removed);
                names.for_each(|name| conditions.insert("aws:TagKeys", name));
            }
            Self::DestinationArn => {
                if let Request::PutSubscriptionFilter(input) = request {
                    conditions.insert("logs:DestinationArn", &input.destination_arn);
                }
            }
        }
    }
}

impl Vocabulary for Logs {
    type On = On;
    type When = When;
    type Key = Key;
}

const TAGS: &[Key] = &[Key::RequestTag, Key::TagKeys];
const TAG_KEYS: &[Key] = &[Key::TagKeys];
const DESTINATION: &[Key] = &[Key::DestinationArn];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>
kernel::permissions! { Logs;
    CreateLogGroup: {
        "logs:CreateLogGroup" on Group with TAGS;
        "logs:TagResource" on Group when WithTags with TAGS;
    }
    CreateLogStream: {
        "logs:CreateLogStream" on Group;
    }
    DeleteLogGroup: {
        "logs:DeleteLogGroup" on Group;
    }
    DeleteLogStream: {
        "logs:DeleteLogStream" on Stream;
    }
    DeleteMetricFilter: {
        "logs:DeleteMetricFilter" on Group;
    }
    DeleteQueryDefinition: {
        "logs:DeleteQueryDefinition" on Account;
    }
    DeleteResourcePolicy: {
        "logs:DeleteResourcePolicy" on Account;
    }
    DeleteRetentionPolicy: {
        "logs:DeleteRetentionPolicy" on Group;
    }
    DeleteSubscriptionFilter: {
        "logs:DeleteSubscriptionFilter" on Group;
    }
    DescribeLogGroups: {
        "logs:DescribeLogGroups" on Account;
    }
    DescribeLogStreams: {
        "logs:DescribeLogStreams" on Group;
    }
    DescribeMetricFilters: {
        "logs:DescribeMetricFilters" on Group;
    }
    DescribeQueries: {
        "logs:DescribeQueries" on Account;
    }
    DescribeQueryDefinitions: {
        "logs:DescribeQueryDefinitions" on Account;
    }
    DescribeResourcePolicies: {
        "logs:DescribeResourcePolicies" on Account;
    }
    DescribeSubscriptionFilters: {
        "logs:DescribeSubscriptionFilters" on Group;
    }
    FilterLogEvents: {
        "logs:FilterLogEvents" on Group;
    }
    GetLogEvents: {
        "logs:GetLogEvents" on Stream;
    }
    GetLogGroupFields: {
        "logs:GetLogGroupFields" on Group;
    }
    GetLogRecord: {
        "logs:GetLogRecord" on Account;
    }
    GetQueryResults: {
        "logs:GetQueryResults" on Account;
    }
    ListLogGroups: {
        "logs:ListLogGroups" on Account;
    }
    ListTagsForResource: {
        "logs:ListTagsForResource" on Group;
    }
    ListTagsLogGroup: {
        "logs:ListTagsLogGroup" on Group;
    }
    PutLogEvents: {
        "logs:PutLogEvents" on Stream;
    }
    PutLogGroupDeletionProtection: {
        "logs:PutLogGroupDeletionProtection" on Group;
    }
    PutMetricFilter: {
        "logs:PutMetricFilter" on Group;
    }
    PutQueryDefinition: {
        "logs:PutQueryDefinition" on Account;
    }
    PutResourcePolicy: {
        "logs:PutResourcePolicy" on Account;
    }
    PutRetentionPolicy: {
        "logs:PutRetentionPolicy" on Group;
    }
    PutSubscriptionFilter: {
        "logs:PutSubscriptionFilter" on Group with DESTINATION;
        "lambda:InvokeFunction" on Destination by kernel::access::Who::Service("logs.amazonaws.com");
    }
    StartQuery: {
        "logs:StartQuery" on Group;
    }
    StopQuery: {
        "logs:StopQuery" on Account;
    }
    TagLogGroup: {
        "logs:TagLogGroup" on Group with TAGS;
    }
    TagResource: {
        "logs:TagResource" on Group with TAGS;
    }
    TestMetricFilter: {
        "logs:TestMetricFilter" on Account;
    }
    UntagLogGroup: {
        "logs:UntagLogGroup" on Group with TAG_KEYS;
    }
    UntagResource: {
        "logs:UntagResource" on Group with TAG_KEYS;
    }
}
