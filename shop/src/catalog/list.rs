use std::sync::OnceLock;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{product::Product, queries};
use crate::{
    App,
    accounts::Visitor,
    db::{Value, args},
    error::{Error, Result},
    page::{self, Layout, Pager, SamePage},
    query::Query,
    search::Search,
};

/// Products on one page.
const PAGE_SIZE: i64 = 24;

/// A part of the list, as all visitors see it.
#[derive(Debug)]
pub struct List {
    title: String,
    search: String,
    /// What stands between the page's head and its foot.
    main: String,
    /// The whole page of those of whom nothing is known.
    for_strangers: OnceLock<SamePage>,
}

#[derive(Template)]
#[template(path = "catalog/list.html")]
struct ListPage<'a> {
    layout: Layout,
    list: &'a List,
}

#[derive(Template)]
#[template(path = "catalog/shelf.html")]
struct Shelf<'a> {
    categories: Vec<Category>,
    products: Vec<Product>,
    category: Option<&'a Category>,
    search: &'a str,
    total: i64,
    pager: Pager,
}

#[derive(Clone)]
struct Category {
    name: String,
    slug: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    category: String,
    q: String,
    page: Option<String>,
}

/// `GET /`: all products, those of a category, or those a search finds.
pub async fn list(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let search = Search::parse(&query.q);
    let page = Pager::parse(query.page.as_deref());
    // What can be searched for has no end, so what a search finds is not kept.
    let find = List::find(&app, &search, &query.category, page);
    let list = match search.is_empty() {
        true => app.lists.current(&app.db, &query.category, page, find).await?,
        false => find.await?.into(),
    };
    if !visitor.is_stranger() {
        return page::html(&ListPage { layout: Layout::new(&app, &visitor), list: &list });
    }
    Ok(list.for_strangers(&app)?.to(&headers))
}

impl List {
    async fn find(app: &App, search: &Search, category: &str, page: i64) -> Result<Self> {
        let mut args = search.patterns().map(Value::from).to_vec();
        args.extend(args![category, PAGE_SIZE, (page - 1) * PAGE_SIZE]);
        let search = search.shown();
        let (mut categories, mut products, mut total) = (Vec::new(), Vec::new(), 0);
        for row in app.db.rows(queries::LIST, args).await? {
            if row.get::<i32>("kind")? == 0 {
                let (name, slug) = (row.get("name")?, row.get("slug")?);
                categories.push(Category { name, slug });
            } else {
                total = row.get("total")?;
                products.push(Product::of(&row, app)?);
            }
        }
        let shown = categories.iter().find(|shelf| shelf.slug == category).cloned();
        // A category that does not exist, or a page past the end.
        if (shown.is_none() && !category.is_empty()) || (products.is_empty() && page > 1) {
            return Err(Error::NotFound);
        }
        let title = match &shown {
            Some(category) => category.name.clone(),
            None if !search.is_empty() => format!("Search: {search}"),
            None => "All products".to_owned(),
        };
        let filters = [("category", category), ("q", &search)];
        let shelf = Shelf {
            pager: Pager::new(page, PAGE_SIZE, total, "/", &filters),
            categories,
            products,
            category: shown.as_ref(),
            search: &search,
            total,
        };
        let main = shelf.render()?;
        Ok(Self { title, search, main, for_strangers: OnceLock::new() })
    }

    fn for_strangers(&self, app: &App) -> Result<&SamePage> {
        if let Some(page) = self.for_strangers.get() {
            return Ok(page);
        }
        // Nobody's forms: a page for all must not have a token of anybody.
        let layout = Layout::new(app, &Visitor::stranger());
        let page = SamePage::new(ListPage { layout, list: self }.render()?);
        Ok(self.for_strangers.get_or_init(|| page))
    }
}
