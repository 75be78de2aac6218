//! How long the HTTP face waits for a client, and how much it holds for all of them. Nothing here is
//! AWS's: its documentation names no numbers.

use std::time::Duration;

/// The limits of one emulator's HTTP face.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// A request's head: from the connection, or the answer before it, to the empty line.
    pub head: Duration,
    /// A body of which no byte comes for so long is given up: `RequestTimeout`.
    pub body_stall: Duration,
    /// A body that is held in memory has come whole by then, however steadily it trickles.
    pub body_whole: Duration,
    /// An answer of which its client reads no byte for so long ends with its connection. The system's
    /// buffers take the first few hundred KiB of it at once.
    pub answer_stall: Duration,
    /// All bodies together that are held in memory, from their heads to their answers. An object's body
    /// is none of them: it is streamed.
    pub bodies_bytes: u32,
    /// How long a body waits for room among them: then 503, `SlowDown`.
    pub room: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(60),
            body_stall: Duration::from_secs(30),
            body_whole: Duration::from_secs(300),
            answer_stall: Duration::from_secs(60),
            bodies_bytes: 192 * 1024 * 1024,
            room: Duration::from_secs(30),
        }
    }
}
