//! Who comes to the shop, and what they do there. Each user is a Goose user with a browser, a cookie jar, and, where the
//! shop is on this machine, an address of its own: the shop limits what one address may try.

mod customer;
mod manager;
mod visitor;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use goose::goose::{GooseUser, Scenario, Transaction, TransactionError};
use goose::prelude::*;
use page::Page;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::header::ORIGIN;
use reqwest::{RequestBuilder, Response};
use url::Url;

pub(crate) use customer::confirmed;
pub(crate) use manager::products;

use crate::record::{Recorder, Sample};

/// How long a person looks at a page.
pub const THINK: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// How long a manager works on a product before the next.
pub const WORK: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));
/// Of 25 users, so many only look, so many buy, and so many manage the shop.
pub const MIX: [(&str, usize); 3] = [("visitor", 15), ("customer", 9), ("manager", 1)];
/// Makes of seeds beside each other some that have nothing in common.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Pictures that a browser fetches for a page at most: those in its window.
const PICTURES_MAX: usize = 8;

/// What all users share.
pub struct Load {
    pub recorder: Arc<Recorder>,
    pub origin: Url,
    pub manager: Option<Login>,
    pub seed: u64,
    /// A picture that managers upload.
    pub picture: Vec<u8>,
    /// What tells the accounts of this run from those of others.
    pub run: String,
}

/// Who signs in.
#[derive(Debug, Clone)]
pub struct Login {
    pub user: String,
    pub password: String,
}

/// One user: what it remembers between two pages.
struct Shopper {
    load: Arc<Load>,
    number: usize,
    memory: Mutex<Memory>,
}

struct Memory {
    rng: StdRng,
    /// Products that it has seen in a list: where their pages are.
    products: Vec<String>,
    /// Shelves that it has seen.
    shelves: Vec<String>,
    /// What its browser keeps: style sheets and pictures.
    kept: BTreeSet<String>,
    is_cart_filled: bool,
    email: String,
}

type Asked = Result<Option<Page>, Box<TransactionError>>;

/// What users do, for Goose.
///
/// # Errors
/// A weight or a wait that Goose does not take.
pub fn scenarios(load: &Arc<Load>) -> Result<Vec<Scenario>, GooseError> {
    let mut all = vec![visitor::scenario(load)?, customer::scenario(load)?];
    if load.manager.is_some() {
        all.push(manager::scenario(load)?);
    }
    Ok(all)
}

/// The first thing that every user does: it comes with a browser that knows nothing.
fn arrival(load: &Arc<Load>, kind: &'static str) -> Transaction {
    let load = Arc::clone(load);
    let arrive = move |user: &mut GooseUser| {
        let load = Arc::clone(&load);
        let number = load.recorder.arrived(kind);
        let rng = StdRng::seed_from_u64(load.seed.wrapping_mul(SPREAD) ^ number as u64);
        let memory = Memory {
            rng,
            products: Vec::new(),
            shelves: Vec::new(),
            kept: BTreeSet::new(),
            is_cart_filled: false,
            email: format!("guest{number}@load.example"),
        };
        let address = address(&load.origin, number);
        user.set_session_data(Arc::new(Shopper { load, number, memory: Mutex::new(memory) }));
        address
    };
    Transaction::new(Arc::new(move |user| {
        let address = arrive(user);
        Box::pin(async move { user.set_client_builder(browser(address)).await.map_err(Box::new) })
    }))
    .set_on_start()
}

fn leaving() -> Transaction {
    Transaction::new(Arc::new(|user: &mut GooseUser| {
        Box::pin(async move {
            shopper(user).load.recorder.left();
            Ok(())
        })
    }))
    .set_on_stop()
}

/// A browser, which says where it comes from.
fn browser(address: Option<IpAddr>) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .cookie_store(true)
        .gzip(true)
        .no_proxy()
        .local_address(address)
        .tcp_nodelay(true)
        .timeout(Duration::from_secs(60))
        .user_agent("load (Goose)")
}

/// On this machine every user has an address of the loopback network, where the system has more than one.
fn address(origin: &Url, number: usize) -> Option<IpAddr> {
    let is_here = matches!(origin.host_str(), Some("127.0.0.1" | "localhost"));
    if !cfg!(target_os = "linux") || !is_here {
        return None;
    }
    let number = u32::try_from(number % 0xff_0000).ok()?;
    Some(Ipv4Addr::from_bits(0x7f01_0001 + number).into())
}

fn shopper(user: &GooseUser) -> Arc<Shopper> {
    Arc::clone(user.get_session_data_unchecked::<Arc<Shopper>>())
}

impl Shopper {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_cart_filled(&self) -> bool {
        self.memory().is_cart_filled
    }

    fn email(&self) -> String {
        self.memory().email.clone()
    }

    /// One of the products that it has seen.
    fn product(&self) -> Option<String> {
        let mut memory = self.memory();
        let Memory { rng, products, .. } = &mut *memory;
        products.choose(rng).cloned()
    }

    fn shelf(&self) -> Option<String> {
        let mut memory = self.memory();
        let Memory { rng, shelves, .. } = &mut *memory;
        shelves.choose(rng).cloned()
    }

