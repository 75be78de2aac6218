//! Filters and pages of all listings. A filter names a place in the answer's own shape, so there is one engine for
//! all: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde_json::{Value, json};

use crate::input::Filter;
use crate::{Answer, error as errors, limits};

/// The filters of a listing: the name, and the place in a row. Arrays on the way are gone through; `@` before it
/// says that there are moments.
pub(crate) type Filters = &'static [(&'static str, &'static str)];

/// Which page is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Page<'a> {
    pub(crate) max_results: Option<i64>,
    pub(crate) next_token: Option<&'a str>,
    /// Things are asked for by name, which allows no pages.
    pub(crate) by: Option<&'static str>,
    /// The fewest that may be asked for; 5 where nothing else is said.
    pub(crate) least: Option<i64>,
}

/// Rows that fit all filters.
pub(crate) fn select(
    rows: Vec<(String, Value)>,
    filters: &[Filter],
    table: Filters,
) -> Result<Vec<(String, Value)>, ApiError> {
    let mut count = 0;
    for Filter { name, values } in filters {
        let is_tag = matches!(&**name, "tag-key" | "tag-value" | "tag") || name.starts_with("tag:");
        if !is_tag && place(name, table).is_none() {
            return Err(
                errors::INVALID_PARAMETER_VALUE.says(format!("The filter '{name}' is invalid"))
            );
        }
        count += values.len();
    }
    if count > limits::FILTER_VALUES_MAX {
        return Err(errors::FILTER_LIMIT_EXCEEDED.says(format!(
            "The maximum number of filter values specified on a single call is {}",
            limits::FILTER_VALUES_MAX
        )));
    }
    let fits = |row: &Value| filters.iter().all(|filter| filter_fits(filter, row, table));
    Ok(rows.into_iter().filter(|(_, row)| fits(row)).collect())
}

fn place(name: &str, table: Filters) -> Option<&'static str> {
    // AWS takes the old names of members, with capitals, as well.
    table.iter().find(|(own, _)| *own == name).map(|(_, place)| *place)
}

fn filter_fits(Filter { name, values }: &Filter, row: &Value, table: Filters) -> bool {
    let found = match (name.strip_prefix("tag:"), &**name) {
        (Some(key), _) => {
            tags(row).filter(|tag| tag["Key"] == key).map(|tag| text(&tag["Value"])).collect()
        }
        (None, "tag-key") => tags(row).map(|tag| text(&tag["Key"])).collect(),
        (None, "tag-value") => tags(row).map(|tag| text(&tag["Value"])).collect(),
        (None, "tag") => {
            tags(row).map(|tag| [text(&tag["Key"]), text(&tag["Value"])].join("=")).collect()
        }
        (None, name) => match place(name, table) {
            Some(place) => texts(row, place),
            None => return false,
        },
    };
    found.iter().any(|text| values.iter().any(|value| like(value, text)))
}

fn tags(row: &Value) -> impl Iterator<Item = &Value> {
    let tags = row.get("Tags").or_else(|| row.get("TagSet")).and_then(Value::as_array);
    tags.into_iter().flatten()
}

/// All texts at a place.
fn texts(row: &Value, place: &str) -> Vec<String> {
    let (place, is_moment) = match place.strip_prefix('@') {
        Some(place) => (place, true),
        None => (place, false),
    };
    let mut found = vec![row];
    for part in place.split('.').filter(|part| !part.is_empty()) {
        found = found.into_iter().flat_map(flat).filter_map(|value| value.get(part)).collect();
    }
    let values = found.into_iter().flat_map(flat).filter(|value| !value.is_null());
    values.map(|value| if is_moment { moment(value) } else { text(value) }).collect()
}

fn flat(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn moment(value: &Value) -> String {
    Timestamp::from_ms((value.as_f64().unwrap_or_default() * 1000.0) as u64).iso8601_ms()
}

/// Whether a text is like a pattern, in which `*` stands for anything, `?` for one character, and a backslash
/// takes the meaning from what follows it.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut on) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while on < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, on));
                at += 1;
                continue;
            }
            Some('?') => {
                (at, on) = (at + 1, on + 1);
                continue;
            }
            Some('\\') if pattern.get(at + 1) == Some(&text[on]) => {
                (at, on) = (at + 2, on + 1);
                continue;
            }
            Some(letter) if *letter == text[on] => {
                (at, on) = (at + 1, on + 1);
                continue;
            }
            _ => {}
        }
        let Some((from, took)) = star else { return false };
        (at, on) = (from + 1, took + 1);
        star = Some((from, took + 1));
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// The page that is asked for, of rows in the order of their keys, as the member of this name.
pub(crate) fn listing(
    member: &str,
    rows: Vec<(String, Value)>,
    page: Page<'_>,
) -> Result<Answer, ApiError> {
    let (rows, next_token) = page.cut(rows)?;
    let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(Answer(match next_token {
        Some(token) => json!({ member: rows, "NextToken": token }),
        None => json!({ member: rows }),
    }))
}

/// Rows, each with the key that it is known by from page to page.
type Rows = Vec<(String, Value)>;

impl Page<'_> {
    /// Refuses a page that cannot be asked for.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        let least = self.least.unwrap_or(limits::PAGE_MIN);
        if let Some(max) = self.max_results {
            if let Some(by) = self.by {
                return Err(errors::INVALID_PARAMETER_COMBINATION.says(format!(
                    "The parameter {by} cannot be used with the parameter maxResults"
                )));
            }
            if max < least {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value ( {max} ) for parameter maxResults is invalid. Expecting a value greater than {least}."
                )));
            }
        }
        Ok(())
    }

    /// The rows of this page, and by which token the next is asked for.
    pub(crate) fn cut(self, rows: Rows) -> Result<(Rows, Option<String>), ApiError> {
        self.check()?;
        let after =
            self.next_token.filter(|token| !token.is_empty()).map(read_token).transpose()?;
        let mut rest: Vec<_> = rows
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
            .collect();
        let size = self.max_results.map_or(limits::PAGE_MAX, |max| {
            usize::try_from(max).unwrap_or(limits::PAGE_MAX).min(limits::PAGE_MAX)
        });
        let is_paged = self.max_results.is_some() && rest.len() > size;
        if !is_paged {
            return Ok((rest, None));
        }
        rest.truncate(size);
        let token = rest.last().map(|(key, _)| BASE64.encode(key));
        Ok((rest, token))
    }
}

fn read_token(token: &str) -> Result<String, ApiError> {
    let bytes = BASE64.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| errors::INVALID_NEXT_TOKEN.says("The specified NextToken is not valid."))
}
