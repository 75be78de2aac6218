//! Lambda: functions, their invocations, and the mappings that feed them from queues.

pub mod access;
mod account;
mod alias;
mod asynchronous;
mod batch;
mod code;
mod code_signing;
mod concurrency;
mod configuration;
mod deployment;
mod descriptor;
pub mod error;
mod event_fault;
mod event_invoke_config;
mod event_metric;
mod event_source_mapping;
mod filter;
mod function;
mod invocation;
mod invoke;
mod layer;
pub mod limits;
mod lineage;
mod metrics;
mod outcome;
mod page;
mod policy;
mod provisioned_concurrency;
mod provisioning;
mod qualifier;
pub mod record;
mod recursion;
mod reference;
mod request;
mod restore;
mod runtime_management;
mod runtimes;
mod shape;
mod tag;
#[cfg(test)]
mod tests;
mod throttling;
mod url;
mod version;

use std::collections::BTreeMap;

use kernel::access::Asking;
use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::call::{CallId, Origin};
use kernel::content::Content;
use kernel::context::Restoring;
use kernel::deadlines::Deadlines;
use kernel::descriptor::Descriptor;
use kernel::directory::Directory;
use kernel::error::ApiError;
use kernel::fact::Fact;
use kernel::policy::Principal;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

use throttling::Waiting;

pub use account::*;
pub use alias::*;
pub use batch::*;
pub use code_signing::*;
pub use concurrency::*;
pub use configuration::*;
pub use deployment::*;
pub use event_invoke_config::*;
pub use event_metric::EventMetric;
pub use event_source_mapping::*;
pub use filter::{FilterCriteria, Filters};
pub use function::*;
pub use invocation::*;
pub use invoke::*;
pub use layer::*;
pub use lineage::Lineage;
pub use outcome::*;
pub use policy::*;
pub use provisioned_concurrency::*;
pub use recursion::*;
pub use runtime_management::*;
pub use shape::*;
pub use tag::*;
pub use url::*;
pub use version::*;

