//! The `Authorization` header.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>

use cloudless_core::descriptor::SignatureRules;
use cloudless_core::error::ApiError;
use cloudless_core::error::rest_xml::INVALID_ARGUMENT;
use http::request::Parts;

use super::refusal::{INCOMPLETE_SIGNATURE, MALFORMED_HEADER, MISSING_TOKEN};
use super::{ALGORITHM, Credential, Form, Signature, date_of, not_five_parts};

pub(super) const ONE_SPACE: &str =
    "Authorization header is invalid -- one and only one ' ' (space) required";

impl<'a> Signature<'a> {
    /// Reads what a header says.
    ///
    /// # Errors
    /// It cannot be read, in the words of S3 or of the other services.
    pub(super) fn from_header(
        text: Option<&'a str>,
        parts: &'a Parts,
        rules: SignatureRules,
    ) -> Result<Self, ApiError> {
        let text = text.unwrap_or_default();
        let is_s3 = rules == SignatureRules::S3v4;
        if let Some(rest) = text.strip_prefix("AWS ").filter(|_| is_s3) {
            if rest.contains(' ') {
                return Err(not_authorization(ONE_SPACE, text));
            }
            let (key, signature) = rest.split_once(':').unwrap_or_default();
            if key.is_empty() || signature.is_empty() {
                let message =
                    "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature";
                return Err(not_authorization(message, text));
            }
            let form = Form::V2 { signature: signature.trim().into(), expires_at_s: None };
            return Ok(Self { access_key_id: key.into(), region: None, rules, form });
        }
        let Some(fields) = text.strip_prefix(ALGORITHM) else {
            return Err(match rules {
                SignatureRules::S3v4 if text.starts_with("AWS4") => (&MALFORMED_HEADER).into(),
                SignatureRules::S3v4 if text.matches(' ').count() != 1 => {
                    not_authorization(ONE_SPACE, text)
                }
                SignatureRules::S3v4 => not_authorization("Unsupported Authorization Type", text),
                SignatureRules::V4 if text.starts_with("AWS4-") => (&INCOMPLETE_SIGNATURE).into(),
                SignatureRules::V4 => (&MISSING_TOKEN).into(),
            });
        };
        let [credential, signed, signature] = fields_of(fields);
        if !is_s3 {
            let missing: Vec<String> =
                [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed)]
                    .iter()
                    .filter(|(_, value)| value.is_none_or(str::is_empty))
                    .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
                    .collect();
            if !missing.is_empty() {
                return Err(
                    INCOMPLETE_SIGNATURE.says(format!("{}Authorization={text}", missing.concat()))
                );
            }
        }
        let (Some(credential), Some(signed), Some(signature)) =
            (credential, signed, signature.filter(|it| !it.is_empty()))
        else {
            return Err(MALFORMED_HEADER.says("The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."));
        };
        let credential = Credential::read(credential);
        // What SDKs call a partition is no region that anybody can sign for.
        if is_s3 && credential.region == Some("aws-global") {
            return Err(MALFORMED_HEADER.says("The authorization header is malformed; the region 'aws-global' is wrong; expecting 'us-east-1'").with("Region", "us-east-1"));
        }
        if is_s3 && let Some(wrong) = credential.wrong_scope() {
            return Err(
                MALFORMED_HEADER.says(format!("The authorization header is malformed; {wrong}"))
            );
        }
        Self::v4(rules, &credential, date_of(parts), signed, signature, None)
            .ok_or_else(|| not_five_parts(credential.text))
    }
}

/// What S3 says of a header that is none of its own.
fn not_authorization(message: &'static str, text: &str) -> ApiError {
    INVALID_ARGUMENT.says(message).with("ArgumentName", "Authorization").with("ArgumentValue", text)
}

/// `Credential`, `SignedHeaders` and `Signature` of a header; the last of several of a name.
fn fields_of(fields: &str) -> [Option<&str>; 3] {
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for field in fields.split(',') {
        match field.trim().split_once('=') {
            Some(("Credential", value)) => credential = Some(value),
            Some(("SignedHeaders", value)) => signed = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            _ => {}
        }
    }
    [credential, signed, signature]
}
