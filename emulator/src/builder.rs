//! What an emulator is to be like.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use cloudless_core::lambda::Scaling;
use cloudless_core::s3::BucketDefaults;
use futures_util::Stream;
use lambda_runtime::{Diagnostic, IntoFunctionResponse, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tower::Service;

use crate::clock::Clock;
use crate::engine::Fork;
use crate::http::Limits;
use crate::instances::{FleetConfig, Program};
use crate::keys::Keys;
use crate::runtime::{BoxError, EnvironmentContext, Handlers};
use crate::wire::Service as AwsService;

/// What an emulator is to be like; made by [`Emulator::builder`](crate::Emulator::builder).
#[derive(Debug)]
pub struct Builder {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) listener: Option<TcpListener>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) clock: Clock,
    pub(crate) seed: Option<u64>,
    pub(crate) handlers: Handlers,
    pub(crate) hosts: Vec<String>,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) keys: Keys,
    pub(crate) bucket_defaults: BucketDefaults,
    pub(crate) mapping_scaling: Scaling,
    pub(crate) limits: Limits,
    pub(crate) services: Vec<AwsService>,
    pub(crate) environments_max: Option<usize>,
    pub(crate) fork: Option<Fork>,
    pub(crate) fleet: FleetConfig,
    pub(crate) listeners: BTreeMap<u16, SocketAddr>,
    pub(crate) balancing: balancer::Settings,
}

impl Builder {
    /// The address to listen on, 127.0.0.1 unless told. Anything but a loopback address lets others
    /// run code on this machine.
    #[must_use]
    pub fn host(self, host: IpAddr) -> Self {
        Self { host, ..self }
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// A listener that is bound already, in place of host and port.
    #[must_use]
    pub fn listener(self, listener: TcpListener) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// Keeps everything in this directory; the next emulator that is started on it goes on where
    /// this one ended, however it ended.
    #[must_use]
    pub fn data_dir(self, data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: Some(data_dir.into()), ..self }
    }

    /// The emulator's time, for example `Clock::frozen(…)`.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Where names come from: the same seed and the same calls give the same names. Random unless
    /// told. A data directory and a fork go on with their own.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Lets the function of this name run in this process, whatever its zip. See
    /// [`Handlers::register`].
    #[must_use]
    pub fn function<F, Made, S, E, T, R, B, St, D, SE>(
        self,
        name: impl Into<String>,
        factory: F,
    ) -> Self
    where
        F: Fn(EnvironmentContext) -> Made + Send + Sync + 'static,
        Made: Future<Output = Result<S, E>> + Send + 'static,
        E: Into<BoxError>,
        S: Service<LambdaEvent<T>, Response = R> + Send + 'static,
        S::Future: Send,
        S::Error: Into<Diagnostic> + fmt::Debug + Send,
        T: DeserializeOwned + Send + 'static,
        R: IntoFunctionResponse<B, St> + Send + 'static,
        B: Serialize + Send + 'static,
        St: Stream<Item = Result<D, SE>> + Unpin + Send + 'static,
        D: Into<bytes::Bytes> + Send + 'static,
        SE: Into<BoxError> + Send + fmt::Debug + 'static,
    {
        Self { handlers: self.handlers.register(name, factory), ..self }
    }

    /// A host name besides `localhost` under which it is reached, so that `that-name` and
    /// `bucket.that-name` are understood. A request by the name of a stranger is refused (403): a web
    /// page can let a name of its own lead to this machine.
    #[must_use]
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// An origin, such as `http://localhost:3000`, whose pages may use every service here from a
    /// browser. Pages of other origins are refused (403), but for what S3's own rules let them do:
    /// a bucket's CORS configuration, objects for everybody, form uploads.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// An access key that is known. Once there is one, every call must be signed with a known key, but
    /// for what a bucket's or a queue's policy lets everybody do, and signatures are verified. The
    /// control API (`/_cloudless/…`) then wants a key as well: `Authorization: Bearer KEY_ID:SECRET`,
    /// or a signature; but for health, LocalStack's init, the docs and the first page.
    #[must_use]
    pub fn key(mut self, access_key_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.insert(access_key_id, secret);
        self
    }

    /// Access keys in place of those that were given before. See [`Builder::key`].
    #[must_use]
    pub fn keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    /// What new buckets have: what AWS gives them today, unless told. Buckets that are there already keep
    /// what they have.
    #[must_use]
    pub fn bucket_defaults(self, bucket_defaults: BucketDefaults) -> Self {
        Self { bucket_defaults, ..self }
    }

    /// How event source mappings come to run more than five batches at once: after a minute in which
    /// messages had to wait, as on AWS, unless told.
    #[must_use]
    pub fn mapping_scaling(self, mapping_scaling: Scaling) -> Self {
        Self { mapping_scaling, ..self }
    }

    /// The services that answer: all unless told. Calls of the others are refused with
    /// `InternalFailure`, as LocalStack refuses what its `SERVICES` does not list.
    #[must_use]
    pub fn services(self, services: impl IntoIterator<Item = AwsService>) -> Self {
        Self { services: services.into_iter().collect(), ..self }
    }

    /// Instances of this image run this program, a process each; those of other images are simulated.
    #[must_use]
    pub fn image(mut self, image_id: impl Into<String>, program: Program) -> Self {
        self.fleet.programs.insert(image_id.into(), program);
        self
    }

    /// How instances are run, in place of what was said before.
    #[must_use]
    pub fn instances(self, fleet: FleetConfig) -> Self {
        Self { fleet, ..self }
    }

    /// Where listeners of load balancers with this port listen; those of other ports get a free one of
    /// 127.0.0.1, which [`Emulator::listener`](crate::Emulator::listener) names.
    #[must_use]
    pub fn balancer_listener(mut self, port: u16, at: SocketAddr) -> Self {
        self.listeners.insert(port, at);
        self
    }

    /// A request whose target cannot be reached, or ends before it answers one that may be repeated, is
    /// given to another; on AWS it is answered with 502, which is what happens unless this is said.
    #[must_use]
    pub fn balancer_tries_others(self) -> Self {
        Self { balancing: balancer::Settings { tries_others: true }, ..self }
    }

    /// How many execution environments there are at most: 64 unless told.
    #[must_use]
    pub fn environments_max(self, environments: usize) -> Self {
        Self { environments_max: Some(environments), ..self }
    }
}
