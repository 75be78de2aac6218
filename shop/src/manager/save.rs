//! Saving a product with its picture: both, or nothing.

use bytes::Bytes;

use super::{
    check::Accepted,
    form::{Fields, STOCK_MAX},
    queries,
    slug::slug,
    upload::{announce_again, put, remember, remember_again},
};
use crate::{
    App,
    db::{Tx, Value, args, is_taken},
    error::Result,
    search,
};

/// What happens to the picture.
pub enum Picture {
    Stays,
    New(Accepted, Bytes),
    /// The original with this key is announced once more.
    Again(String),
}

/// What became of a form.
pub enum Saved {
    Done(i64),
    /// The fields say what is wrong.
    Refused(Fields),
    /// The bucket did not take the picture. Nothing has been changed.
    OutOfReach(Fields, anyhow::Error),
    /// There is no original to be announced. Nothing has been changed.
    OriginalGone(Fields),
}

/// What of the database has been written.
enum Written {
    Done { product_id: i64, new_category_id: Option<i64> },
    Refused,
}

/// Saves what was checked. Whoever sent it may be gone meanwhile: run it as a task of its own.
pub async fn save(
    app: &App,
    fields: Fields,
    product_id: Option<i64>,
    picture: Picture,
) -> Result<Saved> {
    match product_id {
        Some(id) => change(app, fields, id, picture).await,
        None => make(app, fields, picture).await,
    }
}

/// What the bucket has announced, to be remembered.
enum Announced {
    Nothing,
    New(String),
    Again(String),
}

/// The bucket first, then the row: a picture that cannot be kept changes nothing.
async fn change(app: &App, mut fields: Fields, id: i64, picture: Picture) -> Result<Saved> {
    let announced = match picture {
        Picture::Stays => Announced::Nothing,
        Picture::New(accepted, bytes) => match put(app, id, accepted, bytes).await {
            Ok(key) => Announced::New(key),
            Err(error) => return Ok(Saved::OutOfReach(fields, error)),
        },
        Picture::Again(key) => match announce_again(app, &key).await {
            Ok(true) => Announced::Again(key),
            Ok(false) => return Ok(Saved::OriginalGone(fields)),
            Err(error) => return Ok(Saved::OutOfReach(fields, error)),
        },
    };
    let mut tx = app.db.begin().await?;
    let written = write(app, &mut tx, &fields, Some(id), fields.available).await?;
    let is_written = matches!(written, Written::Done { .. });
    if !is_written {
        // Somebody took the address since it was checked. The picture is on its way already.
        tx.rollback().await?;
        tx = app.db.begin().await?;
    }
    match &announced {
        Announced::Nothing => {}
        Announced::New(key) => remember(&mut tx, app, id, key).await?,
        Announced::Again(key) => remember_again(&mut tx, app, id, key).await?,
    }
    tx.commit().await?;
    if is_written {
        return Ok(Saved::Done(id));
    }
    fields.check(app, Some(id)).await?;
    Ok(Saved::Refused(fields))
}

/// The row first, because the picture's key has the product's number; nobody sees the product until
/// the picture is in the bucket.
async fn make(app: &App, mut fields: Fields, picture: Picture) -> Result<Saved> {
    let is_shown = fields.available && !matches!(picture, Picture::New(..));
    let mut tx = app.db.begin().await?;
    let written = write(app, &mut tx, &fields, None, is_shown).await?;
    let Written::Done { product_id, new_category_id } = written else {
        tx.rollback().await?;
        fields.check(app, None).await?;
        return Ok(Saved::Refused(fields));
    };
    tx.commit().await?;
    let Picture::New(accepted, bytes) = picture else {
        return Ok(Saved::Done(product_id));
    };
    match put(app, product_id, accepted, bytes).await {
        Ok(key) => {
            let mut tx = app.db.begin().await?;
            remember(&mut tx, app, product_id, &key).await?;
            tx.execute(queries::SET_AVAILABLE, args![fields.available, product_id]).await?;
            tx.commit().await?;
            Ok(Saved::Done(product_id))
        }
        Err(error) => {
            let mut tx = app.db.begin().await?;
            tx.execute(queries::DELETE_PRODUCT_IF_HIDDEN, args![product_id]).await?;
            if let Some(id) = new_category_id {
                tx.execute(queries::DELETE_CATEGORY_IF_EMPTY, args![id]).await?;
            }
            tx.commit().await?;
            Ok(Saved::OutOfReach(fields, error))
        }
    }
}

async fn write(
    app: &App,
    tx: &mut Tx,
    fields: &Fields,
    id: Option<i64>,
    available: bool,
) -> Result<Written> {
    let (Some(price), Some(stock)) = (fields.price(), fields.stock()) else {
        return Ok(Written::Refused);
    };
    let Some((category_id, is_new)) = category(tx, fields).await? else {
        return Ok(Written::Refused);
    };
    let (name, description) = (fields.name.as_str(), fields.description.as_str());
    let mut args: Vec<Value> = args![
        category_id,
        name,
        fields.slug.as_str(),
        description,
        search::normalise(name),
        search::text_of(name, description),
        price.0,
    ];
    let written = match id {
        None => {
            args.extend(args![stock, available, app.now()]);
            let row = tx.row(queries::INSERT_PRODUCT, args).await;
            row.and_then(|row| row.ok_or(sqlx::Error::RowNotFound)?.get("id"))
        }
        Some(id) => {
            let change = stock - fields.stock_before;
            args.extend(args![change, STOCK_MAX, available, app.now(), id]);
            tx.execute(queries::UPDATE_PRODUCT, args).await.map(|_| id)
        }
    };
    match written {
        Ok(product_id) => {
            Ok(Written::Done { product_id, new_category_id: is_new.then_some(category_id) })
        }
        Err(error) if is_taken(&error) => Ok(Written::Refused),
        Err(error) => Err(error.into()),
    }
}

/// The chosen category, or the new one and whether it was made; a new one of a name that is there is
/// that one.
async fn category(tx: &mut Tx, fields: &Fields) -> Result<Option<(i64, bool)>> {
    let name = fields.new_category.as_str();
    if name.is_empty() {
        let Some(id) = fields.category_id else { return Ok(None) };
        let row = tx.row(queries::CATEGORY_EXISTS, args![id]).await?;
        return Ok(row.map(|_| (id, false)));
    }
    let slug = slug(name);
    let args = args![name, slug.as_str(), search::normalise(name)];
    let is_new = tx.execute(queries::INSERT_CATEGORY_IF_NEW, args).await? > 0;
    let row = tx.row(queries::CATEGORY_BY_SLUG, args![slug]).await?;
    Ok(row.map(|row| row.get("id")).transpose()?.map(|id| (id, is_new)))
}
