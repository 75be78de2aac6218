use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::queries;
use crate::{
    App,
    accounts::{Staff, Visitor},
    catalog::Product,
    db::{Value, args},
    error::Result,
    page::{self, Layout, Pager},
    query::Query,
    search::Search,
};

const PAGE_SIZE: i64 = 50;

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
    let search = Search::parse(&query.q);
    let page = Pager::parse(query.page.as_deref());
    let mut args = search.patterns().map(Value::from).to_vec();
    args.extend(args![PAGE_SIZE, (page - 1) * PAGE_SIZE]);
    let search = search.shown();
    let rows = app.db.rows(queries::LIST, args).await?;
    let total = rows.first().map_or(Ok(0), |row| row.get("total"))?;
    let products = rows.iter().map(|row| Product::of(row, &app));
    page::html(&ListPage {
        layout: Layout::new(&app, &visitor),
        products: products.collect::<Result<_>>()?,
        pager: Pager::new(page, PAGE_SIZE, total, "/manager", &[("q", &search)]),
        search,
        total,
    })
}
