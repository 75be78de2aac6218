//! From a name to the module that defines what it names.

use crate::import::Name;
use crate::mention::{ASYNC, Mention};
use crate::module::Forest;
use crate::scope::ModuleId;

/// Names lead on to names; a chain longer than this is a circle.
const DEPTH_MAX: usize = 16;

/// What a name leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// The module that defines it, or that it is.
    pub(crate) place: ModuleId,
    /// Whether it is that module, so that a path goes on in it.
    is_module: bool,
    /// The module of another package that was asked and has it from a third.
    door: Option<ModuleId>,
}

impl Found {
    fn module(place: ModuleId) -> Self {
        Self { place, is_module: true, door: None }
    }

    fn item(place: ModuleId) -> Self {
        Self { place, is_module: false, door: None }
    }

    /// The module that was asked.
    pub(crate) fn asked(&self) -> ModuleId {
        self.door.unwrap_or(self.place)
    }
}

impl Forest {
    /// The module that defines what is mentioned in this module; nothing if none of ours does.
    pub(crate) fn resolve(&self, from: ModuleId, mention: &Mention) -> Option<Found> {
        if mention.path.first().is_some_and(|first| first == ASYNC) {
            return None;
        }
        let search = Search { forest: self, home: self[from].room };
        let found = search.path(from, &mention.path, 0)?;
        // A single name in code is no module: it is a variable that is called like one.
        let is_variable = found.is_module && mention.path.len() == 1 && !mention.is_import;
        (!is_variable).then_some(found)
    }

    /// The path of a mention that [`Forest::resolve`] does not find, with what imports add in front.
    pub(crate) fn in_full(&self, from: ModuleId, mention: &Mention) -> Name {
        let mut path = mention.path.clone();
        for _ in 0..DEPTH_MAX {
            let import = self[from].scope.imports.get(&path[0]);
            match import {
                Some(import) if import[0] != path[0] || import.len() > 1 => {
                    path = import.iter().chain(&path[1..]).cloned().collect();
                }
                _ => break,
            }
        }
        path
    }
}

struct Search<'a> {
    forest: &'a Forest,
    /// The package from which it is looked for.
    home: usize,
}

impl Search<'_> {
    fn path(&self, from: ModuleId, path: &[String], depth: usize) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        let found = match first.as_str() {
            "crate" => Found::module(self.forest.root(from)),
            "self" => Found::module(from),
            "super" => Found::module(self.forest[from].parent?),
            name => match self.name(from, name, depth) {
                Some(found) => found,
                // `use aws_sdk_s3 as s3`
                None if self.forest[from].scope.imports.contains_key(name) => return None,
                None => self.library(name)?,
            },
        };
        Some(self.rest(found, rest, depth))
    }

    /// Goes on from what is found, as far as modules lead.
    fn rest(&self, mut found: Found, mut rest: &[String], depth: usize) -> Found {
        while let Some((name, after)) = rest.split_first() {
            if !found.is_module {
                break;
            }
            let next = match name.as_str() {
                "super" => self.forest[found.place].parent.map(Found::module),
                name => self.name(found.place, name, depth),
            };
            // What a macro makes is not seen: it is taken for the module's own.
            let next = next.unwrap_or(Found::item(found.place));
            found = Found { door: found.door.or(next.door), ..next };
            rest = after;
        }
        found
    }

    /// What a module knows by this name.
    fn name(&self, module: ModuleId, name: &str, depth: usize) -> Option<Found> {
        if depth > DEPTH_MAX {
            return None;
        }
        let scope = &self.forest[module].scope;
        if let Some(child) = scope.children.get(name) {
            return Some(Found::module(*child));
        }
        if scope.items.contains(name) {
            return Some(Found::item(module));
        }
        if let Some(path) = scope.imports.get(name) {
            // `use http::http` and the like ask for the package, not for what they import.
            let is_itself = path[0] == name;
            let found = if is_itself {
                let library = self.library(name)?;
                Some(self.rest(library, &path[1..], depth + 1))
            } else {
                self.path(module, path, depth + 1)
            };
            return found.map(|found| self.through(module, found));
        }
        scope.globs.iter().find_map(|glob| {
            let place = self.path(module, glob, depth + 1).filter(|place| place.is_module)?;
            let found = self.name(place.place, name, depth + 1)?;
            Some(self.through(module, found))
        })
    }

    /// Notes that a package other than the one that asks has it from a third.
    fn through(&self, module: ModuleId, found: Found) -> Found {
        let room = self.forest[module].room;
        let is_door = room != self.home && room != self.forest[found.place].room;
        Found { door: is_door.then_some(module).or(found.door), ..found }
    }

    fn library(&self, name: &str) -> Option<Found> {
        let libraries = &self.forest.libraries;
        libraries.iter().find(|(known_as, _)| known_as == name).map(|(_, id)| Found::module(*id))
    }
}
