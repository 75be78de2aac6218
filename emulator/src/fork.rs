//! A running emulator as the start of another.

use cloudless_core::lambda::Scaling;
use cloudless_core::s3::BucketDefaults;

use crate::Emulator;
use crate::builder::Builder;
use crate::keys::Keys;
use crate::runtime::Handlers;
use crate::wire::Service;

/// What of an emulator's making its forks have as well, unless they are told otherwise.
pub(crate) struct Likeness {
    handlers: Handlers,
    hosts: Vec<String>,
    allowed_origins: Vec<String>,
    keys: Keys,
    bucket_defaults: BucketDefaults,
    mapping_scaling: Scaling,
    services: Vec<Service>,
    environments_max: Option<usize>,
}

impl Likeness {
    pub(crate) fn of(builder: &Builder) -> Self {
        Self {
            handlers: builder.handlers.clone(),
            hosts: builder.hosts.clone(),
            allowed_origins: builder.allowed_origins.clone(),
            keys: builder.keys.clone(),
            bucket_defaults: builder.bucket_defaults,
            mapping_scaling: builder.mapping_scaling,
            services: builder.services.clone(),
            environments_max: builder.environments_max,
        }
    }
}

impl Emulator {
    /// The start of another emulator that begins with all that is here now, and from then on goes its own
    /// way: what is done in one is not seen in the other.
    ///
    /// The other is in memory, on a free port, with a clock of its own that shows the same moment and
    /// stands or runs as this one does; its functions run in environments of its own. Unless the builder
    /// is told otherwise, it has the same functions in this process, host names, origins, keys, services,
    /// defaults of buckets and scaling of mappings. Names go on alike in both, as after the same seed.
    ///
    /// Object bodies are shared, not copied: one that both have stays until both have deleted it, or are
    /// gone. Where they lie in a data directory, that directory belongs to this process for as long as
    /// the fork, or its builder, lives; it can be opened again in this process meanwhile.
    ///
    /// Who waits for an answer (a long poll, a synchronous invocation) waits here. Asynchronous
    /// invocations and batches of mappings that are under way are begun anew in the fork, as after a
    /// restart: a function does its work in both.
    ///
    /// ```
    /// # use cloudless::Emulator;
    /// # async fn story(emulator: Emulator) -> Result<(), Box<dyn std::error::Error>> {
    /// let other = emulator.fork().start().await?;
    /// // … delete something in `other`: it is still there in `emulator` …
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn fork(&self) -> Builder {
        let Likeness {
            handlers,
            hosts,
            allowed_origins,
            keys,
            bucket_defaults,
            mapping_scaling,
            services,
            environments_max,
        } = &self.likeness;
        Builder {
            clock: self.clock().fork(),
            handlers: handlers.clone(),
            hosts: hosts.clone(),
            allowed_origins: allowed_origins.clone(),
            keys: keys.clone(),
            bucket_defaults: *bucket_defaults,
            mapping_scaling: *mapping_scaling,
            services: services.clone(),
            environments_max: *environments_max,
            fork: Some(self.engine.fork()),
            ..Self::builder()
        }
    }
}
