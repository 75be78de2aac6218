//! Batches: one request of up to ten entries, each with its own outcome.

use std::collections::BTreeSet;

use kernel::error::{ApiError, Fault};

use crate::error as errors;
use serde::Serialize;

use crate::limits::{BATCH_ENTRIES_MAX, BATCH_ENTRY_ID_CHARS_MAX};

/// What became of the entries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchOutput<Entry> {
    /// Those that were carried out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub successful: Vec<Entry>,
    /// Those that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<BatchResultErrorEntry>,
}

/// An entry that was carried out and has nothing more to say.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultEntry {
    /// Its id.
    pub id: String,
}

/// Why an entry was refused.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultErrorEntry {
    /// Its id.
    pub id: String,
    /// Whether the caller is to blame.
    pub sender_fault: bool,
    /// The error's code.
    pub code: String,
    /// The error's text.
    pub message: String,
}

impl<Entry> BatchOutput<Entry> {
    pub(super) fn with_capacity(entries: usize) -> Self {
        Self { successful: Vec::with_capacity(entries), failed: Vec::new() }
    }

    /// Notes an entry's outcome.
    pub(super) fn push(&mut self, id: String, outcome: Result<Entry, ApiError>) {
        match outcome {
            Ok(entry) => self.successful.push(entry),
            Err(refused) => self.failed.push(BatchResultErrorEntry {
                id,
                sender_fault: refused.row().fault == Fault::Sender,
                code: refused.query_code().into(),
                message: refused.message().into(),
            }),
        }
    }
}

/// # Errors
/// What is wrong with the batch as a whole. `entry` is what AWS calls one of its entries.
pub(super) fn check<'a>(
    entry: &str,
    ids: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), ApiError> {
    let count = ids.len();
    if count == 0 {
        return Err(errors::EMPTY_BATCH_REQUEST
            .says(format!("There should be at least one {entry} in the request.")));
    }
    if count > BATCH_ENTRIES_MAX {
        return Err(errors::TOO_MANY_ENTRIES_IN_BATCH_REQUEST.says(format!(
            "Maximum number of entries per request are {BATCH_ENTRIES_MAX}. You have sent {count}."
        )));
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let valid = (1..=BATCH_ENTRY_ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !valid {
            return Err((&errors::INVALID_BATCH_ENTRY_ID).into());
        }
        if !seen.insert(id) {
            return Err(errors::BATCH_ENTRY_IDS_NOT_DISTINCT.says(format!("Id {id} repeated.")));
        }
    }
    Ok(())
}
