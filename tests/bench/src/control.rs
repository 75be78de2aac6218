//! What bounds us: an HTTP server that does nothing; one that commits each body to SQLite, many in one transaction,
//! with fsync before the answer; and one that writes each body to a file of its own, with its MD5. Each runs as a
//! process of its own.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::Result;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::any;
use bytes::Bytes;
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// As long as the answer to a SendMessage.
const ANSWER_SIZE_BYTES: usize = 300;
/// As long as the object that is read.
const OBJECT_SIZE_BYTES: usize = 4 * 1024;

/// Reads the body, answers fixed bytes. Prints its address.
pub async fn http(at: SocketAddr) -> Result<()> {
    let answer = |method: Method, _: Bytes| async move {
        vec![b'x'; if method == Method::GET { OBJECT_SIZE_BYTES } else { ANSWER_SIZE_BYTES }]
    };
    serve_at(at, Router::new().fallback(any(answer))).await
}

/// Writes each body to a temporary file, with its MD5, and gives it its name. Prints its address.
pub async fn files(directory: PathBuf) -> Result<()> {
    let write = move |uri: Uri, body: Body| {
        let directory = directory.clone();
        async move {
            let written: Result<String> = async {
                let mut file = tempfile::NamedTempFile::new_in(&directory)?;
                let (mut md5, mut body) = (Md5::new(), body.into_data_stream());
                while let Some(bytes) = body.next().await {
                    let bytes = bytes?;
                    md5.update(&bytes);
                    file.write_all(&bytes)?;
                }
                file.persist(directory.join(uri.path().replace('/', "-")))?;
                Ok(format!("{:x?}", md5.finalize()))
            }
            .await;
            written.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    serve(Router::new().fallback(any(write))).await
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

/// Serves on a port of its own, and prints the address.
pub async fn serve(router: Router) -> Result<()> {
    serve_at(SocketAddr::from(([127, 0, 0, 1], 0)), router).await
}

async fn serve_at(at: SocketAddr, router: Router) -> Result<()> {
    use axum::serve::ListenerExt as _;
    let listener = TcpListener::bind(at).await?;
    println!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
