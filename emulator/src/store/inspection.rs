//! A look at a data directory before it is opened: whether its database is whole, as far as that can be
//! seen. Nothing is changed by it.
//!
//! SQLite makes a new database where there is none, and passes over what it cannot read of a log.
//! Either would let the sweep delete the bodies of objects that are still wanted.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::sqlite::FILE_NAME;
use super::wal::{self, Wal};
use super::{StoreError, blobs};

const HEADER_SIZE_BYTES: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What to do where bodies lie beside no database.
const BEGIN_ANEW: &str = "move blobs away to begin with an empty cloud, ";
/// What to do where a log cannot be read to its end.
const GO_ON_WITHOUT: &str = "let SQLite's own tool go on with what it can read (sqlite3 records.sqlite3 'PRAGMA wal_checkpoint(TRUNCATE)'), ";

/// # Errors
/// What is missing or damaged, or cannot be read.
pub(super) fn inspect(directory: &Path) -> Result<(), StoreError> {
    let database = directory.join(FILE_NAME);
    let failed = |error| StoreError::File { path: database.clone(), error };
    match read_header(&database).map_err(failed)? {
        Header::Missing => nothing_is_lost(directory, "is missing"),
        Header::Empty => nothing_is_lost(directory, "is empty"),
        Header::Foreign => {
            let what = "is no SQLite database: it does not begin as one".to_owned();
            Err(StoreError::Damaged { path: database, what, or: "" })
        }
        Header::Of(header) => is_whole(directory, &header),
    }
}

/// A directory without records may have no bodies and no log.
///
/// # Errors
/// It has: what it lacks is `how`.
pub(super) fn nothing_is_lost(directory: &Path, how: &str) -> Result<(), StoreError> {
    let path = directory.join(FILE_NAME);
    let files = directory.join(blobs::DIRECTORY_NAME);
    let failed = |error| StoreError::File { path: files.clone(), error };
    let log = directory.join(format!("{FILE_NAME}-wal"));
    let (beside, or) = if blobs::is_any(&files).map_err(failed)? {
        ("bodies of objects", BEGIN_ANEW)
    } else if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        ("a log of its last changes", "")
    } else {
        return Ok(());
    };
    let what = format!("{how}, and beside it lie {beside}, which are of no use without it");
    Err(StoreError::Damaged { path, what, or })
}

/// What a database says of itself.
struct DatabaseHeader {
    page_size_bytes: u64,
    /// Where it is known.
    size_pages: Option<u32>,
    file_size_bytes: u64,
}

enum Header {
    Missing,
    Empty,
    /// Of no database.
    Foreign,
    Of(DatabaseHeader),
}

/// <https://www.sqlite.org/fileformat2.html#the_database_header>
fn read_header(path: &Path) -> io::Result<Header> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Header::Missing),
        Err(error) => return Err(error),
    };
    let file_size_bytes = file.metadata()?.len();
    let mut header = Vec::with_capacity(HEADER_SIZE_BYTES);
    file.take(HEADER_SIZE_BYTES as u64).read_to_end(&mut header)?;
    if header.is_empty() {
        return Ok(Header::Empty);
    }
    if header.len() < HEADER_SIZE_BYTES || !header.starts_with(MAGIC) {
        return Ok(Header::Foreign);
    }
    let page_size_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    if !page_size_bytes.is_power_of_two() || page_size_bytes < 512 {
        return Ok(Header::Foreign);
    }
    let word = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let size_pages = (word(24) == word(92)).then(|| word(28));
    Ok(Header::Of(DatabaseHeader { page_size_bytes, size_pages, file_size_bytes }))
}

fn is_whole(directory: &Path, header: &DatabaseHeader) -> Result<(), StoreError> {
    let (log_path, index_path) =
        (directory.join(format!("{FILE_NAME}-wal")), directory.join(format!("{FILE_NAME}-shm")));
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |error| StoreError::File { path, error }
    };
    let has_pages = header.file_size_bytes / header.page_size_bytes;
    let has_pages = u32::try_from(has_pages).unwrap_or(u32::MAX);
    let log = Wal::read(&log_path, has_pages.saturating_add(1)).map_err(failed(&log_path))?;
    if log.is_damaged {
        let what = format!(
            "is damaged: changes that were on the disk lie behind a part that cannot be read, after {} pages",
            log.committed_frames
        );
        return Err(StoreError::Damaged { path: log_path, what, or: GO_ON_WITHOUT });
    }
    let wanted = wal::frames_wanted(&index_path, &log).map_err(failed(&index_path))?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted > log.committed_frames) {
        let what = format!(
            "has {} of {wanted} pages of the last changes; {FILE_NAME}-shm knows of the others",
            log.committed_frames
        );
        return Err(StoreError::Damaged { path: log_path, what, or: GO_ON_WITHOUT });
    }
    let size_pages = log.database_size_pages.or(header.size_pages).unwrap_or(0);
    // A page that SQLite never writes, so that locks have a place.
    let lock_page = u32::try_from((1 << 30) / header.page_size_bytes + 1).unwrap_or(u32::MAX);
    let lost = (has_pages.saturating_add(1)..=size_pages)
        .find(|page| *page != lock_page && !log.pages.contains(page));
    match lost {
        None => Ok(()),
        Some(_) => Err(StoreError::Damaged {
            path: directory.join(FILE_NAME),
            what: format!("is cut off: it has {has_pages} of {size_pages} pages"),
            or: "",
        }),
    }
}
