//! Tags of load balancers, listeners, rules and target groups.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html>

use std::collections::BTreeMap;

use kernel::arn::Parts;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::{DUPLICATE_TAG_KEYS, TOO_MANY_TAGS, VALIDATION, wrong};
use crate::limits::{RESOURCES_A_CALL_MAX, TAGS_MAX};
use crate::{Cx, Elb, Empty, Record, arn};

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// What it says.
    pub value: Option<String>,
}

/// Tags as they are kept, if something can have them.
pub(crate) fn checked(tags: &[Tag]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut all = BTreeMap::new();
    for Tag { key, value } in tags {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return wrong(format!("Tag key '{key}' cannot start with 'aws:'"));
        }
        if all.insert(key.clone(), value.clone().unwrap_or_default()).is_some() {
            return Err(
                DUPLICATE_TAG_KEYS.says(format!("Tag key was specified more than once: {key}"))
            );
        }
    }
    match all.len() > TAGS_MAX {
        true => Err((&TOO_MANY_TAGS).into()),
        false => Ok(all),
    }
}

/// Input of `AddTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AddTagsInput {
    /// Of what.
    pub resource_arns: Vec<String>,
    /// Which.
    pub tags: Vec<Tag>,
}

/// Input of `RemoveTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RemoveTagsInput {
    /// Of what.
    pub resource_arns: Vec<String>,
    /// The names of those that go.
    pub tag_keys: Vec<String>,
}

/// Input of `DescribeTags`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DescribeTagsInput {
    /// Of what.
    pub resource_arns: Vec<String>,
}

/// Output of `DescribeTags`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTagsOutput {
    /// Of each.
    pub tag_descriptions: Vec<TagDescription>,
}

/// The tags of something.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagDescription {
    /// Its ARN.
    pub resource_arn: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Elb {
    fn tags_of(&self, origin: &Origin, arn: &str) -> Result<&BTreeMap<String, String>, ApiError> {
        let is_of_region =
            Parts::parse(arn).is_some_and(|parts| parts.region == origin.region.as_str());
        Ok(match arn::Kind::of(arn).filter(|_| is_of_region) {
            Some(arn::Kind::LoadBalancer) => &self.own_balancer(origin, arn)?.tags,
            Some(arn::Kind::Listener) => &self.own_listener(origin, arn)?.tags,
            Some(arn::Kind::Rule) => &self.own_rule(origin, arn)?.tags,
            Some(arn::Kind::TargetGroup) => &self.own_group(origin, arn)?.tags,
            None => return Err(VALIDATION.says(format!("'{arn}' must be in ARN format"))),
        })
    }

    fn set_tags(&mut self, cx: &mut Cx<'_>, arn: &str, tags: BTreeMap<String, String>) {
        match arn::Kind::of(arn) {
            Some(arn::Kind::LoadBalancer) => {
                if let Some(it) = self.balancers.get_mut(arn) {
                    it.tags = tags;
                    cx.put(|| Record::balancer(it));
                }
            }
            Some(arn::Kind::Listener) => {
                if let Some(it) = self.listeners.get_mut(arn) {
                    it.tags = tags;
                    cx.put(|| Record::listener(it));
                }
            }
            Some(arn::Kind::Rule) => {
                if let Some(it) = self.rules.get_mut(arn) {
                    it.tags = tags;
                    cx.put(|| Record::rule(it));
                }
            }
            Some(arn::Kind::TargetGroup) => {
                if let Some(it) = self.groups.get_mut(arn) {
                    it.tags = tags;
                    cx.put(|| Record::group(it));
                }
            }
            None => {}
        }
    }

    pub(crate) fn add_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AddTagsInput,
    ) -> Result<Empty, ApiError> {
        let more = checked(&input.tags)?;
        check_count(&input.resource_arns)?;
        let mut changed = Vec::new();
        for arn in &input.resource_arns {
            let mut all = self.tags_of(origin, arn)?.clone();
            all.extend(more.clone());
            if all.len() > TAGS_MAX {
                return Err((&TOO_MANY_TAGS).into());
            }
            changed.push((arn, all));
        }
        changed.into_iter().for_each(|(arn, all)| self.set_tags(cx, arn, all));
        Ok(Empty {})
    }

    pub(crate) fn remove_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &RemoveTagsInput,
    ) -> Result<Empty, ApiError> {
        check_count(&input.resource_arns)?;
        let mut changed = Vec::new();
        for arn in &input.resource_arns {
            let mut all = self.tags_of(origin, arn)?.clone();
            all.retain(|key, _| !input.tag_keys.contains(key));
            changed.push((arn, all));
        }
        changed.into_iter().for_each(|(arn, all)| self.set_tags(cx, arn, all));
        Ok(Empty {})
    }

    pub(crate) fn describe_tags(
        &self,
        origin: &Origin,
        input: &DescribeTagsInput,
    ) -> Result<DescribeTagsOutput, ApiError> {
        check_count(&input.resource_arns)?;
        let described = |arn: &String| {
            let tags = self.tags_of(origin, arn)?.iter();
            let tag = |(key, value): (&String, &String)| Tag {
                key: key.clone(),
                value: Some(value.clone()),
            };
            Ok(TagDescription { resource_arn: arn.clone(), tags: tags.map(tag).collect() })
        };
        let all: Result<_, ApiError> = input.resource_arns.iter().map(described).collect();
        Ok(DescribeTagsOutput { tag_descriptions: all? })
    }
}

fn check_count(arns: &[String]) -> Result<(), ApiError> {
    if arns.is_empty() {
        return wrong("At least one resource ARN must be specified");
    }
    if arns.len() > RESOURCES_A_CALL_MAX {
        return wrong(format!(
            "Resource ARNs cannot be more than '{RESOURCES_A_CALL_MAX}' in one call"
        ));
    }
    Ok(())
}
