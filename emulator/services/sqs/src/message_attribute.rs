//! Message attributes: their types, what AWS accepts, and their MD5.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::digest::md5;
use super::text::check_text;
use crate::error as errors;
use crate::limits::{MESSAGE_ATTRIBUTE_NAME_CHARS_MAX, MESSAGE_ATTRIBUTES_MAX};

/// An attribute's value and type as the API has it; a binary value in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MessageAttributeValue {
    /// The value of a String or a Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a Binary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
    /// AWS: not implemented, reserved for future use.
    #[serde(default, skip_serializing)]
    pub string_list_values: Option<Vec<String>>,
    /// AWS: not implemented, reserved for future use.
    #[serde(default, skip_serializing)]
    pub binary_list_values: Option<Vec<String>>,
    /// `String`, `Number` or `Binary`, with a label of the user's after a dot.
    #[serde(default)]
    pub data_type: String,
}

/// A valid attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageAttribute {
    /// Its type with its label.
    pub data_type: Box<str>,
    /// Its value.
    pub value: AttributeValue,
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// Of a String or a Number.
    Text(Box<str>),
    /// Of a Binary.
    Binary(Bytes),
}

impl MessageAttributeValue {
    /// How much it counts against a batch's size.
    pub(super) fn size_bytes(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        // Four characters of base64 are three bytes.
        let binary = self
            .binary_value
            .as_ref()
            .map_or(0, |base64| base64.trim_end_matches('=').len() * 3 / 4);
        self.data_type.len() + text + binary
    }
}

impl MessageAttribute {
    /// Its text, where it is a String or a Number.
    pub(super) fn into_text(self) -> Option<Box<str>> {
        match self.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Binary(_) => None,
        }
    }

    fn size_bytes(&self) -> usize {
        self.data_type.len() + self.value.as_bytes().len()
    }

    /// The form of the API.
    pub(super) fn to_value(&self) -> MessageAttributeValue {
        let mut value =
            MessageAttributeValue { data_type: self.data_type.to_string(), ..Default::default() };
        match &self.value {
            AttributeValue::Text(text) => value.string_value = Some(text.to_string()),
            AttributeValue::Binary(bytes) => value.binary_value = Some(BASE64.encode(bytes)),
        }
        value
    }

    /// The form of Lambda's event.
    pub(super) fn to_event(&self) -> serde_json::Value {
        let mut event = serde_json::Map::new();
        match &self.value {
            AttributeValue::Text(text) => event.insert("stringValue".into(), text.as_ref().into()),
            AttributeValue::Binary(bytes) => {
                event.insert("binaryValue".into(), BASE64.encode(bytes).into())
            }
        };
        event.insert("stringListValues".into(), serde_json::Value::Array(Vec::new()));
        event.insert("binaryListValues".into(), serde_json::Value::Array(Vec::new()));
        event.insert("dataType".into(), self.data_type.as_ref().into());
        event.into()
    }
}

impl AttributeValue {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

type Attributes = BTreeMap<Box<str>, MessageAttribute>;

/// How much the attributes count against the message's size.
pub(super) fn size_bytes(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, attribute)| name.len() + attribute.size_bytes()).sum()
}

/// `MD5OfMessageAttributes`, by
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>;
/// nothing without attributes.
pub(super) fn digest<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a MessageAttribute)>,
) -> Option<String> {
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        let mut counted = |part: &[u8]| {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        };
        counted(name.as_bytes());
        counted(attribute.data_type.as_bytes());
        bytes.push(match attribute.value {
            AttributeValue::Text(_) => 1,
            AttributeValue::Binary(_) => 2,
        });
        let value = attribute.value.as_bytes();
        bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(value);
    }
    (!bytes.is_empty()).then(|| hex::encode(md5(&bytes)))
}

/// The attributes of a message, where AWS would accept them.
///
/// # Errors
/// `InvalidParameterValue` names the attribute and what is wrong with it.
pub(super) fn validate(
    values: BTreeMap<String, MessageAttributeValue>,
) -> Result<Attributes, ApiError> {
    if values.len() > MESSAGE_ATTRIBUTES_MAX {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MESSAGE_ATTRIBUTES_MAX}].",
            values.len()
        )));
    }
    values
        .into_iter()
        .map(|(name, value)| Ok((name.as_str().into(), attribute("user", &name, value)?)))
        .collect()
}

/// `AWSTraceHeader`, the only system attribute that can be sent.
///
/// # Errors
/// `InvalidParameterValue` names any other.
pub(super) fn trace_header(
    values: BTreeMap<String, MessageAttributeValue>,
) -> Result<Option<MessageAttribute>, ApiError> {
    let mut header = None;
    for (name, value) in values {
        if name != "AWSTraceHeader" {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Message system attribute name '{name}' is invalid.")));
        }
        let valid = attribute("system", &name, value)?;
        if &*valid.data_type != "String" {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Message system attribute '{name}' must be of type 'String'.")));
        }
        header = Some(valid);
    }
    Ok(header)
}

