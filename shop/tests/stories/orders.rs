use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use shop::Round;

use crate::{
    browser::{Browser, Page},
    shop::Shop,
};

pub const ADDRESS: [(&str, &str); 6] = [
    ("first_name", "Grace"),
    ("last_name", "Hopper"),
    ("email", "grace@example.com"),
    ("address", "1 Harbour Road"),
    ("postal_code", "10115"),
    ("city", "Berlin"),
];

pub async fn put_into_cart(browser: &mut Browser, product: &str, quantity: &str) -> Page {
    browser.submit(product, "/cart", &[("quantity", quantity)]).await
}

/// Everything an order leaves behind.
async fn outcome(shop: &Shop) -> String {
    let orders = shop
        .rows(
            "SELECT id, first_name, email, city, total FROM orders_order ORDER BY id",
            &["id", "first_name", "email", "city", "total"],
        )
        .await;
    let items = shop
        .rows(
            "SELECT order_id, product_id, price, quantity FROM orders_orderitem ORDER BY id",
            &["order_id", "product_id", "price", "quantity"],
        )
        .await;
    let stock =
        shop.rows("SELECT slug, stock FROM shop_product ORDER BY id", &["slug", "stock"]).await;
    let cart = shop
        .rows("SELECT product_id, quantity FROM shop_cart_item", &["product_id", "quantity"])
        .await;
    let mails = shop
        .rows(
            "SELECT recipient, subject, state FROM shop_mail_outbox ORDER BY id",
            &["recipient", "subject", "state"],
        )
        .await;
    format!("orders:\n{orders}\nitems:\n{items}\nstock:\n{stock}\ncart:\n{cart}\noutbox:\n{mails}")
}

/// An order's secret differs from run to run.
fn without_token(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split("/orders/") {
        let is_token = word.len() >= 36 && uuid::Uuid::try_parse(&word[..36]).is_ok();
        words.push(if is_token { format!("TOKEN{}", &word[36..]) } else { word.to_owned() });
    }
    words.join("/orders/")
}

