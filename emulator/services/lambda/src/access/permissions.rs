//! What each operation of Lambda needs: one row an operation, from AWS's Service Authorization Reference.

use std::fmt;

use kernel::access::{Vocabulary, Who};
use kernel::arn::FunctionArn;
use kernel::policy::Conditions;

use crate::{Lambda, Request};

/// What an action is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// No one thing: everything of the caller's account.
    Account,
    /// The function that is to be.
    NewFunction,
    /// The function of `FunctionName`.
    Function,
    /// The function of a mapping that is to be.
    MappedFunction,
    /// The mapping of `UUID`.
    Mapping,
    /// The layer of `LayerName`, or the version of it.
    Layer,
    /// The versions of layers that the function is to have. Asked where they are looked up.
    UsedLayers,
    /// The code signing configuration of `CodeSigningConfigArn`.
    CodeSigningConfig,
    /// What has the tags: that of `Resource`.
    Tagged,
    /// The execution role that the function is to have.
    Role,
    /// The object that is the function's code. The World asks.
    Code,
    /// The queue that a mapping reads. The World asks.
    EventSource,
    /// The queue that keeps failed events. The World asks.
    DeadLetterQueue,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "*",
            Self::NewFunction => "the new function",
            Self::Function | Self::MappedFunction => "the function",
            Self::Mapping => "the event source mapping",
            Self::Layer => "the layer",
            Self::UsedLayers => "the layers it uses",
            Self::CodeSigningConfig => "the code signing configuration",
            Self::Tagged => "the tagged resource",
            Self::Role => "the execution role",
            Self::Code => "the object with the code",
            Self::EventSource => "the event source",
            Self::DeadLetterQueue => "the dead-letter queue",
        })
    }
}

/// Of which calls something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// They name a role.
    WithRole,
    /// They name another function.
    WithFunction,
    /// They bring tags along.
    WithTags,
    /// They name layers.
    WithLayers,
    /// The code lies in a bucket.
    CodeInBucket,
    /// They name a queue that keeps failed events.
    WithDeadLetterQueue,
    /// They come by the function's URL.
    ByUrl,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithRole => "with a role",
            Self::WithFunction => "with another function",
            Self::WithTags => "with tags",
            Self::WithLayers => "with layers",
            Self::CodeInBucket => "where the code lies in a bucket",
            Self::WithDeadLetterQueue => "with a dead-letter queue",
            Self::ByUrl => "by the function's URL",
        })
    }
}

/// A condition key of Lambda, or one that has a value where Lambda asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The function of a mapping.
    FunctionArn,
    /// Whom a statement lets in.
    Principal,
    /// How a function's URL is to be signed for.
    FunctionUrlAuthType,
    /// Whether an invocation comes by the function's URL.
    InvokedViaFunctionUrl,
    /// The layers that a function is to have.
    Layer,
    /// The code signing configuration that a function is to have.
    CodeSigningConfigArn,
    /// To which service a role is passed.
    PassedToService,
    /// A tag that the function is to have.
    RequestTag,
    /// The names of these.
    TagKeys,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FunctionArn => "lambda:FunctionArn",
            Self::Principal => "lambda:Principal",
            Self::FunctionUrlAuthType => "lambda:FunctionUrlAuthType",
            Self::InvokedViaFunctionUrl => "lambda:InvokedViaFunctionUrl",
            Self::Layer => "lambda:Layer",
            Self::CodeSigningConfigArn => "lambda:CodeSigningConfigArn",
            Self::PassedToService => "iam:PassedToService",
            Self::RequestTag => "aws:RequestTag/<key>",
            Self::TagKeys => "aws:TagKeys",
        })
    }
}

