//! The lines that Lambda itself writes: as text, or where a function logs in JSON as AWS's telemetry has them, each
//! at its level.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>

use std::time::Duration;

use cloudless_core::Timestamp;
use cloudless_core::lambda::{Deployment, Initialization, LogFormat, LogLevel};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Log, Open};

/// Whether a line of this level is written; nothing where the function logs text.
fn writes(format: LogFormat, level: LogLevel) -> Option<bool> {
    match format {
        LogFormat::Text => None,
        LogFormat::Json { system, .. } => Some(system <= level),
    }
}

/// Whether what a function writes has the level that its log asks for. Of lines that are no JSON objects nobody
/// knows one; an object without one that is known has `INFO`.
pub(super) fn passes(format: LogFormat, line: &str) -> bool {
    #[derive(Deserialize)]
    struct Levelled {
        level: Option<Value>,
    }
    let LogFormat::Json { application, .. } = format else { return true };
    if !line.starts_with('{') {
        return true;
    }
    let Ok(Levelled { level }) = serde_json::from_str(line) else { return true };
    let level = level.as_ref().and_then(Value::as_str).unwrap_or_default();
    let level = match level.to_ascii_uppercase().as_str() {
        "TRACE" => LogLevel::Trace,
        "DEBUG" => LogLevel::Debug,
        "WARN" | "WARNING" => LogLevel::Warn,
        "ERROR" => LogLevel::Error,
        "FATAL" | "CRITICAL" => LogLevel::Fatal,
        _ => LogLevel::Info,
    };
    application <= level
}

/// `{"time": …, "type": "platform.start", "record": …}`
fn line(at: Timestamp, kind: &str, record: &Value) -> String {
    json!({ "time": at.iso8601_ms(), "type": format!("platform.{kind}"), "record": record })
        .to_string()
}

/// Milliseconds as AWS writes them: with three places.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The version of the runtime as AWS names it, `python:3.12.v1`, and its ARN.
fn runtime_version(function: &Deployment) -> (String, String) {
    let runtime = &function.runtime;
    let digit = runtime.find(|it: char| it.is_ascii_digit());
    let name = match (runtime.split_once('.'), digit) {
        (Some(("provided", system)), _) => format!("provided:{system}"),
        (_, Some(at)) => {
            let (language, version) = runtime.split_at(at);
            format!("{language}:{}", version.trim_end_matches(".x"))
        }
        _ => runtime.clone(),
    };
    let hash = hex::encode(Sha256::digest(runtime));
    (format!("{name}.v1"), format!("arn:aws:lambda:{}::runtime:{hash}", function.arn.region))
}

/// When an initialisation ran.
#[derive(Debug, Clone, Copy)]
pub(in crate::runtime) enum InitPhase {
    /// Before any invocation.
    Init,
    /// As a part of the first invocation, since the one before failed.
    Invoke,
}

/// How an initialisation failed.
#[derive(Debug, Clone, Copy)]
pub(in crate::runtime) enum InitFailure<'a> {
    TimedOut,
    Failed { error_type: &'a str },
}

/// What the `REPORT` line says.
pub(in crate::runtime) struct InvocationReport<'a> {
    pub request_id: &'a str,
    pub duration: Duration,
    /// Of the invocation that the environment was made for.
    pub init_duration: Option<Duration>,
    pub memory_used_mib: Option<u64>,
    /// How long the answer is, where there is one.
    pub produced_bytes: Option<usize>,
    pub status: Status<'a>,
}

/// How the invocation that is reported ended.
pub(in crate::runtime) enum Status<'a> {
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

impl Status<'_> {
    /// What a record says: how it ended, and the error's type.
    fn told(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Returned => ("success", None),
            Self::InitFailed { error_type } | Self::Crashed { error_type, .. } => {
                ("error", Some(error_type))
            }
            Self::TimedOut { .. } => ("timeout", None),
        }
    }
}

impl InitPhase {
    fn told(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Invoke => "invoke",
        }
    }
}

impl InitFailure<'_> {
    fn told(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::TimedOut => ("timeout", None),
            Self::Failed { error_type } => ("error", Some(error_type)),
        }
    }
}

