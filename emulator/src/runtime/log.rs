//! What functions log: the tail that belongs to an invocation's answer, the recent lines, and what
//! of it the emulator's own log shows. A function may write without end: each of them is bounded.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::Deployment;
use cloudless_core::lambda::limits;

use super::places::Places;

/// How much of an invocation's log its answer carries (`LogResult`), in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax>
pub const LOG_TAIL_BYTES_MAX: usize = limits::LOG_TAIL_MAX_BYTES;
/// How many lines are remembered of each function.
pub const LINES_MAX: usize = 1000;
/// How many bytes of lines are remembered of each function.
pub const LINES_BYTES_MAX: usize = 512 * 1024;
/// Of how many functions lines are remembered: of those that were started last.
pub const LOGGED_FUNCTIONS_MAX: usize = 128;
/// A longer line is cut here, in bytes.
pub const LINE_BYTES_MAX: usize = 8192;
/// How many lines of an invocation the emulator's own log shows. It says how many it left out.
pub const SHOWN_LINES_MAX: usize = 1000;
/// How many bytes of an invocation's lines the emulator's own log shows.
pub const SHOWN_BYTES_MAX: usize = 256 * 1024;

/// The recent lines of all functions.
#[derive(Default)]
pub(super) struct Logs {
    functions: Mutex<Functions>,
}

#[derive(Default)]
struct Functions {
    lines: BTreeMap<FunctionArn, Arc<Mutex<Lines>>>,
    /// Those functions, the one started last at the end.
    order: VecDeque<FunctionArn>,
}

/// The recent lines of a function.
#[derive(Default)]
struct Lines {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Logs {
    /// The log that a new environment of the function writes to.
    pub fn open(&self, function: &Deployment) -> Log {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        Log {
            function_name: function.arn.name.to_string(),
            version: function.version.clone(),
            memory_size_mib: function.memory_size_mib,
            lines: functions.open(&function.arn),
            open: Mutex::default(),
        }
    }

    /// The functions that logged something.
    pub fn functions(&self) -> Vec<FunctionArn> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.lines.keys().cloned().collect()
    }

    /// What the function logged lately, oldest first.
    pub fn lines(&self, function: &FunctionArn) -> Vec<String> {
        let functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        functions.lines.get(function).map_or_else(Vec::new, |lines| {
            let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.lines.iter().cloned().collect()
        })
    }
}

impl Functions {
    fn open(&mut self, function: &FunctionArn) -> Arc<Mutex<Lines>> {
        self.order.retain(|known| known != function);
        self.order.push_back(function.clone());
        if self.order.len() > LOGGED_FUNCTIONS_MAX
            && let Some(forgotten) = self.order.pop_front()
        {
            self.lines.remove(&forgotten);
        }
        Arc::clone(self.lines.entry(function.clone()).or_default())
    }
}

impl Lines {
    fn push(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.lines.len() > LINES_MAX || self.bytes > LINES_BYTES_MAX {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.len();
        }
    }
}

/// The log of one environment: its process's output between the lines that Lambda itself writes.
pub(super) struct Log {
    function_name: String,
    version: String,
    memory_size_mib: u32,
    lines: Arc<Mutex<Lines>>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    places: Places,
    tail: VecDeque<u8>,
    line: Vec<u8>,
    /// Whether there was an invocation: what is written before the first belongs to its log.
    served: bool,
    shown_lines: usize,
    shown_bytes: usize,
    left_out: usize,
}

/// When an initialisation ran.
#[derive(Debug, Clone, Copy)]
pub(super) enum InitPhase {
    /// Before any invocation.
    Init,
    /// As a part of the first invocation, since the one before failed.
    Invoke,
}

