//! Log groups.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::arn::Parts;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

use crate::filters::{MetricFilter, SubscriptionFilter};
use crate::limits::{DESCRIBED_DEFAULT, GROUPS_MAX, LISTED_DEFAULT, TAGS_MAX};
use crate::{Cx, Empty, Kind, Logs, Record, error as errors, page};

/// Which group: no two of an account and region have the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// Its owner.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// What it is called.
    pub name: Box<str>,
}

impl GroupKey {
    /// `arn:aws:logs:region:account:log-group:name`
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", self.region, self.account, self.name)
    }

    /// The group of an ARN, with or without `:*` at its end.
    pub(crate) fn parse(arn: &str) -> Option<Self> {
        let parts = Parts::parse_ours(arn)?;
        if parts.service != "logs" {
            return None;
        }
        let name = parts.resource.strip_prefix("log-group:")?;
        Some(Self {
            account: AccountId::parse(parts.account)?,
            region: Region::parse(parts.region)?,
            name: name.strip_suffix(":*").unwrap_or(name).into(),
        })
    }

    /// Where its record is kept.
    pub(crate) fn key(&self) -> Key {
        Key::named(Kind::LogGroup, format!("{}/{}/{}", self.account, self.region, self.name))
    }
}

/// A group, with what belongs to it but its streams.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) key: Arc<GroupKey>,
    pub(crate) created: Timestamp,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`. It is kept.
    pub(crate) class: String,
    /// For how many days events are kept; for good where it is not said.
    pub(crate) retention_days: Option<u32>,
    /// It cannot be deleted.
    pub(crate) is_protected: bool,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) subscription_filters: BTreeMap<String, SubscriptionFilter>,
    pub(crate) metric_filters: BTreeMap<String, MetricFilter>,
    /// The numbers of its streams.
    pub(crate) streams: BTreeMap<Arc<str>, u64>,
    /// Its batches: the time of the last event in milliseconds, and the number.
    pub(crate) ages: BTreeSet<(u64, u64)>,
    /// Of all events that are kept, with 26 bytes for each.
    pub(crate) stored_bytes: u64,
    /// When events are looked at that may be too old by then.
    pub(crate) expires: Option<Timestamp>,
    /// What the trace calls that because of which they are.
    pub(crate) expires_because: Option<CauseId>,
}

impl Group {
    pub(crate) fn new(key: GroupKey, created: Timestamp, class: String) -> Self {
        Self {
            key: Arc::new(key),
            created,
            class,
            retention_days: None,
            is_protected: false,
            tags: BTreeMap::new(),
            subscription_filters: BTreeMap::new(),
            metric_filters: BTreeMap::new(),
            streams: BTreeMap::new(),
            ages: BTreeSet::new(),
            stored_bytes: 0,
            expires: None,
            expires_because: None,
        }
    }
}

impl Logs {
    /// The group of this name in the caller's account.
    ///
    /// # Errors
    /// `ResourceNotFoundException`
    pub(crate) fn own(&self, origin: &Origin, name: &str) -> Result<GroupKey, ApiError> {
        let key = own_key(origin, name);
        self.group(&key)?;
        Ok(key)
    }

    /// # Errors
    /// `ResourceNotFoundException`
    pub(crate) fn group(&self, key: &GroupKey) -> Result<&Group, ApiError> {
        self.groups.get(key).ok_or_else(errors::no_group)
    }

    /// # Errors
    /// `ResourceNotFoundException`
    pub(crate) fn group_mut(&mut self, key: &GroupKey) -> Result<&mut Group, ApiError> {
        self.groups.get_mut(key).ok_or_else(errors::no_group)
    }

    /// The group that a request means by `logGroupName` or `logGroupIdentifier`.
    ///
    /// # Errors
    /// `InvalidParameterException` where it is neither or both.
    #[expect(clippy::unused_self, reason = "beside the others of its kind")]
    pub(crate) fn named(
        &self,
        origin: &Origin,
        (name, identifier): (Option<&str>, Option<&str>),
    ) -> Result<GroupKey, ApiError> {
        match (name, identifier) {
            (Some(name), None) => Ok(own_key(origin, name)),
            (None, Some(identifier)) => Ok(identified(origin, identifier)),
            (Some(_), Some(_)) => Err(errors::INVALID_PARAMETER
                .says("LogGroup name and LogGroup identifier are mutually exclusive parameters.")),
            (None, None) => Err(errors::INVALID_PARAMETER
                .says("Either LogGroup name or LogGroup identifier must be specified.")),
        }
    }

    pub(crate) fn create_log_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateLogGroupInput,
    ) -> Result<Empty, ApiError> {
        let key = own_key(origin, &input.log_group_name);
        if key.name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws/")) {
            return Err(errors::INVALID_PARAMETER
                .says("Log groups starting with AWS/ are reserved for AWS."));
        }
        if self.groups.contains_key(&key) {
            return Err(
                errors::RESOURCE_ALREADY_EXISTS.says("The specified log group already exists")
            );
        }
        if let Some(kms_key) = input.kms_key_id {
            // There is no KMS: no key can be used.
            return Err(errors::INVALID_PARAMETER.says(format!(
                "The specified KMS key does not exist or is not allowed to be used with LogGroup '{}': {kms_key}",
                key.arn()
            )));
        }
        let tags = input.tags.unwrap_or_default();
        check_tags(&tags)?;
        if self.groups.len() >= GROUPS_MAX {
            return Err((&errors::LIMIT_EXCEEDED).into());
        }
        let class = input.log_group_class.unwrap_or_else(|| "STANDARD".to_owned());
        let mut group = Group::new(key.clone(), cx.now, class);
        group.tags = tags;
        group.is_protected = input.deletion_protection_enabled == Some(true);
        cx.put(|| Record::group(&group));
        self.groups.insert(key, group);
        Ok(Empty {})
    }

    pub(crate) fn delete_log_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &LogGroupNameInput,
    ) -> Result<Empty, ApiError> {
        let key = self.own(origin, &input.log_group_name)?;
        if self.group(&key)?.is_protected {
            return Err(errors::VALIDATION.says(format!(
                "Log group {} has deletion protection enabled. Disable deletion protection before deleting it.",
                key.name
            )));
        }
        if let Some(group) = self.groups.remove(&key) {
            cx.delete(|| key.key());
            if let Some(at) = group.expires {
                cx.deadlines.cancel(at, crate::Due::Expire(Arc::clone(&group.key)));
            }
            for number in group.streams.into_values() {
                self.remove_stream(cx, number);
            }
        }
        Ok(Empty {})
    }

    pub(crate) fn put_log_group_deletion_protection(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutLogGroupDeletionProtectionInput,
    ) -> Result<Empty, ApiError> {
        let group = self.group_mut(&identified(origin, &input.log_group_identifier))?;
        group.is_protected = input.deletion_protection_enabled;
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn describe_log_groups(
        &self,
        origin: &Origin,
        input: &DescribeLogGroupsInput,
    ) -> Result<DescribeLogGroupsOutput, ApiError> {
        let (prefix, pattern) = (&input.log_group_name_prefix, &input.log_group_name_pattern);
        if prefix.is_some() && pattern.is_some() {
            return Err(errors::INVALID_PARAMETER.says(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let identifiers = input.log_group_identifiers.as_ref();
        let wanted: Option<BTreeSet<GroupKey>> = identifiers
            .map(|wanted| wanted.iter().map(|wanted| identified(origin, wanted)).collect());
        let pattern = pattern.as_ref().map(|pattern| pattern.to_ascii_lowercase());
        let found = self.of_caller(origin).filter(|group| {
            let name = &group.key.name;
            prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix.as_str()))
                && pattern.as_ref().is_none_or(|it| name.to_ascii_lowercase().contains(it.as_str()))
                && wanted.as_ref().is_none_or(|wanted| wanted.contains(&*group.key))
                && input.log_group_class.as_ref().is_none_or(|class| *class == group.class)
        });
        let limit = input.limit.unwrap_or(DESCRIBED_DEFAULT);
        let place = |group: &&Group| group.key.name.to_string();
        let page = page::of(found.collect(), input.next_token.as_deref(), limit, place, "groups")?;
        let log_groups = page.items.into_iter().map(described).collect();
        Ok(DescribeLogGroupsOutput { log_groups, next_token: page.next_token })
    }

    pub(crate) fn list_log_groups(
        &self,
        origin: &Origin,
        input: &ListLogGroupsInput,
    ) -> Result<ListLogGroupsOutput, ApiError> {
        // Each of the patterns is a text, with `^` before it where the name begins so.
        let alternatives = input.log_group_name_pattern.as_deref();
        let fits = |name: &str| {
            alternatives.is_none_or(|alternatives| {
                alternatives.split('|').any(|it| match it.strip_prefix('^') {
                    Some(prefix) => name.starts_with(prefix),
                    None => name.contains(it),
                })
            })
        };
        let has_tags = |group: &Group| {
            input.log_group_tags.iter().flatten().all(|filter| {
                let value = group.tags.get(&filter.key);
                let values = filter.values.as_deref().unwrap_or_default();
                value.is_some_and(|value| values.is_empty() || values.contains(value))
            })
        };
        let found = self.of_caller(origin).filter(|group| {
            fits(&group.key.name)
                && has_tags(group)
                && input.log_group_class.as_ref().is_none_or(|class| *class == group.class)
        });
        let limit = input.limit.unwrap_or(LISTED_DEFAULT);
        let place = |group: &&Group| group.key.name.to_string();
        let page = page::of(found.collect(), input.next_token.as_deref(), limit, place, "groups")?;
        let log_groups = page.items.into_iter().map(|group| LogGroupSummary {
            log_group_name: group.key.name.to_string(),
            log_group_arn: group.key.arn(),
            log_group_class: group.class.clone(),
        });
        Ok(ListLogGroupsOutput { log_groups: log_groups.collect(), next_token: page.next_token })
    }

    /// The groups of the caller's account and region, in the order of their names.
    pub(crate) fn of_caller<'a>(&'a self, origin: &Origin) -> impl Iterator<Item = &'a Group> {
        let (account, region) = (origin.account.clone(), origin.region.clone());
        let first = own_key(origin, "");
        self.groups
            .range(first..)
            .map(|(_, group)| group)
            .take_while(move |group| group.key.account == account && group.key.region == region)
    }
}

/// # Errors
/// `InvalidParameterException` where a key is AWS's own, `TooManyTagsException`.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let is_reserved =
        |key: &String| key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if tags.keys().any(is_reserved) {
        return Err(errors::INVALID_PARAMETER
            .says("Tag keys starting with aws: are reserved for system use."));
    }
    match tags.len() > TAGS_MAX {
        true => Err((&errors::TOO_MANY_TAGS).into()),
        false => Ok(()),
    }
}

/// The group of this name in the caller's account and region.
pub(crate) fn own_key(origin: &Origin, name: &str) -> GroupKey {
    GroupKey { account: origin.account.clone(), region: origin.region.clone(), name: name.into() }
}

/// The group that a name or an ARN says.
pub(crate) fn identified(origin: &Origin, identifier: &str) -> GroupKey {
    GroupKey::parse(identifier).unwrap_or_else(|| own_key(origin, identifier))
}

fn described(group: &Group) -> LogGroup {
    let arn = group.key.arn();
    LogGroup {
        log_group_name: group.key.name.to_string(),
        creation_time: group.created.as_ms(),
        retention_in_days: group.retention_days,
        metric_filter_count: group.metric_filters.len(),
        arn: format!("{arn}:*"),
        stored_bytes: group.stored_bytes,
        log_group_class: group.class.clone(),
        log_group_arn: arn,
        deletion_protection_enabled: group.is_protected,
    }
}

/// Input of `CreateLogGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateLogGroupInput {
    /// The group.
    pub log_group_name: String,
    /// What to encrypt it with: refused, there is no KMS.
    pub kms_key_id: Option<String>,
    /// Its tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// `STANDARD` without.
    pub log_group_class: Option<String>,
    /// It cannot be deleted.
    pub deletion_protection_enabled: Option<bool>,
}

