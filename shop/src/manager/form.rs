//! The form of a product: what was sent, and the fields that show it.

use axum::extract::{Multipart, multipart};
use bytes::{Bytes, BytesMut};

use super::{
    check::{Refused, SIZE_MAX_BYTES},
    queries,
    slug::slug,
};
use crate::{
    App,
    accounts::Visitor,
    catalog::Product,
    db::args,
    error::{Error, Result},
    form::{Field, whole_number},
    money::Cents,
    stall,
};

/// The most pieces of a product.
pub const STOCK_MAX: i64 = 1_000_000;
/// Bytes of all fields but the picture.
const TEXTS_MAX_BYTES: usize = 64 * 1024;
/// What is read of a body past the limit, and thrown away: a browser shows an answer only when
/// it has been able to send everything.
const DISCARD_MAX_BYTES: usize = 256 * 1024 * 1024;

/// The form as it was sent.
#[derive(Debug, Default)]
pub struct ProductForm {
    csrf_token: String,
    name: String,
    slug: String,
    category_id: String,
    new_category: String,
    description: String,
    price: String,
    stock: String,
    stock_before: String,
    pub available: bool,
    /// The button that has the picture's original announced once more.
    pub again: bool,
    pub picture: Chosen,
}

/// What was chosen in the field of the picture.
#[derive(Debug, Default)]
pub enum Chosen {
    #[default]
    Nothing,
    File(Bytes),
    /// A file that need not be looked at.
    Refused(Refused),
}

impl ProductForm {
    /// Reads the form as it arrives, holding at most [`SIZE_MAX_BYTES`] of the picture.
    pub async fn read(mut sent: Multipart, visitor: &Visitor) -> Result<Self> {
        let (mut form, mut left_bytes) = (Self::default(), TEXTS_MAX_BYTES);
        while let Some(mut part) = sent.next_field().await.map_err(cut_off)? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == "image" {
                form.picture = read_picture(&mut part).await?;
                continue;
            }
            let mut text = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(cut_off)? {
                left_bytes = left_bytes.checked_sub(chunk.len()).ok_or_else(|| {
                    Error::BadRequest("The form is larger than this page allows.".to_owned())
                })?;
                text.extend_from_slice(&chunk);
            }
            let text = String::from_utf8(text)
                .map_err(|_| Error::BadRequest("The form is not in UTF-8.".to_owned()))?;
            match name.as_str() {
                "csrf_token" => form.csrf_token = text,
                "name" => form.name = text,
                "slug" => form.slug = text,
                "category_id" => form.category_id = text,
                "new_category" => form.new_category = text,
                "description" => form.description = text,
                "price" => form.price = text,
                "stock" => form.stock = text,
                "stock_before" => form.stock_before = text,
                "available" => form.available = true,
                "again" => form.again = true,
                // A browser's extension may add fields of its own.
                _ => {}
            }
        }
        if visitor.owns_csrf_token(&form.csrf_token) { Ok(form) } else { Err(Error::Forged) }
    }
}

/// An empty part without a file name is how browsers say that no file was chosen.
async fn read_picture(part: &mut multipart::Field<'_>) -> Result<Chosen> {
    let is_named = part.file_name().is_some_and(|name| !name.is_empty());
    let (mut bytes, mut size) = (BytesMut::new(), 0);
    while let Some(chunk) = part.chunk().await.map_err(cut_off)? {
        size += chunk.len();
        if size <= SIZE_MAX_BYTES {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = BytesMut::new();
        }
        if size > SIZE_MAX_BYTES + DISCARD_MAX_BYTES {
            return Err(Error::BadRequest(Refused::TooLarge.to_string()));
        }
    }
    Ok(match size {
        0 if is_named => Chosen::Refused(Refused::Empty),
        0 => Chosen::Nothing,
        _ if size > SIZE_MAX_BYTES => Chosen::Refused(Refused::TooLarge),
        _ => Chosen::File(bytes.freeze()),
    })
}

fn cut_off(error: multipart::MultipartError) -> Error {
    stall::error_of(&error)
        .unwrap_or_else(|| Error::BadRequest(format!("The form was cut off: {error}.")))
}

/// The fields as the page shows them.
pub struct Fields {
    pub name: Field,
    pub slug: Field,
    pub category_id: Option<i64>,
    pub category_error: Option<&'static str>,
    pub new_category: Field,
    pub description: Field,
    pub price: Field,
    pub stock: Field,
    /// The stock when the form was made.
    pub stock_before: i64,
    pub available: bool,
}

impl Fields {
    /// Those of a product that is to be made.
    pub fn new() -> Self {
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

    /// Those of a product, as it is.
    pub async fn of(app: &App, product: &Product) -> Result<Self> {
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

    /// As they were typed, with what is wrong as far as the form alone tells.
    ///
    /// # Errors
    /// A form that no page of the shop has made.
    pub fn typed(form: &ProductForm) -> Result<Self> {
        let not_complete = || Error::BadRequest("The form is not complete.".to_owned());
        let new = Self::new();
        let mut fields = Self {
            name: new.name.typed(&form.name),
            slug: new.slug.typed(&form.slug),
            category_id: whole_number(&form.category_id, 1..=i64::MAX),
            category_error: None,
            new_category: new.new_category.typed(&form.new_category),
            description: new.description.typed(&form.description),
            price: new.price.typed(&form.price),
            stock: new.stock.typed(&form.stock),
            stock_before: whole_number(&form.stock_before, 0..=i64::MAX)
                .ok_or_else(not_complete)?,
            available: form.available,
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
        Ok(fields)
    }

    /// Says what else is wrong, as far as the database tells now.
    pub async fn check(&mut self, app: &App, product_id: Option<i64>) -> Result<()> {
        if let (Some(id), true) = (self.category_id, self.new_category.as_str().is_empty())
            && app.db.row(queries::CATEGORY_EXISTS, args![id]).await?.is_none()
        {
            self.category_id = None;
            self.category_error = Some("There is no such category any more.");
        }
        if self.slug.is_ok() {
            let row = app.db.row(queries::PRODUCT_BY_SLUG, args![self.slug.as_str()]).await?;
            let other = row.map(|row| row.get::<i64>("id")).transpose()?;
            if other.is_some() && other != product_id {
                self.refuse_taken_slug();
            }
        }
        Ok(())
    }

    pub fn refuse_taken_slug(&mut self) {
        self.slug.refuse("Another product has this address. Please choose a different one.");
    }

    pub fn price(&self) -> Option<Cents> {
        Cents::parse(self.price.as_str())
    }

    pub fn stock(&self) -> Option<i64> {
        whole_number(self.stock.as_str(), 0..=STOCK_MAX)
    }

    pub fn is_ok(&self) -> bool {
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
}
