//! The sample catalogue and its pictures, built in.

use anyhow::{Context as _, Result};
use rust_embed::RustEmbed;

use crate::{App, seed};

/// The sample catalogue.
const CATALOG: &str = include_str!("../../fixtures/catalog/catalog.json");

/// Its pictures.
#[derive(RustEmbed)]
#[folder = "../fixtures/catalog/pictures"]
struct Pictures;

/// Writes the sample products and accounts that are not there yet, and uploads the pictures that
/// the products lack: those that were never uploaded, and those that an emulator has forgotten.
/// Pictures go the way of every upload.
///
/// # Errors
/// A database or a bucket that fails. Run again when the reason is gone: nothing is done twice.
pub async fn fill(app: &App, say: impl Fn(&str)) -> Result<seed::Seeded> {
    let catalog: seed::Catalog = serde_json::from_str(CATALOG)?;
    let seeded = app.seed(&catalog).await?;
    let mut missing = Vec::new();
    for product in &seeded.products {
        let Some(picture) = &product.picture else { continue };
        let is_there = match &product.image_original {
            Some(key) => app.bucket.has(key).await?,
            None => product.has_picture,
        };
        if !is_there {
            missing.push((product.id, picture));
        }
    }
    if !missing.is_empty() {
        say(&format!("uploading {} sample pictures through the pipeline …", missing.len()));
    }
    for (product_id, name) in missing {
        let picture = Pictures::get(name)
            .with_context(|| format!("the sample picture {name} is not built in"))?;
        app.upload_product_image(product_id, picture.data.into_owned())
            .await
            .with_context(|| format!("the sample picture {name}"))?;
    }
    Ok(seeded)
}
