//! The Query protocol: `Action=SendMessage&MessageAttribute.1.Name=…`, in a form or a query string.

use std::collections::BTreeMap;

use bytes::Bytes;
use cloudless_core::descriptor::Addressing;
use cloudless_core::error::ApiError;
use cloudless_core::number;
use http::header;
use http::request::Parts;
use serde_json::{Map, Value};

use super::model::{Kind, Member, Model, Operation, Shape};
use super::uri::Query;
use super::{Protocol, refusal, route::Route, scalar};

const PARAMETERS_MAX: usize = 10_000;
const DEPTH_MAX: usize = 16;

/// The operation that a form names and its input.
pub(super) fn decode(
    model: &'static Model,
    route: &Route,
    parts: &Parts,
    body: &Bytes,
) -> Result<(&'static Operation, Value), ApiError> {
    let form = Query::parse(std::str::from_utf8(body).ok());
    let parameters = || form.pairs().chain(route.query.pairs());
    let Some((_, action)) = parameters().find(|(name, _)| *name == "Action") else {
        return Err((&refusal::NO_OPERATION).into());
    };
    // The URL that is called may be that of the resource.
    let resource = match route.envelope.descriptor().addressing {
        Addressing::ResourceUrl { member, not_of_one } if parts.uri.path().len() > 1 => {
            Some((member, not_of_one))
        }
        _ => None,
    };
    let operation = model
        .operation(action)
        .filter(|it| !resource.is_some_and(|(_, not_of_one)| not_of_one.contains(&it.name)))
        .ok_or_else(|| {
            let action: String = action.chars().take(128).collect();
            let place = match route.envelope.protocol {
                Protocol::Ec2Query => "web service",
                _ => "endpoint",
            };
            refusal::INVALID_ACTION
                .says(format!("The action {action} is not valid for this {place}."))
        })?;
    let mut root = Node::default();
    for (at, (name, value)) in parameters().enumerate() {
        if at >= PARAMETERS_MAX || name.split('.').count() > DEPTH_MAX {
            return Err(refusal::MALFORMED_INPUT.says("The request has too many parameters."));
        }
        root.insert(name, value);
    }
    let Some(input) = operation.input.map(|input| model.shape(input)) else {
        return Ok((operation, Value::Object(Map::new())));
    };
    let mut input_value = structure(model, input, &root)?;
    if let Some((member, _)) = resource
        && input.member(member).is_some()
        && input_value.get(member).is_none()
    {
        let path = parts.uri.path();
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        input_value[member] = Value::from(format!("http://{host}{path}"));
    }
    Ok((operation, input_value))
}

/// Parameters by the parts of their names.
#[derive(Debug, Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Self>,
}

impl Node {
    fn insert(&mut self, name: &str, value: &str) {
        let node = name
            .split('.')
            .fold(self, |node, part| node.children.entry(part.to_owned()).or_default());
        node.value.get_or_insert_with(|| value.to_owned());
    }

    /// The children that are numbered, in the order of their numbers.
    fn numbered(&self) -> impl Iterator<Item = &Self> {
        let mut numbered: Vec<(u64, &Self)> = self
            .children
            .iter()
            .filter_map(|(name, node)| Some((number::decimal(name)?, node)))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, node)| node)
    }
}

fn structure(model: &Model, shape: &Shape, node: &Node) -> Result<Value, ApiError> {
    let mut object = Map::new();
    for member in shape.members() {
        if let Some(child) = node.children.get(member.ec2_name.unwrap_or(member.wire_name))
            && let Some(value) = value(model, member, child)?
        {
            object.insert(member.name.to_owned(), value);
        }
    }
    Ok(Value::Object(object))
}

fn value(model: &Model, member: &Member, node: &Node) -> Result<Option<Value>, ApiError> {
    let shape = model.shape(member.shape);
    let is_flat = member.flattened || member.ec2_name.is_some();
    let wrapped = |name: &str| if is_flat { Some(node) } else { node.children.get(name) };
    match &shape.kind {
        Kind::List { item, item_name } => {
            let Some(list) = wrapped(item_name) else { return Ok(None) };
            let item = model.shape(*item);
            // `AttributeName=All` is a list of one; `AttributeName=` is how SDKs say that it is empty.
            let single = list.value.as_ref().is_some_and(|it| !it.is_empty()).then_some(list);
            let items = list.numbered().chain(single).map(|node| single_value(model, item, node));
            items.collect::<Result<_, _>>().map(Value::Array).map(Some)
        }
        Kind::Map { key_name, value: of, value_name, .. } => {
            let Some(map) = wrapped("entry") else { return Ok(None) };
            let of = model.shape(*of);
            // `Attribute.Name=…&Attribute.Value=…` is a map of one.
            let single = map.children.contains_key(*key_name).then_some(map);
            let mut object = Map::new();
            for entry in map.numbered().chain(single) {
                let part = |name: &str| entry.children.get(name);
                if let Some(key) = part(key_name).and_then(|key| key.value.clone()) {
                    let empty = Node { value: Some(String::new()), ..Node::default() };
                    object
                        .insert(key, single_value(model, of, part(value_name).unwrap_or(&empty))?);
                }
            }
            Ok(Some(Value::Object(object)))
        }
        _ => single_value(model, shape, node).map(Some),
    }
}

/// A structure or a scalar: what can stand in a list.
fn single_value(model: &Model, shape: &Shape, node: &Node) -> Result<Value, ApiError> {
    if let Kind::Structure { .. } = shape.kind {
        return structure(model, shape, node);
    }
    let text = node.value.as_deref().ok_or_else(|| {
        refusal::MALFORMED_INPUT.says("Start of structure or map found where not expected.")
    })?;
    scalar::from_text(shape, text).ok_or_else(|| {
        let wanted = match shape.kind {
            Kind::Boolean => "a Boolean",
            Kind::Integer => "an Integer",
            Kind::Long => "a Long",
            Kind::Double => "a Double",
            Kind::Blob => "a Blob",
            _ => "a Timestamp",
        };
        refusal::MALFORMED_INPUT.says(format!("STRING_VALUE can not be converted to {wanted}"))
    })
}
