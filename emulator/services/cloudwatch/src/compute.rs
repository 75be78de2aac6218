//! Queries and their expressions over what is kept: for `GetMetricData`, alarms and dashboards alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::names::{AccountId, Region};
use kernel::time::Timestamp;

use crate::key::{MetricKey, pairs};
use crate::limits::{COMPUTED_POINTS_MAX, SEARCH_SERIES_MAX};
use crate::math::search::Search;
use crate::math::{self, Context, Failure, Series, Value};
use crate::query::{MetricDataQuery, MetricStat};
use crate::select::Select;
use crate::shelf::{Metric, Shelf, Span};
use crate::statistic::{Gathered, Statistic};
use crate::unit::Unit;
use crate::window::first_s;

/// Queries while they are computed.
pub(crate) struct Computing<'a> {
    pub(crate) shelf: &'a Shelf,
    pub(crate) account: &'a AccountId,
    pub(crate) region: &'a Region,
    pub(crate) queries: &'a [MetricDataQuery],
    pub(crate) start_s: u64,
    pub(crate) end_s: u64,
    pub(crate) now: Timestamp,
    /// Whether periods begin where AWS begins them for who asks; an alarm's begin where its window does.
    pub(crate) is_rounded: bool,
    done: BTreeMap<String, Value>,
    /// The queries that are being computed, one for another.
    open: Vec<String>,
    points: usize,
}

impl<'a> Computing<'a> {
    pub(crate) fn new(
        shelf: &'a Shelf,
        (account, region): (&'a AccountId, &'a Region),
        queries: &'a [MetricDataQuery],
        (start_s, end_s): (u64, u64),
        now: Timestamp,
    ) -> Self {
        Self {
            shelf,
            account,
            region,
            queries,
            start_s,
            end_s,
            now,
            is_rounded: true,
            done: BTreeMap::new(),
            open: Vec::new(),
            points: 0,
        }
    }

    fn span(&self, period_s: u64) -> Span {
        let start_s = match self.is_rounded {
            true => first_s(self.start_s, self.now, period_s),
            false => self.start_s,
        };
        Span { start_s, end_s: self.end_s, period_s }
    }

    /// The value of a query; a search finds more than one series.
    ///
    /// # Errors
    /// Why its expression has none.
    pub(crate) fn value_of(&mut self, id: &str) -> Result<Value, Failure> {
        if let Some(value) = self.done.get(id) {
            return Ok(value.clone());
        }
        let Some(query) = self.queries.iter().find(|query| query.id == id) else {
            return Err(Failure::Wrong(format!("Unknown identifier '{id}'")));
        };
        if self.open.iter().any(|open| open == id) {
            return Err(Failure::Wrong(format!("'{id}' refers to itself")));
        }
        self.open.push(id.to_owned());
        let value = match (&query.metric_stat, &query.expression) {
            (Some(stat), _) => self.stat(stat).map(Value::Series),
            (None, Some(text)) => self.expression(text),
            (None, None) => Err(Failure::Wrong("It asks for nothing".to_owned())),
        };
        self.open.pop();
        let value = value?;
        self.done.insert(id.to_owned(), value.clone());
        Ok(value)
    }

    fn expression(&mut self, text: &str) -> Result<Value, Failure> {
        if Select::is_one(text) {
            return self.select(&Select::parse(text)?).map(Value::Array);
        }
        let expression = math::parse(text)?;
        math::evaluate(&expression, self)
    }

    /// A series for each group of metrics, of all their values together.
    fn select(&mut self, select: &Select) -> Result<Vec<Series>, Failure> {
        let period_s = self.period_s();
        let span = self.span(period_s);
        let shelf = self.shelf;
        let all = shelf.of_place(self.account, self.region, Some(&select.namespace));
        let mut groups: BTreeMap<Vec<String>, BTreeMap<u64, Gathered>> = BTreeMap::new();
        for metric in all.filter(|metric| select.finds(&metric.key)) {
            let group = groups.entry(select.group_of(&metric.key)).or_default();
            for (at_s, gathered) in metric.gather(None, span, false) {
                group.entry(at_s).or_default().join(&gathered);
            }
        }
        let id = self.open.last().cloned().unwrap_or_default();
        let mut series: Vec<(Gathered, Series)> = Vec::new();
        for (names, periods) in groups.into_iter().filter(|(_, periods)| !periods.is_empty()) {
            let of = |(at_s, it): (&u64, &Gathered)| Some((*at_s, select.statistic.of(it)?));
            let points: Vec<(u64, f64)> = periods.iter().filter_map(of).collect();
            self.points += points.len();
            if self.points > COMPUTED_POINTS_MAX {
                return Err(Failure::Wrong("It is about too many points".to_owned()));
            }
            let mut whole = Gathered::default();
            periods.values().for_each(|period| whole.join(period));
            let label = if names.is_empty() { id.clone() } else { names.join(" ") };
            series.push((whole, Series { label, of: None, period_s, points }));
        }
        if let Some((by, is_descending)) = select.order {
            let rank = |it: &Gathered| by.of(it).unwrap_or_default();
            series.sort_by(|(one, _), (other, _)| match is_descending {
                true => rank(other).total_cmp(&rank(one)),
                false => rank(one).total_cmp(&rank(other)),
            });
        }
        Ok(series.into_iter().take(select.limit).map(|(_, series)| series).collect())
    }

