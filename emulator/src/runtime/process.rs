//! Environments that are processes of this host, each in a process group of its own.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::TcpListener;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use super::Shared;
use super::api::RuntimeApi;
use super::environment::Environment;
use super::interpreter;
use super::log::Log;
use super::places::Places;
use super::watchdog::Watchdog;

/// Why an environment ended by itself: AWS's error type, and the reason for people.
pub(super) type Crash = (String, String);

/// Runs an environment's process until it ends or is stopped. Returns why, where it ended by itself.
pub(super) async fn run(shared: &Arc<Shared>, environment: &Arc<Environment>) -> Option<Crash> {
    let directory = shared.environments_directory().join(environment.id.to_string());
    let crash = tokio::select! {
        biased;
        () = environment.stop.cancelled() => None,
        crash = live(shared, environment, &directory) => Some(crash),
    };
    let _ = tokio::fs::remove_dir_all(&directory).await;
    crash
}

async fn live(shared: &Arc<Shared>, environment: &Arc<Environment>, directory: &Path) -> Crash {
    let function = &environment.function;
    let Some(work) = environment.first_work() else { return unreachable_end() };
    let package = match shared.packages.get(function, &work.code).await {
        Ok(package) => package,
        Err(error) => return ("Runtime.InvalidPackage".to_owned(), error.to_string()),
    };
    drop(work);
    environment.log.show_places(Places::new(&package.root, &shared.clients_directory()));
    let (program, arguments) = match interpreter::program(shared, function, &package.root).await {
        Ok(program) => program,
        Err(crash) => return crash,
    };
    let endpoint_url = shared.endpoint_url.wait().await;
    let prepared = async {
        tokio::fs::create_dir_all(directory.join("tmp")).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok::<_, io::Error>((listener.local_addr()?, listener, Output::new()?))
    };
    let (address, listener, (output, writer)) = match prepared.await {
        Ok((address, listener, output)) => (address, listener, output),
        Err(error) => return failed_to_start(&error),
    };
    let output = Arc::new(output);
    let mut command = Command::new(&program);
    command
        .args(&arguments)
        .current_dir(&package.root)
        .env_clear()
        .env(
            "PATH",
            std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
        )
        .env("LD_LIBRARY_PATH", format!("{0}:{0}/lib", package.root.display()))
        .env("TMPDIR", directory.join("tmp"))
        .envs(environment.variables(endpoint_url))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("LAMBDA_TASK_ROOT", &package.root)
        .env("LAMBDA_RUNTIME_DIR", shared.clients_directory())
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    let api = RuntimeApi {
        shared: Arc::clone(shared),
        environment: Arc::clone(environment),
        output: Arc::clone(&output),
    };
    let serve = api.serve(listener);
    let read = output.read(&environment.log);
    let watch = watch(shared, environment, &output, command, writer);
    // The three live and die together; a stop drops them, and the process group with them.
    let crash = tokio::select! {
        crash = watch => crash,
        () = serve => unreachable_end(),
        () = read => unreachable_end(),
    };
    output.drain(&environment.log);
    crash
}

/// Starts the process and waits for its end; starts it once more when its first initialisation
/// takes too long, as Lambda does.
async fn watch(
    shared: &Shared,
    environment: &Environment,
    output: &Output,
    mut command: Command,
    writer: io::PipeWriter,
) -> Crash {
    let mut first = true;
    loop {
        let mut group = match spawn(&mut command, &writer).await {
            Ok(child) => ProcessGroup::new(child, &shared.watchdog),
            Err(error) => return refused_to_start(&command, &error),
        };
        if let Some(pid) = group.pid {
            output.watch_memory_of(pid);
        }
        let patience = async {
            if first && !environment.is_initialized() {
                tokio::select! {
                    () = tokio::time::sleep(shared.init_timeout) => {}
                    () = environment.initialized.notified() => std::future::pending().await,
                }
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            status = group.child.wait() => return match status {
                Ok(status) => exited(status),
                Err(error) => failed_to_start(&error),
            },
            () = patience => {
                group.kill();
                let _ = group.child.wait().await;
                output.drain(&environment.log);
                environment.log.init_timed_out(shared.init_timeout);
                first = false;
            }
        }
    }
}

async fn spawn(command: &mut Command, writer: &io::PipeWriter) -> io::Result<Child> {
    command.stdout(writer.try_clone()?).stderr(writer.try_clone()?);
    let mut attempts = 50;
    loop {
        match command.spawn() {
            // Another child that is just being forked still holds the file open that was unpacked a
            // moment ago, until it execs. There is no event to wait for.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts > 0 => {
                attempts -= 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            spawned => return spawned,
        }
    }
}

/// A child and all that it started: killed when this is dropped.
struct ProcessGroup<'a> {
    child: Child,
    pid: Option<u32>,
    watchdog: &'a Watchdog,
}

