//! XML ↔ the JSON shape, by the tables: S3's documents both ways, and the answers of the Query protocol.

use serde_json::{Map, Value};

use super::model::{Kind, Location, Member, Model, Shape};
use super::scalar;
use super::timestamp::Format;
use super::xml::{self, Element, Malformed};

/// Reads an element as a shape. Elements the model does not know are passed over; a needed one that is
/// missing, or text that is no such value, makes the document malformed.
pub(super) fn read(model: &Model, shape: &Shape, element: &Element) -> Result<Value, Malformed> {
    match &shape.kind {
        Kind::Structure { members, .. } => {
            let mut object = Map::new();
            for member in members.iter().filter(|member| member.location == Location::Body) {
                match read_member(model, member, element)? {
                    Some(value) => _ = object.insert(member.name.to_owned(), value),
                    None if member.required => return Err(Malformed),
                    None => {}
                }
            }
            Ok(Value::Object(object))
        }
        Kind::List { item, item_name } => {
            read_items(model, model.shape(*item), element.named(item_name))
        }
        Kind::Map { .. } => read_entries(model, shape, element.named("entry")),
        // White space around a value belongs to the document's layout.
        Kind::String => scalar::from_text(shape, &element.text).ok_or(Malformed),
        _ => scalar::from_text(shape, element.text.trim()).ok_or(Malformed),
    }
}

/// Whether an element holds nothing but what its shape has, and nothing more often.
pub(super) fn has_no_more(model: &Model, shape: &Shape, element: &Element) -> bool {
    let member_of = |name: &str| {
        let mut body = shape.members().iter().filter(|member| member.location == Location::Body);
        body.find(|member| !member.xml_attribute && member.wire_name == name)
    };
    element.children.iter().all(|child| {
        let Some(member) = member_of(&child.name) else { return false };
        let shape = model.shape(member.shape);
        match &shape.kind {
            Kind::List { item, .. } if member.flattened => {
                has_no_more(model, model.shape(*item), child)
            }
            Kind::Structure { .. } => {
                element.named(&child.name).count() == 1 && has_no_more(model, shape, child)
            }
            Kind::List { .. } | Kind::Map { .. } => true,
            _ => element.named(&child.name).count() == 1 && child.children.is_empty(),
        }
    })
}

fn read_member(
    model: &Model,
    member: &Member,
    element: &Element,
) -> Result<Option<Value>, Malformed> {
    let shape = model.shape(member.shape);
    if member.xml_attribute {
        let local = member.wire_name.rsplit(':').next().unwrap_or(member.wire_name);
        let found =
            element.attributes.iter().find(|(name, _)| name.rsplit(':').next() == Some(local));
        return found.map(|(_, text)| scalar::from_text(shape, text).ok_or(Malformed)).transpose();
    }
    let mut found = element.named(member.wire_name).peekable();
    if found.peek().is_none() {
        return Ok(None);
    }
    match &shape.kind {
        Kind::List { item, .. } if member.flattened => {
            read_items(model, model.shape(*item), found).map(Some)
        }
        Kind::Map { .. } if member.flattened => read_entries(model, shape, found).map(Some),
        _ => found.next().map(|child| read(model, shape, child)).transpose(),
    }
}

fn read_items<'a>(
    model: &Model,
    item: &Shape,
    elements: impl Iterator<Item = &'a Element>,
) -> Result<Value, Malformed> {
    elements.map(|element| read(model, item, element)).collect::<Result<_, _>>().map(Value::Array)
}

fn read_entries<'a>(
    model: &Model,
    shape: &Shape,
    elements: impl Iterator<Item = &'a Element>,
) -> Result<Value, Malformed> {
    let Kind::Map { key_name, value: of, value_name, .. } = &shape.kind else {
        return Err(Malformed);
    };
    let entry = |element: &'a Element| {
        let key = element.named(key_name).next().ok_or(Malformed)?;
        let value = element.named(value_name).next().ok_or(Malformed)?;
        Ok((key.text.clone(), read(model, model.shape(*of), value)?))
    };
    elements.map(entry).collect::<Result<_, Malformed>>().map(Value::Object)
}

