//! What is absent from the core, and stays so.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that are values, below `emulator/`: the World, what services stand on, each service.
fn pure() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let services = services().into_iter().map(|service| format!("services/{service}"));
    let pure: Vec<String> =
        ["core", "kernel"].into_iter().map(str::to_owned).chain(services).collect();
    assert!(pure.iter().all(|it| root.join(it).join("Cargo.toml").is_file()), "{pure:?}");
    pure
}

fn services() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("services");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut services: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    services.sort();
    services
}

/// Nothing of these is in a World: they come in as values.
const ABSENT: [&str; 9] = [
    "SystemTime",
    "std::time::Instant",
    "Instant::now",
    "std::thread",
    "async fn",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::env",
];

const LINES_MAX: usize = 600;

/// Longer than [`LINES_MAX`] for a reason: the file, its limit, the reason.
const LONG: &[(&str, usize, &str)] = &[];

struct Source {
    /// Below `emulator/`.
    path: String,
    text: String,
}

impl Source {
    /// The lines of code, by number: without comments, and without tests at the end of the file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let untested = self.text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        let numbered = untested.enumerate().map(|(at, line)| (at + 1, line.trim()));
        numbered.filter(|(_, line)| !line.starts_with("//"))
    }
}

/// Every source file of the pure crates that is not a test.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    let mut open: Vec<PathBuf> = pure().iter().map(|it| root.join(it).join("src")).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path().canonicalize().unwrap();
            let name = path.strip_prefix(root.canonicalize().unwrap()).unwrap();
            let name = name.to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                open.push(path);
            } else if !name.split('/').any(|part| part == "tests" || part == "tests.rs") {
                sources.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        sources.iter().any(|source| source.path == "core/src/world.rs"),
        "no sources were found"
    );
    sources
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_core_has_no_clock_thread_file_or_socket() {
    let mut complaints = Vec::new();
    for source in sources() {
        for (number, line) in source.code() {
            for absent in ABSENT.into_iter().filter(|absent| line.contains(absent)) {
                complaints.push(format!(
                    "{}:{number} has {absent}. Time, randomness and I/O come in as values.",
                    source.path
                ));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn files_have_one_subject_and_are_short() {
    let mut complaints = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let allowed = LONG.iter().find(|(path, ..)| *path == source.path);
        let most = allowed.map_or(LINES_MAX, |(_, most, _)| *most);
        if lines > most {
            complaints.push(format!(
                "{} has {lines} lines, {most} at most: a file grows a neighbour when it grows a second subject.",
                source.path
            ));
        }
        if allowed.is_some() && lines <= LINES_MAX {
            complaints.push(format!("{} is short again: take it off the list.", source.path));
        }
    }
    complain(&complaints);
}

/// A service stands on the kernel, the kernel on nothing of ours: the compiler holds the rest.
#[test]
fn arrows_between_crates_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let services = services();
    let mut ours = services.clone();
    ours.extend(["kernel", "cloudless-core", "cloudless"].map(str::to_owned));
    for folder in pure() {
        let manifest = fs::read_to_string(root.join(&folder).join("Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let (dependencies, tests) =
            dependencies.split_once("[dev-dependencies]").unwrap_or((dependencies, ""));
        let named = |text: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
            let mut named: Vec<String> = lines.map(str::to_owned).collect();
            named.retain(|name| ours.contains(name));
            named.sort();
            named
        };
        let mut below = match folder.as_str() {
            "core" => services.clone(),
            _ => Vec::new(),
        };
        if folder != "kernel" {
            below.push("kernel".to_owned());
        }
        below.sort();
        assert_eq!(named(dependencies), below, "{folder}");
        assert!(named(tests).is_empty(), "{folder} tests with more than it may know");
    }
}
