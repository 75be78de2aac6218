//! What stands before the pages: other sites, other names, and those who take their time.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use shop::{Config, Limits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::shop::Shop;

/// Every address that changes something.
const POSTS: [&str; 10] = [
    "/accounts/login",
    "/accounts/login/manager",
    "/accounts/logout",
    "/accounts/register",
    "/cart",
    "/cart/1",
    "/cart/1/remove",
    "/checkout",
    "/manager/products/1",
    "/manager/products/new",
];

#[test]
fn every_address_that_changes_something_is_among_these() {
    let router = include_str!("../../src/router.rs");
    let routes = router.split(".route(").skip(1).filter(|route| {
        let route = route.split(".route(").next().unwrap_or(route);
        route.contains("post(")
    });
    let path = |route: &str| {
        let path = route.split('"').nth(1).unwrap();
        path.replace("{product_id}", "1").replace("{id}", "1")
    };
    let found: BTreeSet<String> = routes.map(path).collect();
    assert_eq!(found, POSTS.map(str::to_owned).into());
}

#[tokio::test]
async fn no_other_site_can_send_a_form() {
    let shop = Shop::on_sqlite().await;
    let mut manager = shop.manager().await;
    let token = manager.get("/cart").await.form("/accounts/logout")["csrf_token"].clone();
    let senders: [&[(&str, &str)]; 5] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://shop.example:8001")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.shop.example")],
    ];
    for path in POSTS {
        for headers in senders {
            // Even with the right token.
            let mut request = Request::post(path).header("host", "shop.example");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let is_multipart = path.starts_with("/manager");
            let request = if is_multipart {
                let part = "--edge\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n";
                request
                    .header("content-type", "multipart/form-data; boundary=edge")
                    .body(Body::from(format!("{part}{token}\r\n--edge--\r\n")))
            } else {
                request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(Body::from(format!("csrf_token={token}&product_id=1&quantity=1")))
            };
            let answer = manager.request(request.unwrap()).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        // A browser that says nothing of itself needs the token: signing in and out, too.
        let mut stranger = shop.browser();
        stranger.get("/").await;
        for (browser, name) in [(&mut stranger, "stranger"), (&mut manager, "manager")] {
            if path.starts_with("/manager") {
                continue;
            }
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from("username=customer&password=cloudless-customer"));
            let answer = browser.request(request.unwrap()).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name} {path}");
        }
    }
    assert_eq!(manager.get("/manager").await.path, "/manager", "still signed in");
}

#[tokio::test]
async fn a_shop_answers_to_its_own_names_only() {
    let other = |config| Config { host_names: vec!["www.shop.example".to_owned()], ..config };
    let shop = Shop::with(other).await;
    let mut browser = shop.browser();
    let mut answers = Vec::new();
    for (path, host) in [
        ("/", "shop.example"),
        ("/", "SHOP.example:8080"),
        ("/", "www.shop.example"),
        ("/", "localhost:8000"),
        ("/health", "10.0.3.7:80"),
        ("/", "[::1]:8000"),
        ("/health", "shop:80"),
        ("/", "evil.example:8000"),
        ("/mailbox", "evil.example"),
        ("/health", "evil.example"),
        ("/static/0/shop.css", "127.0.0.1.evil.example"),
        ("http://evil.example/", "shop.example"),
        ("/", "shop.example, evil.example"),
    ] {
        let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
        let status = browser.request(request).await.status();
        answers.push(format!("{} {host} {path}", status.as_u16()));
    }
    let twice = Request::get("/").header("host", "shop.example").header("host", "evil.example");
    let status = browser.request(twice.body(Body::empty()).unwrap()).await.status();
    answers.push(format!("{} two", status.as_u16()));
    insta::assert_snapshot!(answers.join("\n"), @r"
    200 shop.example /
    200 SHOP.example:8080 /
    200 www.shop.example /
    200 localhost:8000 /
    200 10.0.3.7:80 /health
    200 [::1]:8000 /
    200 shop:80 /health
    421 evil.example:8000 /
    421 evil.example /mailbox
    421 evil.example /health
    421 127.0.0.1.evil.example /static/0/shop.css
    421 shop.example http://evil.example/
    421 shop.example, evil.example /
    421 two
    ");
    // Reached by others, and nobody has said its name: any will do.
    let open = |config| Config { base_url: None, listen: ([0, 0, 0, 0], 80).into(), ..config };
    let shop = Shop::with(open).await;
    let request = Request::get("/").header("host", "any.example").body(Body::empty()).unwrap();
    assert_eq!(shop.browser().request(request).await.status(), StatusCode::OK);
}

/// A body that stops coming is answered, whichever form it was for.
#[tokio::test]
async fn half_a_body_is_answered_408() {
    let limits = Limits { body_pause: Duration::from_millis(50), ..Limits::default() };
    let shop = Shop::with(|config| Config { limits, ..config }).await;
    let mut manager = shop.manager().await;
    manager.get("/").await;
    let cookie = format!("session={}", manager.cookie("session").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(shop::serve(shop.app.clone(), listener, async {
        let _ = stopped.await;
    }));
    let mut answers = Vec::new();
    for (path, content_type, half) in [
        ("/cart", "application/x-www-form-urlencoded", "csrf_token=x&prod"),
        ("/accounts/login", "application/x-www-form-urlencoded", ""),
        (
            "/manager/products/1",
            "multipart/form-data; boundary=edge",
            "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n12",
        ),
    ] {
        let mut client = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\
             Content-Type: {content_type}\r\nContent-Length: 5000\r\n\r\n{half}"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        let status = answer.lines().next().unwrap_or_default();
        let title = answer.split("<h1>").nth(1).and_then(|rest| rest.split('<').next());
        answers.push(format!("{path}: {status}: {}", title.unwrap_or_default()));
    }
    insta::assert_snapshot!(answers.join("\n"), @r"
    /cart: HTTP/1.1 408 Request Timeout: The request took too long
    /accounts/login: HTTP/1.1 408 Request Timeout: The request took too long
    /manager/products/1: HTTP/1.1 408 Request Timeout: The request took too long
    ");
    drop(stop);
    serving.await.unwrap().unwrap();
}
