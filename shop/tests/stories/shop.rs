//! A shop of its own for each story: three products, two accounts, a bucket in memory.

use std::io::Write as _;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use shop::{App, Bucket, Config, Kept, Value, seed};
use tempfile::TempDir;

use crate::browser::{Browser, Page};

pub struct Shop {
    pub app: App,
    pub bucket: Kept,
    pub seeded: seed::Seeded,
    place: Place,
    config: Config,
}

/// Where the database is, to be removed after the story.
enum Place {
    Folder { _folder: TempDir },
    Schema { url: String, name: String },
}

impl Shop {
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        Self::open(&url, Place::Folder { _folder: folder }).await
    }

    /// A shop in a schema of its own, or None (said aloud) when no PostgreSQL is at hand.
    pub async fn on_postgres() -> Option<Self> {
        let Ok(url) = std::env::var("CLOUDLESS_TEST_POSTGRES_URL") else {
            assert!(
                std::env::var("CI").is_err(),
                "CI tells every story on both databases: set CLOUDLESS_TEST_POSTGRES_URL"
            );
            let thread = std::thread::current();
            let story = thread.name().unwrap_or("a story");
            let told = format!(
                "skipped: {story}: no PostgreSQL; CLOUDLESS_TEST_POSTGRES_URL is not set\n"
            );
            // Not `eprintln!`: what that prints is shown of failed tests only.
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            return None;
        };
        let schema = format!("story_{}", uuid::Uuid::new_v4().simple());
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        sqlx::query(create).execute(&pool).await.unwrap();
        pool.close().await;
        let separator = if url.contains('?') { '&' } else { '?' };
        let own = format!("{url}{separator}options=-csearch_path%3D{schema}");
        Some(Self::open(&own, Place::Schema { url, name: schema }).await)
    }

    /// One on each database that is at hand.
    pub async fn on_both() -> Vec<Self> {
        let sqlite = Self::on_sqlite().await;
        [Some(sqlite), Self::on_postgres().await].into_iter().flatten().collect()
    }

    /// The same, after a restart.
    pub async fn reopened(self) -> Self {
        let Self { app, bucket, seeded, place, config } = self;
        app.db().close().await;
        let app = App::connect_with(config.clone(), Bucket::Kept(bucket.clone())).await.unwrap();
        Self { app, bucket, seeded, place, config }
    }

    /// Closes the database, and removes the schema it was in.
    pub async fn close(self) {
        self.app.db().close().await;
        if let Place::Schema { url, name } = &self.place {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            let drop = sqlx::AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"));
            sqlx::query(drop).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }

    /// A shop that sends its mails by this server.
    pub async fn with_smtp(smtp_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        let config = Config { smtp_url: Some(smtp_url.to_owned()), ..config(&url) };
        Self::open_with(config, Place::Folder { _folder: folder }).await
    }

    /// A shop that is told more than its database.
    pub async fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        Self::open_with(change(config(&url)), Place::Folder { _folder: folder }).await
    }

    async fn open(url: &str, place: Place) -> Self {
        Self::open_with(config(url), place).await
    }

    async fn open_with(config: Config, place: Place) -> Self {
        let bucket = Kept::default();
        let app = App::connect_with(config.clone(), Bucket::Kept(bucket.clone())).await.unwrap();
        let catalog = serde_json::from_value(serde_json::json!({"categories": [
            {"name": "Cups", "slug": "cups", "products": [
                {"slug": "mug", "name": "Mug", "price_cents": 1250, "stock": 5,
                 "description": "Holds tea.", "picture": "mug.jpg"},
                {"slug": "last-cup", "name": "Last cup", "price_cents": 900, "stock": 1},
            ]},
            {"name": "Light & more", "slug": "light", "products": [
                {"slug": "lamp", "name": "Lamp <brass>", "price_cents": 8000, "stock": 40},
            ]},
        ]}));
        let seeded = app.seed(&catalog.unwrap()).await.unwrap();
        Self { app, bucket, seeded, place, config }
    }

    /// Where others connect to the same database.
    pub fn database_url(&self) -> &str {
        &self.config.database_url
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.app.router())
    }

    pub async fn manager(&self) -> Browser {
        let mut browser = self.browser();
        let account = &self.seeded.manager;
        let page = login(&mut browser, "/accounts/login/manager", account).await;
        assert_eq!(page.path, "/manager");
        browser
    }

    pub async fn customer(&self) -> Browser {
        let mut browser = self.browser();
        let page = login(&mut browser, "/accounts/login", &self.seeded.customer).await;
        assert_eq!(page.path, "/");
        browser
    }

    /// The answer to a statement, one line for each row, columns as text.
    pub async fn rows(&self, sql: &'static str, columns: &[&str]) -> String {
        let rows = self.app.db().rows(sql, Vec::new()).await.unwrap();
        let mut lines = Vec::new();
        for row in rows {
            let cell = |name: &&str| {
                row.get::<Option<String>>(name)
                    .map(|text| text.unwrap_or_else(|| "NULL".to_owned()))
                    .or_else(|_| row.get::<i64>(name).map(|number| number.to_string()))
                    .unwrap()
            };
            lines.push(columns.iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
        lines.join("\n")
    }

    pub async fn execute(&self, sql: &'static str, args: Vec<Value>) {
        self.app.db().execute(sql, args).await.unwrap();
    }

    /// What `update-product` writes when a picture has been resized.
    pub async fn resized(&self, product_id: i64, key: &str, version: &str) {
        let url = format!("http://images.example/shop/resized/{key}");
        let args = vec![url.into(), key.into(), version.into(), product_id.into()];
        let sql = "UPDATE shop_product SET image = $1, image_source = $2, image_version = $3
            WHERE id = $4 AND (image_version IS NULL OR image_version < $3)";
        self.execute(sql, args).await;
    }
}

pub fn config(database_url: &str) -> Config {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .build();
    Config {
        image_base_url: "http://images.example/shop".to_owned(),
        base_url: Some("http://shop.example".to_owned()),
        show_mailbox: true,
        instance_id: "instance-7".to_owned(),
        ..Config::new(database_url, "shop", sdk)
    }
}

async fn login(browser: &mut Browser, path: &str, account: &seed::Account) -> Page {
    let fields = [("username", account.user.as_str()), ("password", account.password.as_str())];
    browser.submit(path, path, &fields).await
}
