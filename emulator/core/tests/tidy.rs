//! What is absent from the core, and stays so.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by stopping")]

use std::fs;
use std::path::{Path, PathBuf};

const SERVICES: [&str; 4] = ["s3", "sqs", "lambda", "sts"];

/// The files that may name more than one service: the World, and what it is told, asks for and keeps.
const MEETING_PLACES: [&str; 7] =
    ["world.rs", "world/checks.rs", "record.rs", "context.rs", "input.rs", "step.rs", "lib.rs"];

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
    /// Below `src/`.
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

    fn service(&self) -> Option<&'static str> {
        SERVICES.into_iter().find(|service| self.path.starts_with(&format!("{service}/")))
    }
}

/// Every source file of the core that is not a test.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                open.push(path);
            } else if !name.split('/').any(|part| part == "tests" || part == "tests.rs") {
                sources.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.iter().any(|source| source.path == "world.rs"), "no sources were found");
    sources
}

/// The services that a line of code names by path: `crate::sqs::Sqs`, `use crate::{lambda, s3}`,
/// `super::super::s3`.
fn named(line: &str) -> Vec<&'static str> {
    // The rows and limits of a service are data of a shared catalogue, not the service.
    let line = line
        .replace("error::", "error#")
        .replace("error#sqs", "")
        .replace("error#s3", "")
        .replace("error#lambda", "")
        .replace("error#sts", "")
        .replace("limits::sqs", "")
        .replace("limits::s3", "")
        .replace("limits::lambda", "")
        .replace("limits::sts", "");
    let group = line.strip_prefix("use crate::{").unwrap_or_default();
    let names = |service: &&str| {
        line.contains(&format!("crate::{service}::"))
            || line.contains(&format!("crate::{service};"))
            || line.contains(&format!("super::super::{service}"))
            || group
                .split([',', '}', ' ', ';'])
                .any(|word| word == *service || word.starts_with(&format!("{service}::")))
    };
    SERVICES.into_iter().filter(names).collect()
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_service_never_names_another() {
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(own) = source.service() else { continue };
        for (number, line) in source.code() {
            for other in named(line).into_iter().filter(|other| *other != own) {
                complaints.push(format!(
                    "{}:{number} names {other}. A service says what happened (cx.announce); world.rs decides who hears it.",
                    source.path
                ));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn only_the_world_knows_more_than_one_service() {
    let mut complaints = Vec::new();
    for source in sources() {
        if source.service().is_some() || MEETING_PLACES.contains(&source.path.as_str()) {
            continue;
        }
        for (number, line) in source.code() {
            if let Some(service) = named(line).first() {
                complaints.push(format!(
                    "{}:{number} names {service}. What all services share must not know any.",
                    source.path
                ));
            }
        }
    }
    complain(&complaints);
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

/// The checks above see what they look for.
#[test]
fn names_are_found_in_every_form() {
    assert_eq!(named("use crate::sqs::Sqs;"), ["sqs"]);
    assert_eq!(named("use crate::{lambda, s3};"), ["s3", "lambda"]);
    assert_eq!(named("let due = crate::sqs::Due::Queue(arn);"), ["sqs"]);
    assert_eq!(named("use crate::error::{self, ApiError};"), [""; 0]);
    assert_eq!(named("use crate::error::lambda as refuse;"), [""; 0]);
    assert_eq!(named("use crate::limits::sqs::DELETE_AND_PURGE_S;"), [""; 0]);
    assert_eq!(named("use super::super::s3::Bucket;"), ["s3"]);
}
