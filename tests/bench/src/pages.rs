//! The shop's home page, beside axum and sqlx that do nothing but read its products and write the same bytes.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_config::{BehaviorVersion, SdkConfig};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteRow};

use crate::client::Connection;
use crate::control;
use crate::server::{IMAGE_BASE_URL, Server};
use crate::table::{Line, Table};
use crate::{CONNECTIONS, SLICES};

/// What the shop sells in a local run: 16 products.
const CATALOG: &str = include_str!("../../../fixtures/catalog/catalog.json");
/// As many as the shop has.
const DATABASE_CONNECTIONS_MAX: u32 = 16;

/// What the page shows in one statement, as the shop's own without what that can search.
const LIST: &str = "SELECT 0 AS kind, c.id, c.name, c.slug, '' AS image, CAST(0 AS BIGINT) AS price,
        CAST(0 AS BIGINT) AS stock, CAST(0 AS BIGINT) AS total, c.sort_key
    FROM shop_category c
    UNION ALL
    SELECT * FROM (
        SELECT 1 AS kind, p.id, p.name, p.slug, p.image, p.price, p.stock, COUNT(*) OVER () AS total, p.sort_key
        FROM shop_product p JOIN shop_category c ON c.id = p.category_id
        WHERE p.available ORDER BY p.sort_key, p.id LIMIT 24 OFFSET 0
    ) AS page
    ORDER BY kind, sort_key, id";

const GET: &str = "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n";
const BEFORE_PRODUCTS: &str = "<ul class=\"grid\">\n";
const BEHIND_PRODUCTS: &str = "\n</ul>";

/// One line in one round, on servers of its own.
pub async fn measure(
    table: &mut Table,
    line: Line,
    slice: Duration,
    postgres_url: Option<&str>,
) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let url = match (line, postgres_url) {
        (Line::HomeSqlite | Line::HomeSqliteKnown, _) => {
            format!("sqlite://{}", directory.path().join("shop.db").display())
        }
        (_, Some(url)) => url.to_owned(),
        (_, None) => {
            eprintln!("skipped: {}: no PostgreSQL, see --postgres", line.name());
            return Ok(());
        }
    };
    let visitors = fill(&url).await?;
    let subject = Server::shop(&url)?;
    let page = page_of(&subject).await?;
    let frame = directory.path().join("page.html");
    std::fs::write(&frame, &page)?;
    let control = Server::pages(&url, &frame)?;
    ensure!(page_of(&control).await? == page, "the control writes another page");

    let of = |cookie: &String| format!("{GET}cookie: session={cookie}\r\n\r\n").into_bytes();
    let gets: Vec<_> = match line {
        Line::HomeSqliteKnown | Line::HomePostgresKnown => visitors.iter().map(of).collect(),
        _ => vec![format!("{GET}\r\n").into_bytes(); CONNECTIONS],
    };
    // Both are warm before they are measured.
    control.load_each(&gets, slice / 4).await?;
    subject.load_each(&gets, slice / 4).await?;
    for _ in 0..SLICES {
        let bound = control.load_each(&gets, slice).await?;
        table.push(line, bound, subject.load_each(&gets, slice).await?);
    }
    Ok(())
}

async fn page_of(server: &Server) -> Result<String> {
    let mut connection = Connection::open(server.address).await?;
    let page = connection.call(format!("{GET}\r\n").as_bytes()).await?;
    Ok(String::from_utf8(page.to_vec())?)
}

/// Writes what the shop sells, with pictures, and visitors who have something in their carts: their cookies.
async fn fill(database_url: &str) -> Result<Vec<String>> {
    let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let mut config = shop::Config::new(database_url, "bench", sdk);
    config.image_base_url = IMAGE_BASE_URL.to_owned();
    let app = shop::App::connect(config).await?;
    app.seed(&serde_json::from_str(CATALOG)?).await?;
    let pictures = "UPDATE shop_product
        SET image = 'http://127.0.0.1:4566/bench/resized/products/' || slug || '.jpg'";
    app.db().execute(pictures, Vec::new()).await?;
    let now = Utc::now();
    let mut cookies = Vec::with_capacity(CONNECTIONS);
    for at in 0..CONNECTIONS {
        let token = [u8::try_from(at)?; 32];
        let hash: String = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
        let session = "INSERT INTO shop_session (token_hash, created, expires) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING";
        let args = vec![hash.as_str().into(), now.into(), (now + TimeDelta::days(14)).into()];
        app.db().execute(session, args).await?;
        let item = "INSERT INTO shop_cart_item (session_id, product_id, quantity, added)
            SELECT id, 1, 2, created FROM shop_session WHERE token_hash = $1 ON CONFLICT DO NOTHING";
        app.db().execute(item, vec![hash.into()]).await?;
        cookies.push(BASE64_URL_SAFE_NO_PAD.encode(token));
    }
    app.db().close().await;
    Ok(cookies)
}

