//! The process of one instance, from its start to its end.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use cloudless_core::ec2::fleet::{Launch, Report};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, oneshot};

use super::program::{Program, on_own_address, user_data};
use super::{Fleet, Running, here, metadata_server, place, usage};
use crate::platform::{self, Group};

/// How much of what an instance writes is remembered, as AWS does.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-console.html>
const CONSOLE_BYTES_MAX: usize = 64 * 1024;
/// What is in an instance's environment of this process's own.
const INHERITED: [&str; 8] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SYSTEMROOT", "TEMP"];
/// In the environment of an instance's process and all that it starts: whose it is.
const MARKER: &str = "CLOUDLESS_INSTANCE";

/// The last of what an instance wrote.
#[derive(Debug, Clone, Default)]
pub(super) struct Console(Arc<Mutex<VecDeque<u8>>>);

impl Console {
    pub fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn write(&self, line: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(line);
        let over = kept.len().saturating_sub(CONSOLE_BYTES_MAX);
        kept.drain(..over);
    }

    /// Keeps what comes, line by line, and passes it to the log.
    async fn read(self, from: impl AsyncRead + Unpin, instance_id: String) {
        let mut lines = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(1..) = lines.read_until(b'\n', &mut line).await {
            self.write(&line);
            let text = String::from_utf8_lossy(&line);
            tracing::debug!(instance = %instance_id, "{}", text.trim_end());
            line.clear();
        }
    }
}

/// Runs an instance until it ends, and says how.
///
/// # Errors
/// It could not be started.
pub(super) async fn run(
    fleet: &Arc<Fleet>,
    launch: Launch,
    program: &Program,
) -> Result<String, String> {
    let instance_id = launch.instance_id.clone();
    let address = here(launch.private_ip);
    let mut places = BTreeMap::new();
    let mut place_of = |port| *places.entry(port).or_insert_with(|| place(address, port));
    let metadata = metadata_server::serve(fleet, launch.clone()).await;
    let metadata = metadata.map_err(|error| format!("no metadata can be served: {error}"))?;
    let marker = format!("{instance_id}-{:016x}", rand::random::<u64>());
    let mut command = command(fleet, &launch, program, &mut place_of, metadata.address);
    command.env(MARKER, &marker);
    let mut child = command.spawn().map_err(|error| {
        let (program, _) = program.command();
        format!("{program} cannot be started: {error}")
    })?;
    let group = Group::of(&child);
    let pid = child.id();
    if let Some(pid) = pid {
        fleet.watchdog.started(pid, &marker, None);
    }
    let console = Console::default();
    read(&mut child, &console, &instance_id);
    let (stop, stopped) = oneshot::channel();
    let kill = Arc::new(Notify::new());
    let killed = Arc::clone(&kill);
    let running = Running {
        places,
        address,
        vcpus: launch.vcpus,
        memory_mib: launch.memory_mib,
        group: pid,
        stop: Some(stop),
        kill,
        seen: usage::Seen::default(),
        carried: (0, 0),
        console,
    };
    fleet.add(&instance_id, running);
    fleet.tell(Report::Started { instance_id });
    fleet.sample();
    let how = until_end(fleet, &mut child, &group, &marker, (stopped, &killed)).await;
    if let Some(pid) = pid {
        fleet.watchdog.ended(pid, &marker, None);
    }
    Ok(how)
}

/// Waits for the end, which somebody may ask for. Nothing that it started is left then.
async fn until_end(
    fleet: &Fleet,
    child: &mut Child,
    group: &Group,
    marker: &str,
    (stopped, killed): (oneshot::Receiver<()>, &Notify),
) -> String {
    let ended = tokio::select! {
        ended = child.wait() => Some(ended),
        () = killed.notified() => None,
        asked = stopped => match asked {
            Ok(()) => {
                group.ask_to_end();
                tokio::time::timeout(fleet.config.stop_patience, child.wait()).await.ok()
            }
            // Whoever could ask is gone, and so is the fleet.
            Err(_) => None,
        },
    };
    group.kill(child, marker, None);
    let _ = child.start_kill();
    let ended = match ended {
        Some(ended) => ended,
        None => child.wait().await,
    };
    ended.map_or_else(|error| error.to_string(), said)
}

fn said(status: ExitStatus) -> String {
    match platform::ended_by_signal(status) {
        Some(signal) => format!("signal: {signal}"),
        None => status.to_string(),
    }
}

fn command(
    fleet: &Fleet,
    launch: &Launch,
    program: &Program,
    place_of: &mut dyn FnMut(u16) -> SocketAddr,
    metadata: SocketAddr,
) -> Command {
    let (name, arguments) = program.command();
    let mut command = Command::new(name);
    command.args(arguments.iter().map(|argument| on_own_address(argument, place_of)));
    command.env_clear();
    let inherited = INHERITED.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.envs(inherited);
    command.envs(&fleet.config.variables);
    let own = [
        ("AWS_ENDPOINT_URL", fleet.around.endpoint_url()),
        ("AWS_REGION", launch.region.to_string()),
        ("AWS_DEFAULT_REGION", launch.region.to_string()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{metadata}")),
    ];
    command.envs(own);
    let user_data = user_data(&launch.user_data);
    if !user_data.not_run.is_empty() {
        let lines = user_data.not_run.len();
        tracing::info!(instance = %launch.instance_id, lines, "user data is taken for its assignments; the rest is not run");
    }
    for (name, value) in &user_data.variables {
        command.env(name, on_own_address(value, place_of));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    Group::prepare(&mut command);
    command
}

fn read(child: &mut Child, console: &Console, instance_id: &str) {
    if let Some(output) = child.stdout.take() {
        tokio::spawn(console.clone().read(output, instance_id.to_owned()));
    }
    if let Some(output) = child.stderr.take() {
        tokio::spawn(console.clone().read(output, instance_id.to_owned()));
    }
}
