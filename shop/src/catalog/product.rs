use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{picture::Picture, queries};
use crate::{
    App,
    accounts::Visitor,
    db::{Row, args},
    error::{Error, Result},
    money::Cents,
    page::{self, Layout},
    path::Path,
};

/// The most of one product that one order can have.
pub const QUANTITY_MAX: i64 = 99;

/// A product as its pages show it.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: i64,
    pub name: String,
    pub slug: String,
    pub description: String,
    pub category_name: String,
    pub category_slug: String,
    pub price: Cents,
    pub stock: i64,
    pub available: bool,
    pub picture: Picture,
}

impl Product {
    pub(crate) fn of(row: &Row, app: &App) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            slug: row.get("slug")?,
            description: row.get("description")?,
            category_name: row.get("category_name")?,
            category_slug: row.get("category_slug")?,
            price: Cents(row.get("price")?),
            stock: row.get("stock")?,
            available: row.get("available")?,
            picture: Picture::of(row, app)?,
        })
    }

    pub async fn find(app: &App, id: i64) -> Result<Option<Self>> {
        let row = app.db.row(queries::PRODUCT, args![id]).await?;
        row.map(|row| Self::of(&row, app)).transpose()
    }

    pub fn path(&self) -> String {
        format!("/products/{}/{}", self.id, self.slug)
    }

    pub fn is_sold_out(&self) -> bool {
        self.stock == 0 || !self.available
    }

    /// What is not for sale is seen by managers only.
    fn is_hidden_from(&self, visitor: &Visitor) -> bool {
        !self.available && !visitor.user().is_some_and(|user| user.is_staff)
    }

    /// The most of it that one order can have.
    pub fn quantity_max(&self) -> i64 {
        self.stock.min(QUANTITY_MAX)
    }
}

#[derive(Template)]
#[template(path = "catalog/product.html")]
struct ProductPage {
    layout: Layout,
    product: Product,
}

/// `GET /products/{id}/{slug}`
pub async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((id, slug)): Path<(i64, String)>,
) -> Result<Response> {
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    if product.is_hidden_from(&visitor) {
        return Err(Error::NotFound);
    }
    if product.slug != slug {
        // Renamed since the link was made.
        return Ok(Redirect::permanent(&product.path()).into_response());
    }
    let layout = Layout::new(&app, &visitor);
    page::html(&ProductPage { layout, product })
}

/// `GET /products/{id}/{slug}/image`: the picture alone, for the script that waits for it.
pub async fn image_fragment(
    State(app): State<App>,
    visitor: Visitor,
    Path((id, _slug)): Path<(i64, String)>,
) -> Result<Response> {
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    if product.is_hidden_from(&visitor) {
        return Err(Error::NotFound);
    }
    page::html(&Fragment { product })
}

#[derive(Template)]
#[template(path = "catalog/image.html")]
struct Fragment {
    product: Product,
}