/// Adds how something ended to what is said of it.
fn with_status(mut record: Value, (status, error_type): (&'static str, Option<&str>)) -> Value {
    record["status"] = status.into();
    if let Some(error_type) = error_type {
        record["errorType"] = error_type.into();
    }
    record
}

impl Log {
    /// The environment begins.
    pub(super) fn init_started(&self, function: &Deployment) {
        // It belongs to no invocation's tail.
        let (version, arn) = runtime_version(function);
        let text = format!("INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}");
        let record = json!({
            "initializationType": self.initialization.as_str(),
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": function.arn.name.as_str(),
            "functionVersion": function.version,
        });
        if let Some(line) = self.platform_line(LogLevel::Info, "initStart", &record, text) {
            self.remember(&mut self.open(), &line);
        }
    }

    /// The runtime is ready, which is told to who asks for details; the `REPORT` line says how long it took.
    pub fn init_done(&self, took: Duration, phase: InitPhase) {
        if let LogFormat::Json { .. } = self.format {
            self.init_ended(took, phase, ("success", None), LogLevel::Debug, String::new());
        }
    }

    /// An initialisation failed.
    pub fn init_failed(&self, took: Duration, phase: InitPhase, failure: InitFailure<'_>) {
        let (status, error_type) = failure.told();
        let (ms, phase_told) = (took.as_secs_f64() * 1000.0, phase.told());
        let mut text =
            format!("INIT_REPORT Init Duration: {ms:.2} ms\tPhase: {phase_told}\tStatus: {status}");
        if let Some(error_type) = error_type {
            text.push_str(&format!("\tError Type: {error_type}"));
        }
        self.init_ended(took, phase, (status, error_type), LogLevel::Warn, text);
    }

    fn init_ended(
        &self,
        took: Duration,
        phase: InitPhase,
        ended: (&'static str, Option<&str>),
        level: LogLevel,
        text: String,
    ) {
        let mut open = self.open();
        let held = open.places.rest();
        self.take(&mut open, &held);
        self.end_line(&mut open);
        let record =
            json!({ "initializationType": self.initialization.as_str(), "phase": phase.told() });
        let mut record = with_status(record, ended);
        if let LogFormat::Json { .. } = self.format {
            self.platform(&mut open, level, "initRuntimeDone", &record, String::new());
        }
        record["metrics"] = json!({ "durationMs": ms(took) });
        // Who is provisioned is told how long it took; of others the `REPORT` says it.
        let level = match (ended.0, self.initialization) {
            ("success", Initialization::Provisioned) => LogLevel::Info,
            _ => level,
        };
        self.platform(&mut open, level, "initReport", &record, text);
    }

    /// An invocation has ended.
    pub(super) fn report(&self, open: &mut Open, report: &InvocationReport<'_>) {
        let told = report.status.told();
        let (done, ended) = match told.0 {
            "success" => (LogLevel::Debug, LogLevel::Info),
            _ => (LogLevel::Warn, LogLevel::Warn),
        };
        if let LogFormat::Json { .. } = self.format {
            let mut metrics = json!({ "durationMs": ms(report.duration) });
            if let Some(produced_bytes) = report.produced_bytes {
                metrics["producedBytes"] = produced_bytes.into();
            }
            let record = json!({ "requestId": report.request_id, "metrics": metrics });
            let record = with_status(record, told);
            self.platform(open, done, "runtimeDone", &record, String::new());
        }
        let mut metrics = json!({
            "durationMs": ms(report.duration),
            "billedDurationMs": (report.duration.as_secs_f64() * 1000.0).ceil() as u64,
            "memorySizeMB": self.memory_size_mib,
        });
        if let Some(used) = report.memory_used_mib {
            metrics["maxMemoryUsedMB"] = used.into();
        }
        if let Some(init) = report.init_duration {
            metrics["initDurationMs"] = ms(init).into();
        }
        let record = json!({ "requestId": report.request_id, "metrics": metrics });
        let text = self.report_line(report);
        self.platform(open, ended, "report", &with_status(record, told), text);
    }

    /// A line of Lambda's own, in the function's format; none where its level is not asked for.
    fn platform_line(
        &self,
        level: LogLevel,
        kind: &str,
        record: &Value,
        text: String,
    ) -> Option<String> {
        match writes(self.format, level) {
            None => Some(text),
            Some(true) => Some(line(self.logs.clock.now(), kind, record)),
            Some(false) => None,
        }
    }

    pub(super) fn platform(
        &self,
        open: &mut Open,
        level: LogLevel,
        kind: &str,
        record: &Value,
        text: String,
    ) {
        if let Some(line) = self.platform_line(level, kind, record, text) {
            self.line(open, line);
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_writes_has_a_level_where_it_is_json() {
        let lines = [
            "plain",
            r#"{"level":"debug","message":"m"}"#,
            r#"{"level":"ERROR"}"#,
            r#"{"message":"no level"}"#,
            r#"{"level":7}"#,
            "{no json",
        ];
        let passing = [LogLevel::Trace, LogLevel::Info, LogLevel::Warn].map(|application| {
            let format = LogFormat::Json { application, system: LogLevel::Info };
            lines
                .map(|line| if passes(format, line) { '+' } else { '-' })
                .iter()
                .collect::<String>()
        });
        insta::assert_debug_snapshot!(passing, @r#"
        [
            "++++++",
            "+-++++",
            "+-+--+",
        ]
        "#);
        assert!(lines.iter().all(|line| passes(LogFormat::Text, line)));
    }
}
