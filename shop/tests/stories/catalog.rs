use axum::http::StatusCode;

use crate::shop::Shop;

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
