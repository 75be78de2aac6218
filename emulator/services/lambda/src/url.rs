//! Function URLs: host names under which a function, or an alias of it, answers HTTP.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>

use kernel::arn::FunctionArn;
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::reference::Reference;
use super::{FunctionInput, Lambda, ListOfFunctionInput, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse, limits};

/// A function's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    /// The first label of its host name.
    pub id: Box<str>,
    /// Who may call it.
    pub auth_type: UrlAuthType,
    /// What pages of other origins may do.
    pub cors: Option<Cors>,
    /// How answers come; in one piece where nothing is said.
    pub invoke_mode: Option<InvokeMode>,
    pub(crate) created: Timestamp,
    pub(crate) last_modified: Timestamp,
}

/// `FunctionUrlAuthType`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlAuthType {
    /// `NONE`: everybody whom the function's policy lets.
    #[serde(rename = "NONE")]
    None,
    /// `AWS_IAM`: who signs and is let.
    #[serde(rename = "AWS_IAM")]
    AwsIam,
}

impl UrlAuthType {
    /// As AWS writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::AwsIam => "AWS_IAM",
        }
    }
}

/// `InvokeMode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvokeMode {
    /// `BUFFERED`: in one piece.
    #[default]
    Buffered,
    /// `RESPONSE_STREAM`: as it comes.
    ResponseStream,
}

/// `Cors`: <https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html>. What was not given is not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Cors {
    /// `AllowCredentials`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// `AllowHeaders`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    /// `AllowMethods`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    /// `AllowOrigins`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    /// `ExposeHeaders`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// `MaxAge`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", rename = "MaxAge")]
    pub max_age_s: Option<u32>,
}

/// Input of `CreateFunctionUrlConfig` and `UpdateFunctionUrlConfig`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FunctionUrlConfigInput {
    pub(super) function_name: String,
    pub(super) qualifier: Option<String>,
    pub(super) auth_type: Option<UrlAuthType>,
    cors: Option<Cors>,
    invoke_mode: Option<InvokeMode>,
}

/// A function's URL, as AWS shows it:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionUrlConfig.html>.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfigOutput {
    function_url: String,
    function_arn: String,
    auth_type: UrlAuthType,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<Cors>,
    creation_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoke_mode: Option<InvokeMode>,
}

/// Output of `ListFunctionUrlConfigs`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionUrlConfigsOutput {
    function_url_configs: Vec<FunctionUrlConfigOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl FunctionUrl {
    /// Where the record of a function's URL is kept.
    pub(crate) fn key_of(function: &FunctionArn, alias: Option<&str>) -> Key {
        Key::named(Kind::FunctionUrl, by(function, alias).to_string())
    }

    /// As who made or changed it is told: with the mode that was given.
    fn told(&self, arn: &FunctionArn, origin: &Origin) -> FunctionUrlConfigOutput {
        FunctionUrlConfigOutput {
            function_url: format!(
                "{}{}.lambda-url.{}.{}/",
                "http://",
                self.id,
                arn.region,
                authority(&origin.endpoint)
            ),
            function_arn: arn.to_string(),
            auth_type: self.auth_type,
            cors: self.cors.clone(),
            creation_time: self.created.iso8601_ms(),
            last_modified_time: Some(self.last_modified.iso8601_ms()),
            invoke_mode: self.invoke_mode,
        }
    }

    fn shown(&self, arn: &FunctionArn, origin: &Origin) -> FunctionUrlConfigOutput {
        let invoke_mode = Some(self.invoke_mode.unwrap_or_default());
        FunctionUrlConfigOutput { invoke_mode, ..self.told(arn, origin) }
    }
}

/// Under which authority host names of functions are reached: a bare address can have none before it.
fn authority(endpoint: &str) -> String {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, authority)| authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    };
    let is_address =
        host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let host = if is_address { "localhost" } else { host };
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn by(function: &FunctionArn, alias: Option<&str>) -> FunctionArn {
    FunctionArn { qualifier: alias.map(Into::into), ..function.clone() }
}

impl Lambda {
    /// The URL of this id, and by which ARN it invokes its function: with an alias or without. The alias
    /// may be gone; then nobody is let in.
    #[must_use]
    pub fn function_url(&self, id: &str) -> Option<(FunctionArn, &FunctionUrl)> {
        let arn = self.url_ids.get(id)?;
        let function = self.functions.get(&arn.unqualified())?;
        Some((arn.clone(), function.urls.get(&arn.qualifier)?))
    }

