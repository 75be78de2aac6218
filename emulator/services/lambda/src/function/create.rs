//! `CreateFunction`

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::FunctionArn;
use kernel::call::{Origin, Payload};
use kernel::error::ApiError;
use serde::Deserialize;

use super::super::code::Package;
use super::super::qualifier::LATEST;
use super::super::reference::Reference;
use super::super::{
    Configuration, DeadLetterConfig, Deployment, Environment, EphemeralStorage, FileSystemConfig,
    ImageConfig, Lambda, Layered, LoggingConfig, OfImages, RecursiveLoop, RuntimeManagement,
    SnapStart, TracingConfig, VpcConfig, tag,
};
use super::{Function, FunctionConfiguration, Version, check};
use crate::error::UserError as _;
use crate::{Announcement, Cx, Record, error as refuse, limits};

/// Input of `CreateFunction`. `Code.ZipFile` is taken out of the JSON at the edge and comes as a
/// blob with its SHA-256.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateFunctionInput {
    function_name: String,
    runtime: Option<String>,
    pub(crate) role: String,
    handler: Option<String>,
    #[serde(default)]
    code: Code,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    publish: Option<bool>,
    vpc_config: Option<VpcConfig>,
    package_type: Option<String>,
    dead_letter_config: Option<DeadLetterConfig>,
    environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
    tracing_config: Option<TracingConfig>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) layers: Option<Vec<String>>,
    file_system_configs: Option<Vec<FileSystemConfig>>,
    image_config: Option<OfImages<ImageConfig>>,
    pub(crate) code_signing_config_arn: Option<String>,
    architectures: Option<Vec<String>>,
    ephemeral_storage: Option<EphemeralStorage>,
    snap_start: Option<SnapStart>,
    logging_config: Option<LoggingConfig>,
    /// The zip.
    #[serde(skip)]
    pub zip: Payload,
}

/// Where a function's code is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Code {
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
    image_uri: Option<String>,
}

/// An object in which code lies.
#[derive(Debug, Clone, Copy)]
pub struct CodeObject<'a> {
    /// Its bucket.
    pub bucket: &'a str,
    /// Its key.
    pub key: &'a str,
    /// Which version of it; the newest where none is named.
    pub version: Option<&'a str>,
}

impl Code {
    /// The object, where the code lies in S3.
    #[must_use]
    pub fn location(&self) -> Option<CodeObject<'_>> {
        Some(CodeObject {
            bucket: self.s3_bucket.as_deref()?,
            key: self.s3_key.as_deref()?,
            version: self.s3_object_version.as_deref(),
        })
    }
}

impl CreateFunctionInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// The object, where the code lies in S3.
    #[must_use]
    pub fn code_location(&self) -> Option<CodeObject<'_>> {
        self.code.location()
    }

    /// The dead-letter target and the role, where the request has a target.
    pub(crate) fn dead_letters(&self) -> Option<(&str, Option<&str>)> {
        let target = self.dead_letter_config.as_ref()?.target_arn.as_deref()?;
        Some((target, Some(&self.role)))
    }

    /// What is made of the request: no zip, no function.
    fn check_package(&self) -> Result<(), ApiError> {
        if self.package_type.as_deref() == Some("Image") {
            // Without a container engine there is no registry, and no image in it.
            let uri = self.code.image_uri.as_deref().unwrap_or_default();
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Source image {uri} does not exist. Provide a valid source image."
            )));
        }
        let given = [
            ("ImageUri", self.code.image_uri.is_some()),
            ("ImageConfig", self.image_config.is_some()),
        ];
        if let Some((name, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            return Err(refuse::INVALID_PARAMETER_VALUE.user(format!(
                "Please don't provide {name} when creating a function with packageType Zip."
            )));
        }
        Ok(())
    }
}