impl Key {
    /// Gives the key its value, where the request has one.
    pub(super) fn insert(
        self,
        conditions: &mut Conditions,
        request: &Request,
        function: Option<&FunctionArn>,
    ) {
        let tags = request.tags();
        let value = match (self, request) {
            (Self::FunctionArn, _) => function.map(ToString::to_string),
            (Self::PassedToService, _) => Some("lambda.amazonaws.com".into()),
            (Self::Principal, Request::AddPermission(input)) => Some(input.principal.clone()),
            (Self::FunctionUrlAuthType, Request::AddPermission(input)) => {
                input.function_url_auth_type.clone()
            }
            (
                Self::FunctionUrlAuthType,
                Request::CreateFunctionUrlConfig(input) | Request::UpdateFunctionUrlConfig(input),
            ) => input.auth_type.map(|auth_type| auth_type.as_str().into()),
            (Self::CodeSigningConfigArn, Request::CreateFunction(input)) => {
                input.code_signing_config_arn.clone()
            }
            (Self::CodeSigningConfigArn, Request::PutFunctionCodeSigningConfig(input)) => {
                Some(input.code_signing_config_arn.clone())
            }
            (Self::Layer, _) => {
                for layer in request.layers() {
                    conditions.insert("lambda:Layer", layer);
                }
                None
            }
            (Self::RequestTag, _) => {
                for (name, value) in tags.into_iter().flatten() {
                    conditions.insert(&format!("aws:RequestTag/{name}"), value);
                }
                None
            }
            (Self::TagKeys, Request::UntagResource(input)) => {
                for name in &input.tag_keys {
                    conditions.insert("aws:TagKeys", name);
                }
                None
            }
            (Self::TagKeys, _) => {
                for name in tags.into_iter().flatten().map(|(name, _)| name) {
                    conditions.insert("aws:TagKeys", name);
                }
                None
            }
            _ => None,
        };
        if let Some(value) = value {
            conditions.insert(&self.to_string(), value);
        }
    }
}

impl Vocabulary for Lambda {
    type On = On;
    type When = When;
    type Key = Key;
}

const TAGS: &[Key] = &[Key::RequestTag, Key::TagKeys];
const OF_URLS: &[Key] = &[Key::FunctionUrlAuthType, Key::InvokedViaFunctionUrl];
const PASSED: &[Key] = &[Key::PassedToService];
const MAPPED: &[Key] = &[Key::FunctionArn];
const PERMITTED: &[Key] = &[Key::Principal, Key::FunctionUrlAuthType];
const MADE: &[Key] = &[Key::RequestTag, Key::TagKeys, Key::Layer, Key::CodeSigningConfigArn];
const LAYERED: &[Key] = &[Key::Layer];
const SIGNED: &[Key] = &[Key::CodeSigningConfigArn];
const URL: &[Key] = &[Key::FunctionUrlAuthType];
const UNTAGGED: &[Key] = &[Key::TagKeys];

// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>, of what a
// role needs <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
kernel::permissions! { Lambda;
    CreateFunction: {
        "lambda:CreateFunction" on NewFunction with MADE;
        noted "lambda:TagResource" on NewFunction when WithTags with TAGS;
        "lambda:GetLayerVersion" on UsedLayers when WithLayers;
        noted "iam:PassRole" on Role when WithRole with PASSED;
        "s3:GetObject" on Code when CodeInBucket;
        "sqs:SendMessage" on DeadLetterQueue when WithDeadLetterQueue by Who::Role;
    }
    GetFunction: {
        "lambda:GetFunction" on Function;
    }
    GetFunctionConfiguration: {
        "lambda:GetFunctionConfiguration" on Function;
    }
    ListFunctions: {
        "lambda:ListFunctions" on Account;
    }
    UpdateFunctionCode: {
        "lambda:UpdateFunctionCode" on Function;
        "s3:GetObject" on Code when CodeInBucket;
    }
    UpdateFunctionConfiguration: {
        "lambda:UpdateFunctionConfiguration" on Function with LAYERED;
        "lambda:GetLayerVersion" on UsedLayers when WithLayers;
        noted "iam:PassRole" on Role when WithRole with PASSED;
        "sqs:SendMessage" on DeadLetterQueue when WithDeadLetterQueue by Who::Role;
    }
    DeleteFunction: {
        "lambda:DeleteFunction" on Function;
    }
    Invoke: {
        "lambda:InvokeFunction" on Function;
        "lambda:InvokeFunctionUrl" on Function when ByUrl with OF_URLS;
    }
    InvokeWithResponseStream: {
        "lambda:InvokeFunction" on Function;
        "lambda:InvokeFunctionUrl" on Function when ByUrl with OF_URLS;
    }
    AddPermission: {
        "lambda:AddPermission" on Function with PERMITTED;
    }
    RemovePermission: {
        "lambda:RemovePermission" on Function;
    }
    GetPolicy: {
        "lambda:GetPolicy" on Function;
    }
    PublishVersion: {
        "lambda:PublishVersion" on Function;
    }
    ListVersionsByFunction: {
        "lambda:ListVersionsByFunction" on Function;
    }
    CreateAlias: {
        "lambda:CreateAlias" on Function;
    }
    GetAlias: {
        "lambda:GetAlias" on Function;
    }
    UpdateAlias: {
        "lambda:UpdateAlias" on Function;
    }
    DeleteAlias: {
        "lambda:DeleteAlias" on Function;
    }
    ListAliases: {
        "lambda:ListAliases" on Function;
    }
    InvokeAsync: {
        "lambda:InvokeFunction" on Function;
    }
    PutFunctionConcurrency: {
        "lambda:PutFunctionConcurrency" on Function;
    }
    GetFunctionConcurrency: {
        "lambda:GetFunctionConcurrency" on Function;
    }
    DeleteFunctionConcurrency: {
        "lambda:DeleteFunctionConcurrency" on Function;
    }
    PutProvisionedConcurrencyConfig: {
        "lambda:PutProvisionedConcurrencyConfig" on Function;
    }
    GetProvisionedConcurrencyConfig: {
        "lambda:GetProvisionedConcurrencyConfig" on Function;
    }
    DeleteProvisionedConcurrencyConfig: {
        "lambda:DeleteProvisionedConcurrencyConfig" on Function;
    }
    ListProvisionedConcurrencyConfigs: {
        "lambda:ListProvisionedConcurrencyConfigs" on Function;
    }
    PutFunctionEventInvokeConfig: {
        "lambda:PutFunctionEventInvokeConfig" on Function;
    }
    UpdateFunctionEventInvokeConfig: {
        "lambda:UpdateFunctionEventInvokeConfig" on Function;
    }
    GetFunctionEventInvokeConfig: {
        "lambda:GetFunctionEventInvokeConfig" on Function;
    }
    DeleteFunctionEventInvokeConfig: {
        "lambda:DeleteFunctionEventInvokeConfig" on Function;
    }
    ListFunctionEventInvokeConfigs: {
        "lambda:ListFunctionEventInvokeConfigs" on Function;
    }
    CreateFunctionUrlConfig: {
        "lambda:CreateFunctionUrlConfig" on Function with URL;
    }
    UpdateFunctionUrlConfig: {
        "lambda:UpdateFunctionUrlConfig" on Function with URL;
    }
    GetFunctionUrlConfig: {
        "lambda:GetFunctionUrlConfig" on Function;
    }
    DeleteFunctionUrlConfig: {
        "lambda:DeleteFunctionUrlConfig" on Function;
    }
    ListFunctionUrlConfigs: {
        "lambda:ListFunctionUrlConfigs" on Function;
    }
    PutFunctionRecursionConfig: {
        "lambda:PutFunctionRecursionConfig" on Function;
    }
    GetFunctionRecursionConfig: {
        "lambda:GetFunctionRecursionConfig" on Function;
    }
    PutRuntimeManagementConfig: {
        "lambda:PutRuntimeManagementConfig" on Function;
    }
    GetRuntimeManagementConfig: {
        "lambda:GetRuntimeManagementConfig" on Function;
    }
    PutFunctionCodeSigningConfig: {
        "lambda:PutFunctionCodeSigningConfig" on Function with SIGNED;
        "lambda:PutFunctionCodeSigningConfig" on CodeSigningConfig with SIGNED;
    }
    GetFunctionCodeSigningConfig: {
        "lambda:GetFunctionCodeSigningConfig" on Function;
    }
    DeleteFunctionCodeSigningConfig: {
        "lambda:DeleteFunctionCodeSigningConfig" on Function;
    }
    CreateCodeSigningConfig: {
        "lambda:CreateCodeSigningConfig" on Account with TAGS;
    }
    UpdateCodeSigningConfig: {
        "lambda:UpdateCodeSigningConfig" on CodeSigningConfig;
    }
    GetCodeSigningConfig: {
        "lambda:GetCodeSigningConfig" on CodeSigningConfig;
    }
    DeleteCodeSigningConfig: {
        "lambda:DeleteCodeSigningConfig" on CodeSigningConfig;
    }
    ListCodeSigningConfigs: {
        "lambda:ListCodeSigningConfigs" on Account;
    }
    ListFunctionsByCodeSigningConfig: {
        "lambda:ListFunctionsByCodeSigningConfig" on CodeSigningConfig;
    }
    PublishLayerVersion: {
        "lambda:PublishLayerVersion" on Layer;
        "s3:GetObject" on Code when CodeInBucket;
    }
    GetLayerVersion: {
        "lambda:GetLayerVersion" on Layer;
    }
    GetLayerVersionByArn: {
        "lambda:GetLayerVersion" on Layer;
    }
    DeleteLayerVersion: {
        "lambda:DeleteLayerVersion" on Layer;
    }
    ListLayers: {
        "lambda:ListLayers" on Account;
    }
    ListLayerVersions: {
        "lambda:ListLayerVersions" on Layer;
    }
    AddLayerVersionPermission: {
        "lambda:AddLayerVersionPermission" on Layer;
    }
    RemoveLayerVersionPermission: {
        "lambda:RemoveLayerVersionPermission" on Layer;
    }
    GetLayerVersionPolicy: {
        "lambda:GetLayerVersionPolicy" on Layer;
    }
    GetAccountSettings: {
        "lambda:GetAccountSettings" on Account;
    }
    TagResource: {
        "lambda:TagResource" on Tagged with TAGS;
    }
    UntagResource: {
        "lambda:UntagResource" on Tagged with UNTAGGED;
    }
    ListTags: {
        "lambda:ListTags" on Tagged;
    }
    CreateEventSourceMapping: {
        "lambda:CreateEventSourceMapping" on MappedFunction with MAPPED;
        "sqs:ReceiveMessage" on EventSource by Who::Role;
        "sqs:DeleteMessage" on EventSource by Who::Role;
        "sqs:GetQueueAttributes" on EventSource by Who::Role;
    }
    GetEventSourceMapping: {
        "lambda:GetEventSourceMapping" on Mapping with MAPPED;
    }
    ListEventSourceMappings: {
        "lambda:ListEventSourceMappings" on Account;
    }
    UpdateEventSourceMapping: {
        "lambda:UpdateEventSourceMapping" on Mapping with MAPPED;
        "lambda:UpdateEventSourceMapping" on MappedFunction when WithFunction with MAPPED;
        "sqs:ReceiveMessage" on EventSource when WithFunction by Who::Role;
        "sqs:DeleteMessage" on EventSource when WithFunction by Who::Role;
        "sqs:GetQueueAttributes" on EventSource when WithFunction by Who::Role;
    }
    DeleteEventSourceMapping: {
        "lambda:DeleteEventSourceMapping" on Mapping with MAPPED;
    }
}
