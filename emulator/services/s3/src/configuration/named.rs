//! Configurations of which a bucket may have several: by id, read one at a time or listed in pages.

use std::ops::Bound;

use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Configuration, Document, read};
use crate::encoding::{continuation_of, continuation_token};
use crate::{Cx, Empty, S3, limits};

/// The inputs of operations that put one of several documents.
macro_rules! put_inputs {
    ($($input:ident { $document:ident })*) => { $(
        #[doc = concat!("Input of `", stringify!($input), "`, without the last word.")]
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub struct $input {
            pub(crate) bucket: String,
            pub(crate) id: String,
            pub(crate) $document: Value,
            pub(crate) expected_bucket_owner: Option<String>,
        }

        impl $input {
            pub(super) fn given(self) -> Given {
                Given {
                    bucket: self.bucket,
                    id: self.id,
                    document: self.$document,
                    expected_bucket_owner: self.expected_bucket_owner,
                }
            }
        }
    )* };
}

put_inputs! {
    PutBucketAnalyticsConfigurationInput { analytics_configuration }
    PutBucketIntelligentTieringConfigurationInput { intelligent_tiering_configuration }
    PutBucketInventoryConfigurationInput { inventory_configuration }
    PutBucketMetricsConfigurationInput { metrics_configuration }
}

/// A document that is put.
pub(super) struct Given {
    bucket: String,
    id: String,
    document: Value,
    expected_bucket_owner: Option<String>,
}

/// Input of an operation about one of several configurations.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NamedConfigurationInput {
    pub(crate) bucket: String,
    id: String,
    pub(crate) expected_bucket_owner: Option<String>,
}

/// Input of an operation that lists configurations.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListConfigurationsInput {
    pub(crate) bucket: String,
    continuation_token: Option<String>,
    pub(crate) expected_bucket_owner: Option<String>,
}

/// A kind of configuration of which a bucket may have several.
pub(super) trait Named: Configuration {
    /// The member of answers, and of requests: `InventoryConfiguration`.
    const MEMBER: &'static str;

    fn id(&self) -> &str;

    /// What AWS says where the id in the address is another than that in the document.
    fn other_id() -> ApiError {
        (&crate::error::ID_MISMATCH).into()
    }

    fn check(&self) -> Result<(), ApiError>;
}

fn name_of<C: Named>(id: &str) -> String {
    format!("{}/{id}", C::NAME)
}

fn no_such_configuration() -> ApiError {
    (&crate::error::NO_SUCH_CONFIGURATION).into()
}

impl S3 {
    pub(super) fn put_named<C: Named>(
        &mut self,
        cx: &mut Cx<'_>,
        given: Given,
    ) -> Result<Empty, ApiError> {
        let Given { bucket, id, document, expected_bucket_owner } = given;
        let stored = self.open_mut(&bucket, expected_bucket_owner.as_deref())?;
        let configuration: C = read(&format!("PutBucket{}", C::MEMBER), document)?;
        if configuration.id() != id {
            return Err(C::other_id());
        }
        if !(1..=limits::CONFIGURATION_ID_CHARS_MAX).contains(&id.chars().count()) {
            return Err(crate::error::INVALID_ARGUMENT
                .says("The configuration ID is not valid.")
                .with("ArgumentName", "id")
                .with("ArgumentValue", id));
        }
        configuration.check()?;
        let name = name_of::<C>(&id);
        let documents = &stored.bucket.documents;
        let prefix = name_of::<C>("");
        let count = documents.keys().filter(|name| name.starts_with(&prefix)).count();
        if count >= limits::CONFIGURATIONS_MAX && !documents.contains_key(name.as_str()) {
            return Err((&crate::error::TOO_MANY_CONFIGURATIONS).into());
        }
        stored.keep(cx, &name, &configuration);
        Ok(Empty {})
    }

    pub(super) fn get_named<C: Named>(
        &self,
        input: NamedConfigurationInput,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let document: Option<Value> = bucket.document_named(&name_of::<C>(&input.id));
        let document = document.ok_or_else(no_such_configuration)?;
        Ok(Document(Value::Object(Map::from_iter([(C::MEMBER.to_owned(), document)]))))
    }

    pub(super) fn delete_named<C: Named>(
        &mut self,
        cx: &mut Cx<'_>,
        input: NamedConfigurationInput,
    ) -> Result<Empty, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let stored = self.open_mut(&input.bucket, owner)?;
        if !stored.drop_document(cx, &name_of::<C>(&input.id)) {
            return Err(no_such_configuration());
        }
        Ok(Empty {})
    }

    pub(super) fn list_named<C: Named>(
        &self,
        input: ListConfigurationsInput,
    ) -> Result<Document, ApiError> {
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = &self.open(&input.bucket, owner)?.bucket;
        let prefix = name_of::<C>("");
        let after = match input.continuation_token.as_deref().filter(|token| !token.is_empty()) {
            None => Bound::Included(prefix.clone()),
            Some(token) => {
                let last = continuation_of(token);
                let last = last.map_err(|_| &crate::error::MALFORMED_CONTINUATION_TOKEN)?;
                Bound::Excluded(name_of::<C>(&last))
            }
        };
        let after = after.as_ref().map(String::as_str);
        let mut found = bucket
            .documents
            .range::<str, _>((after, Bound::Unbounded))
            .take_while(|(name, _)| name.starts_with(&prefix))
            .peekable();
        let mut configurations = Vec::<Value>::new();
        let mut last = "";
        while let Some((name, document)) =
            found.next_if(|_| configurations.len() < limits::LIST_CONFIGURATIONS_MAX)
        {
            configurations.extend(serde_json::from_str::<Value>(document).ok());
            last = &name[prefix.len()..];
        }
        let is_truncated = found.peek().is_some();
        let mut answer = json!({ "IsTruncated": is_truncated });
        if !configurations.is_empty() {
            answer[format!("{}List", C::MEMBER)] = configurations.into();
        }
        if let Some(token) = input.continuation_token {
            answer["ContinuationToken"] = token.into();
        }
        if is_truncated {
            answer["NextContinuationToken"] = continuation_token(last).into();
        }
        Ok(Document(answer))
    }
}

/// The four operations of a kind.
macro_rules! operations {
    ($configuration:ty, $input:ident, $put:ident, $get:ident, $delete:ident, $list:ident) => {
        impl crate::S3 {
            pub(crate) fn $put(
                &mut self,
                cx: &mut crate::Cx<'_>,
                input: $crate::configuration::named::$input,
            ) -> Result<crate::Empty, kernel::error::ApiError> {
                self.put_named::<$configuration>(cx, input.given())
            }

            pub(crate) fn $get(
                &self,
                input: $crate::configuration::named::NamedConfigurationInput,
            ) -> Result<$crate::configuration::Document, kernel::error::ApiError> {
                self.get_named::<$configuration>(input)
            }

            pub(crate) fn $delete(
                &mut self,
                cx: &mut crate::Cx<'_>,
                input: $crate::configuration::named::NamedConfigurationInput,
            ) -> Result<crate::Empty, kernel::error::ApiError> {
                self.delete_named::<$configuration>(cx, input)
            }

            pub(crate) fn $list(
                &self,
                input: $crate::configuration::named::ListConfigurationsInput,
            ) -> Result<$crate::configuration::Document, kernel::error::ApiError> {
                self.list_named::<$configuration>(input)
            }
        }
    };
}
pub(super) use operations;
