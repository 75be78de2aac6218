//! The names that a module gives: what it defines, what it imports.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Ident, Item};

use crate::import::{Name, imports};

/// Where a module stands among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModuleId(pub(crate) usize);

/// The names in a module.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) children: BTreeMap<String, ModuleId>,
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: BTreeMap<String, Name>,
    pub(crate) globs: Vec<Name>,
}

impl Scope {
    /// Takes in an item that is no module.
    pub(crate) fn take(&mut self, item: &Item) {
        match item {
            Item::Use(item) => {
                for import in imports(&item.tree) {
                    match import.known_as {
                        Some(known_as) => _ = self.imports.insert(known_as, import.path),
                        None if import.is_glob => self.globs.push(import.path),
                        None => {}
                    }
                }
            }
            other => self.items.extend(defined(other).map(ToString::to_string)),
        }
    }
}

fn defined(item: &Item) -> Option<&Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    })
}
