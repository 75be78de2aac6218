//! What functions log: the tail that belongs to an invocation's answer, the lines that go to CloudWatch Logs, and
//! what of it the emulator's own log shows. A function may write without end: each of them is bounded.
//!
//! Lines go to CloudWatch Logs together: those of an invocation when it ends, of one that takes longer from time to
//! time. They are handed over by [`Logs::hand_over`], which takes no lock of an environment along: whoever keeps them
//! may be asking for one.

mod events;
mod platform;

pub(super) use platform::{InitFailure, InitPhase, InvocationReport, Status};

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use cloudless_core::Timestamp;
use cloudless_core::arn::FunctionArn;
use cloudless_core::lambda::{Deployment, Initialization, LogFormat, LogLevel};
use cloudless_core::logs::Logged;
use cloudless_core::text::cut_of;
use cloudless_core::trace::CauseId;
use serde_json::json;

use super::limits::{
    HELD_LINES_MAX, HELD_SIZE_BYTES_MAX, HOLD, KEPT_BYTES_MAX, LINE_BYTES_MAX, LINES_MAX,
    LOG_TAIL_BYTES_MAX, SHOWN_BYTES_MAX, SHOWN_LINES_MAX,
};
use super::places::Places;
use crate::clock::Clock;

/// Is given what functions log. It must not block for long.
pub type KeepLogged = Arc<dyn Fn(Logged) + Send + Sync>;

/// What all functions log, on its way to CloudWatch Logs.
pub(super) struct Logs {
    clock: Clock,
    keep: KeepLogged,
    handle: tokio::runtime::Handle,
    /// In the order in which it was written.
    written: Mutex<VecDeque<Logged>>,
    /// Held by who hands over: nothing overtakes.
    handing_over: Mutex<()>,
}

impl Logs {
    pub fn new(clock: Clock, keep: KeepLogged, handle: tokio::runtime::Handle) -> Arc<Self> {
        let (written, handing_over) = (Mutex::default(), Mutex::default());
        Arc::new(Self { clock, keep, handle, written, handing_over })
    }

    /// The log that a new environment of the function writes to, which is made for the invocation that
    /// the trace calls `cause`.
    pub fn open(
        self: &Arc<Self>,
        function: &Deployment,
        initialization: Initialization,
        cause: CauseId,
    ) -> Arc<Log> {
        let log = Arc::new_cyclic(|me| Log {
            me: Weak::clone(me),
            function: function.arn.unqualified(),
            version: function.version.clone(),
            memory_size_mib: function.memory_size_mib,
            initialization,
            format: function.logging.format,
            group: function.logging.group.clone(),
            stream: self.stream(&function.version),
            logs: Arc::clone(self),
            open: Mutex::new(Open {
                cause: Some(cause),
                last_cause: Some(cause),
                ..Open::default()
            }),
        });
        log.init_started(function);
        log
    }

    /// `2026/01/31/[$LATEST]` and 32 hexadecimal digits.
    fn stream(&self, version: &str) -> String {
        let day = self.clock.now().iso8601_ms();
        let day = day.get(..10).unwrap_or_default().replace('-', "/");
        format!("{day}/[{version}]{:032x}", rand::random::<u128>())
    }

    /// Hands what was written to who keeps it. To be called without any lock of an environment.
    pub fn hand_over(&self) {
        let _turn = self.handing_over.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let next = self.written.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(next) = next else { return };
            (self.keep)(next);
        }
    }
}

