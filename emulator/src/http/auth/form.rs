//! Who signed the policy document of a form.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless_core::error::ApiError;
use cloudless_core::error::rest_xml::INVALID_ARGUMENT;
use cloudless_core::s3::{Form, FormSignature};
use hmac::Mac as _;

use super::refusal::INVALID_ACCESS_KEY_ID;
use super::{Credential, parse_date_ms, v2, verify};

/// The credentials of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormCredentials<'a> {
    /// By whose key.
    pub access_key_id: &'a str,
    /// For which region; nothing in the older form.
    pub region: Option<&'a str>,
    /// What was signed: the document as it came.
    policy: &'a str,
    signature: &'a str,
    /// Of version 4.
    scope: Option<&'a str>,
}

impl<'a> FormCredentials<'a> {
    /// Reads the credentials of a form; nothing where it carries none.
    ///
    /// # Errors
    /// `InvalidArgument`: something of them is missing, or cannot be read.
    pub fn read(form: &'a Form) -> Result<Option<Self>, ApiError> {
        let policy = form.policy().unwrap_or_default();
        Ok(Some(match form.signature()? {
            None => return Ok(None),
            Some(FormSignature::V2 { access_key_id, signature }) => {
                Self { access_key_id, region: None, policy, signature, scope: None }
            }
            Some(FormSignature::V4 { credential, date, signature }) => {
                let refuse = |message: String, name, value: &str| {
                    let error = INVALID_ARGUMENT.says(message).with("ArgumentName", name);
                    error.with("ArgumentValue", value)
                };
                let credential = Credential::read(credential);
                if let Some(wrong) = credential.wrong_scope() {
                    let message = format!("Error parsing the X-Amz-Credential parameter; {wrong}");
                    return Err(refuse(message, "X-Amz-Credential", credential.text));
                }
                let (access_key_id, region, scope) = credential.scope().unwrap_or_default();
                if parse_date_ms(date).is_none() {
                    return Err(refuse(
                        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
                            .into(),
                        "X-Amz-Date",
                        date,
                    ));
                }
                Self { access_key_id, region: Some(region), policy, signature, scope: Some(scope) }
            }
        }))
    }

    /// Whether the document was signed with the secret of its key.
    ///
    /// # Errors
    /// `InvalidAccessKeyId` without a secret, `SignatureDoesNotMatch`.
    pub fn verify(&self, secret: Option<&str>) -> Result<(), ApiError> {
        let Some(secret) = secret else {
            return Err(INVALID_ACCESS_KEY_ID.with("AWSAccessKeyId", self.access_key_id));
        };
        let is_signed = match self.scope {
            Some(scope) => {
                let mut mac = verify::mac(&verify::signing_key(secret, scope));
                mac.update(self.policy.as_bytes());
                mac.verify_slice(&hex::decode(self.signature).unwrap_or_default()).is_ok()
            }
            None => {
                let given = BASE64.decode(self.signature).unwrap_or_default();
                v2::is_signed(self.policy, secret, &given)
            }
        };
        if is_signed {
            return Ok(());
        }
        Err(v2::mismatch(self.access_key_id, self.signature, self.policy))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

    /// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>.
    #[test]
    fn a_form_of_awss_documentation_is_verified() {
        let policy = "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n  \"conditions\": [\r\n    {\"bucket\": \"sigv4examplebucket\"},\r\n    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n    {\"acl\": \"public-read\"},\r\n    {\"success_action_redirect\": \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n\r\n    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n    {\"x-amz-date\": \"20151229T000000Z\" }\r\n  ]\r\n}";
        let fields = [
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Date", "20151229T000000Z"),
            ("Policy", &BASE64.encode(policy)),
            ("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let form = Form::new(fields.to_vec(), None);
        let credentials = FormCredentials::read(&form).unwrap().unwrap();
        assert_eq!(credentials.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(credentials.verify(Some(secret)), Ok(()));
        let told = ["another secret", ""].map(|secret| {
            let secret = Some(secret).filter(|it| !it.is_empty());
            credentials.verify(secret).unwrap_err().code()
        });
        assert_eq!(told, ["SignatureDoesNotMatch", "InvalidAccessKeyId"]);
    }
}
