//! How the house is built, as its sources say.
//!
//! [`House::read`] parses every source of the workspace and follows each name that a source mentions to
//! the module that defines it. What it yields are rooms (packages), the parts that stand in them (files
//! or folders directly below a package's root) and arrows: who knows whom. Tests are no part of it.
//!
//! Followed are `use` trees, paths in types, expressions, patterns and macros, and paths that attributes
//! hold as text. A name that is re-exported counts for the module that defines it; but a name of another
//! package counts for the package that was asked, even if that has it from a third.
//!
//! `just structure` draws it.
#![warn(missing_docs)]

mod circle;
pub mod drawing;
mod function;
mod import;
mod mention;
mod module;
mod resolve;
mod room;
mod scope;
mod upward;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

pub use circle::{Circle, circles, reduced};
pub use function::Function;
pub use room::{Floor, Room};
pub use upward::{UPWARD, Upward};

use module::Forest;
use scope::ModuleId;

/// The workspace, read.
pub struct House {
    /// From the top floor to the lowest, on a floor from left to right.
    pub rooms: Vec<Room>,
    /// Every file, by its path.
    pub files: Vec<File>,
    /// Every part, also those that know and are known by nobody.
    pub parts: Vec<Part>,
    /// Every arrow from one part to another, each mention for itself.
    pub arrows: Vec<Arrow>,
    /// Every mention of what is not ours.
    pub foreign: Vec<Foreign>,
}

/// A file or folder directly below the root of a package, with all that is in it; or the root itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The package, as its manifest names it.
    pub room: String,
    /// The module's name. Of the root of a library it is [`Part::ROOT`], of a program the program's.
    pub name: String,
}

impl Part {
    /// The name of a library's root, `lib.rs`.
    pub const ROOT: &'static str = "lib";

    /// Whether it is the root of a library: the module that all others of the package are in.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.name == Self::ROOT
    }
}

/// A mention in one module of what another one defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// What mentions.
    pub from: Part,
    /// What is mentioned.
    pub to: Part,
    /// The package that defines it, where the one that was asked has it from a third.
    pub behind: Option<String>,
    /// Where, below the root of the workspace.
    pub file: String,
    /// In which line of the file.
    pub line: usize,
    /// As it is written there.
    pub path: String,
}

/// A mention of what none of our packages defines, in full, such as `std::fs::read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The package that mentions it.
    pub room: String,
    /// Where, below the root of the workspace.
    pub file: String,
    /// In which line of the file.
    pub line: usize,
    /// With what the file's imports add in front; `async` for what waits.
    pub path: String,
}

/// A file of the workspace that is part of a program or a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The package that it belongs to.
    pub room: String,
    /// Below the root of the workspace.
    pub path: String,
    /// How many lines it has.
    pub lines: usize,
    /// Those that are not in tests.
    pub functions: Vec<Function>,
}

impl House {
    /// Reads the workspace at this directory.
    ///
    /// # Errors
    /// A source cannot be read or parsed, or a module has no file.
    pub fn read(root: &Path) -> Result<Self> {
        let rooms = room::all(root)?;
        let forest = Forest::read(root, &rooms)?;
        let reading = Reading { rooms: &rooms, forest: &forest };
        let (files, parts) = (reading.files(), reading.parts());
        let (arrows, foreign) = reading.mentions();
        Ok(Self { rooms, files, parts, arrows, foreign })
    }

    /// The workspace that this package is part of.
    ///
    /// # Errors
    /// As [`House::read`].
    pub fn here() -> Result<Self> {
        Self::read(&Self::root())
    }

    /// Where that workspace is.
    #[must_use]
    pub fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Which part knows which others, each once.
    #[must_use]
    pub fn known(&self) -> BTreeMap<Part, Vec<Part>> {
        let mut known: BTreeMap<Part, Vec<Part>> =
            self.parts.iter().map(|part| (part.clone(), Vec::new())).collect();
        for arrow in &self.arrows {
            let others = known.entry(arrow.from.clone()).or_default();
            if !others.contains(&arrow.to) {
                others.push(arrow.to.clone());
            }
        }
        known
    }

    /// As [`House::within`], without the arrows that are [`UPWARD`]: what is left has no circle.
    #[must_use]
    pub fn downward(&self, room: &str) -> BTreeMap<Part, Vec<Part>> {
        let mut known = self.within(room);
        for (from, others) in &mut known {
            others.retain(|to| !UPWARD.iter().any(|upward| upward.is(from, to)));
        }
        known
    }

    /// Which room knows which others, each once.
    #[must_use]
    pub fn rooms_known(&self) -> BTreeMap<Part, Vec<Part>> {
        let root = |room: &str| Part { room: room.to_owned(), name: Part::ROOT.to_owned() };
        let mut known: BTreeMap<Part, Vec<Part>> =
            self.rooms.iter().map(|room| (root(&room.name), Vec::new())).collect();
        for arrow in self.arrows.iter().filter(|arrow| arrow.from.room != arrow.to.room) {
            let others = known.entry(root(&arrow.from.room)).or_default();
            let other = root(&arrow.to.room);
            if !others.contains(&other) {
                others.push(other);
            }
        }
        known
    }

    /// Which part of one room knows which others of it, but for the root of its library. That is what all
    /// others are in: it knows them, and they know it.
    #[must_use]
    pub fn within(&self, room: &str) -> BTreeMap<Part, Vec<Part>> {
        let is_one = |part: &Part| part.room == room && !part.is_root();
        let mut known = self.known();
        known.retain(|part, _| is_one(part));
        known.values_mut().for_each(|others| others.retain(is_one));
        known
    }
}

/// The forest while a house is made of it.
struct Reading<'a> {
    rooms: &'a [Room],
    forest: &'a Forest,
}

impl Reading<'_> {
    fn files(&self) -> Vec<File> {
        let files = self.forest.files.iter().map(|file| File {
            room: self.rooms[file.room].name.clone(),
            path: file.path.clone(),
            lines: file.lines,
            functions: file.functions.clone(),
        });
        let mut files: Vec<File> = files.collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    fn parts(&self) -> Vec<Part> {
        let parts: BTreeSet<Part> = self.forest.ids().map(|id| self.part(id)).collect();
        parts.into_iter().collect()
    }

    fn mentions(&self) -> (Vec<Arrow>, Vec<Foreign>) {
        let (mut arrows, mut foreign) = (BTreeSet::new(), Vec::new());
        for id in self.forest.ids() {
            let (module, from) = (&self.forest[id], self.part(id));
            let file = &self.forest.files[module.file].path;
            for mention in &module.mentions {
                let line = mention.line;
                let Some(found) = self.forest.resolve(id, mention) else {
                    let path = self.forest.in_full(id, mention).join("::");
                    foreign.push(Foreign {
                        room: from.room.clone(),
                        file: file.clone(),
                        line,
                        path,
                    });
                    continue;
                };
                let to = self.part(found.asked());
                if from != to {
                    let defined = &self.rooms[self.forest[found.place].room].name;
                    arrows.insert(Arrow {
                        behind: (*defined != to.room).then(|| defined.clone()),
                        from: from.clone(),
                        to,
                        file: file.clone(),
                        line,
                        path: mention.path.join("::"),
                    });
                }
            }
        }
        (arrows.into_iter().collect(), foreign)
    }

    fn part(&self, id: ModuleId) -> Part {
        let module = &self.forest[id];
        Part { room: self.rooms[module.room].name.clone(), name: module.part.clone() }
    }
}
