//! What the shop says of itself, for CloudWatch.

use serde_json::Value;

use crate::manager::jpeg;
use crate::orders::{ADDRESS, put_into_cart};
use crate::shop::Shop;

/// What a minute's line counts, without what every line has.
async fn minute(shop: &Shop) -> String {
    let line: Value = serde_json::from_str(&shop.app.measured().await.unwrap()).unwrap();
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    let names = metrics.iter().map(|metric| metric["Name"].as_str().unwrap());
    names.map(|name| format!("{name} {}", line[name])).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_minute_says_what_customers_did_and_what_is_still_under_way() {
    for shop in Shop::on_both().await {
        minute(&shop).await; // what came before
        let mut browser = shop.browser();
        put_into_cart(&mut browser, "/products/1/mug", "2").await;
        browser.submit("/checkout", "/checkout", &ADDRESS).await;
        browser.get("/health").await; // a balancer's, who is no customer
        let key = shop.app.upload_product_image(1, jpeg(64, 48)).await.unwrap();

        let busy = minute(&shop).await;
        shop.app.mail().drain().await.unwrap();
        shop.resized(1, &key, "t1").await;
        let quiet = minute(&shop).await;

        insta::allow_duplicates! { insta::assert_snapshot!(format!("{busy}\n\n{quiet}"), @"
        Requests 6
        Failures 0
        Orders 1
        Sales 25.0
        PicturesInPipeline 1
        MailsWaiting 1

        Requests 0
        Failures 0
        Orders 0
        Sales 0.0
        PicturesInPipeline 0
        MailsWaiting 0
        "); }
        shop.close().await;
    }
}
