//! Connections that a listener gives: where it cannot, it is asked again after a while, and the log
//! says so once.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long a listener is left alone that could not accept. Out of file descriptors, it fails at
/// once, and fails again until somebody closes one.
const WAIT: Duration = Duration::from_millis(100);

/// What connections come from.
pub(crate) trait Listener: Sync {
    type Connection;

    fn accept(&self) -> impl Future<Output = io::Result<Self::Connection>> + Send;
}

impl Listener for TcpListener {
    type Connection = (TcpStream, SocketAddr);

    async fn accept(&self) -> io::Result<Self::Connection> {
        Self::accept(self).await
    }
}

/// What is remembered between two connections of one listener.
#[derive(Debug)]
pub(crate) struct Accepting {
    /// Whose connections these are, for the log.
    what: &'static str,
    wait: Duration,
    failing: bool,
}

impl Accepting {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, wait: WAIT, failing: false }
    }

    /// The next connection of `listener`. It may be dropped while it waits, and called again.
    pub(crate) async fn next<L: Listener>(&mut self, listener: &L) -> L::Connection {
        loop {
            match listener.accept().await {
                Ok(connection) => {
                    if std::mem::take(&mut self.failing) {
                        tracing::info!("{} are accepted again", self.what);
                    }
                    return connection;
                }
                // The client has gone again: that says nothing of the next.
                Err(error) if of_one_client(&error) => {}
                Err(error) => {
                    if !std::mem::replace(&mut self.failing, true) {
                        tracing::error!(
                            %error,
                            "{} cannot be accepted; they wait until others are closed",
                            self.what
                        );
                    }
                    tokio::time::sleep(self.wait).await;
                }
            }
        }
    }
}

fn of_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What is logged while a test has its guard.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().map_or(Ok(bytes.len()), |mut log| log.write(bytes))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn start(&self) -> tracing::subscriber::DefaultGuard {
            let log = self.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_writer(move || log.clone())
                .with_ansi(false)
                .without_time()
                .with_target(false)
                .finish();
            tracing::subscriber::set_default(subscriber)
        }

        fn text(&self) -> String {
            let log = self.0.lock().map(|log| log.clone()).unwrap_or_default();
            String::from_utf8_lossy(&log).into_owned()
        }
    }

    /// Gives these, the last first.
    struct Script(Mutex<Vec<io::Result<&'static str>>>);

    impl Script {
        fn new(last_first: impl IntoIterator<Item = io::Result<&'static str>>) -> Self {
            Self(Mutex::new(last_first.into_iter().collect()))
        }
    }

    impl Listener for Script {
        type Connection = &'static str;

        async fn accept(&self) -> io::Result<&'static str> {
            self.0.lock().map_or(None, |mut coming| coming.pop()).unwrap_or(Ok("nobody"))
        }
    }

    #[tokio::test]
    async fn out_of_file_descriptors_a_listener_waits_and_says_so_once() {
        let log = Log::default();
        let _logging = log.start();
        let mut accepting = Accepting { wait: Duration::ZERO, ..Accepting::new("connections") };
        for _ in 0..2 {
            let full = || Err(io::Error::other("Too many open files"));
            let listener =
                Script::new([Ok("a client")].into_iter().chain((0..1_000).map(|_| full())));
            assert_eq!(accepting.next(&listener).await, "a client");
        }
        insta::assert_snapshot!(log.text(), @r"
        ERROR connections cannot be accepted; they wait until others are closed error=Too many open files
         INFO connections are accepted again
        ERROR connections cannot be accepted; they wait until others are closed error=Too many open files
         INFO connections are accepted again
        ");
    }

    #[tokio::test]
    async fn a_client_that_has_gone_holds_nobody_up() {
        let log = Log::default();
        let _logging = log.start();
        // A wait would never end.
        let mut accepting = Accepting { wait: Duration::MAX, ..Accepting::new("connections") };
        let listener = Script::new([Ok("a client"), Err(io::ErrorKind::ConnectionAborted.into())]);
        assert_eq!(accepting.next(&listener).await, "a client");
        assert_eq!(log.text(), "");
    }
}
