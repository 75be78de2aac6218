//! Environments that are processes of this host, each in a process group of its own.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cloudless_core::lambda::Deployment;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpListener;
use tokio::process::Command;

use super::Shared;
use super::api::RuntimeApi;
use super::environment::Environment;
use super::family::{Family, Held, LetGo};
use super::interpreter::Program;
use super::left_tmp::Left;
use super::limits::TASKS_OF_USER_MAX;
use super::log::InitFailure;
use super::output::Output;
use super::package::{Package, PackageError};
use super::places::Places;
use super::sight::{Belongings, Sight};
use super::{cleaning, hot_reload, interpreter};
use crate::platform::{self, Group};

/// Why an environment ended by itself: AWS's error type, and the reason for people.
pub(super) type Crash = (String, String);

/// How an environment's process ended.
#[derive(Default)]
pub(super) struct End {
    /// Why, where it ended by itself.
    pub crash: Option<Crash>,
    pub memory_used_mib: Option<u64>,
}

/// Runs an environment's process until it ends or is stopped. All that it wrote is in the log then.
pub(super) async fn run(shared: &Arc<Shared>, environment: &Arc<Environment>) -> End {
    // A number of its own: what an earlier one left behind may not be removable.
    let name = format!("{}-{:08x}", environment.id, rand::random::<u32>());
    let directory = shared.environments_directory().join(name);
    let (end, sight) = live(shared, environment, &directory).await;
    // Lambda resets such an environment and begins again in it: its /tmp stays.
    if (end.crash.is_some() || environment.has_timed_out())
        && let Some(sight) = sight
    {
        let (function, tmp) = (&environment.function, directory.join("tmp"));
        shared.left_tmp.keep(function, sight, tmp, &shared.work_dir).await;
    }
    let _ = tokio::task::spawn_blocking(move || cleaning::remove_dir_all(&directory)).await;
    end
}

async fn live(
    shared: &Arc<Shared>,
    environment: &Arc<Environment>,
    directory: &Path,
) -> (End, Option<Sight>) {
    let prepared = tokio::select! {
        biased;
        () = environment.stop.cancelled() => return (End::default(), None),
        prepared = prepare(shared, environment, directory) => prepared,
    };
    let mut prepared = match prepared {
        Ok(prepared) => prepared,
        Err(crash) => return (End { crash: Some(crash), memory_used_mib: None }, None),
    };
    let output = Arc::clone(&prepared.output);
    let let_go = LetGo::default();
    let crash = loop {
        let stopped = async {
            environment.stop.cancelled().await;
            output.look_at_memory();
            let reason = if environment.has_timed_out() { "timeout" } else { "spindown" };
            environment.extensions.shut_down(reason).await;
        };
        let ended = tokio::select! {
            biased;
            () = stopped => Ended::Stopped,
            ended = attempt(shared, environment, &mut prepared, &let_go) => ended,
        };
        output.look_at_memory();
        let_go.end().await;
        output.drain(&environment.log);
        match ended {
            Ended::Stopped => break None,
            Ended::Again => {}
            Ended::Refused(crash) => break Some(crash),
            Ended::Exited(crash) => {
                let failure = InitFailure::Failed { error_type: &crash.0 };
                let Some(work) = environment.init_again(failure) else { break Some(crash) };
                shared.began(&work.id);
            }
        }
    };
    (End { crash, memory_used_mib: output.last_memory_used_mib() }, Some(prepared.sight))
}

/// What an environment's process is started with.
struct Prepared {
    command: Command,
    output: Arc<Output>,
    writer: io::PipeWriter,
    /// The programs of external extensions, as they see themselves.
    extensions: Vec<PathBuf>,
    sight: Sight,
    /// The script that starts the runtime, where it is on this host.
    wrapper: Option<PathBuf>,
    /// Holds the code and the layers for as long as they are used.
    _packages: (Arc<Package>, Option<Arc<Package>>),
}