kernel::operations! { "lambda";
    CreateFunction(CreateFunctionInput, zip) -> FunctionConfiguration;
    GetFunction(FunctionInput) -> GetFunctionOutput;
    GetFunctionConfiguration(FunctionInput) -> FunctionConfiguration;
    ListFunctions(ListFunctionsInput) -> ListFunctionsOutput;
    UpdateFunctionCode(UpdateFunctionCodeInput, zip) -> FunctionConfiguration;
    UpdateFunctionConfiguration(UpdateFunctionConfigurationInput) -> FunctionConfiguration;
    DeleteFunction(FunctionInput) -> DeleteFunctionOutput;
    PublishVersion(PublishVersionInput) -> FunctionConfiguration;
    ListVersionsByFunction(ListOfFunctionInput) -> ListVersionsOutput;
    CreateAlias(CreateAliasInput) -> AliasConfiguration;
    GetAlias(AliasInput) -> AliasConfiguration;
    UpdateAlias(UpdateAliasInput) -> AliasConfiguration;
    DeleteAlias(AliasInput) -> NothingOutput;
    ListAliases(ListAliasesInput) -> ListAliasesOutput;
    Invoke(InvokeInput, payload) -> InvokeOutput, payload;
    InvokeWithResponseStream(InvokeInput, payload) -> InvokeOutput, payload;
    InvokeAsync(InvokeAsyncInput, payload) -> InvokeAsyncOutput;
    AddPermission(AddPermissionInput) -> AddPermissionOutput;
    RemovePermission(RemovePermissionInput) -> NothingOutput;
    GetPolicy(FunctionInput) -> GetPolicyOutput;
    PutFunctionConcurrency(PutFunctionConcurrencyInput) -> FunctionConcurrencyOutput;
    GetFunctionConcurrency(FunctionInput) -> FunctionConcurrencyOutput;
    DeleteFunctionConcurrency(FunctionInput) -> NothingOutput;
    PutProvisionedConcurrencyConfig(PutProvisionedConcurrencyConfigInput) -> ProvisionedConcurrencyOutput;
    GetProvisionedConcurrencyConfig(FunctionInput) -> ProvisionedConcurrencyOutput;
    DeleteProvisionedConcurrencyConfig(FunctionInput) -> NothingOutput;
    ListProvisionedConcurrencyConfigs(ListOfFunctionInput) -> ListProvisionedConcurrencyOutput;
    PutFunctionEventInvokeConfig(EventInvokeConfigInput) -> EventInvokeConfigOutput;
    UpdateFunctionEventInvokeConfig(EventInvokeConfigInput) -> EventInvokeConfigOutput;
    GetFunctionEventInvokeConfig(FunctionInput) -> EventInvokeConfigOutput;
    DeleteFunctionEventInvokeConfig(FunctionInput) -> NothingOutput;
    ListFunctionEventInvokeConfigs(ListOfFunctionInput) -> ListEventInvokeConfigsOutput;
    CreateFunctionUrlConfig(FunctionUrlConfigInput) -> FunctionUrlConfigOutput;
    UpdateFunctionUrlConfig(FunctionUrlConfigInput) -> FunctionUrlConfigOutput;
    GetFunctionUrlConfig(FunctionInput) -> FunctionUrlConfigOutput;
    DeleteFunctionUrlConfig(FunctionInput) -> NothingOutput;
    ListFunctionUrlConfigs(ListOfFunctionInput) -> ListFunctionUrlConfigsOutput;
    PutFunctionRecursionConfig(PutFunctionRecursionConfigInput) -> FunctionRecursionConfigOutput;
    GetFunctionRecursionConfig(FunctionInput) -> FunctionRecursionConfigOutput;
    PutRuntimeManagementConfig(PutRuntimeManagementConfigInput) -> RuntimeManagementConfigOutput;
    GetRuntimeManagementConfig(FunctionInput) -> RuntimeManagementConfigOutput;
    PutFunctionCodeSigningConfig(PutFunctionCodeSigningConfigInput) -> FunctionCodeSigningConfigOutput;
    GetFunctionCodeSigningConfig(FunctionInput) -> FunctionCodeSigningConfigOutput;
    DeleteFunctionCodeSigningConfig(FunctionInput) -> NothingOutput;
    CreateCodeSigningConfig(CreateCodeSigningConfigInput) -> CodeSigningConfigOutput;
    UpdateCodeSigningConfig(UpdateCodeSigningConfigInput) -> CodeSigningConfigOutput;
    GetCodeSigningConfig(CodeSigningConfigInput) -> CodeSigningConfigOutput;
    DeleteCodeSigningConfig(CodeSigningConfigInput) -> NothingOutput;
    ListCodeSigningConfigs(ListCodeSigningConfigsInput) -> ListCodeSigningConfigsOutput;
    ListFunctionsByCodeSigningConfig(ListFunctionsByCodeSigningConfigInput) -> ListFunctionsByCodeSigningConfigOutput;
    PublishLayerVersion(PublishLayerVersionInput, zip) -> LayerVersionOutput;
    GetLayerVersion(LayerVersionInput) -> LayerVersionOutput;
    GetLayerVersionByArn(LayerVersionArnInput) -> LayerVersionOutput;
    DeleteLayerVersion(LayerVersionInput) -> NothingOutput;
    ListLayers(ListLayersInput) -> ListLayersOutput;
    ListLayerVersions(ListLayerVersionsInput) -> ListLayerVersionsOutput;
    AddLayerVersionPermission(AddLayerVersionPermissionInput) -> AddLayerVersionPermissionOutput;
    RemoveLayerVersionPermission(RemoveLayerVersionPermissionInput) -> NothingOutput;
    GetLayerVersionPolicy(LayerVersionInput) -> GetLayerVersionPolicyOutput;
    GetAccountSettings(GetAccountSettingsInput) -> GetAccountSettingsOutput;
    TagResource(TagResourceInput) -> NothingOutput;
    UntagResource(UntagResourceInput) -> NothingOutput;
    ListTags(ListTagsInput) -> ListTagsOutput;
    CreateEventSourceMapping(CreateEventSourceMappingInput) -> MappingConfiguration;
    GetEventSourceMapping(MappingInput) -> MappingConfiguration;
    ListEventSourceMappings(ListEventSourceMappingsInput) -> ListEventSourceMappingsOutput;
    UpdateEventSourceMapping(UpdateEventSourceMappingInput) -> MappingConfiguration;
    DeleteEventSourceMapping(MappingInput) -> MappingConfiguration;
}

