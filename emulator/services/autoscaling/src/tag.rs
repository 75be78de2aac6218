//! Tags of groups, which new instances have, too, where they are told to.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{LIMIT_EXCEEDED, invalid, nothing_to_tag};
use crate::key::GroupKey;
use crate::limits::TAGS_MAX;
use crate::page::{self, PageSize};
use crate::record::Tagging;
use crate::shape::{Empty, Filter};
use crate::state::Group;
use crate::{AutoScaling, Cx};

/// The one kind of resource that has tags here.
const GROUP: &str = "auto-scaling-group";

fn check(tag: &TagInput) -> Result<(), ApiError> {
    if tag.resource_type.as_deref().is_some_and(|kind| kind != GROUP) {
        return Err(invalid(format!(
            "Invalid resource type: {}. The only supported value is {GROUP}.",
            tag.resource_type.as_deref().unwrap_or_default()
        )));
    }
    if tag.key.starts_with("aws:") {
        return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
    }
    Ok(())
}

/// The tags that a new group of this name is given.
pub(crate) fn of_new_group(
    name: &str,
    tags: &[TagInput],
) -> Result<BTreeMap<String, Tagging>, ApiError> {
    let mut all = BTreeMap::new();
    for tag in tags {
        check(tag)?;
        if tag.resource_id.as_ref().is_some_and(|id| id != name) {
            return Err(invalid("The resource ID of a tag must be the name of the group."));
        }
        all.insert(tag.key.clone(), tag.into());
    }
    limit(&all)?;
    Ok(all)
}

fn limit(tags: &BTreeMap<String, Tagging>) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(LIMIT_EXCEEDED.says(format!(
            "The number of tags exceeds the maximum of {TAGS_MAX} for a resource."
        )));
    }
    Ok(())
}

impl From<&TagInput> for Tagging {
    fn from(tag: &TagInput) -> Self {
        Self {
            value: tag.value.clone().unwrap_or_default(),
            propagates: tag.propagate_at_launch.unwrap_or(false),
        }
    }
}

/// The tags of a group as they are told.
pub(crate) fn described(group: &Group) -> impl Iterator<Item = TagDescription> + '_ {
    group.tags.iter().map(|(key, tag)| TagDescription {
        resource_id: group.key.name.to_string(),
        resource_type: GROUP,
        key: key.clone(),
        value: tag.value.clone(),
        propagate_at_launch: tag.propagates,
    })
}

impl AutoScaling {
    pub(crate) fn create_or_update_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TagsInput,
    ) -> Result<Empty, ApiError> {
        for (key, tags) in self.by_group(origin, input)? {
            self.change(cx, &key, |work| {
                let mut all = work.group.tags.clone();
                all.extend(tags.iter().map(|tag| (tag.key.clone(), (*tag).into())));
                limit(&all)?;
                work.group.tags = all;
                Ok(Empty {})
            })?;
        }
        Ok(Empty {})
    }

    pub(crate) fn delete_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TagsInput,
    ) -> Result<Empty, ApiError> {
        for (key, tags) in self.by_group(origin, input)? {
            self.change(cx, &key, |work| {
                for tag in tags {
                    let found = work.group.tags.get(&tag.key);
                    // A value that is told must be the tag's.
                    if found
                        .is_some_and(|it| tag.value.as_ref().is_none_or(|told| *told == it.value))
                    {
                        work.group.tags.remove(&tag.key);
                    }
                }
                Ok(Empty {})
            })?;
        }
        Ok(Empty {})
    }

    /// The tags of a request by the groups that they name, of which all must be there.
    fn by_group<'a>(
        &self,
        origin: &Origin,
        input: &'a TagsInput,
    ) -> Result<BTreeMap<GroupKey, Vec<&'a TagInput>>, ApiError> {
        let mut all: BTreeMap<GroupKey, Vec<&TagInput>> = BTreeMap::new();
        for tag in &input.tags {
            check(tag)?;
            let name = tag.resource_id.as_deref().unwrap_or_default();
            all.entry(self.key_or(origin, name, nothing_to_tag)?).or_default().push(tag);
        }
        Ok(all)
    }

    pub(crate) fn describe_tags(
        &self,
        origin: &Origin,
        input: &DescribeTagsInput,
    ) -> Result<DescribeTagsOutput, ApiError> {
        for filter in &input.filters {
            let name = filter.name.as_deref().unwrap_or_default();
            if !["auto-scaling-group", "key", "value", "propagate-at-launch"].contains(&name) {
                return Err(invalid(format!(
                    "Filter type {name} is not correct. Allowed Filter types are: [auto-scaling-group key value propagate-at-launch]"
                )));
            }
        }
        let all = self.groups_of(origin).flat_map(described);
        let found = all.filter(|tag| input.filters.iter().all(|filter| tag.fits(filter)));
        let asked = (input.next_token.as_deref(), input.max_records);
        let page = page::of(found, asked, PageSize::USUAL, |tag| {
            format!("{}/{}", tag.resource_id, tag.key)
        })?;
        Ok(DescribeTagsOutput { tags: page.items, next_token: page.next_token })
    }
}

impl TagDescription {
    fn fits(&self, filter: &Filter) -> bool {
        filter.values.iter().any(|value| match filter.name.as_deref() {
            Some("auto-scaling-group") => *value == self.resource_id,
            Some("key") => *value == self.key,
            Some("value") => *value == self.value,
            _ => value.eq_ignore_ascii_case(&self.propagate_at_launch.to_string()),
        })
    }
}

/// Input of `CreateOrUpdateTags` and `DeleteTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagsInput {
    /// The tags.
    #[serde(default)]
    pub tags: Vec<TagInput>,
}

/// A tag as it is told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagInput {
    /// The group.
    pub resource_id: Option<String>,
    /// `auto-scaling-group`
    pub resource_type: Option<String>,
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
    /// New instances have it, too.
    pub propagate_at_launch: Option<bool>,
}

/// A tag as it is answered.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagDescription {
    resource_id: String,
    resource_type: &'static str,
    key: String,
    value: String,
    propagate_at_launch: bool,
}

/// Input of `DescribeTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTagsInput {
    /// What all must fit.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// Tags of a page.
    pub max_records: Option<i64>,
}

/// Output of `DescribeTags`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTagsOutput {
    /// The tags.
    pub tags: Vec<TagDescription>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
