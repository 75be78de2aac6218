//! `UpdateFunctionCode`

use std::sync::Arc;

use kernel::call::{Origin, Payload};
use kernel::error::ApiError;
use serde::Deserialize;

use super::super::code::Package;
use super::super::{Deployment, Lambda, OfImages};
use super::create::architecture;
use super::{CodeObject, FunctionConfiguration, check};
use crate::error::UserError as _;
use crate::{Cx, error as refuse};

/// Input of `UpdateFunctionCode`. `ZipFile` comes as a blob, as in
/// [`CreateFunctionInput`](super::CreateFunctionInput).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateFunctionCodeInput {
    function_name: String,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
    image_uri: Option<OfImages<String>>,
    publish: Option<bool>,
    dry_run: Option<bool>,
    revision_id: Option<String>,
    architectures: Option<Vec<String>>,
    /// The zip.
    #[serde(skip)]
    pub zip: Payload,
}

impl UpdateFunctionCodeInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// The object, where the code lies in S3.
    #[must_use]
    pub fn code_location(&self) -> Option<CodeObject<'_>> {
        Some(CodeObject {
            bucket: self.s3_bucket.as_deref()?,
            key: self.s3_key.as_deref()?,
            version: self.s3_object_version.as_deref(),
        })
    }
}

impl Lambda {
    pub(crate) fn update_function_code(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateFunctionCodeInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        check::unpublished(&input.function_name, origin)?;
        let (arn, function) = self.function(&input.function_name, origin)?;
        check::revision(input.revision_id.as_deref(), &function.latest.revision_id)?;
        if input.image_uri.is_some() {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(
                "Please don't provide ImageUri when updating a function with packageType Zip.",
            ));
        }
        let code = Package::of(input.zip)?.ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Please provide a source for function code.")
        })?;
        let mut version = function.latest.clone();
        if let Some(architecture) = architecture(input.architectures) {
            version.configuration.architecture = architecture;
        }
        if input.dry_run == Some(true) {
            return Ok(version.described(None));
        }
        let deployment =
            Deployment { code: code.referred_to(cx), ..Deployment::clone(&version.deployment) };
        cx.release(&version.deployment.code);
        version.deployment = Arc::new(deployment);
        let shown = self.deploy(cx, &arn, version);
        if input.publish != Some(true) {
            return Ok(shown);
        }
        let number = self.publish(cx, &arn, None);
        let published = self.functions.get(&arn).and_then(|it| it.versions.get(&number));
        Ok(published.map_or(shown, |version| {
            version.described(Some(version.name())).creating(cx.ids.uuid())
        }))
    }
}
