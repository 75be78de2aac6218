//! Conditions: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, NaiveDate};

use super::Conditions;
use super::document::PolicyError;
use super::pattern::Pattern;
use crate::number::decimal;

/// One operator with one key and its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    quantifier: Quantifier,
    /// `…IfExists`: holds also where the key is absent.
    if_exists: bool,
    /// `…Not…`: holds where no value matches.
    negated: bool,
    /// In lower case.
    key: String,
    test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// No prefix: some value of the request matches, or, negated, none does.
    Single,
    /// `ForAllValues:`
    ForAll,
    /// `ForAnyValue:`
    ForAny,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Text {
        patterns: Vec<Pattern>,
        ignore_case: bool,
    },
    Arn(Vec<Pattern>),
    Number(Comparison, Vec<f64>),
    /// Milliseconds since the epoch.
    Date(Comparison, Vec<i64>),
    Bool(Vec<bool>),
    Address(Vec<Network>),
    Binary(Vec<Vec<u8>>),
    /// `Null`: whether the key must be absent.
    Absent(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Condition {
    pub(super) fn parse(
        operator: &str,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, PolicyError> {
        let (quantifier, rest) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAll, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAny, rest),
            Some(_) => return Err(PolicyError::InvalidConditionType(operator.into())),
            None => (Quantifier::Single, operator),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let read = Read { operator, values };
        let text = |wildcards: bool, ignore_case| Test::Text {
            patterns: values
                .iter()
                .map(|value| match wildcards {
                    true => Pattern::wildcards(value, variables),
                    false => Pattern::literal(value, variables),
                })
                .collect(),
            ignore_case,
        };
        let arn =
            || Test::Arn(values.iter().map(|value| Pattern::wildcards(value, variables)).collect());
        let (negated, test) = match name {
            "StringEquals" => (false, text(false, false)),
            "StringNotEquals" => (true, text(false, false)),
            "StringEqualsIgnoreCase" => (false, text(false, true)),
            "StringNotEqualsIgnoreCase" => (true, text(false, true)),
            "StringLike" => (false, text(true, false)),
            "StringNotLike" => (true, text(true, false)),
            "ArnEquals" | "ArnLike" => (false, arn()),
            "ArnNotEquals" | "ArnNotLike" => (true, arn()),
            "Bool" => (false, Test::Bool(read.all(boolean)?)),
            "BinaryEquals" => (false, Test::Binary(read.all(|value| BASE64.decode(value).ok())?)),
            "IpAddress" => (false, Test::Address(read.all(Network::parse)?)),
            "NotIpAddress" => (true, Test::Address(read.all(Network::parse)?)),
            "Null" if !if_exists && quantifier == Quantifier::Single => {
                match read.all(boolean)?[..] {
                    [absent] => (false, Test::Absent(absent)),
                    _ => return Err(read.refused(&values.join(","))),
                }
            }
            _ => {
                let unknown = || PolicyError::InvalidConditionType(operator.into());
                let (negated, comparison) = comparison(name).ok_or_else(unknown)?;
                let test = match name {
                    _ if name.starts_with("Numeric") => Test::Number(comparison, read.all(number)?),
                    _ => Test::Date(comparison, read.all(moment_ms)?),
                };
                (negated, test)
            }
        };
        Ok(Self { quantifier, if_exists, negated, key: key.to_ascii_lowercase(), test })
    }

    pub(super) fn holds(&self, conditions: &Conditions) -> bool {
        let values = conditions.get(&self.key);
        if let Test::Absent(absent) = self.test {
            return values.is_none() == absent;
        }
        let matches = |value: &String| self.test.matches(value, conditions);
        let accepts = |value: &String| matches(value) != self.negated;
        match (values, self.quantifier) {
            (None | Some([]), Quantifier::ForAll) => true,
            (None | Some([]), Quantifier::ForAny) => self.if_exists,
            (None | Some([]), Quantifier::Single) => self.if_exists || self.negated,
            (Some(values), Quantifier::ForAll) => values.iter().all(accepts),
            (Some(values), Quantifier::ForAny) => values.iter().any(accepts),
            (Some(values), Quantifier::Single) => values.iter().any(matches) != self.negated,
        }
    }

    /// Whether the condition holds principals to fixed values, in the sense of Block Public Access.
    pub(super) fn narrows(&self) -> bool {
        const KEYS: &[&str] = &[
            "aws:principalarn",
            "aws:principalaccount",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:sourcearn",
            "aws:sourceaccount",
            "aws:sourceowner",
            "aws:sourceorgid",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:userid",
            "s3:dataaccesspointaccount",
            "s3:dataaccesspointarn",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ];
        // `ForAllValues` and `IfExists` also hold where the key is absent: they keep nobody out.
        if self.negated || self.if_exists || self.quantifier == Quantifier::ForAll {
            return false;
        }
        match &self.test {
            Test::Address(networks) => {
                self.key == "aws:sourceip" && networks.iter().all(Network::is_narrow)
            }
            Test::Text { patterns, .. } | Test::Arn(patterns) => {
                KEYS.contains(&self.key.as_str()) && patterns.iter().all(Pattern::is_fixed)
            }
            _ => false,
        }
    }
}

impl Test {
    fn matches(&self, value: &str, conditions: &Conditions) -> bool {
        match self {
            Self::Text { patterns, ignore_case } => {
                patterns.iter().any(|pattern| pattern.matches(value, *ignore_case, conditions))
            }
            Self::Arn(patterns) => {
                patterns.iter().any(|pattern| pattern.matches_arn(value, conditions))
            }
            Self::Number(comparison, wanted) => number(value).is_some_and(|value| {
                let accepted = |ordering| comparison.accepts(ordering);
                wanted.iter().any(|wanted| value.partial_cmp(wanted).is_some_and(accepted))
            }),
            Self::Date(comparison, wanted) => moment_ms(value).is_some_and(|value| {
                wanted.iter().any(|wanted| comparison.accepts(value.cmp(wanted)))
            }),
            Self::Bool(wanted) => boolean(value).is_some_and(|value| wanted.contains(&value)),
            Self::Address(networks) => value
                .parse()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
            Self::Binary(wanted) => BASE64.decode(value).is_ok_and(|value| wanted.contains(&value)),
            // Decided by `holds`, which looks at the key alone.
            Self::Absent(_) => false,
        }
    }
}

/// `NumericLessThan` and its kin: whether it is negated, and what it compares.
fn comparison(name: &str) -> Option<(bool, Comparison)> {
    let kind = name.strip_prefix("Numeric").or_else(|| name.strip_prefix("Date"))?;
    Some(match kind {
        "Equals" => (false, Comparison::Equals),
        "NotEquals" => (true, Comparison::Equals),
        "LessThan" => (false, Comparison::Less),
        "LessThanEquals" => (false, Comparison::LessOrEqual),
        "GreaterThan" => (false, Comparison::Greater),
        "GreaterThanEquals" => (false, Comparison::GreaterOrEqual),
        _ => return None,
    })
}

struct Read<'a> {
    operator: &'a str,
    values: &'a [String],
}

