//! Pages of lists.

use crate::limits;

/// A page of a list.
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// Where the next one begins; nothing where this is the last.
    pub(crate) next_marker: Option<String>,
}

impl<T> Page<T> {
    /// The items behind `marker`, which is the place of the last on the page before. Items come in the
    /// order of their places.
    pub(crate) fn of(
        items: impl Iterator<Item = T>,
        place: impl Fn(&T) -> String,
        marker: Option<&str>,
        max_items: Option<usize>,
    ) -> Self {
        let size = max_items.unwrap_or(limits::LIST_PAGE_MAX).clamp(1, limits::LIST_PAGE_MAX);
        let marker = marker.unwrap_or_default();
        let mut behind = items.skip_while(|item| !marker.is_empty() && *place(item) <= *marker);
        let items: Vec<T> = behind.by_ref().take(size).collect();
        let next_marker = behind.next().and_then(|_| items.last().map(place));
        Self { items, next_marker }
    }
}

/// A number, as a place among others.
pub(crate) fn place_of(number: u64) -> String {
    format!("{number:020}")
}
