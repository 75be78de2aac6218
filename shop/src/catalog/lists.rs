//! Lists as they were made, for as long as nothing in the database changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::list::List;
use crate::db::{Db, Snapshot};
use crate::error::Result;

/// Lists that are kept at most, with some ten kilobytes each. Pages of a long list are walked through by robots.
const KEPT_MAX: usize = 500;

/// The lists of one snapshot of the database.
///
/// Before each use the database says whether it is still as it was when the list was asked for. So a price, a stock
/// or a picture is on the page as soon as whoever changed it has committed, through this shop, another instance of it,
/// a function, or by hand.
#[derive(Debug, Default)]
pub struct Lists(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    snapshot: Option<Snapshot>,
    /// By category and page.
    lists: HashMap<(String, i64), Arc<List>>,
}

impl Lists {
    /// The list of a category (`""` for all) and page, as it is at some moment after the call; `find` makes it.
    ///
    /// # Errors
    /// That of `find`.
    pub async fn current(
        &self,
        db: &Db,
        category: &str,
        page: i64,
        find: impl Future<Output = Result<List>>,
    ) -> Result<Arc<List>> {
        let key = (category.to_owned(), page);
        let Some(snapshot) = db.snapshot().await else {
            return Ok(find.await?.into());
        };
        if let Some(list) = self.kept().of(&snapshot).get(&key) {
            return Ok(Arc::clone(list));
        }
        // Found after the snapshot was asked for: it may be newer, and is found anew then, but never older.
        let list = Arc::new(find.await?);
        let mut kept = self.kept();
        if kept.snapshot.as_ref() == Some(&snapshot) && kept.lists.len() < KEPT_MAX {
            kept.lists.insert(key, Arc::clone(&list));
        }
        Ok(list)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What is kept of a snapshot. What there was of another one is forgotten.
    fn of(&mut self, snapshot: &Snapshot) -> &mut HashMap<(String, i64), Arc<List>> {
        if self.snapshot.as_ref() != Some(snapshot) {
            self.snapshot = Some(snapshot.clone());
            self.lists.clear();
        }
        &mut self.lists
    }
}
