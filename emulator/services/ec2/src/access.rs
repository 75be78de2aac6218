//! Who may do what with EC2: whoever acts for the account, as far as its own policies let it.

mod permissions;

pub use permissions::{Key, On, When};
