//! What a rule asks of a request.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html>

use std::net::IpAddr;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::error::wrong;
use crate::limits::{
    CONDITION_NAME_CHARS_MAX, CONDITION_VALUE_CHARS_MAX, CONDITION_VALUES_MAX,
    CONDITION_WILDCARDS_MAX,
};
use crate::plane;

/// As AWS tells them.
const FIELDS: [&str; 6] = [
    "http-header",
    "http-request-method",
    "host-header",
    "query-string",
    "path-pattern",
    "source-ip",
];

/// A condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Condition {
    /// Of what: `path-pattern`, `host-header`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Values of a path or a host, as they were given once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_header_config: Option<ValuesConfig>,
    /// Paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_pattern_config: Option<ValuesConfig>,
    /// A header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_header_config: Option<HttpHeaderConfig>,
    /// Parameters of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_string_config: Option<QueryStringConfig>,
    /// Methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_request_method_config: Option<ValuesConfig>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip_config: Option<ValuesConfig>,
}

/// Values, of which one must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ValuesConfig {
    /// The values.
    pub values: Option<Vec<String>>,
}

/// A header and its values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct HttpHeaderConfig {
    /// Its name.
    pub http_header_name: Option<String>,
    /// Its values.
    pub values: Option<Vec<String>>,
}

/// Parameters of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct QueryStringConfig {
    /// Those of which one must be there.
    pub values: Option<Vec<QueryStringPair>>,
}

/// A parameter of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct QueryStringPair {
    /// Its name; nothing where any will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

fn values(config: Option<&ValuesConfig>) -> &[String] {
    config.and_then(|it| it.values.as_deref()).unwrap_or_default()
}

fn check_length(value: &str, what: &str, most: usize) -> Result<(), ApiError> {
    match value.chars().count() > most {
        true => wrong(format!("The '{what}' value is too long; the limit is '{most}'")),
        false => Ok(()),
    }
}

/// Conditions as AWS says them, if a rule can have them.
pub(super) fn checked(conditions: Vec<Condition>) -> Result<Vec<Condition>, ApiError> {
    if conditions.is_empty() {
        return wrong("A condition must be specified");
    }
    let checked: Result<Vec<Condition>, ApiError> =
        conditions.into_iter().map(Condition::completed).collect();
    let checked = checked?;
    for field in ["http-request-method", "source-ip", "path-pattern", "host-header"] {
        let of_field = checked.iter().filter(|it| it.field.as_deref() == Some(field)).count();
        if of_field > 1 {
            return wrong(format!("A rule can only have one '{field}' condition"));
        }
    }
    let all: Vec<&str> = checked.iter().flat_map(Condition::texts).collect();
    if checked.iter().map(Condition::count).sum::<usize>() > CONDITION_VALUES_MAX {
        return wrong(format!(
            "A rule can only have '{CONDITION_VALUES_MAX}' condition values and regex values"
        ));
    }
    let wildcards: usize = all.iter().map(|it| it.matches(['*', '?']).count()).sum();
    if wildcards > CONDITION_WILDCARDS_MAX {
        return wrong(format!(
            "A rule can only have '{CONDITION_WILDCARDS_MAX}' condition wildcards"
        ));
    }
    Ok(checked)
}

impl Condition {
    fn completed(mut self) -> Result<Self, ApiError> {
        let Some(field) = self.field.clone() else {
            return wrong("A condition field must be specified");
        };
        if !FIELDS.contains(&&*field) {
            return wrong(format!(
                "Condition field '{field}' must be one of '{}'",
                FIELDS.join(",")
            ));
        }
        if self.values.is_some() && !["host-header", "path-pattern"].contains(&&*field) {
            return wrong(format!("The 'Values' field is not compatible with '{field}'"));
        }
        match &*field {
            "host-header" => {
                let config = self.host_header_config.take();
                let all = self.either(config, "host-header", "HostHeaderConfig")?;
                self.host_header_config = Some(ValuesConfig { values: Some(all) });
            }
            "path-pattern" => {
                let config = self.path_pattern_config.take();
                let all = self.either(config, "path-pattern", "PathPatternConfig")?;
                self.path_pattern_config = Some(ValuesConfig { values: Some(all) });
            }
            "http-header" => self.check_header()?,
            "query-string" => self.check_query()?,
            "http-request-method" => self.check_methods()?,
            _ => self.check_addresses()?,
        }
        Ok(self)
    }

    /// Values that are given in one of two ways; both are said then.
    fn either(
        &mut self,
        config: Option<ValuesConfig>,
        field: &str,
        member: &str,
    ) -> Result<Vec<String>, ApiError> {
        let given = self.values.take().filter(|it| !it.is_empty());
        if given.is_some() && config.is_some() {
            return wrong(format!(
                "You cannot provide both Values and '{member}' for a condition of type '{field}'"
            ));
        }
        if given.as_ref().is_some_and(|it| it.len() > 1) {
            return wrong(format!(
                "The '{field}' field contains too many values; the limit is '1'"
            ));
        }
        let all = given.or_else(|| config?.values).unwrap_or_default();
        if all.is_empty() {
            return wrong("A condition value must be specified");
        }
        for value in &all {
            check_length(value, field, CONDITION_VALUE_CHARS_MAX)?;
            let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.*?".contains(&byte);
            // The page of conditions asks for a dot; without one the text is the same.
            let is_host = value.bytes().all(is_of_host) && value.contains('.');
            if field == "host-header" && !is_host {
                return wrong(format!(
                    "Condition value '{value}' contains a character that is not valid"
                ));
            }
        }
        self.values = Some(all.clone());
        Ok(all)
    }

