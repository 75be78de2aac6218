//! Containers are killed and restarted. What was answered for holds, nothing is half done, pages say
//! what is away, and all recover without help.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::running::LIMIT;
use e2e::{Browser, Cloud, DatabaseKind, File, Page, Setup, Shop, filters, picture, skip};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::oneshot;

const MUG: &str = "/products/1/mug";
const FORM: &str = "/manager/products/1";
const ADDRESS: [(&str, &str); 6] = [
    ("first_name", "Carl"),
    ("last_name", "Buyer"),
    ("email", "carl@example.com"),
    ("address", "Harbour Road 7"),
    ("postal_code", "20457"),
    ("city", "Hamburg"),
];

#[tokio::test]
async fn a_shop_that_is_killed_in_the_middle_of_an_upload_keeps_the_picture_it_had() -> Result<()> {
    let Some(shop) = Setup::on(Cloud::Container).start().await? else { return Ok(()) };
    let second = match shop.second_in_container().await? {
        Ok(second) => second,
        Err(missing) => return skip(&missing),
    };
    let manager = Browser::new(&format!("http://127.0.0.1:{}", second.port))?;
    let account = &shop.seeded.manager;
    manager.sign_in("/accounts/login/manager", &account.user, &account.password).await?;
    upload(&manager, [200, 0, 0]).await?;
    shop.settle().await?;
    let before = shown(&shop).await?;

    let page = manager.get("/manager/products/1").await?;
    let (at_half, half) = oneshot::channel();
    let photo = std::fs::read(e2e::fixture("images/photo-12mp.jpg"))?;
    let file = File { name: "photo.jpg", content_type: "image/jpeg", bytes: photo };
    let between = async {
        let _ = at_half.send(());
        // The rest never comes.
        std::future::pending::<()>().await;
    };
    let (page, killed) = tokio::join!(manager.upload_in_two(&page, FORM, file, between), async {
        half.await?;
        second.kill().await
    });
    killed?;
    ensure!(page.is_err(), "half an upload was answered");
    second.start_again().await?;
    answers(&manager).await?;

    shop.settle().await?;
    assert_eq!(shown(&shop).await?, before, "half an upload changes nothing");
    // Whoever was signed in still is.
    upload(&manager, [0, 0, 200]).await?;
    shop.settle().await?;
    assert_ne!(shown(&shop).await?, before, "the next one is shown");
    drop(second);
    shop.close().await
}

