//! Event source mappings: queues that feed functions.

use std::collections::{BTreeMap, BTreeSet};

use kernel::arn::{Arn, FunctionArn, QueueArn};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::{InvocationId, Lambda};
use crate::error::UserError as _;
use crate::{Announcement, Cx, Due, Kind, Record, error as refuse, limits};

/// Names a mapping: a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MappingId(pub Box<str>);

/// An event source mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Its name.
    pub id: MappingId,
    /// The queue it reads.
    pub queue: QueueArn,
    /// The function it invokes, as it was named: with a qualifier or without.
    pub function: FunctionArn,
    /// `BatchSize`
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`
    pub window_s: u64,
    /// `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_failures: bool,
    /// `Enabled`
    pub enabled: bool,
    /// `ScalingConfig.MaximumConcurrency`
    pub maximum_concurrency: Option<u32>,
    /// `Tags`
    pub tags: BTreeMap<String, String>,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

/// What a mapping is doing. Not durable: after a restart it begins anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    /// Its batches that are under way.
    pub(super) running: BTreeSet<InvocationId>,
    /// The batching window, while one is open.
    pub(super) window: Option<Window>,
    /// The window has ended: what is there is taken, however little.
    pub(super) window_over: bool,
}

/// A batching window that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) ends: Timestamp,
    /// What brought the first message that it waits with.
    pub(super) cause: CauseId,
}

/// How much a mapping can take now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// Nothing: it is disabled or all its slots are taken.
    None,
    /// A batch, however small.
    UpTo(usize),
    /// A full batch only: its batching window is open.
    Full(usize),
}

impl Mapping {
    /// Where the record of this mapping is kept.
    pub(crate) fn key_of(id: &str) -> Key {
        Key::named(Kind::Mapping, id)
    }

    fn configuration(&self, state: &'static str) -> MappingConfiguration {
        MappingConfiguration {
            uuid: self.id.0.to_string(),
            batch_size: self.batch_size,
            maximum_batching_window_in_seconds: self.window_s,
            event_source_arn: self.queue.to_string(),
            event_source_mapping_arn: format!(
                "arn:aws:lambda:{}:{}:event-source-mapping:{}",
                self.function.region, self.function.account, self.id.0
            ),
            function_arn: self.function.to_string(),
            function_response_types: if self.reports_failures {
                vec!["ReportBatchItemFailures"]
            } else {
                Vec::new()
            },
            last_modified: self.last_modified.as_epoch_s(),
            scaling_config: self
                .maximum_concurrency
                .map(|concurrency| ScalingConfig { maximum_concurrency: Some(concurrency) }),
            state,
            state_transition_reason: "USER_INITIATED",
        }
    }

    fn settled_state(&self) -> &'static str {
        if self.enabled { "Enabled" } else { "Disabled" }
    }
}

/// Input of `CreateEventSourceMapping`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateEventSourceMappingInput {
    event_source_arn: Option<String>,
    function_name: String,
    enabled: Option<bool>,
    batch_size: Option<usize>,
    maximum_batching_window_in_seconds: Option<u64>,
    function_response_types: Option<Vec<String>>,
    scaling_config: Option<ScalingConfig>,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

impl CreateEventSourceMappingInput {
    /// The queue that is to be read.
    #[must_use]
    pub fn queue(&self) -> Option<QueueArn> {
        queue_of(self.event_source_arn.as_deref()).ok()
    }

    /// The function that is to be invoked, as it was given.
    #[must_use]
    pub fn function_name(&self) -> &str {
        &self.function_name
    }
}

/// `ScalingConfig`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_concurrency: Option<u32>,
}

/// Input of `UpdateEventSourceMapping`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateEventSourceMappingInput {
    #[serde(rename = "UUID")]
    uuid: String,
    function_name: Option<String>,
    enabled: Option<bool>,
    batch_size: Option<usize>,
    maximum_batching_window_in_seconds: Option<u64>,
    function_response_types: Option<Vec<String>>,
    scaling_config: Option<ScalingConfig>,
}

impl UpdateEventSourceMappingInput {
    /// The mapping's name.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The function that it is to invoke from now on, as it was given.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.function_name.as_deref()
    }
}

/// Input of `GetEventSourceMapping` and `DeleteEventSourceMapping`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingInput {
    #[serde(rename = "UUID")]
    uuid: String,
}

impl MappingInput {
    /// The mapping's name.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }
}

/// Input of `ListEventSourceMappings`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListEventSourceMappingsInput {
    event_source_arn: Option<String>,
    function_name: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Output of `ListEventSourceMappings`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsOutput {
    event_source_mappings: Vec<MappingConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

/// A mapping, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MappingConfiguration {
    #[serde(rename = "UUID")]
    uuid: String,
    batch_size: usize,
    maximum_batching_window_in_seconds: u64,
    event_source_arn: String,
    event_source_mapping_arn: String,
    function_arn: String,
    function_response_types: Vec<&'static str>,
    last_modified: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_config: Option<ScalingConfig>,
    state: &'static str,
    state_transition_reason: &'static str,
}

