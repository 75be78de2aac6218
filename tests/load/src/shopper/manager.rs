//! Those who change products and upload pictures.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use goose::goose::{GooseMethod, GooseUser, Scenario, TransactionResult};
use goose::prelude::*;
use page::Page;
use reqwest::multipart::{Form, Part};

use super::{Load, MIX, WORK, arrival, ask, from_here, is_page, leaving, open, send, shopper};
use crate::record::Sample;

/// How long a manager waits for a picture, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn scenario(load: &Arc<Load>) -> Result<Scenario, GooseError> {
    Ok(scenario!("manager")
        .set_weight(MIX[2].1)?
        .set_wait_time(WORK.0, WORK.1)?
        .register_transaction(arrival(load, "manager"))
        .register_transaction(transaction!(sign_in).set_on_start().set_name("sign in"))
        .register_transaction(transaction!(list).set_name("products"))
        .register_transaction(transaction!(upload).set_weight(2)?.set_name("upload"))
        .register_transaction(leaving()))
}

async fn sign_in(user: &mut GooseUser) -> TransactionResult {
    let path = "/accounts/login/manager";
    let Some(login) = shopper(user).load.manager.clone() else { return Ok(()) };
    let Some(page) = open(user, "sign-in form", path, &is_page).await? else { return Ok(()) };
    let typed = [("username", login.user.as_str()), ("password", &login.password)];
    let is_in = |page: &Page| match page.path.starts_with("/manager") {
        true => Ok(()),
        false => Err(format!("it leads to {} {}", page.path, page.alerts().join(" "))),
    };
    if let Some(page) = send(user, "sign in", &page, "password", &typed, &is_in).await? {
        keep_products(user, &page);
    }
    Ok(())
}

/// The pages of products in a manager's list.
pub(crate) fn products(page: &Page) -> Vec<String> {
    let links = page.links().into_iter();
    let is_product = |link: &String| {
        link.strip_prefix("/manager/products/").is_some_and(|id| id.parse::<i64>().is_ok())
    };
    links.filter(is_product).collect()
}

fn keep_products(user: &GooseUser, page: &Page) {
    shopper(user).memory().products = products(page);
}

async fn list(user: &mut GooseUser) -> TransactionResult {
    if let Some(page) = open(user, "manager's list", "/manager", &is_page).await? {
        keep_products(user, &page);
    }
    Ok(())
}

/// Opens a product, chooses a picture for it, and looks until the small one is there.
async fn upload(user: &mut GooseUser) -> TransactionResult {
    let Some(product) = shopper(user).product() else { return Ok(()) };
    let Some(page) = open(user, "manager's product", &product, &is_page).await? else {
        return Ok(());
    };
    let Ok(fields) = page.form(&product) else { return Ok(()) };
    let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
    let part = Part::bytes(shopper(user).load.picture.clone()).file_name("photo.jpg");
    let Ok(part) = part.mime_str("image/jpeg") else { return Ok(()) };
    let request = from_here(user, user.get_request_builder(&GooseMethod::Post, &product)?);
    let request = request.multipart(form.part("image", part));
    let is_saved = |page: &Page| match page.alerts().first() {
        Some(alert) => Err(alert.clone()),
        None => Ok(()),
    };
    let Some(page) = ask(user, "upload", &product, request, &is_saved).await? else {
        return Ok(());
    };
    match page.attribute_of("data-src") {
        Some(path) => look_until_ready(user, path).await,
        None => Ok(()),
    }
}

async fn look_until_ready(user: &mut GooseUser, path: String) -> TransactionResult {
    let (at, begun) = (SystemTime::now(), Instant::now());
    let mut failure = Some(format!("it is not there after {} s", PATIENCE.as_secs()));
    while failure.is_some() && begun.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK).await;
        let request = user.get_request_builder(&GooseMethod::Get, &path)?;
        let seen = ask(user, "look for the picture", &path, request, &|_| Ok(())).await?;
        if seen.is_some_and(|page| page.figure().is_ok_and(|it| it.state == "ready")) {
            failure = None;
        }
    }
    let elapsed = begun.elapsed();
    let shopper = shopper(user);
    shopper.load.recorder.add_wait(&Sample {
        label: "picture ready",
        path,
        status: None,
        at,
        latency: elapsed,
        elapsed,
        bytes: 0,
        user: shopper.number,
        failure,
    });
    Ok(())
}
