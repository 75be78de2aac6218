//! CloudWatch's dashboards, drawn: pages of SVG without a script.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use askama::Template;
use cloudless_core::cloudwatch::{AlarmKey, CloudWatch, parse_span};
use cloudless_core::names::{AccountId, Region};
use cloudless_core::{Timestamp, World};
use http::{Response, StatusCode};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};
use serde_json::Value;

use super::page::page;
use super::query::Query;
use super::{Parameter, Told, parameter, problem};
use crate::http::{Http, ResponseBody};

pub(super) const PATH: &str = "/_cloudless/dashboards/";

pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "start",
        "from when on: how long ago (-PT3H, unless this or the dashboard says), or a moment in ISO 8601",
    ),
    parameter("end", "until when: a moment in ISO 8601, or how long ago; now, unless told"),
    parameter("refresh_s", "after how many seconds a browser asks again; not at all, unless told"),
    parameter("account", "whose it is: 000000000000, unless told"),
];

/// How large a step of a dashboard's grid is drawn.
const COLUMN_PX: u32 = 52;
const ROW_PX: u32 = 50;
/// How wide a phone shows a widget.
const PHONE_PX: u32 = 360;
/// What stands for the height of a widget in the grid beyond this is no height.
const HEIGHT_MAX: u64 = 1_000;
const USUAL_SPAN: &str = "-PT3H";
const SPANS: [(&str, &str); 6] = [
    ("15 minutes", "-PT15M"),
    ("1 hour", "-PT1H"),
    ("3 hours", "-PT3H"),
    ("12 hours", "-PT12H"),
    ("1 day", "-P1D"),
    ("1 week", "-P1W"),
];

#[derive(Template)]
#[template(path = "dashboards.html")]
struct All {
    names: Vec<String>,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct One<'a> {
    name: &'a str,
    from: String,
    until: String,
    /// Other spans: what they are called, how they begin, whether it is the one that is shown.
    spans: [(&'static str, &'static str, bool); 6],
    chosen: &'a str,
    /// What links keep of the query.
    kept: String,
    refresh_s: Option<u64>,
    widgets: Vec<Widget>,
}

/// A widget at its place.
struct Widget {
    column: u64,
    row: u64,
    width: u64,
    height: u64,
    content: Content,
}

