//! What is absent from the sources, and stays so.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;
use std::sync::LazyLock;

use structure::{Floor, House};

/// Nothing of these is in a World: they come in as values.
const ABSENT: [&str; 10] = [
    "async",
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

/// A file that is longer for a reason: its path, its limit, the reason.
const LONG_FILES: &[(&str, usize, &str)] = &[];

/// A function that is longer for a reason: its file, its name, its limit, the reason.
const LONG_FUNCTIONS: &[(&str, &str, usize, &str)] = &[];

/// The packages that are values: the World, what services stand on, each service.
fn pure(house: &House) -> impl Iterator<Item = &structure::Room> {
    house.rooms.iter().filter(|room| room.floor >= Floor::Core)
}

fn house() -> &'static House {
    static HOUSE: LazyLock<House> = LazyLock::new(|| House::here().unwrap());
    &HOUSE
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_core_has_no_clock_thread_file_or_socket() {
    let house = house();
    let pure: Vec<&str> = pure(house).map(|room| &*room.name).collect();
    assert!(pure.contains(&"cloudless-core") && pure.contains(&"cloudless-kernel"), "{pure:?}");
    let mut complaints = Vec::new();
    for mention in house.foreign.iter().filter(|mention| pure.contains(&&*mention.room)) {
        let is_it = |absent: &&str| match mention.path.strip_prefix(absent) {
            Some(rest) => rest.is_empty() || rest.starts_with("::"),
            None => false,
        };
        if let Some(absent) = ABSENT.iter().find(|absent| is_it(absent)) {
            complaints.push(format!(
                "{}:{} has {absent}. Time, randomness and I/O come in as values.",
                mention.file, mention.line
            ));
        }
    }
    complain(&complaints);
}

#[test]
fn files_have_one_subject_and_are_short() {
    let mut complaints = Vec::new();
    for file in &house().files {
        let allowed = LONG_FILES.iter().find(|(path, ..)| *path == file.path);
        let most = allowed.map_or(FILE_LINES_MAX, |(_, most, _)| *most);
        let (path, lines) = (&file.path, file.lines);
        if lines > most {
            complaints.push(format!(
                "{path} has {lines} lines, {most} at most: a file grows a neighbour when it grows a second subject."
            ));
        }
        if allowed.is_some() && lines <= FILE_LINES_MAX {
            complaints.push(format!("{path} is short again: take it off the list."));
        }
    }
    complain(&complaints);
}

#[test]
fn functions_do_one_thing_and_are_short() {
    let mut complaints = Vec::new();
    for file in &house().files {
        for function in &file.functions {
            let (path, name, lines) = (&file.path, &function.name, function.lines);
            let is_it = |of: &str, called: &str| of == path && called == name;
            let allowed = LONG_FUNCTIONS.iter().find(|(of, called, ..)| is_it(of, called));
            let most = allowed.map_or(FUNCTION_LINES_MAX, |(_, _, most, _)| *most);
            if lines > most {
                complaints.push(format!(
                    "{path}:{} {name} has {lines} lines, {most} at most: a part of it has a name of its own.",
                    function.line
                ));
            }
            if allowed.is_some() && lines <= FUNCTION_LINES_MAX {
                complaints.push(format!("{path}: {name} is short again: take it off the list."));
            }
        }
    }
    complain(&complaints);
}

/// A service stands on the kernel, the kernel on nothing of ours: the compiler holds the rest.
#[test]
fn manifests_point_down() {
    let house = house();
    let ours: Vec<&str> = house.rooms.iter().map(|room| &*room.crate_name).collect();
    let services = house.rooms.iter().filter(|room| room.floor == Floor::Services);
    let services: Vec<&str> = services.map(|room| &*room.crate_name).collect();
    for room in pure(house) {
        let manifest = House::root().join(&room.folder).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let (dependencies, tests) =
            dependencies.split_once("[dev-dependencies]").unwrap_or((dependencies, ""));
        let named = |text: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
            let mut named: Vec<String> = lines.map(|name| name.replace('-', "_")).collect();
            named.retain(|name| ours.contains(&&**name));
            named.sort();
            named
        };
        let mut below = match room.floor {
            Floor::Core => services.clone(),
            _ => Vec::new(),
        };
        if room.floor != Floor::Kernel {
            below.push("kernel");
        }
        below.sort_unstable();
        assert_eq!(named(dependencies), below, "{}", room.name);
        assert!(named(tests).is_empty(), "{} tests with more than it may know", room.name);
    }
}
