//! `Code.Location` of `GetFunction`, `Content.Location` of layers: where a zip can be had, for ten minutes
//! and by whoever has the address, as on AWS. The address ages by the emulator's clock and dies with the
//! emulator.

use std::fmt;

use cloudless_core::arn::{Arn, FunctionArn};
use cloudless_core::content::Content;
use cloudless_core::error::{ACCESS_DENIED, ApiError, INTERNAL_ERROR};
use cloudless_core::s3::error::NO_SUCH_KEY;
use cloudless_core::{Timestamp, World};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use http_body_util::combinators::BoxBody;
use percent_encoding::percent_decode_str;
use sha2::Sha256;

use super::{Http, ResponseBody, full};
use crate::control;

/// How long an address is good, in seconds: as that of AWS.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html>
const VALID_S: u64 = 600;

/// Whose zip a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zip {
    /// A function's: `/_cloudless/functions/{ARN}/code.zip`.
    Function(FunctionArn),
    /// That of a layer's version: `/_cloudless/layers/{ARN}/code.zip`.
    Layer(String),
}

impl Zip {
    pub(super) fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/_cloudless/")?.strip_suffix("/code.zip")?;
        let (kind, arn) = path.split_once('/')?;
        let arn = percent_decode_str(arn).decode_utf8().ok()?;
        match (kind, Arn::parse(&arn)) {
            ("functions", Some(Arn::Function(arn))) => Some(Self::Function(arn)),
            ("layers", None) => Some(Self::Layer(arn.into_owned())),
            _ => None,
        }
    }

    fn content<'a>(&self, world: &'a World) -> Option<&'a Content> {
        match self {
            Self::Function(function) => world.function_code(function),
            Self::Layer(layer_version) => world.layer_content(layer_version),
        }
    }
}

impl fmt::Display for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(arn) => arn.fmt(f),
            Self::Layer(arn) => f.write_str(arn),
        }
    }
}

impl Http {
    /// Makes of the place that the World names an address that opens.
    pub(super) fn sign_code_location(&self, location: &mut String) {
        let Some(zip) = location.find("/_cloudless/").and_then(|at| Zip::parse(&location[at..]))
        else {
            return;
        };
        let expires = self.engine.clock().now().after_s(VALID_S);
        let signature = hex::encode(self.code_mac(&zip, expires).finalize().into_bytes());
        location.push_str(&format!("?Expires={}&Signature={signature}", expires.as_s()));
    }

    /// Answers whoever has such an address.
    pub(super) async fn give_code(&self, parts: &Parts, zip: &Zip) -> Response<ResponseBody> {
        self.code(parts, zip).await.unwrap_or_else(|error| control::refuse(&error))
    }

    async fn code(&self, parts: &Parts, zip: &Zip) -> Result<Response<ResponseBody>, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let value = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let expires: Option<u64> = value("Expires").and_then(|it| it.parse().ok());
        let signature = value("Signature").and_then(|it| hex::decode(it).ok());
        let (Some(expires), Some(signature), &(Method::GET | Method::HEAD)) =
            (expires, signature, &parts.method)
        else {
            return Err((&ACCESS_DENIED).into());
        };
        let expires = Timestamp::from_ms(expires.saturating_mul(1000));
        // Compares in constant time.
        let signed = self.code_mac(zip, expires).verify_slice(&signature);
        signed.map_err(|_wrong| ApiError::from(&ACCESS_DENIED))?;
        if self.engine.clock().now() > expires {
            return Err(ACCESS_DENIED.says("Request has expired"));
        }
        let opened = |world: &World| {
            let code = zip.content(world)?;
            Some((self.engine.blobs().open(&code.all()), code.size_bytes()))
        };
        let Some((body, size_bytes)) = self.engine.with_world(opened) else {
            // It is S3 that gives code away on AWS.
            return Err(NO_SUCH_KEY.says("It is not there any more, or has other code."));
        };
        let body = match parts.method {
            Method::HEAD => full(bytes::Bytes::new()),
            _ => {
                let body = body.begun().await.map_err(|error| {
                    tracing::error!(%zip, %error, "code cannot be read");
                    ApiError::from(&INTERNAL_ERROR)
                })?;
                let stream = futures_util::StreamExt::map(body.stream(), |it| it.map(Frame::data));
                BoxBody::new(StreamBody::new(stream))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size_bytes));
        Ok(response)
    }

    fn code_mac(&self, zip: &Zip, expires: Timestamp) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.code_secret.into());
        mac.update(format!("{zip}\n{}", expires.as_s()).as_bytes());
        mac
    }
}
