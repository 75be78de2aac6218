//! Tags of groups, by both their names: that of 2014 and that of 2022.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::group::{GroupKey, LogGroupNameInput, check_tags, own_key};
use crate::{Cx, Empty, Logs, Record, error as errors};

impl Logs {
    pub(crate) fn tag_log_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: TagLogGroupInput,
    ) -> Result<Empty, ApiError> {
        self.tag(cx, &own_key(origin, &input.log_group_name), input.tags)
    }

    pub(crate) fn tag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        input: TagResourceInput,
    ) -> Result<Empty, ApiError> {
        let key = self.resource(&input.resource_arn)?;
        self.tag(cx, &key, input.tags)
    }

    fn tag(
        &mut self,
        cx: &mut Cx<'_>,
        key: &GroupKey,
        tags: BTreeMap<String, String>,
    ) -> Result<Empty, ApiError> {
        let group = self.group_mut(key)?;
        let mut all = group.tags.clone();
        all.extend(tags);
        check_tags(&all)?;
        group.tags = all;
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn untag_log_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &UntagLogGroupInput,
    ) -> Result<Empty, ApiError> {
        self.untag(cx, &own_key(origin, &input.log_group_name), &input.tags)
    }

    pub(crate) fn untag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        input: &UntagResourceInput,
    ) -> Result<Empty, ApiError> {
        let key = self.resource(&input.resource_arn)?;
        self.untag(cx, &key, &input.tag_keys)
    }

    fn untag(
        &mut self,
        cx: &mut Cx<'_>,
        key: &GroupKey,
        tags: &[String],
    ) -> Result<Empty, ApiError> {
        let group = self.group_mut(key)?;
        group.tags.retain(|name, _| !tags.contains(name));
        cx.put(|| Record::group(group));
        Ok(Empty {})
    }

    pub(crate) fn list_tags_log_group(
        &self,
        origin: &Origin,
        input: &LogGroupNameInput,
    ) -> Result<TagsOutput, ApiError> {
        let group = self.group(&own_key(origin, &input.log_group_name))?;
        Ok(TagsOutput { tags: group.tags.clone() })
    }

    pub(crate) fn list_tags_for_resource(
        &self,
        input: &ListTagsForResourceInput,
    ) -> Result<TagsOutput, ApiError> {
        let group = self.group(&self.resource(&input.resource_arn)?)?;
        Ok(TagsOutput { tags: group.tags.clone() })
    }

    /// The group of this ARN.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, also of what we do not have.
    fn resource(&self, arn: &str) -> Result<GroupKey, ApiError> {
        GroupKey::parse(arn)
            .filter(|key| self.groups.contains_key(key))
            .ok_or_else(|| (&errors::RESOURCE_NOT_FOUND).into())
    }
}

/// Input of `TagLogGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagLogGroupInput {
    /// The group.
    pub log_group_name: String,
    /// What to add or replace.
    pub tags: BTreeMap<String, String>,
}

/// Input of `UntagLogGroup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UntagLogGroupInput {
    /// The group.
    pub log_group_name: String,
    /// The keys of what to remove.
    pub tags: Vec<String>,
}

/// Input of `TagResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagResourceInput {
    /// The group's ARN.
    pub resource_arn: String,
    /// What to add or replace.
    pub tags: BTreeMap<String, String>,
}

/// Input of `UntagResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UntagResourceInput {
    /// The group's ARN.
    pub resource_arn: String,
    /// The keys of what to remove.
    pub tag_keys: Vec<String>,
}

/// Input of `ListTagsForResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListTagsForResourceInput {
    /// The group's ARN.
    pub resource_arn: String,
}

/// Output of `ListTagsLogGroup` and `ListTagsForResource`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagsOutput {
    /// All of them.
    pub tags: BTreeMap<String, String>,
}
