//! Tags of everything, by the id of what has them.

use std::collections::BTreeMap;

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, Tag, TagSpecification, input};
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, Kind, Record, error as errors, limits};

input! {
    CreateTagsInput { resources: Vec<String>, tags: Vec<Tag> }
    DeleteTagsInput { resources: Vec<String>, tags: Vec<Tag> }
    DescribeTagsInput { filters: Vec<Filter>, max_results: Option<i64>, next_token: Option<String> }
}

/// The tags of one thing, stored as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tags {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Tags {
    /// Where its record is kept.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::named(Kind::Tags, &*self.id)
    }
}

/// What ids begin with, and what that is called in tags.
const TYPES: &[(&str, &str)] = &[
    ("acl-", "network-acl"),
    ("ami-", "image"),
    ("dopt-", "dhcp-options"),
    ("eipalloc-", "elastic-ip"),
    ("eni-", "network-interface"),
    ("i-", "instance"),
    ("igw-", "internet-gateway"),
    ("key-", "key-pair"),
    ("lt-", "launch-template"),
    ("rtb-", "route-table"),
    ("sg-", "security-group"),
    ("sgr-", "security-group-rule"),
    ("snap-", "snapshot"),
    ("subnet-", "subnet"),
    ("vol-", "volume"),
    ("vpc-", "vpc"),
];

/// What AWS calls a thing of this id in tags.
pub(crate) fn type_of(id: &str) -> Option<&'static str> {
    TYPES.iter().find(|(prefix, _)| id.starts_with(prefix)).map(|(_, name)| *name)
}

const FILTERS: Filters = &[
    ("key", "Key"),
    ("resource-id", "ResourceId"),
    ("resource-type", "ResourceType"),
    ("value", "Value"),
];

/// The tags that a call gives what it makes, of this type.
///
/// # Errors
/// There are too many, a key is there twice or has no right to be, or they are for something else.
pub(crate) fn specified(
    specifications: &[TagSpecification],
    kind: &str,
) -> Result<BTreeMap<String, String>, ApiError> {
    specified_of(specifications, kind, &[kind])
}

/// The same where a call makes several kinds of things.
pub(crate) fn specified_of(
    specifications: &[TagSpecification],
    kind: &str,
    kinds: &[&str],
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut tags = BTreeMap::new();
    let wrong = match OF_NETWORKS.contains(&kind) {
        true => &errors::INVALID_PARAMETER,
        false => &errors::INVALID_PARAMETER_VALUE,
    };
    for specification in specifications {
        let said = specification.resource_type.as_deref();
        let Some(said) = said else {
            return Err(wrong.says("Tag specification resource type must have a value"));
        };
        if !kinds.contains(&said) {
            let is_one = TYPES.iter().any(|(_, name)| *name == said);
            return Err(match is_one || said == "spot-instances-request" {
                true => wrong.says(format!(
                    "'{said}' is not a valid taggable resource type for this operation."
                )),
                false => wrong.says(format!("'{said}' is not a valid taggable resource type.")),
            });
        }
        if said == kind {
            if specification.tags.is_empty() {
                return Err(wrong.says("Tag specification must have at least one tag"));
            }
            tags.extend(read(&specification.tags)?);
        }
    }
    Ok(tags)
}

/// Those of the network's parts: of what is wrong with their specification their operations say `InvalidParameter`, where
/// those of instances, images and volumes say `InvalidParameterValue`.
const OF_NETWORKS: [&str; 4] = ["internet-gateway", "route-table", "subnet", "vpc"];

fn read(tags: &[Tag]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut read = BTreeMap::new();
    for Tag { key, value } in tags {
        let key = key.as_deref().unwrap_or_default();
        let value = value.as_deref().unwrap_or_default();
        if key.is_empty() {
            return Err(errors::INVALID_PARAMETER_VALUE.says("Tag key cannot be empty."));
        }
        if key.chars().count() > limits::TAG_KEY_LENGTH_MAX {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Tag key exceeds the maximum length of {} characters",
                limits::TAG_KEY_LENGTH_MAX
            )));
        }
        if value.chars().count() > limits::TAG_VALUE_LENGTH_MAX {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Tag value exceeds the maximum length of {} characters",
                limits::TAG_VALUE_LENGTH_MAX
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        if read.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    if read.len() > limits::TAGS_MAX {
        return Err(errors::TAG_LIMIT_EXCEEDED.says(format!(
            "The maximum number of tags for a resource has been reached: {}",
            limits::TAGS_MAX
        )));
    }
    Ok(read)
}

impl Ec2 {
    /// These tags, too. Those of AWS itself (`aws:…`) do not count.
    pub(crate) fn tag(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        id: &str,
        tags: BTreeMap<String, String>,
    ) {
        if tags.is_empty() {
            return;
        }
        let empty = || Tags { id: id.to_owned(), home: home.clone(), tags: BTreeMap::new() };
        let own = self.tags.entry(id.to_owned()).or_insert_with(empty);
        own.tags.extend(tags);
        cx.put(|| Record::Tags(Box::new(own.clone())));
    }

