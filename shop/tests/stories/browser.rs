//! A browser as far as the stories need one: cookies, hidden fields, redirects, multipart forms.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// A page that has arrived.
pub struct Page {
    pub status: StatusCode,
    pub path: String,
    pub headers: header::HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.follow(path, request).await
    }

    /// Fills in fields of the form at `path` whose address is `action`, and sends it.
    pub async fn submit(&mut self, path: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        self.send(&page, action, fields).await
    }

    /// As `submit`, for a page that is already open.
    pub async fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = page.form(action);
        for (name, value) in fields {
            form.insert((*name).to_owned(), (*value).to_owned());
        }
        self.post(action, &form).await
    }

    pub async fn post(&mut self, path: &str, form: &BTreeMap<String, String>) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.follow(path, request).await
    }

    /// Uploads a file by the multipart form at `path`.
    pub async fn upload(
        &mut self,
        path: &str,
        action: &str,
        (name, content_type, bytes): (&str, &str, &[u8]),
    ) -> Page {
        let form = self.get(path).await.form(action);
        let mut body = Vec::new();
        for (field, value) in &form {
            let part = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.as_bytes());
        }
        let part = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{name}\"\r\n\
             Content-Type: {content_type}\r\n\r\n"
        );
        body.extend(part.as_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--edge--\r\n");
        let request = Request::post(action)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(Body::from(body))
            .unwrap();
        self.follow(action, request).await
    }

    /// Sends a request as it is, with this browser's cookies, and follows no redirect.
    pub async fn request(&mut self, mut request: Request<Body>) -> Response<Body> {
        let cookies: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !cookies.is_empty() {
            let value = cookies.join("; ").parse().unwrap();
            request.headers_mut().insert(header::COOKIE, value);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        response
    }

    async fn follow(&mut self, path: &str, request: Request<Body>) -> Page {
        let (mut path, mut response) = (path.to_owned(), self.request(request).await);
        while response.status().is_redirection() {
            let location = response.headers()[header::LOCATION].to_str().unwrap();
            path = location.split('#').next().unwrap().to_owned();
            let request = Request::get(&path).body(Body::empty()).unwrap();
            response = self.request(request).await;
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            path,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

impl Page {
    /// The fields of the form that is sent to `action`, as they stand.
    pub fn form(&self, action: &str) -> BTreeMap<String, String> {
        let start = format!("action=\"{action}\"");
        let at = self.body.find(&start);
        let at = at.unwrap_or_else(|| panic!("{} has no form for {action}", self.path));
        let form = &self.body[at..];
        let form = &form[..form.find("</form>").unwrap()];
        form.split("<input ")
            .skip(1)
            .filter(|input| !input.contains("type=\"file\""))
            .filter_map(|input| {
                let attribute = |name: &str| {
                    let (_, rest) = input.split_once(&format!("{name}=\""))?;
                    Some(unescape(rest.split('"').next()?))
                };
                Some((attribute("name")?, attribute("value").unwrap_or_default()))
            })
            .collect()
    }

    /// What a person reads in the page's main part: one line for each piece of text.
    pub fn text(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body);
        let main = main.split("</main>").next().unwrap_or(main);
        let mut lines = Vec::new();
        for piece in main.split('<').skip(1) {
            let text = piece.split_once('>').map_or("", |(_, text)| text);
            let text = unescape(text.trim());
            if !text.is_empty() {
                lines.push(text);
            }
        }
        lines.join("\n")
    }

    /// The messages that are read out.
    pub fn alerts(&self) -> Vec<String> {
        let alert =
            |piece: &str| unescape(piece.split_once('>').unwrap().1.split('<').next().unwrap());
        self.body.split("role=\"alert\"").skip(1).map(alert).collect()
    }
}

fn unescape(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}
