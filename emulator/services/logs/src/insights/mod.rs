//! CloudWatch Logs Insights: queries over groups.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>
//!
//! A query runs at once, within `StartQuery`, on what there is then; `GetQueryResults` says `Complete` from the
//! first time on. Results are in memory alone.

mod expression;
mod functions;
mod lexer;
mod parse;
mod row;
mod run;
mod stats;
mod value;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::call::Origin;
use kernel::error::{self, ApiError};
use serde::{Deserialize, Serialize};

use crate::event_id::Position;
use crate::group::{GroupKey, identified, own_key};
use crate::limits::{
    QUERIES_MAX, QUERIES_SIZE_BYTES_MAX, QUERY_GROUPS_MAX, QUERY_RESULTS_DEFAULT, QUERY_RESULTS_MAX,
};
use crate::scan::{self, Wanted};
use crate::{Cx, Logs, error as errors, page};
use parse::Unreadable;
use row::{Row, Source};

/// The queries whose results are remembered, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queries {
    queries: VecDeque<Arc<Query>>,
    size_bytes: usize,
}

/// A query that has run.
#[derive(Debug)]
struct Query {
    id: String,
    /// Of the caller's account.
    owner: GroupKey,
    group: String,
    text: String,
    created_ms: u64,
    results: Vec<Vec<ResultField>>,
    statistics: QueryStatistics,
    size_bytes: usize,
}

impl Queries {
    fn add(&mut self, query: Query) {
        self.size_bytes += query.size_bytes;
        self.queries.push_back(Arc::new(query));
        while self.queries.len() > QUERIES_MAX
            || (self.size_bytes > QUERIES_SIZE_BYTES_MAX && self.queries.len() > 1)
        {
            let Some(oldest) = self.queries.pop_front() else { return };
            self.size_bytes -= oldest.size_bytes;
        }
    }

    fn of<'a>(&'a self, origin: &Origin) -> impl DoubleEndedIterator<Item = &'a Arc<Query>> {
        let own = own_key(origin, "");
        self.queries.iter().filter(move |query| query.owner == own)
    }

    fn get(&self, origin: &Origin, id: &str) -> Result<&Query, ApiError> {
        let found = self.of(origin).find(|query| query.id == id);
        found
            .map(|query| &**query)
            .ok_or_else(|| errors::RESOURCE_NOT_FOUND.says("The specified query does not exist."))
    }
}

impl Logs {
    pub(crate) fn start_query(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: StartQueryInput,
    ) -> Result<StartQueryOutput, ApiError> {
        let groups = self.asked_groups(origin, &input)?;
        let commands =
            parse::parse(&input.query_string).map_err(|unreadable| match unreadable {
                Unreadable::Malformed(text) => errors::MALFORMED_QUERY.says(text),
                Unreadable::Unknown(command) => error::NOT_IMPLEMENTED.says(format!(
                    "The command {command} of StartQuery is not implemented by Cloudless."
                )),
            })?;
        let id = cx.ids.uuid();
        let limit = input.limit.unwrap_or(QUERY_RESULTS_DEFAULT).min(QUERY_RESULTS_MAX);
        let now_ms = cx.now.as_ms();
        let hits = self.hits(cx, &groups, &input);
        let names: BTreeMap<u64, (String, String)> = self.names_of(&groups);
        let empty = (String::new(), String::new());
        let bytes_scanned: usize = hits.iter().map(|hit| hit.message().len()).sum();
        let rows = hits.iter().map(|hit| {
            let (stream, log) = names.get(&hit.batch.stream).unwrap_or(&empty);
            let source = Source {
                at_ms: hit.at.at_ms,
                ingested_ms: hit.batch.ingested.as_ms(),
                message: hit.message(),
                stream,
                log,
                ptr: BASE64.encode(hit.at.id()),
            };
            Row::of(source, now_ms)
        });
        let run::Results { rows, matched } = run::run(&commands, rows, limit, now_ms);
        let statistics = QueryStatistics {
            records_matched: matched as f64,
            records_scanned: hits.len() as f64,
            estimated_records_skipped: 0.0,
            bytes_scanned: bytes_scanned as f64,
            estimated_bytes_skipped: 0.0,
            log_groups_scanned: groups.len() as f64,
        };
        let size = |(name, value): &(String, String)| name.len() + value.len() + 64;
        let size_bytes = rows.iter().flatten().map(size).sum::<usize>() + input.query_string.len();
        let field = |(field, value)| ResultField { field, value };
        let results = rows.into_iter().map(|row| row.into_iter().map(field).collect()).collect();
        let query = Query {
            id: id.clone(),
            owner: own_key(origin, ""),
            group: groups.first().map_or_else(String::new, |key| key.name.to_string()),
            text: input.query_string,
            created_ms: now_ms,
            results,
            statistics,
            size_bytes,
        };
        self.queries.add(query);
        Ok(StartQueryOutput { query_id: id })
    }

