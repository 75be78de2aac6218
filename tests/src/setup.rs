//! What a story asks for.

use crate::{Cloud, DatabaseKind, Functions};

/// What a story wants.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub cloud: Cloud,
    pub database: DatabaseKind,
    /// Who runs the functions on the embedded emulator. The container runs the shipped zips, all
    /// others have a worker.
    pub functions: Functions,
    /// Whether Cloudless's time stands still, so that [`Shop::settle_until_idle`](crate::Shop::settle_until_idle) moves it.
    pub frozen: bool,
    /// Whether the shop makes bucket, queues and functions, as `shop provision` does.
    pub provisioned: bool,
    /// Whether the cloud's container is to be stopped and started: it is the story's own, and keeps
    /// its port and, where it can keep data, its data.
    pub is_restarted: bool,
}

impl Setup {
    /// A provisioned shop on a cloud, with a database that everybody there reaches.
    #[must_use]
    pub const fn on(cloud: Cloud) -> Self {
        let database = match cloud {
            Cloud::Embedded => DatabaseKind::Sqlite,
            Cloud::Container => DatabaseKind::PostgresContainer,
            Cloud::LocalStack | Cloud::Aws => DatabaseKind::Postgres,
        };
        Self {
            cloud,
            database,
            functions: Functions::InProcess,
            frozen: false,
            provisioned: true,
            is_restarted: false,
        }
    }
}
