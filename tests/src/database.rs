//! A database of the story's own.

use std::str::FromStr as _;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use testcontainers::GenericImage;

use crate::containers::{self, Own, POSTGRES, POSTGRES_PORT, Shared, Started};

/// A server at hand: `postgres://user:password@host/database`. Its user may create databases.
const POSTGRES_URL: &str = "CLOUDLESS_TEST_POSTGRES_URL";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    /// A database of a server that others use too.
    Postgres,
    /// A database of a server in a container, which other containers reach.
    PostgresContainer,
    /// A server in a container of the story's own, to be stopped and started.
    OwnPostgres,
}

/// An empty database that nobody else uses.
pub struct Database {
    pub url: String,
    /// The same as other containers reach it, if they do.
    pub url_for_containers: Option<String>,
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "is removed when it is dropped")] TempDir),
    Server { admin: Box<PgConnectOptions>, name: String, container: Option<Arc<Shared>> },
    Own(Box<Own<GenericImage>>),
}

impl Database {
    /// Makes one. `Err` in the inner result says what this machine lacks for it.
    pub async fn make(kind: DatabaseKind) -> Result<Started<Self>> {
        match (kind, std::env::var(POSTGRES_URL)) {
            (DatabaseKind::Sqlite, _) => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite://{}", folder.path().join("shop.db").display());
                Ok(Ok(Self { url, url_for_containers: None, place: Place::Folder(folder) }))
            }
            (DatabaseKind::Postgres, Ok(url)) => Self::on_server(&url, None).await.map(Ok),
            (DatabaseKind::Postgres, Err(_)) | (DatabaseKind::PostgresContainer, _) => {
                match containers::postgres().await? {
                    Ok(server) => Self::on_server(&url(server.port), Some(server)).await.map(Ok),
                    Err(missing) => Ok(Err(format!("no PostgreSQL: {missing}"))),
                }
            }
            (DatabaseKind::OwnPostgres, _) => {
                let request = containers::postgres_request();
                Ok(Own::start(request, POSTGRES_PORT, &POSTGRES).await?.map(|own| Self {
                    url: url(own.port),
                    url_for_containers: None,
                    place: Place::Own(Box::new(own)),
                }))
            }
        }
    }

    async fn on_server(url: &str, container: Option<Arc<Shared>>) -> Result<Self> {
        let admin = PgConnectOptions::from_str(url).context(POSTGRES_URL)?;
        let name = format!("story_{}", uuid::Uuid::new_v4().simple());
        execute(&admin, format!("CREATE DATABASE {name}")).await?;
        let own = admin.clone().database(&name);
        let url_for_containers = match &container {
            Some(server) => {
                let inside = own.clone().host(&server.address().await?).port(POSTGRES_PORT);
                Some(inside.to_url_lossy().to_string())
            }
            None => None,
        };
        Ok(Self {
            url: own.to_url_lossy().to_string(),
            url_for_containers,
            place: Place::Server { admin: Box::new(admin), name, container },
        })
    }

    /// The server of the story's own.
    pub fn server(&self) -> Result<&Own<GenericImage>> {
        match &self.place {
            Place::Own(own) => Ok(own),
            Place::Folder(_) | Place::Server { .. } => anyhow::bail!("the server is not its own"),
        }
    }

    /// Removes it. Everybody must have left it.
    pub async fn remove(self) -> Result<()> {
        if let Place::Server { admin, name, container } = self.place {
            execute(&admin, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            drop(container);
        }
        Ok(())
    }
}

fn url(port: u16) -> String {
    format!("postgres://postgres:story@127.0.0.1:{port}/postgres")
}

async fn execute(options: &PgConnectOptions, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect_with(options).await.context(POSTGRES_URL)?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
