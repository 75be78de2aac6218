//! Those who register, fill a cart and order.

use std::sync::Arc;

use goose::goose::{GooseUser, Scenario, TransactionResult};
use goose::prelude::*;
use page::Page;

use super::visitor::{home, product};
use super::{Load, MIX, THINK, arrival, is_page, is_product_page, leaving, open, send, shopper};
use crate::record::Confirmed;

/// What every account of the load is opened with: it is nobody's.
const PASSWORD: &str = "a-password-for-load-tests";

pub(super) fn scenario(load: &Arc<Load>) -> Result<Scenario, GooseError> {
    Ok(scenario!("customer")
        .set_weight(MIX[1].1)?
        .set_wait_time(THINK.0, THINK.1)?
        .register_transaction(arrival(load, "customer"))
        .register_transaction(transaction!(register).set_on_start().set_name("register"))
        .register_transaction(transaction!(home).set_weight(2)?.set_name("home"))
        .register_transaction(transaction!(product).set_weight(3)?.set_name("product"))
        .register_transaction(transaction!(fill_the_cart).set_weight(3)?.set_name("cart"))
        .register_transaction(transaction!(order).set_weight(2)?.set_name("order"))
        .register_transaction(transaction!(history).set_name("orders"))
        .register_transaction(leaving()))
}

/// Opens an account. Where the shop has none, or takes no more at the moment, the customer stays a guest.
async fn register(user: &mut GooseUser) -> TransactionResult {
    let shopper = shopper(user);
    let path = "/accounts/register";
    let Some(page) = open(user, "registration form", path, &is_page).await? else { return Ok(()) };
    let name = format!("load-{}-{}", shopper.load.run, shopper.number);
    let email = format!("{name}@load.example");
    let typed = [
        ("username", name.as_str()),
        ("email", &email),
        ("first_name", "Lo"),
        ("last_name", "Ad"),
        ("password", PASSWORD),
        ("password2", PASSWORD),
    ];
    let is_in = |page: &Page| match page.alerts().first() {
        Some(alert) => Err(alert.clone()),
        None => Ok(()),
    };
    if send(user, "registration", &page, "password2", &typed, &is_in).await?.is_some() {
        shopper.memory().email = email;
    }
    Ok(())
}

async fn fill_the_cart(user: &mut GooseUser) -> TransactionResult {
    let Some(product) = shopper(user).product() else { return home(user).await };
    let Some(page) = open(user, "product", &product, &is_product_page).await? else {
        return Ok(());
    };
    if page.form_with("quantity").is_none() {
        // Sold out.
        return Ok(());
    }
    let quantity = shopper(user).number(1..=2).to_string();
    let is_cart = |page: &Page| match page.path.starts_with("/cart") {
        true => Ok(()),
        false => Err(format!("it leads to {}", page.path)),
    };
    let typed = [("quantity", quantity.as_str())];
    if send(user, "add to cart", &page, "quantity", &typed, &is_cart).await?.is_some() {
        shopper(user).memory().is_cart_filled = true;
    }
    Ok(())
}

/// Orders what is in the cart; with an empty one, fills it first.
async fn order(user: &mut GooseUser) -> TransactionResult {
    let shopper = shopper(user);
    if !shopper.is_cart_filled() {
        fill_the_cart(user).await?;
        if !shopper.is_cart_filled() {
            return Ok(());
        }
    }
    let has_form = |page: &Page| match page.form_with("postal_code") {
        Some(_) => Ok(()),
        None => Err(format!("it leads to {}", page.path)),
    };
    let Some(page) = open(user, "checkout", "/checkout", &has_form).await? else { return Ok(()) };
    let email = shopper.email();
    let typed = [
        ("first_name", "Lo"),
        ("last_name", "Ad"),
        ("email", email.as_str()),
        ("address", "1 Queue Street"),
        ("postal_code", "10115"),
        ("city", "Berlin"),
    ];
    let is_placed = |page: &Page| match confirmed(page, &email) {
        Some(_) => Ok(()),
        None => Err(format!("it leads to {} {}", page.path, page.alerts().join(" "))),
    };
    if let Some(page) = send(user, "order", &page, "postal_code", &typed, &is_placed).await? {
        shopper.memory().is_cart_filled = false;
        if let Some(order) = confirmed(&page, &email) {
            shopper.load.recorder.confirmed(order);
        }
    }
    Ok(())
}

/// What the page of an order tells of it.
pub(crate) fn confirmed(page: &Page, email: &str) -> Option<Confirmed> {
    let text = page.text();
    let number = text.lines().find_map(|line| line.strip_prefix("Order no. "))?.to_owned();
    let mut lines = text.lines().skip_while(|line| *line != "Total").skip(1);
    let total = lines.next()?.to_owned();
    Some(Confirmed { path: page.path.clone(), number, total, email: email.to_owned() })
}

async fn history(user: &mut GooseUser) -> TransactionResult {
    open(user, "orders", "/orders", &is_page).await?;
    Ok(())
}
