//! What products and categories are sorted and found by, kept beside their names.

use super::queries;
use crate::{
    db::{Db, args},
    search,
};

/// Rows that are read at once.
const BATCH: i64 = 500;

/// Brings the keys of all rows up to date: those from before there were any, those that another
/// program has written, and all of them when [`search::normalise`] has learned something. Returns
/// how many changed.
pub async fn refresh_keys(db: &Db) -> anyhow::Result<u64> {
    let mut changed = 0;
    for row in db.rows(queries::CATEGORY_KEYS, args![]).await? {
        let (id, name): (i64, String) = (row.get("id")?, row.get("name")?);
        let key = search::normalise(&name);
        if row.get::<Option<String>>("sort_key")?.as_ref() != Some(&key) {
            changed += db.execute(queries::SET_CATEGORY_KEY, args![key, id, name]).await?;
        }
    }
    let mut after = 0;
    loop {
        let rows = db.rows(queries::PRODUCT_KEYS, args![after, BATCH]).await?;
        if rows.is_empty() {
            return Ok(changed);
        }
        for row in rows {
            after = row.get("id")?;
            let (name, description): (String, String) = (row.get("name")?, row.get("description")?);
            let key = search::normalise(&name);
            let text = search::text_of(&name, &description);
            let is_current = row.get::<Option<String>>("sort_key")?.as_ref() == Some(&key)
                && row.get::<Option<String>>("search_text")?.as_ref() == Some(&text);
            if !is_current {
                // Only where nobody has changed the product meanwhile.
                let args = args![key, text, after, name, description];
                changed += db.execute(queries::SET_PRODUCT_KEYS, args).await?;
            }
        }
    }
}
