//! Reading a document: its grammar, and what AWS says where it is broken.

use std::fmt;

use serde_json::{Map, Value};

use super::condition::Condition;
use super::pattern::Pattern;
use super::principal::{Named, Principals};
use super::{Effect, Names, Policy, Statement};

/// What is wrong with a document. Its text is S3's `MalformedPolicy` message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyError {
    /// It is longer than any service takes.
    TooLong {
        /// Its length.
        size_bytes: usize,
    },
    /// It is not a JSON object, or nested too deeply.
    NotJson,
    /// An element that the grammar does not have.
    UnknownField(String),
    /// An element that must be there is not.
    MissingField(&'static str),
    /// An element occurs with its opposite (`Action` and `NotAction`).
    Contradiction(&'static str, &'static str),
    /// A statement allows something to all but those that it names.
    AllowedToOthers,
    /// `Version` is neither `2012-10-17` nor `2008-10-17`.
    InvalidVersion,
    /// There is no statement.
    EmptyStatement,
    /// Two statements have the same `Sid`.
    DuplicateSid(String),
    /// An element is not of the type that the grammar wants.
    InvalidSyntax(&'static str),
    /// Neither `Allow` nor `Deny`.
    InvalidEffect(String),
    /// Somebody who cannot be.
    InvalidPrincipal(String),
    /// Not `service:Action`.
    InvalidAction(String),
    /// Not an ARN.
    InvalidResource(String),
    /// An operator that AWS does not have.
    InvalidConditionType(String),
    /// A value that its operator cannot compare with.
    InvalidConditionValue {
        /// The operator.
        operator: String,
        /// The value.
        value: String,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { size_bytes } => write!(
                f,
                "The policy is {size_bytes} bytes long; the maximum is {} bytes.",
                Policy::SIZE_BYTES_MAX
            ),
            Self::NotJson => {
                f.write_str("Policies must be valid JSON and the first byte must be '{'")
            }
            Self::UnknownField(name) => write!(f, "Unknown field {name}"),
            Self::MissingField(name) => write!(f, "Missing required field {name}"),
            Self::Contradiction(one, other) => {
                write!(f, "Statement cannot have both {one} and {other}")
            }
            Self::AllowedToOthers => f.write_str("Allow with NotPrincipal is not allowed."),
            Self::InvalidVersion => f.write_str("The policy must contain a valid version string"),
            Self::EmptyStatement => f.write_str("Could not parse the policy: Statement is empty!"),
            Self::DuplicateSid(sid) => write!(f, "Duplicate statement id: {sid}"),
            Self::InvalidSyntax(element) => write!(f, "Invalid policy syntax: {element}"),
            Self::InvalidEffect(effect) => write!(f, "Invalid effect: {effect}"),
            Self::InvalidPrincipal(_) => f.write_str("Invalid principal in policy"),
            Self::InvalidAction(_) => f.write_str("Policy has invalid action"),
            Self::InvalidResource(_) => f.write_str("Policy has invalid resource"),
            Self::InvalidConditionType(operator) => {
                write!(f, "Invalid Condition type : {operator}")
            }
            Self::InvalidConditionValue { operator, value } => {
                write!(f, "Invalid value in Condition {operator}: {value}")
            }
        }
    }
}

impl std::error::Error for PolicyError {}

/// Whose document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bucket's: statements say whom they mean and of what they speak.
    Resources,
    /// One resource's: statements need not say what they are about, and what they say need not be an
    /// ARN; it may begin with white space.
    OneResource,
    /// An identity's: statements name nobody.
    Identity,
}

pub(super) fn parse(text: &str, kind: Kind) -> Result<Policy, PolicyError> {
    if text.len() > Policy::SIZE_BYTES_MAX {
        return Err(PolicyError::TooLong { size_bytes: text.len() });
    }
    let text = if kind == Kind::OneResource { text.trim_start() } else { text };
    if !text.starts_with('{') {
        return Err(PolicyError::NotJson);
    }
    // serde_json refuses more than 128 levels.
    let Ok(Value::Object(mut document)) = serde_json::from_str(text) else {
        return Err(PolicyError::NotJson);
    };
    let variables = match document.remove("Version") {
        None => false,
        Some(Value::String(version)) if version == "2008-10-17" => false,
        Some(Value::String(version)) if version == "2012-10-17" => true,
        Some(_) => return Err(PolicyError::InvalidVersion),
    };
    optional_text(&mut document, "Id")?;
    let statements = match document.remove("Statement") {
        None => return Err(PolicyError::MissingField("Statement")),
        Some(Value::Array(statements)) if statements.is_empty() => {
            return Err(PolicyError::EmptyStatement);
        }
        Some(Value::Array(statements)) => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        Some(_) => return Err(PolicyError::InvalidSyntax("Statement")),
    };
    no_more_fields(&document)?;

    let mut sids = std::collections::BTreeSet::new();
    let mut parsed = Vec::with_capacity(statements.len());
    for statement in statements {
        let Value::Object(mut statement) = statement else {
            return Err(PolicyError::InvalidSyntax("Statement"));
        };
        let sid = optional_text(&mut statement, "Sid")?.filter(|sid| !sid.is_empty());
        if let Some(sid) = &sid
            && !sids.insert(sid.clone())
        {
            return Err(PolicyError::DuplicateSid(sid.clone()));
        }
        let statement = parse_statement(statement, variables, kind)?;
        parsed.push(Statement { sid: sid.map(Into::into), ..statement });
    }
    Ok(Policy { statements: parsed })
}

