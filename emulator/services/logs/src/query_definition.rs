//! Queries that somebody has saved.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html>

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::QUERY_DEFINITIONS_MAX;
use crate::resource_policy::{key_of, owned};
use crate::{Cx, Kind, Logs, Record, error as errors, page};

/// A query that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryDefinition {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) groups: Vec<String>,
    pub(crate) language: String,
    pub(crate) modified: Timestamp,
}

impl Logs {
    pub(crate) fn put_query_definition(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutQueryDefinitionInput,
    ) -> Result<PutQueryDefinitionOutput, ApiError> {
        let id = match input.query_definition_id {
            Some(id) if self.query_definitions.contains_key(&owned(origin, &id)) => id,
            Some(_) => {
                return Err(errors::RESOURCE_NOT_FOUND
                    .says("The specified query definition does not exist."));
            }
            None if self.query_definitions.len() >= QUERY_DEFINITIONS_MAX => {
                return Err((&errors::LIMIT_EXCEEDED).into());
            }
            None => cx.ids.uuid(),
        };
        let definition = QueryDefinition {
            name: input.name,
            query: input.query_string,
            groups: input.log_group_names.unwrap_or_default(),
            language: input.query_language.unwrap_or_else(|| "CWLI".to_owned()),
            modified: cx.now,
        };
        let key = owned(origin, &id);
        cx.put(|| Record::query_definition(&key, &definition));
        self.query_definitions.insert(key, definition);
        Ok(PutQueryDefinitionOutput { query_definition_id: id })
    }

    pub(crate) fn delete_query_definition(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteQueryDefinitionInput,
    ) -> Result<DeleteQueryDefinitionOutput, ApiError> {
        let key = owned(origin, &input.query_definition_id);
        if self.query_definitions.remove(&key).is_none() {
            return Err(
                errors::RESOURCE_NOT_FOUND.says("The specified query definition does not exist.")
            );
        }
        cx.delete(|| key_of(Kind::LogQueryDefinition, &key));
        Ok(DeleteQueryDefinitionOutput { success: true })
    }

    pub(crate) fn describe_query_definitions(
        &self,
        origin: &Origin,
        input: &DescribeQueryDefinitionsInput,
    ) -> Result<DescribeQueryDefinitionsOutput, ApiError> {
        let prefix = input.query_definition_name_prefix.as_deref().unwrap_or_default();
        let language = input.query_language.as_deref();
        let found = self.query_definitions.iter().filter(|((account, region, _), it)| {
            *account == origin.account
                && *region == origin.region
                && it.name.starts_with(prefix)
                && language.is_none_or(|language| it.language == language)
        });
        let mut found: Vec<_> = found
            .map(|((_, _, id), it)| DescribedQueryDefinition {
                query_language: it.language.clone(),
                query_definition_id: id.clone(),
                name: it.name.clone(),
                query_string: it.query.clone(),
                last_modified: it.modified.as_ms(),
                log_group_names: it.groups.clone(),
            })
            .collect();
        found.sort_by(|a, b| {
            (&a.name, &a.query_definition_id).cmp(&(&b.name, &b.query_definition_id))
        });
        let place = |it: &DescribedQueryDefinition| it.query_definition_id.clone();
        let limit = input.max_results.unwrap_or(QUERY_DEFINITIONS_MAX);
        let page = page::of(found, input.next_token.as_deref(), limit, place, "definitions")?;
        let (query_definitions, next_token) = (page.items, page.next_token);
        Ok(DescribeQueryDefinitionsOutput { query_definitions, next_token })
    }
}

/// Input of `PutQueryDefinition`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutQueryDefinitionInput {
    /// Its name.
    pub name: String,
    /// Which one is changed; a new one without.
    pub query_definition_id: Option<String>,
    /// Whom it asks.
    pub log_group_names: Option<Vec<String>>,
    /// What it asks.
    pub query_string: String,
    /// `CWLI` without.
    pub query_language: Option<String>,
    /// Two requests with the same one make one definition. SDKs make it up; nothing comes of it here.
    pub client_token: Option<String>,
}

/// Output of `PutQueryDefinition`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutQueryDefinitionOutput {
    /// Which one it is.
    pub query_definition_id: String,
}

/// Input of `DeleteQueryDefinition`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteQueryDefinitionInput {
    /// Which one.
    pub query_definition_id: String,
}

/// Output of `DeleteQueryDefinition`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteQueryDefinitionOutput {
    /// It is gone.
    pub success: bool,
}

/// Input of `DescribeQueryDefinitions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeQueryDefinitionsInput {
    /// In which language.
    pub query_language: Option<String>,
    /// What names begin with.
    pub query_definition_name_prefix: Option<String>,
    /// How many at most.
    pub max_results: Option<usize>,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// Output of `DescribeQueryDefinitions`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeQueryDefinitionsOutput {
    /// The definitions of this page.
    pub query_definitions: Vec<DescribedQueryDefinition>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A query that was saved, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedQueryDefinition {
    /// In which language.
    pub query_language: String,
    /// Which one it is.
    pub query_definition_id: String,
    /// Its name.
    pub name: String,
    /// What it asks.
    pub query_string: String,
    /// When it was changed, in milliseconds since the epoch.
    pub last_modified: u64,
    /// Whom it asks.
    pub log_group_names: Vec<String>,
}
