//! What is durable: records, their kinds, and where each is kept.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Which table a record belongs to, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind of entity.
    pub kind: Kind,
    /// Its name among its kind.
    pub name: Name,
}

/// A record's name among its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// Of what users have given a name.
    Text(String),
    /// Of what comes and goes by the million. Numbers grow with time, so that a store only ever
    /// appends.
    Number(u64),
}

impl Key {
    /// The key of something that has a name.
    #[must_use]
    pub fn named(kind: impl Into<Kind>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: Name::Text(name.into()) }
    }

    /// The key of something that has a number.
    #[must_use]
    pub fn numbered(kind: impl Into<Kind>, number: u64) -> Self {
        Self { kind: kind.into(), name: Name::Number(number) }
    }
}

/// A kind of entity, by the number that is stored. Restoring reads kinds in the order of their
/// numbers, so that an entity comes after what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u8);

/// What a service declares of a kind of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRow {
    /// Its number. Never used for another.
    pub kind: Kind,
    /// What its records are called.
    pub name: &'static str,
    /// Where they are kept.
    pub table: Table,
}

/// Where records of a kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// In the table of all that has a name.
    Named,
    /// In a table of this name, by number.
    Numbered(&'static str),
}

/// A sum of all kinds of records that a service has.
pub trait Stored: fmt::Debug + Clone + PartialEq + Serialize + DeserializeOwned {
    /// The kinds.
    const KINDS: &'static [KindRow];

    /// Where this record is kept.
    fn key(&self) -> Key;
}

/// Declares the kinds of records that a service has: what is stored of one, its number, and its
/// table where its records have numbers. Each type has a `key()`.
///
/// ```text
/// records! {
///     /// A queue with its attributes.
///     Queue(QueueRecord) = 4;
///     /// A message, as it was sent.
///     Message(MessageRecord) = 5, numbered "message";
/// }
/// ```
#[macro_export]
macro_rules! records {
    ($( $(#[$doc:meta])* $name:ident ( $stored:ty ) = $number:literal $(, numbered $table:literal)? ; )*) => {
        /// One durable entity of the service.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum Record {
            $( $(#[$doc])* $name(Box<$stored>), )*
        }

        /// The kinds of the service's records. The numbers are stored: never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $(
                #[doc = concat!("[`Record::", stringify!($name), "`]")]
                $name = $number,
            )*
        }

        impl From<Kind> for $crate::record::Kind {
            fn from(kind: Kind) -> Self {
                Self(kind as u8)
            }
        }

        impl $crate::record::Stored for Record {
            const KINDS: &'static [$crate::record::KindRow] = &[
                $(
                    $crate::record::KindRow {
                        kind: $crate::record::Kind($number),
                        name: stringify!($name),
                        table: $crate::table_of!($($table)?),
                    },
                )*
            ];

            fn key(&self) -> $crate::record::Key {
                match self {
                    $( Self::$name(stored) => stored.key(), )*
                }
            }
        }
    };
}

/// The table of a kind, as `records!` is told it.
#[doc(hidden)]
#[macro_export]
macro_rules! table_of {
    () => {
        $crate::record::Table::Named
    };
    ($table:literal) => {
        $crate::record::Table::Numbered($table)
    };
}
