//! Dashboards: JSON that says what is drawn where. They belong to an account, not to a region.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::AccountId;
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{
    DASHBOARD_INVALID, DASHBOARD_NOT_FOUND, INVALID_PARAMETER_VALUE, LIMIT_EXCEEDED, missing,
};
use crate::limits::{
    DASHBOARD_SIZE_BYTES_MAX, DASHBOARDS_MAX, LISTED_DASHBOARDS, NAME_CHARS_MAX, WIDGETS_MAX,
};
use crate::tags::{Tag, merged};
use crate::{CloudWatch, Cx, Empty, Kind, Record, page};

/// Whose it is, and what it is called.
pub(crate) type DashboardKey = (AccountId, Box<str>);

/// A dashboard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dashboard {
    /// JSON, as it was put.
    pub(crate) body: String,
    pub(crate) modified: Timestamp,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Widgets that there are.
const WIDGETS: [&str; 6] = ["alarm", "custom", "explorer", "log", "metric", "text"];

fn arn((account, name): &DashboardKey) -> String {
    format!("arn:aws:cloudwatch::{account}:dashboard/{name}")
}

pub(crate) fn key_of((account, name): &DashboardKey) -> Key {
    Key::named(Kind::Dashboard, format!("{account}/{name}"))
}

impl CloudWatch {
    /// What a dashboard is, in JSON.
    #[must_use]
    pub fn dashboard(&self, account: &AccountId, name: &str) -> Option<&str> {
        self.dashboards.get(&(account.clone(), name.into())).map(|it| &*it.body)
    }

    /// The names of an account's dashboards.
    pub fn dashboard_names<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a str> {
        let own = self.dashboards.keys().filter(move |(owner, _)| owner == account);
        own.map(|(_, name)| &**name)
    }

    pub(crate) fn put_dashboard(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PutDashboardInput,
    ) -> Result<PutDashboardOutput, ApiError> {
        let name = input.dashboard_name.ok_or_else(|| missing("DashboardName"))?;
        let body = input.dashboard_body.ok_or_else(|| missing("DashboardBody"))?;
        check_name(&name)?;
        let messages = check_body(&body)?;
        let key: DashboardKey = (origin.account.clone(), name.into());
        let before = self.dashboards.get(&key);
        if before.is_none() && self.dashboards.len() >= DASHBOARDS_MAX {
            return Err((&LIMIT_EXCEEDED).into());
        }
        let tags = match before {
            Some(before) => before.tags.clone(),
            None => merged(&BTreeMap::new(), &input.tags)?,
        };
        let dashboard = Dashboard { body, modified: cx.now, tags };
        cx.put(|| Record::dashboard(&key, &dashboard));
        self.dashboards.insert(key, dashboard);
        Ok(PutDashboardOutput { dashboard_validation_messages: messages })
    }

    pub(crate) fn get_dashboard(
        &self,
        origin: &Origin,
        input: &DashboardNameInput,
    ) -> Result<GetDashboardOutput, ApiError> {
        let name = input.dashboard_name.as_deref().ok_or_else(|| missing("DashboardName"))?;
        let key: DashboardKey = (origin.account.clone(), name.into());
        let dashboard = self.dashboards.get(&key).ok_or_else(|| not_found(name))?;
        Ok(GetDashboardOutput {
            dashboard_arn: arn(&key),
            dashboard_body: dashboard.body.clone(),
            dashboard_name: name.to_owned(),
        })
    }

    pub(crate) fn list_dashboards(
        &self,
        origin: &Origin,
        input: &ListDashboardsInput,
    ) -> Result<ListDashboardsOutput, ApiError> {
        let prefix = input.dashboard_name_prefix.as_deref().unwrap_or_default();
        let own = self
            .dashboards
            .iter()
            .filter(|((account, name), _)| *account == origin.account && name.starts_with(prefix));
        let scope = format!("dashboards {} {}", origin.account, prefix.replace('\n', " "));
        let token = input.next_token.as_deref();
        let place = |((_, name), _): &(&DashboardKey, &Dashboard)| name.to_string();
        let page = page::of(own, token, LISTED_DASHBOARDS, place, &scope).ok_or_else(|| {
            INVALID_PARAMETER_VALUE.says("Request parameter NextToken is invalid")
        })?;
        let entry = |(key, dashboard): (&DashboardKey, &Dashboard)| DashboardEntry {
            dashboard_name: key.1.to_string(),
            dashboard_arn: arn(key),
            last_modified: dashboard.modified.as_epoch_s(),
            size: dashboard.body.len(),
        };
        Ok(ListDashboardsOutput {
            dashboard_entries: page.items.into_iter().map(entry).collect(),
            next_token: page.next_token,
        })
    }

    /// All of them, or none where one is not there.
    pub(crate) fn delete_dashboards(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteDashboardsInput,
    ) -> Result<Empty, ApiError> {
        let names = input.dashboard_names.as_deref().unwrap_or_default();
        if names.is_empty() {
            return Err(
                INVALID_PARAMETER_VALUE.says("The parameter DashboardNames must not be empty.")
            );
        }
        let key = |name: &String| (origin.account.clone(), name.as_str().into());
        let unknown = names.iter().find(|name| !self.dashboards.contains_key(&key(name)));
        if let Some(unknown) = unknown {
            return Err(not_found(unknown));
        }
        for key in names.iter().map(key) {
            if self.dashboards.remove(&key).is_some() {
                cx.delete(|| key_of(&key));
            }
        }
        Ok(Empty {})
    }
}

