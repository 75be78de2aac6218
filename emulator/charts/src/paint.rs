//! What all charts are painted with: colours, text, the frame.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::{Chart, SERIES_MAX};

/// Ten that can be told apart, also by most who do not see all colours.
const COLORS: [&str; 10] = [
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
    "#bcbd22", "#17becf",
];

/// Paper and ink by day and by night. Within a page the rules hold for its charts alone.
const STYLE: &str = "\
.chart{font:12px system-ui,sans-serif;--ink:#1f2328;--soft:#59636e;--grid:#d8dee4;--paper:#ffffff;background:var(--paper)}\
.chart text{fill:var(--soft)}.chart .title{fill:var(--ink);font-size:14px;font-weight:600}.chart .big{fill:var(--ink)}\
.chart .grid{stroke:var(--grid)}.chart .line{fill:none;stroke-width:1.5;stroke-linejoin:round}\
.chart .level{stroke-width:1.5;stroke-dasharray:6 4}.chart .event{stroke-dasharray:2 3}\
.chart .at .cursor{stroke:var(--soft);visibility:hidden}.chart .at:hover .cursor{visibility:visible}\
@media(prefers-color-scheme:dark){.chart{--ink:#f0f6fc;--soft:#9198a1;--grid:#3d444d;--paper:#0d1117}}";

/// What stands left of a chart's edge, in pixels.
pub(crate) const MARGIN_PX: f64 = 12.0;
/// The height of a line of text.
pub(crate) const LINE_PX: f64 = 18.0;

/// A document that is being painted.
pub(crate) struct Canvas {
    document: String,
    pub width_px: f64,
    pub height_px: f64,
}

impl Canvas {
    /// Paper with the chart's title. `told` is what is said to who does not see it.
    pub fn new(chart: &Chart, told: &str) -> Self {
        let (width, height) = (chart.width_px.clamp(120, 4_000), chart.height_px.clamp(80, 4_000));
        let mut document = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\"><style>{STYLE}</style>",
            escaped(&format!("{}{}{told}", chart.title, if told.is_empty() { "" } else { ": " }))
        );
        if !chart.title.is_empty() {
            let title = cut(&chart.title, f64::from(width) - 2.0 * MARGIN_PX);
            let _ = write!(
                document,
                "<text class=\"title\" x=\"{MARGIN_PX}\" y=\"20\">{}</text>",
                escaped(&title)
            );
        }
        Self { document, width_px: width.into(), height_px: height.into() }
    }

    /// Where what is drawn may begin, below the title.
    pub fn top_px(&self, chart: &Chart) -> f64 {
        if chart.title.is_empty() { MARGIN_PX } else { 34.0 }
    }

    /// Markup of ours. Whatever came from outside in it is [`escaped`].
    pub fn draw(&mut self, markup: &str) {
        self.document.push_str(markup);
    }

    /// Text, at its beginning, middle or end.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        let _ = write!(
            self.document,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            px(x),
            px(y),
            escaped(text)
        );
    }

    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, y1, x2, y2) = (px(x1), px(y1), px(x2), px(y2));
        let line =
            format!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
        self.draw(&line);
    }

    pub fn finish(self) -> String {
        self.document + "</svg>"
    }
}

/// The colour of the series at a place, or of its own where that is one.
pub(crate) fn color(own: Option<&String>, at: usize) -> &str {
    let is_one = |text: &&String| {
        let digits = text.strip_prefix('#').unwrap_or_default();
        matches!(digits.len(), 3 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    own.filter(is_one).map_or(COLORS[at % COLORS.len()], String::as_str)
}

/// A legend: for each name its colour, from the left to the right, in as many lines as it takes. Gives its height
/// where `canvas` is nothing.
pub(crate) fn legend(
    canvas: Option<&mut Canvas>,
    names: &[(String, String)],
    width_px: f64,
    top_px: f64,
) -> f64 {
    const KEY_PX: f64 = 16.0;
    const GAP_PX: f64 = 14.0;
    let (mut x, mut y) = (MARGIN_PX, top_px + LINE_PX - 5.0);
    let mut drawn = String::new();
    for (name, color) in names {
        let name = cut(name, width_px - 2.0 * MARGIN_PX - KEY_PX);
        let wide = KEY_PX + width_of(&name) + GAP_PX;
        if x + wide > width_px && x > MARGIN_PX {
            (x, y) = (MARGIN_PX, y + LINE_PX);
        }
        let _ = write!(
            drawn,
            "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{color}\"/><text x=\"{}\" y=\"{}\">{}</text>",
            px(x),
            px(y - 9.0),
            px(x + KEY_PX),
            px(y),
            escaped(&name)
        );
        x += wide;
    }
    if let Some(canvas) = canvas {
        canvas.draw(&drawn);
    }
    if names.is_empty() { 0.0 } else { y + 5.0 - top_px }
}

/// The series that are drawn, each with its colour, and how many are left out.
pub(crate) fn drawn(chart: &Chart) -> (Vec<(&crate::Series, &str)>, usize) {
    let all = chart.series.iter().enumerate();
    let drawn = all.map(|(at, series)| (series, color(series.color.as_ref(), at)));
    (drawn.take(SERIES_MAX).collect(), chart.series.len().saturating_sub(SERIES_MAX))
}

/// Text as it may stand in XML, in content and in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What no XML may hold.
            it if it.is_control() => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

/// How wide text of twelve pixels is, roughly.
pub(crate) fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * 7.0
}

/// Text that is not wider than that.
pub(crate) fn cut(text: &str, width_px: f64) -> Cow<'_, str> {
    let fits = (width_px / 7.0).max(1.0) as usize;
    if text.chars().count() <= fits {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(fits.saturating_sub(1)).collect();
    Cow::Owned(kept + "…")
}

/// A place on the board, to a tenth of a pixel.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
