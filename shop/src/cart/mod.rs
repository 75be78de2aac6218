//! The cart: kept in the database for each session.

mod queries;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    App,
    accounts::Visitor,
    catalog::{Picture, Product, QUANTITY_MAX},
    db::{Row, args},
    error::{Error, Result},
    form::{Checked, whole_number},
    money::Cents,
    page::{self, Layout},
    path::Path,
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
pub(crate) use self::queries::TAKE;

/// The most different products in one cart.
const LINES_MAX: usize = 100;

/// What a visitor wants to buy, at today's prices.
#[derive(Clone, Debug, Default)]
pub struct Cart {
    pub lines: Vec<Line>,
}

/// One product in a cart.
#[derive(Clone, Debug)]
pub struct Line {
    pub product_id: i64,
    pub name: String,
    pub path: String,
    pub picture: Picture,
    pub price: Cents,
    pub quantity: i64,
    /// What can be had now: 0 also when the product is no longer for sale.
    pub left: i64,
}

impl Cart {
    /// The cart of a visitor's session.
    pub async fn load(app: &App, visitor: &Visitor) -> Result<Self> {
        let Some(session_id) = visitor.session_id() else {
            return Ok(Self::default());
        };
        let rows = app.db.rows(queries::LINES, args![session_id]).await?;
        let lines = rows.iter().map(|row| Line::of(row, app));
        Ok(Self { lines: lines.collect::<Result<_>>()? })
    }

    pub fn total(&self) -> Cents {
        self.lines.iter().map(Line::amount).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What cannot be had any more, or not so much of it.
    pub fn has_shortage(&self) -> bool {
        self.lines.iter().any(Line::is_short)
    }
}

impl Line {
    fn of(row: &Row, app: &App) -> Result<Self> {
        let id: i64 = row.get("id")?;
        let available: bool = row.get("available")?;
        Ok(Self {
            product_id: id,
            name: row.get("name")?,
            path: format!("/products/{id}/{}", row.get::<String>("slug")?),
            picture: Picture::of(row, app)?,
            price: Cents(row.get("price")?),
            quantity: row.get("quantity")?,
            left: if available { row.get("stock")? } else { 0 },
        })
    }

    pub fn amount(&self) -> Cents {
        self.price.times(self.quantity)
    }

    pub fn is_short(&self) -> bool {
        self.quantity > self.left
    }

    pub fn quantity_max(&self) -> i64 {
        QUANTITY_MAX.min(self.left.max(1))
    }
}

#[derive(Template)]
#[template(path = "cart/cart.html")]
struct CartPage {
    layout: Layout,
    cart: Cart,
    /// A message at the line of a product.
    notes: BTreeMap<i64, String>,
}

impl CartPage {
    fn note(&self, product_id: &i64) -> Option<&String> {
        self.notes.get(product_id)
    }
}

/// `GET /cart`
pub async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response> {
    page::html(&CartPage {
        cart: Cart::load(&app, &visitor).await?,
        layout: Layout::new(&app, &visitor),
        notes: BTreeMap::new(),
    })
}

#[derive(Deserialize)]
pub struct Quantity {
    #[serde(default)]
    quantity: String,
}

impl Quantity {
    fn parse(&self) -> Result<i64, String> {
        whole_number(&self.quantity, 0..=QUANTITY_MAX)
            .ok_or_else(|| format!("Please choose a number from 0 to {QUANTITY_MAX}."))
    }
}

#[derive(Deserialize)]
pub struct Add {
    product_id: i64,
    #[serde(default = "one")]
    quantity: String,
}

fn one() -> String {
    "1".to_owned()
}

/// `POST /cart`: adds some of a product to what is there already. The cart holds at most what is
/// in stock.
pub async fn add(
    State(app): State<App>,
    visitor: Visitor,
    Checked(form): Checked<Add>,
) -> Result<Response> {
    let product = Product::find(&app, form.product_id).await?;
    let product = product.filter(|p| p.available).ok_or(Error::NotFound)?;
    let Some(quantity) = whole_number(&form.quantity, 1..=QUANTITY_MAX) else {
        let text = format!("Please choose a quantity from 1 to {QUANTITY_MAX}.");
        return Err(Error::BadRequest(text));
    };
    let cart = Cart::load(&app, &visitor).await?;
    let is_there = |line: &Line| line.product_id == product.id;
    if cart.lines.len() >= LINES_MAX && !cart.lines.iter().any(is_there) {
        let text = format!("A cart holds at most {LINES_MAX} different products.");
        return Err(Error::BadRequest(text));
    }
    if !product.is_sold_out() {
        let session_id = visitor.ensure_session(&app).await?;
        let args = args![
            session_id,
            product.id,
            quantity.min(product.quantity_max()),
            app.now(),
            product.quantity_max(),
        ];
        app.db.execute(queries::ADD, args).await?;
    }
    Ok(Redirect::to("/cart").into_response())
}

/// `POST /cart/{product_id}`: sets the quantity; 0 removes the product.
pub async fn update(
    State(app): State<App>,
    visitor: Visitor,
    Path(product_id): Path<i64>,
    Checked(form): Checked<Quantity>,
) -> Result<Response> {
    let Some(session_id) = visitor.session_id() else {
        return Ok(Redirect::to("/cart").into_response());
    };
    match form.parse() {
        Ok(0) => {
            let args = args![session_id, product_id];
            app.db.execute(queries::REMOVE, args).await?;
        }
        Ok(quantity) => {
            let args = args![quantity, session_id, product_id];
            app.db.execute(queries::SET, args).await?;
        }
        Err(message) => {
            return page::html_with_status(
                StatusCode::UNPROCESSABLE_ENTITY,
                &CartPage {
                    cart: Cart::load(&app, &visitor).await?,
                    layout: Layout::new(&app, &visitor),
                    notes: BTreeMap::from([(product_id, message)]),
                },
            );
        }
    }
    Ok(Redirect::to("/cart").into_response())
}

/// `POST /cart/{product_id}/remove`
pub async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    Path(product_id): Path<i64>,
    _: Checked<Remove>,
) -> Result<Response> {
    if let Some(session_id) = visitor.session_id() {
        let args = args![session_id, product_id];
        app.db.execute(queries::REMOVE, args).await?;
    }
    Ok(Redirect::to("/cart").into_response())
}

#[derive(Deserialize)]
pub struct Remove {}
