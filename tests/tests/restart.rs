//! The real program is killed between an upload and its result, and started again.

use std::path::Path;
use std::str::FromStr as _;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_s3::operation::head_object::HeadObjectError;
use e2e::{File, Program, fixture, picture};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

const PHOTO: &str = "images/photo-12mp.jpg";
const BUCKET: &str = "cloudless-shop-images";
const PRODUCT: i64 = 1;
const ROUNDS: usize = 3;

/// Wherever the kill hits: before, in or after either function.
#[tokio::test]
async fn an_accepted_upload_survives_a_kill_right_after_the_answer() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for round in 0..ROUNDS {
        let program = Program::start(folder.path()).await?;
        let manager = program.manager().await?;
        let bytes = std::fs::read(fixture(PHOTO))?;
        let file = File { name: "photo.jpg", content_type: "image/jpeg", bytes };
        let page = manager.upload_picture(PRODUCT, file).await?;
        ensure!(page.path.ends_with("?done=picture"), "round {round}: {}", page.text());
        program.kill().await?;

        let program = Program::start(folder.path()).await?;
        let uploaded = row(folder.path()).await?.original.context("the upload is forgotten")?;
        is_shown(&program, folder.path(), &uploaded).await?;
        program.kill().await?;
    }
    Ok(())
}

/// Whoever holds the write lock of the database keeps `update-product` from writing: the kill is
/// certain to come before the update, and after the object is there.
#[tokio::test]
async fn an_upload_is_finished_after_a_kill_before_its_update() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (key, kill_at) in
        [("products/1/a.jpg", KillAt::Upload), ("products/1/b.jpg", KillAt::Resized)]
    {
        let program = Program::start(folder.path()).await?;
        let s3 = program.s3()?;
        let mut lock = database(folder.path()).await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await?;
        let before = row(folder.path()).await?;

        let request = s3.put_object().bucket(BUCKET).key(key).content_type("image/jpeg");
        request.body(std::fs::read(fixture(PHOTO))?.into()).send().await?;
        if kill_at == KillAt::Resized {
            resized(&s3, key).await?;
        }
        program.kill().await?;
        assert_eq!(row(folder.path()).await?, before, "the update was kept off");
        lock.close().await?;

        let program = Program::start(folder.path()).await?;
        is_shown(&program, folder.path(), key).await?;
        program.kill().await?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KillAt {
    /// As soon as the upload is answered.
    Upload,
    /// As soon as the resized object is there.
    Resized,
}

#[derive(Debug, PartialEq, Eq)]
struct ProductRow {
    image: String,
    original: Option<String>,
    source: Option<String>,
}

/// Asks for the resized object until it is there. What it waits for is the function's work in
/// another process; each question is a round trip to it.
async fn resized(s3: &aws_sdk_s3::Client, key: &str) -> Result<()> {
    for _ in 0..100_000 {
        let head = s3.head_object().bucket(BUCKET).key(format!("resized/{key}")).send().await;
        match head {
            Ok(_) => return Ok(()),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {}
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("{key} is not resized")
}

/// The page, the object and the row, as the pipeline leaves them.
async fn is_shown(program: &Program, folder: &Path, key: &str) -> Result<()> {
    program.settle().await?;
    let row = row(folder).await?;
    assert_eq!(row.source.as_deref(), Some(key), "the row is updated");
    let visitor = e2e::Browser::new(program.ready("/shop")?)?;
    let figure = visitor.get("/products/1/speckled-stoneware-mug").await?.figure()?;
    assert_eq!(figure.state, "ready");
    assert_eq!(figure.src.as_deref(), Some(row.image.as_str()));
    let url = format!("{}/{BUCKET}/resized/{key}", program.ready("/aws/endpoint")?);
    assert_eq!(row.image, url, "where the bucket is reached now");
    picture::ensure_fits(&picture::fetch(&url).await?, picture::stored_size(PHOTO)?)
}

async fn database(folder: &Path) -> Result<SqliteConnection> {
    let url = format!("sqlite://{}", folder.join("data/shop.db").display());
    Ok(SqliteConnectOptions::from_str(&url)?.connect().await?)
}

async fn row(folder: &Path) -> Result<ProductRow> {
    let mut connection = database(folder).await?;
    let sql = "SELECT image, image_original, image_source FROM shop_product WHERE id = $1";
    let row = sqlx::query(sql).bind(PRODUCT).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(ProductRow { image: row.try_get(0)?, original: row.try_get(1)?, source: row.try_get(2)? })
}
