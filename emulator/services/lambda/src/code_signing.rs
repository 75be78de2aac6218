//! Code signing configurations: kept and shown. Nothing is signed here, so that nothing is verified.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::{FunctionInput, Lambda, NothingOutput, tag};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse};

/// A code signing configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSigningConfig {
    /// Its ARN, which ends with its id.
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) signing_profile_version_arns: Vec<String>,
    /// `UntrustedArtifactOnDeployment`: `Warn` or `Enforce`.
    pub(crate) untrusted_artifact: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) last_modified: Timestamp,
}

/// `AllowedPublishers`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AllowedPublishers {
    signing_profile_version_arns: Vec<String>,
}

/// `CodeSigningPolicies`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CodeSigningPolicies {
    untrusted_artifact_on_deployment: Option<String>,
}

/// Input of `CreateCodeSigningConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateCodeSigningConfigInput {
    description: Option<String>,
    allowed_publishers: AllowedPublishers,
    code_signing_policies: Option<CodeSigningPolicies>,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

/// Input of `UpdateCodeSigningConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateCodeSigningConfigInput {
    pub(super) code_signing_config_arn: String,
    description: Option<String>,
    allowed_publishers: Option<AllowedPublishers>,
    code_signing_policies: Option<CodeSigningPolicies>,
}

/// Input of `GetCodeSigningConfig` and `DeleteCodeSigningConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CodeSigningConfigInput {
    pub(super) code_signing_config_arn: String,
}

/// Input of `ListCodeSigningConfigs`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListCodeSigningConfigsInput {
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Input of `ListFunctionsByCodeSigningConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListFunctionsByCodeSigningConfigInput {
    pub(super) code_signing_config_arn: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Input of `PutFunctionCodeSigningConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutFunctionCodeSigningConfigInput {
    pub(super) code_signing_config_arn: String,
    pub(super) function_name: String,
}

/// A code signing configuration, as AWS shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeSigningConfigShown {
    code_signing_config_id: String,
    code_signing_config_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    allowed_publishers: AllowedPublishers,
    code_signing_policies: CodeSigningPolicies,
    last_modified: String,
}

/// Output of operations on one of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeSigningConfigOutput {
    code_signing_config: CodeSigningConfigShown,
}

/// Output of `ListCodeSigningConfigs`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCodeSigningConfigsOutput {
    code_signing_configs: Vec<CodeSigningConfigShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

/// Output of `ListFunctionsByCodeSigningConfig`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsByCodeSigningConfigOutput {
    function_arns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

/// Output of `PutFunctionCodeSigningConfig` and `GetFunctionCodeSigningConfig`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCodeSigningConfigOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    code_signing_config_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_name: Option<String>,
}

impl CodeSigningConfig {
    /// Where the record of this is kept.
    pub(crate) fn key_of(arn: &str) -> Key {
        Key::named(Kind::CodeSigningConfig, arn)
    }

    fn shown(&self) -> CodeSigningConfigShown {
        CodeSigningConfigShown {
            code_signing_config_id: self.arn.rsplit(':').next().unwrap_or_default().to_owned(),
            code_signing_config_arn: self.arn.clone(),
            description: self.description.clone(),
            allowed_publishers: AllowedPublishers {
                signing_profile_version_arns: self.signing_profile_version_arns.clone(),
            },
            code_signing_policies: CodeSigningPolicies {
                untrusted_artifact_on_deployment: Some(self.untrusted_artifact.clone()),
            },
            last_modified: self.last_modified.iso8601_offset(),
        }
    }

    fn output(&self) -> CodeSigningConfigOutput {
        CodeSigningConfigOutput { code_signing_config: self.shown() }
    }
}

