//! Cross-origin resource sharing: which pages of other origins may use a bucket from a browser.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>

use kernel::error::ApiError;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{BucketInput, Empty, S3};
use crate::{Cx, limits};

/// What is answered to a browser: the values of `Access-Control-…` headers. The answer varies with
/// `Origin, Access-Control-Request-Headers, Access-Control-Request-Method`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorsAnswer {
    /// `Access-Control-Allow-Origin`: the origin, or `*`.
    pub allow_origin: String,
    /// Whether `Access-Control-Allow-Credentials: true` is said.
    pub allow_credentials: bool,
    /// `Access-Control-Allow-Methods`
    pub allow_methods: String,
    /// `Access-Control-Allow-Headers`, where the browser asked for any.
    pub allow_headers: Option<String>,
    /// `Access-Control-Expose-Headers`
    pub expose_headers: Option<String>,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age_s: Option<i64>,
}

/// A rule of a CORS configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CorsRule {
    /// Its name.
    #[serde(rename = "ID", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Headers that a preflight may ask for; each may have one `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_headers: Vec<String>,
    /// `GET`, `PUT`, `POST`, `DELETE` or `HEAD`.
    #[serde(default)]
    pub allowed_methods: Vec<String>,
    /// Origins; each may have one `*`.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Headers of the answer that a script may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember the answer to a preflight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<i64>,
}

/// The CORS rules of a bucket: what `GetBucketCors` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsConfiguration {
    #[serde(rename = "CORSRules", default)]
    rules: Vec<CorsRule>,
}

/// Input of `PutBucketCors`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutBucketCorsInput {
    pub(crate) bucket: String,
    #[serde(rename = "CORSConfiguration")]
    configuration: CorsConfiguration,
    pub(super) expected_bucket_owner: Option<String>,
    #[serde(rename = "ContentMD5")]
    _content_md5: Option<IgnoredAny>,
    #[serde(rename = "ChecksumAlgorithm")]
    _checksum_algorithm: Option<IgnoredAny>,
}

/// A preflight: an `OPTIONS` request of a browser.
#[derive(Debug, Clone, Copy)]
pub struct Preflight<'a> {
    /// The bucket that is asked for.
    pub bucket: &'a str,
    /// Whether an object in it is asked for.
    pub is_object: bool,
    /// `Origin`
    pub origin: Option<&'a str>,
    /// `Access-Control-Request-Method`
    pub method: Option<&'a str>,
    /// `Access-Control-Request-Headers`, as sent.
    pub headers: Option<&'a str>,
}

impl S3 {
    /// What a browser is told that asks from `origin` for `method` with these headers
    /// (`Access-Control-Request-Headers`, as sent), also beside the answer to a request proper. Nothing
    /// where no rule allows it: the browser then hides the answer from the page.
    #[must_use]
    pub fn cors_for(
        &self,
        bucket: &str,
        origin: &str,
        method: &str,
        headers: Option<&str>,
    ) -> Option<CorsAnswer> {
        let rules = self.buckets.get(bucket)?.bucket.cors.as_deref()?;
        let headers = headers.unwrap_or_default().split(',').map(str::trim);
        let headers: Vec<&str> = headers.filter(|header| !header.is_empty()).collect();
        rules.iter().find_map(|rule| rule.answer(origin, method, &headers))
    }

    /// The answer to a preflight.
    ///
    /// # Errors
    /// `BadRequest` where it does not say enough, `AccessForbidden` where no rule allows it.
    pub fn preflight(&self, asked: Preflight<'_>) -> Result<CorsAnswer, ApiError> {
        let Some(origin) = asked.origin.filter(|origin| !origin.is_empty()) else {
            return Err(crate::error::BAD_REQUEST
                .says("Insufficient information. Origin request header needed."));
        };
        let named = asked.method.filter(|method| !method.is_empty());
        const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
        if let Some(unknown) = named.filter(|method| !METHODS.contains(method)) {
            return Err(crate::error::BAD_REQUEST
                .says(format!("Invalid Access-Control-Request-Method: {unknown}")));
        }
        let refused = |message: &'static str, resource: &'static str| {
            crate::error::CORS_FORBIDDEN
                .says(message)
                .with("Method", named.unwrap_or("OPTIONS"))
                .with("ResourceType", resource)
        };
        let Some(stored) = self.buckets.get(asked.bucket) else {
            return Err(refused("CORSResponse: Bucket not found", "BUCKET"));
        };
        if stored.bucket.cors.is_none() {
            return Err(refused("CORSResponse: CORS is not enabled for this bucket.", "BUCKET"));
        }
        let Some(method) = named else {
            return Err(
                crate::error::BAD_REQUEST.says("Invalid Access-Control-Request-Method: null")
            );
        };
        self.cors_for(asked.bucket, origin, method, asked.headers).ok_or_else(|| {
            let resource = if asked.is_object { "OBJECT" } else { "BUCKET" };
            refused(crate::error::CORS_FORBIDDEN.message, resource)
        })
    }

