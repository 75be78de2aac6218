//! What goes wrong on purpose, so that it can be watched: a database that is far away, functions that take long, no mail
//! server.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::primitives::ByteStream;
use clap::ValueEnum;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tower::Service;
use url::Url;

use crate::cloud::{self, Plan};

/// What can be switched on when a lab starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lesson {
    /// Each answer of PostgreSQL comes 40 ms later
    SlowDatabase,
    /// Making a small picture takes 5 seconds of the cloud longer
    SlowResize,
    /// Writing a picture into the database takes 5 seconds of the cloud longer
    SlowUpdate,
    /// There is a mail server, and it does not answer
    MailDown,
}

/// How much later a database answers: the original's latency of writes.
const FAR_AWAY: Duration = Duration::from_millis(40);
/// How much longer a function takes, in the cloud's time.
const LONGER: Duration = Duration::from_secs(5);
/// Nobody listens there: the port is for a protocol that nobody speaks.
pub(super) const NO_MAIL_SERVER: &str = "smtp://127.0.0.1:9";
/// Answers under way on a connection.
const UNDER_WAY: usize = 256;

/// How much longer a function takes where the cloud's time runs so fast.
pub(super) fn longer(lessons: &[Lesson], lesson: Lesson, speed: u32) -> Duration {
    if lessons.contains(&lesson) { LONGER / speed.max(1) } else { Duration::ZERO }
}

/// A function that takes longer than it would.
pub(super) struct Slowed<S> {
    pub service: S,
    pub by: Duration,
}

impl<S, T> Service<T> for Slowed<S>
where
    S: Service<T>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, event: T) -> Self::Future {
        let (by, answer) = (self.by, self.service.call(event));
        Box::pin(async move {
            tokio::time::sleep(by).await;
            answer.await
        })
    }
}

/// Puts a picture into a lab's bucket that is none, past the shop, which would refuse it. Returns its key.
///
/// # Errors
/// No lab answers there.
pub async fn put_poison(aws: SocketAddr) -> Result<String> {
    let keys = Credentials::from_keys(cloudless::ACCESS_KEY_ID, cloudless::SECRET_ACCESS_KEY, None);
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://{aws}"))
        .region(Region::new(cloudless::REGION))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let plan = Plan::worker();
    let key = format!("products/1/poison-{}.jpg", uuid::Uuid::new_v4().simple());
    let put = cloud::s3_client(&sdk).put_object().bucket(&plan.bucket).key(&key);
    let body = ByteStream::from_static(b"this is no picture");
    put.content_type("image/jpeg").body(body).send().await.context("the picture is not put")?;
    Ok(key)
}

/// PostgreSQL at a distance: an address that answers as this one does, later. It is there until it is dropped.
pub(super) struct FarAway {
    /// Where it is.
    pub url: String,
    serving: JoinHandle<()>,
}

impl FarAway {
    /// Puts a distance before the database of this URL.
    ///
    /// # Errors
    /// It is no PostgreSQL that is reached over the network.
    pub async fn from(url: &str) -> Result<Self> {
        let mut parsed = Url::parse(url).context("the database's URL")?;
        let is_postgres = parsed.scheme().starts_with("postgres");
        ensure!(is_postgres, "a database can be far away where it is PostgreSQL: SQLite is a file");
        let host = parsed.host_str().context("the database's URL names no host")?;
        let is_elsewhere = parsed.query_pairs().any(|(name, _)| name.starts_with("host"));
        ensure!(!is_elsewhere, "a database that is far away is named by its URL's host alone");
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let to = (host.to_owned(), parsed.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        parsed.set_host(Some("127.0.0.1")).context("the database's URL takes no host")?;
        parsed.set_port(Some(port)).ok().context("the database's URL takes no port")?;
        let serving = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    tokio::time::sleep(FAR_AWAY).await;
                    continue;
                };
                let to = to.clone();
                tokio::spawn(async move {
                    if let Err(error) = carry(client, to).await {
                        tracing::debug!(%error, "a connection to the database ended");
                    }
                });
            }
        });
        Ok(Self { url: parsed.into(), serving })
    }
}

impl Drop for FarAway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn carry(client: TcpStream, to: (String, u16)) -> Result<()> {
    let server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((mut asks, told), (answers, mut hears)) = (client.into_split(), server.into_split());
    let asking = async {
        tokio::io::copy(&mut asks, &mut hears).await?;
        hears.shutdown().await?;
        anyhow::Ok(())
    };
    let ((), ()) = tokio::try_join!(asking, later(answers, told))?;
    Ok(())
}

/// Passes on what is read, each piece as much later as all others: what is under way does not wait for one another.
async fn later(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> Result<()> {
    let (send, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let reading = async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0
                || send.send((Instant::now() + FAR_AWAY, buffer[..read].to_vec())).await.is_err()
            {
                return anyhow::Ok(());
            }
        }
    };
    let writing = async move {
        while let Some((at, bytes)) = due.recv().await {
            tokio::time::sleep_until(at).await;
            to.write_all(&bytes).await?;
        }
        to.shutdown().await?;
        anyhow::Ok(())
    };
    let ((), ()) = tokio::try_join!(reading, writing)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_is_far_away_answers_the_same_and_later() -> Result<()> {
        let server = TcpListener::bind("127.0.0.1:0").await?;
        let at = server.local_addr()?;
        tokio::spawn(async move {
            let (mut stream, _) = server.accept().await?;
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).await?;
            stream.write_all(b"pong").await
        });
        let far =
            FarAway::from(&format!("postgres://shop:secret@{at}/shop?sslmode=disable")).await?;
        let url = Url::parse(&far.url)?;
        let port = url.port().context("a port")?;
        let url = far.url.replace(&port.to_string(), "{port}");
        insta::assert_snapshot!(url, @"postgres://shop:secret@127.0.0.1:{port}/shop?sslmode=disable");
        let mut client = TcpStream::connect(("127.0.0.1", port)).await?;
        let begun = Instant::now();
        client.write_all(b"ping").await?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await?;
        assert_eq!(answer, "pong");
        assert!(begun.elapsed() >= FAR_AWAY, "{:?}", begun.elapsed());
        let refused = FarAway::from("sqlite:///tmp/shop.db").await.err().context("it is a file")?;
        insta::assert_snapshot!(refused, @"a database can be far away where it is PostgreSQL: SQLite is a file");
        Ok(())
    }
}
