//! Labels with `${…}` in them.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html>

use kernel::time::Timestamp;

use crate::math::Series;

/// The label with what it says of a series. `own` is the series' usual label.
pub(crate) fn filled(label: &str, series: &Series, own: &str) -> String {
    let mut text = String::new();
    let mut rest = label;
    while let Some((before, behind)) = rest.split_once("${") {
        text.push_str(before);
        let Some((token, after)) = behind.split_once('}') else {
            text.push_str("${");
            rest = behind;
            break;
        };
        match value(token.trim(), series, own) {
            Some(value) => text.push_str(&value),
            None => text.push_str(&format!("${{{token}}}")),
        }
        rest = after;
    }
    text + rest
}

fn value(token: &str, series: &Series, own: &str) -> Option<String> {
    let points = &series.points;
    let greatest = || points.iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
    let least = || points.iter().min_by(|(_, one), (_, other)| one.total_cmp(other));
    let sum = || points.iter().fold(0.0, |sum, (_, value)| sum + value);
    let number = |point: Option<&(u64, f64)>| point.map_or("--".into(), |(_, it)| short(*it));
    let moment = |point: Option<&(u64, f64)>| {
        point.map_or("--".into(), |(at, _)| Timestamp::from_ms(at * 1000).iso8601_ms())
    };
    if let Some(property) = token.strip_prefix("PROP(").and_then(|it| it.strip_suffix(')')) {
        return property_of(property.trim_matches(['\'', '"']), series);
    }
    Some(match token {
        "LABEL" => own.to_owned(),
        "MAX" => number(greatest()),
        "MIN" => number(least()),
        "FIRST" => number(points.first()),
        "LAST" => number(points.last()),
        "MAX_TIME" => moment(greatest()),
        "MIN_TIME" => moment(least()),
        "FIRST_TIME" => moment(points.first()),
        "LAST_TIME" => moment(points.last()),
        "SUM" => short(sum()),
        "AVG" if points.is_empty() => "--".to_owned(),
        "AVG" => short(sum() / points.len() as f64),
        "DATAPOINT_COUNT" => points.len().to_string(),
        _ => return None,
    })
}

fn property_of(name: &str, series: &Series) -> Option<String> {
    if name == "Period" {
        return Some(series.period_s.to_string());
    }
    let (metric, statistic) = series.of.as_ref()?;
    Some(match name {
        "MetricName" => metric.name.to_string(),
        "Namespace" => metric.namespace.to_string(),
        "Stat" => statistic.to_string(),
        "Region" => metric.region.to_string(),
        "AccountId" => metric.account.to_string(),
        name => metric.dimension(name.strip_prefix("Dim.")?)?.to_owned(),
    })
}

/// A number with no more places than tell something.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
