//! The picture of a product, on its way from the upload to the small one that pages show.

use crate::{db::Row, error::Result, page::Site};

/// What there is to show of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    None,
    /// Uploaded, not resized yet: pages show the original.
    Pending {
        original_url: String,
    },
    Ready {
        url: String,
        /// The picture in full size, when its key is known.
        original_url: Option<String>,
    },
}

/// The columns of `shop_product` that tell.
#[derive(Clone, Debug, Default)]
struct Columns {
    image: String,
    original: Option<String>,
    original_after: Option<String>,
    source: Option<String>,
    version: Option<String>,
}

impl Picture {
    pub(crate) fn of(row: &Row, site: &Site) -> Result<Self> {
        let columns = Columns {
            image: row.get("image")?,
            original: row.get("image_original")?,
            original_after: row.get("image_original_after")?,
            source: row.get("image_source")?,
            version: row.get("image_version")?,
        };
        Ok(Self::decide(columns, |key| site.image_url(key)))
    }

    fn decide(columns: Columns, url: impl Fn(&str) -> String) -> Self {
        match &columns.original {
            Some(original) if columns.is_pending(original) => {
                Self::Pending { original_url: url(original) }
            }
            _ if columns.image.is_empty() => Self::None,
            _ => {
                Self::Ready { original_url: columns.source.as_deref().map(url), url: columns.image }
            }
        }
    }

    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending { .. })
    }

    /// The address of the picture in full size, when it is known.
    pub fn original_url(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Pending { original_url } => Some(original_url),
            Self::Ready { original_url, .. } => original_url.as_deref(),
        }
    }

    /// The address of what to show.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Pending { original_url } => Some(original_url),
            Self::Ready { url, .. } => Some(url),
        }
    }
}

impl Columns {
    /// The last upload of the form is awaited until its result, or that of something newer, is
    /// there. Newer is whatever arrived since, unless it was made from an earlier upload of the
    /// form: somebody may put a picture into the bucket with other tools, and then the form's
    /// own never becomes the source. Keys of the form are ordered by time (UUID version 7).
    fn is_pending(&self, original: &str) -> bool {
        match &self.source {
            Some(source) if source == original => false,
            Some(source) if self.version != self.original_after => {
                is_upload_key(source) && source.as_str() < original
            }
            _ => true,
        }
    }
}

/// Whether a key was made by the shop: `products/{id}/{uuid}.{extension}`.
fn is_upload_key(key: &str) -> bool {
    key.rsplit('/')
        .next()
        .and_then(|name| name.split('.').next())
        .and_then(|stem| uuid::Uuid::try_parse(stem).ok())
        .is_some_and(|id| id.get_version_num() == 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "products/7/01900000-0000-7000-8000-000000000001.jpg";
    const SECOND: &str = "products/7/01900000-0000-7000-8000-000000000002.jpg";

    fn shown(original: &str, after: &str, source: &str, version: &str) -> String {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let columns = Columns {
            image: some(source).map(|key| format!("resized/{key}")).unwrap_or_default(),
            original: some(original),
            original_after: some(after),
            source: some(source),
            version: some(version),
        };
        match Picture::decide(columns, str::to_owned) {
            Picture::None => "none".to_owned(),
            Picture::Pending { original_url } => format!("pending {original_url}"),
            Picture::Ready { url, .. } => format!("ready {url}"),
        }
    }

    #[test]
    fn an_upload_is_pending_until_its_result_or_a_newer_one_is_there() {
        let pending = |key| format!("pending {key}");
        let ready = |key| format!("ready resized/{key}");
        assert_eq!(shown("", "", "", ""), "none");
        assert_eq!(shown(FIRST, "", "", ""), pending(FIRST));
        assert_eq!(shown(FIRST, "", FIRST, "t1"), ready(FIRST));
        // A second upload: the first one's result stays behind it, before and after it arrives.
        assert_eq!(shown(SECOND, "t1", FIRST, "t1"), pending(SECOND));
        assert_eq!(shown(SECOND, "", FIRST, "t1"), pending(SECOND));
        assert_eq!(shown(SECOND, "t1", SECOND, "t2"), ready(SECOND));
        // Somebody put a picture with other tools, later than the form's: it is the one to show.
        assert_eq!(shown(FIRST, "", "products/7/cat.png", "t2"), ready("products/7/cat.png"));
        // The form's upload is later than that: it is awaited.
        assert_eq!(shown(FIRST, "t2", "products/7/cat.png", "t2"), pending(FIRST));
        assert_eq!(shown("", "", "products/7/cat.png", "t2"), ready("products/7/cat.png"));
    }
}
