//! Query strings, percent-encoding, and paths against an operation's template.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::model::{Operation, Segment};

/// The parameters of a query string, decoded, in their order. `+` is a space, as AWS reads it.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(query: Option<&str>) -> Self {
        Self(
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that stands in for a header: presigned URLs carry `x-amz-…` headers as parameters,
    /// in any case.
    pub fn in_place_of_header(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.filter(|_| name.starts_with("x-amz-")).map(|(_, value)| value.as_str())
    }

    pub fn as_slice(&self) -> &[(String, String)] {
        &self.0
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the marker of an operation (`acl`, `list-type=2`) is there.
    pub fn has(&self, (name, value): (&str, Option<&str>)) -> bool {
        self.get(name).is_some_and(|given| value.is_none_or(|value| value == given))
    }
}

/// Percent-decodes text; none where that is no UTF-8. `+` stays as it is.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// The labels of a path that fits an operation's template. A slash at the end makes no difference.
pub(super) fn labels(operation: &Operation, path: &str) -> Option<Vec<(&'static str, String)>> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut labels = Vec::new();
    let mut given = path.split('/');
    for segment in &operation.path {
        let text = given.next().filter(|text| !text.is_empty())?;
        match segment {
            Segment::Literal(literal) if *literal == text => {}
            Segment::Literal(_) => return None,
            Segment::Label(name) => labels.push((*name, decode(text)?.into_owned())),
            Segment::Greedy(name) => {
                let rest = given.by_ref().fold(text.to_owned(), |rest, text| rest + "/" + text);
                labels.push((*name, decode(&rest)?.into_owned()));
            }
        }
    }
    given.next().is_none().then_some(labels)
}
