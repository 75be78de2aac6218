use askama::Template;
use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Address, Item, queries};
use crate::{
    App,
    accounts::{SignedIn, Visitor},
    db::args,
    error::{Error, Result},
    money::Cents,
    page::{self, Layout, Pager},
    path::Path,
    query::Query,
};

const PAGE_SIZE: i64 = 20;

#[derive(Template)]
#[template(path = "order/order.html")]
struct OrderPage {
    layout: Layout,
    id: i64,
    address: Address,
    created: DateTime<Utc>,
    total: Cents,
    items: Vec<Item>,
}

/// `GET /orders/{token}`: the confirmation. The address is the secret that opens it, so that a
/// guest can come back to it from the mail.
pub async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response> {
    let token = Uuid::try_parse(&token).map_err(|_| Error::NotFound)?;
    let row = app.db.row(queries::ORDER, args![token.to_string()]).await?.ok_or(Error::NotFound)?;
    let id: i64 = row.get("id")?;
    let mut items = Vec::new();
    for row in app.db.rows(queries::ITEMS, args![id]).await? {
        items.push(Item {
            product_id: row.get("product_id")?,
            name: row.get("name")?,
            price: Cents(row.get("price")?),
            quantity: row.get("quantity")?,
        });
    }
    page::html(&OrderPage {
        layout: Layout::new(&app, &visitor),
        id,
        address: Address {
            first_name: row.get("first_name")?,
            last_name: row.get("last_name")?,
            email: row.get("email")?,
            address: row.get("address")?,
            postal_code: row.get("postal_code")?,
            city: row.get("city")?,
        },
        created: row.get("created")?,
        total: Cents(row.get("total")?),
        items,
    })
}

#[derive(Template)]
#[template(path = "order/list.html")]
struct HistoryPage {
    layout: Layout,
    orders: Vec<Summary>,
    pager: Pager,
}

struct Summary {
    id: i64,
    token: String,
    created: DateTime<Utc>,
    total: Cents,
    things: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct HistoryQuery {
    page: Option<String>,
}

/// `GET /orders`: a customer's own orders, newest first.
pub async fn history(
    State(app): State<App>,
    visitor: Visitor,
    SignedIn(user): SignedIn,
    Query(query): Query<HistoryQuery>,
) -> Result<Response> {
    let page = Pager::parse(query.page.as_deref());
    let args = args![user.id, PAGE_SIZE, (page - 1) * PAGE_SIZE];
    let (mut orders, mut total) = (Vec::new(), 0);
    for row in app.db.rows(queries::ORDERS_OF_USER, args).await? {
        total = row.get("orders")?;
        orders.push(Summary {
            id: row.get("id")?,
            token: row.get("token")?,
            created: row.get("created")?,
            total: Cents(row.get("total")?),
            things: row.get("things")?,
        });
    }
    page::html(&HistoryPage {
        layout: Layout::new(&app, &visitor),
        orders,
        pager: Pager::new(page, PAGE_SIZE, total, "/orders", &[]),
    })
}
