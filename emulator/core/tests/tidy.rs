//! What is absent from the core, and stays so.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that are values, from this one's folder.
const PURE: [&str; 6] = [
    ".",
    "../kernel",
    "../services/lambda",
    "../services/s3",
    "../services/sqs",
    "../services/sts",
];

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
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = own.parent().unwrap();
    let mut sources = Vec::new();
    let mut open: Vec<PathBuf> = PURE.iter().map(|it| own.join(it).join("src")).collect();
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
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = ["kernel", "lambda", "s3", "sqs", "sts", "cloudless-core", "cloudless"];
    let mut seen = String::new();
    for folder in PURE {
        let manifest = fs::read_to_string(own.join(folder).join("Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let (dependencies, tests) = dependencies.split_once("[dev-dependencies]").unwrap();
        let named = |text: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
            lines.filter(|name| ours.contains(name)).map(str::to_owned).collect()
        };
        assert!(named(tests).is_empty(), "{folder} tests with more than it may know");
        let name = folder.rsplit('/').next().unwrap().replace('.', "core");
        seen += &format!("{name}: {}\n", named(dependencies).join(", "));
        seen = seen.replace(": \n", ":\n");
    }
    insta::assert_snapshot!(seen, @r"
    core: kernel, lambda, s3, sqs, sts
    kernel:
    lambda: kernel
    s3: kernel
    sqs: kernel
    sts: kernel
    ");
}