    fn stat(&mut self, stat: &MetricStat) -> Result<Series, Failure> {
        let (namespace, name) =
            (stat.metric.namespace.as_deref(), stat.metric.metric_name.as_deref());
        let key = MetricKey::new(
            self.account,
            self.region,
            namespace.unwrap_or_default(),
            name.unwrap_or_default(),
            pairs(&stat.metric.dimensions),
        );
        let unit = stat.unit.as_deref().and_then(Unit::parse);
        match self.shelf.metric(&key) {
            Some(metric) => self.series(metric, &stat.stat, unit, stat.period_s()),
            None => Ok(Series {
                label: format!("{} {}", key.name, stat.stat),
                of: Some((Arc::new(key), stat.stat.as_str().into())),
                period_s: stat.period_s(),
                points: Vec::new(),
            }),
        }
    }

    fn series(
        &mut self,
        metric: &Metric,
        stat: &str,
        unit: Option<Unit>,
        period_s: u64,
    ) -> Result<Series, Failure> {
        let statistic = Statistic::parse(stat)
            .ok_or_else(|| Failure::Wrong(format!("'{stat}' is no statistic")))?;
        let periods = metric.gather(unit, self.span(period_s), statistic.needs_values());
        let points: Vec<(u64, f64)> =
            periods.iter().filter_map(|(at, of)| Some((*at, statistic.of(of)?))).collect();
        self.points += points.len();
        if self.points > COMPUTED_POINTS_MAX {
            return Err(Failure::Wrong("It is about too many points".to_owned()));
        }
        Ok(Series {
            label: format!("{} {stat}", metric.key.name),
            of: Some((Arc::clone(&metric.key), stat.into())),
            period_s,
            points,
        })
    }
}

impl Context for Computing<'_> {
    fn query(&mut self, id: &str) -> Result<Value, Failure> {
        self.value_of(id)
    }

    fn search(&mut self, text: &str, stat: &str, period_s: u64) -> Result<Vec<Series>, Failure> {
        let search = Search::parse(text)?;
        let shelf = self.shelf;
        let all = shelf.of_place(self.account, self.region, search.namespace());
        // What has no points in these periods is not found, as on AWS.
        let since_s = self.start_s;
        let found = all.filter(|it| it.last_s() >= since_s && search.finds(&it.key));
        let found: Vec<&Metric> = found.take(SEARCH_SERIES_MAX).collect();
        let names = Telling::of(&found);
        let mut series = Vec::new();
        for metric in found {
            let one = self.series(metric, stat, None, period_s)?;
            series.push(Series { label: names.label(&metric.key), ..one });
        }
        Ok(series)
    }

    fn metrics(&mut self, filter: Option<&str>) -> Result<Vec<Series>, Failure> {
        let queries = self.queries;
        let wanted = queries.iter().filter(|query| query.metric_stat.is_some());
        let wanted = wanted.filter(|query| filter.is_none_or(|filter| query.id.contains(filter)));
        let mut all = Vec::new();
        for query in wanted {
            match self.value_of(&query.id)? {
                Value::Series(series) => all.push(series),
                Value::Array(more) => all.extend(more),
                Value::Scalar(_) | Value::Text(_) => {}
            }
        }
        Ok(all)
    }

    fn moments(&self, period_s: u64) -> Vec<u64> {
        let Span { start_s, end_s, .. } = self.span(period_s);
        let end_s = end_s.min(self.now.as_s() + 1);
        let moments = (start_s..end_s).step_by(usize::try_from(period_s.max(1)).unwrap_or(1));
        moments.take(COMPUTED_POINTS_MAX / 5).collect()
    }

    fn period_s(&self) -> u64 {
        let own = self.open.last().and_then(|id| self.queries.iter().find(|it| it.id == *id));
        let own = own.and_then(|query| query.period).and_then(|period| u64::try_from(period).ok());
        let of_metrics = self.queries.iter().filter_map(|it| it.metric_stat.as_ref());
        own.or_else(|| of_metrics.map(MetricStat::period_s).max()).unwrap_or(60)
    }
}

/// What tells metrics apart that were found together.
struct Telling {
    name: bool,
    dimensions: Vec<Box<str>>,
}

impl Telling {
    fn of(found: &[&Metric]) -> Self {
        let Some((first, others)) = found.split_first() else {
            return Self { name: true, dimensions: Vec::new() };
        };
        let names = found.iter().flat_map(|it| it.key.dimensions.iter().map(|(name, _)| name));
        let mut dimensions: Vec<Box<str>> = Vec::new();
        for name in names {
            let own = first.key.dimension(name);
            let differs = others.iter().any(|other| other.key.dimension(name) != own);
            if differs && !dimensions.contains(name) {
                dimensions.push(name.clone());
            }
        }
        let name = others.iter().any(|other| other.key.name != first.key.name);
        Self { name: name || dimensions.is_empty(), dimensions }
    }

    fn label(&self, key: &MetricKey) -> String {
        let values = self.dimensions.iter().filter_map(|name| key.dimension(name));
        let name = self.name.then_some(&*key.name);
        values.chain(name).collect::<Vec<_>>().join(" ")
    }
}
