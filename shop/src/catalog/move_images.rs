use super::queries;
use crate::App;
use crate::db::args;

/// Where the pipeline puts what it made.
const RESIZED: &str = "/resized/";

/// Lets the products' pictures be found where the bucket is reached now: their URLs keep the key
/// and take another beginning.
pub async fn move_images(app: &App, image_base_url: &str) -> anyhow::Result<u64> {
    let mut moved = 0;
    for row in app.db().rows(queries::IMAGES, args![]).await? {
        let (id, image): (i64, String) = (row.get("id")?, row.get("image")?);
        let Some(key) = image.find(RESIZED) else { continue };
        let now_at = format!("{image_base_url}{}", &image[key..]);
        if now_at != image {
            moved += app.db().execute(queries::MOVE_IMAGE, args![now_at, id, image]).await?;
        }
    }
    Ok(moved)
}
