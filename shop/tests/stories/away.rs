//! What people see while the database or the cloud is away, and that it passes.

use axum::http::{StatusCode, header};

use crate::{orders::put_into_cart, shop::Shop};

/// The same page for those who come for the first time and those who are signed in: nobody is sent
/// away, no cookie is lost.
#[tokio::test]
async fn a_database_that_is_away_is_said_on_a_page() {
    let shop = Shop::on_sqlite().await;
    let (mut visitor, mut customer) = (shop.browser(), shop.customer().await);
    put_into_cart(&mut customer, "/products/1/mug", "1").await;
    let cookie = customer.cookie("session").map(str::to_owned);
    shop.app.db().close().await;
    for browser in [&mut visitor, &mut customer] {
        for path in ["/", "/cart", "/products/1/mug"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(page.headers[header::RETRY_AFTER], "5");
            let text: Vec<_> = page.text().lines().take(3).map(str::to_owned).collect();
            insta::allow_duplicates! { insta::assert_snapshot!(text.join("\n"), @r"
            Error 503
            The shop is away for a moment
            Our database does not answer right now. Nothing is lost: orders, carts and accounts are kept. If you were sending something, look whether it is there before you send it again. Please try again in a moment.
            "); }
        }
    }
    assert_eq!(customer.cookie("session").map(str::to_owned), cookie);
    let health = visitor.get("/health").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health.body, "the database does not answer\n");
}

/// An emulator that keeps nothing has forgotten the bucket: the upload makes it again, with all that
/// belongs to it, and succeeds.
#[cfg(feature = "local")]
#[tokio::test]
async fn an_upload_makes_a_forgotten_bucket_again() {
    use std::sync::Arc;

    use shop::{App, Bucket, Config, cloud};

    let emulator = cloudless::Emulator::builder().start().await.unwrap();
    let sdk = emulator.sdk_config();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let plan = cloud::Plan::worker();
    let config = Config::new(url, &plan.bucket, sdk.clone());
    let bucket = Bucket::s3(&sdk, &plan.bucket);
    let keeper = Arc::new(cloud::Keeper::new(sdk.clone(), plan.clone()));
    let app = App::connect_with(config, bucket.kept_by(keeper)).await.unwrap();
    let catalog = serde_json::json!({"categories": [{"name": "Cups", "slug": "cups", "products": [
        {"slug": "mug", "name": "Mug", "price_cents": 1250, "stock": 5},
    ]}]});
    app.seed(&serde_json::from_value(catalog).unwrap()).await.unwrap();
    let photo = include_bytes!("../../../fixtures/images/photo-portrait-exif6.jpg");
    let key = app.upload_product_image(1, photo.to_vec()).await.unwrap();

    let sqs = aws_sdk_sqs::Client::new(&sdk);
    let queue = sqs.get_queue_url().queue_name("image-uploaded").send().await.unwrap();
    let mut announced = String::new();
    while !announced.contains(&key) {
        let request = sqs.receive_message().set_queue_url(queue.queue_url.clone());
        let received = request.max_number_of_messages(10).wait_time_seconds(20).send().await;
        for message in received.unwrap().messages.unwrap_or_default() {
            announced += message.body().unwrap();
        }
    }
    app.db().close().await;
    emulator.stop().await;
}
