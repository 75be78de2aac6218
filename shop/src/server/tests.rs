use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
};

use super::*;

/// Short enough to wait for; what is not under test has all the time it needs.
fn limits() -> Limits {
    let long = Duration::from_secs(600);
    Limits {
        head: long,
        body_pause: long,
        request: long,
        upload: long,
        write: long,
        accept_pause: Duration::from_millis(1),
    }
}

const SHORT: Duration = Duration::from_millis(50);

async fn served(router: Router, limits: Limits) -> anyhow::Result<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        serve(router, listener, limits, std::future::pending()).await;
    });
    Ok(TcpStream::connect(address).await?)
}

#[tokio::test]
async fn half_a_head_is_not_waited_for() -> anyhow::Result<()> {
    let router = Router::new().route("/", get(async || "hello"));
    let mut client = served(router, Limits { head: SHORT, ..limits() }).await?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: 127").await?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    assert_eq!(answer, "", "closed without a word");
    Ok(())
}

#[tokio::test]
async fn an_idle_connection_is_closed() -> anyhow::Result<()> {
    let router = Router::new().route("/", get(async || "hello"));
    let mut client = served(router, Limits { head: SHORT, ..limits() }).await?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"), "{answer}");
    Ok(())
}

/// Goes with the body it belongs to.
struct Notice(Option<oneshot::Sender<()>>);

impl Drop for Notice {
    fn drop(&mut self) {
        let _ = self.0.take().map(|it| it.send(()));
    }
}

#[tokio::test]
async fn whoever_does_not_read_is_cut_off_and_costs_a_buffer() -> anyhow::Result<()> {
    let (notice, dropped) = oneshot::channel();
    let notice = Arc::new(Mutex::new(Some(Notice(Some(notice)))));
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let endless = move || {
        let notice = notice.lock().ok().and_then(|mut notice| notice.take());
        let counted = Arc::clone(&counted);
        async move {
            Body::from_stream(stream::repeat_with(move || {
                let _ = &notice;
                counted.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 16 * 1024]))
            }))
        }
    };
    let router = Router::new().route("/", get(endless));
    let mut client = served(router, Limits { write: SHORT, ..limits() }).await?;
    client.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await?;
    dropped.await?;
    // What the system buffers on both sides is its own affair.
    let made_mib = made.load(Ordering::Relaxed) * 16 / 1024;
    assert!(made_mib < 64, "{made_mib} MiB for nobody");
    Ok(())
}

#[tokio::test]
async fn without_file_descriptors_it_waits_and_says_so_once() -> anyhow::Result<()> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Log(Arc::clone(&log));
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut client = TcpStream::connect(listener.local_addr()?).await?;
    let listener = Refusing { listener, times_left: AtomicUsize::new(5) };
    let router = Router::new().route("/", get(async || "hello"));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = serve(router, listener, limits(), async { drop(stopped.await) });
    let asking = async {
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await?;
        drop(stop);
        anyhow::Ok(answer)
    };
    let ((), answer) = tokio::join!(serving, asking);
    assert!(answer?.ends_with("hello"));
    let log = String::from_utf8(log.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.clone())?;
    insta::assert_snapshot!(log, @r"
    ERROR no connection can be accepted; waiting error=Too many open files (os error 24)
     INFO connections are accepted again
    ");
    Ok(())
}

/// As a system without file descriptors for a while.
struct Refusing {
    listener: TcpListener,
    times_left: AtomicUsize,
}

impl Accept for Refusing {
    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let left = self.times_left.load(Ordering::Relaxed);
        self.times_left.store(left.saturating_sub(1), Ordering::Relaxed);
        match left {
            0 => self.listener.accept().await,
            _ => Err(io::Error::from_raw_os_error(24)), // EMFILE
        }
    }
}

#[derive(Clone)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Ok(mut log) = self.0.lock() {
            log.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
