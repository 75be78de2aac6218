//! A database of before keeps what it holds.

use std::str::FromStr as _;

use shop::{App, Bucket, Kept};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::{browser::Browser, shop::config};

const FIRST: &str = include_str!("../../migrations/sqlite/0001_shop.sql");
const ROWS: &str = "
    INSERT INTO shop_category (name, slug) VALUES ('Zboží', 'zbozi'), ('Čaj', 'caj');
    INSERT INTO shop_product (category_id, name, slug, description, price, stock, created, updated,
            image_original)
        VALUES (1, 'Zebra', 'zebra', 'One.' || CHAR(13, 10, 13, 10) || 'Two.', 1, 1,
                '2026-01-01 00:00:00', '2026-01-01 00:00:00', NULL),
            (2, 'Čajník', 'cajnik', '', 1, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00',
                'products/2/01900000-0000-7000-8000-000000000001.jpg');
    CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
        checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
";

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let options = SqliteConnectOptions::from_str(&url).unwrap().create_if_missing(true);
    let mut before = options.connect().await.unwrap();
    sqlx::raw_sql(FIRST).execute(&mut before).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&mut before).await.unwrap();
    // As sqlx noted the first migration.
    let digest = sqlx::migrate::Migration::new(
        1,
        "shop".into(),
        sqlx::migrate::MigrationType::Simple,
        sqlx::SqlSafeStr::into_sql_str(FIRST),
        false,
    )
    .checksum
    .to_vec();
    let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                execution_time) VALUES (1, 'shop', TRUE, $1, 1)";
    sqlx::query(note).bind(digest).execute(&mut before).await.unwrap();
    before.close().await.unwrap();

    let bucket = Bucket::Kept(Kept::default());
    let app = App::connect_with(config(&url), bucket).await.unwrap();
    let mut browser = Browser::new(app.router());
    let found = browser.get("/?q=CAJNIK").await.text();
    assert!(found.contains("Čajník") && found.contains("1 product"), "{found}");
    let all = browser.get("/").await.text();
    insta::assert_snapshot!(all, @r"
    Everything in the shop
    2 products
    All
    Čaj
    Zboží
    Čajník
    €0.01
    Only 1 left
    Zebra
    €0.01
    Only 1 left
    ");
    let zebra = browser.get("/products/1/zebra").await.text();
    assert!(zebra.contains("One.\nTwo."), "two paragraphs: {zebra}");
    // An upload of two years ago, of which nothing was heard.
    let kettle = browser.get("/products/2/cajnik").await;
    assert!(kettle.body.contains("data-state=\"failed\""));
    app.db().close().await;
}