/// The control: reads the products and writes them into the frame of this page. Prints its address.
pub async fn serve(database_url: &str, page: &Path) -> Result<()> {
    let page = std::fs::read_to_string(page)?;
    let (head, rest) = page.split_once(BEFORE_PRODUCTS).context("a page without products")?;
    let (_, foot) = rest.split_once(BEHIND_PRODUCTS).context("products without an end")?;
    let frame = [format!("{head}{BEFORE_PRODUCTS}"), format!("{BEHIND_PRODUCTS}{foot}")];
    if database_url.starts_with("sqlite:") {
        let pool = SqlitePoolOptions::new().max_connections(DATABASE_CONNECTIONS_MAX);
        listen(pool.connect(database_url).await?, frame).await
    } else {
        let pool = PgPoolOptions::new().max_connections(DATABASE_CONNECTIONS_MAX);
        listen(pool.connect(database_url).await?, frame).await
    }
}

async fn listen<P: Products>(products: P, frame: [String; 2]) -> Result<()> {
    let shared = Arc::new((products, frame));
    let page = |State(shared): State<Arc<(P, [String; 2])>>| async move {
        let (products, frame) = &*shared;
        let products = products.read().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        Ok::<_, StatusCode>(Html(rendered(&products, frame)))
    };
    control::serve(Router::new().route("/", get(page)).with_state(shared)).await
}

/// What a card shows.
struct Product {
    id: i64,
    name: String,
    slug: String,
    image: String,
    price: i64,
    stock: i64,
}

fn rendered(products: &[Product], [head, foot]: &[String; 2]) -> String {
    let mut page = String::with_capacity(16 * 1024);
    page.push_str(head);
    for (at, product) in products.iter().enumerate() {
        let Product { id, name, slug, image, price, stock } = product;
        let lazy = if at >= 8 { "loading=\"lazy\" " } else { "" };
        let tag = match stock {
            0 => " <span class=\"tag\">Sold out</span>".to_owned(),
            1..=3 => format!(" <span class=\"tag warm\">Only {stock} left</span>"),
            _ => String::new(),
        };
        let (euros, cents) = (price / 100, price % 100);
        let _ = write!(
            page,
            "\n<li class=\"card\">\n\
             <div class=\"thumb\"><img src=\"{image}\" alt=\"\" width=\"268\" height=\"200\" {lazy}decoding=\"async\"></div>\n\
             <h2><a href=\"/products/{id}/{slug}\">{name}</a></h2>\n\
             <p class=\"price\">€{euros}.{cents:02}{tag}</p>\n</li>\n"
        );
    }
    page.push_str(foot);
    page
}

trait Products: Send + Sync + 'static {
    fn read(&self) -> impl Future<Output = sqlx::Result<Vec<Product>>> + Send;
}

/// sqlx has a type of rows for each database.
macro_rules! products {
    ($pool:ty, $row:ty) => {
        impl Products for $pool {
            async fn read(&self) -> sqlx::Result<Vec<Product>> {
                let rows: Vec<$row> = sqlx::query(LIST).fetch_all(self).await?;
                let mut products = Vec::with_capacity(rows.len());
                for row in &rows {
                    if row.try_get::<i32, _>("kind")? == 1 {
                        products.push(Product {
                            id: row.try_get("id")?,
                            name: row.try_get("name")?,
                            slug: row.try_get("slug")?,
                            image: row.try_get("image")?,
                            price: row.try_get("price")?,
                            stock: row.try_get("stock")?,
                        });
                    }
                }
                Ok(products)
            }
        }
    };
}
products!(SqlitePool, SqliteRow);
products!(PgPool, PgRow);
