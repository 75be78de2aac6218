//! A page that is the same for many visitors.

use std::io::Write as _;
use std::sync::OnceLock;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

/// A rendered page, compressed once for all.
#[derive(Debug)]
pub struct SamePage {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
}

impl SamePage {
    pub fn new(page: String) -> Self {
        Self { plain: page.into(), gzip: OnceLock::new() }
    }

    /// The answer to a request with these headers.
    pub fn to(&self, request: &HeaderMap) -> Response {
        if !takes_gzip(request) {
            // Who wants it compressed for another reason gets it so from the router's layer.
            return Html(self.plain.clone()).into_response();
        }
        let gzip = self.gzip.get_or_init(|| compressed(&self.plain));
        let headers = [
            (header::CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        (headers, Html(gzip.clone())).into_response()
    }
}

/// Whether gzip is named as it is by browsers, and nothing that this server has is preferred.
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings =
        accepted.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

fn compressed(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default().into()
}