    /// # Errors
    /// `InvalidParameterException`, `ResourceNotFoundException`
    fn asked_groups(
        &self,
        origin: &Origin,
        input: &StartQueryInput,
    ) -> Result<Vec<GroupKey>, ApiError> {
        if let Some(language) = input.query_language.as_deref().filter(|it| *it != "CWLI") {
            return Err(error::NOT_IMPLEMENTED.says(format!(
                "The query language {language} of StartQuery is not implemented by Cloudless."
            )));
        }
        let groups = input.groups(origin);
        if groups.is_empty() || groups.len() > QUERY_GROUPS_MAX {
            return Err(errors::INVALID_PARAMETER.says(
                "Exactly one of logGroupName, logGroupNames, or logGroupIdentifiers must be specified, with at most 50 log groups.",
            ));
        }
        if input.start_time > input.end_time {
            return Err(
                errors::INVALID_PARAMETER.says("End time should not be less than start time.")
            );
        }
        for key in &groups {
            self.group(key)?;
        }
        Ok(groups)
    }

    fn hits(
        &self,
        cx: &Cx<'_>,
        groups: &[GroupKey],
        input: &StartQueryInput,
    ) -> Vec<scan::Hit<'_>> {
        let mut hits = Vec::new();
        for group in groups.iter().filter_map(|key| self.groups.get(key)) {
            let start_ms = seconds(input.start_time).max(group.expired_before_ms(cx.now));
            let wanted = Wanted {
                from: Position::before(start_ms),
                until: Position::before(seconds(input.end_time).saturating_add(1000)),
                backward: true,
                limit: usize::MAX,
                search: None,
            };
            let streams = group.streams.values().filter_map(|number| self.streams.get(number));
            hits.extend(scan::all(streams.flat_map(|it| it.batches.iter()), &wanted));
        }
        if groups.len() > 1 {
            hits.sort_by_key(|hit| std::cmp::Reverse(hit.at));
        }
        hits
    }

    /// Of each stream its name, and its group with the account before it.
    fn names_of(&self, groups: &[GroupKey]) -> BTreeMap<u64, (String, String)> {
        let groups = groups.iter().filter_map(|key| self.groups.get(key));
        let named = groups.flat_map(|group| {
            let log = format!("{}:{}", group.key.account, group.key.name);
            let streams = group.streams.iter();
            streams.map(move |(name, number)| (*number, (name.to_string(), log.clone())))
        });
        named.collect()
    }

    pub(crate) fn stop_query(
        &self,
        origin: &Origin,
        input: &QueryIdInput,
    ) -> Result<StopQueryOutput, ApiError> {
        self.queries.get(origin, &input.query_id)?;
        Err(errors::INVALID_PARAMETER
            .says(format!("Query {} is not running. Its status is Complete.", input.query_id)))
    }

    pub(crate) fn get_query_results(
        &self,
        origin: &Origin,
        input: &GetQueryResultsInput,
    ) -> Result<GetQueryResultsOutput, ApiError> {
        let query = self.queries.get(origin, &input.query_id)?;
        Ok(GetQueryResultsOutput {
            query_language: "CWLI",
            results: query.results.clone(),
            statistics: query.statistics.clone(),
            status: "Complete",
        })
    }

    pub(crate) fn describe_queries(
        &self,
        origin: &Origin,
        input: &DescribeQueriesInput,
    ) -> Result<DescribeQueriesOutput, ApiError> {
        let group = input.log_group_name.as_deref();
        let is_asked = |it: &str| input.status.as_deref().is_none_or(|status| status == it);
        let found = self.queries.of(origin).rev().filter(|query| {
            is_asked("Complete")
                && group.is_none_or(|group| query.group == group)
                && input.query_language.as_deref().is_none_or(|language| language == "CWLI")
        });
        let found = found.map(|query| QueryInfo {
            query_language: "CWLI",
            query_id: query.id.clone(),
            query_string: query.text.clone(),
            status: "Complete",
            create_time: query.created_ms,
            log_group_name: query.group.clone(),
        });
        let place = |query: &QueryInfo| query.query_id.clone();
        let limit = input.max_results.unwrap_or(QUERIES_MAX);
        let page = page::of(found.collect(), input.next_token.as_deref(), limit, place, "queries")?;
        Ok(DescribeQueriesOutput { queries: page.items, next_token: page.next_token })
    }

    pub(crate) fn get_log_record(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetLogRecordInput,
    ) -> Result<GetLogRecordOutput, ApiError> {
        let invalid =
            || errors::INVALID_PARAMETER.says("The specified logRecordPointer is invalid.");
        let pointer = BASE64.decode(&input.log_record_pointer).ok();
        let pointer = pointer.and_then(|it| Position::parse(std::str::from_utf8(&it).ok()?));
        let number = pointer.ok_or_else(invalid)?.number;
        let gone = || errors::RESOURCE_NOT_FOUND.says("The specified log record does not exist.");
        let batch = self.shelf.with_event(number).ok_or_else(gone)?;
        let event = batch.numbered(number).ok_or_else(gone)?;
        let stream = self.streams.get(&batch.stream).ok_or_else(gone)?;
        if stream.group.account != origin.account {
            return Err(gone());
        }
        let log = format!("{}:{}", stream.group.account, stream.group.name);
        let source = Source {
            at_ms: event.at.at_ms,
            ingested_ms: batch.ingested.as_ms(),
            message: event.message,
            stream: &stream.name,
            log: &log,
            ptr: input.log_record_pointer.clone(),
        };
        let row = Row::of(source, cx.now.as_ms());
        let own = ["@log", "@logStream", "@message", "@ptr"].map(str::to_owned);
        let names = own.into_iter().chain(row.discovered());
        let fields = names.filter_map(|name| Some((name.clone(), row.field(&name).shown()?)));
        let mut log_record: BTreeMap<String, String> = fields.collect();
        log_record.insert("@timestamp".to_owned(), event.at.at_ms.to_string());
        log_record.insert("@ingestionTime".to_owned(), batch.ingested.as_ms().to_string());
        Ok(GetLogRecordOutput { log_record })
    }

    pub(crate) fn get_log_group_fields(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetLogGroupFieldsInput,
    ) -> Result<GetLogGroupFieldsOutput, ApiError> {
        const AROUND_S: u64 = 8 * 60;
        let names = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let key = self.named(origin, names)?;
        self.group(&key)?;
        // Eight minutes before and behind the moment that is asked for, or the last fifteen.
        let now_s = cx.now.as_s();
        let (start_time, end_time) = match input.time {
            Some(time) => (time.saturating_sub(AROUND_S), time.saturating_add(AROUND_S)),
            None => (now_s.saturating_sub(15 * 60), now_s),
        };
        let query = StartQueryInput { start_time, end_time, ..StartQueryInput::default() };
        let hits = self.hits(cx, &[key], &query);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for hit in &hits {
            let (stream, log, ptr) = ("", "", String::new());
            let (at_ms, ingested_ms, message) = (hit.at.at_ms, 0, hit.message());
            let source = Source { at_ms, ingested_ms, message, stream, log, ptr };
            let discovered = Row::of(source, 0).discovered();
            let own = ["@ingestionTime", "@log", "@logStream", "@message", "@timestamp"];
            for name in own.map(str::to_owned).into_iter().chain(discovered) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let mut fields: Vec<_> = counts.into_iter().collect();
        fields.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let percent = |count: usize| count * 100 / hits.len().max(1);
        let fields =
            fields.into_iter().map(|(name, count)| LogGroupField { name, percent: percent(count) });
        Ok(GetLogGroupFieldsOutput { log_group_fields: fields.collect() })
    }
}

