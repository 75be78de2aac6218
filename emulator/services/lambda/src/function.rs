//! Functions: created, configured, deleted.

mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::arn::{Arn, FunctionArn};
use kernel::call::{Origin, Payload};
use kernel::error::{self, ApiError};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use check::{check_name, check_revision, check_role, check_timeout, dead_letter_target, variables};

use super::code::Package;
use super::reference::Reference;
use super::{
    DeadLetterConfig, Deployment, Environment, EphemeralStorage, FunctionConfiguration, Lambda,
    Statement, TracingConfig,
};
use crate::error::UserError as _;
use crate::{Announcement, Cx, Effect, Record, error as refuse, limits, record};

/// A function with its configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// What its environments are made from.
    pub deployment: Arc<Deployment>,
    /// `Description`
    pub description: String,
    /// `DeadLetterConfig.TargetArn`
    pub dead_letter_target: Option<Arn>,
    /// `Architectures`: `x86_64` or `arm64`. Kept and shown; code runs as the host can.
    pub architecture: String,
    /// `TracingConfig.Mode`
    pub tracing_mode: String,
    /// `EphemeralStorage.Size`
    pub ephemeral_storage_mib: u32,
    /// Whether `Environment` was given, with or without variables: then it is shown.
    pub has_environment: bool,
    /// `Tags`
    pub tags: BTreeMap<String, String>,
    /// Who may invoke it besides its own account.
    pub policy: Vec<Statement>,
    /// The revision of the policy.
    pub policy_revision_id: String,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

/// Input of `CreateFunction`. `Code.ZipFile` is taken out of the JSON at the edge and comes as a
/// blob with its SHA-256.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateFunctionInput {
    function_name: String,
    runtime: Option<String>,
    pub(super) role: String,
    handler: Option<String>,
    #[serde(default)]
    code: Code,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    publish: Option<bool>,
    package_type: Option<String>,
    dead_letter_config: Option<DeadLetterConfig>,
    environment: Option<Environment>,
    tracing_config: Option<TracingConfig>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    architectures: Option<Vec<String>>,
    ephemeral_storage: Option<EphemeralStorage>,
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
}

impl Code {
    /// Bucket and key, where the code lies in S3.
    #[must_use]
    pub fn location(&self) -> Option<(&str, &str)> {
        Some((self.s3_bucket.as_deref()?, self.s3_key.as_deref()?))
    }
}

impl CreateFunctionInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// Bucket and key, where the code lies in S3.
    #[must_use]
    pub fn code_location(&self) -> Option<(&str, &str)> {
        self.code.location()
    }

    /// The dead-letter target and the role, where the request has a target.
    pub(super) fn dead_letters(&self) -> Option<(&str, Option<&str>)> {
        let target = self.dead_letter_config.as_ref()?.target_arn.as_deref()?;
        Some((target, Some(&self.role)))
    }
}

/// Input of `GetFunction`, `GetFunctionConfiguration`, `DeleteFunction` and `GetPolicy`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FunctionInput {
    /// A name, a partial or a full ARN.
    pub function_name: String,
    /// `$LATEST`: versions and aliases are not implemented.
    pub qualifier: Option<String>,
}

impl FunctionInput {
    /// Whether a version is named, in the name or beside it.
    pub(super) fn has_qualifier(&self, origin: &Origin) -> bool {
        let reference = Reference::parse(&self.function_name, self.qualifier.as_deref(), origin);
        reference.is_ok_and(|reference| reference.arn.qualifier.is_some())
    }
}

/// Output of `GetFunction`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionOutput {
    configuration: FunctionConfiguration,
    code: CodeLocation,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

/// Where a function's code can be had.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeLocation {
    repository_type: &'static str,
    location: String,
}

/// Input of `ListFunctions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListFunctionsInput {
    function_version: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Output of `ListFunctions`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsOutput {
    functions: Vec<FunctionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

/// Input of `UpdateFunctionCode`. `ZipFile` comes as a blob, as in [`CreateFunctionInput`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateFunctionCodeInput {
    function_name: String,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
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

    /// Bucket and key, where the code lies in S3.
    #[must_use]
    pub fn code_location(&self) -> Option<(&str, &str)> {
        Some((self.s3_bucket.as_deref()?, self.s3_key.as_deref()?))
    }
}

/// Input of `UpdateFunctionConfiguration`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateFunctionConfigurationInput {
    function_name: String,
    pub(super) role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<Environment>,
    runtime: Option<String>,
    dead_letter_config: Option<DeadLetterConfig>,
    tracing_config: Option<TracingConfig>,
    revision_id: Option<String>,
    ephemeral_storage: Option<EphemeralStorage>,
}

