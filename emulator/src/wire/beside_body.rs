//! What an output says beside its body, read off the output itself: of what is asked most, an object put or
//! read, that is all there is, and no tree of values is built for it.

use std::fmt::{self, Write as _};

use serde::ser::{Error, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value;

use super::model::{Location, Member};

/// The members that an output has, with their places in the model. It is a serializer that takes nothing but
/// members that are headers.
pub(super) struct BesideBody<'a> {
    members: &'a [Member],
    said: Vec<(usize, Value)>,
    /// The name in hand.
    name: String,
}

impl<'a> BesideBody<'a> {
    pub(super) fn of(members: &'a [Member]) -> Self {
        // As many as most answers have.
        Self { members, said: Vec::with_capacity(16), name: String::with_capacity(32) }
    }

    /// All of them, where there is nothing else.
    pub(super) fn said(self) -> Vec<(usize, Value)> {
        self.said
    }

    fn say<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NotBeside> {
        let at = self.members.iter().position(|member| member.name == name).ok_or(NotBeside)?;
        if !matches!(self.members[at].location, Location::Header | Location::Headers) {
            return Err(NotBeside);
        }
        match serde_json::to_value(value).map_err(|_| NotBeside)? {
            Value::Null => {}
            value => self.said.push((at, value)),
        }
        Ok(())
    }
}

/// Something that no header says.
#[derive(Debug, thiserror::Error)]
#[error("not all of it is beside the body")]
pub(super) struct NotBeside;

impl Error for NotBeside {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A name as it is.
struct Name<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Display for Name<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// Structures with flattened ones inside come as maps.
impl SerializeMap for &mut BesideBody<'_> {
    type Ok = ();
    type Error = NotBeside;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), NotBeside> {
        self.name.clear();
        write!(self.name, "{}", Name(name)).map_err(|_| NotBeside)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotBeside> {
        let name = std::mem::take(&mut self.name);
        let said = self.say(&name, value);
        self.name = name;
        said
    }

    fn end(self) -> Result<(), NotBeside> {
        Ok(())
    }
}

impl SerializeStruct for &mut BesideBody<'_> {
    type Ok = ();
    type Error = NotBeside;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), NotBeside> {
        self.say(name, value)
    }

    fn end(self) -> Result<(), NotBeside> {
        Ok(())
    }
}

/// Whatever has no members.
macro_rules! without_members {
    ($( $name:ident($($of:ty),*) -> $gives:ty; )*) => {
        $( fn $name(self, $(_: $of),*) -> Result<$gives, NotBeside> {
            Err(NotBeside)
        } )*
    };
}

type Nothing = Impossible<(), NotBeside>;

impl Serializer for &mut BesideBody<'_> {
    type Ok = ();
    type Error = NotBeside;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeSeq = Nothing;
    type SerializeTuple = Nothing;
    type SerializeTupleStruct = Nothing;
    type SerializeTupleVariant = Nothing;
    type SerializeStructVariant = Nothing;

    fn serialize_map(self, _: Option<usize>) -> Result<Self, NotBeside> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NotBeside> {
        Ok(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), NotBeside> {
        Err(NotBeside)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotBeside> {
        Err(NotBeside)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotBeside> {
        Err(NotBeside)
    }

    without_members! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Nothing;
        serialize_tuple(usize) -> Nothing;
        serialize_tuple_struct(&'static str, usize) -> Nothing;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Nothing;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Nothing;
    }
}
