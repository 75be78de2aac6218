//! A widget of metrics: what its JSON asks for, and the chart that is drawn of it. For dashboards and
//! `GetMetricWidgetImage` alike.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html>

mod rows;
mod span;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use charts::{Chart, Event, Level, Scale, Side, View};
use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alarm::{Alarm, AlarmKey};
use crate::error::{INVALID_PARAMETER_VALUE, missing};
use crate::limits::QUERIES_MAX;
use crate::{CloudWatch, Cx, Unit};
use rows::Row;

pub use span::parse_span;

/// How many points a line has at most: periods become longer where a span of time is long.
const POINTS_MAX: u64 = 1_440;
/// The period of a metric for which nobody says one.
const PERIOD_S: u64 = 300;

/// A widget of metrics, read.
struct Widget {
    rows: Vec<Row>,
    region: Option<Region>,
}

impl CloudWatch {
    /// The chart of a widget's properties, for an account; of `span`, in seconds since the epoch, or what the widget
    /// says itself.
    ///
    /// # Errors
    /// `InvalidParameterValue`, `ValidationError` where the properties ask for what cannot be understood.
    pub fn chart(
        &self,
        (account, region): (&AccountId, &Region),
        properties: &Value,
        span: Option<(u64, u64)>,
        now: Timestamp,
    ) -> Result<Chart, ApiError> {
        let widget = Widget::read(properties)?;
        let region = widget.region.as_ref().unwrap_or(region);
        let text = |name: &str| properties.get(name).and_then(Value::as_str);
        let own = || parse_span(text("start"), text("end"), now);
        let (from_s, until_s) = match span {
            Some(span) => span,
            None => own().ok_or_else(|| refused("its start and end are no span of time"))?,
        };
        let mut chart = Chart {
            view: view(properties),
            left: scale(properties, "left"),
            right: scale(properties, "right"),
            events: events(properties),
            ..Chart::new(text("title").unwrap_or_default(), from_s, until_s)
        };
        let size = |name: &str, usual: u32| {
            let given =
                properties.get(name).and_then(Value::as_u64).and_then(|it| it.try_into().ok());
            given.map_or(usual, |px: u32| px.clamp(120, 2_000))
        };
        (chart.width_px, chart.height_px) = (size("width", 600), size("height", 400));
        let least_s = (until_s - from_s).div_ceil(POINTS_MAX).max(1);
        let queries: Vec<_> = widget.rows.iter().map(|row| row.query(least_s)).collect();
        let lines = self.lines((account, region), &queries, (from_s, until_s), now)?;
        for line in lines {
            let Some(row) = widget.rows.iter().find(|row| row.id == line.id) else { continue };
            let unit = line.unit.map_or("None", Unit::as_str);
            let series = charts::Series::new(
                line.label,
                charts::Unit::named(unit),
                line.period_s,
                line.points,
            );
            let (side, color) = (row.side, row.color.clone());
            chart.series.push(charts::Series { side, color, ..series });
        }
        chart.levels = levels(properties);
        self.add_alarms(&mut chart, properties);
        Ok(chart)
    }

    /// The thresholds of the alarms that a widget names.
    fn add_alarms(&self, chart: &mut Chart, properties: &Value) {
        let named = properties.pointer("/annotations/alarms").and_then(Value::as_array);
        for arn in named.into_iter().flatten().filter_map(Value::as_str) {
            let Some(key) = AlarmKey::of_arn(arn) else { continue };
            let Some(threshold) = self.alarms.all.get(&key).and_then(Alarm::threshold) else {
                continue;
            };
            chart.levels.push(Level {
                label: key.name.to_string(),
                value: threshold,
                side: Side::Left,
                color: None,
            });
        }
    }
}

impl Widget {
    fn read(properties: &Value) -> Result<Self, ApiError> {
        if !properties.is_object() {
            return Err(refused("it is no JSON object"));
        }
        let region = match properties.get("region").and_then(Value::as_str) {
            None => None,
            Some(name) => Some(Region::parse(name).ok_or_else(|| refused("its region is none"))?),
        };
        let rows = Row::read_all(properties).map_err(refused)?;
        if rows.len() > QUERIES_MAX {
            return Err(refused(format!("it has more than {QUERIES_MAX} metrics")));
        }
        Ok(Self { rows, region })
    }
}

