use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{product::Product, queries};
use crate::{
    App,
    accounts::Visitor,
    db::args,
    error::{Error, Result},
    page::{self, Layout, Pager},
};

/// Products on one page.
const PAGE_SIZE: i64 = 24;
/// Characters of a search that are looked at.
const SEARCH_MAX_LEN: usize = 80;

#[derive(Template)]
#[template(path = "catalog/list.html")]
struct ListPage {
    layout: Layout,
    categories: Vec<Category>,
    products: Vec<Product>,
    category: Option<Category>,
    search: String,
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
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let search: String = query.q.trim().chars().take(SEARCH_MAX_LEN).collect();
    let page = Pager::parse(query.page.as_deref());
    let args = args![query.category.as_str(), pattern(&search), PAGE_SIZE, (page - 1) * PAGE_SIZE,];
    let (mut categories, mut products, mut total) = (Vec::new(), Vec::new(), 0);
    for row in app.db.rows(queries::LIST, args).await? {
        if row.get::<i32>("kind")? == 0 {
            let (name, slug) = (row.get("name")?, row.get("slug")?);
            categories.push(Category { name, slug });
        } else {
            total = row.get("total")?;
            products.push(Product::of(&row, &app.site)?);
        }
    }
    let category = categories.iter().find(|category| category.slug == query.category).cloned();
    // A category that does not exist, or a page past the end.
    if (category.is_none() && !query.category.is_empty()) || (products.is_empty() && page > 1) {
        return Err(Error::NotFound);
    }
    let filters = [("category", query.category.as_str()), ("q", &search)];
    page::html(&ListPage {
        layout: Layout::new(&app, &visitor),
        pager: Pager::new(page, PAGE_SIZE, total, "/", &filters),
        categories,
        products,
        category,
        search,
        total,
    })
}

/// The search as a LIKE pattern, its own wildcards taken literally.
pub fn pattern(search: &str) -> String {
    if search.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for c in search.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
