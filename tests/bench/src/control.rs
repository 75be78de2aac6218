//! What bounds us: an HTTP server that does nothing, and one that commits each body to SQLite, many
//! in one transaction, with fsync before the answer. Each runs as a process of its own.

use std::path::Path;
use std::sync::mpsc;

use anyhow::Result;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// As long as the answer to a SendMessage.
const ANSWER_SIZE_BYTES: usize = 300;

/// Reads the body, answers fixed bytes. Prints its address.
pub async fn http() -> Result<()> {
    serve(Router::new().fallback(any(|_: Bytes| async { vec![b'x'; ANSWER_SIZE_BYTES] }))).await
}

/// Writes each body as a row of a table, and answers when it is durable. Prints its address.
pub async fn sqlite_group(directory: &Path) -> Result<()> {
    let (queue, waiting) = mpsc::channel::<(Bytes, oneshot::Sender<()>)>();
    let mut database = rusqlite::Connection::open(directory.join("control.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)", ())?;
    std::thread::spawn(move || -> rusqlite::Result<()> {
        while let Ok(first) = waiting.recv() {
            let group: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
            let transaction = database.transaction()?;
            {
                let mut insert =
                    transaction.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?;
                for (body, _) in &group {
                    insert.execute([&body[..]])?;
                }
            }
            transaction.commit()?;
            for (_, done) in group {
                let _ = done.send(());
            }
        }
        Ok(())
    });
    serve(Router::new().fallback(any(move |body: Bytes| {
        let queue = queue.clone();
        async move {
            let (done, durable) = oneshot::channel();
            let sent = queue.send((body, done)).is_ok();
            match sent && durable.await.is_ok() {
                true => Ok(vec![b'x'; ANSWER_SIZE_BYTES]),
                false => Err(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
    })))
    .await
}

async fn serve(router: Router) -> Result<()> {
    use axum::serve::ListenerExt as _;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
