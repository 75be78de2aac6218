//! A database of the story's own.

use std::str::FromStr as _;

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use testcontainers::core::wait::LogWaitStrategy;
use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};

/// A server at hand: `postgres://user:password@host/database`. Its user may create databases.
const POSTGRES_URL: &str = "CLOUDLESS_TEST_POSTGRES_URL";
/// The image of a server to be started, where there is none at hand.
const POSTGRES_IMAGE: &str = "CLOUDLESS_TEST_POSTGRES_IMAGE";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// An empty database that nobody else uses.
pub struct Database {
    pub url: String,
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "is removed when it is dropped")] TempDir),
    Server {
        admin: Box<PgConnectOptions>,
        name: String,
    },
    Container(
        #[expect(dead_code, reason = "stops when it is dropped")] Box<ContainerAsync<GenericImage>>,
    ),
}

impl Database {
    /// Makes one. `Err` in the inner result says what this machine lacks for it.
    pub async fn make(kind: DatabaseKind) -> Result<Result<Self, String>> {
        match (kind, std::env::var(POSTGRES_URL)) {
            (DatabaseKind::Sqlite, _) => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite://{}", folder.path().join("shop.db").display());
                Ok(Ok(Self { url, place: Place::Folder(folder) }))
            }
            (DatabaseKind::Postgres, Ok(url)) => Self::on_server(&url).await.map(Ok),
            (DatabaseKind::Postgres, Err(_)) => Self::in_container().await,
        }
    }

    async fn on_server(url: &str) -> Result<Self> {
        let admin = PgConnectOptions::from_str(url).context(POSTGRES_URL)?;
        let name = format!("story_{}", uuid::Uuid::new_v4().simple());
        execute(&admin, format!("CREATE DATABASE {name}")).await?;
        let url = admin.clone().database(&name).to_url_lossy().to_string();
        Ok(Self { url, place: Place::Server { admin: Box::new(admin), name } })
    }

    async fn in_container() -> Result<Result<Self, String>> {
        let image = std::env::var(POSTGRES_IMAGE).unwrap_or_else(|_| "postgres:17".to_owned());
        let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        // The image starts the server twice: once for itself, which it says on standard output, then
        // for everybody.
        let ready = "database system is ready to accept connections";
        let started = GenericImage::new(name, tag)
            .with_exposed_port(5432.tcp())
            .with_wait_for(WaitFor::log(LogWaitStrategy::stderr(ready)))
            .with_env_var("POSTGRES_PASSWORD", "story")
            .start()
            .await;
        let container = match started {
            Ok(container) => container,
            Err(error) => {
                return Ok(Err(format!(
                    "no PostgreSQL: {POSTGRES_URL} is not set, and Docker does not start {image} \
                     ({error})"
                )));
            }
        };
        let (host, port) =
            (container.get_host().await?, container.get_host_port_ipv4(5432.tcp()).await?);
        let url = format!("postgres://postgres:story@{host}:{port}/postgres");
        Ok(Ok(Self { url, place: Place::Container(Box::new(container)) }))
    }

    /// Removes it. Everybody must have left it.
    pub async fn remove(self) -> Result<()> {
        if let Place::Server { admin, name } = self.place {
            execute(&admin, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

async fn execute(options: &PgConnectOptions, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect_with(options).await.context(POSTGRES_URL)?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
