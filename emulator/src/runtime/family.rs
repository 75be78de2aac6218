//! The processes of an environment: each in a process group of its own, and all that they start.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::Child;
use tokio::sync::oneshot;

use super::Shared;
use super::environment::Environment;
use super::sight::Sight;
use crate::platform::{self, Group};

/// Processes that nobody needs any more. To look for all that they started takes a while: that is done by
/// [`end`](Self::end), or when this is dropped.
#[derive(Default)]
pub(super) struct LetGo(Mutex<Vec<Family>>);

impl LetGo {
    /// Returns when they are killed, with all that they started. It blocks no other task, and gives way to
    /// what is being started in their place.
    pub async fn end(&self) {
        let families = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if families.is_empty() {
            return;
        }
        let (ended, is_ended) = oneshot::channel();
        let end = move || {
            platform::give_way();
            drop(families);
            let _ = ended.send(());
        };
        // Where there can be no thread, they are dropped here and now.
        let _ = std::thread::Builder::new().name("cloudless-end".to_owned()).spawn(end);
        let _ = is_ended.await;
    }
}

/// A child and all that it started: killed when this is dropped.
pub(super) struct Family {
    child: Child,
    group: Group,
    pid: Option<u32>,
    /// Held, so that the number of its namespace is given to no other.
    sight: Sight,
    shared: Arc<Shared>,
    environment: Arc<Environment>,
}

impl Family {
    /// Of a child that was just started, and sees that.
    pub fn new(
        child: Child,
        sight: &Sight,
        shared: &Arc<Shared>,
        environment: &Arc<Environment>,
    ) -> Self {
        let (shared, environment) = (Arc::clone(shared), Arc::clone(environment));
        let (group, pid, sight) = (Group::of(&child), child.id(), sight.clone());
        if let Some(pid) = pid {
            shared.watchdog.started(pid, environment.marker(), sight.namespace());
        }
        Self { child, group, pid, sight, shared, environment }
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let (marker, namespace) = (self.environment.marker(), self.sight.namespace());
        self.group.kill(&self.child, marker, namespace);
        if let Some(pid) = self.pid {
            self.shared.watchdog.ended(pid, marker, namespace);
        }
    }
}

/// A family that is let go when this is dropped.
pub(super) struct Held<'a> {
    family: Option<Family>,
    let_go: &'a LetGo,
}

impl<'a> Held<'a> {
    pub fn new(family: Family, let_go: &'a LetGo) -> Self {
        Self { family: Some(family), let_go }
    }

    pub fn pid(&self) -> Option<u32> {
        self.family.as_ref().and_then(|family| family.pid)
    }

    /// Returns when the child has ended. What it started may go on.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        match &mut self.family {
            Some(family) => family.child.wait().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut families = self.let_go.0.lock().unwrap_or_else(PoisonError::into_inner);
        families.extend(self.family.take());
    }
}
