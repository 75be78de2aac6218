use bytes::Bytes;
use uuid::Uuid;

use super::{
    check::{Accepted, Refused},
    queries,
};
use crate::{
    App,
    db::{Tx, args},
};

/// Why a product did not get its new picture. It keeps the one it had.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("there is no product {0}")]
    NoSuchProduct(i64),
    #[error("the bucket cannot be reached")]
    OutOfReach(#[source] anyhow::Error),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for UploadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Checks a picture, puts it into the bucket, and only then remembers its key.
pub async fn upload(app: &App, product_id: i64, bytes: Bytes) -> Result<String, UploadError> {
    let accepted = app.uploads.check(bytes.clone()).await??;
    let product = args![product_id];
    let exists = app.db.row(queries::PRODUCT_EXISTS, product).await?;
    if exists.is_none() {
        return Err(UploadError::NoSuchProduct(product_id));
    }
    let key = put(app, product_id, accepted, bytes).await.map_err(UploadError::OutOfReach)?;
    let mut tx = app.db.begin().await?;
    remember(&mut tx, app, product_id, &key).await?;
    tx.commit().await?;
    Ok(key)
}

/// Puts a picture that was checked into the bucket. Returns its key.
pub async fn put(
    app: &App,
    product_id: i64,
    picture: Accepted,
    bytes: Bytes,
) -> anyhow::Result<String> {
    let key = format!("products/{product_id}/{}.{}", Uuid::now_v7(), picture.extension);
    app.bucket.put(&key, picture.content_type, bytes).await?;
    let (width, height) = (picture.width, picture.height);
    tracing::info!(product_id, key, width, height, "picture uploaded");
    Ok(key)
}

/// Has the bucket announce an original once more. False when it is not there.
pub async fn announce_again(app: &App, key: &str) -> anyhow::Result<bool> {
    let content_type = Accepted::content_type_of(key);
    let is_there = app.bucket.put_again(key, content_type).await?;
    tracing::info!(key, is_there, "picture announced again");
    Ok(is_there)
}

/// Remembers the key of a new original that the bucket has announced.
pub async fn remember(tx: &mut Tx, app: &App, product_id: i64, key: &str) -> sqlx::Result<()> {
    let args = args![key, app.now(), product_id];
    tx.execute(queries::SET_IMAGE_ORIGINAL, args).await.map(drop)
}

/// Remembers when an original was announced once more, where it is still the last one.
pub async fn remember_again(
    tx: &mut Tx,
    app: &App,
    product_id: i64,
    key: &str,
) -> sqlx::Result<()> {
    tx.execute(queries::SET_ANNOUNCED, args![app.now(), product_id, key]).await.map(drop)
}