    pub(super) fn create_function_url_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: FunctionUrlConfigInput,
    ) -> Result<FunctionUrlConfigOutput, ApiError> {
        let arn = url_arn(&input.function_name, input.qualifier.as_deref(), origin)?;
        let function = self.functions.get(&arn.unqualified()).ok_or_else(no_function)?;
        if function.urls.contains_key(&arn.qualifier) {
            return Err(refuse::RESOURCE_CONFLICT.user(format!(
                "Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this Lambda function"
            )));
        }
        if function.resolve(arn.qualifier.as_deref()).is_none() {
            return Err(no_function());
        }
        let url = FunctionUrl {
            id: url_id(cx).into(),
            auth_type: input.auth_type.unwrap_or(UrlAuthType::AwsIam),
            cors: input.cors,
            invoke_mode: input.invoke_mode,
            created: cx.now,
            last_modified: cx.now,
        };
        let told = FunctionUrlConfigOutput { last_modified_time: None, ..url.told(&arn, origin) };
        self.keep_url(cx, &arn, url);
        Ok(told)
    }

    pub(super) fn update_function_url_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: FunctionUrlConfigInput,
    ) -> Result<FunctionUrlConfigOutput, ApiError> {
        let arn = url_arn(&input.function_name, input.qualifier.as_deref(), origin)?;
        let function = self.functions.get(&arn.unqualified()).ok_or_else(no_function)?;
        if function.resolve(arn.qualifier.as_deref()).is_none() {
            return Err(no_function());
        }
        let mut url = function.urls.get(&arn.qualifier).cloned().ok_or_else(no_url)?;
        url.auth_type = input.auth_type.unwrap_or(url.auth_type);
        url.cors = input.cors.or(url.cors);
        url.invoke_mode = input.invoke_mode.or(url.invoke_mode);
        url.last_modified = cx.now;
        let told = url.told(&arn, origin);
        self.keep_url(cx, &arn, url);
        Ok(told)
    }

    fn keep_url(&mut self, cx: &mut Cx<'_>, arn: &FunctionArn, url: FunctionUrl) {
        cx.put(|| Record::function_url(arn, &url));
        self.url_ids.insert(url.id.clone(), arn.clone());
        if let Some(function) = self.functions.get_mut(&arn.unqualified()) {
            function.urls.insert(arn.qualifier.clone(), url);
        }
    }

    pub(super) fn get_function_url_config(
        &self,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<FunctionUrlConfigOutput, ApiError> {
        let arn = url_arn(&input.function_name, input.qualifier.as_deref(), origin)?;
        let function = self.functions.get(&arn.unqualified());
        let url = function.and_then(|function| function.urls.get(&arn.qualifier));
        Ok(url.ok_or_else(no_url)?.shown(&arn, origin))
    }

    pub(super) fn list_function_url_configs(
        &self,
        origin: &Origin,
        input: &ListOfFunctionInput,
    ) -> Result<ListFunctionUrlConfigsOutput, ApiError> {
        let arn = Reference::parse(&input.function_name, None, origin)?.arn.unqualified();
        let function = self.functions.get(&arn).ok_or_else(no_function)?;
        let place = |(alias, _): &(&Option<Box<str>>, &FunctionUrl)| {
            format!(":{}", alias.as_deref().unwrap_or_default())
        };
        let all = function.urls.iter();
        let page = Page::of(all, place, input.marker.as_deref(), input.max_items);
        let shown = |(alias, url): (&Option<Box<str>>, &FunctionUrl)| {
            url.shown(&by(&arn, alias.as_deref()), origin)
        };
        Ok(ListFunctionUrlConfigsOutput {
            function_url_configs: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }

    pub(super) fn delete_function_url_config(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &FunctionInput,
    ) -> Result<NothingOutput, ApiError> {
        let arn = url_arn(&input.function_name, input.qualifier.as_deref(), origin)?;
        let function = self.functions.get_mut(&arn.unqualified());
        let removed = function.and_then(|function| function.urls.remove(&arn.qualifier));
        let url = removed.ok_or_else(no_url)?;
        self.url_ids.remove(&url.id);
        cx.delete(|| FunctionUrl::key_of(&arn.unqualified(), arn.qualifier.as_deref()));
        Ok(NothingOutput {})
    }
}

/// A function or an alias: what is written as a version cannot have a URL.
fn url_arn(name: &str, qualifier: Option<&str>, origin: &Origin) -> Result<FunctionArn, ApiError> {
    let arn = Reference::parse(name, qualifier, origin)?.arn;
    match arn.qualifier.as_deref().filter(|qualifier| !super::qualifier::is_alias(qualifier)) {
        None => Ok(arn),
        Some(version) => Err(refuse::VALIDATION.says(format!(
            "1 validation error detected: Value '{version}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
        ))),
    }
}

fn url_id(cx: &mut Cx<'_>) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let bytes = cx.ids.bytes(limits::URL_ID_CHARS);
    bytes.into_iter().map(|byte| char::from(ALPHABET[usize::from(byte) % 36])).collect()
}

fn no_function() -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user("Function does not exist")
}

fn no_url() -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")
}
