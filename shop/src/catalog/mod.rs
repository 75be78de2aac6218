//! What the shop sells: the list of products, and the page of each.

mod keys;
mod list;
mod lists;
mod move_images;
mod picture;
mod product;
mod queries;

pub use self::{
    keys::refresh_keys,
    list::list,
    lists::Lists,
    move_images::move_images,
    picture::{PENDING_LIMIT, Picture},
    product::{Product, QUANTITY_MAX, image_fragment, show},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
