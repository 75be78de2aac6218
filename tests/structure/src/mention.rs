//! What a module mentions: the paths in its code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Attribute, ExprAsync, ExprClosure, ImplItem, Item, ItemMod, ItemUse, Macro, Meta, Path,
    Signature, Stmt, Token, Visibility,
};

use crate::import::{Name, imports};

/// What stands in the place of a path for `async`.
pub(crate) const ASYNC: &str = "async";

/// A path, and where it is written.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub(crate) path: Name,
    pub(crate) line: usize,
    pub(crate) is_import: bool,
}

/// The mentions in an item that is no module.
pub(crate) fn mentions(item: &Item) -> Vec<Mention> {
    let mut seen = Seen::default();
    seen.visit_item(item);
    seen.0
}

/// Whether it is there for tests alone.
pub(crate) fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => needs_test(list.tokens.clone()),
        _ => false,
    })
}

/// `test` and `all(test, …)`, but neither `not(test)` nor `any(test, …)`.
fn needs_test(condition: TokenStream) -> bool {
    let mut is_all = false;
    condition.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            is_all = ident == "all";
            ident == "test"
        }
        TokenTree::Group(group) => is_all && needs_test(group.stream()),
        _ => false,
    })
}

#[derive(Default)]
struct Seen(Vec<Mention>);

impl Seen {
    fn mention(&mut self, path: Name, line: usize) {
        self.0.push(Mention { path, line, is_import: false });
    }

    fn waits(&mut self, token: Option<&Token![async]>) {
        if let Some(token) = token {
            self.mention(vec![ASYNC.to_owned()], token.span().start().line);
        }
    }

    /// Every path in tokens that nobody has parsed: also `a::{b, c}`, and `$crate::d`.
    fn tokens(&mut self, tokens: TokenStream, before: &Name) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(_) => at = self.path_at(&tokens, at, before),
                TokenTree::Group(group) => {
                    self.tokens(group.stream(), &Vec::new());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// The path that begins here, and where it ends.
    fn path_at(&mut self, tokens: &[TokenTree], begin: usize, before: &Name) -> usize {
        let (mut path, mut at) = (before.clone(), begin);
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            path.push(ident.to_string());
            at += 1;
            if !is_path_separator(tokens, at) {
                break;
            }
            at += 2;
            match tokens.get(at) {
                Some(TokenTree::Ident(_)) => {}
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.tokens(group.stream(), &path);
                    return at + 1;
                }
                _ => break,
            }
        }
        if path.first().is_some_and(|first| first == ASYNC) || path.len() > 1 {
            self.mention(path, tokens[begin].span().start().line);
        }
        at
    }
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_of_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !is_of_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let attributes: &[Attribute] = match statement {
            Stmt::Local(statement) => &statement.attrs,
            Stmt::Macro(statement) => &statement.attrs,
            Stmt::Item(_) | Stmt::Expr(..) => &[],
        };
        if !is_of_tests(attributes) {
            visit::visit_stmt(self, statement);
        }
    }

    /// A module has mentions of its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(super)` mentions nobody.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let line = item.span().start().line;
        for import in imports(&item.tree) {
            self.0.push(Mention { path: import.path, line, is_import: true });
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let name: Name = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(name, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        visit::visit_macro(self, called);
        self.tokens(called.tokens.clone(), &Vec::new());
    }

    /// `#[serde(with = "crate::time")]` mentions a module as text.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        let Meta::List(list) = &attribute.meta else { return };
        self.tokens(list.tokens.clone(), &Vec::new());
        for token in list.tokens.clone() {
            let TokenTree::Literal(literal) = token else { continue };
            let line = literal.span().start().line;
            let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { continue };
            let Ok(path) = syn::parse_str::<Path>(&text.value()) else { continue };
            self.mention(path.segments.iter().map(|it| it.ident.to_string()).collect(), line);
        }
    }

    fn visit_signature(&mut self, signature: &'ast Signature) {
        self.waits(signature.asyncness.as_ref());
        visit::visit_signature(self, signature);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.waits(closure.asyncness.as_ref());
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr_async(&mut self, block: &'ast ExprAsync) {
        self.waits(Some(&block.async_token));
        visit::visit_expr_async(self, block);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