async fn prepare(
    shared: &Arc<Shared>,
    environment: &Arc<Environment>,
    directory: &Path,
) -> Result<Prepared, Crash> {
    let function = &environment.function;
    let Some(work) = environment.first_work() else { return Err(unreachable_end()) };
    let package = shared.packages.get(function, &work.code).await;
    let package = package.map_err(invalid_package)?;
    if let Some(folder) = shared.packages.folder_of(function) {
        // Before anything of it is read: what is saved from here on is another code.
        let seen = tokio::task::spawn_blocking(move || hot_reload::fingerprint(&folder)).await;
        if let Ok(seen) = seen {
            let _ = environment.folder.set(seen);
        }
    }
    let layers = shared.packages.layers(function, &work.code).await.map_err(invalid_package)?;
    drop(work);
    let opt = layers.as_ref().map(|layers| layers.root.as_path());
    let program = interpreter::of_host(shared, environment).await?;
    let looked = look(shared, environment, directory, &package, layers.as_ref(), program).await?;
    let Looked { program, sight, places, extensions } = looked;
    environment.log.show_places(places);
    let (root, opt_seen) = (sight.seen(&package.root), opt.map(|opt| sight.seen(opt)));
    let clients = sight.seen(&shared.clients_directory());
    let path = sight.seen(&program.path);
    let arguments = program.arguments(&clients, opt_seen.as_deref());
    let wrapper = exec_wrapper(function, &package.root, opt);
    let (path, arguments) = match &wrapper {
        Some(wrapper) => (sight.seen(wrapper), [vec![path.into_os_string()], arguments].concat()),
        None => (path, arguments),
    };
    let endpoint_url = shared.endpoint_url.wait().await;
    let (output, writer) = Output::new().map_err(|it| failed_to_start(&it))?;
    let mut command = Command::new(&path);
    command
        .args(&arguments)
        .current_dir(&root)
        .env_clear()
        .envs(platform::variables(&root, sight.temporary(), opt_seen.as_deref()))
        .envs(environment.variables(endpoint_url))
        .envs(interpreter::variables_of_layers(function, opt_seen.as_deref()))
        // A cache beside the code could be mistaken for newer than what is saved right after it.
        .envs(environment.folder.get().map(|_| ("PYTHONDONTWRITEBYTECODE", "1")))
        .env("LAMBDA_TASK_ROOT", &root)
        .env("LAMBDA_RUNTIME_DIR", &clients)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Group::prepare(&mut command);
    let output = Arc::new(output);
    let _packages = (package, layers);
    Ok(Prepared { command, output, writer, extensions, sight, wrapper, _packages })
}

/// What is found on the disk of this host.
struct Looked {
    program: Program,
    sight: Sight,
    places: Places,
    /// As they see themselves.
    extensions: Vec<PathBuf>,
}

/// Looks at the disk, and makes what the environment sees of it, beside whatever else goes on.
async fn look(
    shared: &Arc<Shared>,
    environment: &Environment,
    directory: &Path,
    package: &Arc<Package>,
    layers: Option<&Arc<Package>>,
    program: Option<Program>,
) -> Result<Looked, Crash> {
    let function = Arc::clone(&environment.function);
    let directory = directory.to_owned();
    let (shared, package) = (Arc::clone(shared), Arc::clone(package));
    let layers = layers.cloned();
    let look = move || {
        let opt = layers.as_ref().map(|layers| layers.root.as_path());
        let program = program.map_or_else(|| interpreter::bootstrap(&package.root, opt), Ok)?;
        let tmp = directory.join("tmp");
        fs::create_dir_all(&directory).map_err(|it| failed_to_start(&it))?;
        let sight = match shared.left_tmp.take(&function, &tmp) {
            Some(Left::Sight(sight)) => sight,
            left => {
                if left.is_none() {
                    fs::create_dir(&tmp).map_err(|it| failed_to_start(&it))?;
                }
                let (task_root, needs) = (package.root.as_path(), program.needs());
                let belongings = Belongings { task_root, opt, tmp: &tmp, needs: &needs };
                shared.sights.of(&function, &belongings)
            }
        };
        let places = match sight.is_as_on_aws() {
            true => Places::default(),
            false => Places::new(&package.root, &shared.clients_directory(), opt),
        };
        let extensions = opt.map(external_extensions).unwrap_or_default();
        let extensions = extensions.iter().map(|program| sight.seen(program)).collect();
        Ok(Looked { program, sight, places, extensions })
    };
    let looked = tokio::task::spawn_blocking(look).await.map_err(io::Error::other);
    looked.unwrap_or_else(|error| Err(failed_to_start(&error)))
}

/// The executable files of a layer's `extensions`, in the order of their names.
fn external_extensions(opt: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(opt.join("extensions")).into_iter().flatten().flatten();
    let mut programs: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            fs::metadata(path).is_ok_and(|it| it.is_file() && platform::is_executable(&it))
        })
        .collect();
    programs.sort();
    programs
}