#[tokio::test]
async fn a_shop_that_is_killed_in_the_middle_of_an_order_has_it_wholly_or_not_at_all() -> Result<()>
{
    let Some(shop) = Setup::on(Cloud::Container).start().await? else { return Ok(()) };
    let second = match shop.second_in_container().await? {
        Ok(second) => second,
        Err(missing) => return skip(&missing),
    };
    let customer = Browser::new(&format!("http://127.0.0.1:{}", second.port))?;
    let account = &shop.seeded.customer;
    customer.sign_in("/accounts/login", &account.user, &account.password).await?;
    let mut told = Vec::new();

    // In the middle: somebody holds the table, so that the order waits inside its transaction.
    let checkout = open_checkout(&customer).await?;
    let mut holder = PgConnection::connect(&shop.database.url).await?;
    sqlx::query("BEGIN").execute(&mut holder).await?;
    sqlx::query("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE").execute(&mut holder).await?;
    let (page, killed) = tokio::join!(customer.submit(&checkout, "/checkout", &ADDRESS), async {
        let mut looking = PgConnection::connect(&shop.database.url).await?;
        until("the order waits", async || {
            let sql = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let waiting: i64 = sqlx::query_scalar(sql).fetch_one(&mut looking).await?;
            Ok((waiting > 0).then_some(()))
        })
        .await?;
        second.kill().await
    });
    killed?;
    ensure!(page.is_err(), "an order without its table was answered");
    sqlx::query("ROLLBACK").execute(&mut holder).await?;
    holder.close().await?;
    second.start_again().await?;
    answers(&customer).await?;
    told.push(format!("killed in the middle: {}", kept(&shop).await?));
    told.push(format!("sent again: {}", sent_twice(&shop, &customer, &checkout).await?));

    // Right after the answer.
    let checkout = open_checkout(&customer).await?;
    let placed = customer.submit(&checkout, "/checkout", &ADDRESS).await?;
    ensure!(placed.path.starts_with("/orders/"), "{} {}", placed.path, placed.text());
    second.kill().await?;
    second.start_again().await?;
    answers(&customer).await?;
    told.push(format!("killed after the answer: {}", kept(&shop).await?));

    // At the same time: either way, the form that is sent again is one order.
    let checkout = open_checkout(&customer).await?;
    let (_, killed) =
        tokio::join!(customer.submit(&checkout, "/checkout", &ADDRESS), second.kill());
    killed?;
    second.start_again().await?;
    answers(&customer).await?;
    told.push(format!("killed meanwhile: {}", sent_twice(&shop, &customer, &checkout).await?));
    insta::assert_snapshot!(told.join("\n"), @r"
    killed in the middle: 0 orders, 0 mails, 5 in stock
    sent again: 1 orders, 1 mails, 4 in stock
    killed after the answer: 2 orders, 2 mails, 3 in stock
    killed meanwhile: 3 orders, 3 mails, 2 in stock
    ");
    drop(second);
    shop.close().await
}

#[tokio::test]
async fn while_postgresql_restarts_pages_say_so_and_then_go_on() -> Result<()> {
    let setup = Setup { database: DatabaseKind::OwnPostgres, ..Setup::on(Cloud::Embedded) };
    let Some(shop) = setup.start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    let server = shop.database.server()?;

    server.stop().await?;
    let mut pages = Vec::new();
    for path in ["/", MUG, "/health"] {
        let page = manager.get(path).await?;
        pages.push(format!("{path}: {}\n{}", page.status, page.text()));
    }
    server.start_again().await?;
    until("the shop answers", async || {
        let page = manager.get(MUG).await?;
        ensure!([200, 503].contains(&page.status), "{} {}", page.status, page.text());
        Ok((page.status == 200).then_some(()))
    })
    .await?;

    insta::with_settings!({ filters => filters() }, {
        insta::assert_snapshot!(pages.join("\n"), @r"
    /: 503
    Error 503
    The shop is away for a moment
    Our database does not answer right now. Nothing is lost: orders, carts and accounts are kept. If you were sending something, look whether it is there before you send it again. Please try again in a moment.
    If you tell us about it, please name this number:
    {id}
    Back to the shop
    /products/1/mug: 503
    Error 503
    The shop is away for a moment
    Our database does not answer right now. Nothing is lost: orders, carts and accounts are kept. If you were sending something, look whether it is there before you send it again. Please try again in a moment.
    If you tell us about it, please name this number:
    {id}
    Back to the shop
    /health: 503
    ");
    });
    upload(&manager, [0, 200, 0]).await?;
    shop.settle().await?;
    let customer = shop.customer().await?;
    let checkout = open_checkout(&customer).await?;
    let placed = customer.submit(&checkout, "/checkout", &ADDRESS).await?;
    ensure!(placed.path.starts_with("/orders/"), "{} {}", placed.path, placed.text());
    ensure!(shown(&shop).await?.contains("resized/products/1/"), "the picture is shown");
    shop.close().await
}

#[tokio::test]
async fn while_localstack_restarts_the_form_says_so_and_then_works_although_all_is_forgotten()
-> Result<()> {
    let setup = Setup { is_restarted: true, ..Setup::on(Cloud::LocalStack) };
    let Some(shop) = setup.start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    upload(&manager, [200, 0, 0]).await?;
    shop.settle().await?;
    let before = shown(&shop).await?;

    shop.running.localstack()?.stop().await?;
    let page = choose(&manager, [0, 200, 0]).await?;
    assert_eq!(shown(&shop).await?, before, "the product keeps its picture");
    let said = format!("{} {}", page.status, page.alerts().join(" "));
    insta::assert_snapshot!(said, @"503 The picture store cannot be reached right now, so nothing was saved. The product is as it was. Please choose the picture again and save in a moment.");

    shop.running.localstack()?.start_again().await?;
    until("an upload works again", async || {
        let page = choose(&manager, [0, 0, 200]).await?;
        Ok(page.path.ends_with("?done=picture").then_some(()))
    })
    .await?;
    shop.settle().await?;
    assert_ne!(shown(&shop).await?, before, "and is shown");
    shop.close().await
}

#[tokio::test]
async fn a_cloud_that_is_killed_has_everything_when_it_is_started_again() -> Result<()> {
    let setup = Setup { is_restarted: true, ..Setup::on(Cloud::Container) };
    let Some(shop) = setup.start().await? else { return Ok(()) };
    let manager = shop.manager().await?;
    let cloud = shop.running.container()?;
    for colour in [[200, 0, 0], [0, 200, 0], [0, 0, 200]] {
        // Wherever the kill hits: before, in or after either function.
        upload(&manager, colour).await?;
        let uploads = shop.rows(ROW, &["image_original"]).await?;
        cloud.kill().await?;
        cloud.start_again().await?;
        until("the cloud answers", async || Ok(shop.objects().await.ok())).await?;
        shop.settle().await?;
        assert_eq!(shop.rows(ROW, &["image_source"]).await?, uploads, "the upload is shown");
        picture::fetch(&shop.rows(ROW, &["image"]).await?).await?;
    }
    let objects = shop.objects().await?;
    let kept: Vec<_> = ["products/", "resized/"]
        .iter()
        .map(|prefix| objects.keys().filter(|key| key.starts_with(prefix)).count())
        .collect();
    assert_eq!(kept, [3, 3], "nothing is lost, nothing is there twice");
    shop.close().await
}

const ROW: &str = "SELECT image, image_original, image_source FROM shop_product WHERE slug = 'mug'";

/// Asks again and again, at most twenty times a second, until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let asking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            pace.tick().await;
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
        }
    };
    tokio::time::timeout(LIMIT, asking).await.with_context(|| format!("in vain: {what}"))?
}

