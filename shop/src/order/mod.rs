//! Orders. Checkout loads a cart, [`Order::place`] decides, `store` saves.

mod checkout;
mod confirmation;
mod history;
mod place;
mod queries;
mod store;

pub use self::{
    checkout::{checkout_form, checkout_submit},
    history::{history, show},
    place::{Address, Item, Order},
};

#[cfg(test)]
pub(crate) use self::queries::ALL;