fn parse_statement(
    mut statement: Map<String, Value>,
    variables: bool,
    kind: Kind,
) -> Result<Statement, PolicyError> {
    let one_resource = kind == Kind::OneResource;
    let effect = match statement.remove("Effect") {
        None => return Err(PolicyError::MissingField("Effect")),
        Some(Value::String(effect)) if effect == "Allow" => Effect::Allow,
        Some(Value::String(effect)) if effect == "Deny" => Effect::Deny,
        Some(Value::String(effect)) => return Err(PolicyError::InvalidEffect(effect)),
        Some(_) => return Err(PolicyError::InvalidSyntax("Effect")),
    };
    let principals = match kind {
        // Left in the statement, it is a field that such a document does not have.
        Kind::Identity => Principals { inverted: false, named: vec![Named::Everyone] },
        Kind::Resources | Kind::OneResource => {
            let (inverted, value) = either(&mut statement, "Principal", "NotPrincipal")?;
            if inverted && effect == Effect::Allow && kind == Kind::Resources {
                return Err(PolicyError::AllowedToOthers);
            }
            Principals { inverted, named: parse_principals(value)? }
        }
    };

    let (inverted, value) = either(&mut statement, "Action", "NotAction")?;
    let mut patterns = Vec::new();
    for action in texts(value, "Action")? {
        if action != "*" && !action.contains(':') {
            return Err(PolicyError::InvalidAction(action));
        }
        patterns.push(Pattern::wildcards(&action, false));
    }
    let actions = Names { inverted, ignore_case: true, patterns };

    if one_resource && !statement.contains_key("NotResource") {
        statement.entry("Resource").or_insert_with(|| "*".into());
    }
    let (inverted, value) = either(&mut statement, "Resource", "NotResource")?;
    let mut patterns = Vec::new();
    for resource in texts(value, "Resource")? {
        if !one_resource && resource != "*" && !resource.starts_with("arn:") {
            return Err(PolicyError::InvalidResource(resource));
        }
        patterns.push(Pattern::wildcards(&resource, variables));
    }
    let resources = Names { inverted, ignore_case: false, patterns };

    let mut conditions = Vec::new();
    match statement.remove("Condition") {
        None => {}
        Some(Value::Object(operators)) => {
            for (operator, keys) in operators {
                let Value::Object(keys) = keys else {
                    return Err(PolicyError::InvalidSyntax("Condition"));
                };
                for (key, values) in keys {
                    let values = texts(values, "Condition")?;
                    conditions.push(Condition::parse(&operator, &key, &values, variables)?);
                }
            }
        }
        Some(_) => return Err(PolicyError::InvalidSyntax("Condition")),
    }
    no_more_fields(&statement)?;
    Ok(Statement { sid: None, effect, principals, actions, resources, conditions })
}

fn parse_principals(value: Value) -> Result<Vec<Named>, PolicyError> {
    let kinds = match value {
        Value::String(everyone) if everyone == "*" => return Ok(vec![Named::Everyone]),
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        other => return Err(PolicyError::InvalidPrincipal(other.to_string())),
    };
    let mut named = Vec::new();
    for (kind, values) in kinds {
        for value in texts(values, "Principal")? {
            named.push(Named::parse(&kind, &value)?);
        }
    }
    Ok(named)
}

/// The element or its opposite, and whether it is the opposite.
fn either(
    statement: &mut Map<String, Value>,
    name: &'static str,
    opposite: &'static str,
) -> Result<(bool, Value), PolicyError> {
    match (statement.remove(name), statement.remove(opposite)) {
        (Some(_), Some(_)) => Err(PolicyError::Contradiction(name, opposite)),
        (Some(value), None) => Ok((false, value)),
        (None, Some(value)) => Ok((true, value)),
        (None, None) => Err(PolicyError::MissingField(name)),
    }
}

/// One text or many. Numbers and booleans count as texts, as in AWS's conditions.
fn texts(value: Value, element: &'static str) -> Result<Vec<String>, PolicyError> {
    let one = |value| match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(PolicyError::InvalidSyntax(element)),
    };
    match value {
        Value::Array(values) if values.is_empty() => Err(PolicyError::InvalidSyntax(element)),
        Value::Array(values) => values.into_iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn optional_text(
    object: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, PolicyError> {
    match object.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(PolicyError::InvalidSyntax(name)),
    }
}

fn no_more_fields(object: &Map<String, Value>) -> Result<(), PolicyError> {
    match object.keys().next() {
        Some(name) => Err(PolicyError::UnknownField(name.clone())),
        None => Ok(()),
    }
}
