//! The embedded metric format: metrics in log events.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::limits::{
    EMF_DIMENSIONS_MAX, EMF_METRICS_MAX, EMF_VALUES_MAX, FUTURE_MS_MAX, METRIC_NAME_CHARS_MAX,
    METRIC_VALUE_MAX, PAST_MS_MAX,
};

/// A metric of an event: one of its sets of dimensions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EmbeddedMetric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    pub(crate) unit: String,
    /// In milliseconds since the epoch.
    pub(crate) at_ms: u64,
    pub(crate) is_fine: bool,
    pub(crate) values: Vec<f64>,
}

/// What an event says of metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Embedded {
    pub(crate) metrics: Vec<EmbeddedMetric>,
    /// How much of it breaks a rule and counts for nothing.
    pub(crate) invalid: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: Option<f64>,
    cloud_watch_metrics: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: String,
    dimensions: Vec<Vec<String>>,
    metrics: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: String,
    unit: Option<String>,
    storage_resolution: Option<u64>,
}

/// The metrics of an event that came at `now_ms`; nothing where it is none of this format. What Lambda writes
/// before the document is passed over.
pub(crate) fn read(message: &str, now_ms: u64) -> Option<Embedded> {
    if !message.contains("\"_aws\"") {
        return None;
    }
    let document = message.get(message.find('{')?..)?;
    let mut document: Map<String, Value> = serde_json::from_str(document.trim()).ok()?;
    let metadata = document.remove("_aws")?;
    metadata.get("CloudWatchMetrics")?;
    let mut embedded = Embedded::default();
    let Ok(metadata) = serde_json::from_value::<Metadata>(metadata) else {
        embedded.invalid = 1;
        return Some(embedded);
    };
    let at_ms = metadata.timestamp.map_or(now_ms, |at| at as u64);
    let is_known = (now_ms.saturating_sub(PAST_MS_MAX)..=now_ms + FUTURE_MS_MAX).contains(&at_ms);
    for directive in metadata.cloud_watch_metrics {
        match serde_json::from_value::<Directive>(directive) {
            Ok(directive) if is_known && directive.is_valid() => {
                directive.read(&document, at_ms, &mut embedded);
            }
            _ => embedded.invalid += 1,
        }
    }
    Some(embedded)
}

impl Directive {
    fn is_valid(&self) -> bool {
        let is_name = |name: &String| is_name(name);
        let namespace = &self.namespace;
        is_name(namespace)
            && !namespace.starts_with("AWS/")
            && self.metrics.len() <= EMF_METRICS_MAX
            && self.dimensions.iter().all(|set| set.len() <= EMF_DIMENSIONS_MAX)
            && self.dimensions.iter().flatten().all(is_name)
    }

    fn read(self, document: &Map<String, Value>, at_ms: u64, embedded: &mut Embedded) {
        let no_dimensions = vec![Vec::new()];
        let sets = if self.dimensions.is_empty() { &no_dimensions } else { &self.dimensions };
        for Definition { name, unit, storage_resolution } in &self.metrics {
            let values = document.get(name).and_then(values).filter(|_| is_name(name));
            let is_resolution = matches!(storage_resolution, None | Some(1 | 60));
            let Some(values) = values.filter(|_| is_resolution) else {
                embedded.invalid += 1;
                continue;
            };
            for set in sets {
                let dimensions = set.iter().map(|name| {
                    let value = text(document.get(name)?)?;
                    Some((name.clone(), value))
                });
                match dimensions.collect::<Option<Vec<_>>>() {
                    Some(dimensions) => embedded.metrics.push(EmbeddedMetric {
                        namespace: self.namespace.clone(),
                        name: name.clone(),
                        dimensions,
                        unit: unit.clone().unwrap_or_else(|| "None".to_owned()),
                        at_ms,
                        is_fine: *storage_resolution == Some(1),
                        values: values.clone(),
                    }),
                    None => embedded.invalid += 1,
                }
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=METRIC_NAME_CHARS_MAX).contains(&name.chars().count())
}

/// A number, or not too many of them.
fn values(value: &Value) -> Option<Vec<f64>> {
    let number = |value: &Value| value.as_f64().filter(|number| is_metric_value(*number));
    match value {
        Value::Array(values) if values.len() <= EMF_VALUES_MAX => {
            values.iter().map(number).collect()
        }
        value => Some(vec![number(value)?]),
    }
}

/// Whether a metric can have this value.
pub(crate) fn is_metric_value(number: f64) -> bool {
    number.abs() <= METRIC_VALUE_MAX
}

/// The value of a dimension.
fn text(value: &Value) -> Option<String> {
    let Value::String(text) = value else { return None };
    (!text.is_empty() && text.chars().count() <= 1024).then(|| text.clone())
}
