//! TLS of a listener, by a certificate of its own: there is no certificate manager here, so what an ARN names is
//! made when it is needed, signed by itself.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
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

/// An acceptor with a certificate for these names: the balancer's and the machine's own.
pub(crate) fn acceptor(dns_name: &str) -> Option<Acceptor> {
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
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Some(Acceptor(TlsAcceptor::from(Arc::new(config))))
}