impl Response {
    /// By which id the answer goes, where it is not one of its own: that of the invocation, which
    /// the function sees as well.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Invoke(output) | Self::InvokeWithResponseStream(output) => {
                output.invocation.as_ref().map(|id| &*id.0)
            }
            _ => None,
        }
    }
}

kernel::records! {
    /// A function with its configuration.
    Function(record::Function) = 7;
    /// An event source mapping.
    Mapping(record::Mapping) = 8;
    /// An invocation that must not be lost: asynchronous, or of a mapping's batch.
    Invocation(record::Pending) = 9;
    /// A published version of a function.
    Version(record::Version) = 17;
    /// An alias of a function.
    Alias(record::Alias) = 18;
    /// A function's URL.
    FunctionUrl(record::FunctionUrl) = 19;
    /// What becomes of asynchronous invocations of a version or an alias.
    EventInvokeConfig(record::EventInvokeConfig) = 20;
    /// What is provisioned of a version or an alias.
    ProvisionedConcurrency(record::ProvisionedConcurrency) = 21;
    /// A layer: how many versions it has had.
    Layer(record::Layer) = 22;
    /// A version of a layer.
    LayerVersion(record::LayerVersion) = 23;
    /// A code signing configuration.
    CodeSigningConfig(record::CodeSigningConfig) = 24;
}

/// The context in which Lambda handles something.
pub type Cx<'a> = kernel::context::Cx<'a, Lambda>;

/// What Lambda asks to be done outside the World.
#[derive(Debug)]
pub enum Effect {
    /// Invoke a function. That it began and how it ended is reported to the World.
    Invoke(Box<Invocation>),
    /// The invocation's time is over: stop its execution environment. Its end is reported as that of
    /// any other; the World waits for it, because the end of the log comes with it.
    Abort(InvocationId),
    /// An invocation whose answer leaves as it comes has ended: the stream of its bytes ends so.
    EndStream(InvocationId, StreamEnd),
    /// The code or configuration of a function, or of the version of it that the ARN names, has changed or
    /// it is gone: environments that idle are to be stopped, busy ones after the invocation in hand.
    RetireEnvironments(FunctionArn),
}

/// What Lambda says has happened.
#[derive(Debug, Clone)]
pub enum Announcement {
    /// A mapping can take messages: it was enabled or has a slot free again.
    MappingReady(MappingId),
    /// A batch was under way when the emulator stopped. Its messages are to be received
    /// once more, for the same invocation.
    BatchInterrupted {
        /// The invocation.
        invocation: InvocationId,
        /// The queue.
        queue: QueueArn,
        /// The receipt handles of its messages.
        receipt_handles: Vec<String>,
    },
    /// These messages of a mapping's queue were processed.
    MessagesProcessed {
        /// The function that processed them.
        function: FunctionArn,
        /// The queue.
        queue: QueueArn,
        /// Their receipt handles.
        receipt_handles: Vec<String>,
    },
    /// What became of an event is to be told a destination.
    Outcome {
        /// The function.
        function: FunctionArn,
        /// As whom Lambda tells it: the function's execution role.
        role: Principal,
        /// The ARN of the destination.
        destination: String,
        /// The record.
        body: String,
        /// `X-Amzn-Trace-Id` that goes with it.
        trace_header: Option<String>,
    },
    /// An event is to be kept in a dead-letter queue.
    DeadLetter {
        /// The function it failed in.
        function: FunctionArn,
        /// As whom Lambda sends it there: the function's execution role.
        role: Principal,
        /// The queue that keeps it.
        target: Arn,
        /// The message.
        body: String,
        /// String attributes of the message: `RequestID`, `ErrorCode`, `ErrorMessage`.
        attributes: BTreeMap<String, (String, String)>,
    },
}

