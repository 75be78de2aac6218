//! What an environment's processes give: what they write, and what is seen of what they take.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::appetite::{Appetite, Excess};
use super::environment::Environment;
use super::log::Log;
use super::sight::Sight;
use crate::platform::{self, Pipe};

/// How often it is looked at what a process at work takes.
const LOOK: Duration = Duration::from_millis(50);
/// For how long the most that was seen is good enough: to look takes a fifth of a short invocation.
const MEMORY_SEEN: Duration = Duration::from_millis(10);

/// What processes write to their standard output and error, in one pipe so that the order stays.
pub(super) struct Output {
    pipe: Pipe,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    pid: Option<u32>,
    /// The most that was seen, of this process or one before.
    used_mib: Option<u64>,
    seen: Option<Instant>,
}

impl Output {
    pub fn new() -> io::Result<(Self, io::PipeWriter)> {
        let (pipe, writer) = Pipe::new()?;
        Ok((Self { pipe, memory: Mutex::default() }, writer))
    }

    /// Reads what comes for as long as it is polled.
    pub async fn read(&self, log: &Log) {
        self.pipe.read(|bytes| log.write(bytes)).await;
    }

    /// Writes all that the process has written so far to the log.
    pub fn drain(&self, log: &Log) {
        self.pipe.drain(|bytes| log.write(bytes));
    }

    pub fn watch_memory_of(&self, pid: u32) {
        let mut memory = self.memory();
        memory.pid = Some(pid);
        memory.seen = None;
    }

    /// The most memory that the process had resident, where the system tells: as it is, or was just now.
    pub fn look_at_memory(&self) -> Option<u64> {
        let mut memory = self.memory();
        if memory.seen.is_none_or(|seen| seen.elapsed() >= MEMORY_SEEN) {
            let used_mib = memory.pid.and_then(platform::peak_memory_mib);
            memory.used_mib = memory.used_mib.max(used_mib);
            memory.seen = Some(Instant::now());
        }
        memory.used_mib
    }

    /// Returns once the process and its children have more of something than the function may have. It is
    /// looked at while there is work to do: nothing runs for an environment that idles.
    pub async fn outgrows(&self, environment: &Environment, sight: &Sight) -> Excess {
        let mut appetite = Appetite::new(&environment.function, sight.growing());
        loop {
            environment.at_work().await;
            tokio::time::sleep(LOOK).await;
            let pid = self.memory().pid;
            if let Some(excess) = appetite.excess(pid, sight.namespace()).await {
                self.look_at_memory();
                return excess;
            }
        }
    }

    /// The most that was seen while the process was there.
    pub fn last_memory_used_mib(&self) -> Option<u64> {
        self.memory().used_mib
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
