//! Event source mappings: queues that feed functions.
//!
//! Whatever is asked of a mapping is done at once: the answer to a change says `Creating`, `Enabling`,
//! `Updating`, `Disabling` or `Deleting`, as on AWS, and whoever looks next sees what it led to.

mod check;
mod feed;
mod request;

use std::collections::BTreeMap;

use kernel::arn::{FunctionArn, QueueArn};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Lambda;
use super::reference::Reference;
use crate::error::UserError as _;
use crate::filter::Filters;
use crate::{Announcement, Cx, Kind, Record, error as refuse, limits};

pub(crate) use feed::Feed;
pub use feed::{Capacity, Scaling, Taking};
pub use request::{
    CreateEventSourceMappingInput, ListEventSourceMappingsInput, ListEventSourceMappingsOutput,
    MappingConfiguration, MappingInput, ProvisionedPollerConfig, ScalingConfig,
    UpdateEventSourceMappingInput,
};

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
    /// `ProvisionedPollerConfig`
    pub pollers: Option<Pollers>,
    /// `FilterCriteria`
    pub filters: Filters,
    /// `KMSKeyArn`. Kept and shown: filters are as readable as all else here.
    pub kms_key: Option<String>,
    /// `MetricsConfig.Metrics`: whether it is counted what becomes of messages.
    pub metrics: Option<Vec<String>>,
    /// `Tags`
    pub tags: BTreeMap<String, String>,
    /// When it was last changed.
    pub last_modified: Timestamp,
}

/// `ProvisionedPollerConfig`: each poller runs up to ten batches at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pollers {
    /// `MinimumPollers`
    pub minimum: u32,
    /// `MaximumPollers`
    pub maximum: u32,
    /// `PollerGroupName`
    pub group: Option<String>,
}

impl Mapping {
    /// Where the record of this mapping is kept.
    pub(crate) fn key_of(id: &str) -> Key {
        Key::named(Kind::Mapping, id)
    }

    /// Its ARN: `arn:aws:lambda:REGION:ACCOUNT:event-source-mapping:UUID`.
    #[must_use]
    pub fn arn(&self) -> String {
        let FunctionArn { region, account, .. } = &self.function;
        format!("arn:aws:lambda:{region}:{account}:event-source-mapping:{}", self.id.0)
    }

    fn settled_state(&self) -> &'static str {
        if self.enabled { "Enabled" } else { "Disabled" }
    }
}

impl Lambda {
    pub(super) fn create_event_source_mapping(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: CreateEventSourceMappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let queue = input.source()?;
        let settings = input.take_settings()?;
        let function = self.function_to_feed(input.function_name(), origin)?;
        let mut mapping = Mapping {
            id: MappingId(cx.ids.uuid().into()),
            function,
            batch_size: limits::BATCH_SIZE_DEFAULT,
            window_s: 0,
            reports_failures: false,
            enabled: true,
            maximum_concurrency: None,
            pollers: None,
            filters: Filters::default(),
            kms_key: None,
            metrics: None,
            tags: input.tags().cloned().unwrap_or_default(),
            last_modified: cx.now,
            queue,
        };
        settings.apply_to(&mut mapping)?;
        check::mapping(&mapping)?;
        self.check_twin(&mapping)?;
        let shown = mapping.configuration("Creating");
        self.keep(cx, mapping);
        Ok(shown)
    }

    pub(super) fn update_event_source_mapping(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: UpdateEventSourceMappingInput,
    ) -> Result<MappingConfiguration, ApiError> {
        let mut mapping = self.mapping(input.uuid(), origin)?.clone();
        let settings = input.take_settings()?;
        let was_enabled = mapping.enabled;
        if let Some(name) = input.function_name() {
            mapping.function = self.function_to_feed(name, origin)?;
            self.check_twin(&mapping)?;
        }
        settings.apply_to(&mut mapping)?;
        mapping.last_modified = cx.now;
        check::mapping(&mapping)?;
        let shown = mapping.configuration(match (was_enabled, mapping.enabled) {
            (false, true) => "Enabling",
            (true, false) => "Disabling",
            _ => "Updating",
        });
        self.keep(cx, mapping);
        Ok(shown)
    }

    /// The function that a mapping is to feed, by the name that a request gives it.
    fn function_to_feed(&self, name: &str, origin: &Origin) -> Result<FunctionArn, ApiError> {
        let reference = Reference::parse(name, None, origin)?;
        match self.find(name, None, origin) {
            Ok(_) => Ok(reference.arn),
            Err(refused) if *refused.row() == refuse::RESOURCE_NOT_FOUND => {
                Err(refuse::INVALID_PARAMETER_VALUE.user("Function does not exist"))
            }
            Err(refused) => Err(refused),
        }
    }

    /// A queue feeds a function, or a version of it, through one mapping.
    fn check_twin(&self, mapping: &Mapping) -> Result<(), ApiError> {
        let is_twin = |other: &&Mapping| {
            other.id != mapping.id
                && other.queue == mapping.queue
                && other.function == mapping.function
        };
        match self.mappings.values().find(is_twin) {
            None => Ok(()),
            Some(twin) => Err(refuse::RESOURCE_CONFLICT.user(format!(
                "An event source mapping with SQS arn (\" {} \") and function (\" {} \") already exists. Please update or delete the existing mapping with UUID {}",
                twin.queue, twin.function.name, twin.id.0
            ))),
        }
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
        self.scale_back(cx, &mapping.id);
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
            Some(name) => Some(Reference::parse(name, None, origin)?.arn),
            None => None,
        };
        // It need not be there: a mapping stays when its function goes, and is found by its name.
        // A function without a qualifier is all its versions.
        let feeds = |wanted: &FunctionArn, mapping: &Mapping| match wanted.qualifier {
            Some(_) => mapping.function == *wanted,
            None => mapping.function.unqualified() == *wanted,
        };
        let page = input
            .max_items
            .unwrap_or(limits::MAPPINGS_PAGE_MAX)
            .clamp(1, limits::MAPPINGS_PAGE_MAX);
        let mut mappings = self.mappings.values().filter(|mapping| {
            let arn = &mapping.function;
            arn.account == origin.account
                && arn.region == origin.region
                && input.marker.as_deref().is_none_or(|marker| *mapping.id.0 > *marker)
                && function.as_ref().is_none_or(|wanted| feeds(wanted, mapping))
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
}
