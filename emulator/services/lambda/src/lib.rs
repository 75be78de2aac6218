//! Lambda: functions, their invocations, and the mappings that feed them from queues.

pub mod access;
mod batch;
mod code;
mod configuration;
mod descriptor;
pub mod error;
mod event_source_mapping;
mod function;
mod invocation;
pub mod limits;
mod outcome;
mod policy;
pub mod record;
mod reference;

use std::collections::BTreeMap;

use kernel::access::Asking;
use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::call::{CallId, Origin};
use kernel::content::Content;
use kernel::context::Restoring;
use kernel::deadlines::Deadlines;
use kernel::descriptor::Descriptor;
use kernel::error::ApiError;
use kernel::policy::Principal;
use kernel::service::Service;
use kernel::time::Timestamp;
use kernel::trace::CauseId;

pub use batch::*;
pub use configuration::*;
pub use event_source_mapping::*;
pub use function::*;
pub use invocation::*;
pub use outcome::*;
pub use policy::*;

kernel::operations! { "lambda";
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

kernel::records! {
    /// A function with its configuration.
    Function(record::Function) = 7;
    /// An event source mapping.
    Mapping(record::Mapping) = 8;
    /// An invocation that must not be lost: asynchronous, or of a mapping's batch.
    Invocation(record::Pending) = 9;
}

impl Record {
    fn function(function: &Function) -> Self {
        Self::Function(Box::new(function.into()))
    }

    fn mapping(mapping: &Mapping) -> Self {
        Self::Mapping(Box::new(mapping.into()))
    }

    fn pending(pending: &Pending) -> Self {
        Self::Invocation(Box::new(pending.into()))
    }
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
    /// The function's code or configuration has changed or it is gone: environments that idle are
    /// to be stopped, busy ones after the invocation in hand.
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
    /// An event is to be kept in a dead-letter or destination queue.
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

    /// What the trace calls an invocation that is under way.
    #[must_use]
    pub fn cause_of(&self, invocation: &InvocationId) -> Option<CauseId> {
        self.running.get(invocation).map(|running| running.cause)
    }

    /// The zip of a function; `function` is unqualified.
    #[must_use]
    pub fn code_of(&self, function: &FunctionArn) -> Option<&Content> {
        Some(&self.functions.get(function)?.deployment.code)
    }
}

impl Service for Lambda {
    type Request = Request;
    type Response = Response;
    type Record = Record;
    type Due = Due;
    type Announcement = Announcement;
    type Effect = Effect;

    const DESCRIPTOR: Descriptor = descriptor::DESCRIPTOR;

    fn access(&self, asking: &mut Asking<'_>, request: &Request) -> Result<(), ApiError> {
        self.ask(asking, request)
    }

    fn call(
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

    fn due_because(&self, due: &Due) -> Option<CauseId> {
        match due {
            Due::Timeout(id) => self.cause_of(id),
            Due::Start(id) => self.pending.get(id).map(|pending| pending.cause),
            Due::Window(id) => self.feeds.get(id)?.window.map(|window| window.cause),
        }
    }

    fn due(&mut self, cx: &mut Cx<'_>, due: Due) {
        match due {
            Due::Timeout(id) => self.timed_out(cx, &id),
            Due::Start(id) => self.start_pending(cx, &id),
            Due::Window(id) => self.window_over(cx, id),
        }
    }

    fn disconnected(&mut self, _deadlines: &mut Deadlines<Due>, call: CallId) {
        self.forget_waiting(call);
    }

    fn restore(&mut self, cx: &mut Restoring<'_, Self>, record: Record) {
        match record {
            Record::Function(function) => {
                let function = Function::from(*function);
                self.functions.insert(function.deployment.arn.clone(), function);
            }
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
        }
    }

    fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        self.functions.values().map(|function| &function.deployment.code)
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let functions = self.functions.values().map(Record::function);
        let mappings = self.mappings.values().map(Record::mapping);
        let pending = self.pending.values().map(Record::pending);
        functions.chain(mappings).chain(pending)
    }

    fn outstanding(&self) -> Vec<String> {
        self.invocations_outstanding()
    }

    fn waiting(&self) -> Vec<String> {
        self.invocations_waiting()
    }

    fn request_id(response: &Response) -> Option<&str> {
        response.request_id()
    }
}