fn name_of(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn invalid_package(error: PackageError) -> Crash {
    ("Runtime.InvalidPackage".to_owned(), error.to_string())
}

/// The script that starts a managed runtime's own program, where the function names one. An OS-only
/// runtime starts its bootstrap itself.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper>
fn exec_wrapper(function: &Deployment, root: &Path, opt: Option<&Path>) -> Option<PathBuf> {
    let wrapper = function.environment.get("AWS_LAMBDA_EXEC_WRAPPER")?;
    if wrapper.is_empty() || function.runtime.starts_with("provided") {
        return None;
    }
    // Where the function's code and its layers are, on AWS.
    let wrapper = Path::new(wrapper);
    if let Ok(relative) = wrapper.strip_prefix("/var/task") {
        return Some(root.join(relative));
    }
    Some(match (wrapper.strip_prefix("/opt"), opt) {
        (Ok(relative), Some(opt)) => opt.join(relative),
        _ => root.join(wrapper),
    })
}

/// How an attempt to run the process ended.
enum Ended {
    /// From outside.
    Stopped,
    /// Its initialisation failed, and is to begin again.
    Again,
    /// It could not be started.
    Refused(Crash),
    /// By itself.
    Exited(Crash),
}

/// Runs the process, with a Runtime API of its own: nothing that an earlier one still says is heard.
async fn attempt(
    shared: &Arc<Shared>,
    environment: &Arc<Environment>,
    prepared: &mut Prepared,
    let_go: &LetGo,
) -> Ended {
    let Prepared { command, output, writer, extensions, sight, wrapper, .. } = prepared;
    let start = Start { shared, environment, sight, writer, let_go };
    environment.extensions.start(extensions.iter().map(|program| name_of(program)).collect());
    let bound = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok::<_, io::Error>((listener.local_addr()?, listener))
    };
    let (address, listener) = match bound.await {
        Ok(bound) => bound,
        Err(error) => return Ended::Refused(failed_to_start(&error)),
    };
    command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
    let of_runtime = command.as_std().get_envs();
    let variables: Vec<_> = of_runtime
        .filter(|_| !extensions.is_empty())
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let api = RuntimeApi {
        shared: Arc::clone(shared),
        environment: Arc::clone(environment),
        output: Arc::clone(output),
    };
    // They live and die together; a stop drops them, and lets the processes go.
    tokio::select! {
        biased;
        () = environment.init_again.notified() => Ended::Again,
        () = api.serve(listener) => Ended::Exited(unreachable_end()),
        () = output.read(&environment.log) => Ended::Exited(unreachable_end()),
        ended = init_phase_over(shared, environment) => ended,
        excess = output.outgrows(environment, sight) => {
            if let Some(note) = excess.note(&environment.function) {
                environment.log.note(&note);
            }
            Ended::Exited(out_of_memory())
        }
        crash = run_extensions(environment, extensions, &variables, &start) => {
            Ended::Exited(crash)
        }
        ended = watch(environment, output, command, wrapper.as_deref(), &start) => ended,
    }
}

/// Returns when the first initialisation has taken too long.
async fn init_phase_over(shared: &Shared, environment: &Environment) -> Ended {
    if environment.is_in_init_phase() {
        tokio::select! {
            () = tokio::time::sleep(shared.init_timeout_of(environment)) => {}
            () = environment.initialized.notified() => std::future::pending().await,
        }
        if let Some(work) = environment.init_again(InitFailure::TimedOut) {
            shared.began(&work.id);
            return Ended::Again;
        }
        if environment.is_in_init_phase() {
            let reason = "the environment was not ready in time".to_owned();
            return Ended::Exited(("Sandbox.Timedout".to_owned(), reason));
        }
    }
    std::future::pending().await
}

/// Starts the process and waits for its end.
async fn watch(
    environment: &Environment,
    output: &Output,
    command: &mut Command,
    wrapper: Option<&Path>,
    start: &Start<'_>,
) -> Ended {
    environment.extensions.registered().await;
    if let Some(crash) = wrapper.and_then(|wrapper| missing_wrapper(environment, wrapper)) {
        return Ended::Exited(crash);
    }
    let mut family = match start.spawn(command).await {
        Ok(family) => family,
        Err(error) => return Ended::Refused(refused_to_start(command, &error)),
    };
    if let Some(pid) = family.pid() {
        // Where /tmp is full by itself, that is what a function is to hear of.
        let room_mib = u64::from(start.sight.growing().is_none());
        let storage_mib = u64::from(environment.function.ephemeral_storage_mib);
        platform::limit(pid, storage_mib + room_mib, TASKS_OF_USER_MAX);
        output.watch_memory_of(pid);
    }
    match family.ended().await {
        Ok(status) if is_unnoticed(environment, status) => {
            tracing::warn!(
                function = %environment.function.arn.name,
                "the function's process died of a segmentation fault; as on AWS, its invocation ends \
                 when its time is over"
            );
            std::future::pending().await
        }
        Ok(status) => Ended::Exited(exited(status)),
        Err(error) => Ended::Refused(failed_to_start(&error)),
    }
}