    pub(super) fn put_bucket_cors(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketCorsInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let rules = input.configuration.rules;
        if !(1..=limits::CORS_RULES_MAX).contains(&rules.len()) {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        rules.iter().try_for_each(CorsRule::check)?;
        stored.bucket.cors = Some(rules);
        stored.save(cx);
        Ok(Empty {})
    }

    pub(super) fn get_bucket_cors(
        &self,
        input: BucketInput,
    ) -> Result<CorsConfiguration, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open(&input.bucket, owner)?;
        match &stored.bucket.cors {
            Some(rules) => Ok(CorsConfiguration { rules: rules.clone() }),
            None => Err(crate::error::NO_SUCH_CORS_CONFIGURATION.with("BucketName", input.bucket)),
        }
    }

    pub(super) fn delete_bucket_cors(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        stored.bucket.cors = None;
        stored.save(cx);
        Ok(Empty {})
    }
}

impl CorsRule {
    fn answer(&self, origin: &str, method: &str, headers: &[&str]) -> Option<CorsAnswer> {
        let allowed = self.allowed_origins.iter().find(|allowed| wildcard(allowed, origin))?;
        self.allowed_methods.iter().find(|allowed| *allowed == method)?;
        let asked: Vec<String> = headers.iter().map(|header| header.to_ascii_lowercase()).collect();
        let all_allowed = asked.iter().all(|header| {
            self.allowed_headers
                .iter()
                .any(|allowed| wildcard(&allowed.to_ascii_lowercase(), header))
        });
        if !all_allowed {
            return None;
        }
        let anybody = allowed == "*";
        Some(CorsAnswer {
            allow_origin: if anybody { "*" } else { origin }.into(),
            allow_credentials: !anybody,
            allow_methods: self.allowed_methods.join(", "),
            allow_headers: Some(asked.join(", ")).filter(|headers| !headers.is_empty()),
            expose_headers: Some(self.expose_headers.join(", "))
                .filter(|headers| !headers.is_empty()),
            max_age_s: self.max_age_seconds,
        })
    }

    fn check(&self) -> Result<(), ApiError> {
        if self.allowed_methods.is_empty() || self.allowed_origins.is_empty() {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];
        for method in &self.allowed_methods {
            if !METHODS.contains(&method.as_str()) {
                return Err(crate::error::INVALID_REQUEST.says(format!(
                    "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )));
            }
        }
        let several = |text: &&String| text.matches('*').count() > 1;
        if let Some(origin) = self.allowed_origins.iter().find(several) {
            return Err(crate::error::INVALID_REQUEST
                .says(format!("AllowedOrigin \"{origin}\" can not have more than one wildcard.")));
        }
        if let Some(header) = self.allowed_headers.iter().find(several) {
            return Err(crate::error::INVALID_REQUEST
                .says(format!("AllowedHeader \"{header}\" can not have more than one wildcard.")));
        }
        let is_no_name = |header: &&String| !header.bytes().all(is_name_byte);
        if let Some(header) = self.allowed_headers.iter().find(is_no_name) {
            return Err(crate::error::INVALID_REQUEST
                .says(format!("AllowedHeader \"{header}\" contains invalid character.")));
        }
        if let Some(header) = self.expose_headers.iter().find(|header| header.contains('*')) {
            return Err(crate::error::INVALID_REQUEST.says(format!(
                "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard \
                 for ExposeHeader."
            )));
        }
        let id_chars = self.id.as_ref().map_or(0, |id| id.chars().count());
        if id_chars > limits::CORS_RULE_ID_CHARS_MAX {
            return Err((&crate::error::MALFORMED_XML).into());
        }
        Ok(())
    }
}

/// Whether it may stand in the name of a header (RFC 9110, 5.6.2).
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a pattern with at most one `*` matches.
fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => {
            text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail)
        }
    }
}
