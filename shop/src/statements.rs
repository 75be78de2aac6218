//! Every statement of the shop, run on both databases: no statement may be good in one only.

use crate::{
    accounts, cart, catalog,
    db::{Db, Value},
    mail, manager, metrics, order, router, search,
};

/// Statement text has no types: these stand for `$1`, `$2`, … of the statements whose arguments
/// are not all numbers.
fn arguments(name: &str, sql: &str) -> Vec<Value> {
    let text = || Value::from("x");
    let now = || Value::from(chrono::DateTime::UNIX_EPOCH);
    let int = || Value::from(1);
    let count = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    match name {
        "accounts::SESSION" | "accounts::USER_FOR_LOGIN" => vec![text()],
        "accounts::INSERT_SESSION" => vec![text(), Value::Int(None), now(), now()],
        "accounts::ROTATE_SESSION" => vec![text(), Value::Int(None), now(), int()],
        "accounts::EXTEND_SESSION" | "accounts::SET_LAST_LOGIN" => vec![now(), int()],
        "accounts::DELETE_EXPIRED_SESSIONS" => vec![now()],
        "accounts::DELETE_SESSIONS_OF" => vec![text()],
        "accounts::APPOINT" | "accounts::TAKEN" => vec![text(), text()],
        "accounts::INSERT_USER" | "accounts::INSERT_USER_IF_NEW" => {
            let staff = Value::from(false);
            vec![name.into(), name.into(), text(), text(), text(), staff, now()]
        }
        "cart::ADD" => vec![int(), int(), int(), now(), int()],
        "catalog::LIST" => {
            let mut args = vec![text(); search::WORDS_MAX + 1];
            args.extend([int(), int()]);
            args
        }
        "catalog::SET_CATEGORY_KEY" => vec![text(), int(), text()],
        "catalog::SET_PRODUCT_KEYS" => vec![text(), text(), int(), text(), text()],
        "catalog::MOVE_IMAGE" => vec![text(), int(), text()],
        "order::INSERT" => {
            let mut args = vec![text(), Value::Int(None)];
            args.extend((0..6).map(|_| text()));
            args.extend([int(), now()]);
            args
        }
        "order::TAKE_STOCK" => vec![int(), now(), int(), int()],
        "order::ORDER" => vec![text()],
        "manager::LIST" => {
            let mut args = vec![text(); search::WORDS_MAX];
            args.extend([int(), int()]);
            args
        }
        "manager::INSERT_CATEGORY_IF_NEW" => vec![text(), text(), text()],
        "manager::CATEGORY_BY_SLUG" | "manager::SEEDED_PRODUCT" | "manager::PRODUCT_BY_SLUG" => {
            vec![text()]
        }
        "manager::SET_AVAILABLE" => vec![Value::from(true), int()],
        "manager::SET_ANNOUNCED" => vec![now(), int(), text()],
        "manager::INSERT_PRODUCT" => {
            let on = Value::from(true);
            vec![int(), text(), text(), text(), text(), text(), int(), int(), on, now()]
        }
        "manager::INSERT_PRODUCT_IF_NEW" => {
            vec![text(), text(), text(), text(), text(), text(), int(), int(), now()]
        }
        "manager::UPDATE_PRODUCT" => {
            let (on, mut args) = (Value::from(true), vec![int(), text(), text(), text(), text()]);
            args.extend([text(), int(), int(), int(), on, now(), int()]);
            args
        }
        "manager::SET_IMAGE_ORIGINAL" => vec![text(), now(), int()],
        "mail::ENQUEUE" => vec![text(), text(), text(), text(), now()],
        "mail::CLAIM" => vec![now(), now()],
        "mail::HAS_DUE" => vec![now()],
        "mail::SENT" => vec![now(), int()],
        "mail::RETRY" => vec![now(), text(), int()],
        "mail::GIVE_UP" => vec![text(), now(), int()],
        "mail::KEEP" => vec![int(), text(), text(), text(), text(), now()],
        _ => (0..count).map(|_| int()).collect(),
    }
}

/// Runs each statement in a transaction that is rolled back. A constraint may refuse the made-up
/// values; syntax, names and types may not be wrong.
async fn run_all(db: &Db) -> anyhow::Result<usize> {
    let features = [
        ("accounts", accounts::ALL),
        ("cart", cart::ALL),
        ("catalog", catalog::ALL),
        ("mail", mail::ALL),
        ("manager", manager::ALL),
        ("metrics", metrics::ALL),
        ("order", order::ALL),
        ("router", router::ALL),
    ];
    let mut count = 0;
    for (feature, statements) in features {
        for (name, sql) in statements {
            let name = format!("{feature}::{name}");
            let mut tx = db.begin().await?;
            if let Err(error) = tx.rows(sql, arguments(&name, sql)).await {
                let is_constraint = error
                    .as_database_error()
                    .is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
                anyhow::ensure!(is_constraint, "{name}: {error}");
            }
            tx.rollback().await?;
            count += 1;
        }
    }
    Ok(count)
}

#[tokio::test]
async fn every_statement_runs_on_sqlite() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let db = Db::connect(&url).await?;
    assert!(run_all(&db).await? > 40);
    db.close().await;
    Ok(())
}

#[tokio::test]
async fn every_statement_runs_on_postgresql() -> anyhow::Result<()> {
    let Ok(url) = std::env::var("CLOUDLESS_TEST_POSTGRES_URL") else {
        let missing = "every_statement_runs_on_postgresql: CLOUDLESS_TEST_POSTGRES_URL is not set";
        anyhow::ensure!(std::env::var("CI").is_err(), "CI tells every story: {missing}");
        // Not `eprintln!`: what that prints is shown of failed tests only.
        std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("skipped: {missing}\n").as_bytes(),
        )?;
        return Ok(());
    };
    let db = Db::connect(&url).await?;
    assert!(run_all(&db).await? > 40);
    db.close().await;
    Ok(())
}
