use axum::http::StatusCode;

use crate::{browser::Page, shop::Shop};

#[tokio::test]
async fn visitors_find_products_by_shelf_and_by_search() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    insta::assert_snapshot!(browser.get("/").await.text(), @r"
    Everything in the shop
    3 products
    All
    Cups
    Light & more
    Lamp <brass>
    €80.00
    Last cup
    €9.00
    Only 1 left
    Mug
    €12.50
    ");
    insta::assert_snapshot!(browser.get("/?category=light").await.text(), @r"
    Light & more
    1 product
    All
    Cups
    Light & more
    Lamp <brass>
    €80.00
    ");
    insta::assert_snapshot!(browser.get("/?q=TEA").await.text(), @r"
    Results for “TEA”
    1 product
    All
    Cups
    Light & more
    Mug
    €12.50
    ");
    insta::assert_snapshot!(browser.get("/?q=100%25").await.text(), @r"
    Results for “100%”
    0 products
    All
    Cups
    Light & more
    Nothing in the shop matches that.
    See everything
    ");
    for missing in ["/?category=none", "/?page=2", "/products/99/mug", "/nowhere"] {
        let page = browser.get(missing).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{missing}");
        assert!(page.text().contains("We could not find that page"), "{missing}");
    }
    assert_eq!(browser.get("/products/1/old-name").await.path, "/products/1/mug");
}

#[tokio::test]
async fn pages_carry_strict_headers_and_nothing_inline() {
    let shop = Shop::on_sqlite().await;
    let page = shop.browser().get("/products/1/mug").await;
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| {
            !["x-request-id", "set-cookie", "content-length"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    insta::assert_snapshot!(headers.join("\n"), @r"
    cache-control: private, no-store
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http://images.example; connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(), geolocation=(), microphone=(), payment=()
    referrer-policy: same-origin
    vary: accept-encoding
    x-content-type-options: nosniff
    ");
    for inline in ["<script>", "<style", " style=", " onclick=", "javascript:"] {
        assert!(!page.body.contains(inline), "{inline}");
    }
    assert!(page.body.contains("Served by <code>instance-7</code>"));
}

#[tokio::test]
async fn static_files_have_addresses_that_caches_may_keep() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    let page = browser.get("/").await;
    let css = page.body.split("href=\"").find(|part| part.contains("shop.css")).unwrap();
    let css = css.split('"').next().unwrap();
    let file = browser.get(css).await;
    assert_eq!(file.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
    let old = browser.get("/static/000000000000/shop.css").await;
    assert_eq!(old.headers["cache-control"], "no-cache");
    assert_eq!(browser.get("/health").await.body, "ok\n");
}

/// An address with letters where a number belongs leads nowhere; it is not the visitor's fault.
#[tokio::test]
async fn an_address_of_another_form_does_not_exist() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    for path in ["/products/abc/x", "/products/abc/x/image", "/products/99999999999999999999/x"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// The databases differ in what they know of letters beyond ASCII, and of their order.
#[tokio::test]
async fn search_and_order_know_letters_beyond_ascii_on_both_databases() {
    for shop in Shop::on_both().await {
        for (n, name) in
            ["Čajník", "Zebra", "ÈLITE cup", "elf", "Émile", "äpfel", "Straße", "cake", "ČAJ"]
                .into_iter()
                .enumerate()
        {
            // As another program would: the shop brings up to date what it finds by.
            let sql =
                "INSERT INTO shop_product (category_id, name, slug, description, price, stock,
                    available, created, updated)
                VALUES (1, $1, $2, 'Vařič čaje, 1,5 l', 100, 9, TRUE, $3, $3)";
            let args = vec![name.into(), format!("p{n}").into(), chrono::Utc::now().into()];
            shop.execute(sql, args).await;
        }
        let shop = shop.reopened().await;
        let mut browser = shop.browser();
        let page = browser.get("/").await;
        insta::allow_duplicates! { insta::assert_snapshot!(names(&page), @"äpfel, ČAJ, Čajník, cake, elf, ÈLITE cup, Émile, Lamp &#60;brass&#62;, Last cup, Mug, Straße, Zebra"); }
        let mut found = Vec::new();
        for search in [
            "čajník",
            "CAJNIK",
            "èlite",
            "ELITE",
            "cup elite",
            "strasse",
            "STRASSE",
            "straße",
            "vařič 1,5 zebra",
            "čaj",
            "čaj zebra caje",
            "_",
            "%",
        ] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", search)
                .finish();
            let page = browser.get(&format!("/?{query}")).await;
            found.push(format!("{search} [{}]", names(&page)));
        }
        insta::allow_duplicates! { insta::assert_snapshot!(found.join("\n"), @r"
        čajník [Čajník]
        CAJNIK [Čajník]
        èlite [ÈLITE cup]
        ELITE [ÈLITE cup]
        cup elite [ÈLITE cup]
        strasse [Straße]
        STRASSE [Straße]
        straße [Straße]
        vařič 1,5 zebra [Zebra]
        čaj [äpfel, ČAJ, Čajník, cake, elf, ÈLITE cup, Émile, Straße, Zebra]
        čaj zebra caje [Zebra]
        _ []
        % []
        "); }
        let mut manager = shop.manager().await;
        let managed = manager.get("/manager?q=%C4%8Caj+zebra").await.text();
        assert!(managed.contains("Zebra") && managed.contains("1 product"), "{managed}");

        // A name that is changed is found by its new one at once.
        let product = "/manager/products/1";
        manager.submit(product, product, &[("name", "Žluťoučký hrnek")]).await;
        assert_eq!(names(&browser.get("/?q=HRNEK+zlutoucky").await), "Žluťoučký hrnek");
        assert_eq!(names(&browser.get("/?q=mug").await), "");
        shop.close().await;
    }
}

fn names(page: &Page) -> String {
    let cards = page.body.split("<h2><a").skip(1);
    let name = |card: &str| card.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned();
    cards.map(name).collect::<Vec<_>>().join(", ")
}

/// What is typed into an address reaches the database as what is typed into a form.
#[tokio::test]
async fn no_address_makes_the_database_fail() {
    for shop in Shop::on_both().await {
        let mut manager = shop.manager().await;
        let mut answers = Vec::new();
        for path in [
            "/?q=%00",
            "/?q=a%0Ab",
            "/?category=%00",
            "/?page=%00",
            "/?x=%00",
            "/?q=%FF",
            "/?q=a&q=b",
            "/?page=99999999999999999999",
            "/?page=-1",
            "/?page=NaN",
            "/manager?q=%00",
            "/manager?page=%00",
            "/manager/products/1?done=%00",
            "/orders?page=%00",
            "/mailbox?page=%00",
            "/accounts/login?next=%00",
            "/products/1/%00",
            "/products/%00/mug",
            "/products/-1/mug",
            "/products/1/mug%00/image",
            "/orders/%00",
            "/mailbox/%00",
            "/mailbox/9223372036854775808",
            "/static/%00/%00",
            "/manager/products/9223372036854775807",
            "/%00",
        ] {
            let page = manager.get(path).await;
            answers.push(format!("{} {path}", page.status.as_u16()));
        }
        insta::allow_duplicates! { insta::assert_snapshot!(answers.join("\n"), @r"
        400 /?q=%00
        400 /?q=a%0Ab
        400 /?category=%00
        400 /?page=%00
        400 /?x=%00
        200 /?q=%FF
        400 /?q=a&q=b
        200 /?page=99999999999999999999
        200 /?page=-1
        200 /?page=NaN
        400 /manager?q=%00
        400 /manager?page=%00
        400 /manager/products/1?done=%00
        400 /orders?page=%00
        400 /mailbox?page=%00
        400 /accounts/login?next=%00
        200 /products/1/%00
        404 /products/%00/mug
        404 /products/-1/mug
        200 /products/1/mug%00/image
        404 /orders/%00
        404 /mailbox/%00
        404 /mailbox/9223372036854775808
        404 /static/%00/%00
        404 /manager/products/9223372036854775807
        404 /%00
        "); }
        // What comes in forms, cookies and headers is no way in either.
        let mut stranger = shop.browser();
        let nul = "a\0b";
        let form = [
            ("username", nul),
            ("email", nul),
            ("password", nul),
            ("password2", nul),
            ("first_name", nul),
        ];
        let page = stranger.submit("/accounts/register", "/accounts/register", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = stranger.submit("/accounts/login", "/accounts/login", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let product = "/manager/products/1";
        let form = [
            ("name", nul),
            ("slug", nul),
            ("description", nul),
            ("price", nul),
            ("stock", nul),
            ("category_id", nul),
            ("new_category", nul),
        ];
        let page = manager.submit(product, product, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        stranger.set_cookie("session", "AAAA");
        assert_eq!(stranger.get("/").await.status, StatusCode::OK);
        shop.close().await;
    }
}