impl Lambda {
    pub(super) fn create_event_source_mapping(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: CreateEventSourceMappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let queue = queue_of(input.event_source_arn.as_deref())?;
        let reference = Reference::parse(&input.function_name, None, origin)?;
        let found = self.find(&input.function_name, None, origin);
        found.map(|_| ()).map_err(|refused| {
            match *refused.row() == refuse::RESOURCE_NOT_FOUND {
                true => refuse::INVALID_PARAMETER_VALUE.user(refused.message()),
                false => refused,
            }
        })?;
        let twin = self.mappings.values().find(|mapping| {
            mapping.queue == queue && mapping.function.unqualified() == reference.arn.unqualified()
        });
        if let Some(twin) = twin {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "An event source mapping with SQS arn (\" {queue} \") and function (\" {} \") already exists. Please update or delete the existing mapping with UUID {}",
                reference.arn.name, twin.id.0
            )));
        }
        let mapping = Mapping {
            id: MappingId(cx.ids.uuid().into()),
            function: reference.arn,
            batch_size: input.batch_size.unwrap_or(limits::BATCH_SIZE_DEFAULT),
            window_s: input.maximum_batching_window_in_seconds.unwrap_or(0),
            reports_failures: reports_failures(input.function_response_types)?,
            enabled: input.enabled.unwrap_or(true),
            maximum_concurrency: input.scaling_config.and_then(|it| it.maximum_concurrency),
            tags: input.tags.unwrap_or_default(),
            last_modified: cx.now,
            queue,
        };
        check(&mapping)?;
        let shown = mapping.configuration(if mapping.enabled { "Creating" } else { "Disabled" });
        self.keep(cx, mapping);
        Ok(shown)
    }

    pub(super) fn update_event_source_mapping(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: UpdateEventSourceMappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let mut mapping = self.mapping(&input.uuid, origin)?.clone();
        if let Some(name) = &input.function_name {
            let reference = Reference::parse(name, None, origin)?;
            self.find(name, None, origin)?;
            mapping.function = reference.arn;
        }
        mapping.enabled = input.enabled.unwrap_or(mapping.enabled);
        mapping.batch_size = input.batch_size.unwrap_or(mapping.batch_size);
        mapping.window_s = input.maximum_batching_window_in_seconds.unwrap_or(mapping.window_s);
        if input.function_response_types.is_some() {
            mapping.reports_failures = reports_failures(input.function_response_types)?;
        }
        if let Some(scaling) = input.scaling_config {
            mapping.maximum_concurrency = scaling.maximum_concurrency;
        }
        mapping.last_modified = cx.now;
        check(&mapping)?;
        let shown = mapping.configuration(match input.enabled {
            Some(true) => "Enabling",
            Some(false) => "Disabling",
            None => "Updating",
        });
        self.keep(cx, mapping);
        Ok(shown)
    }

    fn keep(&mut self, cx: &mut Cx<'_>, mapping: Mapping) {
        cx.put(|| Record::mapping(&mapping));
        cx.announce(Announcement::MappingReady(mapping.id.clone()));
        self.close_window(cx, &mapping.id);
        self.mappings.insert(mapping.id.clone(), mapping);
    }

    pub(super) fn get_event_source_mapping(
        &self,
        origin: &Origin,
        input: &MappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let mapping = self.mapping(&input.uuid, origin)?;
        Ok(mapping.configuration(mapping.settled_state()))
    }

    pub(super) fn delete_event_source_mapping(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &MappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let mapping = self.mapping(&input.uuid, origin)?.clone();
        self.close_window(cx, &mapping.id);
        self.feeds.remove(&mapping.id);
        self.mappings.remove(&mapping.id);
        cx.delete(|| Mapping::key_of(&mapping.id.0));
        Ok(mapping.configuration("Deleting"))
    }

    pub(super) fn list_event_source_mappings(
        &self,
        origin: &Origin,
        input: &ListEventSourceMappingsInput,
    ) -> Result<ListEventSourceMappingsOutput, ApiError> {
        let function = match &input.function_name {
            Some(name) => Some(Reference::parse(name, None, origin)?.arn.unqualified()),
            None => None,
        };
        let page = input.max_items.unwrap_or(100).clamp(1, 100);
        let mut mappings = self.mappings.values().filter(|mapping| {
            let arn = &mapping.function;
            arn.account == origin.account
                && arn.region == origin.region
                && input.marker.as_deref().is_none_or(|marker| *mapping.id.0 > *marker)
                && function.as_ref().is_none_or(|wanted| arn.unqualified() == *wanted)
                && input
                    .event_source_arn
                    .as_ref()
                    .is_none_or(|wanted| mapping.queue.to_string() == *wanted)
        });
        let shown: Vec<_> = mappings
            .by_ref()
            .take(page)
            .map(|mapping| mapping.configuration(mapping.settled_state()))
            .collect();
        let more = mappings.next().is_some();
        let next_marker = more.then(|| shown.last().map(|last| last.uuid.clone())).flatten();
        Ok(ListEventSourceMappingsOutput { event_source_mappings: shown, next_marker })
    }

    /// The queue that a mapping of the caller's reads.
    #[must_use]
    pub fn queue_of(&self, uuid: &str, origin: &Origin) -> Option<&QueueArn> {
        self.mapping(uuid, origin).ok().map(|mapping| &mapping.queue)
    }

    pub(super) fn mapping(&self, uuid: &str, origin: &Origin) -> Result<&Mapping, ApiError> {
        self.mappings
            .get(&MappingId(uuid.into()))
            .filter(|mapping| {
                let arn = &mapping.function;
                arn.account == origin.account && arn.region == origin.region
            })
            .ok_or_else(|| {
                refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")
            })
    }

    /// The mappings that read this queue.
    pub fn mappings_of(&self, queue: &QueueArn) -> Vec<MappingId> {
        let reads = |mapping: &&Mapping| mapping.queue == *queue;
        self.mappings.values().filter(reads).map(|mapping| mapping.id.clone()).collect()
    }

    /// All mappings.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.values()
    }

    /// The queue that a mapping reads and how much it can take now.
    pub fn capacity(&self, id: &MappingId) -> Option<(QueueArn, Capacity)> {
        let mapping = self.mappings.get(id)?;
        let feed = self.feeds.get(id);
        let running = feed.map_or(0, |feed| feed.running.len());
        let slots = mapping.maximum_concurrency.unwrap_or(limits::MAPPING_CONCURRENCY_DEFAULT);
        let capacity = if !mapping.enabled
            || running >= slots as usize
            || !self.functions.contains_key(&mapping.function.unqualified())
        {
            Capacity::None
        } else if mapping.window_s > 0 && !feed.is_some_and(|feed| feed.window_over) {
            Capacity::Full(mapping.batch_size)
        } else {
            Capacity::UpTo(mapping.batch_size)
        };
        Some((mapping.queue.clone(), capacity))
    }

    /// Fewer messages than a batch are there: their batching window opens, if it is not open.
    pub fn open_window(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        let Some(mapping) = self.mappings.get(id) else { return };
        let feed = self.feeds.entry(id.clone()).or_default();
        if feed.window.is_none() {
            let ends = cx.now.after_s(mapping.window_s);
            feed.window = Some(Window { ends, cause: cx.cause() });
            cx.deadlines.schedule(ends, Due::Window(id.clone()));
        }
    }

    /// Ends the window that is open, if one is: the next message opens another.
    pub fn close_window(&mut self, cx: &mut Cx<'_>, id: &MappingId) {
        if let Some(feed) = self.feeds.get_mut(id) {
            feed.window_over = false;
            if let Some(Window { ends, .. }) = feed.window.take() {
                cx.deadlines.cancel(ends, Due::Window(id.clone()));
            }
        }
    }

    pub(super) fn window_over(&mut self, cx: &mut Cx<'_>, id: MappingId) {
        if !self.mappings.contains_key(&id) {
            return;
        }
        let feed = self.feeds.entry(id.clone()).or_default();
        feed.window = None;
        feed.window_over = true;
        cx.announce(Announcement::MappingReady(id));
    }
}

