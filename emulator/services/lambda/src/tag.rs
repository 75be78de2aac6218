//! Tags of functions, mappings and code signing configurations.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>

use std::collections::BTreeMap;

use kernel::arn::{Arn, FunctionArn, Parts};
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::{Lambda, MappingId, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse, limits};

/// Input of `TagResource`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagResourceInput {
    pub(super) resource: String,
    pub(super) tags: BTreeMap<String, String>,
}

/// Input of `UntagResource`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UntagResourceInput {
    pub(super) resource: String,
    pub(super) tag_keys: Vec<String>,
}

/// Input of `ListTags`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListTagsInput {
    pub(super) resource: String,
}

/// Output of `ListTags`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    tags: BTreeMap<String, String>,
}

/// What has tags.
#[derive(Debug, Clone)]
pub(crate) enum Tagged {
    Function(FunctionArn),
    Mapping(MappingId),
    CodeSigningConfig(String),
}

impl Lambda {
    pub(super) fn tag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: TagResourceInput,
    ) -> Result<NothingOutput, ApiError> {
        if input.tags.is_empty() {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("An error occurred and the request cannot be processed."));
        }
        let tagged = self.tagged(&input.resource, origin)?;
        let mut tags = self.tags_of(&tagged).cloned().unwrap_or_default();
        tags.extend(input.tags);
        check(&tags)?;
        self.set_tags(cx, &tagged, tags);
        Ok(NothingOutput {})
    }

    pub(super) fn untag_resource(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &UntagResourceInput,
    ) -> Result<NothingOutput, ApiError> {
        let tagged = self.tagged(&input.resource, origin)?;
        let mut tags = self.tags_of(&tagged).cloned().unwrap_or_default();
        tags.retain(|name, _| !input.tag_keys.contains(name));
        self.set_tags(cx, &tagged, tags);
        Ok(NothingOutput {})
    }

    pub(super) fn list_tags(
        &self,
        origin: &Origin,
        input: &ListTagsInput,
    ) -> Result<ListTagsOutput, ApiError> {
        let tagged = self.tagged(&input.resource, origin)?;
        Ok(ListTagsOutput { tags: self.tags_of(&tagged).cloned().unwrap_or_default() })
    }

    /// What an ARN names that can have tags, and is there.
    pub(crate) fn tagged(&self, resource: &str, origin: &Origin) -> Result<Tagged, ApiError> {
        let (kind, name) = Parts::parse(resource)
            .and_then(|parts| parts.resource.split_once(':'))
            .unwrap_or_default();
        let missing = |what: &str| refuse::RESOURCE_NOT_FOUND.user(format!("{what}: {resource}"));
        match kind {
            "function" => match Arn::parse(resource) {
                Some(Arn::Function(arn)) if arn.qualifier.is_some() => {
                    Err(refuse::INVALID_PARAMETER_VALUE.user(
                        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
                    ))
                }
                Some(Arn::Function(arn)) if self.functions.contains_key(&arn) => {
                    Ok(Tagged::Function(arn))
                }
                _ => Err(missing("Function not found")),
            },
            "event-source-mapping" => {
                let mapping = self.mapping(name, origin);
                let mapping = mapping.map_err(|_| missing("Event source mapping not found"))?;
                Ok(Tagged::Mapping(mapping.id.clone()))
            }
            "code-signing-config" if self.code_signing_configs.contains_key(resource) => {
                Ok(Tagged::CodeSigningConfig(resource.to_owned()))
            }
            "code-signing-config" => Err(missing("Code signing config not found")),
            "capacity-provider" => Err(missing("Capacity provider not found")),
            _ => Err(refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")),
        }
    }

    pub(crate) fn tags_of(&self, tagged: &Tagged) -> Option<&BTreeMap<String, String>> {
        match tagged {
            Tagged::Function(arn) => Some(&self.functions.get(arn)?.tags),
            Tagged::Mapping(id) => Some(&self.mappings.get(id)?.tags),
            Tagged::CodeSigningConfig(arn) => Some(&self.code_signing_configs.get(arn)?.tags),
        }
    }

    fn set_tags(&mut self, cx: &mut Cx<'_>, tagged: &Tagged, tags: BTreeMap<String, String>) {
        match tagged {
            Tagged::Function(arn) => {
                let Some(function) = self.functions.get_mut(arn) else { return };
                function.tags = tags;
                function.latest.revision_id = cx.ids.uuid();
                cx.put(|| Record::function(function));
            }
            Tagged::Mapping(id) => {
                let Some(mapping) = self.mappings.get_mut(id) else { return };
                mapping.tags = tags;
                cx.put(|| Record::mapping(mapping));
            }
            Tagged::CodeSigningConfig(arn) => {
                let Some(config) = self.code_signing_configs.get_mut(arn) else { return };
                config.tags = tags;
                cx.put(|| Record::code_signing_config(config));
            }
        }
    }
}

/// Whether a resource can have so many tags.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    match tags.len() > limits::TAGS_MAX {
        true => {
            Err(refuse::INVALID_PARAMETER_VALUE.user("Number of tags exceeds resource tag limit."))
        }
        false => Ok(()),
    }
}
