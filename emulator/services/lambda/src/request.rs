//! What requests are about.

use super::Request;

/// What a request is about, as its caller names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    /// No one thing.
    Nothing,
    /// A function, and a version or alias of it where one is named beside it.
    Function(&'a str, Option<&'a str>),
    /// A layer, and the number of a version.
    Layer(&'a str, Option<i64>),
    /// A version of a layer, by its ARN.
    LayerVersion(&'a str),
    /// A code signing configuration, by its ARN.
    CodeSigningConfig(&'a str),
    /// A mapping, by its UUID.
    Mapping(&'a str),
    /// What has tags, by its ARN.
    Tagged(&'a str),
}

impl Request {
    /// The function, layer or mapping that it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        match self.about() {
            Subject::Nothing => String::new(),
            Subject::Function(name, _) | Subject::Layer(name, _) => name.to_owned(),
            Subject::LayerVersion(name)
            | Subject::CodeSigningConfig(name)
            | Subject::Mapping(name)
            | Subject::Tagged(name) => name.to_owned(),
        }
    }

    /// What it is about.
    pub(crate) fn about(&self) -> Subject<'_> {
        match self {
            Self::GetFunction(input)
            | Self::GetFunctionConfiguration(input)
            | Self::DeleteFunction(input)
            | Self::GetPolicy(input)
            | Self::GetFunctionConcurrency(input)
            | Self::DeleteFunctionConcurrency(input)
            | Self::GetProvisionedConcurrencyConfig(input)
            | Self::DeleteProvisionedConcurrencyConfig(input)
            | Self::GetFunctionEventInvokeConfig(input)
            | Self::DeleteFunctionEventInvokeConfig(input)
            | Self::GetFunctionUrlConfig(input)
            | Self::DeleteFunctionUrlConfig(input)
            | Self::GetFunctionRecursionConfig(input)
            | Self::GetRuntimeManagementConfig(input)
            | Self::GetFunctionCodeSigningConfig(input)
            | Self::DeleteFunctionCodeSigningConfig(input) => {
                Subject::Function(&input.function_name, input.qualifier.as_deref())
            }
            Self::ListVersionsByFunction(input)
            | Self::ListProvisionedConcurrencyConfigs(input)
            | Self::ListFunctionEventInvokeConfigs(input)
            | Self::ListFunctionUrlConfigs(input) => Subject::Function(&input.function_name, None),
            Self::CreateFunction(_)
            | Self::UpdateFunctionCode(_)
            | Self::UpdateFunctionConfiguration(_)
            | Self::PublishVersion(_)
            | Self::CreateAlias(_)
            | Self::GetAlias(_)
            | Self::UpdateAlias(_)
            | Self::DeleteAlias(_)
            | Self::ListAliases(_)
            | Self::Invoke(_)
            | Self::InvokeWithResponseStream(_)
            | Self::InvokeAsync(_)
            | Self::AddPermission(_)
            | Self::RemovePermission(_) => self.about_function(),
            Self::PutFunctionConcurrency(_)
            | Self::PutProvisionedConcurrencyConfig(_)
            | Self::PutFunctionEventInvokeConfig(_)
            | Self::UpdateFunctionEventInvokeConfig(_)
            | Self::CreateFunctionUrlConfig(_)
            | Self::UpdateFunctionUrlConfig(_)
            | Self::PutFunctionRecursionConfig(_)
            | Self::PutRuntimeManagementConfig(_)
            | Self::PutFunctionCodeSigningConfig(_) => self.about_settings(),
            _ => self.about_others(),
        }
    }

    /// Of functions themselves, versions and aliases.
    fn about_function(&self) -> Subject<'_> {
        let (name, qualifier) = match self {
            Self::CreateFunction(input) => (input.function_name(), None),
            Self::UpdateFunctionCode(input) => (input.function_name(), None),
            Self::UpdateFunctionConfiguration(input) => (input.function_name(), None),
            Self::PublishVersion(input) => (&*input.function_name, None),
            Self::CreateAlias(input) => (&*input.function_name, None),
            Self::GetAlias(input) | Self::DeleteAlias(input) => (&*input.function_name, None),
            Self::UpdateAlias(input) => (&*input.function_name, None),
            Self::ListAliases(input) => (&*input.function_name, None),
            Self::Invoke(input) | Self::InvokeWithResponseStream(input) => {
                (input.function_name(), input.qualifier.as_deref())
            }
            Self::InvokeAsync(input) => (&*input.function_name, None),
            Self::AddPermission(input) => (input.function_name(), input.qualifier.as_deref()),
            Self::RemovePermission(input) => (input.function_name(), input.qualifier.as_deref()),
            _ => return Subject::Nothing,
        };
        Subject::Function(name, qualifier)
    }

    /// Of what is set of a function.
    fn about_settings(&self) -> Subject<'_> {
        let (name, qualifier) = match self {
            Self::PutFunctionConcurrency(input) => (&input.function_name, None),
            Self::PutProvisionedConcurrencyConfig(input) => {
                (&input.function_name, input.qualifier.as_deref())
            }
            Self::PutFunctionEventInvokeConfig(input)
            | Self::UpdateFunctionEventInvokeConfig(input) => {
                (&input.function_name, input.qualifier.as_deref())
            }
            Self::CreateFunctionUrlConfig(input) | Self::UpdateFunctionUrlConfig(input) => {
                (&input.function_name, input.qualifier.as_deref())
            }
            Self::PutFunctionRecursionConfig(input) => (&input.function_name, None),
            Self::PutRuntimeManagementConfig(input) => {
                (&input.function_name, input.qualifier.as_deref())
            }
            Self::PutFunctionCodeSigningConfig(input) => (&input.function_name, None),
            _ => return Subject::Nothing,
        };
        Subject::Function(name, qualifier)
    }

    fn about_others(&self) -> Subject<'_> {
        match self {
            Self::UpdateCodeSigningConfig(input) => {
                Subject::CodeSigningConfig(&input.code_signing_config_arn)
            }
            Self::GetCodeSigningConfig(input) | Self::DeleteCodeSigningConfig(input) => {
                Subject::CodeSigningConfig(&input.code_signing_config_arn)
            }
            Self::ListFunctionsByCodeSigningConfig(input) => {
                Subject::CodeSigningConfig(&input.code_signing_config_arn)
            }
            Self::PublishLayerVersion(input) => Subject::Layer(&input.layer_name, None),
            Self::GetLayerVersion(input)
            | Self::DeleteLayerVersion(input)
            | Self::GetLayerVersionPolicy(input) => {
                Subject::Layer(&input.layer_name, Some(input.version_number))
            }
            Self::AddLayerVersionPermission(input) => {
                Subject::Layer(&input.layer_name, Some(input.version_number))
            }
            Self::RemoveLayerVersionPermission(input) => {
                Subject::Layer(&input.layer_name, Some(input.version_number))
            }
            Self::ListLayerVersions(input) => Subject::Layer(&input.layer_name, None),
            Self::GetLayerVersionByArn(input) => Subject::LayerVersion(&input.arn),
            Self::TagResource(input) => Subject::Tagged(&input.resource),
            Self::UntagResource(input) => Subject::Tagged(&input.resource),
            Self::ListTags(input) => Subject::Tagged(&input.resource),
            Self::CreateEventSourceMapping(input) => Subject::Function(input.function_name(), None),
            Self::GetEventSourceMapping(input) | Self::DeleteEventSourceMapping(input) => {
                Subject::Mapping(input.uuid())
            }
            Self::UpdateEventSourceMapping(input) => Subject::Mapping(input.uuid()),
            _ => Subject::Nothing,
        }
    }
}
