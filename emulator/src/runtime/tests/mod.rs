//! What users of functions rely on. A function's process is this test binary, started again.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod code;
mod function;
#[cfg(target_os = "linux")]
mod harm;
mod in_process;
mod interpreters;
mod lifecycle;
mod processes;
mod provisioned;
#[cfg(target_os = "linux")]
mod sight;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Cursor, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cloudless_core::arn::{Arn, FunctionArn};
use cloudless_core::content::{Blob, BlobId, Content};
use cloudless_core::lambda::{
    Deployment, Initialization, Invocation, InvocationId, Layered, Logging, Outcome,
};
use cloudless_core::logs::Logged;
use cloudless_core::trace::CauseId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use zip::write::SimpleFileOptions;

use super::{Code, Handlers, Progress, Runtime, RuntimeConfig};

/// A runtime of its own for one test.
struct Lambda {
    runtime: Arc<Runtime>,
    logged: Arc<Mutex<Vec<Logged>>>,
    waiting: Waiting,
    /// Invocations whose time has begun.
    begun: Arc<Mutex<BTreeSet<InvocationId>>>,
    invocations: AtomicU64,
    work_dir: TempDir,
}

type Waiting = Arc<Mutex<HashMap<InvocationId, oneshot::Sender<Outcome>>>>;

impl Lambda {
    fn start() -> Self {
        Self::with(|_| {})
    }

    fn with_handlers(handlers: Handlers) -> Self {
        Self::with(|config| config.handlers = handlers)
    }

    fn with(configure: impl FnOnce(&mut RuntimeConfig)) -> Self {
        let work_dir = tempfile::tempdir().unwrap();
        let mut config = RuntimeConfig::new(work_dir.path());
        configure(&mut config);
        let waiting = Waiting::default();
        let told = Arc::clone(&waiting);
        let begun = Arc::<Mutex<BTreeSet<InvocationId>>>::default();
        let heard = Arc::clone(&begun);
        let report = Arc::new(move |id: InvocationId, progress| {
            let Progress::Ended(outcome) = progress else {
                heard.lock().unwrap().insert(id);
                return;
            };
            let waits = told.lock().unwrap().remove(&id).unwrap();
            let _ = waits.send(outcome);
        });
        let logged = Arc::<Mutex<Vec<Logged>>>::default();
        let kept = Arc::clone(&logged);
        let keep = Arc::new(move |logged| kept.lock().unwrap().push(logged));
        let runtime = Arc::new(Runtime::start(config, report, keep).unwrap());
        runtime.set_endpoint_url("http://127.0.0.1:4566");
        Self { runtime, waiting, begun, logged, invocations: AtomicU64::new(0), work_dir }
    }

    /// What a function has logged, line by line.
    fn logs(&self, function: &FunctionArn) -> Vec<String> {
        let logged = self.logged.lock().unwrap();
        let lines = logged.iter().filter(|it| it.function == *function).flat_map(|it| &it.lines);
        lines.map(|(_, line)| line.trim_end().to_owned()).collect()
    }

    /// Begins an invocation: its id, and what to await its end with.
    fn begin(&self, function: &Function, event: Value) -> (InvocationId, Ending) {
        self.begin_in(function, event, Initialization::OnDemand, false)
    }

    fn begin_in(
        &self,
        function: &Function,
        event: Value,
        initialization: Initialization,
        only_prepares: bool,
    ) -> (InvocationId, Ending) {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed) + 1;
        let id = InvocationId(format!("00000000-0000-4000-8000-{number:012}").into());
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id.clone(), sender);
        let invocation = Invocation {
            id: id.clone(),
            function: Arc::clone(&function.deployment),
            invoked_arn: function.deployment.arn.clone(),
            payload: event.to_string().into(),
            client_context: None,
            trace_header: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned(),
            streams: false,
            initialization,
            only_prepares,
            cause: CauseId(number),
        };
        let code = |zip: &Bytes| {
            let zip = zip.clone();
            Code::new(async move { Ok(zip) })
        };
        let layers = function.layers.iter().map(code);
        self.runtime.invoke(invocation, code(&function.zip).with_layers(layers));
        (id, receiver)
    }

    /// Makes an environment ready that stands by, and tells how that ended.
    async fn prepare(&self, function: &Function) -> String {
        let provisioned = Initialization::Provisioned;
        let (_, ending) = self.begin_in(function, Value::Null, provisioned, true);
        tell(&ending.await.unwrap())
    }

    /// Invokes in an environment that stands by, and tells how it ended.
    async fn invoke_provisioned(&self, function: &Function, event: Value) -> String {
        let (_, ending) = self.begin_in(function, event, Initialization::Provisioned, false);
        tell(&ending.await.unwrap())
    }

    /// Invokes and tells how it ended.
    async fn invoke(&self, function: &Function, event: Value) -> String {
        let (_, ending) = self.begin(function, event);
        tell(&ending.await.unwrap())
    }
}

