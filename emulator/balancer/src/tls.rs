//! TLS of a listener, by a certificate of its own: there is no certificate manager here, so what an ARN names is
//! made when it is needed, signed by itself.

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{CipherSuite, ProtocolVersion, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Accepts TLS.
#[derive(Clone)]
pub(crate) struct Acceptor(TlsAcceptor);

impl Acceptor {
    pub async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}

/// What a client and the balancer have agreed on, as headers and logs call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// `TLSv1.3`
    pub version: &'static str,
    /// `TLS_AES_128_GCM_SHA256`
    pub cipher: &'static str,
}

impl Agreed {
    /// Of a connection whose handshake is done.
    pub fn of(stream: &TlsStream<TcpStream>) -> Self {
        let (_, session) = stream.get_ref();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "TLSv1.3",
        };
        let suite = session.negotiated_cipher_suite().map(|suite| suite.suite());
        let cipher = match suite {
            // By their names of RFC 8446: rustls has the version in them.
            Some(CipherSuite::TLS13_AES_128_GCM_SHA256) => "TLS_AES_128_GCM_SHA256",
            Some(CipherSuite::TLS13_AES_256_GCM_SHA384) => "TLS_AES_256_GCM_SHA384",
            Some(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256) => "TLS_CHACHA20_POLY1305_SHA256",
            Some(other) => other.as_str().unwrap_or("-"),
            None => "-",
        };
        Self { version, cipher }
    }
}

/// An acceptor with a certificate for these names: the balancer's and the machine's own.
pub(crate) fn acceptor(dns_name: &str, speaks_http2: bool) -> Option<Acceptor> {
    let names = [dns_name, "localhost", "127.0.0.1"].map(str::to_owned).to_vec();
    let made = rcgen::generate_simple_self_signed(names);
    let made =
        made.map_err(|error| tracing::error!(%error, "no certificate could be made")).ok()?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.ok()?.with_no_client_auth();
    let mut config = config.with_single_cert(vec![made.cert.der().clone()], key).ok()?;
    let spoken: &[&[u8]] = if speaks_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    config.alpn_protocols = spoken.iter().map(|name| name.to_vec()).collect();
    Some(Acceptor(TlsAcceptor::from(Arc::new(config))))
}