/// Runs the external extensions for as long as the runtime runs; returns where one of them ends too early.
async fn run_extensions(
    environment: &Environment,
    extensions: &[PathBuf],
    variables: &[(OsString, OsString)],
    start: &Start<'_>,
) -> Crash {
    let mut running = FuturesUnordered::new();
    for program in extensions {
        let mut command = Command::new(program);
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        Group::prepare(&mut command);
        match start.spawn(&mut command).await {
            Ok(mut family) => running.push(async move { family.ended().await }),
            Err(error) => {
                let (_, reason) = refused_to_start(&command, &error);
                return (
                    "Extension.LaunchError".to_owned(),
                    reason.replace("/var/task", "/opt/extensions"),
                );
            }
        }
    }
    loop {
        let ended = tokio::select! {
            error_type = environment.failed_by_extension() => {
                return (error_type, "an extension cannot go on".to_owned());
            }
            Some(ended) = running.next() => ended,
        };
        if !environment.extensions.ended() {
            let reason = ended.map_or_else(|error| error.to_string(), |status| exited(status).1);
            return (
                "Extension.Crash".to_owned(),
                reason.replace("Runtime exited", "Extension exited"),
            );
        }
    }
}

/// Whether AWS does not notice that a managed runtime died: a segmentation fault within an invocation, or
/// in an initialisation that is a part of one, on Amazon Linux 2023. What waits for it waits until its time
/// is over.
fn is_unnoticed(environment: &Environment, status: ExitStatus) -> bool {
    let runtime = environment.function.runtime.as_str();
    let number =
        |name: &str| runtime.strip_prefix(name)?.trim_end_matches(".x").parse::<u32>().ok();
    let is_on_2023 = number("python3.").is_some_and(|minor| minor >= 12)
        || number("nodejs").is_some_and(|major| major >= 20);
    let is_in_invocation = environment.idle_since().is_none() && !environment.is_in_init_phase();
    is_on_2023 && platform::is_segmentation_fault(status) && is_in_invocation
}

/// What the bootstrap of AWS's runtimes says and does about a wrapper that cannot run.
fn missing_wrapper(environment: &Environment, script: &Path) -> Option<Crash> {
    let wrapper = environment.function.environment.get("AWS_LAMBDA_EXEC_WRAPPER")?;
    let (problem, code) = match fs::metadata(script) {
        Ok(found) if found.is_file() && platform::is_executable(&found) => return None,
        Ok(found) if found.is_file() => ("is not an executable", 126),
        _ => ("does not exist", 127),
    };
    environment.log.write(format!("{wrapper}: {problem}\n").as_bytes());
    let reason = format!("Runtime exited with error: exit status {code}");
    Some(("Runtime.ExitError".to_owned(), reason))
}

/// How the processes of an environment are started.
struct Start<'a> {
    shared: &'a Arc<Shared>,
    environment: &'a Arc<Environment>,
    sight: &'a Sight,
    writer: &'a io::PipeWriter,
    let_go: &'a LetGo,
}

impl<'a> Start<'a> {
    async fn spawn(&self, command: &mut Command) -> io::Result<Held<'a>> {
        command.stdout(self.writer.try_clone()?).stderr(self.writer.try_clone()?);
        let mut attempts = 50;
        loop {
            match self.sight.spawn(command) {
                // Another child that is just being forked still holds the file open that was unpacked a
                // moment ago, until it execs. There is no event to wait for.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempts > 0 => {
                    attempts -= 1;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                spawned => {
                    let family = Family::new(spawned?, self.sight, self.shared, self.environment);
                    return Ok(Held::new(family, self.let_go));
                }
            }
        }
    }
}

/// What AWS says of an environment that had more memory than it may, whose kernel ends it.
fn out_of_memory() -> Crash {
    let reason = "Runtime exited with error: signal: killed".to_owned();
    ("Runtime.ExitError".to_owned(), reason)
}

fn exited(status: ExitStatus) -> Crash {
    let reason = match (status.code(), platform::ended_by_signal(status)) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => format!("Runtime exited with error: signal: {signal}"),
        (None, None) => "Runtime exited with error".to_owned(),
    };
    ("Runtime.ExitError".to_owned(), reason)
}

fn refused_to_start(command: &Command, error: &io::Error) -> Crash {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let name = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let reason = platform::why_not_started(error).map_or_else(|| error.to_string(), str::to_owned);
    ("Runtime.InvalidEntrypoint".to_owned(), format!("fork/exec /var/task/{name}: {reason}"))
}

fn failed_to_start(error: &io::Error) -> Crash {
    ("Runtime.Unknown".to_owned(), format!("the execution environment could not be made: {error}"))
}

fn unreachable_end() -> Crash {
    ("Runtime.Unknown".to_owned(), "the Runtime API ended".to_owned())
}
