//! The pipe that a function's process writes to.

use std::io::{self, Read as _};
use std::sync::{Mutex, PoisonError};

use tokio::net::unix::pipe;

/// The end of a pipe that is read.
pub(crate) struct Pipe {
    receiver: pipe::Receiver,
    /// The same pipe, read past tokio's idea of its readiness: what was written before a request
    /// came in must be in the log before the request is answered.
    direct: Mutex<io::PipeReader>,
}

impl Pipe {
    /// A pipe, with the end that is written to.
    pub fn new() -> io::Result<(Self, io::PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let direct = reader.try_clone()?;
        let receiver = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok((Self { receiver, direct: Mutex::new(direct) }, writer))
    }

    /// Reads what comes for as long as it is polled.
    pub async fn read(&self, take: impl Fn(&[u8])) {
        loop {
            if self.receiver.readable().await.is_err() {
                return std::future::pending().await;
            }
            {
                let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
                drain(&mut direct, &take);
                // Clears tokio's idea of readiness, or brings the byte that came meanwhile.
                let mut byte = [0; 1];
                if let Ok(1) = self.receiver.try_read(&mut byte) {
                    take(&byte);
                }
            }
            // Who writes without end does not keep its environment from being stopped.
            tokio::task::yield_now().await;
        }
    }

    /// Reads all that has been written so far.
    pub fn drain(&self, take: impl Fn(&[u8])) {
        drain(&mut self.direct.lock().unwrap_or_else(PoisonError::into_inner), take);
    }
}

fn drain(pipe: &mut io::PipeReader, take: impl Fn(&[u8])) {
    let mut buffer = [0; 32 * 1024];
    // Two pipes' worth: a process that writes without end does not hold us here.
    for _ in 0..4 {
        match pipe.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => take(&buffer[..read]),
        }
    }
}
