//! Connections to targets: kept and used again, by HTTP/1.1 or HTTP/2, by TLS where a target speaks it. A
//! target's certificate is not looked at, as on AWS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use elb::plane::Version;
use futures_util::future::BoxFuture;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use crate::body::Body;

/// How long a target may take to accept a connection.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues>
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept that nobody uses.
const KEPT: Duration = Duration::from_secs(60);

/// What requests to targets are sent by.
#[derive(Clone)]
pub(crate) struct Upstream {
    http1: Client<Connector, Body>,
    http2: Client<Connector, Body>,
    made: Arc<AtomicU64>,
}

/// Why a target did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// It accepted no connection in time.
    NotReachedInTime,
    /// It accepted no connection.
    NotReached,
    /// It ended the connection, or what it says is no HTTP.
    Broken,
}

impl Upstream {
    /// Connections are kept.
    pub fn new() -> Self {
        Self::keeping(usize::MAX)
    }

    /// Each request has a connection of its own.
    pub fn without_keeping() -> Self {
        Self::keeping(0)
    }

    fn keeping(idle_max: usize) -> Self {
        let made = Arc::<AtomicU64>::default();
        let connector = |alpn: &'static [u8]| Connector { made: Arc::clone(&made), alpn };
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(KEPT).pool_timer(TokioTimer::new()).set_host(false);
        builder.pool_max_idle_per_host(idle_max);
        let http1 = builder.build(connector(b"http/1.1"));
        let http2 = builder.http2_only(true).build(connector(b"h2"));
        Self { http1, http2, made }
    }

    /// How many connections were made since this was asked last.
    pub fn take_made(&self) -> u64 {
        match self.made.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.made.swap(0, Ordering::Relaxed),
        }
    }

    /// Sends a request and returns the head of its answer.
    pub async fn send(
        &self,
        version: Version,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Silence> {
        let client = match version {
            Version::Http1 => &self.http1,
            Version::Http2 | Version::Grpc => &self.http2,
        };
        client.request(request).await.map_err(|error| silence(&error))
    }
}

/// A target's address as the URL that connections are kept by.
pub(crate) fn authority(by_tls: bool, at: SocketAddr, path: &str) -> Option<Uri> {
    let scheme = if by_tls { "https" } else { "http" };
    Uri::builder().scheme(scheme).authority(at.to_string()).path_and_query(path).build().ok()
}

fn silence(error: &Error) -> Silence {
    if !error.is_connect() {
        return Silence::Broken;
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::TimedOut) {
            return Silence::NotReachedInTime;
        }
        source = cause.source();
    }
    Silence::NotReached
}

#[derive(Clone)]
struct Connector {
    made: Arc<AtomicU64>,
    alpn: &'static [u8],
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Stream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (made, alpn) = (Arc::clone(&self.made), self.alpn);
        Box::pin(async move {
            let address = to.authority().and_then(|it| it.as_str().parse::<SocketAddr>().ok());
            let address = address.ok_or(io::ErrorKind::InvalidInput)?;
            let by_tls = to.scheme_str() == Some("https");
            let connected = tokio::time::timeout(CONNECT, async {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                if !by_tls {
                    return Ok(Stream::Plain(TokioIo::new(stream)));
                }
                let name = ServerName::IpAddress(address.ip().into());
                let stream = tls(alpn)?.connect(name, stream).await?;
                Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
            });
            let stream = connected.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
            made.fetch_add(1, Ordering::Relaxed);
            stream
        })
    }
}

fn tls(alpn: &[u8]) -> io::Result<TlsConnector> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let any = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(any);
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Takes any certificate, as balancers do of their targets.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection to a target.
pub(crate) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Plain(_) => Connected::new(),
            Self::Tls(stream) => {
                let is_http2 = stream.inner().get_ref().1.alpn_protocol() == Some(b"h2");
                if is_http2 { Connected::new().negotiated_h2() } else { Connected::new() }
            }
        }
    }
}

impl Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
