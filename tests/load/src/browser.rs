//! A browser of our own beside the users': what is prepared before a load, done during it, and looked for after it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use page::Page;
use reqwest::header::ORIGIN;
use reqwest::multipart::Form;
use reqwest::{Client, RequestBuilder};
use url::Url;

use crate::shopper::arrived;

const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with cookies that is at one shop.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    origin: Url,
}

impl Browser {
    /// One that has no cookies yet.
    ///
    /// # Errors
    /// There is no TLS on this machine.
    pub fn at(origin: &Url) -> Result<Self> {
        let client = Client::builder().cookie_store(true).gzip(true).no_proxy();
        let client = client.timeout(PATIENCE).build().context("no HTTP client")?;
        Ok(Self { client, origin: origin.clone() })
    }

    /// The page at a path.
    ///
    /// # Errors
    /// The shop does not answer.
    pub async fn get(&self, path: &str) -> Result<Page> {
        Ok(arrived(self.client.get(self.origin.join(path)?).send().await?).await?)
    }

    /// The page that a form leads to.
    ///
    /// # Errors
    /// The shop does not answer.
    pub async fn send(&self, path: &str, fields: &BTreeMap<String, String>) -> Result<Page> {
        Ok(arrived(self.post(path)?.form(fields).send().await?).await?)
    }

    /// The page that a form with files leads to.
    ///
    /// # Errors
    /// The shop does not answer.
    pub async fn send_files(&self, path: &str, form: Form) -> Result<Page> {
        Ok(arrived(self.post(path)?.multipart(form).send().await?).await?)
    }

    fn post(&self, path: &str) -> Result<RequestBuilder> {
        let request = self.client.post(self.origin.join(path)?);
        Ok(request.header(ORIGIN, self.origin.origin().ascii_serialization()))
    }
}