impl Lambda {
    pub(super) fn create_code_signing_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateCodeSigningConfigInput,
    ) -> Result<CodeSigningConfigOutput, ApiError> {
        let tags = input.tags.unwrap_or_default();
        tag::check(&tags)?;
        let id = hex::encode(cx.ids.bytes(9));
        let config = CodeSigningConfig {
            arn: format!(
                "arn:aws:lambda:{}:{}:code-signing-config:csc-{}",
                origin.region,
                origin.account,
                &id[..17]
            ),
            description: input.description,
            signing_profile_version_arns: input.allowed_publishers.signing_profile_version_arns,
            untrusted_artifact: policy(input.code_signing_policies)
                .unwrap_or_else(|| "Warn".into()),
            tags,
            last_modified: cx.now,
        };
        cx.put(|| Record::code_signing_config(&config));
        let output = config.output();
        self.code_signing_configs.insert(config.arn.clone(), config);
        Ok(output)
    }

    pub(super) fn update_code_signing_config(
        &mut self,
        cx: &mut Cx<'_>,
        input: UpdateCodeSigningConfigInput,
    ) -> Result<CodeSigningConfigOutput, ApiError> {
        let arn = input.code_signing_config_arn;
        let config = self.code_signing_configs.get_mut(&arn).ok_or_else(|| none(&arn))?;
        if input.description.is_some() {
            config.description = input.description;
        }
        if let Some(publishers) = input.allowed_publishers {
            config.signing_profile_version_arns = publishers.signing_profile_version_arns;
        }
        if let Some(policy) = policy(input.code_signing_policies) {
            config.untrusted_artifact = policy;
        }
        config.last_modified = cx.now;
        cx.put(|| Record::code_signing_config(config));
        Ok(config.output())
    }

    pub(super) fn get_code_signing_config(
        &self,
        input: &CodeSigningConfigInput,
    ) -> Result<CodeSigningConfigOutput, ApiError> {
        let arn = &input.code_signing_config_arn;
        Ok(self.code_signing_configs.get(arn).ok_or_else(|| none(arn))?.output())
    }

    /// One that functions have is not deleted.
    pub(super) fn delete_code_signing_config(
        &mut self,
        cx: &mut Cx<'_>,
        input: &CodeSigningConfigInput,
    ) -> Result<NothingOutput, ApiError> {
        let arn = &input.code_signing_config_arn;
        if !self.code_signing_configs.contains_key(arn) {
            return Err(none(arn));
        }
        if self.functions.values().any(|it| it.code_signing_config.as_ref() == Some(arn)) {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "The code signing configuration {arn} is in use by functions. Remove it from them first."
            )));
        }
        self.code_signing_configs.remove(arn);
        cx.delete(|| CodeSigningConfig::key_of(arn));
        Ok(NothingOutput {})
    }

    pub(super) fn list_code_signing_configs(
        &self,
        origin: &Origin,
        input: &ListCodeSigningConfigsInput,
    ) -> Result<ListCodeSigningConfigsOutput, ApiError> {
        let own = format!("arn:aws:lambda:{}:{}:", origin.region, origin.account);
        let all = self.code_signing_configs.values().filter(|it| it.arn.starts_with(&own));
        let place = |config: &&CodeSigningConfig| config.arn.clone();
        let page = Page::of(all, place, input.marker.as_deref(), input.max_items);
        Ok(ListCodeSigningConfigsOutput {
            code_signing_configs: page.items.into_iter().map(CodeSigningConfig::shown).collect(),
            next_marker: page.next_marker,
        })
    }

    pub(super) fn list_functions_by_code_signing_config(
        &self,
        input: &ListFunctionsByCodeSigningConfigInput,
    ) -> Result<ListFunctionsByCodeSigningConfigOutput, ApiError> {
        let arn = &input.code_signing_config_arn;
        if !self.code_signing_configs.contains_key(arn) {
            return Err(none(arn));
        }
        let having = self.functions.values();
        let having = having.filter(|it| it.code_signing_config.as_ref() == Some(arn));
        let arns = having.map(|function| function.arn.to_string());
        let page = Page::of(arns, Clone::clone, input.marker.as_deref(), input.max_items);
        Ok(ListFunctionsByCodeSigningConfigOutput {
            function_arns: page.items,
            next_marker: page.next_marker,
        })
    }

    pub(super) fn put_function_code_signing_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutFunctionCodeSigningConfigInput,
    ) -> Result<FunctionCodeSigningConfigOutput, ApiError> {
        self.check_code_signing_config(&input.code_signing_config_arn)?;
        let (arn, _) = self.function(&input.function_name, origin)?;
        let config = Some(input.code_signing_config_arn.clone());
        if let Some(function) = self.functions.get_mut(&arn) {
            function.code_signing_config.clone_from(&config);
            cx.put(|| Record::function(function));
        }
        Ok(FunctionCodeSigningConfigOutput {
            code_signing_config_arn: config,
            function_name: Some(arn.name.to_string()),
        })
    }

    pub(super) fn get_function_code_signing_config(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionCodeSigningConfigOutput, ApiError> {
        let (arn, function) = self.function(&input.function_name, origin)?;
        let config = function.code_signing_config.clone();
        let function_name = config.as_ref().map(|_| arn.name.to_string());
        Ok(FunctionCodeSigningConfigOutput { code_signing_config_arn: config, function_name })
    }

    pub(super) fn delete_function_code_signing_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<NothingOutput, ApiError> {
        let (arn, _) = self.function(&input.function_name, origin)?;
        if let Some(function) = self.functions.get_mut(&arn) {
            function.code_signing_config = None;
            cx.put(|| Record::function(function));
        }
        Ok(NothingOutput {})
    }

    /// Whether there is one that a function can be given.
    pub(super) fn check_code_signing_config(&self, arn: &str) -> Result<(), ApiError> {
        match self.code_signing_configs.contains_key(arn) {
            true => Ok(()),
            false => Err(refuse::CODE_SIGNING_CONFIG_NOT_FOUND.user(format!(
                "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."
            ))),
        }
    }
}

fn policy(policies: Option<CodeSigningPolicies>) -> Option<String> {
    policies.and_then(|policies| policies.untrusted_artifact_on_deployment)
}

fn none(arn: &str) -> ApiError {
    refuse::RESOURCE_NOT_FOUND
        .says(format!("The Lambda code signing configuration {arn} can not be found."))
}
