//! What the shop sells: the list of products, and the page of each.

mod list;
mod picture;
mod product;
mod queries;

pub use self::{
    list::{list, pattern},
    picture::Picture,
    product::{Product, image_fragment, show},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