/// Input of operations that name a group and nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroupNameInput {
    /// The group.
    pub log_group_name: String,
}

/// Input of `PutLogGroupDeletionProtection`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutLogGroupDeletionProtectionInput {
    /// The group's name or ARN.
    pub log_group_identifier: String,
    /// Whether it cannot be deleted.
    pub deletion_protection_enabled: bool,
}

/// Input of `DescribeLogGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeLogGroupsInput {
    /// What names begin with.
    pub log_group_name_prefix: Option<String>,
    /// What names have in them, whether in capital letters or not.
    pub log_group_name_pattern: Option<String>,
    /// Names or ARNs of the groups.
    pub log_group_identifiers: Option<Vec<String>>,
    /// Of which class they are.
    pub log_group_class: Option<String>,
    /// Whether those of linked accounts are wanted: there are none.
    pub include_linked_accounts: Option<bool>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// Output of `DescribeLogGroups`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroupsOutput {
    /// The groups of this page.
    pub log_groups: Vec<LogGroup>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A group, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// Its name.
    pub log_group_name: String,
    /// When it was made, in milliseconds since the epoch.
    pub creation_time: u64,
    /// For how many days events are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_in_days: Option<u32>,
    /// How many metric filters it has.
    pub metric_filter_count: usize,
    /// Its ARN, with `:*` at the end, as policies want it.
    pub arn: String,
    /// What is kept, in bytes: messages, and 26 bytes for each event.
    pub stored_bytes: u64,
    /// Its class.
    pub log_group_class: String,
    /// Its ARN.
    pub log_group_arn: String,
    /// It cannot be deleted.
    pub deletion_protection_enabled: bool,
}

/// Input of `ListLogGroups`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListLogGroupsInput {
    /// What names have in them, or begin with behind a `^`; one of several between `|`.
    pub log_group_name_pattern: Option<String>,
    /// Of which class they are.
    pub log_group_class: Option<String>,
    /// Whether those of linked accounts are wanted: there are none.
    pub include_linked_accounts: Option<bool>,
    /// Which tags they have.
    pub log_group_tags: Option<Vec<TagFilter>>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// A tag that is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagFilter {
    /// Its key.
    pub key: String,
    /// Its values; any where none is said.
    pub values: Option<Vec<String>>,
}

/// Output of `ListLogGroups`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListLogGroupsOutput {
    /// The groups of this page.
    pub log_groups: Vec<LogGroupSummary>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A group, as it is listed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroupSummary {
    /// Its name.
    pub log_group_name: String,
    /// Its ARN.
    pub log_group_arn: String,
    /// Its class.
    pub log_group_class: String,
}
