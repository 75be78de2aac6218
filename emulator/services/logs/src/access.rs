//! Who may do what with a group: whoever acts for its account, as far as its own policies let it. Groups have no
//! policies that let other accounts in.

mod permissions;

use kernel::access::{Asking, Permission, Who};
use kernel::call::Origin;
use kernel::error::ApiError;

use crate::group::{GroupKey, identified, own_key};
use crate::{Logs, Request, error as errors};

pub use permissions::{Key, On, When};

/// As whom events are sent on to functions.
pub const PRINCIPAL: &str = "logs.amazonaws.com";

/// Refuses a call that its caller may not make.
pub(crate) fn ask(asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
    for permission in request.permissions() {
        let is_asked = match (permission.when, request) {
            (None, _) => true,
            (Some(When::WithTags), Request::CreateLogGroup(input)) => input.tags.is_some(),
            (Some(When::WithTags), _) => false,
        };
        // What a function's policy says is asked by who knows functions.
        if is_asked && permission.by == Who::Caller {
            ask_for(asking, permission, request)?;
        }
    }
    Ok(())
}

fn ask_for(
    asking: &mut Asking<'_>,
    permission: &Permission<Logs>,
    request: &Request,
) -> Result<(), ApiError> {
    let origin = asking.origin;
    let groups = match permission.on {
        On::Account | On::Destination => Vec::new(),
        On::Group | On::Stream => request.groups(origin),
    };
    let of_account = || {
        let arn =
            format!("arn:aws:logs:{}:{}:log-group::log-stream:", origin.region, origin.account);
        vec![(origin.account.clone(), arn)]
    };
    let named = groups.into_iter().map(|key| {
        let stream = match (permission.on, request.stream()) {
            (On::Stream, Some(stream)) => format!("log-stream:{stream}"),
            _ => "log-stream:".to_owned(),
        };
        let arn = format!("{}:{stream}", key.arn());
        (key.account, arn)
    });
    let named: Vec<_> = named.collect();
    for (owner, arn) in if named.is_empty() { of_account() } else { named } {
        let asked = asking.of_owner(permission, (&owner, &arn), |conditions| {
            permission.keys.iter().for_each(|key| key.insert(conditions, request));
        });
        asked.map_err(|sentence| errors::ACCESS_DENIED.says(sentence))?;
    }
    Ok(())
}

impl Request {
    /// The groups that it names.
    fn groups(&self, origin: &Origin) -> Vec<GroupKey> {
        let (name, identifier) = self.names();
        let own = name.map(|name| own_key(origin, name));
        let identified_by = identifier.map(|identifier| identified(origin, identifier));
        let mut groups: Vec<GroupKey> = own.into_iter().chain(identified_by).collect();
        if let Self::StartQuery(input) = self {
            groups.extend(input.groups(origin));
        }
        groups
    }

    /// `logGroupName`, and `logGroupIdentifier` or an ARN.
    fn names(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::CreateLogGroup(it) => (Some(&it.log_group_name), None),
            Self::CreateLogStream(it) | Self::DeleteLogStream(it) => {
                (Some(&it.log_group_name), None)
            }
            Self::DeleteLogGroup(it)
            | Self::DeleteRetentionPolicy(it)
            | Self::ListTagsLogGroup(it) => (Some(&it.log_group_name), None),
            Self::DeleteMetricFilter(it) | Self::DeleteSubscriptionFilter(it) => {
                (Some(&it.log_group_name), None)
            }
            Self::DescribeLogStreams(it) => {
                (it.log_group_name.as_deref(), it.log_group_identifier.as_deref())
            }
            Self::DescribeMetricFilters(it) => (it.log_group_name.as_deref(), None),
            Self::DescribeSubscriptionFilters(it) => (Some(&it.log_group_name), None),
            Self::DescribeQueries(it) => (it.log_group_name.as_deref(), None),
            Self::FilterLogEvents(it) => {
                (it.log_group_name.as_deref(), it.log_group_identifier.as_deref())
            }
            Self::GetLogEvents(it) => {
                (it.log_group_name.as_deref(), it.log_group_identifier.as_deref())
            }
            Self::GetLogGroupFields(it) => {
                (it.log_group_name.as_deref(), it.log_group_identifier.as_deref())
            }
            Self::ListTagsForResource(it) => (None, Some(&it.resource_arn)),
            Self::PutLogEvents(it) => (Some(&it.log_group_name), None),
            Self::PutLogGroupDeletionProtection(it) => (None, Some(&it.log_group_identifier)),
            Self::PutMetricFilter(it) => (Some(&it.log_group_name), None),
            Self::PutRetentionPolicy(it) => (Some(&it.log_group_name), None),
            Self::PutSubscriptionFilter(it) => (Some(&it.log_group_name), None),
            Self::TagLogGroup(it) => (Some(&it.log_group_name), None),
            Self::TagResource(it) => (None, Some(&it.resource_arn)),
            Self::UntagLogGroup(it) => (Some(&it.log_group_name), None),
            Self::UntagResource(it) => (None, Some(&it.resource_arn)),
            _ => (None, None),
        }
    }

    /// The stream that it names.
    fn stream(&self) -> Option<&str> {
        match self {
            Self::CreateLogStream(it) | Self::DeleteLogStream(it) => Some(&it.log_stream_name),
            Self::GetLogEvents(it) => Some(&it.log_stream_name),
            Self::PutLogEvents(it) => Some(&it.log_stream_name),
            _ => None,
        }
    }

    /// What it is about, for the trace: the group, and the stream where it is about one.
    #[must_use]
    pub fn subject(&self) -> String {
        let group = match self.names() {
            (Some(name), _) => name.to_owned(),
            (None, Some(identifier)) => {
                let key = GroupKey::parse(identifier);
                key.map_or_else(|| identifier.to_owned(), |key| key.name.to_string())
            }
            (None, None) => String::new(),
        };
        let subject = match self.stream() {
            Some(stream) => format!("{group}:{stream}"),
            None => group,
        };
        subject.chars().take(120).collect()
    }
}