impl<'a> ProcessGroup<'a> {
    fn new(child: Child, watchdog: &'a Watchdog) -> Self {
        let pid = child.id();
        if let Some(pid) = pid {
            watchdog.started(pid);
        }
        Self { child, pid, watchdog }
    }

    fn kill(&self) {
        let pid = self.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It fails where nothing of the group is left, which is as well.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for ProcessGroup<'_> {
    fn drop(&mut self) {
        self.kill();
        if let Some(pid) = self.pid {
            self.watchdog.ended(pid);
        }
    }
}

/// What a process writes to its standard output and error, in one pipe so that the order stays.
pub(super) struct Output {
    receiver: pipe::Receiver,
    /// The same pipe, read past tokio's idea of its readiness: what was written before a request
    /// came in must be in the log before the request is answered.
    direct: Mutex<io::PipeReader>,
    pid: Mutex<Option<u32>>,
}

impl Output {
    fn new() -> io::Result<(Self, io::PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let direct = reader.try_clone()?;
        let receiver = pipe::Receiver::from_owned_fd(reader.into())?;
        let output = Self { receiver, direct: Mutex::new(direct), pid: Mutex::new(None) };
        Ok((output, writer))
    }

    /// Reads what comes for as long as it is polled.
    async fn read(&self, log: &Log) {
        loop {
            if self.receiver.readable().await.is_err() {
                return std::future::pending().await;
            }
            let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
            drain(&mut direct, log);
            // Clears tokio's idea of readiness, or brings the byte that came meanwhile.
            let mut byte = [0; 1];
            if let Ok(1) = self.receiver.try_read(&mut byte) {
                log.write(&byte);
            }
        }
    }

    /// Writes all that the process has written so far to the log.
    pub fn drain(&self, log: &Log) {
        drain(&mut self.direct.lock().unwrap_or_else(PoisonError::into_inner), log);
    }

    fn watch_memory_of(&self, pid: u32) {
        *self.pid.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid);
    }

    /// The most memory that the process had resident, where the system tells.
    pub fn memory_used_mib(&self) -> Option<u64> {
        let pid = (*self.pid.lock().unwrap_or_else(PoisonError::into_inner))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib.div_ceil(1024))
    }
}

fn drain(pipe: &mut io::PipeReader, log: &Log) {
    let mut buffer = [0; 8192];
    // Two pipes' worth: a process that writes without end does not hold us here.
    for _ in 0..16 {
        match pipe.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => log.write(&buffer[..read]),
        }
    }
}

fn exited(status: ExitStatus) -> Crash {
    let reason = match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => {
            let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Runtime exited with error: signal: {}{dumped}", signal_name(signal))
        }
        (None, None) => "Runtime exited with error".to_owned(),
    };
    ("Runtime.ExitError".to_owned(), reason)
}

/// As Go, in which Lambda's supervisor is written, names them.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

fn refused_to_start(command: &Command, error: &io::Error) -> Crash {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let name = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let reason = match error.raw_os_error() {
        Some(8) => "exec format error".to_owned(),
        Some(13) => "permission denied".to_owned(),
        Some(2) => "no such file or directory".to_owned(),
        _ => error.to_string(),
    };
    ("Runtime.InvalidEntrypoint".to_owned(), format!("fork/exec /var/task/{name}: {reason}"))
}

fn failed_to_start(error: &io::Error) -> Crash {
    ("Runtime.Unknown".to_owned(), format!("the execution environment could not be made: {error}"))
}

fn unreachable_end() -> Crash {
    ("Runtime.Unknown".to_owned(), "the Runtime API ended".to_owned())
}