/// Clients that give milliseconds mean them.
fn seconds(time: u64) -> u64 {
    const LATEST_S: u64 = 100_000_000_000;
    if time > LATEST_S { time } else { time * 1000 }
}

/// Input of `StartQuery`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartQueryInput {
    /// `CWLI` without; the others are refused.
    pub query_language: Option<String>,
    /// The group.
    pub log_group_name: Option<String>,
    /// The groups.
    pub log_group_names: Option<Vec<String>>,
    /// Their names or ARNs.
    pub log_group_identifiers: Option<Vec<String>>,
    /// From this moment on, in seconds since the epoch.
    pub start_time: u64,
    /// Up to this moment.
    pub end_time: u64,
    /// What is asked.
    pub query_string: String,
    /// How many at most.
    pub limit: Option<usize>,
}

impl StartQueryInput {
    /// The groups that it names.
    pub(crate) fn groups(&self, origin: &Origin) -> Vec<GroupKey> {
        let names = self.log_group_name.iter().chain(self.log_group_names.iter().flatten());
        let own = names.map(|name| own_key(origin, name));
        let others = self.log_group_identifiers.iter().flatten();
        own.chain(others.map(|identifier| identified(origin, identifier))).collect()
    }
}

/// Output of `StartQuery`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartQueryOutput {
    /// Which one it is.
    pub query_id: String,
}

