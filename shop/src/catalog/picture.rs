//! The picture of a product, on its way from the upload to the small one that pages show.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{App, db::Row};

/// An upload whose result is not there after this long is said to have failed. The pipeline tries
/// three times, a minute and two minutes apart, with up to a minute for each; what comes later than
/// this is not awaited by anybody, but shown all the same.
pub const PENDING_LIMIT: TimeDelta = TimeDelta::minutes(10);

/// What there is to show of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    None,
    /// Uploaded, not resized yet: pages show the original.
    Pending {
        original_url: String,
    },
    /// The same, and so long ago that nothing is expected any more: the notification was lost, or
    /// the pipeline has given up.
    Failed {
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
    /// When the original was put into the bucket, or put there anew.
    announced: Option<DateTime<Utc>>,
    source: Option<String>,
    version: Option<String>,
}

impl Picture {
    pub(crate) fn of(row: &Row, app: &App) -> sqlx::Result<Self> {
        let columns = Columns {
            image: row.get("image")?,
            original: row.get("image_original")?,
            original_after: row.get("image_original_after")?,
            announced: row.get("image_original_announced")?,
            source: row.get("image_source")?,
            version: row.get("image_version")?,
        };
        Ok(Self::decide(columns, app.now(), |key| app.site.image_url(key)))
    }

    fn decide(columns: Columns, now: DateTime<Utc>, url: impl Fn(&str) -> String) -> Self {
        match &columns.original {
            Some(original) if columns.is_awaited(original) => {
                let original_url = url(original);
                let is_late = columns
                    .announced_at(original)
                    .is_some_and(|at| now.signed_duration_since(at) > PENDING_LIMIT);
                if is_late { Self::Failed { original_url } } else { Self::Pending { original_url } }
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

    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// The address of the picture in full size, when it is known.
    pub fn original_url(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Pending { original_url } | Self::Failed { original_url } => Some(original_url),
            Self::Ready { original_url, .. } => original_url.as_deref(),
        }
    }

    /// The address of what to show.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Pending { original_url } | Self::Failed { original_url } => Some(original_url),
            Self::Ready { url, .. } => Some(url),
        }
    }
}

impl Columns {
    /// The last upload of the form is awaited until its result, or that of something newer, is
    /// there. Newer is whatever arrived since, unless it was made from an earlier upload of the
    /// form: somebody may put a picture into the bucket with other tools, and then the form's
    /// own never becomes the source. Keys of the form are ordered by time (UUID version 7).
    fn is_awaited(&self, original: &str) -> bool {
        match &self.source {
            Some(source) if source == original => false,
            Some(source) if self.version != self.original_after => {
                is_upload_key(source) && source.as_str() < original
            }
            _ => true,
        }
    }

    /// Without a time of its own, an upload was announced when its key was made.
    fn announced_at(&self, original: &str) -> Option<DateTime<Utc>> {
        let made = || {
            let (seconds, nanoseconds) = upload_id(original)?.get_timestamp()?.to_unix();
            DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
        };
        self.announced.or_else(made)
    }
}

/// Whether a key was made by the shop: `products/{id}/{uuid}.{extension}`.
fn is_upload_key(key: &str) -> bool {
    upload_id(key).is_some()
}

/// The UUID (version 7) of a key that the shop has made.
fn upload_id(key: &str) -> Option<uuid::Uuid> {
    let stem = key.rsplit('/').next()?.split('.').next()?;
    uuid::Uuid::try_parse(stem).ok().filter(|id| id.get_version_num() == 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "products/7/01900000-0000-7000-8000-000000000001.jpg";
    const SECOND: &str = "products/7/01900000-0000-7000-8000-000000000002.jpg";

    /// The time in the keys.
    fn then() -> DateTime<Utc> {
        let at = upload_id(FIRST).and_then(|id| id.get_timestamp()).map(|at| at.to_unix().0);
        DateTime::UNIX_EPOCH + TimeDelta::seconds(at.map_or(0, |at| at as i64))
    }

    fn shown(original: &str, after: &str, source: &str, version: &str) -> String {
        shown_at(then(), None, [original, after, source, version])
    }

    fn shown_at(
        now: DateTime<Utc>,
        announced: Option<DateTime<Utc>>,
        [original, after, source, version]: [&str; 4],
    ) -> String {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let columns = Columns {
            image: some(source).map(|key| format!("resized/{key}")).unwrap_or_default(),
            original: some(original),
            original_after: some(after),
            announced,
            source: some(source),
            version: some(version),
        };
        match Picture::decide(columns, now, str::to_owned) {
            Picture::None => "none".to_owned(),
            Picture::Pending { original_url } => format!("pending {original_url}"),
            Picture::Failed { original_url } => format!("failed {original_url}"),
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
    #[test]
    fn an_upload_that_nobody_answers_has_failed_after_a_while_and_is_shown_when_it_comes() {
        let second = TimeDelta::seconds(1);
        let late = then() + PENDING_LIMIT + second;
        assert_eq!(shown_at(late - second, None, [FIRST, "", "", ""]), format!("pending {FIRST}"));
        assert_eq!(shown_at(late, None, [FIRST, "", "", ""]), format!("failed {FIRST}"));
        // Announced once more: the time begins again.
        let again = Some(then() + PENDING_LIMIT);
        assert_eq!(shown_at(late, again, [FIRST, "", "", ""]), format!("pending {FIRST}"));
        let ready = format!("ready resized/{FIRST}");
        assert_eq!(shown_at(late, None, [FIRST, "", FIRST, "t1"]), ready);
        // An older picture does not make it any better.
        let second_failed = shown_at(late, None, [SECOND, "t1", FIRST, "t1"]);
        assert_eq!(second_failed, format!("failed {SECOND}"));
    }
}
