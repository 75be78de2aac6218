use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use shop::Config;

use crate::shop::Shop;

const REGISTER: &str = "/accounts/register";
const LOGIN: &str = "/accounts/login";

#[tokio::test]
async fn a_new_customer_registers_and_is_signed_in_under_a_new_cookie() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    browser.get(REGISTER).await;
    let before = browser.cookie("session").unwrap().to_owned();
    let fields = [
        ("username", "Ada"),
        ("email", "ada@example.com"),
        ("first_name", "Ada"),
        ("password", "difference engine"),
        ("password2", "difference engine"),
    ];
    let page = browser.submit(REGISTER, REGISTER, &fields).await;
    assert_eq!(page.path, "/");
    assert_ne!(browser.cookie("session"), Some(before.as_str()));
    let kept = shop
        .rows(
            "SELECT username, email, SUBSTR(password, 1, 10) AS password,
                CAST(is_staff AS INTEGER) AS staff FROM auth_user ORDER BY id",
            &["username", "email", "password", "staff"],
        )
        .await;
    insta::assert_snapshot!(kept, @r"
    manager | manager@cloudless.example | $argon2id$ | 1
    customer | customer@cloudless.example | $argon2id$ | 0
    Ada | ada@example.com | $argon2id$ | 0
    ");
    // The cookie of before is worth nothing.
    let mut thief = shop.browser();
    thief.set_cookie("session", &before);
    assert_eq!(thief.get("/orders").await.path, "/accounts/login?next=%2Forders");

    let page = browser.submit("/", "/accounts/logout", &[]).await;
    assert!(page.body.contains("Sign in"));
    let again = [("username", "ADA@example.com"), ("password", "difference engine")];
    let page = browser.submit("/accounts/login?next=/orders", LOGIN, &again).await;
    assert_eq!(page.path, "/orders");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    let fields = [
        ("username", "customer"),
        ("email", "not an address"),
        ("password", "short"),
        ("password2", "other"),
        ("first_name", &"x".repeat(200)),
    ];
    let page = browser.submit(REGISTER, REGISTER, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(page.alerts().join("\n"), @r"
    This user name is taken.
    This does not look like an e-mail address, such as name@example.com.
    Please use at most 150 characters.
    Please choose at least 8 characters.
    ");
    assert_eq!(page.form(REGISTER)["email"], "not an address");
    assert_eq!(page.form(REGISTER)["password"], "");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    let mut answers = Vec::new();
    for user in ["customer", "nobody"] {
        let fields = [("username", user), ("password", "guess")];
        let page = browser.submit(LOGIN, LOGIN, &fields).await;
        answers.push((page.status, page.alerts()));
    }
    assert_eq!(answers[0], answers[1]);
    insta::assert_debug_snapshot!(answers[0], @r#"
    (
        422,
        [
            "The user name and the password do not match.",
        ],
    )
    "#);
    // A customer is told apart from a manager at the manager's entrance.
    let path = "/accounts/login/manager";
    let customer = &shop.seeded.customer;
    let fields = [("username", customer.user.as_str()), ("password", &customer.password)];
    let page = browser.submit(path, path, &fields).await;
    assert_eq!(page.alerts(), ["This account does not manage the shop."]);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_for_that_user_only() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.browser();
    let page = browser.get(LOGIN).await;
    let guess = [("username", "customer"), ("password", "guess")];
    for _ in 0..10 {
        let answer = browser.send(&page, LOGIN, &guess).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = browser.send(&page, LOGIN, &guess).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    assert!(refused.text().contains("Too many attempts"));
    let other = [("username", "manager"), ("password", "guess")];
    let answer = browser.send(&page, LOGIN, &other).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// One password tried on many names, or many accounts made: the address counts, which behind a
/// balancer is the one that the balancer names.
#[tokio::test]
async fn one_address_cannot_try_many_names() {
    let trusting = |config| Config { trust_forwarded_for: true, ..config };
    let shop = Shop::with(trusting).await;
    let mut browser = shop.browser();
    let token = browser.get(LOGIN).await.form(LOGIN)["csrf_token"].clone();
    // Time goes on meanwhile and gives attempts back; so many at once it does not.
    let mut is_refused = async |path: &'static str, at_most: usize, forwarded: &'static str| {
        for n in 0..at_most {
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("x-forwarded-for", forwarded)
                .body(Body::from(format!("csrf_token={token}&username=user{n}&password=guess")));
            let status = browser.request(request.unwrap()).await.status();
            if status == StatusCode::TOO_MANY_REQUESTS {
                return true;
            }
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        false
    };
    assert!(is_refused(REGISTER, 1_000, "192.0.2.1").await);
    // Whoever sends it may write what he likes before what the balancer adds.
    assert!(is_refused(LOGIN, 100, "203.0.113.5, 192.0.2.1").await);
    assert!(!is_refused(LOGIN, 3, "192.0.2.1, 192.0.2.2").await);
    assert!(!is_refused(REGISTER, 3, "192.0.2.2").await);
}

#[tokio::test]
async fn a_forged_form_changes_nothing() {
    let shop = Shop::on_sqlite().await;
    let mut browser = shop.customer().await;
    let page = browser.get("/products/1/mug").await;
    let mut form = page.form("/cart");
    let token = form.insert("csrf_token".to_owned(), "forged".to_owned()).unwrap();
    let answer = browser.post("/cart", &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    insta::assert_snapshot!(answer.text(), @r"
    Error 403
    We could not accept that form
    It did not come from this visit to the shop: you may have signed in or out in another tab, or your browser blocks cookies. Go back, reload the page, and send the form again. Nothing has been changed.
    Back to the shop
    ");
    assert_eq!(browser.post("/cart", &BTreeMap::new()).await.status, StatusCode::FORBIDDEN);

    // Another visitor's token, and the right token sent by another site.
    let mut other = shop.browser();
    form.insert("csrf_token".to_owned(), token.clone());
    assert_eq!(other.post("/cart", &form).await.status, StatusCode::FORBIDDEN);
    let request = Request::post("/cart")
        .header("host", "shop.example")
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("csrf_token={token}&product_id=1")))
        .unwrap();
    assert_eq!(browser.request(request).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(shop.rows("SELECT quantity FROM shop_cart_item", &["quantity"]).await, "");
}

#[tokio::test]
async fn the_first_manager_is_appointed_and_an_old_password_ends_with_its_sessions() {
    let shop = Shop::on_sqlite().await;
    let ada = |password: &str, if_new| ::shop::Appoint {
        user: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        password: password.to_owned(),
        if_new,
    };
    let mut said = vec![shop.app.appoint(&ada("analytical engine", true)).await.unwrap()];
    let sign_in = "/accounts/login/manager";
    let mut browser = shop.browser();
    let fields = [("username", "ada"), ("password", "analytical engine")];
    assert_eq!(browser.submit(sign_in, sign_in, &fields).await.path, "/manager");

    said.push(shop.app.appoint(&ada("something else", true)).await.unwrap());
    assert_eq!(browser.get("/manager").await.path, "/manager");
    said.push(shop.app.appoint(&ada("something else", false)).await.unwrap());
    assert_ne!(browser.get("/manager").await.path, "/manager");
    insta::assert_debug_snapshot!(said, @r"
    [
        Made,
        Left,
        Changed,
    ]
    ");
    let refused = [
        ::shop::Appoint { user: "Ada; --".to_owned(), ..ada("long enough", false) },
        ::shop::Appoint { email: "nobody".to_owned(), ..ada("long enough", false) },
        ada("short", false),
        ::shop::Appoint { user: "Eve".to_owned(), ..ada("long enough", false) },
    ];
    let mut reasons = Vec::new();
    for manager in &refused {
        reasons.push(shop.app.appoint(manager).await.unwrap_err().to_string());
    }
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    a user name has letters, digits and @ . + - _ only, and 150 of them at most
    no mail can be sent to "nobody", unlike name@example.com: Missing domain or user
    the password must have 8 characters at least, and not be the user name
    another account has the address ada@example.com; give one of its own by --email
    "#);
}