/// How an initialisation failed.
#[derive(Debug, Clone, Copy)]
pub(super) enum InitFailure<'a> {
    TimedOut,
    Failed { error_type: &'a str },
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
    /// The runtime could not initialise, and has said why itself.
    InitFailed {
        error_type: &'a str,
    },
    Crashed {
        error_type: &'a str,
        reason: &'a str,
    },
    TimedOut {
        timeout_s: u32,
    },
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
        if open.served {
            open.tail.clear();
        }
        self.tell_left_out(&mut open);
        open.served = true;
        self.line(&mut open, format!("START RequestId: {request_id} Version: {}", self.version));
    }

    /// An invocation has ended: writes Lambda's closing lines and returns the tail.
    pub fn end(&self, report: &InvocationReport<'_>) -> Bytes {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let InvocationReport { request_id, .. } = report;
        let held = open.places.rest();
        self.take(&mut open, &held);
        if !open.line.is_empty() {
            open.keep(b"\n");
            self.end_line(&mut open);
        }
        match report.status {
            Status::Returned | Status::InitFailed { .. } => {}
            Status::Crashed { error_type, reason } => {
                self.line(&mut open, format!("RequestId: {request_id} Error: {reason}"));
                self.line(&mut open, error_type.to_owned());
            }
            Status::TimedOut { timeout_s } => {
                let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
                let text =
                    format!("{now} {request_id} Task timed out after {timeout_s}.00 seconds");
                self.line(&mut open, text);
                self.line(&mut open, String::new());
            }
        }
        self.line(&mut open, format!("END RequestId: {request_id}"));
        self.line(&mut open, self.report_line(report));
        self.tell_left_out(&mut open);
        open.served = true;
        open.tail_text()
    }

    fn report_line(&self, report: &InvocationReport<'_>) -> String {
        let duration_ms = report.duration.as_secs_f64() * 1000.0;
        let mut text = format!(
            "REPORT RequestId: {}\tDuration: {duration_ms:.2} ms\t\
             Billed Duration: {} ms\tMemory Size: {} MB",
            report.request_id,
            duration_ms.ceil(),
            self.memory_size_mib,
        );
        if let Some(used) = report.memory_used_mib {
            text.push_str(&format!("\tMax Memory Used: {used} MB"));
        }
        if let Some(init) = report.init_duration {
            text.push_str(&format!("\tInit Duration: {:.2} ms", init.as_secs_f64() * 1000.0));
        }
        // As AWS ends it.
        text.push('\t');
        match report.status {
            Status::Returned => {}
            Status::Crashed { error_type, .. } | Status::InitFailed { error_type } => {
                text.push_str(&format!("Status: error\tError Type: {error_type}"));
            }
            Status::TimedOut { .. } => text.push_str("Status: timeout"),
        }
        text
    }

    /// An initialisation failed. One that succeeds is told by the `REPORT` line.
    pub fn init_failed(&self, took: Duration, phase: InitPhase, failure: InitFailure<'_>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let held = open.places.rest();
        self.take(&mut open, &held);
        self.end_line(&mut open);
        let ms = took.as_secs_f64() * 1000.0;
        let phase = match phase {
            InitPhase::Init => "init",
            InitPhase::Invoke => "invoke",
        };
        let mut text = format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: {phase}\tStatus: ");
        match failure {
            InitFailure::TimedOut => text.push_str("timeout"),
            InitFailure::Failed { error_type } => {
                text.push_str(&format!("error\tError Type: {error_type}"));
            }
        }
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
        // Not through the middle of a character.
        let end = open.line.len() - incomplete_end(&open.line);
        let line = String::from_utf8_lossy(&open.line[..end]);
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        open.line.clear();
        if open.shows(line.len()) {
            tracing::info!(target: "cloudless::function", function = %self.function_name, "{line}");
        }
        self.remember(line);
    }

    /// Says how many lines the emulator's own log does not show; then there is room again.
    fn tell_left_out(&self, open: &mut Open) {
        if open.left_out > 0 {
            tracing::info!(
                target: "cloudless::function",
                function = %self.function_name,
                "{} more lines are not shown here; /_cloudless/logs/{} has the last {LINES_MAX}",
                open.left_out,
                self.function_name,
            );
        }
        (open.shown_lines, open.shown_bytes, open.left_out) = (0, 0, 0);
    }

    fn remember(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Open {
    fn keep(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES_MAX)..];
        let excess = (self.tail.len() + bytes.len()).saturating_sub(LOG_TAIL_BYTES_MAX);
        self.tail.drain(..excess);
        self.tail.extend(bytes);
    }

    /// Whether there is room for a line of that length in the emulator's own log.
    fn shows(&mut self, length_bytes: usize) -> bool {
        let shows = self.shown_lines < SHOWN_LINES_MAX
            && self.shown_bytes + length_bytes <= SHOWN_BYTES_MAX;
        if shows {
            self.shown_lines += 1;
            self.shown_bytes += length_bytes;
        } else {
            self.left_out += 1;
        }
        shows
    }

    /// The tail, from where a character begins.
    fn tail_text(&self) -> Bytes {
        let is_inside = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
        let skipped = self.tail.iter().take(3).take_while(is_inside).count();
        self.tail.iter().skip(skipped).copied().collect()
    }
}

/// How many bytes at the end of a text begin a character that is not complete.
fn incomplete_end(text: &[u8]) -> usize {
    for (behind, byte) in text.iter().rev().take(3).enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => return 0,
        };
        return if behind + 1 < length { behind + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emulators_own_log_shows_so_much_of_an_invocation_and_counts_the_rest() {
        let mut open = Open::default();
        let shown = (0..SHOWN_LINES_MAX + 7).filter(|_| open.shows(1)).count();
        assert_eq!((shown, open.left_out), (SHOWN_LINES_MAX, 7));
        let mut open = Open::default();
        let shown = (0..100).filter(|_| open.shows(LINE_BYTES_MAX)).count();
        assert_eq!((shown, open.left_out), (SHOWN_BYTES_MAX / LINE_BYTES_MAX, 68));
    }

    #[test]
    fn what_is_remembered_of_a_function_has_a_size() {
        let mut lines = Lines::default();
        for _ in 0..LINES_MAX {
            lines.push("x".repeat(LINE_BYTES_MAX));
        }
        assert_eq!(lines.lines.len(), LINES_BYTES_MAX / LINE_BYTES_MAX);
        lines.lines.clear();
        lines.bytes = 0;
        (0..2 * LINES_MAX).for_each(|at| lines.push(at.to_string()));
        assert_eq!(lines.lines.front().map(String::as_str), Some("1000"));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let ends = ["a", "až", "a€", "a🐈"].map(|text| {
            let bytes = text.as_bytes();
            (1..=bytes.len()).map(|end| incomplete_end(&bytes[..end])).collect::<Vec<_>>()
        });
        assert_eq!(ends, [vec![0], vec![0, 1, 0], vec![0, 1, 2, 0], vec![0, 1, 2, 3, 0]]);
        let mut open = Open::default();
        open.keep("€".repeat(LOG_TAIL_BYTES_MAX).as_bytes());
        assert_eq!(open.tail_text(), "€".repeat(LOG_TAIL_BYTES_MAX / 3));
    }
}
