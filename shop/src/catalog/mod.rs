//! What the shop sells: the list of products, and the page of each.

mod list;
mod move_images;
mod picture;
mod product;
mod queries;

pub use self::{
    list::{list, pattern},
    move_images::move_images,
    picture::Picture,
    product::{Product, image_fragment, show},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
