//! The page of a product, where everything of it is changed in one form.

use askama::Template;
use axum::{
    extract::{Multipart, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use serde::Deserialize;

use super::{
    check::Accepted,
    form::{Chosen, Fields, ProductForm},
    queries,
    save::{Picture, Saved, save},
};
use crate::{
    App,
    accounts::{Staff, Visitor},
    catalog::{self, Product},
    db::args,
    error::{Error, Result},
    page::{self, Layout},
    path::Path,
    query::Query,
};

const OUT_OF_REACH: &str = "The picture store cannot be reached right now, so nothing was saved. \
                            The product is as it was. Please choose the picture again and save in \
                            a moment.";
const OUT_OF_REACH_AGAIN: &str = "The picture store cannot be reached right now, so nothing was \
                                  saved. The product is as it was. Please try again in a moment.";
const CHOOSE_AGAIN: &str = "Please choose the picture again: browsers do not keep it.";
const ORIGINAL_GONE: &str =
    "The picture is no longer in the store, so nothing was saved. Please choose it again.";

#[derive(Template)]
#[template(path = "manager/product.html")]
struct ProductPage {
    layout: Layout,
    /// None while it is not saved for the first time.
    product: Option<Product>,
    categories: Vec<Category>,
    form: Fields,
    picture_error: Option<String>,
    done: Option<Done>,
}

impl ProductPage {
    fn is_chosen(&self, category: &Category) -> bool {
        self.form.category_id == Some(category.id)
    }

    /// A page that was saved just now and waits for its picture: nothing has been typed into it yet.
    fn refreshes(&self) -> bool {
        self.done.is_some() && self.product.as_ref().is_some_and(|it| it.picture.is_pending())
    }

    fn pending_limit_min(&self) -> i64 {
        catalog::PENDING_LIMIT.num_minutes()
    }
}

struct Category {
    id: i64,
    name: String,
}

/// What was just done, as the address of the page tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Created,
    CreatedWithPicture,
    Saved,
    Picture,
    Again,
}

impl Done {
    fn parse(text: &str) -> Option<Self> {
        let all =
            [Self::Created, Self::CreatedWithPicture, Self::Saved, Self::Picture, Self::Again];
        all.into_iter().find(|done| done.as_str() == text)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::CreatedWithPicture => "created-with-picture",
            Self::Saved => "saved",
            Self::Picture => "picture",
            Self::Again => "again",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Created => "The product is in the shop. It has no picture yet.",
            Self::CreatedWithPicture => "The product is in the shop, with its picture.",
            Self::Saved => "Saved.",
            Self::Picture => "Saved, with the new picture.",
            Self::Again => "Saved. The picture is being made again.",
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EditQuery {
    done: String,
}

/// `GET /manager/products/new`
pub async fn new(State(app): State<App>, visitor: Visitor, _: Staff) -> Result<Response> {
    show(&app, &visitor, None, Fields::new(), StatusCode::OK, None).await
}

/// `GET /manager/products/{id}`
pub async fn edit(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Path(id): Path<i64>,
    Query(query): Query<EditQuery>,
) -> Result<Response> {
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    let form = Fields::of(&app, &product).await?;
    page::html(&ProductPage {
        layout: Layout::new(&app, &visitor),
        categories: categories(&app).await?,
        product: Some(product),
        form,
        picture_error: None,
        done: Done::parse(&query.done),
    })
}

/// `POST /manager/products/new`
pub async fn create(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    form: Multipart,
) -> Result<Response> {
    let form = ProductForm::read(form, &visitor).await?;
    submit(app, visitor, None, form).await
}

/// `POST /manager/products/{id}`
pub async fn update(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Path(id): Path<i64>,
    form: Multipart,
) -> Result<Response> {
    let form = ProductForm::read(form, &visitor).await?;
    let product = Product::find(&app, id).await?.ok_or(Error::NotFound)?;
    submit(app, visitor, Some(product), form).await
}

/// Checks everything, says everything that is wrong, and saves when nothing is.
async fn submit(
    app: App,
    visitor: Visitor,
    product: Option<Product>,
    form: ProductForm,
) -> Result<Response> {
    let id = product.as_ref().map(|product| product.id);
    let mut fields = Fields::typed(&form)?;
    fields.check(&app, id).await?;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let picture = match (checked(&app, form.picture).await?, &product) {
        (Err(refused), _) => {
            return show(&app, &visitor, product, fields, unprocessable, Some(refused)).await;
        }
        (Ok(Some((accepted, bytes))), _) => Picture::New(accepted, bytes),
        (Ok(None), Some(product)) if form.again => again(&app, product).await?,
        (Ok(None), _) => Picture::Stays,
    };
    let (is_new, is_again) =
        (matches!(picture, Picture::New(..)), matches!(picture, Picture::Again(_)));
    let choose_again = is_new.then(|| CHOOSE_AGAIN.to_owned());
    if !fields.is_ok() {
        return show(&app, &visitor, product, fields, unprocessable, choose_again).await;
    }
    // To its end, also when the browser goes away.
    let saving = {
        let app = app.clone();
        tokio::spawn(async move { save(&app, fields, id, picture).await })
    };
    match saving.await?? {
        Saved::Done(saved_id) => {
            let done = match (id, is_new, is_again) {
                (None, false, _) => Done::Created,
                (None, true, _) => Done::CreatedWithPicture,
                (Some(_), true, _) => Done::Picture,
                (Some(_), _, true) => Done::Again,
                (Some(_), ..) => Done::Saved,
            };
            let page = format!("/manager/products/{saved_id}?done={}", done.as_str());
            Ok(Redirect::to(&page).into_response())
        }
        Saved::Refused(fields) => {
            show(&app, &visitor, product, fields, unprocessable, choose_again).await
        }
        Saved::OriginalGone(fields) => {
            let said = Some(ORIGINAL_GONE.to_owned());
            show(&app, &visitor, product, fields, unprocessable, said).await
        }
        Saved::OutOfReach(fields, error) => {
            tracing::error!(error = format!("{error:#}"), "upload failed");
            let said = if is_again { OUT_OF_REACH_AGAIN } else { OUT_OF_REACH };
            let said = Some(said.to_owned());
            let status = StatusCode::SERVICE_UNAVAILABLE;
            show(&app, &visitor, product, fields, status, said).await
        }
    }
}

/// The picture that was chosen, or what is wrong with it.
async fn checked(app: &App, chosen: Chosen) -> Result<Result<Option<(Accepted, Bytes)>, String>> {
    Ok(match chosen {
        Chosen::Nothing => Ok(None),
        Chosen::Refused(refused) => Err(refused.to_string()),
        Chosen::File(bytes) => match app.uploads.check(bytes.clone()).await? {
            Ok(accepted) => Ok(Some((accepted, bytes))),
            Err(refused) => Err(refused.to_string()),
        },
    })
}

/// The original of a product whose picture is not there yet. One that has come meanwhile stays.
async fn again(app: &App, product: &Product) -> Result<Picture> {
    if !product.picture.is_failed() {
        return Ok(Picture::Stays);
    }
    let row = app.db.row(queries::IMAGE_ORIGINAL, args![product.id]).await?;
    let key = row.map(|row| row.get::<Option<String>>("image_original")).transpose()?.flatten();
    Ok(key.map_or(Picture::Stays, Picture::Again))
}

async fn show(
    app: &App,
    visitor: &Visitor,
    product: Option<Product>,
    form: Fields,
    status: StatusCode,
    picture_error: Option<String>,
) -> Result<Response> {
    let page = ProductPage {
        layout: Layout::new(app, visitor),
        categories: categories(app).await?,
        product,
        form,
        picture_error,
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
