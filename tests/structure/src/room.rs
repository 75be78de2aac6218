//! The rooms: the packages of the workspace, and the floor on which each is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::Part;

/// What stands on what: a floor may know those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// What watches the whole.
    Tests,
    /// What lives on the cloud.
    Shop,
    /// The emulator.
    Cloudless,
    /// The World.
    Core,
    /// A room a service.
    Services,
    /// What all services stand on.
    Kernel,
}

impl Floor {
    /// From the top to the lowest.
    pub const ALL: [Self; 6] =
        [Self::Tests, Self::Shop, Self::Cloudless, Self::Core, Self::Services, Self::Kernel];
}

/// A package.
#[derive(Debug, Clone)]
pub struct Room {
    /// As its manifest names it.
    pub name: String,
    /// As sources name it.
    pub crate_name: String,
    /// Where it is, below the root of the workspace.
    pub folder: String,
    /// Where it stands.
    pub floor: Floor,
    /// The roots of its library and its programs, below the root of the workspace, each with the name of
    /// its part.
    pub(crate) roots: Vec<(String, String)>,
}

impl Room {
    /// Whether a part of it is a program beside its library.
    #[must_use]
    pub fn is_program(&self, part: &str) -> bool {
        part != Part::ROOT && self.roots.iter().any(|(_, root)| root == part)
    }
}

/// All packages with sources by where they are, on a floor from left to right; but for the services, of
/// which a new one needs no line here.
const ROOMS: [(&str, Floor); 11] = [
    ("tests", Floor::Tests),
    ("emulator/testcontainers", Floor::Tests),
    ("tests/bench", Floor::Tests),
    ("tests/structure", Floor::Tests),
    ("shop", Floor::Shop),
    ("lambdas", Floor::Shop),
    ("lambdas/imaging", Floor::Shop),
    ("emulator", Floor::Cloudless),
    ("emulator/balancer", Floor::Cloudless),
    ("emulator/core", Floor::Core),
    ("emulator/kernel", Floor::Kernel),
];

const SERVICES: &str = "emulator/services";

/// The rooms of the workspace at this directory, from the top floor to the lowest.
pub(crate) fn all(root: &Path) -> Result<Vec<Room>> {
    let mut rooms = Vec::new();
    let listed = ROOMS.into_iter().map(|(folder, floor)| (folder.to_owned(), floor));
    let listed = listed.filter(|(folder, _)| root.join(folder).join("src").is_dir());
    let services = names_in(&root.join(SERVICES))?;
    let services = services.into_iter().map(|name| (format!("{SERVICES}/{name}"), Floor::Services));
    for (folder, floor) in listed.chain(services) {
        rooms.push(read(root, folder, floor)?);
    }
    ensure!(!rooms.is_empty(), "no packages in {}", root.display());
    rooms.sort_by_key(|room| room.floor);
    Ok(rooms)
}

fn read(root: &Path, folder: String, floor: Floor) -> Result<Room> {
    let manifest = root.join(&folder).join("Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let named = text.lines().find_map(|line| line.strip_prefix("name = \""));
    let name = named.and_then(|rest| rest.strip_suffix('"')).context("a package has no name")?;
    // The workspace calls some packages by a shorter name.
    let short = name
        .strip_prefix("cloudless-")
        .filter(|short| matches!(floor, Floor::Services | Floor::Kernel) && !short.is_empty());
    let crate_name = short.unwrap_or(name).replace('-', "_");
    // A program without a library is what its modules are in.
    let has_library = root.join(&folder).join("src/lib.rs").is_file();
    let main = if has_library { "main" } else { Part::ROOT };
    let mut roots = vec![("src/lib.rs".to_owned(), Part::ROOT.to_owned())];
    roots.push(("src/main.rs".to_owned(), main.to_owned()));
    for program in names_in(&root.join(&folder).join("src/bin"))? {
        roots.push((format!("src/bin/{program}"), program.trim_end_matches(".rs").to_owned()));
    }
    let roots = roots.into_iter().map(|(path, part)| (format!("{folder}/{path}"), part));
    let roots: Vec<_> = roots.filter(|(path, _)| root.join(path).is_file()).collect();
    ensure!(!roots.is_empty(), "{folder} has neither a library nor a program");
    Ok(Room { name: name.to_owned(), crate_name, folder, floor, roots })
}

/// What is in a directory, in the order of names; nothing where there is none.
fn names_in(directory: &PathBuf) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if directory.is_dir() {
        for entry in fs::read_dir(directory)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
