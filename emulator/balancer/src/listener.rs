//! Connections of a listener.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use elb::plane::{Listener, Plan};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::connection::Connection;
use crate::forwarded::Came;
use crate::{Balancer, exchange, tls};

/// How long a client may take for its head, and for the handshake of TLS.
const HEAD: Duration = Duration::from_secs(60);
/// How large a head may be together: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Connections of clients at once on one listener; more wait. Ours: a request may hold 64 KiB.
const CONNECTIONS_MAX: usize = 10_000;
/// After a connection that could not be accepted.
const WAIT: Duration = Duration::from_millis(100);

/// A listener that listens, until it is dropped.
pub(crate) struct Listening {
    certificates: Option<Vec<String>>,
    _stop: watch::Sender<()>,
}

impl Listening {
    /// Begins to listen.
    pub fn start(
        balancer: &Arc<Balancer>,
        plan: &Arc<Plan>,
        listener: &Listener,
        tasks: &Handle,
    ) -> Self {
        let (stop, stopped) = watch::channel(());
        let certificates = listener.certificates.clone();
        let speaks_tls = certificates.is_some();
        let (balancer, plan, port) = (Arc::clone(balancer), Arc::clone(plan), listener.port);
        tasks.spawn(async move {
            let wanted = balancer.around.listens_at(&plan, port);
            let bound = match TcpListener::bind(wanted).await {
                Ok(bound) => Ok(bound),
                Err(_) => TcpListener::bind(SocketAddr::new(wanted.ip(), 0)).await,
            };
            let address = bound.as_ref().map_err(|error| error.kind().into());
            let address = address.and_then(TcpListener::local_addr);
            balancer.around.listening(&plan, port, address);
            let Ok(bound) = bound else { return };
            let speaks_http2 = plan.attributes.speaks_http2;
            let tls = speaks_tls.then(|| tls::acceptor(&plan.dns_name, speaks_http2)).flatten();
            if speaks_tls && tls.is_none() {
                return;
            }
            accept(&balancer, &bound, port, tls, stopped).await;
        });
        Self { certificates, _stop: stop }
    }

    /// Whether it listens as it is to.
    pub fn still_fits(&self, listener: &Listener) -> bool {
        self.certificates == listener.certificates
    }
}

async fn accept(
    balancer: &Arc<Balancer>,
    bound: &TcpListener,
    port: u16,
    tls: Option<tls::Acceptor>,
    mut stopped: watch::Receiver<()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut is_failing = false;
    loop {
        // Where there is no room, clients wait.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = bound.accept() => accepted,
            // The sender is gone: nothing is ever sent.
            _ = stopped.changed() => return,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !std::mem::replace(&mut is_failing, true) {
                    tracing::error!(%error, port, "a balancer cannot accept connections; they wait");
                }
                tokio::time::sleep(WAIT).await;
                continue;
            }
        };
        is_failing = false;
        let zone = balancer.next_zone();
        let plan = Arc::clone(&balancer.current().plan);
        if !balancer.around.admits(&plan, client.ip(), port) {
            balancer.counts.in_zone(&zone, |counts| counts.rejected_connections += 1);
            continue;
        }
        let _ = stream.set_nodelay(true);
        let came = Came { client, tls: None, port };
        let connection = Connection { balancer: Arc::clone(balancer), came, zone };
        let (tls, stopped) = (tls.clone(), stopped.clone());
        tokio::spawn(async move {
            connection.serve(stream, tls, stopped).await;
            drop(place);
        });
    }
}

impl Connection {
    async fn serve(
        mut self,
        stream: TcpStream,
        tls: Option<tls::Acceptor>,
        stopped: watch::Receiver<()>,
    ) {
        let counts = Arc::clone(&self.balancer.counts);
        counts.in_zone(&self.zone, |counts| counts.new_connections += 1);
        let _open = counts.connection();
        let Some(tls) = tls else { return self.speak(stream, stopped).await };
        match tokio::time::timeout(HEAD, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                self.came.tls = Some(tls::Agreed::of(&stream));
                self.speak(stream, stopped).await;
            }
            _ => counts.in_zone(&self.zone, |counts| counts.tls_errors += 1),
        }
    }

    async fn speak<S>(self, stream: S, mut stopped: watch::Receiver<()>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let carrying = self.balancer.current().plan.attributes.clone();
        let speaks_http2 = carrying.speaks_http2 && self.came.by_tls();
        let keep = Duration::from_secs(carrying.client_keep_alive_s.into());
        let connection = Arc::new(self);
        let service = service_fn(move |request| {
            let connection = Arc::clone(&connection);
            async move { Ok::<_, Infallible>(exchange::answer(&connection, request).await) }
        });
        let stream = TokioIo::new(stream);
        let over = tokio::time::sleep(keep);
        tokio::pin!(over);
        if speaks_http2 {
            let builder = auto::Builder::new(TokioExecutor::new());
            let served = builder.serve_connection_with_upgrades(stream, service);
            tokio::pin!(served);
            tokio::select! {
                _ = served.as_mut() => return,
                () = &mut over => served.as_mut().graceful_shutdown(),
                _ = stopped.changed() => served.as_mut().graceful_shutdown(),
            }
            let _ = served.await;
            return;
        }
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES_MAX);
        let served = builder.serve_connection(stream, service).with_upgrades();
        tokio::pin!(served);
        tokio::select! {
            _ = served.as_mut() => return,
            () = &mut over => served.as_mut().graceful_shutdown(),
            _ = stopped.changed() => served.as_mut().graceful_shutdown(),
        }
        let _ = served.await;
    }
}
