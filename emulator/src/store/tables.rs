//! The statements of each kind of record: they follow from what services declare of their kinds.

use cloudless_core::Record;
use cloudless_core::record::{Kind, KindRow, Table};

use super::StoreError;

// A table of its own beside the index of its key: WITHOUT ROWID, a row larger than a quarter of a page
// would take a page for itself, and objects are. What the store keeps for itself (kind 0) and the World's
// counter stand in the first rows, so that a commit writes one page for both.
const SCHEMA: &str = "
    CREATE TABLE record (
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (kind, name)
    );
    CREATE TABLE blob (id TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
";

pub(super) const PUT_NAMED: &str = "INSERT INTO record (kind, name, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value";
pub(super) const DELETE_NAMED: &str = "DELETE FROM record WHERE kind = ?1 AND name = ?2";

/// What the store keeps for itself has the kind 0.
pub(super) const OWN: &str = "SELECT value FROM record WHERE kind = 0 AND name = ?1";
pub(super) const PUT_OWN: &str = "INSERT INTO record (kind, name, value) VALUES (0, ?1, ?2)
    ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value";

/// The statements of all kinds, made once for a database.
#[derive(Debug)]
pub(super) struct Tables(Vec<Statements>);

#[derive(Debug)]
struct Statements {
    kind: Kind,
    select: String,
    numbered: Option<Numbered>,
}

/// How records that have numbers are kept.
#[derive(Debug)]
pub(super) struct Numbered {
    create: String,
    pub(super) put: String,
    pub(super) delete: String,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self(Record::kinds().iter().map(Statements::new).collect())
    }

    /// Makes the tables of a new database.
    pub(super) fn schema(&self) -> String {
        let numbered = self.0.iter().filter_map(|kind| kind.numbered.as_ref());
        numbered.fold(SCHEMA.to_owned(), |schema, table| schema + &table.create)
    }

    /// Statements that give kind, name or number, and value of every record, in the order of kinds; and
    /// then of one whose kind nobody knows.
    pub(super) fn select_in_order(&self) -> impl Iterator<Item = String> {
        let known = self.0.iter().map(|kind| kind.select.clone());
        known.chain([self.select_unknown()])
    }

    fn select_unknown(&self) -> String {
        // What is between two named kinds, from what the store keeps for itself on.
        let named = self.0.iter().filter(|kind| kind.numbered.is_none());
        let (mut between, mut last) = (String::new(), 0);
        for next in named.map(|kind| kind.kind.0) {
            between += &format!("kind > {last} AND kind < {next} OR ");
            last = next;
        }
        format!("SELECT kind, name, value FROM record WHERE {between}kind > {last} LIMIT 1")
    }

    /// The statements of a kind whose records have numbers.
    pub(super) fn numbered(&self, kind: Kind) -> Result<&Numbered, StoreError> {
        let found = self.0.iter().find(|it| it.kind == kind);
        found.and_then(|it| it.numbered.as_ref()).ok_or_else(|| {
            StoreError::Other(format!("there is no table of records with numbers of {kind:?}"))
        })
    }
}

impl Statements {
    fn new(row: &KindRow) -> Self {
        let number = row.kind.0;
        let (select, numbered) = match row.table {
            Table::Named => (
                format!("SELECT kind, name, value FROM record WHERE kind = {number} ORDER BY name"),
                None,
            ),
            Table::Numbered(table) => (
                format!("SELECT {number}, number, value FROM {table} ORDER BY number"),
                Some(Numbered::new(table)),
            ),
        };
        Self { kind: row.kind, select, numbered }
    }
}

impl Numbered {
    fn new(table: &str) -> Self {
        Self {
            create: format!(
                "CREATE TABLE {table} (number INTEGER PRIMARY KEY, value BLOB NOT NULL);\n"
            ),
            put: format!(
                "INSERT INTO {table} (number, value) VALUES (?1, ?2)
                 ON CONFLICT (number) DO UPDATE SET value = excluded.value"
            ),
            delete: format!("DELETE FROM {table} WHERE number = ?1"),
        }
    }
}
