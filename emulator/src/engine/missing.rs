//! Bodies that are gone from a data directory though something refers to them.

use std::collections::HashSet;

use cloudless_core::content::BlobId;
use cloudless_core::record::Name;
use cloudless_core::{Record, World};

use crate::store::{Blobs, StoreError, Wanted, named_in};

/// So many are named in the log and to whoever asks; the rest is counted.
const NAMED_MAX: usize = 20;

/// What lacks its body. Reading it is answered with 500.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// How many things.
    count: usize,
    /// The first of them: `Object pictures/1.png`.
    first: Vec<String>,
}

impl Missing {
    /// What there is to say, if there is.
    pub(super) fn said(&self) -> Option<String> {
        let more = self.count - self.first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let first = self.first.join(", ");
        (self.count > 0).then(|| {
            format!(
                "bodies are missing from the data directory; reading these fails: {first}{more}"
            )
        })
    }
}

/// What a World refers to, while bodies are swept.
struct Referred<'a>(HashSet<&'a BlobId>);

impl Wanted for Referred<'_> {
    fn contains(&self, blob: &BlobId) -> bool {
        self.0.contains(blob)
    }

    fn iter(&self) -> impl Iterator<Item = &BlobId> {
        self.0.iter().copied()
    }
}

/// Deletes bodies that nothing refers to, and says loudly what lacks its own.
pub(super) fn sweep(world: &World, blobs: &Blobs) -> Result<Missing, StoreError> {
    let swept = blobs
        .sweep(&Referred(world.blobs().collect()))
        .map_err(|error| StoreError::Other(format!("object bodies cannot be read: {error}")))?;
    tracing::debug!(swept.removed, "object bodies that nothing referred to were deleted");
    if swept.missing.is_empty() {
        return Ok(Missing::default());
    }
    let gone: HashSet<&str> = swept.missing.iter().map(|blob| &*blob.0).collect();
    let mut missing = Missing::default();
    for record in world.records() {
        let json = serde_json::to_string(&record).unwrap_or_default();
        if !named_in(&json).any(|blob| gone.contains(blob)) {
            continue;
        }
        missing.count += 1;
        if missing.first.len() < NAMED_MAX {
            let key = record.key();
            let name = match key.name {
                Name::Text(name) => name,
                Name::Number(number) => number.to_string(),
            };
            let row = Record::kinds().into_iter().find(|row| row.kind == key.kind);
            missing.first.push(format!("{} {name}", row.map_or("", |row| row.name)));
        }
    }
    if let Some(said) = missing.said() {
        tracing::error!("{said}");
    }
    Ok(missing)
}
