use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::queries;
use crate::{
    App,
    accounts::{Staff, Visitor},
    catalog::{self, Product},
    db::args,
    error::Result,
    page::{self, Layout, Pager},
};

const PAGE_SIZE: i64 = 50;
const SEARCH_MAX_LEN: usize = 80;

#[derive(Template)]
#[template(path = "manager/list.html")]
struct ListPage {
    layout: Layout,
    products: Vec<Product>,
    search: String,
    total: i64,
    pager: Pager,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    page: Option<String>,
}

/// `GET /manager`: all products, also those that are not for sale.
pub async fn list(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let search: String = query.q.trim().chars().take(SEARCH_MAX_LEN).collect();
    let page = Pager::parse(query.page.as_deref());
    let args = args![catalog::pattern(&search), PAGE_SIZE, (page - 1) * PAGE_SIZE];
    let rows = app.db.rows(queries::LIST, args).await?;
    let total = rows.first().map_or(Ok(0), |row| row.get("total"))?;
    let products = rows.iter().map(|row| Product::of(row, &app.site));
    page::html(&ListPage {
        layout: Layout::new(&app, &visitor),
        products: products.collect::<Result<_>>()?,
        pager: Pager::new(page, PAGE_SIZE, total, "/manager", &[("q", &search)]),
        search,
        total,
    })
}
