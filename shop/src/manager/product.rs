use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::queries;
use crate::{
    App,
    accounts::{Staff, Visitor},
    catalog::Product,
    db::{Tx, args, is_taken},
    error::{Error, Result},
    form::{Checked, Field},
    money::Cents,
    page::{self, Layout},
    path::Path,
};

const STOCK_MAX: i64 = 1_000_000;

#[derive(Template)]
#[template(path = "manager/product.html")]
struct ProductPage {
    layout: Layout,
    /// None while it is not saved for the first time.
    product: Option<Product>,
    categories: Vec<Category>,
    form: Fields,
    picture_error: Option<String>,
    done: Option<&'static str>,
}

impl ProductPage {
    fn is_chosen(&self, category: &Category) -> bool {
        self.form.category_id == Some(category.id)
    }
}

struct Category {
    id: i64,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    name: String,
    slug: String,
    category_id: String,
    new_category: String,
    description: String,
    price: String,
    stock: String,
    stock_before: String,
    available: Option<String>,
}

struct Fields {
    name: Field,
    slug: Field,
    category_id: Option<i64>,
    category_error: Option<&'static str>,
    new_category: Field,
    description: Field,
    price: Field,
    stock: Field,
    /// The stock when the form was made.
    stock_before: i64,
    available: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// `GET /manager/products/new`
pub async fn new(State(app): State<App>, visitor: Visitor, _: Staff) -> Result<Response> {
    show(&app, &visitor, None, Fields::new(), StatusCode::OK).await
}

/// `GET /manager/products/{id}`
pub async fn edit(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Path(id): Path<i64>,
    Query(done): Query<Done>,
) -> Result<Response> {
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    let form = Fields::of(&app, &product).await?;
    page::html(&ProductPage {
        layout: Layout::new(&app, &visitor),
        categories: categories(&app).await?,
        product: Some(product),
        form,
        picture_error: None,
        done: match done.done.as_str() {
            "created" => Some("The product is in the shop. Give it a picture."),
            "saved" => Some("Saved."),
            "picture" => Some("The picture is uploaded."),
            _ => None,
        },
    })
}

/// The edit page with what was wrong with an upload.
pub async fn show_with_picture_error(
    app: &App,
    visitor: &Visitor,
    id: i64,
    status: StatusCode,
    message: String,
) -> Result<Response> {
    let product = Product::find(app, id).await?.ok_or(Error::NotFound)?;
    let form = Fields::of(app, &product).await?;
    let page = ProductPage {
        layout: Layout::new(app, visitor),
        categories: categories(app).await?,
        product: Some(product),
        form,
        picture_error: Some(message),
        done: None,
    };
    page::html_with_status(status, &page)
}

/// `POST /manager/products/new`
pub async fn create(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Checked(form): Checked<ProductForm>,
) -> Result<Response> {
    let mut fields = Fields::new().typed(&form);
    if let Some(id) = save(&app, &mut fields, None).await? {
        let page = format!("/manager/products/{id}?done=created");
        return Ok(Redirect::to(&page).into_response());
    }
    show(&app, &visitor, None, fields, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// `POST /manager/products/{id}`
pub async fn update(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Path(id): Path<i64>,
    Checked(form): Checked<ProductForm>,
) -> Result<Response> {
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    let mut fields = Fields::new().typed(&form);
    if save(&app, &mut fields, Some(id)).await?.is_some() {
        let page = format!("/manager/products/{id}?done=saved");
        return Ok(Redirect::to(&page).into_response());
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show(&app, &visitor, Some(product), fields, status).await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    product: Option<Product>,
    form: Fields,
    status: StatusCode,
) -> Result<Response> {
    let page = ProductPage {
        layout: Layout::new(app, visitor),
        categories: categories(app).await?,
        product,
        form,
        picture_error: None,
        done: None,
    };
    page::html_with_status(status, &page)
}

async fn categories(app: &App) -> Result<Vec<Category>> {
    let rows = app.db.rows(queries::CATEGORIES, Vec::new()).await?;
    let category = |row: &crate::Row| -> Result<Category> {
        Ok(Category { id: row.get("id")?, name: row.get("name")? })
    };
    rows.iter().map(category).collect()
}

/// Writes a new product, or the product `id`. None when a field is wrong, and then it says so.
async fn save(app: &App, fields: &mut Fields, id: Option<i64>) -> Result<Option<i64>> {
    let (Some(price), Some(stock), true) = (fields.price(), fields.stock(), fields.is_ok()) else {
        return Ok(None);
    };
    let mut tx = app.db.begin().await?;
    let Some(category_id) = fields.category(&mut tx).await? else {
        return Ok(None);
    };
    let now = app.now();
    let mut args = args![
        category_id,
        fields.name.as_str(),
        fields.slug.as_str(),
        fields.description.as_str(),
        price.0,
    ];
    let saved = match id {
        None => {
            args.extend(args![stock, fields.available, now]);
            let row = tx.row(queries::INSERT_PRODUCT, args).await;
            row.and_then(|row| row.map(|row| row.get("id")).transpose())
        }
        Some(id) => {
            let change = stock - fields.stock_before;
            args.extend(args![change, fields.available, now, id]);
            let updated = tx.execute(queries::UPDATE_PRODUCT, args).await;
            updated.map(|_| Some(id))
        }
    };
    match saved {
        Ok(id) => {
            tx.commit().await?;
            Ok(id)
        }
        Err(error) if is_taken(&error) => {
            tx.rollback().await?;
            fields.slug.refuse("Another product has this address. Please choose a different one.");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

impl Fields {
    fn new() -> Self {
        Self {
            name: Field::line("name", "Name", 200),
            slug: Field::line("slug", "Address in the shop", 200)
                .optional()
                .hint("Small letters, digits and hyphens. Made from the name when left empty."),
            category_id: None,
            category_error: None,
            new_category: Field::line("new_category", "Or a new category", 200).optional(),
            description: Field::text_area("description", "Description", 5_000).optional(),
            price: Field::line("price", "Price in euros", 12),
            stock: Field::line("stock", "Pieces in stock", 7).value("0"),
            stock_before: 0,
            available: true,
        }
    }

    async fn of(app: &App, product: &Product) -> Result<Self> {
        let row = app
            .db
            .row(queries::PRODUCT_CATEGORY, args![product.id])
            .await?
            .ok_or(Error::NotFound)?;
        let new = Self::new();
        Ok(Self {
            name: new.name.value(&product.name),
            slug: new.slug.value(&product.slug),
            category_id: Some(row.get("category_id")?),
            category_error: None,
            new_category: new.new_category,
            description: new.description.value(&product.description),
            price: new.price.value(product.price.input()),
            stock: new.stock.value(product.stock.to_string()),
            stock_before: product.stock,
            available: product.available,
        })
    }

    fn typed(self, form: &ProductForm) -> Self {
        let mut fields = Self {
            name: self.name.typed(&form.name),
            slug: self.slug.typed(&form.slug),
            category_id: form.category_id.parse().ok(),
            category_error: None,
            new_category: self.new_category.typed(&form.new_category),
            description: self.description.typed(&form.description),
            price: self.price.typed(&form.price),
            stock: self.stock.typed(&form.stock),
            stock_before: form.stock_before.parse().unwrap_or(0),
            available: form.available.is_some(),
        };
        if fields.name.is_ok() && fields.slug.as_str().is_empty() {
            fields.slug = fields.slug.value(slug(fields.name.as_str()));
        }
        if fields.slug.is_ok() && fields.slug.as_str() != slug(fields.slug.as_str()) {
            fields.slug.refuse("Please use small letters, digits and single hyphens.");
        } else if fields.slug.is_ok() && fields.name.is_ok() && fields.slug.as_str().is_empty() {
            fields.slug.refuse("Please choose an address.");
        }
        if fields.price.is_ok() && fields.price().is_none() {
            fields.price.refuse("Please write a price such as 12.50, up to 999999.99.");
        }
        if fields.stock.is_ok() && fields.stock().is_none() {
            fields.stock.refuse("Please write a whole number from 0 to 1000000.");
        }
        if fields.category_id.is_none() && fields.new_category.as_str().is_empty() {
            fields.category_error = Some("Please choose a category, or name a new one.");
        }
        if !fields.new_category.as_str().is_empty()
            && fields.new_category.is_ok()
            && slug(fields.new_category.as_str()).is_empty()
        {
            fields.new_category.refuse("Please use at least one letter or digit.");
        }
        fields
    }

    fn price(&self) -> Option<Cents> {
        Cents::parse(self.price.as_str())
    }

    fn stock(&self) -> Option<i64> {
        let stock = self.stock.as_str().parse().ok();
        stock.filter(|stock| (0..=STOCK_MAX).contains(stock))
    }

    fn is_ok(&self) -> bool {
        self.category_error.is_none()
            && [
                &self.name,
                &self.slug,
                &self.new_category,
                &self.description,
                &self.price,
                &self.stock,
            ]
            .into_iter()
            .all(Field::is_ok)
    }

    /// The chosen category, or the new one; a new one of a name that is there is that one.
    async fn category(&mut self, tx: &mut Tx) -> Result<Option<i64>> {
        let name = self.new_category.as_str();
        if name.is_empty() {
            return Ok(self.category_id);
        }
        let slug = slug(name);
        let args = args![name, slug.as_str()];
        tx.execute(queries::INSERT_CATEGORY_IF_NEW, args).await?;
        let row = tx.row(queries::CATEGORY_BY_SLUG, args![slug]).await?;
        Ok(row.map(|row| row.get("id")).transpose()?)
    }
}

/// A name as part of an address: `Crème brûlée, 2 pcs` becomes `creme-brulee-2-pcs`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match unaccented(c) {
            Some(plain) => slug.push_str(plain),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn unaccented(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ä' | 'æ' => "ae",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ß' => "ss",
        'ù' | 'ú' | 'û' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_made_of_what_an_address_can_hold() {
        assert_eq!(slug("  Crème brûlée, 2 pcs! "), "creme-brulee-2-pcs");
        assert_eq!(slug("Fön & Straße"), "foen-strasse");
        assert_eq!(slug("茶"), "");
        assert_eq!(slug("a--b_c"), "a-b-c");
    }
}
