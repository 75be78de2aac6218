//! A browser as far as the stories need one: cookies, hidden fields, redirects, multipart forms,
//! and the `Origin` that browsers send.

use anyhow::Result;
use futures_util::{StreamExt as _, stream};
use reqwest::header::ORIGIN;
use reqwest::multipart::{Form, Part};

pub use page::{Figure, Page};

/// One person at one computer.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    origin: String,
}

/// A file that somebody chooses in a form.
pub struct File<'a> {
    pub name: &'a str,
    /// What the browser takes it for.
    pub content_type: &'a str,
    pub bytes: Vec<u8>,
}

impl Browser {
    /// A browser without cookies, for the shop at `origin`.
    pub fn new(origin: &str) -> Result<Self> {
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().build()?;
        Ok(Self { client, origin: origin.to_owned() })
    }

    pub async fn get(&self, path: &str) -> Result<Page> {
        let request = self.client.get(format!("{}{path}", self.origin));
        arrived(request.send().await?).await
    }

    /// Fills in the form of an open page that is sent to `action`, and sends it.
    pub async fn submit(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Result<Page> {
        let mut form = page.form(action)?;
        form.extend(typed.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let request = self.post(action);
        let request = if page.is_multipart(action) {
            let texts = form.into_iter();
            request.multipart(texts.fold(Form::new(), |form, (name, value)| form.text(name, value)))
        } else {
            request.form(&form)
        };
        arrived(request.send().await?).await
    }

    /// Chooses a file in the form of an open page that is sent to `action`, and sends it.
    pub async fn upload(&self, page: &Page, action: &str, file: File<'_>) -> Result<Page> {
        let mut form = Form::new();
        for (name, value) in page.form(action)? {
            form = form.text(name, value);
        }
        let part = Part::bytes(file.bytes).file_name(file.name.to_owned());
        let form = form.part("image", part.mime_str(file.content_type)?);
        arrived(self.post(action).multipart(form).send().await?).await
    }

    /// The same, but the second half of the file is sent only once `between` is done: whoever
    /// receives it has the first half by then, or could have.
    pub async fn upload_in_two(
        &self,
        page: &Page,
        action: &str,
        file: File<'_>,
        between: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Page> {
        let mut form = Form::new();
        for (name, value) in page.form(action)? {
            form = form.text(name, value);
        }
        let length = file.bytes.len();
        let mut first = bytes::Bytes::from(file.bytes);
        let second = first.split_off(length / 2);
        let halves =
            stream::once(async { Ok::<_, std::io::Error>(first) }).chain(stream::once(async {
                between.await;
                Ok(second)
            }));
        let body = reqwest::Body::wrap_stream(halves);
        let part = Part::stream_with_length(body, u64::try_from(length)?);
        let part = part.file_name(file.name.to_owned()).mime_str(file.content_type)?;
        arrived(self.post(action).multipart(form.part("image", part)).send().await?).await
    }

    /// Signs in by the form at `path`.
    pub async fn sign_in(&self, path: &str, user: &str, password: &str) -> Result<Page> {
        let page = self.get(path).await?;
        self.submit(&page, path, &[("username", user), ("password", password)]).await
    }

    /// As a manager does: opens the product's page and uploads a picture there.
    pub async fn upload_picture(&self, product_id: i64, file: File<'_>) -> Result<Page> {
        let page = self.get(&format!("/manager/products/{product_id}")).await?;
        self.upload(&page, &format!("/manager/products/{product_id}"), file).await
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.origin));
        request.header(ORIGIN, &self.origin).header("sec-fetch-site", "same-origin")
    }
}

async fn arrived(response: reqwest::Response) -> Result<Page> {
    let url = response.url();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Ok(Page { status: response.status().as_u16(), path, body: response.text().await? })
}