/// Waits for the shop that a browser looks at.
async fn answers(browser: &Browser) -> Result<()> {
    until("the shop answers", async || {
        Ok(browser.get("/health").await.ok().filter(|page| page.status == 200).map(|_| ()))
    })
    .await
}

/// What the product's page shows, and the picture behind it.
async fn shown(shop: &Shop) -> Result<String> {
    let figure = shop.browser()?.get(MUG).await?.figure()?;
    Ok(format!(
        "{figure:?} {}",
        shop.rows(ROW, &["image", "image_original", "image_source"]).await?
    ))
}

async fn choose(manager: &Browser, colour: [u8; 3]) -> Result<Page> {
    let bytes = picture::plain(colour)?;
    manager.upload_picture(1, File { name: "mug.jpg", content_type: "image/jpeg", bytes }).await
}

async fn upload(manager: &Browser, colour: [u8; 3]) -> Result<()> {
    let page = choose(manager, colour).await?;
    ensure!(page.path.ends_with("?done=picture"), "{} {}", page.status, page.text());
    Ok(())
}

async fn open_checkout(buyer: &Browser) -> Result<Page> {
    let page = buyer.get(MUG).await?;
    buyer.submit(&page, "/cart", &[("quantity", "1")]).await?;
    buyer.get("/checkout").await
}

/// Sends one form twice, and says what there is then.
async fn sent_twice(shop: &Shop, customer: &Browser, checkout: &Page) -> Result<String> {
    let first = customer.submit(checkout, "/checkout", &ADDRESS).await?;
    ensure!(first.path.starts_with("/orders/"), "{} {}", first.path, first.text());
    let second = customer.submit(checkout, "/checkout", &ADDRESS).await?;
    ensure!(second.path == first.path, "{} and {}", first.path, second.path);
    kept(shop).await
}

/// Orders, their mails, and what is left: they must fit.
async fn kept(shop: &Shop) -> Result<String> {
    let sql = "SELECT (SELECT COUNT(*) FROM orders_order) AS orders, \
               (SELECT COUNT(*) FROM shop_mail_outbox) AS mails, \
               (SELECT stock FROM shop_product WHERE slug = 'mug') AS stock";
    let row = shop.rows(sql, &["orders", "mails", "stock"]).await?;
    let cells: Vec<_> = row.split(" | ").collect();
    Ok(format!("{} orders, {} mails, {} in stock", cells[0], cells[1], cells[2]))
}
