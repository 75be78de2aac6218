//! The tables: what AWS's own service models say of every operation and shape of a service.
//!
//! `emulator/models/*.json` is written by `cargo run -p cloudless --example generate_models`; nobody edits
//! it by hand. A table is parsed once, when its service is first spoken to.

use std::collections::HashMap;
use std::sync::OnceLock;

use http::{HeaderName, Method};
use serde::Deserialize;

use super::Service;
use super::pattern::Pattern;
use super::timestamp::Format;

/// Everything AWS's model says of one service that matters on the wire.
pub(super) struct Model {
    /// The namespace of the service's XML answers.
    pub xml_namespace: &'static str,
    /// What `X-Amz-Target` begins with.
    #[cfg(test)]
    pub target_prefix: Option<&'static str>,
    pub operations: Vec<Operation>,
    /// Where the operations are that need nothing in the query string.
    unmarked: Vec<usize>,
    shapes: Vec<Shape>,
    shapes_by_name: HashMap<&'static str, ShapeId>,
}

impl Model {
    /// The table of a service.
    pub fn of(service: Service) -> &'static Self {
        static MODELS: [OnceLock<Model>; Service::ALL.len()] =
            [const { OnceLock::new() }; Service::ALL.len()];
        MODELS[service as usize].get_or_init(|| Self::parse((service.descriptor().model)()))
    }

    /// Every operation with the members of its input: name, and whether it is a body of bytes.
    pub fn inputs(&self) -> impl Iterator<Item = (&'static str, Vec<(&'static str, bool)>)> {
        self.operations.iter().map(|operation| {
            let members = operation.input.map_or(&[][..], |input| self.shape(input).members());
            let member = |member: &Member| {
                let is_bytes = matches!(self.shape(member.shape).kind, Kind::Blob);
                (member.name, member.location == Location::Payload && is_bytes)
            };
            (operation.name, members.iter().map(member).collect())
        })
    }

    /// The operations that need nothing in the query string.
    pub fn unmarked(&self) -> impl Iterator<Item = &Operation> {
        self.unmarked.iter().map(|at| &self.operations[*at])
    }

    /// The members of its input that a request of this operation must have.
    pub fn needed<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = &'a Member> {
        let members = operation.input.map_or(&[][..], |input| self.shape(input).members());
        operation.needed.iter().map(|at| &members[*at])
    }

    pub fn operation(&self, name: &str) -> Option<&Operation> {
        // The generator writes operations in the order of their names.
        let at = self.operations.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
        self.operations.get(at)
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0]
    }

    #[cfg(test)]
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shapes_by_name.get(name).map(|id| self.shape(*id))
    }

    #[cfg(test)]
    pub fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter()
    }

    /// The error shape of that name, if AWS's model has it.
    pub fn error(&self, code: &str) -> Option<&Shape> {
        let shape = self.shape(*self.shapes_by_name.get(code)?);
        shape.is_error.then_some(shape)
    }

    fn parse(text: &'static str) -> Self {
        let table: Table = serde_json::from_str(text).unwrap_or_else(|error| {
            unreachable!("a table made by generate_models, read by a test: {error}")
        });
        let names =
            PLAIN.iter().map(|(name, _)| *name).chain(table.shapes.iter().map(|shape| shape.name));
        let ids: HashMap<&str, ShapeId> =
            names.enumerate().map(|(at, name)| (name, ShapeId(at))).collect();
        let mut shapes: Vec<Shape> = PLAIN.iter().map(|(_, kind)| Shape::plain(kind())).collect();
        shapes.extend(table.shapes.iter().map(|row| row.shape(&ids, &table.shapes)));
        let mut operations: Vec<_> =
            table.operations.into_iter().map(|row| row.operation(&ids)).collect();
        operations.sort_by_key(|operation| operation.name);
        for operation in &mut operations {
            let members = operation.input.map_or(&[][..], |input| shapes[input.0].members());
            let needed = |(at, member): (usize, &Member)| member.required.then_some(at);
            operation.needed = members.iter().enumerate().filter_map(needed).collect();
        }
        let unmarked =
            |(at, operation): (usize, &Operation)| operation.markers.is_empty().then_some(at);
        Self {
            unmarked: operations.iter().enumerate().filter_map(unmarked).collect(),
            xml_namespace: table.metadata.xml_namespace.unwrap_or_default(),
            #[cfg(test)]
            target_prefix: table.metadata.target_prefix,
            operations,
            shapes,
            shapes_by_name: ids,
        }
    }
}

/// A shape's place in its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShapeId(usize);

