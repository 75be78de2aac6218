//! Nothing outlives the emulator, not even when it is killed.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::platform::Namespace;

/// Keeps the groups that it is told of, and kills them when its input ends: that happens also when
/// the process that holds the other end is killed and can do nothing any more. What left its group
/// is known by its mount namespace and by the marker in its environment, where the system shows them.
const SCRIPT: &str = r#"
groups=
while read -r what group marker namespace; do
    case $what in
    started) groups="$groups $group:$marker:$namespace" ;;
    ended)
        rest=
        for other in $groups; do
            [ "$other" = "$group:$marker:$namespace" ] || rest="$rest $other"
        done
        groups=$rest
        ;;
    esac
done
[ -n "$groups" ] || exit 0
markers= namespaces= leaders=' '
for group in $groups; do
    leader=${group%%:*} rest=${group#*:}
    markers="$markers -e ${rest%%:*}"
    # While it is there, and starts no others, the number of its namespace is given to no other.
    if kill -s STOP -- "-$leader" 2> /dev/null; then
        leaders="$leaders$leader "
        [ -z "${rest#*:}" ] || namespaces="$namespaces -e mnt:[${rest#*:}]"
    fi
done
for look in 1 2 3; do
    {
        grep -lsaF $markers /proc/[0-9]*/environ
        [ -z "$namespaces" ] || ls -l /proc/[0-9]*/ns/mnt | grep -F $namespaces
    } 2> /dev/null | sed -n 's|.*/proc/\([0-9]*\)/.*|\1|p' | while read -r pid; do
        case $leaders in
        *" $pid "*) ;;
        *) kill -s KILL "$pid" 2> /dev/null ;;
        esac
    done
done
for leader in $leaders; do
    kill -s KILL -- "-$leader" 2> /dev/null
done
"#;

/// A shell beside the emulator that kills the processes of functions which it leaves behind.
#[derive(Default)]
pub(crate) struct Watchdog {
    state: Mutex<State>,
}

#[derive(Default)]
enum State {
    /// There was no process to watch yet.
    #[default]
    Asleep,
    Watching(Child),
    /// It could not be started or is gone: that was said once.
    Absent,
}

impl Watchdog {
    /// A process group has started; `marker` is in its environment, and in no other; its namespace is its own.
    pub fn started(&self, group: u32, marker: &str, namespace: Option<Namespace>) {
        self.tell("started", group, marker, namespace);
    }

    /// A process group has ended.
    pub fn ended(&self, group: u32, marker: &str, namespace: Option<Namespace>) {
        self.tell("ended", group, marker, namespace);
    }

    fn tell(&self, what: &str, group: u32, marker: &str, namespace: Option<Namespace>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Asleep = *state {
            *state = match start() {
                Ok(child) => State::Watching(child),
                Err(error) => absent(&error),
            };
        }
        let State::Watching(child) = &mut *state else { return };
        let Some(input) = &mut child.stdin else { return };
        let namespace = namespace.map(|it| it.to_string()).unwrap_or_default();
        // In one piece.
        let told = format!("{what} {group} {marker} {namespace}\n");
        if let Err(error) = input.write_all(told.as_bytes()) {
            let _ = child.wait();
            *state = absent(&error);
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::Watching(child) = state {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

fn start() -> io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", SCRIPT])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A group of its own: what interrupts the emulator from the terminal spares it.
        .process_group(0)
        .spawn()
}

fn absent(error: &io::Error) -> State {
    tracing::warn!(
        "functions that are in the middle of their work outlive the emulator if it is killed: \
         /bin/sh does not watch over them: {error}"
    );
    State::Absent
}