/// What becomes due in Lambda.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The invocation has run as long as its function may.
    Timeout(InvocationId),
    /// The pending invocation is to be performed.
    Start(InvocationId),
    /// The mapping's batching window ends.
    Window(MappingId),
    /// Messages have waited for a slot of the mapping for a minute.
    Growth(MappingId),
    /// A batch that waits for room has waited for as long as its messages were hidden.
    GiveUpBatch(InvocationId),
}

/// All functions, layers, mappings and invocations.
#[derive(Debug, Clone, Default)]
pub struct Lambda {
    functions: BTreeMap<FunctionArn, Function>,
    /// Which function, or alias of one, each URL is of.
    url_ids: BTreeMap<Box<str>, FunctionArn>,
    layers: BTreeMap<LayerArn, Layer>,
    /// By their ARNs.
    code_signing_configs: BTreeMap<String, CodeSigningConfig>,
    mappings: BTreeMap<MappingId, Mapping>,
    feeds: BTreeMap<MappingId, Feed>,
    pending: BTreeMap<InvocationId, Pending>,
    running: BTreeMap<InvocationId, Running>,
    waiting: Waiting,
    meters: metrics::Meters,
    settings: Settings,
}

/// What Lambda is told by whoever makes the World.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How mappings come to run more batches at once.
    pub mapping_scaling: Scaling,
    /// How many execution environments there can be: no mapping takes messages for more of them, because
    /// the time runs for which they are hidden from others.
    pub environments_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mapping_scaling: Scaling::default(), environments_max: usize::MAX }
    }
}

impl Lambda {
    /// How many functions there are.
    #[must_use]
    pub fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// What whoever made the World has said.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// Says how things are to be. It is not stored.
    pub const fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// What the trace calls an invocation that is under way.
    #[must_use]
    pub fn cause_of(&self, invocation: &InvocationId) -> Option<CauseId> {
        self.running.get(invocation).map(|running| running.cause)
    }

    /// The zip of a function, or of the version that the ARN names.
    #[must_use]
    pub fn code_of(&self, function: &FunctionArn) -> Option<&Content> {
        let found = self.functions.get(&function.unqualified())?;
        Some(&found.resolve(function.qualifier.as_deref())?.deployment.code)
    }
}

/// Which function does each operation, and what it is given besides its input.
macro_rules! routes {
    (
        ($self:ident, $cx:ident, $origin:ident)
        $($operation:ident => $function:ident ( $($argument:ident),* ; $input:ident $($by:tt)* ) ;)*
    ) => {
        impl Lambda {
            fn route(
                &mut $self,
                $cx: &mut Cx<'_>,
                $origin: &Origin,
                request: Request,
            ) -> Result<Response, ApiError> {
                Ok(match request {
                    $(Request::$operation($input) => Response::$operation(Box::new(
                        $self.$function($($argument,)* routes!(@by $input $($by)*))?
                    )),)*
                    // It may be answered later, and has a way of its own.
                    Request::Invoke(_) | Request::InvokeWithResponseStream(_) => return Err((&error::SERVICE).into()),
                })
            }
        }
    };
    (@by $input:ident) => { &$input };
    (@by $input:ident taken) => { *$input };
}

