//! What a manager does around a load: enough of everything in the shop, and pictures for all products at once.

use anyhow::{Result, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use page::Page;
use reqwest::multipart::{Form, Part};
use url::Url;

use crate::browser::Browser;
use crate::shopper::{Login, products};

/// Of each product, before the load: as many as the shop takes.
const STOCK: &str = "1000000";

/// Pictures that are on their way at the same moment: so many managers there are.
const AT_ONCE: usize = 6;

/// A manager who has signed in.
#[derive(Clone)]
pub struct BackOffice {
    browser: Browser,
    /// The paths of all products' pages.
    products: Vec<String>,
}

impl BackOffice {
    /// Signs in, and looks what products there are.
    ///
    /// # Errors
    /// The manager cannot sign in.
    pub async fn enter(origin: &Url, login: &Login) -> Result<Self> {
        let (browser, path) = (Browser::at(origin)?, "/accounts/login/manager");
        let mut fields = browser.get(path).await?.form(path)?;
        fields.insert("username".to_owned(), login.user.clone());
        fields.insert("password".to_owned(), login.password.clone());
        let mut page = browser.send(path, &fields).await?;
        let is_in = page.path.starts_with("/manager");
        ensure!(is_in, "the manager cannot sign in: {:?}", page.alerts());
        let mut all = products(&page);
        while let Some(next) = page.link("Next") {
            page = browser.get(&next).await?;
            all.extend(products(&page));
        }
        Ok(Self { browser, products: all })
    }

    /// How many products there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.products.len()
    }

    /// Sets every product's stock so high that nothing is sold out within a test.
    ///
    /// # Errors
    /// A product is not saved.
    pub async fn restock(&self) -> Result<()> {
        for product in &self.products {
            let mut form = self.form(product).await?;
            form.retain(|(name, _)| name != "stock");
            form.push(("stock".to_owned(), STOCK.to_owned()));
            self.save(product, filled(form)).await?;
        }
        Ok(())
    }

    /// Uploads so many pictures as fast as a few managers can, to one product after the other.
    ///
    /// # Errors
    /// One of them is not saved.
    pub async fn upload(&self, count: usize, picture: &[u8]) -> Result<()> {
        let uploads = self.products.iter().cycle().take(count).map(async |product| {
            let form = filled(self.form(product).await?);
            let part = Part::bytes(picture.to_vec()).file_name("photo.jpg");
            self.save(product, form.part("image", part.mime_str("image/jpeg")?)).await
        });
        stream::iter(uploads).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn form(&self, product: &str) -> Result<Vec<(String, String)>> {
        Ok(self.browser.get(product).await?.form(product)?.into_iter().collect())
    }

    async fn save(&self, product: &str, form: Form) -> Result<()> {
        let saved: Page = self.browser.send_files(product, form).await?;
        ensure!(
            saved.status == 200 && saved.alerts().is_empty(),
            "{product} is not saved: {} {:?}",
            saved.status,
            saved.alerts()
        );
        Ok(())
    }
}

fn filled(fields: Vec<(String, String)>) -> Form {
    fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value))
}
