//! What the stories expect of a picture.

use anyhow::{Context as _, Result, ensure};
use image::{DynamicImage, ImageFormat};

/// What pictures are made to fit into.
const BOX: (u32, u32) = (268, 200);

/// A picture as everybody gets it: no credentials, no cookies.
pub struct Fetched {
    pub content_type: String,
    pub width: u32,
    pub height: u32,
}

/// Gets a picture as a visitor's browser does, and decodes it as what it claims to be.
pub async fn fetch(url: &str) -> Result<Fetched> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let response = client.get(url).send().await?;
    ensure!(response.status().is_success(), "{url}: {}", response.status());
    let content_type = response.headers().get("content-type").context("no content type")?;
    let content_type = content_type.to_str()?.to_owned();
    let format = ImageFormat::from_mime_type(&content_type)
        .with_context(|| format!("{content_type} is no picture"))?;
    let image = image::load_from_memory_with_format(&response.bytes().await?, format)?;
    Ok(Fetched { content_type, width: image.width(), height: image.height() })
}

/// Whether `small` fits the box, fills it in one direction, and has the proportions of `original`
/// within a pixel.
pub fn ensure_fits(small: &Fetched, original: (u32, u32)) -> Result<()> {
    let (width, height) = (small.width, small.height);
    ensure!(width <= BOX.0 && height <= BOX.1, "{width}x{height} does not fit the box");
    ensure!(width == BOX.0 || height == BOX.1, "{width}x{height} is smaller than need be");
    let [w, h] = [original.0, original.1].map(f64::from);
    let scale = (f64::from(BOX.0) / w).min(f64::from(BOX.1) / h);
    let off = (w * scale - f64::from(width)).abs().max((h * scale - f64::from(height)).abs());
    ensure!(off <= 1.0, "{width}x{height} is {off} pixels off the proportions of {w}x{h}");
    Ok(())
}

/// Width and height of a fixture as it is stored, whatever its orientation.
pub fn stored_size(name: &str) -> Result<(u32, u32)> {
    Ok(image::image_dimensions(crate::fixture(name))?)
}

/// A small JPEG of one colour.
pub fn plain(colour: [u8; 3]) -> Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(400, 300, image::Rgb(colour));
    DynamicImage::from(pixels).write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
