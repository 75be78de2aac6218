//! Metrics Insights: `SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE … GROUP BY FunctionName ORDER
//! BY SUM() DESC LIMIT 5`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>

use crate::key::MetricKey;
use crate::limits::SEARCH_SERIES_MAX;
use crate::statistic::Statistic;

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Select {
    pub(crate) statistic: Statistic,
    metric: String,
    pub(crate) namespace: String,
    /// A metric has these dimensions and no others, where they are told.
    schema: Option<Vec<String>>,
    /// Dimensions, whether they are to have the value or not to have it, and the value.
    conditions: Vec<(String, bool, String)>,
    groups: Vec<String>,
    /// By which statistic of each series, and whether the largest comes first.
    pub(crate) order: Option<(Statistic, bool)>,
    pub(crate) limit: usize,
}

impl Select {
    /// Whether a text is to be read as one.
    pub(crate) fn is_one(text: &str) -> bool {
        text.trim_start().get(..7).is_some_and(|it| it.eq_ignore_ascii_case("SELECT "))
    }

    /// # Errors
    /// Why it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = words(text)?;
        let mut reader = Reader { words: &words };
        let select = reader.select()?;
        match reader.words.first() {
            None => Ok(select),
            Some(word) => Err(format!("Unexpected '{}'", word.text)),
        }
    }

    pub(crate) fn finds(&self, metric: &MetricKey) -> bool {
        let fits = self.schema.as_ref().is_none_or(|names| {
            metric.dimensions.len() == names.len()
                && names.iter().all(|name| metric.dimension(name).is_some())
        });
        let holds = |(name, is_equal, value): &(String, bool, String)| {
            metric.dimension(name).is_some_and(|own| (own == value) == *is_equal)
        };
        *metric.name == *self.metric
            && fits
            && self.conditions.iter().all(holds)
            && self.groups.iter().all(|name| metric.dimension(name).is_some())
    }

    /// The values by which a metric is grouped.
    pub(crate) fn group_of(&self, metric: &MetricKey) -> Vec<String> {
        let values = self.groups.iter().filter_map(|name| metric.dimension(name));
        values.map(str::to_owned).collect()
    }
}

#[derive(Debug, PartialEq)]
struct Word {
    text: String,
    is_quoted: bool,
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (text, is_quoted, length) = match first {
            '(' | ')' | ',' | '=' => (first.to_string(), false, 1),
            '!' if rest.starts_with("!=") => ("!=".to_owned(), false, 2),
            '"' | '\'' => {
                let end = rest[1..].find(first).ok_or("A text does not end")?;
                (rest[1..=end].to_owned(), true, end + 2)
            }
            _ => {
                let is_end = |it: char| it.is_whitespace() || "(),=!\"'".contains(it);
                let end = rest.find(is_end).filter(|end| *end > 0);
                let end = end.unwrap_or(if first == '!' { 1 } else { rest.len() });
                (rest[..end].to_owned(), false, end)
            }
        };
        words.push(Word { text, is_quoted });
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

struct Reader<'a> {
    words: &'a [Word],
}

impl Reader<'_> {
    fn takes(&mut self, keyword: &str) -> bool {
        let found = self
            .words
            .first()
            .is_some_and(|word| !word.is_quoted && word.text.eq_ignore_ascii_case(keyword));
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn needs(&mut self, keyword: &str) -> Result<(), String> {
        match self.takes(keyword) {
            true => Ok(()),
            false => Err(format!("'{keyword}' is expected")),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let (word, rest) = self.words.split_first().ok_or("It ends too early")?;
        self.words = rest;
        Ok(word.text.clone())
    }

    fn statistic(&mut self) -> Result<Statistic, String> {
        let name = self.text()?;
        Ok(match &*name.to_ascii_uppercase() {
            "AVG" => Statistic::Average,
            "COUNT" => Statistic::SampleCount,
            "MAX" => Statistic::Maximum,
            "MIN" => Statistic::Minimum,
            "SUM" => Statistic::Sum,
            _ => return Err(format!("Unknown function '{name}'")),
        })
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        let mut names = vec![self.text()?];
        while self.takes(",") {
            names.push(self.text()?);
        }
        Ok(names)
    }

    fn select(&mut self) -> Result<Select, String> {
        self.needs("SELECT")?;
        let statistic = self.statistic()?;
        self.needs("(")?;
        let metric = self.text()?;
        self.needs(")")?;
        self.needs("FROM")?;
        let (namespace, schema) = match self.takes("SCHEMA") {
            false => (self.text()?, None),
            true => {
                self.needs("(")?;
                let mut names = self.list()?;
                self.needs(")")?;
                let namespace = names.remove(0);
                (namespace, Some(names))
            }
        };
        let mut conditions = Vec::new();
        if self.takes("WHERE") {
            conditions.push(self.condition()?);
            while self.takes("AND") {
                conditions.push(self.condition()?);
            }
        }
        let groups = match self.takes("GROUP") {
            true => {
                self.needs("BY")?;
                self.list()?
            }
            false => Vec::new(),
        };
        let order = match self.takes("ORDER") {
            true => Some(self.order()?),
            false => None,
        };
        let limit = match self.takes("LIMIT") {
            true => self.text()?.parse().map_err(|_| "LIMIT needs a number")?,
            false => SEARCH_SERIES_MAX,
        };
        let limit = limit.min(SEARCH_SERIES_MAX);
        Ok(Select { statistic, metric, namespace, schema, conditions, groups, order, limit })
    }

    fn condition(&mut self) -> Result<(String, bool, String), String> {
        let name = self.text()?;
        let is_equal = self.takes("=");
        if !is_equal {
            self.needs("!=")?;
        }
        Ok((name, is_equal, self.text()?))
    }

    fn order(&mut self) -> Result<(Statistic, bool), String> {
        self.needs("BY")?;
        let by = self.statistic()?;
        self.needs("(")?;
        self.needs(")")?;
        let is_descending = self.takes("DESC");
        if !is_descending {
            self.takes("ASC");
        }
        Ok((by, is_descending))
    }
}
