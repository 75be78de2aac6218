//! Websites: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html>.

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::{Configuration, Document, PutBucketWebsiteInput, malformed, read};
use crate::access::invalid_argument;
use crate::error::INVALID_REQUEST;
use crate::{BucketInput, Cx, Empty, S3, limits};

/// How a bucket is served as a website.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct WebsiteConfiguration {
    /// Instead of everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_all_requests_to: Option<RedirectAllRequestsTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index_document: Option<IndexDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_document: Option<ErrorDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) routing_rules: Option<Vec<RoutingRule>>,
}

/// Where every visitor is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RedirectAllRequestsTo {
    pub(crate) host_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
}

/// What is served of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct IndexDocument {
    pub(crate) suffix: String,
}

/// What is served where something went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ErrorDocument {
    pub(crate) key: String,
}

/// Where some visitors are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RoutingRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<RoutingCondition>,
    pub(crate) redirect: Redirect,
}

/// Which visitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RoutingCondition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_error_code_returned_equals: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_prefix_equals: Option<String>,
}

/// Where they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Redirect {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_redirect_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replace_key_prefix_with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replace_key_with: Option<String>,
}

impl Configuration for WebsiteConfiguration {
    const NAME: &'static str = "Website";
}

impl S3 {
    pub(crate) fn put_bucket_website(
        &mut self,
        cx: &mut Cx<'_>,
        input: PutBucketWebsiteInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        let website: WebsiteConfiguration = read("PutBucketWebsite", input.website_configuration)?;
        website.check()?;
        stored.keep(cx, WebsiteConfiguration::NAME, &website);
        Ok(Empty {})
    }

    pub(crate) fn get_bucket_website(&self, input: BucketInput) -> Result<Document, ApiError> {
        let none = &crate::error::NO_SUCH_WEBSITE_CONFIGURATION;
        self.document_of(&input, WebsiteConfiguration::NAME, none)
    }

    pub(crate) fn delete_bucket_website(
        &mut self,
        cx: &mut Cx<'_>,
        input: BucketInput,
    ) -> Result<Empty, ApiError> {
        self.drop_document_of(cx, &input, WebsiteConfiguration::NAME)
    }
}

impl WebsiteConfiguration {
    fn check(&self) -> Result<(), ApiError> {
        let is_index_or_rules = self.index_document.is_some()
            || self.error_document.is_some()
            || self.routing_rules.is_some();
        if let Some(redirect) = &self.redirect_all_requests_to {
            if is_index_or_rules {
                return Err(invalid_argument(
                    "RedirectAllRequestsTo cannot be provided in conjunction with other Routing \
                     Rules.",
                    "RedirectAllRequestsTo",
                    "not null",
                ));
            }
            if redirect.host_name.is_empty() {
                return Err(malformed());
            }
            return check_protocol(redirect.protocol.as_deref());
        }
        let Some(index) = &self.index_document else {
            return Err(invalid_argument(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                "IndexDocument",
                "null",
            ));
        };
        if index.suffix.is_empty() || index.suffix.contains('/') {
            let message = "The IndexDocument Suffix is not well formed";
            return Err(invalid_argument(message, "IndexDocument", index.suffix.as_str()));
        }
        if self.error_document.as_ref().is_some_and(|document| document.key.is_empty()) {
            let message = "The ErrorDocument Key is not well formed";
            return Err(invalid_argument(message, "ErrorDocument", ""));
        }
        match self.routing_rules.as_deref() {
            None => Ok(()),
            Some([]) => Err(malformed()),
            Some(rules) if rules.len() > limits::ROUTING_RULES_MAX => {
                Err(INVALID_REQUEST.says(format!(
                    "{} routing rules provided, the number of routing rules in a website \
                     configuration is limited to {}.",
                    rules.len(),
                    limits::ROUTING_RULES_MAX
                )))
            }
            Some(rules) => rules.iter().try_for_each(RoutingRule::check),
        }
    }
}

impl RoutingRule {
    fn check(&self) -> Result<(), ApiError> {
        let redirect = &self.redirect;
        if redirect.replace_key_prefix_with.is_some() && redirect.replace_key_with.is_some() {
            return Err(INVALID_REQUEST
                .says("You can only define ReplaceKeyPrefix or ReplaceKey but not both."));
        }
        if let Some(condition) = &self.condition {
            condition.check()?;
        }
        if *redirect == Redirect::default() {
            return Err(malformed());
        }
        check_protocol(redirect.protocol.as_deref())?;
        match redirect.http_redirect_code.as_deref().map(code_of).transpose()? {
            None | Some(301..=305 | 307 | 308) => Ok(()),
            Some(code) => Err(INVALID_REQUEST.says(format!(
                "The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except \
                 300."
            ))),
        }
    }
}

impl RoutingCondition {
    fn check(&self) -> Result<(), ApiError> {
        let code = self.http_error_code_returned_equals.as_deref();
        if code.is_none() && self.key_prefix_equals.is_none() {
            return Err(INVALID_REQUEST.says(
                "Condition cannot be empty. To redirect all requests without a condition, the \
                 condition element shouldn't be present.",
            ));
        }
        match code.map(code_of).transpose()? {
            None | Some(400..=417 | 500..=505) => Ok(()),
            Some(code) => Err(INVALID_REQUEST.says(format!(
                "The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
            ))),
        }
    }
}

/// The number of a status. S3 takes those that HTTP/1.1 had in 1999, and 308.
fn code_of(text: &str) -> Result<u32, ApiError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(malformed)
}

fn check_protocol(protocol: Option<&str>) -> Result<(), ApiError> {
    match protocol {
        None | Some("http" | "https") => Ok(()),
        Some(_) => Err(INVALID_REQUEST.says(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be \
             selected automatically.",
        )),
    }
}
