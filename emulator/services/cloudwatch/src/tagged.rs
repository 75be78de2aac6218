//! What has tags.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html>

use std::collections::BTreeMap;

use kernel::arn::Parts;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use serde::{Deserialize, Serialize};

use crate::alarm::AlarmKey;
use crate::error::{INVALID_PARAMETER_VALUE, RESOURCE_NOT_FOUND_EXCEPTION, missing};
use crate::tags::{Tag, merged};
use crate::{CloudWatch, Cx, Empty, Record};

/// What an ARN names.
enum Tagged {
    Alarm(AlarmKey),
    Rule(crate::insight_rule::RuleKey),
    Dashboard(crate::dashboard::DashboardKey),
}

impl Tagged {
    fn parse(arn: &str) -> Option<Self> {
        let parts = Parts::parse_ours(arn).filter(|parts| parts.service == "cloudwatch")?;
        let account = AccountId::parse(parts.account)?;
        if let Some(name) = parts.resource.strip_prefix("dashboard/") {
            return Some(Self::Dashboard((account, name.into())));
        }
        let region = Region::parse(parts.region)?;
        if let Some(name) = parts.resource.strip_prefix("insight-rule/") {
            return Some(Self::Rule((account, region, name.into())));
        }
        let name = parts.resource.strip_prefix("alarm:")?;
        Some(Self::Alarm(AlarmKey { account, region, name: name.into() }))
    }
}

impl CloudWatch {
    fn tags_mut(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        arn: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
    ) -> Result<Empty, ApiError> {
        let unknown = || {
            RESOURCE_NOT_FOUND_EXCEPTION
                .with("ResourceType", "resource")
                .with("ResourceId", arn.to_owned())
        };
        match Tagged::parse(arn).ok_or_else(unknown)? {
            Tagged::Alarm(key) if key.account == origin.account => {
                let alarm = self.alarms.all.get_mut(&key).ok_or_else(unknown)?;
                change(&mut alarm.tags)?;
                cx.put(|| Record::alarm(alarm));
            }
            Tagged::Rule(key) if key.0 == origin.account => {
                let rule = self.insight_rules.get_mut(&key).ok_or_else(unknown)?;
                change(&mut rule.tags)?;
                cx.put(|| Record::insight_rule(&key, rule));
            }
            Tagged::Dashboard(key) if key.0 == origin.account => {
                let dashboard = self.dashboards.get_mut(&key).ok_or_else(unknown)?;
                change(&mut dashboard.tags)?;
                cx.put(|| Record::dashboard(&key, dashboard));
            }
            _ => return Err(unknown()),
        }
        Ok(Empty {})
    }

    pub(crate) fn tag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &TagResourceInput,
    ) -> Result<Empty, ApiError> {
        let arn = input.resource_arn.as_deref().ok_or_else(|| missing("ResourceARN"))?;
        let tags = input.tags.as_deref().ok_or_else(|| missing("Tags"))?;
        self.tags_mut(cx, origin, arn, |own| {
            *own = merged(own, tags)?;
            Ok(())
        })
    }

    pub(crate) fn untag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &UntagResourceInput,
    ) -> Result<Empty, ApiError> {
        let arn = input.resource_arn.as_deref().ok_or_else(|| missing("ResourceARN"))?;
        let keys = input.tag_keys.as_deref().ok_or_else(|| missing("TagKeys"))?;
        self.tags_mut(cx, origin, arn, |own| {
            own.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    /// What is not there has no tags, as on AWS.
    pub(crate) fn list_tags_for_resource(
        &self,
        origin: &Origin,
        input: &ListTagsForResourceInput,
    ) -> Result<ListTagsForResourceOutput, ApiError> {
        let arn = input.resource_arn.as_deref().ok_or_else(|| missing("ResourceARN"))?;
        let found = match Tagged::parse(arn) {
            None => {
                return Err(INVALID_PARAMETER_VALUE
                    .says(format!("The value {arn} for parameter ResourceARN is invalid.")));
            }
            Some(Tagged::Alarm(key)) if key.account == origin.account => {
                self.alarms.all.get(&key).map(|alarm| &alarm.tags)
            }
            Some(Tagged::Rule(key)) if key.0 == origin.account => {
                self.insight_rules.get(&key).map(|rule| &rule.tags)
            }
            Some(Tagged::Dashboard(key)) if key.0 == origin.account => {
                self.dashboards.get(&key).map(|dashboard| &dashboard.tags)
            }
            Some(_) => None,
        };
        let tags = found.into_iter().flatten();
        let tags = tags.map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
        Ok(ListTagsForResourceOutput { tags: tags.collect() })
    }
}

/// Input of `TagResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagResourceInput {
    /// Of what.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
    /// Tags to be laid over those that there are.
    pub tags: Option<Vec<Tag>>,
}

/// Input of `UntagResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UntagResourceInput {
    /// Of what.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
    /// The names of tags that go.
    pub tag_keys: Option<Vec<String>>,
}

/// Input of `ListTagsForResource`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListTagsForResourceInput {
    /// Of what.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: Option<String>,
}

/// Output of `ListTagsForResource`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceOutput {
    /// Its tags.
    pub tags: Vec<Tag>,
}