impl Read<'_> {
    fn all<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, PolicyError> {
        self.values.iter().map(|value| read(value).ok_or_else(|| self.refused(value))).collect()
    }

    fn refused(&self, value: &str) -> PolicyError {
        PolicyError::InvalidConditionValue { operator: self.operator.into(), value: value.into() }
    }
}

fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn number(value: &str) -> Option<f64> {
    value.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// `2026-11-23T19:12:00Z`, `2026-11-23`, or seconds since the epoch.
fn moment_ms(value: &str) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(value) {
        return Some(moment.timestamp_millis());
    }
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    }
    value.parse::<i64>().ok()?.checked_mul(1000)
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix_bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let prefix_bits = match prefix {
            None => width_bits(address),
            Some(prefix) => {
                u32::try_from(decimal(prefix)?).ok().filter(|bits| *bits <= width_bits(address))?
            }
        };
        Some(Self { address, prefix_bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        if self.address.is_ipv4() != address.is_ipv4() {
            return false;
        }
        let differing = bits(self.address) ^ bits(address);
        // A shift by all bits is none in Rust: a prefix of nothing contains everything.
        differing.checked_shr(width_bits(address) - self.prefix_bits).unwrap_or(0) == 0
    }

    /// Whether it is not as good as everybody: no broader than /8, for IPv6 /32.
    fn is_narrow(&self) -> bool {
        match self.address {
            IpAddr::V4(_) => self.prefix_bits >= 8,
            IpAddr::V6(_) => self.prefix_bits >= 32,
        }
    }
}

const fn width_bits(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}
