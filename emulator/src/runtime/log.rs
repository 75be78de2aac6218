//! What functions log: the tail that belongs to an invocation's answer, and the recent lines.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::Deployment;

use super::places::Places;

/// How much of an invocation's log its answer carries (`LogResult`).
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax>
pub const LOG_TAIL_BYTES_MAX: usize = 4096;
/// How many lines are remembered of each function.
pub const LINES_MAX: usize = 1000;
/// A longer line is cut here.
pub const LINE_BYTES_MAX: usize = 8192;

/// The recent lines of all functions.
#[derive(Default)]
pub(super) struct Logs {
    functions: Mutex<BTreeMap<FunctionArn, Arc<Lines>>>,
}

type Lines = Mutex<VecDeque<String>>;

impl Logs {
    /// The log that a new environment of the function writes to.
    pub fn open(&self, function: &Deployment) -> Log {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = Arc::clone(functions.entry(function.arn.clone()).or_default());
        Log {
            function_name: function.arn.name.to_string(),
            version: function.version.clone(),
            memory_size_mib: function.memory_size_mib,
            lines,
            open: Mutex::default(),
        }
    }

    /// The functions that logged something.
    pub fn functions(&self) -> Vec<FunctionArn> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.keys().cloned().collect()
    }

    /// What the function logged lately, oldest first.
    pub fn lines(&self, function: &FunctionArn) -> Vec<String> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.get(function).map_or_else(Vec::new, |lines| {
            lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
        })
    }
}

/// The log of one environment: its process's output between the lines that Lambda itself writes.
pub(super) struct Log {
    function_name: String,
    version: String,
    memory_size_mib: u32,
    lines: Arc<Lines>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    places: Places,
    tail: VecDeque<u8>,
    line: Vec<u8>,
}

/// What the `REPORT` line says.
pub(super) struct InvocationReport<'a> {
    pub request_id: &'a str,
    pub duration: Duration,
    /// Of the invocation that the environment was made for.
    pub init_duration: Option<Duration>,
    pub memory_used_mib: Option<u64>,
    pub status: Status<'a>,
}

/// How the invocation that is reported ended.
pub(super) enum Status<'a> {
    Returned,
    Crashed { error_type: &'a str, reason: &'a str },
    TimedOut { timeout_s: u32 },
}

impl Log {
    /// Takes what the function wrote.
    pub fn write(&self, bytes: &[u8]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = open.places.replace(bytes);
        self.take(&mut open, &bytes);
    }

    fn take(&self, open: &mut Open, bytes: &[u8]) {
        open.keep(bytes);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let room = LINE_BYTES_MAX.saturating_sub(open.line.len());
            open.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end_line(open);
            }
        }
    }

    /// What is written from here on is said with AWS's places.
    pub fn show_places(&self, places: Places) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).places = places;
    }

    /// Says something of the environment that belongs to no invocation.
    pub fn note(&self, line: String) {
        self.remember(line);
    }

    /// An invocation begins: the tail is from here on its own.
    pub fn begin(&self, request_id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.end_line(&mut open);
        open.tail.clear();
        self.line(&mut open, format!("START RequestId: {request_id} Version: {}", self.version));
    }

    /// An invocation has ended: writes Lambda's closing lines and returns the tail.
    pub fn end(&self, report: &InvocationReport<'_>) -> Bytes {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let InvocationReport { request_id, duration, .. } = report;
        let held = open.places.rest();
        self.take(&mut open, &held);
        if !open.line.is_empty() {
            open.keep(b"\n");
            self.end_line(&mut open);
        }
        match report.status {
            Status::Returned => {}
            Status::Crashed { error_type, reason } => {
                self.line(&mut open, format!("RequestId: {request_id} Error: {reason}"));
                self.line(&mut open, error_type.to_owned());
            }
            Status::TimedOut { timeout_s } => self.line(
                &mut open,
                format!(
                    "RequestId: {request_id} Error: Task timed out after {timeout_s}.00 seconds"
                ),
            ),
        }
        self.line(&mut open, format!("END RequestId: {request_id}"));
        let duration_ms = duration.as_secs_f64() * 1000.0;
        let mut text = format!(
            "REPORT RequestId: {request_id}\tDuration: {duration_ms:.2} ms\t\
             Billed Duration: {} ms\tMemory Size: {} MB",
            duration_ms.ceil(),
            self.memory_size_mib,
        );
        if let Some(used) = report.memory_used_mib {
            text.push_str(&format!("\tMax Memory Used: {used} MB"));
        }
        if let Some(init) = report.init_duration {
            text.push_str(&format!("\tInit Duration: {:.2} ms", init.as_secs_f64() * 1000.0));
        }
        match report.status {
            Status::Returned => {}
            Status::Crashed { error_type, .. } => {
                text.push_str(&format!("\tStatus: error\tError Type: {error_type}"));
            }
            Status::TimedOut { .. } => text.push_str("\tStatus: timeout"),
        }
        self.line(&mut open, text);
        Bytes::from(open.tail.iter().copied().collect::<Vec<_>>())
    }

    /// The environment's first initialisation was cut off, and begins again.
    pub fn init_timed_out(&self, after: Duration) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.end_line(&mut open);
        let ms = after.as_secs_f64() * 1000.0;
        let text = format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: init\tStatus: timeout");
        self.line(&mut open, text);
    }

    fn line(&self, open: &mut Open, line: String) {
        open.keep(line.as_bytes());
        open.keep(b"\n");
        tracing::debug!(target: "cloudless::function", function = %self.function_name, "{line}");
        self.remember(line);
    }

    fn end_line(&self, open: &mut Open) {
        if open.line.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(&open.line).trim_end_matches(['\r', '\n']).to_owned();
        open.line.clear();
        tracing::info!(target: "cloudless::function", function = %self.function_name, "{line}");
        self.remember(line);
    }

    fn remember(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

impl Open {
    fn keep(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES_MAX)..];
        let excess = (self.tail.len() + bytes.len()).saturating_sub(LOG_TAIL_BYTES_MAX);
        self.tail.drain(..excess);
        self.tail.extend(bytes);
    }
}