    /// A tag of AWS's own (`aws:…`), which a service alone gives an instance; or its end, where it has no value.
    pub fn tag_by_service(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        id: &str,
        (key, value): (&str, Option<&str>),
    ) {
        if self.instances.get(id).is_none_or(|it| it.home != *home) {
            return;
        }
        if let Some(value) = value {
            self.tag(cx, home, id, BTreeMap::from([(key.to_owned(), value.to_owned())]));
            return;
        }
        let Some(own) = self.tags.get_mut(id) else { return };
        if own.tags.remove(key).is_some() {
            match own.tags.is_empty() {
                true => self.forget_tags(cx, id),
                false => cx.put(|| Record::Tags(Box::new(own.clone()))),
            }
        }
    }

    pub(crate) fn forget_tags(&mut self, cx: &mut Cx<'_>, id: &str) {
        if self.tags.remove(id).is_some() {
            cx.delete(|| Key::named(Kind::Tags, id));
        }
    }

    /// What a thing's tags are.
    pub(crate) fn tags_of(&self, id: &str) -> impl Iterator<Item = (&String, &String)> {
        self.tags.get(id).into_iter().flat_map(|own| &own.tags)
    }

    /// The same, as answers have them.
    pub(crate) fn tag_list(&self, id: &str) -> Value {
        self.tags_of(id).map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    }

    pub(crate) fn create_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateTagsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        if input.resources.len() > limits::TAGGED_MAX {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("More than {} resources are named.", limits::TAGGED_MAX)));
        }
        if input.resources.is_empty() {
            return Err(no_resources());
        }
        if input.tags.is_empty() {
            return Err(
                errors::MISSING_PARAMETER.says("The request must contain the parameter Tag")
            );
        }
        check_keys(&input.tags)?;
        let tags = read(&input.tags)?;
        for id in &input.resources {
            self.is_taggable(&home, id)?;
            let more =
                tags.keys().filter(|key| !self.tags_of(id).any(|(own, _)| own == *key)).count();
            let own = self.tags_of(id).filter(|(key, _)| !key.starts_with("aws:")).count();
            if own + more > limits::TAGS_MAX {
                return Err(errors::TAG_LIMIT_EXCEEDED.says(format!(
                    "The maximum number of tags for a resource has been reached: {}",
                    limits::TAGS_MAX
                )));
            }
        }
        for id in &input.resources {
            self.tag(cx, &home, id, tags.clone());
        }
        Ok(Answer::empty())
    }

    pub(crate) fn delete_tags(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteTagsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        if input.resources.is_empty() {
            return Err(no_resources());
        }
        for id in &input.resources {
            if type_of(id).is_none() {
                return Err(errors::INVALID_ID.says(format!("The ID '{id}' is not valid")));
            }
        }
        let wants = |key: &str, value: &str| {
            input.tags.is_empty()
                || input.tags.iter().any(|tag| {
                    tag.key.as_deref() == Some(key)
                        && tag.value.as_deref().is_none_or(|own| own == value)
                })
        };
        for id in &input.resources {
            let Some(own) = self.tags.get_mut(id).filter(|own| own.home == home) else { continue };
            own.tags.retain(|key, value| key.starts_with("aws:") || !wants(key, value));
            match own.tags.is_empty() {
                true => self.forget_tags(cx, id),
                false => cx.put(|| Record::Tags(Box::new(own.clone()))),
            }
        }
        Ok(Answer::empty())
    }

    pub(crate) fn describe_tags(
        &self,
        origin: &Origin,
        input: &DescribeTagsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let of_one = |own: &Tags| {
            let id = own.id.clone();
            let rows = own.tags.iter().map(move |(key, value)| {
                let kind = type_of(&id).unwrap_or_default();
                let row =
                    json!({"Key": key, "ResourceId": id, "ResourceType": kind, "Value": value});
                (format!("{id} {key}"), row)
            });
            rows.collect::<Vec<_>>()
        };
        let rows = self.tags.values().filter(|own| own.home == home).flat_map(of_one).collect();
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Page::default()
        };
        listing("Tags", select(rows, &input.filters, FILTERS)?, page)
    }
}

/// `CreateTags` says more of a key that it refuses than what is made with tags.
fn check_keys(tags: &[Tag]) -> Result<(), ApiError> {
    for key in tags.iter().map(|tag| tag.key.as_deref().unwrap_or_default()) {
        if key.is_empty() {
            return Err(errors::INVALID_PARAMETER_VALUE.says(
                "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ( {key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
            )));
        }
    }
    Ok(())
}

fn no_resources() -> ApiError {
    errors::MISSING_PARAMETER.says("The request must contain the parameter resourceIdSet")
}
