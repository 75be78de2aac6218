//! Pages of lists: the token is the place of the last that was given, so that a page goes on where the one before
//! ended, whatever came and went in between.

use kernel::error::ApiError;

use crate::error::{INVALID_NEXT_TOKEN, invalid};

/// A part of a list.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: Option<String>,
}

/// How many a page may have.
#[derive(Clone, Copy)]
pub(crate) struct PageSize {
    pub(crate) default: usize,
    pub(crate) max: usize,
}

impl PageSize {
    /// Of most lists.
    pub(crate) const USUAL: Self =
        Self { default: crate::limits::PAGE_DEFAULT, max: crate::limits::PAGE_MAX };
    /// Of activities and target groups.
    pub(crate) const LONG: Self =
        Self { default: crate::limits::LONG_PAGE, max: crate::limits::LONG_PAGE };
}

/// The items behind the one that the token names; `place` is by what each is found, the same for no two.
///
/// # Errors
/// The token was never given, or too many are asked for.
pub(crate) fn of<T>(
    items: impl Iterator<Item = T>,
    (token, asked): (Option<&str>, Option<i64>),
    size: PageSize,
    place: impl Fn(&T) -> String,
) -> Result<Page<T>, ApiError> {
    let limit = match asked {
        None => size.default,
        Some(asked) => {
            usize::try_from(asked)
                .ok()
                .filter(|asked| (1..=size.max).contains(asked))
                .ok_or_else(|| invalid(format!("MaxRecords must be between 1 and {}.", size.max)))?
        }
    };
    let all: Vec<T> = items.collect();
    let begin = match token {
        None => 0,
        Some(token) => all
            .iter()
            .position(|item| place(item) == token)
            .map(|at| at + 1)
            .ok_or(&INVALID_NEXT_TOKEN)?,
    };
    let is_more = all.len() > begin + limit;
    let items: Vec<T> = all.into_iter().skip(begin).take(limit).collect();
    let next_token = items.last().filter(|_| is_more).map(place);
    Ok(Page { items, next_token })
}