    fn check_header(&self) -> Result<(), ApiError> {
        let Some(config) = &self.http_header_config else {
            return wrong("A 'HttpHeaderConfig' must be specified with 'http-header'");
        };
        let name = config.http_header_name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return wrong("A 'HttpHeaderName' must be specified with 'http-header'");
        }
        check_length(name, "HttpHeaderName", CONDITION_NAME_CHARS_MAX)?;
        if name.eq_ignore_ascii_case("host") {
            return wrong("You cannot specify 'host' as an HTTP header name");
        }
        let values = config.values.as_deref().unwrap_or_default();
        if values.is_empty() {
            return wrong("A 'http-header' value must be specified");
        }
        values.iter().try_for_each(|it| check_length(it, "http-header", CONDITION_VALUE_CHARS_MAX))
    }

    fn check_query(&self) -> Result<(), ApiError> {
        let Some(config) = &self.query_string_config else {
            return wrong("A 'QueryStringConfig' must be specified with 'query-string'");
        };
        let pairs = config.values.as_deref().unwrap_or_default();
        if pairs.is_empty() {
            return wrong("A 'query-string' value must be specified");
        }
        for QueryStringPair { key, value } in pairs {
            let Some(value) = value else {
                return wrong("A 'Value' must be specified in 'QueryStringKeyValuePair'");
            };
            check_length(key.as_deref().unwrap_or_default(), "Key", CONDITION_VALUE_CHARS_MAX)?;
            check_length(value, "Value", CONDITION_VALUE_CHARS_MAX)?;
        }
        Ok(())
    }

    fn check_methods(&self) -> Result<(), ApiError> {
        const FIELD: &str = "http-request-method";
        if self.http_request_method_config.is_none() {
            return wrong(format!("A 'HttpRequestMethodConfig' must be specified with '{FIELD}'"));
        }
        let methods = values(self.http_request_method_config.as_ref());
        if methods.is_empty() {
            return wrong(format!("A '{FIELD}' value must be specified"));
        }
        for method in methods {
            check_length(method, FIELD, CONDITION_NAME_CHARS_MAX)?;
            if !method.bytes().all(|it| it.is_ascii_uppercase() || b"-_".contains(&it)) {
                return wrong(format!(
                    "The '{FIELD}' value is invalid; the allowed characters are A-Z, hyphen and underscore"
                ));
            }
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), ApiError> {
        if self.source_ip_config.is_none() {
            return wrong("A 'SourceIpConfig' must be specified with 'source-ip'");
        }
        let blocks = values(self.source_ip_config.as_ref());
        if blocks.is_empty() {
            return wrong("A 'source-ip' value must be specified");
        }
        for block in blocks {
            let parts = block.split_once('/');
            let is_block = parts.is_some_and(|(address, bits)| {
                let most = match address.parse::<IpAddr>() {
                    Ok(IpAddr::V4(_)) => 32,
                    Ok(IpAddr::V6(_)) => 128,
                    Err(_) => return false,
                };
                kernel::number::decimal(bits).is_some_and(|it| !bits.is_empty() && it <= most)
            });
            if !is_block {
                return wrong(format!("The specified value '{block}' is not a valid CIDR block"));
            }
        }
        Ok(())
    }

    /// How many values it has.
    fn count(&self) -> usize {
        let pairs = self.query_string_config.iter().flat_map(|it| it.values.iter().flatten());
        let header = self.http_header_config.iter().flat_map(|it| it.values.iter().flatten());
        self.configured().count() + header.count() + pairs.count()
    }

    fn configured(&self) -> impl Iterator<Item = &String> {
        let configs = [
            &self.host_header_config,
            &self.path_pattern_config,
            &self.http_request_method_config,
            &self.source_ip_config,
        ];
        configs.into_iter().flat_map(|it| values(it.as_ref()))
    }

    /// What may have wildcards.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let header = self.http_header_config.iter().flat_map(|it| it.values.iter().flatten());
        let pairs = self.query_string_config.iter().flat_map(|it| it.values.iter().flatten());
        let parts = pairs.flat_map(|it| [&it.key, &it.value]).flatten();
        self.configured().chain(header).chain(parts).map(String::as_str)
    }

    /// The same for whoever carries requests.
    pub(crate) fn planned(&self) -> Option<plane::Condition> {
        let of = |config: &Option<ValuesConfig>| values(config.as_ref()).to_vec();
        Some(match self.field.as_deref()? {
            "host-header" => plane::Condition::HostHeader(of(&self.host_header_config)),
            "path-pattern" => plane::Condition::PathPattern(of(&self.path_pattern_config)),
            "http-request-method" => {
                plane::Condition::HttpRequestMethod(of(&self.http_request_method_config))
            }
            "source-ip" => plane::Condition::SourceIp(of(&self.source_ip_config)),
            "http-header" => {
                let config = self.http_header_config.clone()?;
                plane::Condition::HttpHeader {
                    name: config.http_header_name?,
                    values: config.values?,
                }
            }
            _ => {
                let pairs = self.query_string_config.clone()?.values?;
                let pair = |it: QueryStringPair| (it.key, it.value.unwrap_or_default());
                plane::Condition::QueryString(pairs.into_iter().map(pair).collect())
            }
        })
    }
}
