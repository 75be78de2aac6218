//! Whether each order that was confirmed is there, once, with one mail.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::browser::Browser;
use crate::record::Confirmed;
use crate::shopper::confirmed;

/// How long mails may take after the last order.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(500);
/// Orders that are looked for at once.
const AT_ONCE: usize = 8;

/// What became of the orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Orders that customers were told of.
    pub confirmed: usize,
    /// Those whose page is gone, or tells something else.
    pub lost: Vec<String>,
    /// Numbers that more than one customer was told.
    pub told_twice: Vec<String>,
    /// Where the shop shows its mails: orders without one.
    pub without_mail: Option<Vec<String>>,
    /// And those with more than one.
    pub mailed_twice: Option<Vec<String>>,
}

impl Kept {
    /// Whether nothing is lost, and nothing is double.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        let none = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
        self.lost.is_empty()
            && self.told_twice.is_empty()
            && none(&self.without_mail)
            && none(&self.mailed_twice)
    }
}

/// Looks for each order that was confirmed, and for its mail.
///
/// # Errors
/// The shop does not answer.
pub async fn look_for(origin: &Url, orders: &[Confirmed]) -> Result<Kept> {
    let browser = Browser::at(origin)?;
    let mut kept = Kept { confirmed: orders.len(), ..Kept::default() };
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for order in orders {
        *numbers.entry(&order.number).or_default() += 1;
    }
    let looked = stream::iter(orders).map(async |order| {
        // What cannot be looked at is lost as far as anybody knows.
        let page = browser.get(&order.path).await.unwrap_or_default();
        let is_there = confirmed(&page, &order.email).as_ref() == Some(order);
        (!is_there).then(|| order.number.clone())
    });
    let looked: Vec<Option<String>> = looked.buffered(AT_ONCE).collect().await;
    kept.lost = looked.into_iter().flatten().collect();
    let twice = numbers.iter().filter(|(_, times)| **times > 1);
    kept.told_twice = twice.map(|(number, _)| (*number).to_owned()).collect();
    let begun = Instant::now();
    while let Ok(Some(mails)) = mails(&browser).await {
        let times = |order: &&Confirmed| mails.get(&order.number).copied().unwrap_or_default();
        let number = |order: &Confirmed| order.number.clone();
        let without: Vec<String> = orders.iter().filter(|it| times(it) == 0).map(number).collect();
        let is_over = without.is_empty() || begun.elapsed() > PATIENCE;
        if is_over {
            kept.without_mail = Some(without);
            kept.mailed_twice =
                Some(orders.iter().filter(|it| times(it) > 1).map(number).collect());
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(kept)
}

/// How many mails the mailbox has of each order; nothing where the shop shows none.
async fn mails(browser: &Browser) -> Result<Option<BTreeMap<String, usize>>> {
    let mut mails = BTreeMap::new();
    let mut page = browser.get("/mailbox").await?;
    if page.status != 200 {
        return Ok(None);
    }
    loop {
        for line in page.text().lines() {
            if let Some((_, number)) = line.split_once("order no. ") {
                *mails.entry(number.trim().to_owned()).or_default() += 1;
            }
        }
        match page.link("Next") {
            Some(next) => page = browser.get(&next).await?,
            None => return Ok(Some(mails)),
        }
    }
}
