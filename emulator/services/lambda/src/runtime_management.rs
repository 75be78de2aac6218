//! When the runtime of a version is updated: kept and shown. What runs is the host's.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html>

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::qualifier::LATEST;
use super::{FunctionInput, Lambda};
use crate::error::UserError as _;
use crate::{Cx, Record, error as refuse};

/// When the runtime of a version is updated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuntimeManagement {
    /// As soon as there is a new one.
    #[default]
    Auto,
    /// When the function is updated.
    FunctionUpdate,
    /// Never: it is this one.
    Manual(String),
}

/// Input of `PutRuntimeManagementConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutRuntimeManagementConfigInput {
    pub(super) function_name: String,
    pub(super) qualifier: Option<String>,
    update_runtime_on: String,
    runtime_version_arn: Option<String>,
}

/// Output of operations on it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuntimeManagementConfigOutput {
    update_runtime_on: &'static str,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime_version_arn: Option<String>,
}

impl RuntimeManagement {
    fn output(&self, arn: &FunctionArn) -> RuntimeManagementConfigOutput {
        let (update_runtime_on, runtime_version_arn) = match self {
            Self::Auto => ("Auto", None),
            Self::FunctionUpdate => ("FunctionUpdate", None),
            Self::Manual(version) => ("Manual", Some(version.clone())),
        };
        let function_arn = arn.to_string();
        RuntimeManagementConfigOutput { update_runtime_on, function_arn, runtime_version_arn }
    }
}

impl Lambda {
    pub(super) fn put_runtime_management_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &PutRuntimeManagementConfigInput,
    ) -> Result<RuntimeManagementConfigOutput, ApiError> {
        let found = self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        let (arn, name) = (found.arn.clone(), found.version.name().to_owned());
        let management = match (&*input.update_runtime_on, &input.runtime_version_arn) {
            ("Manual", Some(version)) => RuntimeManagement::Manual(version.clone()),
            ("Manual", None) => {
                return Err(refuse::INVALID_PARAMETER_VALUE
                    .user("RuntimeVersionArn is required when UpdateRuntimeOn is set to Manual."));
            }
            (_, Some(_)) => {
                return Err(refuse::INVALID_PARAMETER_VALUE.user(
                    "RuntimeVersionArn is only allowed when UpdateRuntimeOn is set to Manual.",
                ));
            }
            ("FunctionUpdate", None) => RuntimeManagement::FunctionUpdate,
            _ => RuntimeManagement::Auto,
        };
        let output = management.output(&arn);
        let Some(function) = self.functions.get_mut(&arn.unqualified()) else { return Ok(output) };
        if let Some(version) = function.version_mut(&name) {
            version.runtime_management = management;
        }
        self.put_version(cx, &arn.unqualified(), &name);
        Ok(output)
    }

    pub(super) fn get_runtime_management_config(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<RuntimeManagementConfigOutput, ApiError> {
        let found = self.find(&input.function_name, input.qualifier.as_deref(), origin)?;
        Ok(found.version.runtime_management.output(&found.arn))
    }

    /// A version is stored as it is now.
    pub(super) fn put_version(&self, cx: &mut Cx<'_>, arn: &FunctionArn, name: &str) {
        let Some(function) = self.functions.get(arn) else { return };
        match function.version(name) {
            Some(_) if name == LATEST => cx.put(|| Record::function(function)),
            Some(version) => cx.put(|| Record::version(arn, version)),
            None => {}
        }
    }
}