routes! {
    (self, cx, origin)
    CreateFunction => create_function(cx, origin; input taken);
    GetFunction => get_function(origin; input);
    GetFunctionConfiguration => get_function_configuration(origin; input);
    ListFunctions => list_functions(origin; input);
    UpdateFunctionCode => update_function_code(cx, origin; input taken);
    UpdateFunctionConfiguration => update_function_configuration(cx, origin; input taken);
    DeleteFunction => delete_function(cx, origin; input);
    PublishVersion => publish_version(cx, origin; input taken);
    ListVersionsByFunction => list_versions_by_function(origin; input);
    CreateAlias => create_alias(cx, origin; input taken);
    GetAlias => get_alias(origin; input);
    UpdateAlias => update_alias(cx, origin; input taken);
    DeleteAlias => delete_alias(cx, origin; input);
    ListAliases => list_aliases(origin; input);
    InvokeAsync => invoke_async(cx, origin; input taken);
    AddPermission => add_permission(cx, origin; input taken);
    RemovePermission => remove_permission(cx, origin; input);
    GetPolicy => get_policy(origin; input);
    PutFunctionConcurrency => put_function_concurrency(cx, origin; input);
    GetFunctionConcurrency => get_function_concurrency(origin; input);
    DeleteFunctionConcurrency => delete_function_concurrency(cx, origin; input);
    PutProvisionedConcurrencyConfig => put_provisioned_concurrency_config(cx, origin; input);
    GetProvisionedConcurrencyConfig => get_provisioned_concurrency_config(cx, origin; input);
    DeleteProvisionedConcurrencyConfig => delete_provisioned_concurrency_config(cx, origin; input);
    ListProvisionedConcurrencyConfigs => list_provisioned_concurrency_configs(cx, origin; input);
    PutFunctionEventInvokeConfig => put_function_event_invoke_config(cx, origin; input);
    UpdateFunctionEventInvokeConfig => update_function_event_invoke_config(cx, origin; input);
    GetFunctionEventInvokeConfig => get_function_event_invoke_config(origin; input);
    DeleteFunctionEventInvokeConfig => delete_function_event_invoke_config(cx, origin; input);
    ListFunctionEventInvokeConfigs => list_function_event_invoke_configs(origin; input);
    CreateFunctionUrlConfig => create_function_url_config(cx, origin; input taken);
    UpdateFunctionUrlConfig => update_function_url_config(cx, origin; input taken);
    GetFunctionUrlConfig => get_function_url_config(origin; input);
    DeleteFunctionUrlConfig => delete_function_url_config(cx, origin; input);
    ListFunctionUrlConfigs => list_function_url_configs(origin; input);
    PutFunctionRecursionConfig => put_function_recursion_config(cx, origin; input);
    GetFunctionRecursionConfig => get_function_recursion_config(origin; input);
    PutRuntimeManagementConfig => put_runtime_management_config(cx, origin; input);
    GetRuntimeManagementConfig => get_runtime_management_config(origin; input);
    PutFunctionCodeSigningConfig => put_function_code_signing_config(cx, origin; input);
    GetFunctionCodeSigningConfig => get_function_code_signing_config(origin; input);
    DeleteFunctionCodeSigningConfig => delete_function_code_signing_config(cx, origin; input);
    CreateCodeSigningConfig => create_code_signing_config(cx, origin; input taken);
    UpdateCodeSigningConfig => update_code_signing_config(cx; input taken);
    GetCodeSigningConfig => get_code_signing_config(; input);
    DeleteCodeSigningConfig => delete_code_signing_config(cx; input);
    ListCodeSigningConfigs => list_code_signing_configs(origin; input);
    ListFunctionsByCodeSigningConfig => list_functions_by_code_signing_config(; input);
    PublishLayerVersion => publish_layer_version(cx, origin; input taken);
    GetLayerVersion => get_layer_version(origin; input);
    GetLayerVersionByArn => get_layer_version_by_arn(origin; input);
    DeleteLayerVersion => delete_layer_version(cx, origin; input);
    ListLayers => list_layers(origin; input);
    ListLayerVersions => list_layer_versions(origin; input);
    AddLayerVersionPermission => add_layer_version_permission(cx, origin; input taken);
    RemoveLayerVersionPermission => remove_layer_version_permission(cx, origin; input);
    GetLayerVersionPolicy => get_layer_version_policy(origin; input);
    GetAccountSettings => get_account_settings(origin; input);
    TagResource => tag_resource(cx, origin; input taken);
    UntagResource => untag_resource(cx, origin; input);
    ListTags => list_tags(origin; input);
    CreateEventSourceMapping => create_event_source_mapping(cx, origin; input taken);
    GetEventSourceMapping => get_event_source_mapping(origin; input);
    ListEventSourceMappings => list_event_source_mappings(origin; input);
    UpdateEventSourceMapping => update_event_source_mapping(cx, origin; input taken);
    DeleteEventSourceMapping => delete_event_source_mapping(cx, origin; input);
}

