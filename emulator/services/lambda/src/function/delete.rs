//! `DeleteFunction`

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Serialize;

use super::super::FunctionInput;
use super::super::qualifier::{LATEST, is_alias, not_found, qualified};
use super::super::{Alias, EventInvokeConfig, FunctionUrl, Lambda, ProvisionedConcurrency};
use super::{Function, Version};
use crate::error::UserError as _;
use crate::{Cx, Effect, error as refuse};

/// Output of `DeleteFunction`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionOutput {
    status_code: u16,
}

impl Lambda {
    /// With a qualifier, that version alone.
    pub(crate) fn delete_function(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<DeleteFunctionOutput, ApiError> {
        let reference = input.reference(origin)?;
        let arn = reference.arn.unqualified();
        let done = DeleteFunctionOutput { status_code: 204 };
        match reference.arn.qualifier.as_deref() {
            Some(LATEST) => Err(refuse::INVALID_PARAMETER_VALUE
                .user("$LATEST version cannot be deleted without deleting the function.")),
            _ if !self.functions.contains_key(&arn) => Err(not_found(&arn)),
            Some(name) if is_alias(name) => Err(refuse::INVALID_PARAMETER_VALUE
                .user("Deletion of aliases is not currently supported.")),
            Some(number) => self.delete_version(cx, &arn, number).map(|()| done),
            None => {
                self.forget_function(cx, &arn);
                Ok(done)
            }
        }
    }

    fn forget_function(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn) {
        let Some(function) = self.functions.remove(arn) else { return };
        function.contents().for_each(|content| cx.release(content));
        for number in function.versions.keys() {
            cx.delete(|| Version::key_of(&qualified(arn, &number.to_string())));
        }
        for name in function.aliases.keys() {
            cx.delete(|| Alias::key_of(&qualified(arn, name)));
        }
        for alias in function.urls.keys() {
            cx.delete(|| FunctionUrl::key_of(arn, alias.as_deref()));
        }
        for qualifier in function.event_invoke_configs.keys() {
            cx.delete(|| EventInvokeConfig::key_of(&qualified(arn, qualifier)));
        }
        for qualifier in function.provisioned.keys() {
            cx.delete(|| ProvisionedConcurrency::key_of(&qualified(arn, qualifier)));
        }
        cx.delete(|| Function::key_of(arn));
        cx.effect(Effect::RetireEnvironments(arn.clone()));
    }

    /// A version or alias is about to go: what belongs to its name goes first. The URL of an alias stays,
    /// as on AWS, and lets nobody in.
    pub(crate) fn forget_qualifier(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn, name: &str) {
        let Some(function) = self.functions.get_mut(arn) else { return };
        if function.event_invoke_configs.remove(name).is_some() {
            cx.delete(|| EventInvokeConfig::key_of(&qualified(arn, name)));
        }
        if function.provisioned.remove(name).is_some() {
            cx.delete(|| ProvisionedConcurrency::key_of(&qualified(arn, name)));
        }
    }
}
