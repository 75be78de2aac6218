//! What becomes of a member of an operation's input. It is asked of the input's own `Deserialize`, so that a
//! table of it cannot say anything else than the code does.

use std::cell::Cell;
use std::fmt;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess,
    Visitor,
};
use serde::{Deserialize as _, forward_to_deserialize_any};
use serde_json::Value;

/// What an operation does with a member of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It reads it.
    Read,
    /// It takes it, and nothing that it does depends on it.
    Ignored,
    /// It refuses it by name: `NotImplemented`.
    Refused,
    /// It refuses it in AWS's words: it is for something that is not here.
    ForOthers,
}

/// By which a member's type says that it is for something that is not here.
const FOR_OTHERS: &str = "$for_others";

/// Reads a member that is refused in AWS's words, because it is for something that is not here.
///
/// # Errors
/// It cannot be read.
pub fn for_others<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    struct Any;
    impl<'de> Visitor<'de> for Any {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
            Value::deserialize(inner)
        }
    }
    deserializer.deserialize_newtype_struct(FOR_OTHERS, Any)
}

/// What this input does with that member.
#[must_use]
pub fn reading<T: DeserializeOwned>(member: &str) -> Reading {
    let found = Cell::new(Reading::Refused);
    // What it is made of does not matter: the value says how it was asked for, and is none.
    let _ = T::deserialize(OneMember { member: Some(member), found: &found });
    found.get()
}

/// An input that has one member.
struct OneMember<'a> {
    member: Option<&'a str>,
    found: &'a Cell<Reading>,
}

impl<'de> Deserializer<'de> for OneMember<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for OneMember<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(member) = self.member.take() else { return Ok(None) };
        let member: StrDeserializer<'_, Error> = member.into_deserializer();
        seed.deserialize(member).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Asked { found: self.found })
    }
}

/// A value that notes how it is asked for.
struct Asked<'a> {
    found: &'a Cell<Reading>,
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        self.found.set(Reading::Read);
        Err(Error::custom("there is no value"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.found.set(Reading::Ignored);
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name != FOR_OTHERS {
            return self.deserialize_any(visitor);
        }
        self.found.set(Reading::ForOthers);
        Err(Error::custom("there is no value"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::{Reading, reading};

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its members matter")]
    struct Input {
        bucket: String,
        max_keys: Option<i64>,
        #[serde(rename = "RequestPayer")]
        _request_payer: Option<IgnoredAny>,
        #[serde(default, deserialize_with = "super::for_others")]
        topics: serde_json::Value,
    }

    #[test]
    fn an_input_says_what_it_reads() {
        let members = ["Bucket", "MaxKeys", "RequestPayer", "Prefix", "Topics"];
        let said = members.map(reading::<Input>);
        let read = [Reading::Read, Reading::Read];
        let others = [Reading::Ignored, Reading::Refused, Reading::ForOthers];
        assert_eq!((&said[..2], &said[2..]), (&read[..], &others[..]));
    }
}