/// Appends an element of a shape; nothing for null.
pub(super) fn write(
    document: &mut String,
    model: &Model,
    shape: &Shape,
    name: &str,
    value: &Value,
) {
    if value.is_null() {
        return;
    }
    document.push('<');
    document.push_str(name);
    if let Kind::Structure { namespace: Some((prefix, uri)), .. } = &shape.kind {
        document.push_str(&format!(" xmlns:{prefix}=\"{uri}\""));
    }
    for member in shape.members().iter().filter(|member| member.xml_attribute) {
        if let Some(text) = value.get(member.name).and_then(Value::as_str) {
            document.push_str(&format!(" {}=\"", member.wire_name));
            let mut escaped = String::new();
            xml::escape_into(&mut escaped, text);
            // A reader takes a plain line end or tab in an attribute for a space.
            document.push_str(&escaped.replace('\n', "&#xa;").replace('\t', "&#x9;"));
            document.push('"');
        }
    }
    document.push('>');
    write_content(document, model, shape, value);
    document.push_str("</");
    document.push_str(name);
    document.push('>');
}

/// Appends what is inside an element of a shape.
pub(super) fn write_content(document: &mut String, model: &Model, shape: &Shape, value: &Value) {
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, Value::Object(object)) => {
            let written = members
                .iter()
                .filter(|member| member.location == Location::Body && !member.xml_attribute);
            let mut is_interleaved = false;
            for (member, value) in
                written.filter_map(|member| Some((member, object.get(member.name)?)))
            {
                match member.interleaved {
                    false => write_member(document, model, member, value),
                    true if is_interleaved => {}
                    true => {
                        write_interleaved(document, model, members, object);
                        is_interleaved = true;
                    }
                }
            }
        }
        (Kind::List { item, item_name }, Value::Array(items)) => {
            items
                .iter()
                .for_each(|value| write(document, model, model.shape(*item), item_name, value));
        }
        (Kind::Map { .. }, Value::Object(_)) => {
            write_entries(document, model, shape, "entry", value);
        }
        _ => {
            if let Some(text) = scalar::to_text(shape, value, Format::Iso8601) {
                xml::escape_into(document, &text);
            }
        }
    }
}

/// Appends the items of all lists that stand among each other, in their order.
fn write_interleaved(
    document: &mut String,
    model: &Model,
    members: &[Member],
    object: &Map<String, Value>,
) {
    let mut items: Vec<(u64, &Member, &Value)> = Vec::new();
    for member in members.iter().filter(|member| member.interleaved) {
        let listed = object.get(member.name).and_then(Value::as_array).into_iter().flatten();
        items.extend(listed.map(|item| {
            (item.get("Place").and_then(Value::as_u64).unwrap_or_default(), member, item)
        }));
    }
    items.sort_by_key(|(place, ..)| *place);
    for (_, member, item) in items {
        if let Kind::List { item: of, .. } = &model.shape(member.shape).kind {
            write(document, model, model.shape(*of), member.wire_name, item);
        }
    }
}

fn write_member(document: &mut String, model: &Model, member: &Member, value: &Value) {
    let shape = model.shape(member.shape);
    match (&shape.kind, value) {
        (Kind::List { item, .. }, Value::Array(items)) if member.flattened => {
            items.iter().for_each(|value| {
                write(document, model, model.shape(*item), member.wire_name, value);
            });
        }
        (Kind::Map { .. }, Value::Object(_)) if member.flattened => {
            write_entries(document, model, shape, member.wire_name, value);
        }
        _ => write(document, model, shape, member.wire_name, value),
    }
}

fn write_entries(document: &mut String, model: &Model, shape: &Shape, name: &str, value: &Value) {
    let Kind::Map { key_name, value: of, value_name, .. } = &shape.kind else { return };
    for (key, value) in value.as_object().into_iter().flatten() {
        document.push_str(&format!("<{name}>"));
        xml::element_into(document, key_name, key);
        write(document, model, model.shape(*of), value_name, value);
        document.push_str(&format!("</{name}>"));
    }
}
