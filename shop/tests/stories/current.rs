//! Lists are made once and shown until something changes. Nobody may notice.

use std::io::Read as _;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use shop::Db;

use crate::browser::Browser;
use crate::orders::put_into_cart;
use crate::shop::Shop;

/// What changes, and a statement for it.
const CHANGES: [(&str, &str); 9] = [
    ("a price", "UPDATE shop_product SET price = 1300 WHERE slug = 'mug'"),
    ("a stock", "UPDATE shop_product SET stock = 2 WHERE slug = 'mug'"),
    (
        "a picture",
        "UPDATE shop_product SET image = 'http://images.example/shop/resized/1.jpg' WHERE id = 1",
    ),
    ("a name", "UPDATE shop_product SET name = 'Big mug', sort_key = 'big mug' WHERE slug = 'mug'"),
    ("what is for sale", "UPDATE shop_product SET available = FALSE WHERE slug = 'lamp'"),
    (
        "a new product",
        "INSERT INTO shop_product (category_id, name, slug, price, stock, created, updated)
            VALUES (1, 'Jug', 'jug', 700, 9, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
    ),
    ("a product less", "DELETE FROM shop_product WHERE slug = 'last-cup'"),
    ("a shelf", "UPDATE shop_category SET name = 'Lights' WHERE slug = 'light'"),
    ("a new shelf", "INSERT INTO shop_category (name, slug) VALUES ('Toys', 'toys')"),
];

/// A page's list, the addresses of its pictures in it.
async fn list(browser: &mut Browser) -> String {
    let page = browser.get("/").await;
    let pictures = page.body.split("<img src=\"").skip(1).map(|img| img.split('"').next().unwrap());
    format!("{}\n{}", page.text(), pictures.collect::<Vec<_>>().join("\n"))
}

/// Lines that only one of two texts has.
fn difference(before: &str, after: &str) -> String {
    let only = |these: &str, those: &str, sign: &str| {
        let lines = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        lines.map(|line| format!(" {sign}{line}")).collect::<String>()
    };
    only(before, after, "-") + &only(after, before, "+")
}

#[tokio::test]
async fn a_list_shows_what_others_have_changed_the_moment_it_is_committed() {
    for shop in Shop::on_both().await {
        // Another instance, a function, somebody with SQL: who has connections of their own.
        let elsewhere = Db::connect(shop.database_url()).await.unwrap();
        let (mut visitor, mut customer) = (shop.browser(), shop.browser());
        put_into_cart(&mut customer, "/products/1/mug", "1").await;
        let mut told = Vec::new();
        let mut before = list(&mut visitor).await;
        for (what, sql) in CHANGES {
            let mut change = elsewhere.begin().await.unwrap();
            change.execute(sql, Vec::new()).await.unwrap();
            assert_eq!(list(&mut visitor).await, before, "{what} is not committed yet");
            assert_eq!(list(&mut customer).await, before, "{what} is not committed yet");
            change.commit().await.unwrap();
            let after = list(&mut visitor).await;
            assert_eq!(list(&mut customer).await, after, "{what}");
            told.push(format!("{what}:{}", difference(&before, &after)));
            before = after;
        }
        insta::allow_duplicates! { insta::assert_snapshot!(told.join("\n"), @"
        a price: -€12.50 +€13.00
        a stock: +Only 2 left
        a picture: +http://images.example/shop/resized/1.jpg
        a name: -Mug +Big mug
        what is for sale: -3 products -Lamp <brass> -€80.00 +2 products
        a new product: -2 products +3 products +Jug +€7.00
        a product less: -3 products -Last cup -€9.00 -Only 1 left +2 products
        a shelf: -Light & more +Lights
        a new shelf: +Toys
        "); }
        elsewhere.close().await;
        shop.close().await;
    }
}

/// What is taken back was never there.
#[tokio::test]
async fn a_list_never_shows_what_is_taken_back() {
    for shop in Shop::on_both().await {
        let elsewhere = Db::connect(shop.database_url()).await.unwrap();
        let mut visitor = shop.browser();
        let before = list(&mut visitor).await;
        for (what, sql) in CHANGES {
            let mut change = elsewhere.begin().await.unwrap();
            change.execute(sql, Vec::new()).await.unwrap();
            assert_eq!(list(&mut visitor).await, before, "{what}");
            change.rollback().await.unwrap();
            assert_eq!(list(&mut visitor).await, before, "{what}");
        }
        elsewhere.close().await;
        shop.close().await;
    }
}

/// Of two changes under way at the same time, each shows when it is committed, whichever began first.
#[tokio::test]
async fn a_change_that_began_earlier_shows_when_it_is_committed_later() {
    let Some(shop) = Shop::on_postgres().await else { return }; // SQLite has one writer at a time
    let elsewhere = Db::connect(shop.database_url()).await.unwrap();
    let mut visitor = shop.browser();
    let mut told = vec![list(&mut visitor).await];
    let mut slow = elsewhere.begin().await.unwrap();
    slow.execute(CHANGES[0].1, Vec::new()).await.unwrap();
    elsewhere.execute(CHANGES[4].1, Vec::new()).await.unwrap();
    told.push(list(&mut visitor).await);
    slow.commit().await.unwrap();
    told.push(list(&mut visitor).await);
    let told: Vec<_> = told.windows(2).map(|two| difference(&two[0], &two[1])).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    -3 products -Lamp <brass> -€80.00 +2 products
    -€12.50 +€13.00
    ");
    elsewhere.close().await;
    shop.close().await;
}

/// An order takes from the stock that the list shows, and a manager's form changes all of it.
#[tokio::test]
async fn a_list_shows_what_this_shop_itself_has_changed() {
    for shop in Shop::on_both().await {
        let (mut visitor, mut customer) = (shop.browser(), shop.browser());
        let mut manager = shop.manager().await;
        let mut told = vec![list(&mut visitor).await];
        put_into_cart(&mut customer, "/products/1/mug", "2").await;
        customer.submit("/checkout", "/checkout", &crate::orders::ADDRESS).await;
        told.push(list(&mut visitor).await);
        let product = "/manager/products/1";
        manager.submit(product, product, &[("price", "20.00")]).await;
        told.push(list(&mut visitor).await);
        let key = shop.app.upload_product_image(1, crate::manager::jpeg(64, 48)).await.unwrap();
        told.push(list(&mut visitor).await.replace(&key, "products/1/UPLOAD.jpg"));
        shop.resized(1, &key, "t1").await;
        told.push(list(&mut visitor).await.replace(&key, "products/1/UPLOAD.jpg"));
        let told: Vec<_> = told.windows(2).map(|two| difference(&two[0], &two[1])).collect();
        insta::allow_duplicates! { insta::assert_snapshot!(told.join("\n"), @"
        +Only 3 left
        -€12.50 +€20.00
        +http://images.example/shop/products/1/UPLOAD.jpg
        -http://images.example/shop/products/1/UPLOAD.jpg +http://images.example/shop/resized/products/1/UPLOAD.jpg
        "); }
        shop.close().await;
    }
}

/// What is made once for all is nobody's: each has a cookie of their own, and what is theirs on the page.
#[tokio::test]
async fn a_list_that_is_shared_has_nothing_of_anybody_on_it() {
    let shop = Shop::on_sqlite().await;
    let (mut first, mut second) = (shop.browser(), shop.browser());
    let page = first.get("/").await.body;
    assert_eq!(second.get("/").await.body, page);
    assert!(!page.contains("csrf_token"), "a form on a page for all");
    assert_ne!(first.cookie("session"), second.cookie("session"));
    put_into_cart(&mut second, "/products/1/mug", "2").await;
    assert!(second.get("/").await.body.contains("Cart, 2 items"));
    let mut customer = shop.customer().await;
    assert!(customer.get("/").await.body.contains("Signed in as customer"));
    assert_eq!(first.get("/").await.body, page);
}

#[tokio::test]
async fn a_list_is_the_same_compressed_and_not() {
    let shop = Shop::on_sqlite().await;
    let plain = shop.browser().get("/").await.body;
    let mut told = Vec::new();
    for accepted in ["gzip, deflate, br, zstd", "GZIP", "gzip;q=0.5", "br", "gzip;q=0", "*"] {
        for path in ["/", "/?category=cups", "/?q=mug"] {
            let plain = match path {
                "/" => plain.clone(),
                _ => shop.browser().get(path).await.body,
            };
            let request = Request::get(path).header(header::ACCEPT_ENCODING, accepted);
            let answer = shop.browser().request(request.body(Body::empty()).unwrap()).await;
            let headers = answer.headers().clone();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let said = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap());
            let coding = said(header::CONTENT_ENCODING).collect::<Vec<_>>().join("+");
            let mut read = String::new();
            match &*coding {
                "gzip" => {
                    flate2::read::GzDecoder::new(&*body).read_to_string(&mut read).unwrap();
                }
                _ => read = String::from_utf8(body.to_vec()).unwrap(),
            }
            assert_eq!(read, plain, "{accepted} {path}");
            let vary = said(header::VARY).collect::<Vec<_>>().join("+");
            told.push(format!("{accepted} {path}: [{coding}] vary {vary}"));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    gzip, deflate, br, zstd /: [gzip] vary accept-encoding
    gzip, deflate, br, zstd /?category=cups: [gzip] vary accept-encoding
    gzip, deflate, br, zstd /?q=mug: [gzip] vary accept-encoding
    GZIP /: [gzip] vary accept-encoding
    GZIP /?category=cups: [gzip] vary accept-encoding
    GZIP /?q=mug: [gzip] vary accept-encoding
    gzip;q=0.5 /: [gzip] vary accept-encoding
    gzip;q=0.5 /?category=cups: [gzip] vary accept-encoding
    gzip;q=0.5 /?q=mug: [gzip] vary accept-encoding
    br /: [] vary accept-encoding
    br /?category=cups: [] vary accept-encoding
    br /?q=mug: [] vary accept-encoding
    gzip;q=0 /: [] vary accept-encoding
    gzip;q=0 /?category=cups: [] vary accept-encoding
    gzip;q=0 /?q=mug: [] vary accept-encoding
    * /: [gzip] vary accept-encoding
    * /?category=cups: [gzip] vary accept-encoding
    * /?q=mug: [gzip] vary accept-encoding
    ");
}
