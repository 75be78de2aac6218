//! The modules of all packages, as their `mod` declarations lead to them.

use std::fs;
use std::ops::Index;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use syn::{Item, ItemMod};

use crate::function::{Function, functions};
use crate::mention::{Mention, is_of_tests, mentions};
use crate::room::Room;
use crate::scope::{ModuleId, Scope};

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) parent: Option<ModuleId>,
    /// Where its room stands among all.
    pub(crate) room: usize,
    /// Where its file stands among all.
    pub(crate) file: usize,
    /// The name of its part.
    pub(crate) part: String,
    pub(crate) scope: Scope,
    pub(crate) mentions: Vec<Mention>,
}

#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) room: usize,
    /// Below the root of the workspace.
    pub(crate) path: String,
    pub(crate) lines: usize,
    pub(crate) functions: Vec<Function>,
}

/// The modules of all packages: a tree a library, a tree a program.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    pub(crate) files: Vec<SourceFile>,
    modules: Vec<Module>,
    /// The root of each library, with the name by which others call it.
    pub(crate) libraries: Vec<(String, ModuleId)>,
}

impl Index<ModuleId> for Forest {
    type Output = Module;

    fn index(&self, id: ModuleId) -> &Module {
        &self.modules[id.0]
    }
}

/// Where the files of a module's children are, below the root of the workspace.
struct Place<'a> {
    root: &'a Path,
    file: String,
    children: String,
}

impl Forest {
    pub(crate) fn read(root: &Path, rooms: &[Room]) -> Result<Self> {
        let mut forest = Self::default();
        for (at, room) in rooms.iter().enumerate() {
            for (file, part) in &room.roots {
                let (children, _) = file.rsplit_once('/').context("a root is in no folder")?;
                let place = Place { root, file: file.clone(), children: children.to_owned() };
                let id = forest.file(&place, at, None, part)?;
                if part == crate::Part::ROOT {
                    forest.libraries.push((room.crate_name.clone(), id));
                }
            }
        }
        Ok(forest)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..self.modules.len()).map(ModuleId)
    }

    /// The root of the tree that a module is in.
    pub(crate) fn root(&self, mut id: ModuleId) -> ModuleId {
        while let Some(parent) = self[id].parent {
            id = parent;
        }
        id
    }

    fn file(
        &mut self,
        place: &Place<'_>,
        room: usize,
        parent: Option<ModuleId>,
        part: &str,
    ) -> Result<ModuleId> {
        let text = fs::read_to_string(place.root.join(&place.file));
        let text = text.with_context(|| place.file.clone())?;
        let parsed = syn::parse_file(&text).with_context(|| place.file.clone())?;
        self.files.push(SourceFile {
            room,
            path: place.file.clone(),
            lines: text.lines().count(),
            functions: functions(&parsed),
        });
        let file = self.files.len() - 1;
        self.module(place, &parsed.items, Module::empty(room, file, parent, part))
    }

    fn module(&mut self, place: &Place<'_>, items: &[Item], module: Module) -> Result<ModuleId> {
        let id = ModuleId(self.modules.len());
        self.modules.push(module);
        for item in items {
            if let Item::Mod(declared) = item {
                if !is_of_tests(&declared.attrs) {
                    let child = self.child(place, declared, id)?;
                    self.modules[id.0].scope.children.insert(declared.ident.to_string(), child);
                }
                continue;
            }
            let module = &mut self.modules[id.0];
            module.mentions.extend(mentions(item));
            module.scope.take(item);
            // An exported macro is known by the name of the package alone.
            if let Item::Macro(item) = item
                && let Some(name) = &item.ident
                && item.attrs.iter().any(|it| it.path().is_ident("macro_export"))
            {
                let root = self.root(id);
                self.modules[root.0].scope.children.entry(name.to_string()).or_insert(id);
            }
        }
        Ok(id)
    }

    /// A module that is declared in `parent`: its own file, or what stands in braces.
    fn child(
        &mut self,
        place: &Place<'_>,
        declared: &ItemMod,
        parent: ModuleId,
    ) -> Result<ModuleId> {
        let name = declared.ident.to_string();
        let Module { room, file, ref part, parent: above, .. } = self[parent];
        let is_program = part != crate::Part::ROOT;
        let part = if above.is_none() && !is_program { name.clone() } else { part.clone() };
        let children = format!("{}/{name}", place.children);
        if let Some((_, items)) = &declared.content {
            let place = Place { root: place.root, file: place.file.clone(), children };
            return self.module(&place, items, Module::empty(room, file, Some(parent), &part));
        }
        for file in [format!("{children}.rs"), format!("{children}/mod.rs")] {
            if place.root.join(&file).is_file() {
                let place = Place { root: place.root, file, children };
                return self.file(&place, room, Some(parent), &part);
            }
        }
        bail!("{}: `mod {name}` has no file", place.file)
    }
}

impl Module {
    fn empty(room: usize, file: usize, parent: Option<ModuleId>, part: &str) -> Self {
        let (scope, mentions) = (Scope::default(), Vec::new());
        Self { parent, room, file, part: part.to_owned(), scope, mentions }
    }
}
