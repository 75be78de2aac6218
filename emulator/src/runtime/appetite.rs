//! What an environment takes of its host: memory, processes, and room under `/tmp`. It is looked at while there
//! is work to do. Who takes more than Lambda gives is ended, and nobody else notices.

use std::fs;
use std::path::{Path, PathBuf};

use cloudless_core::lambda::Deployment;

use super::limits::TASKS_MAX;
use crate::platform::{self, Namespace};

/// Of what an environment took more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    Memory,
    Tasks,
    Storage,
}

impl Excess {
    /// What its log says besides Lambda's own words, which know of memory alone.
    pub fn note(self, function: &Deployment) -> Option<String> {
        match self {
            Self::Memory => None,
            Self::Tasks => Some(format!(
                "cloudless: the environment had more than {TASKS_MAX} processes and threads, and was ended"
            )),
            Self::Storage => Some(format!(
                "cloudless: the environment had more than {} MB in /tmp, and was ended",
                function.ephemeral_storage_mib
            )),
        }
    }
}

/// What an environment may take.
pub(super) struct Appetite {
    memory_mib: u64,
    /// How many processes and threads the host had when they were counted last, or at the beginning.
    tasks: Option<u64>,
    storage: Option<Storage>,
}

/// A folder that may hold so much.
struct Storage {
    folder: PathBuf,
    limit_bytes: u64,
    /// How much room its file system would have without it, as it was measured last.
    free_bytes: u64,
}

impl Appetite {
    /// Of a function whose `/tmp` is `folder`, where nothing else limits that.
    pub fn new(function: &Deployment, folder: Option<&Path>) -> Self {
        let storage = folder.and_then(|folder| {
            Some(Storage {
                folder: folder.to_owned(),
                limit_bytes: u64::from(function.ephemeral_storage_mib) * 1024 * 1024,
                free_bytes: platform::free_bytes(folder)?,
            })
        });
        let memory_mib = u64::from(function.memory_size_mib);
        Self { memory_mib, tasks: platform::tasks(), storage }
    }

    /// What it has too much of by now, whose first process this is, in that namespace.
    pub async fn excess(
        &mut self,
        pid: Option<u32>,
        namespace: Option<Namespace>,
    ) -> Option<Excess> {
        let pid = pid?;
        if platform::own_memory_mib(pid).is_some_and(|used_mib| used_mib > self.memory_mib) {
            return Some(Excess::Memory);
        }
        if self.has_many_tasks(pid, namespace).await {
            return Some(Excess::Tasks);
        }
        let storage = self.storage.as_mut()?;
        storage.is_over().await.then_some(Excess::Storage)
    }

    /// To count them all takes long: it is done when the host has become so much busier.
    async fn has_many_tasks(&mut self, pid: u32, namespace: Option<Namespace>) -> bool {
        let (Some(before), Some(now)) = (self.tasks, platform::tasks()) else { return false };
        if now < before.saturating_add(TASKS_MAX) {
            self.tasks = Some(before.min(now));
            return false;
        }
        self.tasks = Some(now);
        let count = move || platform::tasks_of(pid, namespace);
        tokio::task::spawn_blocking(count).await.is_ok_and(|tasks| tasks > TASKS_MAX)
    }
}

impl Storage {
    /// It is measured when its file system has become so much fuller.
    async fn is_over(&mut self) -> bool {
        let Some(free_bytes) = platform::free_bytes(&self.folder) else { return false };
        if self.free_bytes.saturating_sub(free_bytes) <= self.limit_bytes {
            return false;
        }
        let folder = self.folder.clone();
        let size_bytes = tokio::task::spawn_blocking(move || size_bytes(folder)).await.unwrap_or(0);
        self.free_bytes = free_bytes.saturating_add(size_bytes);
        size_bytes > self.limit_bytes
    }
}

/// What all files of a folder take.
fn size_bytes(folder: PathBuf) -> u64 {
    let mut left = vec![folder];
    let mut size_bytes = 0u64;
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                left.push(entry.path());
            } else {
                size_bytes = size_bytes.saturating_add(platform::size_on_disk_bytes(&metadata));
            }
        }
    }
    size_bytes
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "a failed step fails the test")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_is_measured_as_a_whole_once_its_file_system_is_fuller() {
        let folder = tempfile::tempdir().unwrap();
        let free_bytes = platform::free_bytes(folder.path()).unwrap();
        let mut storage =
            Storage { folder: folder.path().to_owned(), limit_bytes: 1 << 20, free_bytes };
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        let mut told = vec![storage.is_over().await];
        for part in ["a/1", "a/b/2", "3"] {
            fs::write(folder.path().join(part), vec![1; 512 * 1024]).unwrap();
        }
        // Whatever the file system says of its room by now.
        storage.free_bytes = u64::MAX;
        told.push(storage.is_over().await);
        fs::remove_file(folder.path().join("a/b/2")).unwrap();
        fs::remove_file(folder.path().join("3")).unwrap();
        storage.free_bytes = u64::MAX;
        told.push(storage.is_over().await);
        assert_eq!(told, [false, true, false]);
    }
}