enum Content {
    /// SVG of ours, for a screen and for a phone.
    Chart {
        wide: String,
        narrow: String,
    },
    /// HTML that was made of Markdown.
    Text(String),
    Alarms {
        title: String,
        alarms: Vec<(String, &'static str, String)>,
    },
    /// Why nothing is drawn.
    Problem(String),
}

/// The names of all dashboards of the usual account.
pub(super) fn all(http: &Http) -> Response<ResponseBody> {
    let account = AccountId::default();
    let names =
        |world: &World| world.cloudwatch().dashboard_names(&account).map(str::to_owned).collect();
    page(&All { names: http.engine.with_world(names) })
}

/// A dashboard.
///
/// # Errors
/// Says what is wrong with the query.
pub(super) fn one(http: &Http, name: &str, query: &Query) -> Told {
    let account = match query.get("account") {
        None => AccountId::default(),
        Some(digits) => AccountId::parse(digits).ok_or("account is a number of twelve digits")?,
    };
    let refresh_s = query.read_as::<u64>("refresh_s", "a number of seconds")?;
    let refresh_s = refresh_s.map(|seconds| seconds.clamp(1, 86_400));
    let body = |world: &World| world.cloudwatch().dashboard(&account, name).map(str::to_owned);
    let Some(body) = http.engine.with_world(body) else {
        let told =
            format!("there is no dashboard {name}; /_cloudless/dashboards lists what there is");
        return Ok(problem(StatusCode::NOT_FOUND, &told));
    };
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let said = |name| query.get(name).or_else(|| body.get(name).and_then(Value::as_str));
    let chosen = said("start").unwrap_or(USUAL_SPAN);
    let now = http.engine.clock().now();
    let span = parse_span(Some(chosen), said("end"), now)
        .ok_or("start and end are moments, or how long ago they are (-PT3H), the earlier first")?;
    let mut rows = Rows::default();
    let widgets = body.get("widgets").and_then(Value::as_array).into_iter().flatten();
    // Each by itself: calls need not wait until all of them are drawn.
    let drawn = widgets.map(|widget| {
        http.engine
            .with_world(|world| draw(world.cloudwatch(), &account, widget, span, now, &mut rows))
    });
    let widgets = drawn.collect();
    let second = |at_s: u64| Timestamp::from_ms(at_s * 1_000).iso8601_ms()[..19].replace('T', " ");
    Ok(page(&One {
        name,
        from: second(span.0),
        until: second(span.1),
        spans: SPANS.map(|(label, start)| (label, start, start == chosen)),
        chosen,
        kept: refresh_s.map_or_else(String::new, |seconds| format!("&refresh_s={seconds}")),
        refresh_s,
        widgets,
    }))
}

/// Where a widget goes that does not say it: beside the one before, or below all.
#[derive(Default)]
struct Rows {
    column: u64,
    row: u64,
    below: u64,
}

impl Rows {
    fn place(&mut self, width: u64, height: u64) -> (u64, u64) {
        if self.column + width > 24 {
            (self.column, self.row) = (0, self.below);
        }
        let place = (self.column, self.row);
        self.column += width;
        self.below = self.below.max(self.row + height);
        place
    }
}

fn draw(
    cloudwatch: &CloudWatch,
    account: &AccountId,
    widget: &Value,
    span: (u64, u64),
    now: Timestamp,
    rows: &mut Rows,
) -> Widget {
    let number = |name: &str| widget.get(name).and_then(Value::as_u64);
    let width = number("width").unwrap_or(6).clamp(1, 24);
    let height = number("height").unwrap_or(6).clamp(1, HEIGHT_MAX);
    let (column, row) = match (number("x"), number("y")) {
        (Some(x), Some(y)) => (x.min(24 - width), y.min(100_000)),
        _ => rows.place(width, height),
    };
    let nothing = Value::Null;
    let properties = widget.get("properties").unwrap_or(&nothing);
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let content = match widget.get("type").and_then(Value::as_str) {
        Some("metric") => {
            let place = (account, &Region::default());
            match cloudwatch.chart(place, properties, Some(span), now) {
                Ok(mut chart) => {
                    let size = |steps: u64, px: u32| u32::try_from(steps).map_or(px, |it| it * px);
                    chart.height_px = size(height, ROW_PX);
                    chart.width_px = size(width, COLUMN_PX);
                    let wide = chart.svg();
                    chart.width_px = PHONE_PX;
                    Content::Chart { wide, narrow: chart.svg() }
                }
                Err(refused) => Content::Problem(refused.message().to_owned()),
            }
        }
        Some("text") => Content::Text(markdown(text("markdown"))),
        Some("alarm") => Content::Alarms {
            title: text("title").to_owned(),
            alarms: alarms(cloudwatch, properties),
        },
        Some("log") => Content::Problem(format!(
            "{} A widget of logs is not drawn here; aws logs start-query answers it: {}",
            text("title"),
            text("query")
        )),
        kind => Content::Problem(format!(
            "A widget of the type {} is not drawn here.",
            kind.unwrap_or("?")
        )),
    };
    Widget { column: column + 1, row: row + 1, width, height, content }
}

fn alarms(cloudwatch: &CloudWatch, properties: &Value) -> Vec<(String, &'static str, String)> {
    let named = properties.get("alarms").and_then(Value::as_array).into_iter().flatten();
    named
        .filter_map(Value::as_str)
        .map(|arn| {
            let name = arn.split_once(":alarm:").map_or(arn, |(_, name)| name).to_owned();
            match AlarmKey::of_arn(arn).and_then(|key| cloudwatch.alarm_state(&key)) {
                Some((state, reason)) => (name, state, reason.to_owned()),
                None => (name, "", "there is no such alarm".to_owned()),
            }
        })
        .collect()
}

/// Markdown as HTML. What is HTML in it is shown as text, and links go to pages alone.
fn markdown(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: page_of(dest_url), title, id })
        }
        // Nothing is fetched from elsewhere: what an image is of stands in its place.
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(pulldown_cmark::TagEnd::Image) => Event::End(pulldown_cmark::TagEnd::Emphasis),
        event => event,
    });
    let mut written = String::new();
    html::push_html(&mut written, events);
    written
}

fn page_of(url: CowStr<'_>) -> CowStr<'_> {
    let is_page = ["https://", "http://", "/", "#"].iter().any(|start| url.starts_with(start));
    if is_page { url } else { CowStr::Borrowed("#") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_markdown_and_never_markup_or_script() {
        let text = "# Queue\n\n**deep** <script>alert(1)</script> [run](javascript:alert(1)) [doc](https://a.example)\n\n\
                    <img src=x onerror=alert(1)>\n\n![chart](http://a.example/x.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |";
        insta::assert_snapshot!(markdown(text), @r##"
        <h1>Queue</h1>
        <p><strong>deep</strong> &lt;script&gt;alert(1)&lt;/script&gt; <a href="#">run</a> <a href="https://a.example">doc</a></p>
        &lt;img src=x onerror=alert(1)&gt;
        <p><em>chart</em></p>
        <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>
        <tr><td>1</td><td>2</td></tr>
        </tbody></table>
        "##);
    }
}
