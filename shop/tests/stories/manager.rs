use std::io::Cursor;

use axum::http::StatusCode;
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::{browser::Page, shop::Shop};

const PRODUCT: &str = "/manager/products/1";
const IMAGE: &str = "/manager/products/1/image";

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x % 256) as u8, (y % 256) as u8, 128])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(pixels).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

fn shown(page: &Page) -> String {
    let figure = page.body.split("<figure").nth(1).unwrap();
    let state = figure.split("data-state=\"").nth(1).unwrap().split('"').next().unwrap();
    let image = figure.split("<img src=\"").nth(1).map(|rest| rest.split('"').next().unwrap());
    format!("{state} {}", image.unwrap_or("placeholder"))
}

#[tokio::test]
async fn a_manager_uploads_a_picture_and_the_page_follows_the_pipeline() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let mut visitor = shop.browser();
    let product = "/products/1/mug";
    assert_eq!(shown(&visitor.get(product).await), "ready placeholder");

    let photo = jpeg(640, 480);
    // Neither name nor declared type count, only the content.
    let page = manager.upload(PRODUCT, IMAGE, ("x.png", "text/plain", &photo)).await;
    assert_eq!(page.path, "/manager/products/1?done=picture");
    let objects = shop.bucket.objects();
    let (key, object) = objects.first_key_value().unwrap();
    assert!(key.starts_with("products/1/") && key.ends_with(".jpg"), "{key}");
    assert_eq!((object.content_type.as_str(), &object.body[..]), ("image/jpeg", &photo[..]));
    let original = format!("pending http://images.example/shop/{key}");
    assert_eq!(shown(&page), original);
    let page = visitor.get(product).await;
    assert_eq!(shown(&page), original);
    assert!(page.body.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));

    shop.resized(1, key, "t1").await;
    let resized = format!("ready http://images.example/shop/resized/{key}");
    let fragment = visitor.get("/products/1/mug/image").await;
    assert_eq!(shown(&fragment), resized);
    let page = visitor.get(product).await;
    assert_eq!(shown(&page), resized);
    assert!(!page.body.contains("http-equiv"));

    // A picture put into the bucket with other tools is shown as well.
    shop.resized(1, "products/1/by-hand.png", "t2").await;
    let by_hand = "ready http://images.example/shop/resized/products/1/by-hand.png";
    assert_eq!(shown(&visitor.get(product).await), by_hand);
}

#[tokio::test]
async fn a_file_that_is_no_good_picture_is_refused_at_the_form_and_the_old_one_stays() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let key = shop.app.upload_product_image(1, jpeg(64, 48)).await.unwrap();
    shop.resized(1, &key, "t1").await;
    let cut_off = jpeg(640, 480)[..9_000].to_vec();
    let too_large = vec![0_u8; 21 * 1024 * 1024];
    let files: [(&str, &str, &[u8]); 5] = [
        ("empty.jpg", "image/jpeg", b""),
        ("text.jpg", "image/jpeg", b"Dear shop, this is a letter."),
        ("page.png", "image/png", b"<!doctype html><script>alert(1)</script>"),
        ("cut.jpg", "image/jpeg", &cut_off),
        ("large.jpg", "image/jpeg", &too_large),
    ];
    let mut answers = Vec::new();
    for file in files {
        let page = manager.upload(PRODUCT, IMAGE, file).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", file.0);
        assert_eq!(shown(&page), format!("ready http://images.example/shop/resized/{key}"));
        answers.push(format!("{}: {}", file.0, page.alerts().join(" ")));
    }
    insta::assert_snapshot!(answers.join("\n"), @r"
    empty.jpg: Please choose a picture. The file is empty.
    text.jpg: This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
    page.png: This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
    cut.jpg: This picture is damaged or cut off. Please save it again and upload the new file.
    large.jpg: This file is larger than 20 MiB. Please choose a smaller picture.
    ");
    assert_eq!(shop.bucket.objects().len(), 1);
}

