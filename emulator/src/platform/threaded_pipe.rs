//! A pipe for systems that read one only by waiting for what comes: a thread waits.
//!
//! What was written so far is known by a mark: it is written into the same pipe, and what was written
//! before it comes before it.

use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many bytes are held until somebody takes them; then whoever writes waits.
const HELD_BYTES_MAX: usize = 256 * 1024;

/// The end of a pipe that is read.
pub(crate) struct Pipe {
    held: Arc<Held>,
    /// For marks, one at a time.
    writer: Mutex<io::PipeWriter>,
    mark: Vec<u8>,
}

/// What the thread has read, and nobody has taken.
#[derive(Default)]
struct Held {
    state: Mutex<State>,
    changed: Condvar,
    came: Notify,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// What may be the begin of a mark, until more comes.
    begun: Vec<u8>,
    marks: u64,
    /// Somebody waits for a mark, and takes what comes before it.
    draining: bool,
    /// Nothing more comes.
    ended: bool,
    /// Nobody takes anything any more.
    closed: bool,
}

impl Pipe {
    /// A pipe, with the end that is written to.
    ///
    /// # Errors
    /// The system gives no pipe, or no thread.
    pub fn new() -> io::Result<(Self, io::PipeWriter)> {
        let (mut reader, writer) = io::pipe()?;
        // Nobody who writes to the pipe knows it.
        let mark = format!("\0{:032x}\0", rand::random::<u128>()).into_bytes();
        let pipe = Self { held: Arc::default(), writer: Mutex::new(writer.try_clone()?), mark };
        let (held, mark) = (Arc::clone(&pipe.held), pipe.mark.clone());
        let read = move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                held.put(&buffer[..read], &mark);
            }
            held.state().ended = true;
            held.changed.notify_all();
        };
        std::thread::Builder::new().name("function-output".to_owned()).spawn(read)?;
        Ok((pipe, writer))
    }

    /// Reads what comes for as long as it is polled.
    pub async fn read(&self, take: impl Fn(&[u8])) {
        loop {
            self.held.came.notified().await;
            self.held.give(&mut self.held.state(), &take);
        }
    }

    /// Reads all that has been written so far.
    pub fn drain(&self, take: impl Fn(&[u8])) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = {
            let mut state = self.held.state();
            state.draining = true;
            self.held.give(&mut state, &take);
            state.marks
        };
        let marked = writer.write_all(&self.mark).is_ok();
        let mut state = self.held.state();
        while marked && state.marks == seen && !state.ended {
            state = self.held.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.draining = false;
        self.held.give(&mut state, &take);
    }
}

impl Drop for Pipe {
    /// The thread goes with the last who writes, and keeps nothing from here on.
    fn drop(&mut self) {
        self.held.state().closed = true;
        self.held.changed.notify_all();
    }
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was read, once there is room.
    fn put(&self, bytes: &[u8], mark: &[u8]) {
        let mut state = self.state();
        while state.bytes.len() >= HELD_BYTES_MAX && !state.draining && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return;
        }
        state.put(bytes, mark);
        drop(state);
        self.changed.notify_all();
        self.came.notify_one();
    }

    /// Gives away what is held, in the order in which it was written.
    fn give(&self, state: &mut State, take: impl Fn(&[u8])) {
        let bytes = std::mem::take(&mut state.bytes);
        if !bytes.is_empty() {
            take(&bytes);
        }
        self.changed.notify_all();
    }
}

impl State {
    /// Takes marks out of what was read.
    fn put(&mut self, bytes: &[u8], mark: &[u8]) {
        let mut text = std::mem::take(&mut self.begun);
        text.extend_from_slice(bytes);
        let mut rest = text.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte == mark[0]) {
            self.bytes.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(mark) {
                self.marks += 1;
                rest = after;
            } else if mark.starts_with(rest) {
                self.begun = rest.to_vec();
                return;
            } else {
                self.bytes.push(mark[0]);
                rest = &rest[1..];
            }
        }
        self.bytes.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    fn drained(pipe: &Pipe) -> String {
        let text = RefCell::new(Vec::new());
        pipe.drain(|bytes| text.borrow_mut().extend_from_slice(bytes));
        String::from_utf8_lossy(&text.into_inner()).into_owned()
    }

    #[test]
    fn all_that_was_written_is_there_when_it_is_asked_for() -> io::Result<()> {
        let (pipe, mut writer) = Pipe::new()?;
        let mut told = vec![drained(&pipe)];
        for line in ["importing\n", "half a ", "line\n", "\0 is no mark, nor is \0"] {
            writer.write_all(line.as_bytes())?;
            told.push(drained(&pipe));
        }
        drop(writer);
        told.push(drained(&pipe));
        insta::assert_debug_snapshot!(told, @r#"
        [
            "",
            "importing\n",
            "half a ",
            "line\n",
            "\0 is no mark, nor is \0",
            "",
        ]
        "#);
        Ok(())
    }

    #[test]
    fn who_writes_more_than_is_held_waits_and_loses_nothing() -> io::Result<()> {
        let (pipe, mut writer) = Pipe::new()?;
        let text = "0123456789abcde\n".repeat(HELD_BYTES_MAX / 4);
        let writing = std::thread::spawn({
            let text = text.clone();
            move || writer.write_all(text.as_bytes())
        });
        let mut got = String::new();
        while got.len() < text.len() {
            got.push_str(&drained(&pipe));
        }
        assert!(got == text, "in the same order");
        writing.join().map_err(|_| io::Error::other("the writer panicked"))?
    }

    #[tokio::test]
    async fn what_comes_is_read_without_asking() -> io::Result<()> {
        let (pipe, mut writer) = Pipe::new()?;
        let text = RefCell::new(Vec::new());
        let enough = Notify::new();
        let reading = pipe.read(|bytes| {
            text.borrow_mut().extend_from_slice(bytes);
            if text.borrow().ends_with(b"done\n") {
                enough.notify_one();
            }
        });
        writer.write_all(b"working\ndone\n")?;
        tokio::select! {
            () = reading => {}
            () = enough.notified() => {}
        }
        insta::assert_snapshot!(String::from_utf8_lossy(&text.into_inner()), @r"
        working
        done
        ");
        Ok(())
    }

    #[test]
    fn whoever_still_writes_when_nobody_reads_is_not_held_up() -> io::Result<()> {
        let (pipe, mut writer) = Pipe::new()?;
        drop(pipe);
        writer.write_all(&vec![b'x'; 4 * HELD_BYTES_MAX])
    }

    proptest! {
        #[test]
        fn how_a_text_is_cut_does_not_matter(
            text in "(\0|mark|m|ark|x|\0mark\0){0,12}",
            pieces in 1usize..9,
        ) {
            let read = |pieces| {
                let mut state = State::default();
                for piece in text.as_bytes().chunks(pieces) {
                    state.put(piece, b"\0mark\0");
                }
                (state.marks, state.bytes, state.begun)
            };
            prop_assert_eq!(read(pieces), read(1000));
        }
    }
}
