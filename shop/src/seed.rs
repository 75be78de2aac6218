//! Sample data: what a local run starts with.

use serde::{Deserialize, Serialize};

use crate::{App, accounts, db::args, manager, search};

/// What a shop sells, as `fixtures/catalog/catalog.json` has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Catalog {
    pub categories: Vec<Category>,
}

/// A shelf.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Category {
    pub name: String,
    pub slug: String,
    pub products: Vec<Product>,
}

/// A product; `slug` is unique in the whole catalogue.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Product {
    pub slug: String,
    pub name: String,
    pub price_cents: i64,
    pub stock: i64,
    #[serde(default)]
    pub description: String,
    /// File name of its picture, beside the catalogue. The caller uploads it.
    #[serde(default)]
    pub picture: Option<String>,
}

/// What to sign in with. Only for a shop that nobody else can reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    pub user: String,
    pub password: String,
}

/// What is there after seeding.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// In the order of the catalogue.
    pub products: Vec<SeededProduct>,
    pub manager: Account,
    pub customer: Account,
}

/// A product of the catalogue in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeededProduct {
    pub id: i64,
    pub slug: String,
    /// As in the catalogue.
    pub picture: Option<String>,
    /// False when no picture has been uploaded or resized yet: the caller may upload one.
    pub has_picture: bool,
    /// Key of the last upload.
    pub image_original: Option<String>,
}

struct Person {
    user: &'static str,
    password: &'static str,
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    is_staff: bool,
}

const MANAGER: Person = Person {
    user: "manager",
    password: "cloudless-manager",
    email: "manager@cloudless.example",
    first_name: "Mara",
    last_name: "Keeper",
    is_staff: true,
};

const CUSTOMER: Person = Person {
    user: "customer",
    password: "cloudless-customer",
    email: "customer@cloudless.example",
    first_name: "Carl",
    last_name: "Buyer",
    is_staff: false,
};

pub(crate) async fn seed(app: &App, catalog: &Catalog) -> anyhow::Result<Seeded> {
    let people = [
        (&MANAGER, app.passwords.hash(MANAGER.password).await?),
        (&CUSTOMER, app.passwords.hash(CUSTOMER.password).await?),
    ];
    let now = app.now();
    let mut tx = app.db.begin().await?;
    for (person, hash) in people {
        let args = args![
            person.user,
            person.email,
            person.first_name,
            person.last_name,
            hash,
            person.is_staff,
            now,
        ];
        tx.execute(accounts::INSERT_USER_IF_NEW, args).await?;
    }
    let mut products = Vec::new();
    for category in &catalog.categories {
        let key = search::normalise(&category.name);
        let args = args![&category.name, &category.slug, key];
        tx.execute(manager::INSERT_CATEGORY_IF_NEW, args).await?;
        for product in &category.products {
            let args = args![
                &category.slug,
                &product.name,
                &product.slug,
                &product.description,
                search::normalise(&product.name),
                search::text_of(&product.name, &product.description),
                product.price_cents,
                product.stock,
                now,
            ];
            tx.execute(manager::INSERT_PRODUCT_IF_NEW, args).await?;
            let row = tx
                .row(manager::SEEDED_PRODUCT, args![&product.slug])
                .await?
                .ok_or_else(|| anyhow::anyhow!("product {} was not written", product.slug))?;
            let original: Option<String> = row.get("image_original")?;
            products.push(SeededProduct {
                id: row.get("id")?,
                slug: product.slug.clone(),
                picture: product.picture.clone(),
                has_picture: original.is_some() || !row.get::<String>("image")?.is_empty(),
                image_original: original,
            });
        }
    }
    tx.commit().await?;
    Ok(Seeded { products, manager: MANAGER.account(), customer: CUSTOMER.account() })
}

impl Person {
    fn account(&self) -> Account {
        Account { user: self.user.to_owned(), password: self.password.to_owned() }
    }
}
