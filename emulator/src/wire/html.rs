//! Refusals as pages, for visitors of a bucket's website.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html>

use bytes::Bytes;
use cloudless_core::error::ApiError;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::encode::{header_value, host_id, identify, respond};
use super::error::{body_fields, encode_error};
use super::{Envelope, xml};

/// A page that says what went wrong. `document` is why the bucket's own page about that is not shown.
#[must_use]
pub fn encode_page(
    envelope: &Envelope,
    error: &ApiError,
    document: Option<&ApiError>,
    request_id: &str,
) -> Response<Bytes> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::NOT_MODIFIED {
        return encode_error(envelope, error, request_id);
    }
    let mut headers = HeaderMap::new();
    identify(envelope, request_id, &mut headers);
    let fields = body_fields(envelope, error, status, &mut headers);
    if envelope.is_head || status.is_redirection() {
        note_refusal(error, &mut headers);
    }
    if envelope.is_head {
        return respond(status, headers, Bytes::new());
    }
    let reason = match status {
        // As S3 has called it since HTTP/1.0.
        StatusCode::FOUND => "Moved Temporarily",
        status => status.canonical_reason().unwrap_or_default(),
    };
    let title = format!("{} {reason}", status.as_u16());
    let host_id = host_id(request_id);
    let mut page =
        format!("<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n");
    items_into(&mut page, error, &fields);
    item_into(&mut page, "RequestId", request_id);
    item_into(&mut page, "HostId", &host_id);
    page.push_str("</ul>\n");
    if let Some(document) = document {
        let fields = body_fields(envelope, document, status, &mut HeaderMap::new());
        page.push_str(
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n",
        );
        items_into(&mut page, document, &fields);
        page.push_str("</ul>\n");
    }
    page.push_str("<hr/>\n</body>\n</html>\n");
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    respond(status, headers, page.into())
}

/// Says in headers what went wrong, where no page of S3's does.
pub fn note_refusal(error: &ApiError, headers: &mut HeaderMap) {
    headers.insert("x-amz-error-code", header_value(error.code()));
    headers.insert("x-amz-error-message", header_value(error.message()));
    for (name, value) in error.fields() {
        let name = format!("x-amz-error-detail-{name}");
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            headers.insert(name, header_value(value));
        }
    }
}

fn items_into(page: &mut String, error: &ApiError, fields: &[(&str, &str)]) {
    item_into(page, "Code", error.code());
    item_into(page, "Message", error.message());
    fields.iter().for_each(|(name, value)| item_into(page, name, value));
}

fn item_into(page: &mut String, name: &str, value: &str) {
    page.push_str("<li>");
    xml::escape_into(page, name);
    page.push_str(": ");
    xml::escape_into(page, value);
    page.push_str("</li>\n");
}
