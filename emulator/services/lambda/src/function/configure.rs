//! `UpdateFunctionConfiguration`

use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;

use super::super::qualifier::{LATEST, qualified};
use super::super::{
    DeadLetterConfig, Deployment, Environment, EphemeralStorage, FileSystemConfig, ImageConfig,
    Lambda, LoggingConfig, OfImages, SnapStart, TracingConfig, VpcConfig,
};
use super::create::tracing_mode;
use super::{FunctionConfiguration, Version, check};
use crate::error::UserError as _;
use crate::{Cx, Effect, Record, error as refuse};

/// Input of `UpdateFunctionConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateFunctionConfigurationInput {
    function_name: String,
    pub(crate) role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    vpc_config: Option<VpcConfig>,
    environment: Option<Environment>,
    runtime: Option<String>,
    dead_letter_config: Option<DeadLetterConfig>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
    tracing_config: Option<TracingConfig>,
    revision_id: Option<String>,
    pub(crate) layers: Option<Vec<String>>,
    file_system_configs: Option<Vec<FileSystemConfig>>,
    image_config: Option<OfImages<ImageConfig>>,
    ephemeral_storage: Option<EphemeralStorage>,
    snap_start: Option<SnapStart>,
    logging_config: Option<LoggingConfig>,
}

impl UpdateFunctionConfigurationInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// The dead-letter target and the role, where the request has a target.
    pub(crate) fn dead_letters(&self) -> Option<(&str, Option<&str>)> {
        let target = self.dead_letter_config.as_ref()?.target_arn.as_deref()?;
        Some((target, self.role.as_deref()))
    }
}

impl Lambda {
    pub(crate) fn update_function_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: UpdateFunctionConfigurationInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        check::unpublished(&input.function_name, origin)?;
        let (arn, function) = self.function(&input.function_name, origin)?;
        check::revision(input.revision_id.as_deref(), &function.latest.revision_id)?;
        if input.image_config.is_some() {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(
                "Please don't provide ImageConfig when updating a function with packageType Zip.",
            ));
        }
        let mut version = function.latest.clone();
        let layers = input.layers.take();
        let layers = layers.map(|arns| self.layered(&arns, origin)).transpose()?;
        let mut deployment = Deployment::clone(&version.deployment);
        change(&mut version, &mut deployment, input)?;
        if let Some(layers) = layers {
            layers.iter().for_each(|layer| cx.share(&layer.content));
            let before = std::mem::replace(&mut deployment.layers, layers);
            before.iter().for_each(|layer| cx.release(&layer.content));
        }
        version.deployment = Arc::new(deployment);
        Ok(self.deploy(cx, &arn, version))
    }

    /// The function's unpublished version is this from now on.
    pub(super) fn deploy(
        &mut self,
        cx: &mut Cx<'_>,
        arn: &FunctionArn,
        mut version: Version,
    ) -> FunctionConfiguration {
        Arc::make_mut(&mut version.deployment).revision_id = cx.ids.uuid();
        version.revision_id = cx.ids.uuid();
        version.last_modified = cx.now;
        let shown = version.described(None).updating(cx.ids.uuid());
        if let Some(function) = self.functions.get_mut(arn) {
            let before = std::mem::replace(&mut function.latest, version);
            let now = &function.latest;
            function.has_changed |= !before.deployment.is_like(&now.deployment)
                || before.configuration != now.configuration;
            cx.put(|| Record::function(function));
            cx.effect(Effect::RetireEnvironments(qualified(arn, LATEST)));
        }
        shown
    }
}

/// Takes over what a request says, but for the layers.
fn change(
    version: &mut Version,
    deployment: &mut Deployment,
    input: UpdateFunctionConfigurationInput,
) -> Result<(), ApiError> {
    if let Some(role) = &input.role {
        check::role(role)?;
    }
    if let Some(runtime) = &input.runtime {
        check::runtime(runtime)?;
    }
    check::timeout(input.timeout)?;
    check::memory(input.memory_size)?;
    let configuration = &mut version.configuration;
    if let Some(environment) = input.environment {
        deployment.environment = check::variables(Some(environment))?;
        configuration.has_environment = true;
    }
    if let Some(config) = input.dead_letter_config {
        configuration.dead_letter_target = check::dead_letter_target(Some(config))?;
    }
    set(&mut deployment.role, input.role);
    set(&mut deployment.handler, input.handler);
    set(&mut deployment.runtime, input.runtime);
    set(&mut deployment.timeout_s, input.timeout);
    set(&mut deployment.memory_size_mib, input.memory_size);
    set(&mut deployment.ephemeral_storage_mib, input.ephemeral_storage.map(|it| it.size));
    set(&mut configuration.description, input.description);
    set(&mut configuration.tracing_mode, tracing_mode(input.tracing_config));
    set(&mut configuration.file_systems, input.file_system_configs);
    if input.vpc_config.is_some() {
        configuration.vpc = input.vpc_config;
    }
    if let Some(arn) = input.kms_key_arn {
        configuration.kms_key_arn = Some(arn).filter(|arn| !arn.is_empty());
    }
    if let Some(apply_on) = input.snap_start.and_then(|it| it.apply_on) {
        configuration.has_snap_start = check::snap_start(Some(&apply_on), &deployment.runtime)?;
    }
    if input.logging_config.is_some() {
        let before = Some(&deployment.logging);
        let name = deployment.arn.name.as_str();
        deployment.logging = check::logging(before, input.logging_config, name)?;
    }
    Ok(())
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
