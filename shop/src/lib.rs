//! The online shop that lives on the picture pipeline.
//!
//! The shop knows three things of the world around it: a database, a bucket, and (perhaps) an
//! SMTP server. A manager's upload is put into the bucket under `products/{id}/…`; whatever
//! resizes it writes the new address into `shop_product.image`, and the page follows by itself.
//!
//! ```no_run
//! # async fn run(sdk: aws_config::SdkConfig) -> anyhow::Result<()> {
//! let config = shop::Config {
//!     base_url: Some("http://127.0.0.1:8000".into()),
//!     ..shop::Config::new("sqlite://shop.db", "cloudless-shop-images", sdk)
//! };
//! let app = shop::App::connect(config).await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! shop::serve(app, listener, std::future::pending()).await
//! # }
//! ```

use std::{future::Future, ops::Deref, sync::Arc};

use anyhow::Context as _;
use axum::Router;
use chrono::{DateTime, SubsecRound, Utc};
use tokio::net::TcpListener;

mod accounts;
pub mod ask;
mod assets;
mod bucket;
mod cart;
mod catalog;
pub mod cloud;
mod config;
mod db;
pub mod deploy;
mod error;
mod form;
mod host;
#[cfg(feature = "local")]
pub mod local;
mod mail;
mod manager;
mod metrics;
mod money;
mod order;
mod page;
mod path;
mod patience;
mod query;
mod router;
pub mod sample;
mod search;
pub mod seed;
mod server;
mod stall;
#[cfg(test)]
mod statements;

use crate::patience::Tried;
pub use crate::{
    accounts::{Appoint, Appointed},
    bucket::{Bucket, Kept, KeptObject},
    catalog::Picture,
    config::{Config, Lines},
    db::{CONNECTIONS_MAX, Db, Row, Tx, Value},
    mail::{Mail, Round},
    manager::{Refused, UploadError},
    money::Cents,
    patience::Patience,
    server::Limits,
};

/// A running shop without its listener: cheap to clone, shared by all requests.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What every request can reach.
pub struct Inner {
    db: Db,
    bucket: Bucket,
    mail: Mail,
    lists: catalog::Lists,
    site: Arc<page::Site>,
    attempts: accounts::AttemptLimit,
    passwords: accounts::Passwords,
    uploads: manager::UploadChecks,
    limits: Limits,
    counts: metrics::Counts,
    metrics: Option<Lines>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Connects to the database, applies the migrations, and prepares the bucket's client. The
    /// bucket itself is not asked for anything: the shop starts also while it is out of reach.
    ///
    /// # Errors
    /// A database that cannot be reached or migrated, or a configuration that cannot work.
    pub async fn connect(config: Config) -> anyhow::Result<Self> {
        let bucket = Bucket::s3(&config.sdk, &config.bucket);
        Self::connect_with(config, bucket).await
    }

    /// As [`App::connect`], with a bucket of the caller's choice.
    ///
    /// # Errors
    /// As [`App::connect`].
    pub async fn connect_with(config: Config, bucket: Bucket) -> anyhow::Result<Self> {
        let db = Db::connect_with(&config.database_url, config.database_connections).await?;
        catalog::refresh_keys(&db).await.context("cannot compute what products are sorted by")?;
        let site = Arc::new(page::Site::new(&config)?);
        let mail = Mail::new(db.clone(), &config)?;
        Ok(Self(Arc::new(Inner {
            lists: catalog::Lists::default(),
            db,
            bucket,
            mail,
            site,
            attempts: accounts::AttemptLimit::default(),
            passwords: accounts::Passwords::new()?,
            uploads: manager::UploadChecks::default(),
            limits: config.limits,
            counts: metrics::Counts::default(),
            metrics: config.metrics,
        })))
    }

    /// As [`App::connect_with`], and waits for a database that does not answer yet.
    ///
    /// # Errors
    /// As [`App::connect`]; a database out of reach only when `patience` has ended.
    pub async fn connect_patiently(
        config: Config,
        bucket: Bucket,
        patience: Patience<'_>,
    ) -> anyhow::Result<Self> {
        let what = "the database";
        patience
            .until(what, async || match Self::connect_with(config.clone(), bucket.clone()).await {
                Ok(app) => Tried::Done(app),
                Err(error) if db::is_out_of_reach(&error) => Tried::NotYet(error),
                Err(error) => Tried::Never(error),
            })
            .await
    }

    /// The whole site as an axum router.
    pub fn router(&self) -> Router {
        router::router(self)
    }

    /// The outbox of mails: sends what orders and registrations have written.
    pub fn mail(&self) -> &Mail {
        &self.mail
    }

    /// The database the shop works on.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Gives a product a new picture: checks the bytes as the manager's form does, puts them into
    /// the bucket, then remembers the key in `image_original`. Returns that key.
    ///
    /// # Errors
    /// [`UploadError`]: a picture that is refused, a product that does not exist, a bucket that
    /// cannot be reached. In all of them the product keeps the picture it had.
    pub async fn upload_product_image(
        &self,
        product_id: i64,
        bytes: impl Into<bytes::Bytes>,
    ) -> Result<String, UploadError> {
        manager::upload(self, product_id, bytes.into()).await
    }

    /// Writes the sample data that is not there yet: categories, products, a manager and a
    /// customer. Nothing that exists is changed, so it can run at every start.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn seed(&self, catalog: &seed::Catalog) -> anyhow::Result<seed::Seeded> {
        seed::seed(self, catalog).await
    }

    /// Makes a manager: an account that may sign in at `/accounts/login/manager`.
    ///
    /// # Errors
    /// What is wrong with the name, the address or the password, in plain words; a database that
    /// fails.
    pub async fn appoint(&self, manager: &Appoint) -> anyhow::Result<Appointed> {
        accounts::appoint(self, manager).await
    }

    /// Lets the products' pictures be found where the bucket is reached now. A local run has another
    /// endpoint when its port was taken; what is stored are whole URLs. Returns how many changed.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn move_images(&self, image_base_url: &str) -> anyhow::Result<u64> {
        catalog::move_images(self, image_base_url).await
    }

    /// The time, in the microseconds that both databases keep.
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// Serves the shop on `listener` and sends its mails until `shutdown` is done; then finishes the
/// requests in hand and closes the database.
///
/// Who sends or reads too slowly is cut off: see [`Limits`]. Where no connection can be accepted for
/// the moment (no file descriptor is left), it waits.
///
/// # Errors
/// None today.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mails = tokio::spawn(mail::run(app.clone()));
    let metrics = tokio::spawn(metrics::run(app.clone()));
    server::serve(app.router(), listener, app.limits, shutdown).await;
    // A mail in hand stays claimed in the outbox and is sent by the next start.
    mails.abort();
    metrics.abort();
    app.db.close().await;
    Ok(())
}