type Ending = oneshot::Receiver<Outcome>;

/// An outcome for people, without the figures that change from run to run.
fn tell(outcome: &Outcome) -> String {
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let (told, log_tail) = match outcome {
        Outcome::Succeeded { payload, log_tail } => {
            (format!("succeeded: {}", text(payload)), log_tail)
        }
        Outcome::Failed { payload, log_tail } => (format!("failed: {}", text(payload)), log_tail),
        Outcome::Crashed { error_type, reason, log_tail } => {
            (format!("crashed: {error_type}: {reason}"), log_tail)
        }
        Outcome::TimedOut { log_tail, .. } => ("timed out".to_owned(), log_tail),
    };
    let log = text(log_tail);
    let lines = log.lines().map(|line| {
        if let Some((_, rest)) = line.split_once("Z ").filter(|_| line.contains("Task timed out")) {
            return format!("* {rest}");
        }
        let fields = line.trim_end().split('\t').map(|field| match field.split_once(": ") {
            Some((name, _)) if name.ends_with("Duration") || name == "Max Memory Used" => {
                format!("{name}: *")
            }
            _ => field.to_owned(),
        });
        fields.collect::<Vec<_>>().join(" | ")
    });
    std::iter::once(told).chain(lines).collect::<Vec<_>>().join("\n")
}

/// A function as it was created: its deployment and its zip.
#[derive(Clone)]
struct Function {
    deployment: Arc<Deployment>,
    zip: Bytes,
    layers: Vec<Bytes>,
}

impl Function {
    fn new(name: &str, runtime: &str, handler: &str, zip: Bytes) -> Self {
        let Some(Arn::Function(arn)) =
            Arn::parse(&format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}"))
        else {
            panic!("{name} is no function's name")
        };
        let deployment = Deployment {
            arn,
            revision_id: "first".to_owned(),
            version: "$LATEST".to_owned(),
            runtime: runtime.to_owned(),
            handler: handler.to_owned(),
            code: Content::Whole(Blob {
                id: BlobId("code".into()),
                size_bytes: zip.len() as u64,
                md5: [0; 16],
                sha256: Some(Box::new(Sha256::digest(&zip).into())),
                checksum: None,
            }),
            layers: Vec::new(),
            environment: BTreeMap::new(),
            memory_size_mib: 128,
            ephemeral_storage_mib: 512,
            timeout_s: 3,
            logging: Logging::of_function(name),
            role: "arn:aws:iam::000000000000:role/service/pictures".to_owned(),
        };
        Self { deployment: Arc::new(deployment), zip, layers: Vec::new() }
    }

    /// With one more layer over those that it has.
    fn layer(mut self, zip: Bytes) -> Self {
        let deployment = Arc::make_mut(&mut self.deployment);
        let number = deployment.layers.len() + 1;
        deployment.layers.push(Layered {
            arn: format!(
                "arn:aws:lambda:eu-central-1:000000000000:layer:{}:{number}",
                deployment.arn.name
            ),
            content: deployment.code.clone(),
        });
        self.layers.push(zip);
        self
    }

    /// A function of `provided.al2023` with this shell script as its bootstrap.
    fn script(name: &str, script: &str) -> Self {
        let zip = zip(&[("bootstrap", &format!("#!/bin/sh\n{script}\n"), 0o755)]);
        Self::new(name, "provided.al2023", "bootstrap", zip)
    }

    /// The Rust function of [`function`].
    fn rust(name: &str) -> Self {
        // The harness around the function writes to its standard output.
        let script = format!("exec '{}' {} > /dev/null", test_binary(), function::ARGUMENTS);
        Self::script(name, &script)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let deployment = Arc::make_mut(&mut self.deployment);
        deployment.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn runtime(mut self, runtime: &str) -> Self {
        Arc::make_mut(&mut self.deployment).runtime = runtime.to_owned();
        self
    }

    fn storage(mut self, size_mib: u32) -> Self {
        Arc::make_mut(&mut self.deployment).ephemeral_storage_mib = size_mib;
        self
    }

    fn revision(mut self, revision_id: &str) -> Self {
        Arc::make_mut(&mut self.deployment).revision_id = revision_id.to_owned();
        self
    }

    fn arn(&self) -> &FunctionArn {
        &self.deployment.arn
    }
}

/// A folder that functions see as well: not in `/tmp`.
fn directory() -> TempDir {
    tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap()
}

fn test_binary() -> String {
    std::env::current_exe().unwrap().display().to_string()
}

fn zip(files: &[(&str, &str, u32)]) -> Bytes {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, mode) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner().into()
}
