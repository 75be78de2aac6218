use axum::{
    extract::{Multipart, State, multipart::Field},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use bytes::{Bytes, BytesMut};
use uuid::Uuid;

use super::{
    check::{Refused, SIZE_MAX_BYTES},
    product, queries,
};
use crate::{
    App,
    accounts::{Staff, Visitor},
    db::args,
    error::{Error, Result},
    path::Path,
};

/// What is read of a body past the limit, and thrown away: a browser shows an answer only when
/// it has been able to send everything.
const DISCARD_MAX_BYTES: usize = 256 * 1024 * 1024;

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
    let picture = app.uploads.check(bytes.clone()).await??;
    let product = args![product_id];
    let exists = app.db.row(queries::PRODUCT_EXISTS, product).await?;
    if exists.is_none() {
        return Err(UploadError::NoSuchProduct(product_id));
    }
    let key = format!("products/{product_id}/{}.{}", Uuid::now_v7(), picture.extension);
    app.bucket.put(&key, picture.content_type, bytes).await.map_err(UploadError::OutOfReach)?;
    let args = args![&key, app.now(), product_id];
    app.db.execute(queries::SET_IMAGE_ORIGINAL, args).await?;
    tracing::info!(
        product_id,
        key,
        width = picture.width,
        height = picture.height,
        "picture uploaded",
    );
    Ok(key)
}

/// `POST /manager/products/{id}/image`: a multipart form of `csrf_token` and `image`.
pub async fn upload_form(
    State(app): State<App>,
    visitor: Visitor,
    _: Staff,
    Path(product_id): Path<i64>,
    form: Multipart,
) -> Result<Response> {
    let form = UploadForm::read(form).await?;
    if !visitor.owns_csrf_token(&form.csrf_token) {
        return Err(Error::Forged);
    }
    let uploaded = match form.image {
        Ok(bytes) => upload(&app, product_id, bytes).await,
        Err(refused) => Err(refused.into()),
    };
    let (status, message) = match uploaded {
        Ok(_) => {
            let page = format!("/manager/products/{product_id}?done=picture#picture");
            return Ok(Redirect::to(&page).into_response());
        }
        Err(UploadError::NoSuchProduct(_)) => return Err(Error::NotFound),
        Err(UploadError::Internal(error)) => return Err(error.into()),
        Err(UploadError::Refused(refused)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, refused.to_string())
        }
        Err(UploadError::OutOfReach(error)) => {
            tracing::error!(error = format!("{error:#}"), "upload failed");
            let text = "The picture store cannot be reached right now, so the picture was not \
                        saved. The product is as it was. Please try again in a moment.";
            (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
        }
    };
    product::show_with_picture_error(&app, &visitor, product_id, status, message).await
}

struct UploadForm {
    csrf_token: String,
    image: Result<Bytes, Refused>,
}

impl UploadForm {
    /// Reads the form as it arrives, holding at most [`SIZE_MAX_BYTES`] of the picture.
    async fn read(mut form: Multipart) -> Result<Self> {
        let mut read = Self { csrf_token: String::new(), image: Err(Refused::Empty) };
        let broken = |error| Error::BadRequest(format!("The upload was cut off: {error}."));
        while let Some(mut field) = form.next_field().await.map_err(broken)? {
            match field.name() {
                Some("image") => read.image = read_image(&mut field).await?,
                Some("csrf_token") => {
                    let mut token = Vec::new();
                    while let Some(chunk) = field.chunk().await.map_err(broken)? {
                        if token.len() + chunk.len() > 1024 {
                            return Err(Error::Forged);
                        }
                        token.extend_from_slice(&chunk);
                    }
                    read.csrf_token = String::from_utf8(token).map_err(|_| Error::Forged)?;
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

async fn read_image(field: &mut Field<'_>) -> Result<Result<Bytes, Refused>> {
    let broken = |error| Error::BadRequest(format!("The upload was cut off: {error}."));
    let (mut bytes, mut size) = (BytesMut::new(), 0);
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
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
        0 => Err(Refused::Empty),
        _ if size > SIZE_MAX_BYTES => Err(Refused::TooLarge),
        _ => Ok(bytes.freeze()),
    })
}
