use std::{collections::BTreeMap, io::Cursor};

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::{browser::Page, shop::Shop};

const PRODUCT: &str = "/manager/products/1";

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
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
    let page = manager.upload(PRODUCT, &[], ("x.png", "text/plain", &photo)).await;
    assert_eq!(page.path, "/manager/products/1?done=picture");
    let objects = shop.bucket.objects();
    let (key, object) = objects.first_key_value().unwrap();
    assert!(key.starts_with("products/1/") && key.ends_with(".jpg"), "{key}");
    assert_eq!((object.content_type.as_str(), &object.body[..]), ("image/jpeg", &photo[..]));
    let original = format!("pending http://images.example/shop/{key}");
    assert_eq!(shown(&page), original);
    let page = visitor.get(product).await;
    assert_eq!(shown(&page), original);
    // Whoever has jumped to a part of the page has a fragment in its address.
    let refresh = "<noscript><meta http-equiv=\"refresh\" content=\"2; url=/products/1/mug\">";
    assert!(page.body.contains(refresh), "{}", page.body);

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
    // Nothing of the pixels is there; what is there of others, browsers show.
    let cut_off = jpeg(640, 480)[..400].to_vec();
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
        let page = manager.upload(PRODUCT, &[], file).await;
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
    let page = manager.upload(PRODUCT, &[], ("a.jpg", "image/jpeg", &photo)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    insta::assert_snapshot!(page.alerts().join("\n"), @"The picture store cannot be reached right now, so nothing was saved. The product is as it was. Please choose the picture again and save in a moment.");
    assert_eq!(shown(&page), "ready placeholder");
    // A new product would have been half there.
    let new = "/manager/products/new";
    let fields = [("name", "Pot"), ("price", "9"), ("new_category", "Pots")];
    let page = manager.upload(new, &fields, ("a.jpg", "image/jpeg", &photo)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.form(new)["new_category"], "Pots", "what was typed is kept");
    let count = "SELECT COUNT(*) AS n FROM shop_product";
    assert_eq!(shop.rows(count, &["n"]).await, "3");
    let count = "SELECT COUNT(*) AS n FROM shop_category";
    assert_eq!(shop.rows(count, &["n"]).await, "2");
    shop.bucket.set_out_of_reach(false);
    let page = manager.upload(PRODUCT, &[], ("a.jpg", "image/jpeg", &photo)).await;
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
    Another product has this address. Please choose a different one.
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

#[tokio::test]
async fn one_form_makes_a_product_with_its_picture() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let new = "/manager/products/new";
    let fields =
        [("name", "Čajník"), ("price", "24,50"), ("stock", "3"), ("new_category", "Čaj & káva")];
    let page = manager.upload(new, &fields, ("a.jpg", "image/jpeg", &jpeg(64, 48))).await;
    assert_eq!(page.path, "/manager/products/4?done=created-with-picture");
    assert!(page.text().contains("The product is in the shop, with its picture."));
    let objects = shop.bucket.objects();
    let key = objects.keys().next().unwrap();
    assert_eq!(shown(&page), format!("pending http://images.example/shop/{key}"));
    assert_eq!(shown(&shop.browser().get("/products/4/cajnik").await), shown(&page));
    shop.resized(4, key, "t1").await;
    let row = "SELECT p.name, p.slug, p.price, p.stock, c.name AS category, c.slug AS shelf
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id WHERE p.id = 4";
    let columns = ["name", "slug", "price", "stock", "category", "shelf"];
    insta::assert_snapshot!(shop.rows(row, &columns).await, @"Čajník | cajnik | 2450 | 3 | Čaj & káva | caj-kava");

    // A picture alone is no product, and what was typed stays.
    let typed = [("name", "Cup"), ("price", "dear"), ("description", "One.\r\n\r\nTwo.")];
    let page = manager.upload(new, &typed, ("a.jpg", "image/jpeg", &jpeg(64, 48))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(page.alerts().join("\n"), @r"
    Please choose a category, or name a new one.
    Please write a price such as 12.50, up to 999999.99.
    Please choose the picture again: browsers do not keep it.
    ");
    let form = page.form(new);
    assert_eq!(
        (&*form["name"], &*form["price"], &*form["description"]),
        ("Cup", "dear", "One.\n\nTwo.")
    );
    assert_eq!(shop.bucket.objects().len(), 1);
}

#[tokio::test]
async fn one_form_saves_texts_and_picture_together_or_nothing() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let photo = jpeg(64, 48);
    let typed = [("name", "Big mug"), ("description", "One.\r\n\r\nTwo.")];
    let page = manager.upload(PRODUCT, &typed, ("a.jpg", "image/jpeg", &photo)).await;
    assert_eq!(page.path, "/manager/products/1?done=picture");
    assert_eq!(page.form(PRODUCT)["name"], "Big mug");
    let shown_text = shop.browser().get("/products/1/mug").await.text();
    assert!(shown_text.contains("One.\nTwo."), "two paragraphs: {shown_text}");

    // Either is wrong: neither is saved, and what was typed stays.
    type Typed<'a> = &'a [(&'a str, &'a str)];
    let wrong: [(Typed<'_>, &[u8]); 3] = [
        (&[("name", "Mug of old"), ("price", "")], &photo),
        (&[("name", "Mug of old"), ("slug", "lamp")], &photo),
        (&[("name", "Mug of old")], b"no picture"),
    ];
    let mut said = Vec::new();
    for (typed, file) in wrong {
        let page = manager.upload(PRODUCT, typed, ("b.jpg", "image/jpeg", file)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.form(PRODUCT)["name"], "Mug of old");
        said.push(page.alerts().join(" / "));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    Please fill in this field. / Please choose the picture again: browsers do not keep it.
    Another product has this address. Please choose a different one. / Please choose the picture again: browsers do not keep it.
    This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
    ");
    let name = "SELECT name FROM shop_product WHERE id = 1";
    assert_eq!(shop.rows(name, &["name"]).await, "Big mug");
    assert_eq!(shop.bucket.objects().len(), 1);
    // Without a file the picture stays.
    let page = manager.submit(PRODUCT, PRODUCT, &[("price", "13")]).await;
    assert_eq!(page.path, "/manager/products/1?done=saved");
    assert_eq!(shop.bucket.objects().len(), 1);
}

#[tokio::test]
async fn absurd_numbers_are_refused_at_their_field() {
    for shop in Shop::on_both().await {
        let mut manager = shop.manager().await;
        let absurd: [(&str, &[&str]); 3] = [
            ("price", &["-1", "+5", "1e9", "NaN", "1000000", "99999999999999999999", "5.001"]),
            ("stock", &["-1", "+5", "1e9", "NaN", "1000001", "9223372036854775807", "0x10"]),
            (
                "category_id",
                &["999999", "-1", "+1", "NaN", "99999999999999999999", "9223372036854775807"],
            ),
        ];
        let mut said = BTreeMap::new();
        for (field, values) in absurd {
            for value in values {
                let page = manager.submit(PRODUCT, PRODUCT, &[(field, value)]).await;
                assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}");
                said.entry(format!("{field}: {}", page.alerts().join(" / ")))
                    .or_insert(vec![])
                    .push(*value);
            }
        }
        let said: Vec<_> = said
            .into_iter()
            .map(|(text, values)| format!("{text}\n  {}", values.join(" ")))
            .collect();
        insta::allow_duplicates! { insta::assert_snapshot!(said.join("\n"), @r"
        category_id: Please choose a category, or name a new one.
          -1 +1 NaN 99999999999999999999
        category_id: There is no such category any more.
          999999 9223372036854775807
        price: Please use at most 12 characters.
          99999999999999999999
        price: Please write a price such as 12.50, up to 999999.99.
          -1 +5 1e9 NaN 1000000 5.001
        stock: Please use at most 7 characters.
          9223372036854775807
        stock: Please write a whole number from 0 to 1000000.
          -1 +5 1e9 NaN 1000001 0x10
        "); }
        // No page of the shop says this.
        for before in ["-9223372036854775808", "+5", ""] {
            let page = manager.submit(PRODUCT, PRODUCT, &[("stock_before", before)]).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{before}");
        }
        let page =
            manager.submit(PRODUCT, PRODUCT, &[("stock_before", "9223372036854775807")]).await;
        assert_eq!(page.path, "/manager/products/1?done=saved");
        for _ in 0..2 {
            manager.submit(PRODUCT, PRODUCT, &[("stock_before", "0"), ("stock", "1000000")]).await;
        }
        let row = "SELECT price, stock, category_id FROM shop_product WHERE id = 1";
        let row = shop.rows(row, &["price", "stock", "category_id"]).await;
        assert_eq!(row, "1250 | 1000000 | 1", "old forms add up to no more than the form allows");
        shop.close().await;
    }
}

#[tokio::test]
async fn a_lost_notification_is_said_after_a_while_and_a_button_sends_it_again() {
    for shop in Shop::on_both().await {
        let mut manager = shop.manager().await;
        let key = shop.app.upload_product_image(1, jpeg(64, 48)).await.unwrap();
        let page = manager.get(PRODUCT).await;
        assert!(shown(&page).starts_with("pending "));
        let minutes_ago = |minutes| vec![(Utc::now() - TimeDelta::minutes(minutes)).into()];
        let set = "UPDATE shop_product SET image_original_announced = $1 WHERE id = 1";
        shop.execute(set, minutes_ago(9)).await;
        assert!(shown(&manager.get(PRODUCT).await).starts_with("pending "));

        shop.execute(set, minutes_ago(11)).await;
        let page = manager.get(PRODUCT).await;
        assert_eq!(shown(&page), format!("failed http://images.example/shop/{key}"));
        insta::allow_duplicates! { insta::assert_snapshot!(picture_part(&page), @r"
        See it in full size
        The small picture was not made within 10 minutes, so the shop shows the picture as it was uploaded.
        Save and make it again
        New picture
        (optional)
        JPEG, PNG, WebP or GIF, up to 20 MiB
        Save
        "); }
        assert!(manager.get("/manager").await.text().contains("Picture not made"));
        // Visitors see the picture all the same, and nothing of this.
        let visitors = shop.browser().get("/products/1/mug").await;
        assert_eq!(shown(&visitors), shown(&page));
        assert!(!visitors.body.contains("http-equiv") && !visitors.text().contains("not made"));

        // The button saves what was typed, too.
        let again = [("again", "yes"), ("name", "Fine mug")];
        shop.bucket.set_out_of_reach(true);
        let refused = manager.send(&page, PRODUCT, &again).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        shop.bucket.set_out_of_reach(false);
        let page = manager.send(&page, PRODUCT, &again).await;
        assert_eq!(page.path, "/manager/products/1?done=again");
        assert_eq!(shop.bucket.announced(), [key.as_str(), &key]);
        assert_eq!(shown(&page), format!("pending http://images.example/shop/{key}"));
        assert_eq!(page.form(PRODUCT)["name"], "Fine mug");
        shop.resized(1, &key, "t1").await;
        assert!(shown(&manager.get(PRODUCT).await).starts_with("ready "));

        // Ready: an old page's button does no harm.
        manager.send(&page, PRODUCT, &again).await;
        assert_eq!(shop.bucket.announced().len(), 2);
        shop.close().await;
    }
}

#[tokio::test]
async fn an_original_that_is_gone_cannot_be_announced_again() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let key = shop.app.upload_product_image(1, jpeg(64, 48)).await.unwrap();
    let long_ago = vec![(Utc::now() - TimeDelta::hours(1)).into()];
    let set = "UPDATE shop_product SET image_original_announced = $1 WHERE id = 1";
    shop.execute(set, long_ago).await;
    shop.bucket.remove(&key);
    let page = manager.submit(PRODUCT, PRODUCT, &[("again", "yes")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(page.alerts().join("\n"), @"The picture is no longer in the store, so nothing was saved. Please choose it again.");
}

/// Without JavaScript the page that was saved looks for the picture by itself; one that somebody may
/// be typing into does not.
#[tokio::test]
async fn without_javascript_the_managers_page_follows_its_picture() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let page = manager.upload(PRODUCT, &[], ("a.jpg", "image/jpeg", &jpeg(64, 48))).await;
    // An address without a fragment: with one, a browser would only jump to it.
    let refresh = "<noscript><meta http-equiv=\"refresh\" content=\"2; url=/manager/products/1?done=picture\"></noscript>";
    assert!(page.body.contains(refresh), "{}", page.body);
    let typing = manager.get(PRODUCT).await;
    assert!(!typing.body.contains("http-equiv"));
    assert!(typing.text().contains("See whether it is ready"));
    let key = shop.bucket.announced().remove(0);
    shop.resized(1, &key, "t1").await;
    let page = manager.get("/manager/products/1?done=picture").await;
    assert!(!page.body.contains("http-equiv"));
}

/// What the manager reads beside the picture.
fn picture_part(page: &Page) -> String {
    let text = page.text();
    text.split("Picture\n").last().unwrap().to_owned()
}
