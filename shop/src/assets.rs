//! Style sheet, script and pictures of the site itself, embedded in the binary. Their URLs hold a
//! digest of their content, so browsers may keep them for ever.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

use crate::error::{Error, Result};
use crate::path::Path;

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// Hexadecimal digits of the digest in a URL.
const DIGEST_LEN: usize = 12;

/// The URL of an embedded file, `/static/{digest}/{name}`.
pub fn url(name: &str) -> anyhow::Result<String> {
    let file = Files::get(name).ok_or_else(|| anyhow::anyhow!("no static file {name}"))?;
    Ok(format!("/static/{}/{name}", digest(&file)))
}

/// `GET /static/{digest}/{name}`
pub async fn file(Path((requested, name)): Path<(String, String)>) -> Result<Response> {
    let file = Files::get(&name).ok_or(Error::NotFound)?;
    // An old page may ask for an old digest: it gets today's file, which caches must not keep.
    let cache =
        if requested == digest(&file) { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(respond(file, &name, cache))
}

/// `GET /favicon.ico`: browsers ask for it whatever the page says; any picture format will do.
pub async fn favicon() -> Result<Response> {
    let file = Files::get("favicon.svg").ok_or(Error::NotFound)?;
    Ok(respond(file, "favicon.svg", "public, max-age=86400"))
}

fn digest(file: &EmbeddedFile) -> String {
    let mut digest = hex::encode(file.metadata.sha256_hash());
    digest.truncate(DIGEST_LEN);
    digest
}

fn respond(file: EmbeddedFile, name: &str, cache: &'static str) -> Response {
    let content_type = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, file.data).into_response()
}
