//! A page of the shop as whoever asked for it reads it: its forms as browsers send them, its links, its alerts and
//! its pictures. Pages are read as text, by the few marks that matter; scripts are not run.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

/// A page that has arrived, after all redirects.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub status: u16,
    /// Path and query of its address.
    pub path: String,
    pub body: String,
}

/// The picture of a product, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// `pending` or `ready`.
    pub state: String,
    /// The address in `<img src>`, if there is a picture.
    pub src: Option<String>,
}

impl Page {
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

    /// Where the form is sent that has a field of this name, and its fields.
    #[must_use]
    pub fn form_with(&self, field: &str) -> Option<(String, BTreeMap<String, String>)> {
        let mut actions = self.body.split("<form").skip(1).filter_map(|it| attribute(it, "action"));
        actions.find_map(|action| {
            let fields = self.form(&action).ok()?;
            fields.contains_key(field).then_some((action, fields))
        })
    }

    /// Whether the form that is sent to `action` can carry a file.
    #[must_use]
    pub fn is_multipart(&self, action: &str) -> bool {
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
        let links = self.body.split("<a ").skip(1).filter_map(|link| link.split_once('>'));
        let links = links.map(|(tag, rest)| (format!(" {tag}>"), rest));
        let mut found = links.filter(|(_, rest)| {
            rest.split("</a>").next().is_some_and(|label| unescape(label).contains(text))
        });
        found.next().and_then(|(tag, _)| attribute(&tag, "href"))
    }
}

impl Page {
    /// Where its links go, in their order.
    #[must_use]
    pub fn links(&self) -> Vec<String> {
        self.all("<a ", "href")
    }

    /// Where its pictures are, in their order.
    #[must_use]
    pub fn pictures(&self) -> Vec<String> {
        self.all("<img", "src")
    }

    /// Where its style sheets are.
    #[must_use]
    pub fn style_sheets(&self) -> Vec<String> {
        self.all("<link rel=\"stylesheet\"", "href")
    }

    /// The value of the first attribute of this name, whatever has it.
    #[must_use]
    pub fn attribute_of(&self, name: &str) -> Option<String> {
        let (_, value) = self.body.split_once(&format!(" {name}=\""))?;
        Some(unescape(value.split('"').next()?))
    }

    fn all(&self, tag: &str, name: &str) -> Vec<String> {
        let tag = tag.trim_end();
        let starts = self.body.split(tag).skip(1).filter(|rest| rest.starts_with([' ', '\n']));
        starts.filter_map(|rest| attribute(rest, name)).collect()
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
    // As Askama writes them, and as Django does; the sign itself last.
    const MARKS: [(&str, &str); 11] = [
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    MARKS.iter().fold(text.to_owned(), |text, (mark, sign)| text.replace(mark, sign))
}
