//! Lambda: functions, their invocations, and the mappings that feed them from queues.

mod access;
mod batch;
mod configuration;
mod event_source_mapping;
mod function;
mod invocation;
mod outcome;
mod policy;
mod reference;

use std::collections::BTreeMap;

use crate::arn::FunctionArn;
use crate::context::{Cx, Deadlines, Origin};
use crate::error::ApiError;
use crate::record::Record;
use crate::time::Timestamp;

pub use batch::*;
pub use configuration::*;
pub use event_source_mapping::*;
pub use function::*;
pub use invocation::*;
pub use outcome::*;
pub use policy::*;

operations! { "lambda";
    CreateFunction(CreateFunctionInput, zip) -> FunctionConfiguration;
    GetFunction(FunctionInput) -> GetFunctionOutput;
    GetFunctionConfiguration(FunctionInput) -> FunctionConfiguration;
    ListFunctions(ListFunctionsInput) -> ListFunctionsOutput;
    UpdateFunctionCode(UpdateFunctionCodeInput, zip) -> FunctionConfiguration;
    UpdateFunctionConfiguration(UpdateFunctionConfigurationInput) -> FunctionConfiguration;
    DeleteFunction(FunctionInput) -> DeleteFunctionOutput;
    Invoke(InvokeInput, payload) -> InvokeOutput, payload;
    AddPermission(AddPermissionInput) -> AddPermissionOutput;
    RemovePermission(RemovePermissionInput) -> NothingOutput;
    GetPolicy(FunctionInput) -> GetPolicyOutput;
    CreateEventSourceMapping(CreateEventSourceMappingInput) -> MappingConfiguration;
    GetEventSourceMapping(MappingInput) -> MappingConfiguration;
    ListEventSourceMappings(ListEventSourceMappingsInput) -> ListEventSourceMappingsOutput;
    UpdateEventSourceMapping(UpdateEventSourceMappingInput) -> MappingConfiguration;
    DeleteEventSourceMapping(MappingInput) -> MappingConfiguration;
}

impl Request {
    /// The function or mapping that it is about, for the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::CreateFunction(input) => input.function_name().to_owned(),
            Self::GetFunction(input)
            | Self::GetFunctionConfiguration(input)
            | Self::DeleteFunction(input)
            | Self::GetPolicy(input) => input.function_name.clone(),
            Self::UpdateFunctionCode(input) => input.function_name().to_owned(),
            Self::UpdateFunctionConfiguration(input) => input.function_name().to_owned(),
            Self::Invoke(input) => input.function_name().to_owned(),
            Self::AddPermission(input) => input.function_name().to_owned(),
            Self::RemovePermission(input) => input.function_name().to_owned(),
            Self::CreateEventSourceMapping(input) => input.function_name().to_owned(),
            Self::GetEventSourceMapping(input) | Self::DeleteEventSourceMapping(input) => {
                input.uuid().to_owned()
            }
            Self::UpdateEventSourceMapping(input) => input.uuid().to_owned(),
            Self::ListFunctions(_) | Self::ListEventSourceMappings(_) => String::new(),
        }
    }
}

impl Response {
    /// By which id the answer goes, where it is not one of its own: that of the invocation, which
    /// the function sees as well.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Invoke(output) => output.invocation.as_ref().map(|id| &*id.0),
            _ => None,
        }
    }
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
}

/// All functions, mappings and invocations.
#[derive(Debug, Clone, Default)]
pub struct Lambda {
    functions: BTreeMap<FunctionArn, Function>,
    mappings: BTreeMap<MappingId, Mapping>,
    feeds: BTreeMap<MappingId, Feed>,
    pending: BTreeMap<InvocationId, Pending>,
    running: BTreeMap<InvocationId, Running>,
}

