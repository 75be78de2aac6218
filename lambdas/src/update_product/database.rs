//! The one statement, on PostgreSQL and on SQLite.

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::environment::InitError;

/// What `DATABASE_URL` should be.
pub(super) const URL: &str = "postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite://PATH";

/// Sets the picture unless the stored one is the same or newer. Versions compare as text.
const UPDATE: &str = "UPDATE shop_product SET image = $1, image_source = $2, image_version = $3 \
     WHERE id = $4 AND (image_version IS NULL OR image_version < $3)";

/// Tells "not newer" from "no such product".
const EXISTS: &str = "SELECT id FROM shop_product WHERE id = $1";

/// A function handles one batch at a time; the second connection is for a host that overlaps them.
const CONNECTIONS_MAX: u32 = 2;
/// How long to wait for the server, or for another writer of the SQLite file.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The two databases the shop runs on.
pub(super) enum Database {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// What an update came to.
pub(super) enum Updated {
    Yes,
    NotNewer,
    NoSuchProduct,
}

/// One expression for both drivers, whose types have nothing in common.
macro_rules! on {
    ($database:expr, $pool:ident => $expression:expr) => {
        match $database {
            Database::Postgres($pool) => $expression,
            Database::Sqlite($pool) => $expression,
        }
    };
}

impl Database {
    pub(super) fn from_url(url: &str) -> Result<Self, InitError> {
        let invalid =
            |reason: String| InitError::Invalid { name: "DATABASE_URL", expected: URL, reason };
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => {
                let options =
                    PgConnectOptions::from_str(url).map_err(|e| invalid(e.to_string()))?;
                let pool = PgPoolOptions::new()
                    .max_connections(CONNECTIONS_MAX)
                    .acquire_timeout(WAIT_MAX)
                    .connect_lazy_with(options);
                Ok(Self::Postgres(pool))
            }
            Some("sqlite") => {
                // The journal mode is the shop's: it is stored in the file. Nor is a file created:
                // one without the shop's tables would only hide a wrong path.
                let options = SqliteConnectOptions::from_str(url)
                    .map_err(|e| invalid(e.to_string()))?
                    .create_if_missing(false)
                    .busy_timeout(WAIT_MAX);
                let pool = SqlitePoolOptions::new()
                    .max_connections(CONNECTIONS_MAX)
                    .acquire_timeout(WAIT_MAX)
                    .connect_lazy_with(options);
                Ok(Self::Sqlite(pool))
            }
            _ => Err(invalid("its scheme is neither postgres nor sqlite".to_owned())),
        }
    }

    /// Whether it answers.
    pub(super) async fn ask(&self) -> Result<(), sqlx::Error> {
        on!(self, pool => sqlx::query("SELECT 1").execute(pool).await.map(|_| ()))
    }

    /// Gives a product the picture made from the upload `key`, if `version` is newer than what it has.
    pub(super) async fn update(
        &self,
        product_id: i64,
        url: &str,
        key: &str,
        version: &str,
    ) -> Result<Updated, sqlx::Error> {
        let changed = on!(self, pool => sqlx::query(UPDATE)
            .bind(url)
            .bind(key)
            .bind(version)
            .bind(product_id)
            .execute(pool)
            .await?
            .rows_affected());
        if changed > 0 {
            return Ok(Updated::Yes);
        }
        let exists = on!(self, pool => sqlx::query(EXISTS)
            .bind(product_id)
            .fetch_optional(pool)
            .await?
            .is_some());
        Ok(if exists { Updated::NotNewer } else { Updated::NoSuchProduct })
    }
}
