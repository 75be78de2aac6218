//! Which environment performs which invocation. Decisions only: nothing here waits or starts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::InvocationId;

use super::Work;
use super::environment::Environment;

/// The environments that there are, and the invocations that wait for one.
pub(super) struct Pool {
    environments_max: usize,
    next_id: u64,
    closed: bool,
    environments: HashMap<u64, Arc<Environment>>,
    by_access_key: HashMap<String, Arc<Environment>>,
    /// Those without an invocation, the longest idle first.
    idle: Vec<Arc<Environment>>,
    waiting: VecDeque<Arc<Work>>,
}

/// Where an invocation went.
pub(super) enum Placed {
    /// To a warm environment, or among those that wait, or nowhere since all is closed.
    Settled,
    /// To this new environment, which is to be started.
    Created(Arc<Environment>),
}

impl Pool {
    pub fn new(environments_max: usize) -> Self {
        Self {
            environments_max: environments_max.max(1),
            next_id: 0,
            closed: false,
            environments: HashMap::new(),
            by_access_key: HashMap::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Gives the invocation to an idle environment of its deployment, the one used last; else to a
    /// new one; else lets it wait, and the longest idle environment of another function make room.
    pub fn place(
        &mut self,
        invocation: Arc<Work>,
        create: impl FnOnce(u64, Arc<Work>) -> Environment,
    ) -> Placed {
        if self.closed {
            return Placed::Settled;
        }
        let is_of = |idle: &Environment| idle.function.arn == invocation.function.arn;
        for idle in self.idle.extract_if(.., |it| is_of(it) && it.is_outdated(&invocation)) {
            idle.stop.cancel();
        }
        let mut invocation = invocation;
        while let Some(at) = self.idle.iter().rposition(|idle| idle.serves(&invocation)) {
            match self.idle.remove(at).assign(invocation) {
                Ok(()) => return Placed::Settled,
                Err(back) => invocation = back,
            }
        }
        if self.environments.len() < self.environments_max {
            self.next_id += 1;
            let environment = Arc::new(create(self.next_id, invocation));
            self.environments.insert(environment.id, Arc::clone(&environment));
            let access_key_id = environment.credentials.access_key_id.clone();
            self.by_access_key.insert(access_key_id, Arc::clone(&environment));
            return Placed::Created(environment);
        }
        self.waiting.push_back(invocation);
        if !self.idle.is_empty() {
            self.idle.remove(0).stop.cancel();
        }
        Placed::Settled
    }

    /// The environment has answered and is free: it serves the first that waits and that it can
    /// serve, makes room for another, or idles.
    pub fn release(&mut self, environment: &Arc<Environment>) {
        if self.closed || environment.stale.load(Ordering::Relaxed) {
            environment.stop.cancel();
        }
        if environment.stop.is_cancelled() {
            return;
        }
        let served = |invocation: &Arc<Work>| environment.serves(invocation);
        if let Some(invocation) =
            self.waiting.iter().position(served).and_then(|at| self.waiting.remove(at))
        {
            if let Err(back) = environment.assign(invocation) {
                self.waiting.push_front(back);
            }
        } else if self.waiting.is_empty() {
            self.idle.push(Arc::clone(environment));
        } else {
            environment.stop.cancel();
        }
    }

    /// The environment has ended.
    pub fn remove(&mut self, id: u64) {
        if let Some(environment) = self.environments.remove(&id) {
            self.by_access_key.remove(&environment.credentials.access_key_id);
            self.idle.retain(|idle| idle.id != id);
        }
    }

    /// The first that waits, where there is room for it now.
    pub fn next_waiting(&mut self) -> Option<Arc<Work>> {
        if self.environments.len() < self.environments_max {
            self.waiting.pop_front()
        } else {
            None
        }
    }

    /// Takes an environment out of those that idle; false where it does not.
    pub fn take_idle(&mut self, id: u64) -> bool {
        let at = self.idle.iter().position(|idle| idle.id == id);
        at.map(|at| self.idle.remove(at)).is_some()
    }

    /// Takes an invocation out of those that wait; false where it does not.
    pub fn stop_waiting(&mut self, id: &InvocationId) -> bool {
        let at = self.waiting.iter().position(|invocation| invocation.id == *id);
        at.and_then(|at| self.waiting.remove(at)).is_some()
    }

    /// Stops the idle environments of the function, or of the version that the ARN names, and the others
    /// once they are free.
    pub fn retire(&mut self, function: &FunctionArn) {
        for idle in self.idle.extract_if(.., |idle| idle.function.is_of(function)) {
            idle.stop.cancel();
        }
        for environment in self.environments.values() {
            if environment.function.is_of(function) {
                environment.stale.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Takes no more invocations; the environments are to be stopped.
    pub fn close(&mut self) -> Vec<Arc<Environment>> {
        self.closed = true;
        self.waiting.clear();
        self.idle.clear();
        self.environments()
    }

    pub fn environments(&self) -> Vec<Arc<Environment>> {
        self.environments.values().cloned().collect()
    }

    pub fn by_access_key(&self, access_key_id: &str) -> Option<Arc<Environment>> {
        self.by_access_key.get(access_key_id).cloned()
    }
}
