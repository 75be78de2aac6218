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
        if page.form_text(action).contains("multipart/form-data") {
            // A field for a file in which none was chosen.
            return self.post_multipart(action, &form, ("", "application/octet-stream", b"")).await;
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

    /// Chooses a file in the form at `path`, fills in other fields, and sends it.
    pub async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        file: (&str, &str, &[u8]),
    ) -> Page {
        let mut form = self.get(path).await.form(path);
        for (name, value) in fields {
            form.insert((*name).to_owned(), (*value).to_owned());
        }
        self.post_multipart(path, &form, file).await
    }

    async fn post_multipart(
        &mut self,
        path: &str,
        form: &BTreeMap<String, String>,
        (name, content_type, bytes): (&str, &str, &[u8]),
    ) -> Page {
        let mut body = Vec::new();
        for (field, value) in form {
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
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .body(Body::from(body))
            .unwrap();
        self.follow(path, request).await
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
    /// The fields of the form that is sent to `action`, as they stand and as a browser sends them.
    pub fn form(&self, action: &str) -> BTreeMap<String, String> {
        let form = self.form_text(action);
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split('>').next()?.split_once(&format!(" {name}=\""))?;
            Some(unescape(rest.split('"').next()?))
        };
        let mut fields = BTreeMap::new();
        for input in form.split("<input").skip(1) {
            let (tag, kind) = (input.split('>').next().unwrap(), attribute(input, "type"));
            let is_sent = match kind.as_deref() {
                Some("file") => false,
                Some("checkbox") => tag.contains(" checked"),
                _ => true,
            };
            if let (Some(name), true) = (attribute(input, "name"), is_sent) {
                let default = if kind.as_deref() == Some("checkbox") { "on" } else { "" };
                let value = attribute(input, "value").unwrap_or_else(|| default.to_owned());
                fields.insert(name, value);
            }
        }
        for area in form.split("<textarea").skip(1) {
            let text = area.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
            fields.insert(attribute(area, "name").unwrap(), unescape(text));
        }
        for select in form.split("<select").skip(1) {
            let options = select.split("</select>").next().unwrap().split("<option").skip(1);
            let mut options = options.filter(|option| option.contains(" selected>"));
            let chosen = options.next().and_then(|option| attribute(option, "value"));
            fields.insert(attribute(select, "name").unwrap(), chosen.unwrap_or_default());
        }
        fields
    }

    /// The form that is sent to `action`, from its address to its end.
    fn form_text(&self, action: &str) -> &str {
        let start = format!("action=\"{action}\"");
        let at = self.body.find(&start);
        let at = at.unwrap_or_else(|| panic!("{} has no form for {action}", self.path));
        let form = &self.body[at..];
        &form[..form.find("</form>").unwrap()]
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