/// The log of one environment: its process's output between the lines that Lambda itself writes.
pub(super) struct Log {
    me: Weak<Self>,
    function: FunctionArn,
    version: String,
    memory_size_mib: u32,
    initialization: Initialization,
    format: LogFormat,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`
    pub group: String,
    /// `AWS_LAMBDA_LOG_STREAM_NAME`
    pub stream: String,
    logs: Arc<Logs>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    places: Places,
    tail: VecDeque<u8>,
    /// The beginning of the line that is being written: as much as is kept of one.
    line: Vec<u8>,
    /// How long it is by now.
    line_size_bytes: usize,
    /// The invocation in hand, as the trace calls it, or the one that the environment is made for.
    cause: Option<CauseId>,
    /// The one before, where none is in hand.
    last_cause: Option<CauseId>,
    /// Whether there was an invocation: what is written before the first belongs to its log.
    served: bool,
    shown_lines: usize,
    shown_bytes: usize,
    left_out: usize,
    /// Lines on their way to CloudWatch Logs.
    held: Vec<(Timestamp, String)>,
    held_size_bytes: usize,
    /// They will be handed over, whatever else happens.
    is_timed: bool,
    /// What was kept of the invocation in hand, and how many lines were not.
    kept_size_bytes: usize,
    not_kept: usize,
}

impl Log {
    /// Takes what the function wrote. Not to be called with a lock of the environment.
    pub fn write(&self, bytes: &[u8]) {
        let mut open = self.open();
        let bytes = open.places.replace(bytes);
        self.take(&mut open, &bytes);
        let is_much = open.held_size_bytes > HELD_SIZE_BYTES_MAX;
        if is_much {
            self.release(&mut open);
        }
        drop(open);
        if is_much {
            self.logs.hand_over();
        }
    }

    /// Says something of the function besides what it writes itself. It is in no invocation's tail.
    pub fn note(&self, line: &str) {
        self.remember(&mut self.open(), line);
    }

    /// What an invocation that goes on has written is seen soon, and what it writes until then with it.
    fn hand_over_later(&self) {
        let Some(log) = self.me.upgrade() else { return };
        self.logs.handle.spawn(async move {
            tokio::time::sleep(HOLD).await;
            let mut open = log.open();
            open.is_timed = false;
            log.release(&mut open);
            drop(open);
            log.logs.hand_over();
        });
    }

    /// What is held is on its way, behind what was written before.
    fn release(&self, open: &mut Open) {
        if open.held.is_empty() {
            return;
        }
        open.held_size_bytes = 0;
        let logged = Logged {
            function: self.function.clone(),
            group: self.group.clone(),
            stream: self.stream.clone(),
            cause: open.cause.or(open.last_cause),
            lines: std::mem::take(&mut open.held),
        };
        self.logs.written.lock().unwrap_or_else(PoisonError::into_inner).push_back(logged);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, open: &mut Open, bytes: &[u8]) {
        // No sign stands for more than itself: what is before is not in the tail.
        let tail = &bytes[bytes.len().saturating_sub(2 * LOG_TAIL_BYTES_MAX)..];
        open.keep(&events::plain(tail));
        let mut bytes = bytes;
        while !bytes.is_empty() {
            if open.is_full()
                && let Some(last) = memchr::memrchr(b'\n', bytes)
            {
                // They are counted alone: a function may write a gigabyte of them.
                let lines = memchr::memchr_iter(b'\n', &bytes[..=last]).count();
                (open.not_kept, open.left_out) = (open.not_kept + lines, open.left_out + lines);
                bytes = &bytes[last + 1..];
                continue;
            }
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
            let (piece, rest) = bytes.split_at(end);
            bytes = rest;
            let room = LINE_BYTES_MAX.saturating_sub(open.line.len());
            open.line.extend_from_slice(&piece[..piece.len().min(room)]);
            open.line_size_bytes += piece.len();
            if piece.ends_with(b"\n") {
                self.end_line(open);
            }
        }
    }

    /// What is written from here on is said with AWS's places.
    pub fn show_places(&self, places: Places) {
        self.open().places = places;
    }

    /// An invocation begins, which the trace calls `cause`: the tail is from here on its own.
    pub fn begin(&self, request_id: &str, cause: CauseId) {
        let mut open = self.open();
        self.end_line(&mut open);
        // What was written between two invocations is not of this one.
        self.release(&mut open);
        (open.cause, open.last_cause) = (Some(cause), Some(cause));
        if open.served {
            open.tail.clear();
        }
        self.tell_left_out(&mut open);
        open.served = true;
        let text = format!("START RequestId: {request_id} Version: {}", self.version);
        let record = json!({ "requestId": request_id, "version": self.version });
        self.platform(&mut open, LogLevel::Info, "start", &record, text);
    }

    /// What was written without an invocation is on its way.
    pub fn close(&self) {
        let mut open = self.open();
        self.end_line(&mut open);
        self.release(&mut open);
    }

    /// An invocation has ended: writes Lambda's closing lines and returns the tail.
    pub fn end(&self, report: &InvocationReport<'_>) -> Bytes {
        let mut open = self.open();
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
        self.tell_not_kept(&mut open);
        if self.format == LogFormat::Text {
            self.line(&mut open, format!("END RequestId: {request_id}"));
        }
        self.report(&mut open, report);
        self.tell_left_out(&mut open);
        self.release(&mut open);
        open.served = true;
        open.cause = None;
        open.tail_text()
    }

    fn line(&self, open: &mut Open, line: String) {
        open.keep(line.as_bytes());
        open.keep(b"\n");
        tracing::debug!(target: "cloudless::function", function = %self.function.name, "{line}");
        self.remember(open, &line);
    }

    fn end_line(&self, open: &mut Open) {
        if open.line.is_empty() {
            return;
        }
        // Not through the middle of a character.
        let end = open.line.len() - incomplete_end(&open.line);
        let line = String::from_utf8_lossy(&open.line[..end]);
        let line = match open.line_size_bytes > open.line.len() {
            true => cut_of(&line, open.line_size_bytes, LINE_BYTES_MAX).into_owned(),
            false => line.trim_end_matches(['\r', '\n']).to_owned(),
        };
        open.line.clear();
        open.line_size_bytes = 0;
        if !platform::passes(self.format, &line) {
            return;
        }
        let line = events::event(&line);
        if open.shows(line.len()) {
            let line = line.trim_end_matches('\n');
            tracing::info!(target: "cloudless::function", function = %self.function.name, "{line}");
        }
        if open.kept_size_bytes > KEPT_BYTES_MAX {
            open.not_kept += 1;
        } else {
            open.kept_size_bytes += line.len();
            self.hold(open, line);
        }
    }

    /// Says how many lines the emulator's own log does not show; then there is room again.
    fn tell_left_out(&self, open: &mut Open) {
        if open.left_out > 0 {
            tracing::info!(
                target: "cloudless::function",
                function = %self.function.name,
                "{} more lines are not shown here; /_cloudless/logs/{} has the last {LINES_MAX}, CloudWatch Logs all",
                open.left_out,
                self.function.name,
            );
        }
        (open.shown_lines, open.shown_bytes, open.left_out) = (0, 0, 0);
    }

    /// Says how many lines an invocation wrote beyond what is kept.
    fn tell_not_kept(&self, open: &mut Open) {
        if open.not_kept > 0 {
            let text = format!(
                "{} more lines are not kept: an invocation may log {} MiB",
                open.not_kept,
                KEPT_BYTES_MAX / 1024 / 1024
            );
            self.remember(open, &text);
        }
        (open.kept_size_bytes, open.not_kept) = (0, 0);
    }

    /// A line is held for CloudWatch Logs, where each ends as it was written.
    fn remember(&self, open: &mut Open, line: &str) {
        self.hold(open, format!("{line}\n"));
    }

    fn hold(&self, open: &mut Open, event: String) {
        open.held_size_bytes += event.len();
        open.held.push((self.logs.clock.now(), event));
        if open.held.len() > HELD_LINES_MAX {
            self.release(open);
        }
        if !std::mem::replace(&mut open.is_timed, true) {
            self.hand_over_later();
        }
    }
}

impl Open {
    fn keep(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(LOG_TAIL_BYTES_MAX)..];
        let excess = (self.tail.len() + bytes.len()).saturating_sub(LOG_TAIL_BYTES_MAX);
        self.tail.drain(..excess);
        self.tail.extend(bytes);
    }

    /// Whether the next whole line is neither kept nor shown.
    fn is_full(&self) -> bool {
        self.line.is_empty() && self.kept_size_bytes > KEPT_BYTES_MAX && self.left_out > 0
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
        let shown = (0..100).filter(|_| open.shows(SHOWN_BYTES_MAX / 32)).count();
        assert_eq!((shown, open.left_out), (32, 68));
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