fn not_found(name: &str) -> ApiError {
    DASHBOARD_NOT_FOUND.says(format!("Dashboard {name} does not exist"))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    match !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(is_part) {
        true => Ok(()),
        false => Err(INVALID_PARAMETER_VALUE.says(format!(
            "The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).",
        ))),
    }
}

/// Refuses what cannot be drawn; says what is not as it should be and is drawn all the same.
fn check_body(body: &str) -> Result<Vec<DashboardValidationMessage>, ApiError> {
    if body.len() > DASHBOARD_SIZE_BYTES_MAX {
        return Err(refused(&[message(
            "",
            format!("Should NOT be longer than {DASHBOARD_SIZE_BYTES_MAX} bytes"),
        )]));
    }
    let Ok(Value::Object(dashboard)) = serde_json::from_str(body) else {
        return Err(refused(&[message("", "The dashboard body should be a valid JSON object")]));
    };
    let Some(widgets) = dashboard.get("widgets").and_then(Value::as_array) else {
        return Err(refused(&[message("", "Should have required property 'widgets'")]));
    };
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    if widgets.len() > WIDGETS_MAX {
        let text = format!("Should NOT have more than {WIDGETS_MAX} items");
        errors.push(message("/widgets", text));
    }
    for (at, widget) in widgets.iter().enumerate() {
        check_widget(widget, &format!("/widgets/{at}"), &mut errors, &mut warnings);
    }
    match errors.is_empty() {
        true => Ok(warnings),
        false => Err(refused(&errors)),
    }
}

fn check_widget(
    widget: &Value,
    path: &str,
    errors: &mut Vec<DashboardValidationMessage>,
    warnings: &mut Vec<DashboardValidationMessage>,
) {
    let kind = widget.get("type").and_then(Value::as_str);
    match kind {
        None => errors.push(message(path, "Should have required property 'type'")),
        Some(kind) if !WIDGETS.contains(&kind) => {
            errors
                .push(message(&format!("{path}/type"), "Should match exactly one schema in oneOf"));
        }
        Some(_) => {}
    }
    let Some(properties) = widget.get("properties").filter(|it| it.is_object()) else {
        errors.push(message(path, "Should have required property 'properties'"));
        return;
    };
    for (member, most) in [("width", 24), ("height", 1000), ("x", 23), ("y", u64::MAX)] {
        let Some(value) = widget.get(member) else { continue };
        if value.as_u64().is_none_or(|value| value > most) {
            let path = format!("{path}/{member}");
            errors.push(message(&path, format!("Should be an integer up to {most}")));
        }
    }
    let needed: &[&str] = match kind {
        Some("metric") => &["region"],
        Some("text") => &["markdown"],
        Some("alarm") => &["alarms"],
        Some("log") => &["query", "region"],
        _ => &[],
    };
    for member in needed.iter().filter(|member| properties.get(**member).is_none()) {
        let text = format!("Should have required property '{member}'");
        warnings.push(message(&format!("{path}/properties"), text));
    }
    if kind == Some("metric")
        && ["metrics", "annotations"].iter().all(|member| properties.get(member).is_none())
    {
        let text = "Should have required property 'metrics' or 'annotations'";
        warnings.push(message(&format!("{path}/properties"), text));
    }
}

fn message(path: &str, text: impl Into<String>) -> DashboardValidationMessage {
    DashboardValidationMessage { data_path: path.to_owned(), message: text.into() }
}

fn refused(errors: &[DashboardValidationMessage]) -> ApiError {
    let told = errors
        .iter()
        .map(|it| serde_json::json!({"dataPath": it.data_path, "message": it.message}));
    let told: Vec<Value> = told.collect();
    DASHBOARD_INVALID.says(format!(
        "The dashboard body is invalid, there are {} validation errors: {}",
        errors.len(),
        Value::from(told)
    ))
}

/// Input of `PutDashboard`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutDashboardInput {
    /// Its name.
    pub dashboard_name: Option<String>,
    /// JSON.
    pub dashboard_body: Option<String>,
    /// What a new one is tagged with.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Output of `PutDashboard`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutDashboardOutput {
    /// What is not as it should be.
    pub dashboard_validation_messages: Vec<DashboardValidationMessage>,
}

/// What is not as it should be, and where.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DashboardValidationMessage {
    /// `/widgets/0/properties`
    pub data_path: String,
    /// What is wrong there.
    pub message: String,
}

/// Input of `GetDashboard`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DashboardNameInput {
    /// Its name.
    pub dashboard_name: Option<String>,
}

/// Output of `GetDashboard`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDashboardOutput {
    /// Its ARN.
    pub dashboard_arn: String,
    /// JSON.
    pub dashboard_body: String,
    /// Its name.
    pub dashboard_name: String,
}

/// Input of `ListDashboards`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListDashboardsInput {
    /// Whose names begin so.
    pub dashboard_name_prefix: Option<String>,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// Output of `ListDashboards`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDashboardsOutput {
    /// A page of them.
    pub dashboard_entries: Vec<DashboardEntry>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A dashboard in a list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DashboardEntry {
    /// Its name.
    pub dashboard_name: String,
    /// Its ARN.
    pub dashboard_arn: String,
    /// When it was put, in seconds since the epoch.
    pub last_modified: f64,
    /// In bytes.
    pub size: usize,
}

/// Input of `DeleteDashboards`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteDashboardsInput {
    /// Which.
    pub dashboard_names: Option<Vec<String>>,
}