impl UpdateFunctionConfigurationInput {
    /// The function's name, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }

    /// The dead-letter target and the role, where the request has a target.
    pub(super) fn dead_letters(&self) -> Option<(&str, Option<&str>)> {
        let target = self.dead_letter_config.as_ref()?.target_arn.as_deref()?;
        Some((target, self.role.as_deref()))
    }
}

/// Output of `DeleteFunction`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionOutput {
    status_code: u16,
}

impl Lambda {
    pub(super) fn create_function(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateFunctionInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        if input.publish == Some(true) {
            return Err(error::parameter_not_implemented("CreateFunction", "Publish"));
        }
        if input.package_type.as_deref().is_some_and(|kind| kind != "Zip") {
            return Err(error::parameter_not_implemented("CreateFunction", "PackageType=Image"));
        }
        check_name(&input.function_name)?;
        let reference = Reference::parse(&input.function_name, None, origin)?;
        let arn = reference.arn.unqualified();
        self.check_free(&arn)?;
        let missing = || {
            refuse::INVALID_PARAMETER_VALUE
                .user("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
        };
        let runtime = input.runtime.ok_or_else(missing)?;
        let handler = input.handler.ok_or_else(missing)?;
        check_role(&input.role)?;
        check_timeout(input.timeout)?;
        let code = Package::of(input.zip)?.ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Please provide a source for function code.")
        })?;
        let has_environment = input.environment.is_some();
        let environment = variables(input.environment)?;
        let dead_letter_target = dead_letter_target(input.dead_letter_config)?;
        let code = code.referred_to(cx);
        let function = Function {
            deployment: Arc::new(Deployment {
                arn: arn.clone(),
                revision_id: cx.ids.uuid(),
                version: "$LATEST".into(),
                runtime,
                handler,
                code,
                environment,
                memory_size_mib: input.memory_size.unwrap_or(limits::MEMORY_SIZE_DEFAULT_MIB),
                timeout_s: input.timeout.unwrap_or(limits::TIMEOUT_DEFAULT_S),
                role: input.role,
            }),
            description: input.description.unwrap_or_default(),
            dead_letter_target,
            architecture: architecture(input.architectures).unwrap_or_else(|| "x86_64".into()),
            tracing_mode: input.tracing_config.map_or_else(|| "PassThrough".into(), |it| it.mode),
            ephemeral_storage_mib: input
                .ephemeral_storage
                .map_or(limits::EPHEMERAL_STORAGE_DEFAULT_MIB, |storage| storage.size),
            has_environment,
            tags: input.tags.unwrap_or_default(),
            policy: Vec::new(),
            policy_revision_id: cx.ids.uuid(),
            last_modified: cx.now,
        };
        cx.put(|| Record::function(&function));
        let shown = function.configuration().creating(cx.ids.uuid());
        // Mappings outlive their function: where there were some, they go on.
        for mapping in self.mappings.values().filter(|it| it.function.unqualified() == arn) {
            cx.announce(Announcement::MappingReady(mapping.id.clone()));
        }
        self.functions.insert(arn, function);
        Ok(shown)
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