    fn choose<'a>(&self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.memory().rng).copied().unwrap_or_default()
    }

    fn number(&self, range: std::ops::RangeInclusive<u32>) -> u32 {
        self.memory().rng.random_range(range)
    }

    /// Keeps where a list leads to.
    fn learn(&self, page: &Page) {
        let links: BTreeSet<String> = page.links().into_iter().collect();
        let mut memory = self.memory();
        let products = links.iter().filter(|link| is_product(link));
        memory.products = products.cloned().collect();
        if memory.shelves.is_empty() {
            memory.shelves =
                links.into_iter().filter(|link| link.starts_with("/?category=")).collect();
        }
    }

    /// What a page needs that the browser has not yet.
    fn missing(&self, page: &Page) -> Vec<(&'static str, String)> {
        let styles = page.style_sheets().into_iter().map(|it| ("style sheet", it));
        let pictures = page.pictures().into_iter().take(PICTURES_MAX).map(|it| ("picture", it));
        let mut memory = self.memory();
        styles.chain(pictures).filter(|(_, it)| memory.kept.insert(it.clone())).collect()
    }
}

/// `/products/12/mug`, and `/12/mug/` as the original's shop has it.
fn is_product(link: &str) -> bool {
    let mut parts = link.trim_start_matches("/products").trim_matches('/').split('/');
    let id = parts.next().unwrap_or_default();
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_number && parts.next().is_some() && parts.next().is_none()
}

/// Opens a page, checks it, and fetches what it shows.
async fn open(user: &mut GooseUser, label: &'static str, path: &str, check: Check<'_>) -> Asked {
    let request = user.get_request_builder(&GooseMethod::Get, path)?;
    let page = ask(user, label, path, request, check).await?;
    if let Some(page) = &page {
        for (label, path) in shopper(user).missing(page) {
            let request = user.get_request_builder(&GooseMethod::Get, &path)?;
            ask(user, label, &path, request, &|_| Ok(())).await?;
        }
    }
    Ok(page)
}

/// Fills in the form of a page that has this field, and sends it.
async fn send(
    user: &mut GooseUser,
    label: &'static str,
    page: &Page,
    field: &str,
    typed: &[(&str, &str)],
    check: Check<'_>,
) -> Asked {
    let Some((action, mut fields)) = page.form_with(field) else {
        let words = format!("{} has no form with {field}", page.path);
        return fail(user, label, &page.path, words);
    };
    fields.extend(typed.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    let request = from_here(user, user.get_request_builder(&GooseMethod::Post, &action)?);
    ask(user, label, &action, request.form(&fields), check).await
}

/// As browsers do with forms.
fn from_here(user: &GooseUser, request: RequestBuilder) -> RequestBuilder {
    let origin = shopper(user).load.origin.origin().ascii_serialization();
    request.header(ORIGIN, origin).header("sec-fetch-site", "same-origin")
}

/// What has to be true of an answer; else, in words, what is wrong with it.
type Check<'a> = &'a (dyn Fn(&Page) -> Result<(), String> + Send + Sync);

/// Sends a request, reads its answer, and tells the recorder. Nothing where there was no good answer.
async fn ask(
    user: &mut GooseUser,
    label: &'static str,
    path: &str,
    request: RequestBuilder,
    check: Check<'_>,
) -> Asked {
    let (at, begun) = (SystemTime::now(), Instant::now());
    let asked = GooseRequest::builder().name(label).set_request_builder(request).build();
    let mut answer = user.request(asked).await?;
    let latency = begun.elapsed();
    let status = answer.request.status_code;
    let (read, failure) = match answer.response {
        Ok(response) => read(response, status).await,
        Err(_) => (None, Some(answer.request.error.clone())),
    };
    let failure = failure.or_else(|| read.as_ref().and_then(|page| check(page).err()));
    let shopper = shopper(user);
    shopper.load.recorder.add(&Sample {
        label,
        path: path.to_owned(),
        status: (status != 0).then_some(status),
        at,
        latency,
        elapsed: begun.elapsed(),
        bytes: read.as_ref().map_or(0, |page| page.body.len()),
        user: shopper.number,
        failure: failure.clone(),
    });
    if let Some(failure) = failure {
        // Goose keeps it, and says so by an error: what the user does next is ours to say.
        let _ = user.set_failure(&failure, &mut answer.request, None, None);
        return Ok(None);
    }
    Ok(read)
}

async fn read(response: Response, status: u16) -> (Option<Page>, Option<String>) {
    match arrived(response).await {
        Ok(page) => (Some(page), (status >= 400).then(|| format!("answered {status}"))),
        Err(_) => (None, Some("the answer broke off".to_owned())),
    }
}

/// The page that an answer brings. Of a picture, what of it is text.
pub(crate) async fn arrived(response: Response) -> reqwest::Result<Page> {
    let (status, url) = (response.status().as_u16(), response.url());
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let body = String::from_utf8_lossy(&response.bytes().await?).into_owned();
    Ok(Page { status, path, body })
}

/// What cannot even be asked.
fn fail(user: &GooseUser, label: &'static str, path: &str, words: String) -> Asked {
    let shopper = shopper(user);
    shopper.load.recorder.add(&Sample {
        label,
        path: path.to_owned(),
        status: None,
        at: SystemTime::now(),
        latency: Duration::ZERO,
        elapsed: Duration::ZERO,
        bytes: 0,
        user: shopper.number,
        failure: Some(words),
    });
    Ok(None)
}

/// What each page of the shop has.
fn is_page(page: &Page) -> Result<(), String> {
    if page.body.contains("</html>") { Ok(()) } else { Err("it is no whole page".to_owned()) }
}

/// A list that somebody can choose from.
fn has_products(page: &Page) -> Result<(), String> {
    is_page(page)?;
    match page.links().iter().any(|link| is_product(link)) {
        true => Ok(()),
        false => Err("it shows no product".to_owned()),
    }
}

/// A product that has its price.
fn is_product_page(page: &Page) -> Result<(), String> {
    is_page(page)?;
    match page.body.contains("class=\"price") {
        true => Ok(()),
        false => Err("it tells no price".to_owned()),
    }
}
