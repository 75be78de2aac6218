//! A browser as far as the stories need one: cookies, hidden fields, redirects, multipart forms,
//! and the `Origin` that browsers send.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, stream};
use reqwest::header::ORIGIN;
use reqwest::multipart::{Form, Part};

/// One person at one computer.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    origin: String,
}

/// A page that has arrived, after all redirects.
pub struct Page {
    pub status: u16,
    /// Path and query of its address.
    pub path: String,
    pub body: String,
}

/// A file that somebody chooses in a form.
pub struct File<'a> {
    pub name: &'a str,
    /// What the browser takes it for.
    pub content_type: &'a str,
    pub bytes: Vec<u8>,
}

/// The picture of a product, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// `pending` or `ready`.
    pub state: String,
    /// The address in `<img src>`, if there is a picture.
    pub src: Option<String>,
}

impl Browser {
    /// A browser without cookies, for the shop at `origin`.
    pub fn new(origin: &str) -> Result<Self> {
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().build()?;
        Ok(Self { client, origin: origin.to_owned() })
    }

    pub async fn get(&self, path: &str) -> Result<Page> {
        let request = self.client.get(format!("{}{path}", self.origin));
        Page::of(request.send().await?).await
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
        Page::of(request.send().await?).await
    }

    /// Chooses a file in the form of an open page that is sent to `action`, and sends it.
    pub async fn upload(&self, page: &Page, action: &str, file: File<'_>) -> Result<Page> {
        let mut form = Form::new();
        for (name, value) in page.form(action)? {
            form = form.text(name, value);
        }
        let part = Part::bytes(file.bytes).file_name(file.name.to_owned());
        let form = form.part("image", part.mime_str(file.content_type)?);
        Page::of(self.post(action).multipart(form).send().await?).await
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
        Page::of(self.post(action).multipart(form.part("image", part)).send().await?).await
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

impl Page {
    async fn of(response: reqwest::Response) -> Result<Self> {
        let url = response.url();
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Self { status: response.status().as_u16(), path, body: response.text().await? })
    }

    /// The fields of the form that is sent to `action`, as they stand and as browsers send them; a
    /// file is not among them.
    pub fn form(&self, action: &str) -> Result<BTreeMap<String, String>> {
        let place = || format!("{} ({}) has no form for {action}", self.path, self.status);
        let start = format!("action=\"{action}\"");
        let (_, form) = self.body.split_once(&start).with_context(place)?;
        let (form, _) = form.split_once("</form>").with_context(place)?;
        let mut fields = BTreeMap::new();
        for input in form.split("<input").skip(1) {
            let kind = attribute(input, "type");
            let (default, is_sent) = match kind.as_deref() {
                Some("file") => ("", false),
                Some("checkbox") => ("on", is_checked(input)),
                _ => ("", true),
            };
            if let (Some(name), true) = (attribute(input, "name"), is_sent) {
                let value = attribute(input, "value").unwrap_or_else(|| default.to_owned());
                fields.insert(name, value);
            }
        }
        for area in form.split("<textarea").skip(1) {
            let (_, text) = area.split_once('>').with_context(place)?;
            let text = text.split("</textarea>").next().unwrap_or_default();
            fields.extend(attribute(area, "name").map(|name| (name, unescape(text))));
        }
        for select in form.split("<select").skip(1) {
            let options = select.split("</select>").next().unwrap_or_default();
            let mut options = options.split("<option").skip(1);
            let chosen = options.find(|option| option.contains(" selected>"));
            let value = chosen.and_then(|option| attribute(option, "value")).unwrap_or_default();
            fields.extend(attribute(select, "name").map(|name| (name, value)));
        }
        Ok(fields)
    }

    /// Whether the form that is sent to `action` can carry a file.
    fn is_multipart(&self, action: &str) -> bool {
        let form = self.body.split_once(&format!("action=\"{action}\""));
        let tag = form.and_then(|(_, form)| form.split('>').next());
        tag.is_some_and(|tag| tag.contains("multipart/form-data"))
    }

    /// The picture of the product that this page, or this part of a page, is about.
    pub fn figure(&self) -> Result<Figure> {
        let (_, figure) = self
            .body
            .split_once("<figure class=\"picture\"")
            .with_context(|| format!("{} ({}) shows no product", self.path, self.status))?;
        let figure = figure.split("</figure>").next().unwrap_or(figure);
        let state = attribute(figure, "data-state").context("the figure has no state")?;
        let src = figure.split_once("<img").and_then(|(_, image)| attribute(image, "src"));
        Ok(Figure { state, src })
    }

    /// The messages that a screen reader would read out at once.
    pub fn alerts(&self) -> Vec<String> {
        let alert = |piece: &str| {
            let (_, text) = piece.split_once('>')?;
            Some(unescape(text.split('<').next()?))
        };
        self.body.split("role=\"alert\"").skip(1).filter_map(alert).collect()
    }

    /// What a person reads in the page's main part, a line for each piece of text.
    pub fn text(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body);
        let main = main.split("</main>").next().unwrap_or(main);
        let pieces = main.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
        let texts = pieces.map(|(_, text)| unescape(text.trim()));
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Where the first link goes whose text contains `text`.
    pub fn link(&self, text: &str) -> Option<String> {
        let links = self.body.split("<a").skip(1).filter_map(|link| link.split_once('>'));
        let mut found = links.filter(|(_, rest)| {
            rest.split("</a>").next().is_some_and(|label| unescape(label).contains(text))
        });
        found.next().and_then(|(tag, _)| attribute(tag, "href"))
    }
}

fn is_checked(tag: &str) -> bool {
    tag.split('>').next().is_some_and(|tag| tag.contains(" checked"))
}

/// An attribute of the tag that `tag` begins inside of.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(value.split('"').next()?))
}

fn unescape(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    text.replace("&#39;", "'").replace("&#38;", "&")
}
