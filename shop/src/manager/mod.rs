//! The manager's pages: products and their pictures.

mod check;
mod form;
mod list;
mod product;
mod queries;
mod save;
mod slug;
mod upload;

pub use self::{
    check::{Refused, UploadChecks},
    list::list,
    product::{create, edit, new, update},
    upload::{UploadError, upload},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
pub(crate) use self::queries::{INSERT_CATEGORY_IF_NEW, INSERT_PRODUCT_IF_NEW, SEEDED_PRODUCT};