/// One operation: a row of the table.
pub(super) struct Operation {
    pub name: &'static str,
    pub method: Method,
    pub path: Vec<Segment>,
    /// What the query string must hold for a request to be this operation: `acl`, `list-type=2`.
    pub markers: Vec<(&'static str, Option<&'static str>)>,
    pub status: u16,
    pub input: Option<ShapeId>,
    pub output: Option<ShapeId>,
    /// The root element of an answer (S3), or of its result inside the envelope (Query).
    pub root: &'static str,
    /// The root element of the request where the whole input is the document.
    pub input_root: &'static str,
    pub deprecated: bool,
    /// Where among the input's members those are that a request must have.
    needed: Vec<usize>,
}

/// A part of an operation's path between two slashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(&'static str),
    Label(&'static str),
    /// `{Key+}`: the rest of the path, slashes and all.
    Greedy(&'static str),
}

pub(super) struct Shape {
    pub kind: Kind,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<Pattern>,
    pub values: Vec<&'static str>,
    /// The value is a secret and appears in no message.
    pub is_sensitive: bool,
    pub is_error: bool,
}

impl Shape {
    fn plain(kind: Kind) -> Self {
        Self {
            kind,
            min: None,
            max: None,
            pattern: None,
            values: Vec::new(),
            is_sensitive: false,
            is_error: false,
        }
    }

    /// The members of a structure; none for any other shape.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Structure { members, .. } => members,
            _ => &[],
        }
    }

    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name == name)
    }

    /// The member that is the whole body.
    pub fn payload(&self) -> Option<&Member> {
        self.members().iter().find(|member| member.location == Location::Payload)
    }

    /// The members that are elements or fields of the body.
    pub fn body(&self) -> impl Iterator<Item = &Member> {
        self.members().iter().filter(|member| member.location == Location::Body)
    }
}

pub(super) enum Kind {
    Structure {
        members: Vec<Member>,
        /// A namespace that this element declares, as prefix and URI (`xsi` of a grantee).
        namespace: Option<(&'static str, &'static str)>,
    },
    List {
        item: ShapeId,
        item_name: &'static str,
    },
    Map {
        key: ShapeId,
        key_name: &'static str,
        value: ShapeId,
        value_name: &'static str,
    },
    String,
    Blob,
    Boolean,
    Integer,
    Long,
    Double,
    Timestamp(Option<Format>),
}

pub(super) struct Member {
    pub name: &'static str,
    pub shape: ShapeId,
    pub location: Location,
    /// The name in headers, query strings, XML and Query forms; JSON uses `name`.
    pub wire_name: &'static str,
    /// The name in EC2's forms, where that is the protocol: lists are flat in them.
    pub ec2_name: Option<&'static str>,
    /// `wire_name` as a header, for members that travel in one.
    pub header: Option<HeaderName>,
    /// A list or map without an element around it: its items stand among the structure's elements.
    pub flattened: bool,
    pub required: bool,
    /// An attribute of the structure's element, not an element inside it.
    pub xml_attribute: bool,
    /// A body that is not to be collected in memory.
    pub streaming: bool,
    /// Its items stand among those of the other lists of which that is true, in the order of their
    /// `Place`, which no document says.
    pub interleaved: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    Body,
    Payload,
    Label,
    Query,
    Header,
    /// All headers that start with the member's wire name: `x-amz-meta-`.
    Headers,
    StatusCode,
}

/// Shapes that say nothing but their type, and come first in every model.
const PLAIN: &[Plain] = &[
    ("string", || Kind::String),
    ("blob", || Kind::Blob),
    ("boolean", || Kind::Boolean),
    ("integer", || Kind::Integer),
    ("long", || Kind::Long),
    ("double", || Kind::Double),
    ("timestamp", || Kind::Timestamp(None)),
];

