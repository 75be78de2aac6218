use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{product::Product, queries};
use crate::{
    App,
    accounts::Visitor,
    db::{Value, args},
    error::{Error, Result},
    page::{self, Layout, Pager},
    query::Query,
    search::Search,
};

/// Products on one page.
const PAGE_SIZE: i64 = 24;

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
    let search = Search::parse(&query.q);
    let page = Pager::parse(query.page.as_deref());
    let mut args = search.patterns().map(Value::from).to_vec();
    args.extend(args![query.category.as_str(), PAGE_SIZE, (page - 1) * PAGE_SIZE]);
    let search = search.shown();
    let (mut categories, mut products, mut total) = (Vec::new(), Vec::new(), 0);
    for row in app.db.rows(queries::LIST, args).await? {
        if row.get::<i32>("kind")? == 0 {
            let (name, slug) = (row.get("name")?, row.get("slug")?);
            categories.push(Category { name, slug });
        } else {
            total = row.get("total")?;
            products.push(Product::of(&row, &app)?);
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
