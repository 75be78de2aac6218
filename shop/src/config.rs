use std::{fmt, net::SocketAddr, sync::Arc};

use aws_config::SdkConfig;
use futures_util::future::BoxFuture;

use crate::{Limits, db::CONNECTIONS_MAX};

/// Where lines go; the future is done when one is there.
pub type Lines = Arc<dyn Fn(String) -> BoxFuture<'static, ()> + Send + Sync>;

/// What a shop needs to know to run. [`Config::new`] fills in all that has a sensible default.
#[derive(Clone)]
pub struct Config {
    /// `postgres://…` or `sqlite://path` (created when it does not exist).
    pub database_url: String,
    /// Connections to PostgreSQL, and readers of SQLite, at most; one that is asked for snapshots comes on top.
    pub database_connections: u32,
    /// Where to listen. [`crate::serve`] takes a bound listener, so that a caller may also choose
    /// port 0; without `base_url` this address is the one that links in mails point to.
    pub listen: SocketAddr,
    /// The bucket that uploads are put into.
    pub bucket: String,
    /// Public URL prefix of the bucket's objects, without a slash at its end, for instance
    /// `http://127.0.0.1:4566/cloudless-shop-images`.
    pub image_base_url: String,
    /// The shop's own address as people type it, without a slash at its end. Links in mails are
    /// built from it. With `https` the session cookie is `Secure`. Where it is set, or `listen` is
    /// a loopback address, the shop answers to no other host names but loopback ones, IP addresses,
    /// names without a dot, and `host_names`: a page whose own name was pointed at this machine
    /// reads nothing.
    pub base_url: Option<String>,
    /// `smtp://user:password@host:port?tls=required` or `smtps://…`. Without it mails are kept in
    /// the table `shop_mailbox`.
    pub smtp_url: Option<String>,
    /// Sender of all mails, for instance `Cloudless <shop@example.com>`.
    pub mail_from: String,
    /// Region, credentials and endpoint of the bucket.
    pub sdk: SdkConfig,
    /// Shows `/mailbox`, where everybody can read every kept mail: for a local run only.
    pub show_mailbox: bool,
    /// Trusts the last address in `X-Forwarded-For` as the client's: only behind a balancer that
    /// sets it.
    pub trust_forwarded_for: bool,
    /// Other names under which browsers reach the shop; see `base_url`.
    pub host_names: Vec<String>,
    /// How long those who send and read may take.
    pub limits: Limits,
    /// Where a line goes each minute that says, in CloudWatch's embedded metric format, what the shop has done:
    /// [`App::measured`](crate::App::measured). Nothing says nothing.
    pub metrics: Option<Lines>,
    /// Shown at the foot of each page, to tell instances behind a balancer apart.
    pub instance_id: String,
}

impl Config {
    /// A configuration for `database_url` and `bucket`; everything else as a local run wants it.
    pub fn new(database_url: impl Into<String>, bucket: impl Into<String>, sdk: SdkConfig) -> Self {
        let bucket = bucket.into();
        let image_base_url = crate::cloud::image_base_url(&sdk, &bucket);
        Self {
            database_url: database_url.into(),
            database_connections: CONNECTIONS_MAX,
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            bucket,
            image_base_url,
            base_url: None,
            smtp_url: None,
            mail_from: "Cloudless <shop@cloudless.example>".to_owned(),
            sdk,
            show_mailbox: false,
            trust_forwarded_for: false,
            host_names: Vec::new(),
            limits: Limits::default(),
            metrics: None,
            instance_id: Self::instance_id_from(|name| std::env::var(name).ok()),
        }
    }

    /// `INSTANCE_ID`, else the host's name, else `local`.
    pub fn instance_id_from(env: impl Fn(&str) -> Option<String>) -> String {
        let hostname = || std::fs::read_to_string("/etc/hostname").ok();
        [env("INSTANCE_ID"), env("HOSTNAME"), hostname()]
            .into_iter()
            .flatten()
            .map(|name| name.trim().to_owned())
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| "local".to_owned())
    }
}

/// Without what may hold a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("bucket", &self.bucket)
            .field("image_base_url", &self.image_base_url)
            .field("base_url", &self.base_url)
            .field("show_mailbox", &self.show_mailbox)
            .field("instance_id", &self.instance_id)
            .finish_non_exhaustive()
    }
}
