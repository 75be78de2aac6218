//! `use` trees.

use syn::{Ident, UseTree};

/// The segments of a path.
pub(crate) type Name = Vec<String>;

/// A leaf of a `use` tree.
pub(crate) struct Import {
    pub(crate) path: Name,
    /// Not that of a glob and of `as _`.
    pub(crate) known_as: Option<String>,
    pub(crate) is_glob: bool,
}

/// The leaves of a `use` tree.
pub(crate) fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn collect(tree: &UseTree, before: &mut Name, found: &mut Vec<Import>) {
    let with = |before: &Name, ident: &Ident| {
        let mut path = before.clone();
        // `use a::b::{self}` imports b.
        if before.is_empty() || ident != "self" {
            path.push(ident.to_string());
        }
        path
    };
    match tree {
        UseTree::Path(tree) => {
            before.push(tree.ident.to_string());
            collect(&tree.tree, before, found);
            before.pop();
        }
        UseTree::Name(tree) => {
            let path = with(before, &tree.ident);
            let known_as = path.last().cloned();
            found.push(Import { path, known_as, is_glob: false });
        }
        UseTree::Rename(tree) => {
            let known_as = (tree.rename != "_").then(|| tree.rename.to_string());
            found.push(Import { path: with(before, &tree.ident), known_as, is_glob: false });
        }
        UseTree::Glob(_) => {
            found.push(Import { path: before.clone(), known_as: None, is_glob: true });
        }
        UseTree::Group(tree) => {
            for tree in &tree.items {
                collect(tree, before, found);
            }
        }
    }
}