impl Lambda {
    /// How many functions there are.
    #[must_use]
    pub fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// Handles one call; `None` where the answer comes later (an invocation that is waited for).
    ///
    /// # Errors
    /// What AWS refuses, as AWS refuses it.
    pub fn call(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Option<Response>, ApiError> {
        macro_rules! answer {
            ($operation:ident, $output:expr) => {
                Ok(Some(Response::$operation(Box::new($output?))))
            };
        }
        match request {
            Request::CreateFunction(input) => {
                answer!(CreateFunction, self.create_function(cx, origin, *input))
            }
            Request::GetFunction(input) => answer!(GetFunction, self.get_function(origin, &input)),
            Request::GetFunctionConfiguration(input) => {
                answer!(GetFunctionConfiguration, self.get_function_configuration(origin, &input))
            }
            Request::ListFunctions(input) => {
                answer!(ListFunctions, self.list_functions(origin, &input))
            }
            Request::UpdateFunctionCode(input) => {
                answer!(UpdateFunctionCode, self.update_function_code(cx, origin, *input))
            }
            Request::UpdateFunctionConfiguration(input) => answer!(
                UpdateFunctionConfiguration,
                self.update_function_configuration(cx, origin, *input)
            ),
            Request::DeleteFunction(input) => {
                answer!(DeleteFunction, self.delete_function(cx, origin, &input))
            }
            Request::Invoke(input) => {
                let output = self.invoke(cx, origin, *input)?;
                Ok(output.map(|output| Response::Invoke(Box::new(output))))
            }
            Request::AddPermission(input) => {
                answer!(AddPermission, self.add_permission(cx, origin, *input))
            }
            Request::RemovePermission(input) => {
                answer!(RemovePermission, self.remove_permission(cx, origin, &input))
            }
            Request::GetPolicy(input) => answer!(GetPolicy, self.get_policy(origin, &input)),
            Request::CreateEventSourceMapping(input) => answer!(
                CreateEventSourceMapping,
                self.create_event_source_mapping(cx, origin, *input)
            ),
            Request::GetEventSourceMapping(input) => {
                answer!(GetEventSourceMapping, self.get_event_source_mapping(origin, &input))
            }
            Request::ListEventSourceMappings(input) => {
                answer!(ListEventSourceMappings, self.list_event_source_mappings(origin, &input))
            }
            Request::UpdateEventSourceMapping(input) => answer!(
                UpdateEventSourceMapping,
                self.update_event_source_mapping(cx, origin, *input)
            ),
            Request::DeleteEventSourceMapping(input) => answer!(
                DeleteEventSourceMapping,
                self.delete_event_source_mapping(cx, origin, &input)
            ),
        }
    }

    /// Something is due.
    pub fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Timeout(id) => self.timed_out(cx, &id),
            Due::Start(id) => self.start_pending(cx, &id),
            Due::Window(id) => self.window_over(cx, id),
        }
    }

    /// Takes a record back. `retain` is told the blob of its code.
    pub fn restore_function(&mut self, function: Function) {
        self.functions.insert(function.deployment.arn.clone(), function);
    }

    /// Takes a record back. The mapping looks at its queue as soon as time is told.
    pub fn restore_mapping(&mut self, deadlines: &mut Deadlines, mapping: Mapping) {
        let due = crate::context::Due::Lambda(Due::Window(mapping.id.clone()));
        deadlines.schedule(Timestamp::default(), due);
        self.mappings.insert(mapping.id.clone(), mapping);
    }

    /// Takes a record back. What was under way or due is performed as soon as time is told.
    pub fn restore_pending(&mut self, deadlines: &mut Deadlines, pending: Pending) {
        let due = crate::context::Due::Lambda(Due::Start(pending.id.clone()));
        deadlines.schedule(pending.retry_at.unwrap_or_default(), due);
        self.pending.insert(pending.id.clone(), pending);
    }

    /// The zip of a function; `function` is unqualified.
    #[must_use]
    pub fn code_of(&self, function: &FunctionArn) -> Option<&crate::input::Content> {
        Some(&self.functions.get(function)?.deployment.code)
    }

    /// The blobs of all functions' code.
    pub fn code(&self) -> impl Iterator<Item = &crate::input::BlobId> {
        let blobs = self.functions.values().flat_map(|function| function.deployment.code.blobs());
        blobs.map(|blob| &blob.id)
    }

    /// Everything durable.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let functions = self.functions.values().cloned().map(|it| Record::Function(Box::new(it)));
        let mappings = self.mappings.values().cloned().map(|it| Record::Mapping(Box::new(it)));
        let pending = self.pending.values().cloned().map(|it| Record::Invocation(Box::new(it)));
        functions.chain(mappings).chain(pending)
    }
}