impl Lambda {
    pub(crate) fn create_function(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: CreateFunctionInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        check::name(&input.function_name)?;
        let reference = Reference::parse(&input.function_name, None, origin)?;
        let arn = reference.arn.unqualified();
        input.check_package()?;
        let publish = input.publish == Some(true);
        let code = Package::of(std::mem::take(&mut input.zip))?;
        let layers = self.layered(input.layers.as_deref().unwrap_or_default(), origin)?;
        let tags = input.tags.take().unwrap_or_default();
        tag::check(&tags)?;
        if let Some(signing) = &input.code_signing_config_arn {
            self.check_code_signing_config(signing)?;
        }
        let code_signing_config = input.code_signing_config_arn.take();
        self.check_free(&arn)?;
        let code = code.ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Please provide a source for function code.")
        })?;
        let version = latest(cx, &arn, input, code, layers)?;
        version.deployment.layers.iter().for_each(|layer| cx.share(&layer.content));
        let function = Function {
            arn: arn.clone(),
            latest: version,
            versions: BTreeMap::new(),
            published: 0,
            has_changed: true,
            aliases: BTreeMap::new(),
            urls: BTreeMap::new(),
            event_invoke_configs: BTreeMap::new(),
            provisioned: BTreeMap::new(),
            tags,
            reserved_concurrency: None,
            recursive_loop: RecursiveLoop::Terminate,
            code_signing_config,
        };
        cx.put(|| Record::function(&function));
        // Mappings outlive their function: where there were some, they go on.
        for mapping in self.mappings.values().filter(|it| it.function.unqualified() == arn) {
            cx.announce(Announcement::MappingReady(mapping.id.clone()));
        }
        self.functions.insert(arn.clone(), function);
        let number = if publish { Some(self.publish(cx, &arn, None)) } else { None };
        let function = self.functions.get(&arn);
        let shown = function.and_then(|function| match number {
            Some(number) => function.versions.get(&number),
            None => Some(&function.latest),
        });
        let shown = shown.map(|version| version.described(None).creating(cx.ids.uuid()));
        shown.ok_or_else(|| (&refuse::SERVICE).into())
    }

    /// Whether there is no function of this name yet.
    fn check_free(&self, arn: &FunctionArn) -> Result<(), ApiError> {
        match self.functions.contains_key(arn) {
            true => {
                let message = format!("Function already exist: {}", arn.name);
                Err(refuse::RESOURCE_CONFLICT.user(message))
            }
            false => Ok(()),
        }
    }
}

/// The unpublished version that a request describes.
fn latest(
    cx: &mut Cx<'_>,
    arn: &FunctionArn,
    input: CreateFunctionInput,
    code: Package,
    layers: Vec<Layered>,
) -> Result<Version, ApiError> {
    let missing = || {
        refuse::INVALID_PARAMETER_VALUE
            .user("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    };
    let runtime = input.runtime.ok_or_else(missing)?;
    let handler = input.handler.ok_or_else(missing)?;
    check::runtime(&runtime)?;
    check::role(&input.role)?;
    check::timeout(input.timeout)?;
    check::memory(input.memory_size)?;
    let has_environment = input.environment.is_some();
    let environment = check::variables(input.environment)?;
    let snap_start = input.snap_start.and_then(|it| it.apply_on);
    let logging = check::logging(None, input.logging_config, arn.name.as_str())?;
    let configuration = Configuration {
        description: input.description.unwrap_or_default(),
        dead_letter_target: check::dead_letter_target(input.dead_letter_config)?,
        architecture: architecture(input.architectures).unwrap_or_else(|| "x86_64".into()),
        tracing_mode: tracing_mode(input.tracing_config).unwrap_or_else(|| "PassThrough".into()),
        has_environment,
        vpc: input.vpc_config,
        has_snap_start: check::snap_start(snap_start.as_deref(), &runtime)?,
        file_systems: input.file_system_configs.unwrap_or_default(),
        kms_key_arn: input.kms_key_arn.filter(|arn| !arn.is_empty()),
    };
    let deployment = Deployment {
        arn: arn.clone(),
        revision_id: cx.ids.uuid(),
        version: LATEST.into(),
        runtime,
        handler,
        code: code.referred_to(cx),
        layers,
        environment,
        memory_size_mib: input.memory_size.unwrap_or(limits::MEMORY_SIZE_DEFAULT_MIB),
        ephemeral_storage_mib: input
            .ephemeral_storage
            .map_or(limits::EPHEMERAL_STORAGE_DEFAULT_MIB, |storage| storage.size),
        timeout_s: input.timeout.unwrap_or(limits::TIMEOUT_DEFAULT_S),
        role: input.role,
        logging,
    };
    Ok(Version {
        deployment: Arc::new(deployment),
        configuration,
        revision_id: cx.ids.uuid(),
        policy: Vec::new(),
        runtime_management: RuntimeManagement::default(),
        last_modified: cx.now,
    })
}

pub(super) fn architecture(architectures: Option<Vec<String>>) -> Option<String> {
    architectures.and_then(|given| given.into_iter().next())
}

pub(super) fn tracing_mode(config: Option<TracingConfig>) -> Option<String> {
    config.and_then(|config| config.mode)
}