/// Input of `StopQuery`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryIdInput {
    /// Which one.
    pub query_id: String,
}

/// Output of `StopQuery`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StopQueryOutput {
    /// It was stopped.
    pub success: bool,
}

/// Input of `GetQueryResults`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetQueryResultsInput {
    /// Which one.
    pub query_id: String,
}

/// Output of `GetQueryResults`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetQueryResultsOutput {
    /// `CWLI`
    pub query_language: &'static str,
    /// A row a result.
    pub results: Vec<Vec<ResultField>>,
    /// How much was looked at.
    pub statistics: QueryStatistics,
    /// `Complete`
    pub status: &'static str,
}

/// A field of a result.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultField {
    /// Its name.
    pub field: String,
    /// What it is.
    pub value: String,
}

/// How much a query has looked at.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryStatistics {
    /// Events that came through the filters.
    pub records_matched: f64,
    /// Events.
    pub records_scanned: f64,
    /// None.
    pub estimated_records_skipped: f64,
    /// Their messages, in bytes.
    pub bytes_scanned: f64,
    /// None.
    pub estimated_bytes_skipped: f64,
    /// Groups.
    pub log_groups_scanned: f64,
}

/// Input of `DescribeQueries`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribeQueriesInput {
    /// Of this group.
    pub log_group_name: Option<String>,
    /// Which are so far.
    pub status: Option<String>,
    /// How many at most.
    pub max_results: Option<usize>,
    /// Where the page before ended.
    pub next_token: Option<String>,
    /// In which language.
    pub query_language: Option<String>,
}

/// Output of `DescribeQueries`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeQueriesOutput {
    /// The queries of this page, the latest first.
    pub queries: Vec<QueryInfo>,
    /// More follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A query, as it is described.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryInfo {
    /// `CWLI`
    pub query_language: &'static str,
    /// Which one it is.
    pub query_id: String,
    /// What is asked.
    pub query_string: String,
    /// `Complete`
    pub status: &'static str,
    /// When it was started, in milliseconds since the epoch.
    pub create_time: u64,
    /// Whom it asks first.
    pub log_group_name: String,
}

/// Input of `GetLogRecord`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetLogRecordInput {
    /// `@ptr` of a result.
    pub log_record_pointer: String,
    /// Whether what is masked is shown: nothing is masked here.
    pub unmask: Option<bool>,
}

/// Output of `GetLogRecord`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogRecordOutput {
    /// All fields of the event.
    pub log_record: BTreeMap<String, String>,
}

/// Input of `GetLogGroupFields`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetLogGroupFieldsInput {
    /// The group.
    pub log_group_name: Option<String>,
    /// Its name or ARN.
    pub log_group_identifier: Option<String>,
    /// Around this moment, in seconds since the epoch; of the last fifteen minutes without.
    pub time: Option<u64>,
}

/// Output of `GetLogGroupFields`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLogGroupFieldsOutput {
    /// The fields, the most frequent first.
    pub log_group_fields: Vec<LogGroupField>,
}

/// A field that events have.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroupField {
    /// Its name.
    pub name: String,
    /// How many of a hundred events have it.
    pub percent: usize,
}
