//! Those who only look.

use std::sync::Arc;

use goose::goose::{GooseUser, Scenario, TransactionResult};
use goose::prelude::*;

use super::{
    Load, MIX, THINK, arrival, has_products, is_page, is_product_page, leaving, open, shopper,
};

/// What people type into the search.
const WORDS: [&str; 8] =
    ["lamp", "mug", "vase", "clock", "wood", "glass", "tea", "nothing like it"];

pub(super) fn scenario(load: &Arc<Load>) -> Result<Scenario, GooseError> {
    Ok(scenario!("visitor")
        .set_weight(MIX[0].1)?
        .set_wait_time(THINK.0, THINK.1)?
        .register_transaction(arrival(load, "visitor"))
        .register_transaction(transaction!(home).set_weight(4)?.set_name("home"))
        .register_transaction(transaction!(shelf).set_weight(3)?.set_name("shelf"))
        .register_transaction(transaction!(search).set_weight(2)?.set_name("search"))
        .register_transaction(transaction!(product).set_weight(6)?.set_name("product"))
        .register_transaction(leaving()))
}

pub(super) async fn home(user: &mut GooseUser) -> TransactionResult {
    if let Some(page) = open(user, "home", "/", &has_products).await? {
        shopper(user).learn(&page);
    }
    Ok(())
}

async fn shelf(user: &mut GooseUser) -> TransactionResult {
    let Some(shelf) = shopper(user).shelf() else { return home(user).await };
    if let Some(page) = open(user, "shelf", &shelf, &has_products).await? {
        shopper(user).learn(&page);
    }
    Ok(())
}

async fn search(user: &mut GooseUser) -> TransactionResult {
    let words = shopper(user).choose(&WORDS).replace(' ', "+");
    open(user, "search", &format!("/?q={words}"), &is_page).await?;
    Ok(())
}

pub(super) async fn product(user: &mut GooseUser) -> TransactionResult {
    let Some(product) = shopper(user).product() else { return home(user).await };
    open(user, "product", &product, &is_product_page).await?;
    Ok(())
}