#[tokio::test]
async fn a_guest_orders_and_gets_a_mail() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    put_into_cart(&mut browser, "/products/1/mug", "2").await;
    let cart = put_into_cart(&mut browser, "/products/3/lamp", "1").await;
    insta::assert_snapshot!(cart.text(), @r"
    Your cart
    Mug
    €12.50 each
    Quantity of Mug
    Update
    Remove
    €25.00
    Lamp <brass>
    €80.00 each
    Quantity of Lamp <brass>
    Update
    Remove
    €80.00
    Total
    €105.00
    Go to checkout
    Keep looking
    ");
    let order = browser.submit("/checkout", "/checkout", &ADDRESS).await;
    assert!(order.path.starts_with("/orders/"), "{}", order.path);
    assert_eq!(shop.app.mail().drain().await.unwrap().sent, 1);
    insta::assert_snapshot!(outcome(&shop).await, @r"
    orders:
    1 | Grace | grace@example.com | Berlin | 10500
    items:
    1 | 1 | 1250 | 2
    1 | 3 | 8000 | 1
    stock:
    mug | 3
    last-cup | 1
    lamp | 39
    cart:

    outbox:
    grace@example.com | Your Cloudless order no. 1 | sent
    ");
    let text = order.text();
    assert!(text.contains("Thank you, Grace.") && text.contains("€105.00"), "{text}");

    let mailbox = browser.get("/mailbox").await;
    assert!(mailbox.text().contains("Your Cloudless order no. 1"));
    let mail = shop.rows("SELECT body_text FROM shop_mailbox", &["body_text"]).await;
    insta::assert_snapshot!(without_token(&mail), @r"
    Dear Grace,

    thank you for your order no. 1.

      2 x Mug: €25.00
      1 x Lamp <brass>: €80.00

      Total: €105.00

    It goes to:

      Grace Hopper
      1 Harbour Road
      10115 Berlin

    See it again: http://shop.example/orders/TOKEN

    Your Cloudless shop
    ");
    let html = browser.get("/mailbox/1/html").await;
    assert!(html.body.contains("Lamp &#60;brass&#62;"));
    assert!(html.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_order() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    put_into_cart(&mut browser, "/products/1/mug", "1").await;
    let form = browser.get("/checkout").await;
    let first = browser.send(&form, "/checkout", &ADDRESS).await;
    // A mug more in the cart does not make the old form a new order.
    put_into_cart(&mut browser, "/products/1/mug", "1").await;
    let second = browser.send(&form, "/checkout", &ADDRESS).await;
    assert_eq!(first.path, second.path);
    assert_eq!(shop.rows("SELECT id FROM orders_order", &["id"]).await, "1");

    // Two forms of one cart, sent at the same moment: one order.
    let (one, two) = (browser.get("/checkout").await, browser.get("/checkout").await);
    let mut other = browser.clone();
    let (first, second) = tokio::join!(
        browser.send(&one, "/checkout", &ADDRESS),
        other.send(&two, "/checkout", &ADDRESS),
    );
    let mut paths = [first.path, second.path];
    paths.sort();
    assert_eq!(paths[0], "/cart");
    assert!(paths[1].starts_with("/orders/"), "{paths:?}");
    assert_eq!(shop.rows("SELECT id FROM orders_order", &["id"]).await, "1\n2");
}

#[tokio::test]
async fn the_last_item_is_sold_once_to_fifty_buyers_on_sqlite() {
    sell_the_last_item(Shop::on_sqlite().await).await;
}

#[tokio::test]
async fn the_last_item_is_sold_once_to_fifty_buyers_on_postgresql() {
    if let Some(shop) = Shop::on_postgres().await {
        sell_the_last_item(shop).await;
    }
}

async fn sell_the_last_item(shop: Shop) {
    let mut buyers = Vec::new();
    for _ in 0..50 {
        let mut buyer = shop.browser();
        put_into_cart(&mut buyer, "/products/2/last-cup", "1").await;
        let form = buyer.get("/checkout").await;
        buyers.push((buyer, form));
    }
    let buying: Vec<_> = buyers
        .into_iter()
        .map(|(mut buyer, form)| {
            tokio::spawn(async move {
                let page = buyer.send(&form, "/checkout", &ADDRESS).await;
                (page.status, page.path.clone(), page.alerts())
            })
        })
        .collect();
    let mut outcomes = BTreeMap::new();
    for buyer in buying {
        let (status, path, alerts) = buyer.await.unwrap();
        let place = path.split('/').nth(1).unwrap().to_owned();
        *outcomes.entry((status.as_u16(), place, alerts)).or_insert(0) += 1;
    }
    let sold_out =
        vec!["Some of your cart has just been sold. Please change it to go on.".to_owned()];
    assert_eq!(
        outcomes,
        BTreeMap::from([
            ((200, "orders".to_owned(), vec![]), 1),
            ((409, "checkout".to_owned(), sold_out), 49),
        ]),
    );
    let stock = shop.rows("SELECT stock FROM shop_product WHERE id = 2", &["stock"]).await;
    let items = "SELECT quantity FROM orders_orderitem WHERE product_id = 2";
    assert_eq!((stock.as_str(), shop.rows(items, &["quantity"]).await.as_str()), ("0", "1"));
    let mails = shop.rows("SELECT subject FROM shop_mail_outbox", &["subject"]).await;
    let order = shop.rows("SELECT id FROM orders_order", &["id"]).await;
    assert_eq!(mails, format!("Your Cloudless order no. {order}"));
    shop.close().await;
}

#[tokio::test]
async fn what_is_sold_in_between_is_said_at_the_line() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.customer().await;
    put_into_cart(&mut browser, "/products/1/mug", "4").await;
    let form = browser.get("/checkout").await;
    shop.execute("UPDATE shop_product SET stock = 3 WHERE id = 1", vec![]).await;
    let page = browser.send(&form, "/checkout", &ADDRESS).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text().contains("Only 3 left"));
    assert_eq!(page.form("/checkout")["city"], "Berlin");
    let cart = browser.get("/cart").await;
    assert_eq!(cart.alerts(), ["Only 3 left. Please take fewer."]);
    let wrong = browser.submit("/cart", "/cart/1", &[("quantity", "many")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.alerts().contains(&"Please choose a number from 0 to 99.".to_owned()));
    browser.submit("/cart", "/cart/1", &[("quantity", "3")]).await;

    // The price rises while the form is open: nobody pays what he has not seen.
    let form = browser.get("/checkout").await;
    shop.execute("UPDATE shop_product SET price = 1300 WHERE id = 1", vec![]).await;
    let page = browser.send(&form, "/checkout", &ADDRESS).await;
    assert_eq!(page.alerts(), ["A price has changed. Please look at the new total."]);
    let order = browser.send(&page, "/checkout", &ADDRESS).await;
    assert!(order.text().contains("€39.00"));

    // The address is remembered, and the order is in the customer's list.
    put_into_cart(&mut browser, "/products/3/lamp", "1").await;
    assert_eq!(browser.get("/checkout").await.form("/checkout")["city"], "Berlin");
    assert!(browser.get("/orders").await.text().contains("No. 1"));
    let cart = browser.submit("/cart", "/cart/3/remove", &[]).await;
    assert!(cart.text().contains("Nothing in it yet."));
}

#[tokio::test]
async fn an_address_cannot_forge_a_header_of_the_mail() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    put_into_cart(&mut browser, "/products/1/mug", "1").await;
    for email in ["a@b.c\r\nBcc: x@y.z", "a@b.c, x@y.z", "", "Ada <a@b.c>"] {
        let mut fields = ADDRESS;
        fields[2].1 = email;
        let page = browser.submit("/checkout", "/checkout", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email:?}");
        assert_eq!(page.alerts().len(), 1, "{email:?}");
    }
    assert_eq!(shop.rows("SELECT id FROM orders_order", &["id"]).await, "");
}

/// Whoever orders shall get the confirmation, and whoever registers can be written to.
#[tokio::test]
async fn an_address_that_no_mail_can_be_sent_to_is_refused_at_its_field() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    put_into_cart(&mut browser, "/products/1/mug", "1").await;
    let mut said = Vec::new();
    for email in [
        "grace@localhost",
        "grace@example",
        "grace@192.0.2.1",
        "gräce@example.com",
        "grace@no.invalid",
    ] {
        let mut fields = ADDRESS;
        fields[2].1 = email;
        let page = browser.submit("/checkout", "/checkout", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert_eq!(page.form("/checkout")["city"], "Berlin");
        let register = [
            ("username", "grace"),
            ("email", email),
            ("password", "nanoseconds"),
            ("password2", "nanoseconds"),
        ];
        let account = browser.submit("/accounts/register", "/accounts/register", &register).await;
        assert_eq!(account.alerts(), page.alerts(), "{email}");
        said.push(format!("{email}: {}", page.alerts().join(" / ")));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    grace@localhost: No mail can be sent to what is behind the @. Please write a whole domain, such as example.com.
    grace@example: No mail can be sent to what is behind the @. Please write a whole domain, such as example.com.
    grace@192.0.2.1: No mail can be sent to what is behind the @. Please write a whole domain, such as example.com.
    gräce@example.com: We cannot send mail to an address with letters such as é before the @. Please use another one.
    grace@no.invalid: No mail can be sent to what is behind the @. Please write a whole domain, such as example.com.
    ");
    assert_eq!(shop.rows("SELECT id FROM orders_order", &["id"]).await, "");
    // A domain beyond ASCII is one that every server understands.
    let mut fields = ADDRESS;
    fields[2].1 = "grace@bücher.example";
    browser.submit("/checkout", "/checkout", &fields).await;
    assert_eq!(shop.app.mail().drain().await.unwrap().sent, 1);
    let to = shop.rows("SELECT recipient FROM shop_mailbox", &["recipient"]).await;
    assert_eq!(to, "grace@xn--bcher-kva.example");
}

/// No form of the shop makes such prices; another program may.
#[tokio::test]
async fn sums_beyond_all_numbers_are_no_order_and_no_panic() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.customer().await;
    put_into_cart(&mut browser, "/products/1/mug", "5").await;
    put_into_cart(&mut browser, "/products/3/lamp", "9").await;
    shop.execute("UPDATE shop_product SET price = 9223372036854775807", vec![]).await;
    assert_eq!(browser.get("/cart").await.status, StatusCode::OK);
    let page = browser.submit("/checkout", "/checkout", &ADDRESS).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(page.alerts(), ["This is more than one order can be. Please take fewer."]);
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_tried_again_and_given_up_in_the_end() {
    let shop = Shop::on_sqlite().await;
    let now = Utc::now();
    // An address that was let in before today's checks: no mail can be made of it.
    let row = "INSERT INTO shop_mail_outbox
            (recipient, subject, body_text, body_html, state, due, created)
        VALUES ('no address', 'Hello', 'text', 'html', 'pending', $1, $1)";
    shop.execute(row, vec![now.into()]).await;
    let mail = shop.app.mail();
    let postponed = Round { postponed: 1, ..Round::default() };
    assert_eq!(mail.drain_at(now).await.unwrap(), postponed);
    assert_eq!(mail.drain_at(now).await.unwrap(), Round::default());
    assert_eq!(mail.drain_at(now + TimeDelta::seconds(9)).await.unwrap(), Round::default());
    for day in 1..7 {
        assert_eq!(mail.drain_at(now + TimeDelta::days(day)).await.unwrap(), postponed);
    }
    let given_up = Round { given_up: 1, ..Round::default() };
    assert_eq!(mail.drain_at(now + TimeDelta::days(7)).await.unwrap(), given_up);
    assert_eq!(mail.drain_at(now + TimeDelta::days(8)).await.unwrap(), Round::default());
    let row = "SELECT state, attempts, last_error FROM shop_mail_outbox";
    insta::assert_snapshot!(shop.rows(row, &["state", "attempts", "last_error"]).await, @"failed | 8 | Missing domain or user");
}