fn queue_of(arn: Option<&str>) -> Result<QueueArn, ApiError> {
    match arn.and_then(Arn::parse) {
        Some(Arn::Queue(queue)) => Ok(queue),
        _ => Err(refuse::INVALID_PARAMETER_VALUE
            .user("Unrecognized event source, must be sqs. Other event sources are not implemented by Cloudless.")),
    }
}

fn reports_failures(types: Option<Vec<String>>) -> Result<bool, ApiError> {
    let types = types.unwrap_or_default();
    match types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
        None => Ok(!types.is_empty()),
        Some(other) => Err(refuse::VALIDATION.user(format!(
            "1 validation error detected: Value '[{other}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]"
        ))),
    }
}

fn check(mapping: &Mapping) -> Result<(), ApiError> {
    let refused = |text: String| Err(refuse::INVALID_PARAMETER_VALUE.user(text));
    let (size, window_s) = (mapping.batch_size, mapping.window_s);
    if size == 0 || size > limits::BATCH_SIZE_MAX {
        return refused(format!(
            "Batch size {size} is out of range: 1 to {}.",
            limits::BATCH_SIZE_MAX
        ));
    }
    if window_s > limits::BATCHING_WINDOW_MAX_S {
        return refused(format!(
            "Maximum batch window in seconds {window_s} is out of range: 0 to {}.",
            limits::BATCHING_WINDOW_MAX_S
        ));
    }
    if mapping.queue.name.is_fifo() {
        if size > limits::BATCH_SIZE_WITHOUT_WINDOW_MAX {
            return refused("Batch size for FIFO queues must be 10 or less.".into());
        }
        if window_s > 0 {
            return refused("Batching window is not supported for FIFO queues.".into());
        }
    }
    if size > limits::BATCH_SIZE_WITHOUT_WINDOW_MAX && window_s == 0 {
        return refused(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10".into(),
        );
    }
    match mapping.maximum_concurrency {
        Some(concurrency) if !limits::MAXIMUM_CONCURRENCY.contains(&concurrency) => {
            refused(format!("Maximum concurrency {concurrency} is out of range: 2 to 1000."))
        }
        _ => Ok(()),
    }
}
