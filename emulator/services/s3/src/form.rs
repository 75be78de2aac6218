//! The form of a browser's upload: `PostObject`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>

mod condition;
mod policy;
#[cfg(test)]
mod tests;

use kernel::error::ApiError;

use crate::access::invalid_argument;

pub use condition::SizeRange;
pub use policy::PostPolicy;

/// What a form says before its file. Names are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The fields in their order, with their names as they came.
    fields: Vec<(String, String)>,
}

/// Who says to have signed a form's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormSignature<'a> {
    /// Signature Version 4.
    V4 {
        /// `x-amz-credential`
        credential: &'a str,
        /// `x-amz-date`
        date: &'a str,
        /// `x-amz-signature`, in hexadecimal digits.
        signature: &'a str,
    },
    /// The older one, which S3 takes where it takes it in URLs.
    V2 {
        /// `AWSAccessKeyId`
        access_key_id: &'a str,
        /// `signature`, in base64.
        signature: &'a str,
    },
}

/// The algorithm of version 4.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What stands for the name of the file.
const FILENAME: &str = "${filename}";

impl Form {
    /// Of its fields; `${filename}` in them is `filename`, without what leads to it, and nothing where
    /// there is none.
    #[must_use]
    pub fn new(mut fields: Vec<(String, String)>, filename: Option<&str>) -> Self {
        let filename = filename.unwrap_or_default();
        let filename = filename.rsplit(['/', '\\']).next().unwrap_or_default();
        for (_, value) in &mut fields {
            if value.contains(FILENAME) {
                *value = value.replace(FILENAME, filename);
            }
        }
        Self { fields }
    }

    /// The fields in their order: names in lower case, and values.
    pub fn fields(&self) -> impl Iterator<Item = (String, &str)> {
        self.fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
    }

    /// A field; the first of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = |(given, _): &&(String, String)| given.eq_ignore_ascii_case(name);
        self.fields.iter().find(named).map(|(_, value)| value.as_str())
    }

    /// A field that says something.
    fn said(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A field without which there is no upload; `name` is what S3 calls it where it is missing.
    fn needed(&self, name: &'static str) -> Result<&str, ApiError> {
        self.said(name).ok_or_else(|| {
            let message = format!(
                "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
            );
            invalid_argument(message, name, "")
        })
    }

    /// The key of the object that is to be.
    ///
    /// # Errors
    /// `InvalidArgument` where the form has none.
    pub fn key(&self) -> Result<&str, ApiError> {
        self.needed("key")
    }

    /// Who says to have signed the form; nothing where nobody does.
    ///
    /// # Errors
    /// `InvalidArgument` where a part of the signature is missing, or makes no sense.
    pub fn signature(&self) -> Result<Option<FormSignature<'_>>, ApiError> {
        let v4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];
        if v4.iter().any(|name| self.get(name).is_some()) {
            let algorithm = self.needed("X-Amz-Algorithm")?;
            let credential = self.needed("X-Amz-Credential")?;
            let date = self.needed("X-Amz-Date")?;
            let signature = self.needed("X-Amz-Signature")?;
            self.needed("Policy")?;
            if algorithm != ALGORITHM {
                let message = format!("X-Amz-Algorithm only supports \"{ALGORITHM}\"");
                return Err(invalid_argument(message, "X-Amz-Algorithm", algorithm));
            }
            return Ok(Some(FormSignature::V4 { credential, date, signature }));
        }
        if ["AWSAccessKeyId", "Signature"].iter().any(|name| self.get(name).is_some()) {
            let access_key_id = self.needed("AWSAccessKeyId")?;
            let signature = self.needed("Signature")?;
            self.needed("Policy")?;
            return Ok(Some(FormSignature::V2 { access_key_id, signature }));
        }
        Ok(None)
    }

    /// The policy document as it was signed, in base64.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.said("policy")
    }

    /// The status of a success without a redirect: what the form asks for, where S3 has that.
    #[must_use]
    pub fn success_status(&self) -> u16 {
        match self.get("success_action_status") {
            Some("200") => 200,
            Some("201") => 201,
            _ => 204,
        }
    }

    /// Where a success leads, as the form has it.
    #[must_use]
    pub fn success_redirect(&self) -> Option<&str> {
        self.said("success_action_redirect").or_else(|| self.said("redirect"))
    }
}