    pub(super) fn get_function(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<GetFunctionOutput, ApiError> {
        let qualifier = input.qualifier.as_deref();
        let (_, function) = self.find(&input.function_name, qualifier, origin)?;
        Ok(GetFunctionOutput {
            configuration: function.configuration(),
            code: CodeLocation {
                repository_type: "S3",
                location: format!(
                    "{}/_cloudless/functions/{}/code.zip",
                    origin.endpoint, function.deployment.arn
                ),
            },
            tags: function.tags.clone(),
        })
    }

    pub(super) fn get_function_configuration(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        let (name, qualifier) = (&input.function_name, input.qualifier.as_deref());
        let (_, function) = self.find(name, qualifier, origin)?;
        Ok(function.configuration())
    }

    pub(super) fn list_functions(
        &self,
        origin: &Origin,
        input: &ListFunctionsInput,
    ) -> Result<ListFunctionsOutput, ApiError> {
        if input.function_version.as_deref().is_some_and(|version| version != "ALL") {
            return Err(refuse::VALIDATION.user("FunctionVersion must be ALL"));
        }
        let page = input.max_items.unwrap_or(limits::LIST_PAGE_MAX).clamp(1, limits::LIST_PAGE_MAX);
        let mut functions = self
            .functions
            .values()
            .filter(|function| {
                let arn = &function.deployment.arn;
                arn.account == origin.account && arn.region == origin.region
            })
            .filter(|function| {
                input
                    .marker
                    .as_deref()
                    .is_none_or(|marker| function.deployment.arn.name.as_str() > marker)
            });
        let shown: Vec<_> = functions
            .by_ref()
            .take(page)
            .map(|function| function.configuration().listed())
            .collect();
        let more = functions.next().is_some();
        let next_marker =
            more.then(|| shown.last().map(|last| last.function_name.clone())).flatten();
        Ok(ListFunctionsOutput { functions: shown, next_marker })
    }

    pub(super) fn update_function_code(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateFunctionCodeInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        if input.publish == Some(true) {
            return Err(error::parameter_not_implemented("UpdateFunctionCode", "Publish"));
        }
        let (arn, function) = self.find(&input.function_name, None, origin)?;
        check_revision(input.revision_id.as_deref(), &function.deployment.revision_id)?;
        let code = Package::of(input.zip)?.ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Please provide a source for function code.")
        })?;
        let mut function = function.clone();
        if let Some(architecture) = architecture(input.architectures) {
            function.architecture = architecture;
        }
        if input.dry_run == Some(true) {
            return Ok(function.configuration());
        }
        let code = code.referred_to(cx);
        cx.release(&function.deployment.code);
        let deployment = Deployment { code, ..Deployment::clone(&function.deployment) };
        Ok(self.deploy(cx, arn, function, deployment))
    }

    pub(super) fn update_function_configuration(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateFunctionConfigurationInput,
    ) -> Result<FunctionConfiguration, ApiError> {
        let (arn, function) = self.find(&input.function_name, None, origin)?;
        check_revision(input.revision_id.as_deref(), &function.deployment.revision_id)?;
        if let Some(role) = &input.role {
            check_role(role)?;
        }
        check_timeout(input.timeout)?;
        let mut function = function.clone();
        let mut deployment = Deployment::clone(&function.deployment);
        if let Some(environment) = input.environment {
            deployment.environment = variables(Some(environment))?;
            function.has_environment = true;
        }
        if let Some(config) = input.dead_letter_config {
            function.dead_letter_target = dead_letter_target(Some(config))?;
        }
        set(&mut deployment.role, input.role);
        set(&mut deployment.handler, input.handler);
        set(&mut deployment.runtime, input.runtime);
        set(&mut deployment.timeout_s, input.timeout);
        set(&mut deployment.memory_size_mib, input.memory_size);
        set(&mut function.description, input.description);
        set(&mut function.tracing_mode, input.tracing_config.map(|config| config.mode));
        set(&mut function.ephemeral_storage_mib, input.ephemeral_storage.map(|it| it.size));
        Ok(self.deploy(cx, arn, function, deployment))
    }

    fn deploy(
        &mut self,
        cx: &mut Cx<'_>,
        arn: FunctionArn,
        mut function: Function,
        mut deployment: Deployment,
    ) -> FunctionConfiguration {
        deployment.revision_id = cx.ids.uuid();
        function.deployment = Arc::new(deployment);
        function.last_modified = cx.now;
        cx.put(|| Record::function(&function));
        cx.effect(Effect::RetireEnvironments(arn.clone()));
        let shown = function.configuration().updating(cx.ids.uuid());
        self.functions.insert(arn, function);
        shown
    }

    pub(super) fn delete_function(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<DeleteFunctionOutput, ApiError> {
        let reference = Reference::parse(&input.function_name, input.qualifier.as_deref(), origin)?;
        let arn = reference.arn.unqualified();
        if reference.arn.qualifier.as_deref() == Some("$LATEST") {
            return Err(refuse::INVALID_PARAMETER_VALUE
                .user("$LATEST version cannot be deleted without deleting the function."));
        }
        if reference.arn.qualifier.is_some() {
            return Err(error::parameter_not_implemented("DeleteFunction", "Qualifier"));
        }
        self.find(&input.function_name, None, origin)?;
        let Some(function) = self.functions.remove(&arn) else {
            return Err(not_found(&arn));
        };
        cx.release(&function.deployment.code);
        cx.delete(|| record::Function::key_of(&function.deployment.arn));
        cx.effect(Effect::RetireEnvironments(arn));
        Ok(DeleteFunctionOutput { status_code: 204 })
    }
}

/// The refusal for a function that does not exist.
pub(super) fn not_found(arn: &FunctionArn) -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user(format!("Function not found: {arn}"))
}

fn architecture(architectures: Option<Vec<String>>) -> Option<String> {
    architectures.and_then(|given| given.into_iter().next())
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
