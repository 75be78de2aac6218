//! What each operation of CloudWatch needs: one row an operation, from AWS's Service Authorization Reference.

use std::convert::Infallible;
use std::fmt;

use kernel::access::Vocabulary;
use kernel::call::Origin;
use kernel::policy::Conditions;

use crate::{CloudWatch, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: all metrics of the caller's account.
    Account,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
        })
    }
}

impl On {
    /// The ARNs that a request names.
    pub(super) fn arns(self, _request: &Request, _origin: &Origin) -> Vec<String> {
        match self {
            Self::Account => vec!["*".to_owned()],
        }
    }
}

/// Every row is asked of every call.
pub type When = Infallible;

/// A condition key of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The namespace of what is measured.
    Namespace,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespace => "cloudwatch:namespace",
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
        }
    }
}

impl Vocabulary for CloudWatch {
    type On = On;
    type When = When;
    type Key = Key;
}

const NAMESPACE: &[Key] = &[Key::Namespace];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html>
kernel::permissions! { CloudWatch;
    GetMetricData: {
        "cloudwatch:GetMetricData" on Account;
    }
    GetMetricStatistics: {
        "cloudwatch:GetMetricStatistics" on Account;
    }
    ListMetrics: {
        "cloudwatch:ListMetrics" on Account;
    }
    PutMetricData: {
        "cloudwatch:PutMetricData" on Account with NAMESPACE;
    }
}