#[tokio::test]
async fn a_bucket_out_of_reach_is_said_and_nothing_is_lost() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    shop.bucket.set_out_of_reach(true);
    let photo = jpeg(64, 48);
    let page = manager.upload(PRODUCT, IMAGE, ("a.jpg", "image/jpeg", &photo)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    insta::assert_snapshot!(page.alerts().join("\n"), @"The picture store cannot be reached right now, so the picture was not saved. The product is as it was. Please try again in a moment.");
    assert_eq!(shown(&page), "ready placeholder");
    shop.bucket.set_out_of_reach(false);
    let page = manager.upload(PRODUCT, IMAGE, ("a.jpg", "image/jpeg", &photo)).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn a_manager_adds_and_changes_products() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let new = "/manager/products/new";
    let fields = [("name", "Tea pot, blue"), ("price", "24,5"), ("stock", "3")];
    let page = manager.submit(new, new, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.alerts(), ["Please choose a category, or name a new one."]);
    let page = manager.send(&page, new, &[("new_category", "Pots")]).await;
    assert_eq!(page.path, "/manager/products/4?done=created");

    let wrong =
        [("name", ""), ("slug", "mug"), ("price", "-1"), ("stock", "1.5"), ("category_id", "1")];
    let page = manager.submit("/manager/products/4", "/manager/products/4", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(page.alerts().join("\n"), @r"
    Please fill in this field.
    Please write a price such as 12.50, up to 999999.99.
    Please write a whole number from 0 to 1000000.
    ");
    let taken = [("slug", "mug"), ("category_id", "1")];
    let page = manager.submit("/manager/products/4", "/manager/products/4", &taken).await;
    let message = "Another product has this address. Please choose a different one.";
    assert_eq!(page.alerts(), [message]);

    // Two are sold while the form is open; the manager adds ten to the three seen.
    let form = manager.get("/manager/products/4").await;
    shop.execute("UPDATE shop_product SET stock = 1 WHERE id = 4", vec![]).await;
    let more = [("stock", "13"), ("category_id", "3")];
    manager.send(&form, "/manager/products/4", &more).await;
    let row = "SELECT p.name, p.slug, p.price, p.stock, c.name AS category
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id WHERE p.id = 4";
    let columns = ["name", "slug", "price", "stock", "category"];
    insta::assert_snapshot!(shop.rows(row, &columns).await, @"Tea pot, blue | tea-pot-blue | 2450 | 11 | Pots");
    assert!(manager.get("/manager?q=pot").await.text().contains("Tea pot, blue"));
}

#[tokio::test]
async fn only_managers_manage() {
    let shop = Shop::on_sqlite().await;
    let (mut visitor, mut customer) = (shop.browser(), shop.customer().await);
    for path in ["/manager", PRODUCT, "/manager/products/new"] {
        let page = visitor.get(path).await;
        assert!(page.path.starts_with("/accounts/login/manager?next="), "{path}");
        assert_eq!(customer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let token = customer.get("/cart").await.form("/accounts/logout");
    assert_eq!(customer.post(PRODUCT, &token).await.status, StatusCode::FORBIDDEN);
    assert!(shop.bucket.objects().is_empty());
}

#[tokio::test]
async fn seeding_twice_changes_nothing() {
    let shop = Shop::on_sqlite().await;
    shop.execute("UPDATE shop_product SET stock = 0, name = 'Sold' WHERE id = 1", vec![]).await;
    let catalog = serde_json::from_value(serde_json::json!({"categories": [
        {"name": "Cups", "slug": "cups", "products": [
            {"slug": "mug", "name": "Mug", "price_cents": 1, "stock": 5, "picture": "mug.jpg"},
        ]},
    ]}));
    let again = shop.app.seed(&catalog.unwrap()).await.unwrap();
    assert_eq!(again.products, shop.seeded.products[..1]);
    let row = "SELECT name, price, stock FROM shop_product WHERE id = 1";
    assert_eq!(shop.rows(row, &["name", "price", "stock"]).await, "Sold | 1250 | 0");
}