type Plain = (&'static str, fn() -> Kind);

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Table {
    metadata: Metadata,
    operations: Vec<OperationRow>,
    shapes: Vec<ShapeRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    xml_namespace: Option<&'static str>,
    #[cfg(test)]
    target_prefix: Option<&'static str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationRow {
    name: &'static str,
    method: &'static str,
    uri: &'static str,
    status: u16,
    input: Option<&'static str>,
    output: Option<&'static str>,
    #[serde(default)]
    root: &'static str,
    #[serde(default)]
    input_root: &'static str,
    #[serde(default)]
    deprecated: bool,
}

impl OperationRow {
    fn operation(self, ids: &HashMap<&str, ShapeId>) -> Operation {
        let (path, query) = self.uri.split_once('?').unwrap_or((self.uri, ""));
        let segment = |text: &'static str| match text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        {
            Some(label) => label.strip_suffix('+').map_or(Segment::Label(label), Segment::Greedy),
            None => Segment::Literal(text),
        };
        Operation {
            name: self.name,
            method: Method::from_bytes(self.method.as_bytes()).unwrap_or(Method::POST),
            path: path.split('/').filter(|text| !text.is_empty()).map(segment).collect(),
            markers: query
                .split('&')
                .filter(|text| !text.is_empty())
                .map(|text| match text.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (text, None),
                })
                .collect(),
            status: self.status,
            input: self.input.and_then(|name| ids.get(name).copied()),
            output: self.output.and_then(|name| ids.get(name).copied()),
            root: self.root,
            input_root: self.input_root,
            deprecated: self.deprecated,
            needed: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShapeRow {
    name: &'static str,
    r#type: &'static str,
    timestamp_format: Option<Format>,
    location_name: Option<&'static str>,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    streaming: bool,
    #[serde(default)]
    sensitive: bool,
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(default)]
    r#enum: Vec<&'static str>,
    payload: Option<&'static str>,
    error: Option<serde::de::IgnoredAny>,
    xml_namespace: Option<NamespaceRow>,
    member: Option<&'static str>,
    member_name: Option<&'static str>,
    key: Option<&'static str>,
    key_name: Option<&'static str>,
    value: Option<&'static str>,
    value_name: Option<&'static str>,
    #[serde(default)]
    members: Vec<MemberRow>,
}

#[derive(Deserialize)]
struct NamespaceRow {
    prefix: &'static str,
    uri: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberRow {
    name: &'static str,
    shape: &'static str,
    location: Option<&'static str>,
    location_name: Option<&'static str>,
    query_name: Option<&'static str>,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    streaming: bool,
    #[serde(default)]
    xml_attribute: bool,
    #[serde(default)]
    interleaved: bool,
    #[serde(default)]
    required: bool,
}

impl ShapeRow {
    fn shape(&self, ids: &HashMap<&str, ShapeId>, rows: &[Self]) -> Shape {
        let id =
            |name: Option<&str>| name.and_then(|name| ids.get(name).copied()).unwrap_or(ShapeId(0));
        let kind = match self.r#type {
            "structure" => Kind::Structure {
                members: self.members.iter().map(|member| member.member(self, ids, rows)).collect(),
                namespace: self
                    .xml_namespace
                    .as_ref()
                    .map(|namespace| (namespace.prefix, namespace.uri)),
            },
            "list" => Kind::List {
                item: id(self.member),
                item_name: self.member_name.unwrap_or("member"),
            },
            "map" => Kind::Map {
                key: id(self.key),
                key_name: self.key_name.unwrap_or("key"),
                value: id(self.value),
                value_name: self.value_name.unwrap_or("value"),
            },
            "timestamp" => Kind::Timestamp(self.timestamp_format),
            plain => PLAIN
                .iter()
                .find(|(name, _)| *name == plain)
                .map_or(Kind::String, |(_, kind)| kind()),
        };
        Shape {
            kind,
            min: self.min,
            max: self.max,
            pattern: self.pattern.as_deref().map(Pattern::new),
            values: self.r#enum.clone(),
            is_sensitive: self.sensitive,
            is_error: self.error.is_some(),
        }
    }
}

impl MemberRow {
    fn member(&self, of: &ShapeRow, ids: &HashMap<&str, ShapeId>, rows: &[ShapeRow]) -> Member {
        let shape = ids.get(self.shape).copied().unwrap_or(ShapeId(0));
        let row = shape.0.checked_sub(PLAIN.len()).and_then(|at| rows.get(at));
        let flattened = self.flattened || row.is_some_and(|row| row.flattened);
        // A flattened list's items carry the item's own name where it has one.
        let item_name =
            row.filter(|row| flattened && row.r#type == "list").and_then(|row| row.member_name);
        let wire_name = item_name
            .or(self.location_name)
            .or(row.and_then(|row| row.location_name))
            .unwrap_or(self.name);
        let location = match self.location {
            Some("uri") => Location::Label,
            Some("querystring") => Location::Query,
            Some("header") => Location::Header,
            Some("headers") => Location::Headers,
            Some("statusCode") => Location::StatusCode,
            _ if of.payload == Some(self.name) => Location::Payload,
            _ => Location::Body,
        };
        Member {
            name: self.name,
            shape,
            location,
            wire_name,
            ec2_name: self.query_name,
            header: (location == Location::Header)
                .then(|| HeaderName::from_bytes(wire_name.as_bytes()).ok())
                .flatten(),
            flattened,
            required: self.required,
            xml_attribute: self.xml_attribute,
            interleaved: self.interleaved,
            streaming: self.streaming || row.is_some_and(|row| row.streaming),
        }
    }
}
