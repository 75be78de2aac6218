//! How long functions are.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ItemImpl, ItemMod, ItemTrait, Signature, TraitItemFn, Type};

use crate::mention::is_of_tests;

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// With its type in front: `Builder::start`.
    pub name: String,
    /// In which line of its file it begins.
    pub line: usize,
    /// From its signature to the end of its body.
    pub lines: usize,
}

/// The functions of a file that are not in tests.
pub(crate) fn functions(file: &syn::File) -> Vec<Function> {
    let mut found = Functions::default();
    found.visit_file(file);
    found.found
}

#[derive(Default)]
struct Functions {
    found: Vec<Function>,
    /// The type or trait whose functions come.
    of: Option<String>,
}

impl Functions {
    fn take(&mut self, signature: &Signature, body: &Block) {
        let line = signature.span().start().line;
        let lines = body.span().end().line + 1 - line;
        let name = match &self.of {
            Some(of) => format!("{of}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        self.found.push(Function { name, line, lines });
    }

    fn within(&mut self, of: Option<String>, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.of, of);
        visit(self);
        self.of = before;
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of = match &*item.self_ty {
            Type::Path(of) => of.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        self.within(of, |this| visit::visit_item_impl(this, item));
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.within(Some(item.ident.to_string()), |this| visit::visit_item_trait(this, item));
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_of_tests(&item.attrs) {
            self.take(&item.sig, &item.block);
            self.within(None, |this| visit::visit_item_fn(this, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_of_tests(&item.attrs) {
            self.take(&item.sig, &item.block);
            self.within(None, |this| visit::visit_impl_item_fn(this, item));
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.take(&item.sig, body);
        }
    }
}