fn refused(why: impl std::fmt::Display) -> ApiError {
    INVALID_PARAMETER_VALUE.says(format!("The metric widget is invalid: {why}."))
}

fn view(properties: &Value) -> View {
    let is_stacked = properties.get("stacked").and_then(Value::as_bool) == Some(true);
    match properties.get("view").and_then(Value::as_str) {
        Some("singleValue" | "table") => View::Numbers,
        Some("bar") => View::Bars,
        Some("pie") => View::Shares,
        Some("gauge") => View::Gauge,
        _ if is_stacked => View::Stacked,
        _ => View::Lines,
    }
}

fn scale(properties: &Value, side: &str) -> Scale {
    let Some(axis) = properties.get("yAxis").and_then(|it| it.get(side)) else {
        return Scale::default();
    };
    let number = |name: &str| axis.get(name).and_then(Value::as_f64);
    let label = axis.get("label").and_then(Value::as_str).map(str::to_owned);
    let hides_units = axis.get("showUnits").and_then(Value::as_bool) == Some(false);
    let label = label.or_else(|| hides_units.then(String::new));
    Scale { min: number("min"), max: number("max"), label }
}

/// Annotations across.
fn levels(properties: &Value) -> Vec<Level> {
    let level = |one: &Value| {
        let is_right = text_of(one, "yAxis").as_deref() == Some("right");
        Some(Level {
            label: text_of(one, "label").unwrap_or_default(),
            value: one.get("value")?.as_f64()?,
            side: if is_right { Side::Right } else { Side::Left },
            color: text_of(one, "color"),
        })
    };
    annotations(properties, "horizontal").filter_map(level).collect()
}

/// Annotations down.
fn events(properties: &Value) -> Vec<Event> {
    let event = |one: &Value| {
        Some(Event {
            label: text_of(one, "label").unwrap_or_default(),
            at_s: span::moment_s(&text_of(one, "value")?)?,
            color: text_of(one, "color"),
        })
    };
    annotations(properties, "vertical").filter_map(event).collect()
}

/// The annotations of a kind, one by one: a band is two of them.
fn annotations<'a>(properties: &'a Value, kind: &str) -> impl Iterator<Item = &'a Value> {
    let listed =
        properties.get("annotations").and_then(|it| it.get(kind)).and_then(Value::as_array);
    listed.into_iter().flatten().flat_map(|one| match one {
        Value::Array(band) => band.as_slice(),
        one => std::slice::from_ref(one),
    })
}

fn text_of(annotation: &Value, name: &str) -> Option<String> {
    annotation.get(name).and_then(Value::as_str).map(str::to_owned)
}

impl CloudWatch {
    pub(crate) fn get_metric_widget_image(
        &self,
        cx: &Cx<'_>,
        origin: &Origin,
        input: &GetMetricWidgetImageInput,
    ) -> Result<GetMetricWidgetImageOutput, ApiError> {
        let text = input.metric_widget.as_deref().ok_or_else(|| missing("MetricWidget"))?;
        if !matches!(input.output_format.as_deref(), None | Some("png" | "image/png")) {
            return Err(INVALID_PARAMETER_VALUE
                .says("The value for parameter OutputFormat must be one of [png, image/png]."));
        }
        let properties: Value = serde_json::from_str(text).map_err(refused)?;
        let chart = self.chart((&origin.account, &origin.region), &properties, None, cx.now)?;
        Ok(GetMetricWidgetImageOutput { metric_widget_image: BASE64.encode(chart.svg()) })
    }
}

/// Input of `GetMetricWidgetImage`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetMetricWidgetImageInput {
    /// What is drawn: JSON, as the properties of a dashboard's widget.
    pub metric_widget: Option<String>,
    /// `png`, unless told. Here the image is an SVG whatever is asked for.
    pub output_format: Option<String>,
}

/// Output of `GetMetricWidgetImage`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetMetricWidgetImageOutput {
    /// The image, in base64. AWS answers with a PNG; here it is an SVG.
    pub metric_widget_image: String,
}
