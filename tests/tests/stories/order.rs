//! Customers order: stock, mails, and what a second click or fifty others do. On SQLite with the
//! embedded emulator, on PostgreSQL with all other clouds.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use e2e::{Browser, Cloud, Page, Setup, Shop, filters};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const BUYERS: usize = 50;
const ADDRESS: [(&str, &str); 6] = [
    ("first_name", "Carl"),
    ("last_name", "Buyer"),
    ("email", "carl@example.com"),
    ("address", "Harbour Road 7"),
    ("postal_code", "20457"),
    ("city", "Hamburg"),
];

pub async fn an_order_takes_the_stock_and_is_confirmed_by_mail(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let customer = shop.customer().await?;
    let checkout = open_checkout(&customer, "/products/1/mug", "2").await?;

    let placed = customer.submit(&checkout, "/checkout", &ADDRESS).await?;
    // The same form again: the back button, a double click, an impatient browser.
    let again = customer.submit(&checkout, "/checkout", &ADDRESS).await?;

    ensure!(placed.path.starts_with("/orders/"), "{} {}", placed.path, placed.text());
    assert_eq!(again.path, placed.path);
    shop.app.mail().drain().await?;
    let mailbox = shop.browser()?.get("/mailbox").await?;
    let mail = mailbox.link("order").context("no confirmation in the mailbox")?;
    let mail = shop.browser()?.get(&mail).await?;
    let outcome = format!("{}\n\n{}", kept(&shop).await?, mail.text());
    let mut filters = filters();
    filters.push((r"\d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d UTC", "{time}"));
    insta::with_settings!({ filters => filters }, {
        insta::allow_duplicates! { insta::assert_snapshot!(outcome, @r"
        stock
        Mug | 3
        Last cup | 1
        Lamp | 40
        orders
        carl@example.com | 2 | Mug | 2500
        mails
        carl@example.com | Your Cloudless order no. 1 | sent

        Mailbox
        Your Cloudless order no. 1
        To carl@example.com, {time}
        The same as plain text
        Dear Carl,

        thank you for your order no. 1.

          2 x Mug: €25.00

          Total: €25.00

        It goes to:

          Carl Buyer
          Harbour Road 7
          20457 Hamburg

        See it again: {host}/orders/{id}

        Your Cloudless shop
        "); }
    });
    shop.close().await
}

pub async fn one_form_sent_many_times_at_once_is_one_order(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    let customer = shop.customer().await?;
    let checkout = Arc::new(open_checkout(&customer, "/products/1/mug", "1").await?);
    let start = Arc::new(Barrier::new(8));
    let mut clicks = JoinSet::new();
    for _ in 0..8 {
        let (customer, checkout, start) = (customer.clone(), checkout.clone(), start.clone());
        clicks.spawn(async move {
            start.wait().await;
            customer.submit(&checkout, "/checkout", &ADDRESS).await
        });
    }
    let mut paths = Vec::new();
    while let Some(page) = clicks.join_next().await {
        paths.push(page??.path);
    }
    ensure!(paths[0].starts_with("/orders/"), "{}", paths[0]);
    assert!(paths.iter().all(|path| *path == paths[0]), "{paths:?}");
    shop.app.mail().drain().await?;
    let kept = kept(&shop).await?;
    insta::allow_duplicates! {
        insta::assert_snapshot!(kept, @r"
        stock
        Mug | 4
        Last cup | 1
        Lamp | 40
        orders
        carl@example.com | 1 | Mug | 1250
        mails
        carl@example.com | Your Cloudless order no. 1 | sent
        ");
    }
    shop.close().await
}

pub async fn the_last_item_is_sold_once_to_fifty_buyers(cloud: Cloud) -> Result<()> {
    let Some(shop) = Setup::on(cloud).start().await? else { return Ok(()) };
    // Everybody has it in the cart and the form open; then everybody sends it at once.
    let start = Arc::new(Barrier::new(BUYERS));
    let mut buyers = JoinSet::new();
    for _ in 0..BUYERS {
        let (buyer, start) = (shop.browser()?, start.clone());
        buyers.spawn(async move {
            let checkout = open_checkout(&buyer, "/products/2/last-cup", "1").await;
            start.wait().await;
            buyer.submit(&checkout?, "/checkout", &ADDRESS).await
        });
    }
    let (mut sold, mut refused) = (0, Vec::new());
    while let Some(page) = buyers.join_next().await {
        let page = page??;
        if page.path.starts_with("/orders/") {
            sold += 1;
        } else {
            refused.push(format!("{} {}", page.status, page.alerts().join(" ")));
        }
    }
    assert_eq!((sold, refused.len()), (1, BUYERS - 1));
    refused.sort();
    refused.dedup();
    shop.app.mail().drain().await?;
    let outcome = format!("{}\n\nthe others: {}", kept(&shop).await?, refused.join("\n"));
    // Orders that were taken back have used up numbers.
    insta::with_settings!({ filters => vec![(r"no\. \d+", "no. {n}")] }, {
        insta::allow_duplicates! { insta::assert_snapshot!(outcome, @r"
        stock
        Mug | 5
        Last cup | 0
        Lamp | 40
        orders
        carl@example.com | 1 | Last cup | 900
        mails
        carl@example.com | Your Cloudless order no. {n} | sent

        the others: 409 Some of your cart has just been sold. Please change it to go on.
        "); }
    });
    shop.close().await
}

/// Puts a product into the cart from its page, and goes to the checkout.
async fn open_checkout(buyer: &Browser, product: &str, quantity: &str) -> Result<Page> {
    let page = buyer.get(product).await?;
    let cart = buyer.submit(&page, "/cart", &[("quantity", quantity)]).await?;
    ensure!(cart.path == "/cart", "adding to the cart led to {} {}", cart.path, cart.status);
    buyer.get("/checkout").await
}

/// Stock, orders and mails, as the database has them.
async fn kept(shop: &Shop) -> Result<String> {
    let stock = "SELECT name, stock FROM shop_product ORDER BY id";
    let orders = "SELECT o.email, i.quantity, p.name, o.total FROM orders_order o \
                  JOIN orders_orderitem i ON i.order_id = o.id \
                  JOIN shop_product p ON p.id = i.product_id ORDER BY i.id";
    let mails = "SELECT m.recipient, m.subject, o.state FROM shop_mailbox m \
                 JOIN shop_mail_outbox o ON o.id = m.id ORDER BY m.id";
    Ok(format!(
        "stock\n{}\norders\n{}\nmails\n{}",
        shop.rows(stock, &["name", "stock"]).await?,
        shop.rows(orders, &["email", "quantity", "name", "total"]).await?,
        shop.rows(mails, &["recipient", "subject", "state"]).await?,
    ))
}