fn attribute(
    kind: &str,
    name: &str,
    value: MessageAttributeValue,
) -> Result<MessageAttribute, ApiError> {
    let refuse = |reason: String| Err(errors::INVALID_PARAMETER_VALUE.says(reason));
    if let Some(reason) = wrong_name(kind, name) {
        return refuse(reason);
    }
    if value.string_list_values.is_some_and(|list| !list.is_empty())
        || value.binary_list_values.is_some_and(|list| !list.is_empty())
    {
        return Err(errors::UNSUPPORTED_OPERATION
            .says("Message attribute list values in SendMessage operation are not supported."));
    }
    let data_type = value.data_type;
    if data_type.is_empty() {
        return refuse(format!(
            "The message ({kind}) attribute '{name}' must contain a non-empty message attribute type."
        ));
    }
    if data_type.len() > MESSAGE_ATTRIBUTE_NAME_CHARS_MAX {
        return refuse(format!(
            "Message ({kind}) attribute type must be shorter than {MESSAGE_ATTRIBUTE_NAME_CHARS_MAX} bytes."
        ));
    }
    let value = content(kind, name, &data_type, value.string_value, value.binary_value)?;
    Ok(MessageAttribute { data_type: data_type.into(), value })
}

/// The value of an attribute, in the field that its type wants.
fn content(
    kind: &str,
    name: &str,
    data_type: &str,
    text: Option<String>,
    binary: Option<String>,
) -> Result<AttributeValue, ApiError> {
    let refuse = |reason: String| Err(errors::INVALID_PARAMETER_VALUE.says(reason));
    let place = format!("message ({kind}) attribute '{name}'");
    // AWS has another code for it here than in a body.
    let plain = |text: &str| {
        check_text(text, &place)
            .map_err(|refused| errors::INVALID_PARAMETER_VALUE.says(refused.message().to_owned()))
    };
    plain(data_type)?;
    let basic = data_type.split('.').next().unwrap_or_default();
    let wrong_field = |field: &str| {
        refuse(format!(
            "Message ({kind}) attribute '{name}' with type '{data_type}' must use field '{field}'."
        ))
    };
    Ok(match (basic, text, binary) {
        ("String" | "Number" | "Binary", Some(_), Some(_)) => {
            return refuse(format!(
                "Message ({kind}) attribute '{name}' must have a single value."
            ));
        }
        ("String" | "Number", None, Some(_)) => return wrong_field("String"),
        ("Binary", Some(_), None) => return wrong_field("Binary"),
        ("String" | "Number", Some(text), None) if !text.is_empty() => {
            plain(&text)?;
            if basic == "Number" && !is_number(&text) {
                return refuse(format!(
                    "Can't cast the value of message ({kind}) attribute '{name}' to a number."
                ));
            }
            AttributeValue::Text(text.into())
        }
        ("Binary", None, Some(base64)) if !base64.is_empty() => match BASE64.decode(&base64) {
            Ok(bytes) => AttributeValue::Binary(bytes.into()),
            Err(_) => {
                return refuse(format!(
                    "The value of message ({kind}) attribute '{name}' is not valid base64."
                ));
            }
        },
        ("String" | "Number" | "Binary", _, _) => {
            return refuse(format!(
                "Message ({kind}) attribute '{name}' must contain a non-empty value of type '{basic}'."
            ));
        }
        _ => {
            return refuse(format!(
                "The type of message ({kind}) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String."
            ));
        }
    })
}

/// Whether a text is a number that SQS takes: between 10^-128 and 10^126, or nothing.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
fn is_number(text: &str) -> bool {
    let text = text.trim();
    // Rust's own names for what is not finite begin with letters.
    let begins_well =
        text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    begins_well
        && text
            .parse::<f64>()
            .is_ok_and(|number| number == 0.0 || (1e-128..=1e126).contains(&number.abs()))
}

/// What is wrong with an attribute's name.
fn wrong_name(kind: &str, name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    // Letters and digits of any alphabet, whatever the text below says.
    let allowed = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    if name.is_empty() {
        return Some(format!(
            "The request must contain non-empty message ({kind}) attribute names."
        ));
    }
    if name.len() > MESSAGE_ATTRIBUTE_NAME_CHARS_MAX {
        return Some(format!(
            "Message ({kind}) attribute name must be shorter than {MESSAGE_ATTRIBUTE_NAME_CHARS_MAX} bytes."
        ));
    }
    if !name.chars().all(allowed) {
        // With a space at its end, as AWS has it.
        return Some(format!(
            "Message ({kind}) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. "
        ));
    }
    if ["aws.", "amazon."].iter().any(|prefix| lower.starts_with(prefix)) {
        return Some("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.".into());
    }
    let dots = if name.starts_with('.') {
        "begin with character '.'"
    } else if name.ends_with('.') {
        "end with character '.'"
    } else if name.contains("..") {
        "have successive '.' characters"
    } else {
        return None;
    };
    Some(format!("Message ({kind}) attribute name must not {dots}."))
}