impl Service for Lambda {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Effect;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;
    const STORED_ONLY: &'static [&'static str] = descriptor::STORED_ONLY;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        self.ask(asking, request)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        match request {
            Request::Invoke(input) => {
                let output = self.invoke(cx, origin, *input)?;
                Ok(output.map(|output| Response::Invoke(Box::new(output))))
            }
            Request::InvokeWithResponseStream(input) => {
                let output = self.invoke(cx, origin, input.streamed())?;
                Ok(output.map(|output| Response::InvokeWithResponseStream(Box::new(output))))
            }
            request => self.route(cx, origin, request).map(Some),
        }
    }

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Timeout(id) => self.cause_of(id),
            Due::Start(id) | Due::GiveUpBatch(id) => {
                self.pending.get(id).map(|pending| pending.cause)
            }
            Due::Window(_) | Due::Growth(_) => self.feed_due_because(due),
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Timeout(id) => self.timed_out(cx, &id),
            Due::Start(id) => self.start_pending(cx, &id),
            Due::Window(id) => self.window_over(cx, id),
            Due::Growth(id) => self.grow(cx, id),
            Due::GiveUpBatch(id) => self.give_up_batch(cx, &id),
        }
    }

    fn disconnected(&mut self, _deadlines: &mut Deadlines<Due>, call: CallId) {
        self.forget_waiting(call);
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            // The mapping looks at its queue as soon as time is told.
            Record::Mapping(mapping) => {
                let mapping = Mapping::from(*mapping);
                cx.deadlines.schedule(Timestamp::default(), Due::Window(mapping.id.clone()));
                self.mappings.insert(mapping.id.clone(), mapping);
            }
            // What was under way or due is performed as soon as time is told.
            Record::Invocation(pending) => {
                let pending = Pending::from(*pending);
                cx.trace.resume_after(pending.cause);
                let at = pending.retry_at.unwrap_or_default();
                cx.deadlines.schedule(at, Due::Start(pending.id.clone()));
                self.pending.insert(pending.id.clone(), pending);
            }
            record => self.restore_function(record),
        }
    }

    fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        let functions = self.functions.values().flat_map(Function::contents);
        let layers = self.layers.values().flat_map(|layer| layer.versions.values());
        functions.chain(layers.map(|version| &version.content))
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let mappings = self.mappings.values().map(Record::mapping);
        let pending = self.pending.values().map(Record::pending);
        self.function_records().chain(mappings).chain(pending)
    }

    fn facts(&self, _: &Directory, at: Timestamp, facts: &mut Vec<Fact>) {
        self.state_facts(at, facts);
    }

    fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
        self.begin_minute(at)
    }

    fn outstanding(&self) -> Vec<String> {
        self.invocations_outstanding()
    }

    fn waiting(&self) -> Vec<String> {
        self.invocations_waiting()
    }

    fn streamed(response: &Response) -> Option<&str> {
        match response {
            Response::InvokeWithResponseStream(output) if output.status_code == 200 => {
                response.request_id()
            }
            _ => None,
        }
    }

    fn request_id(response: &Response) -> Option<&str> {
        response.request_id()
    }
}
