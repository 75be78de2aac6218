//! Extensions of an environment: what registers beside the runtime, and hears of its life.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>
//!
//! External ones are the executable files of `/opt/extensions`: processes of their own, begun before the
//! runtime, which waits until all have registered. Internal ones register from within the runtime.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cloudless_core::lambda::Invocation;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// So many may register, as on AWS.
const REGISTERED_MAX: usize = 10;
/// How long external extensions have to end, as on AWS.
pub(super) const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// The extensions of one run of an environment's processes.
#[derive(Default)]
pub(super) struct Extensions {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The names of external ones that were started.
    started: Vec<String>,
    /// External ones that have not ended.
    running: usize,
    registered: Vec<Extension>,
    /// The runtime has asked for its first invocation: nobody registers any more.
    is_closed: bool,
    is_shutting_down: bool,
}

struct Extension {
    id: String,
    name: String,
    wants_invoke: bool,
    wants_shutdown: bool,
    events: VecDeque<Value>,
    /// Whether it asks for its next event: it has done what it wants to.
    is_waiting: bool,
}

/// Why a call of an extension is refused: AWS's type, and its words.
pub(super) type Fault = (&'static str, String);

impl Extensions {
    /// An environment's processes begin, with external extensions of these names.
    pub fn start(&self, names: Vec<String>) {
        *self.state() = State { running: names.len(), started: names, ..State::default() };
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.started.is_empty() && state.registered.is_empty()
    }

    /// Registers an extension; its identifier.
    pub fn register(&self, name: &str, events: &[String]) -> Result<String, Fault> {
        let mut state = self.state();
        let is_external = state.started.iter().any(|started| started == name);
        if name.is_empty() {
            return Err(("Extension.InvalidExtensionName", "Empty extension name".to_owned()));
        }
        if state.is_closed || state.registered.iter().any(|known| known.name == name) {
            let message = format!(
                "State transition from Started to RegisteredOnce failed for extension {name}. Error: State transition is not allowed"
            );
            return Err(("Extension.InvalidExtensionState", message));
        }
        if state.registered.len() >= REGISTERED_MAX {
            let message = format!("Extension limit ({REGISTERED_MAX}) reached");
            return Err(("Extension.TooManyExtensions", message));
        }
        let known = |event: &&String| !["INVOKE", "SHUTDOWN"].contains(&event.as_str());
        if let Some(event) = events.iter().find(known) {
            return Err(("Extension.InvalidEventType", format!("{event}: invalid event type")));
        }
        let wants = |kind: &str| events.iter().any(|event| event == kind);
        if wants("SHUTDOWN") && !is_external {
            let message = "SHUTDOWN event is not supported for internal extensions".to_owned();
            return Err(("ShutdownEventNotSupportedForInternalExtension", message));
        }
        let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string();
        state.registered.push(Extension {
            id: id.clone(),
            name: name.to_owned(),
            wants_invoke: wants("INVOKE"),
            wants_shutdown: wants("SHUTDOWN"),
            events: VecDeque::new(),
            is_waiting: false,
        });
        drop(state);
        self.changed.notify_waiters();
        Ok(id)
    }

    /// The next event of an extension, once there is one.
    pub async fn next(&self, id: &str) -> Result<Value, Fault> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let mut state = self.state();
                let extension = find(&mut state, id)?;
                if let Some(event) = extension.events.pop_front() {
                    extension.is_waiting = false;
                    return Ok(event);
                }
                if !extension.is_waiting {
                    extension.is_waiting = true;
                    self.changed.notify_waiters();
                    continue;
                }
            }
            changed.await;
        }
    }

    /// Whether there is an extension of this identifier, by its name.
    pub fn name_of(&self, id: &str) -> Result<String, Fault> {
        find(&mut self.state(), id).map(|extension| extension.name.clone())
    }

    /// Returns once all external extensions have registered.
    pub async fn registered(&self) {
        self.wait(|state| {
            let is_here = |name: &String| state.registered.iter().any(|known| known.name == *name);
            state.started.iter().all(is_here)
        })
        .await;
    }

    /// The runtime asks for an invocation. Returns once the extensions have done what they want to.
    pub async fn settled(&self) {
        {
            let mut state = self.state();
            state.is_closed = true;
            if state.registered.is_empty() {
                return;
            }
        }
        self.wait(|state| state.registered.iter().all(|it| it.is_waiting && it.events.is_empty()))
            .await;
    }

    /// Tells whom it concerns of an invocation.
    pub fn tell_invocation(&self, invocation: &Invocation, deadline_ms: u64) {
        let event = json!({
            "eventType": "INVOKE",
            "deadlineMs": deadline_ms,
            "requestId": &*invocation.id.0,
            "invokedFunctionArn": invocation.invoked_arn.to_string(),
            "tracing": { "type": "X-Amzn-Trace-Id", "value": invocation.trace_header },
        });
        self.tell(&event, |extension| extension.wants_invoke);
    }

    /// Tells of the end, for the reason `spindown`, `timeout` or `failure`; returns once the external ones
    /// have ended, or have had their time for it.
    pub async fn shut_down(&self, reason: &str) {
        if self.state().running == 0 {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline_ms = u64::try_from((now + SHUTDOWN_MAX).as_millis()).unwrap_or(u64::MAX);
        self.state().is_shutting_down = true;
        let event =
            json!({ "eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms });
        let told = self.tell(&event, |extension| extension.wants_shutdown);
        if told > 0 {
            // Who does not want to hear of it is not waited for.
            let ended = self.wait(|state| state.running == 0);
            let _ = tokio::time::timeout(SHUTDOWN_MAX, ended).await;
        }
    }

    /// An external extension has ended. Whether that was to be expected.
    pub fn ended(&self) -> bool {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        let is_expected = state.is_shutting_down;
        drop(state);
        self.changed.notify_waiters();
        is_expected
    }

    /// How many were told.
    fn tell(&self, event: &Value, wants: impl Fn(&Extension) -> bool) -> usize {
        let mut state = self.state();
        let mut told = 0;
        for extension in state.registered.iter_mut().filter(|it| wants(it)) {
            extension.events.push_back(event.clone());
            told += 1;
        }
        drop(state);
        self.changed.notify_waiters();
        told
    }

    async fn wait(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if is_so(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Extension, Fault> {
    let found = state.registered.iter_mut().find(|extension| extension.id == id);
    found.ok_or_else(|| ("Extension.UnknownExtensionIdentifier", format!("Unknown extension {id}")))
}
