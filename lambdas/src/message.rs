//! The message between the two functions: one resized picture.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

/// "This upload has been resized": the body of one message on the queue `image-resized`, as JSON.
///
/// ```
/// # use lambdas::ImageResized;
/// let body = include_str!("../../fixtures/messages/image-resized.json");
/// let message: ImageResized = serde_json::from_str(body)?;
/// assert_eq!(message.resized_key, "resized/products/7/a.jpg");
/// assert_eq!(
///     message.image_version(),
///     "2026-11-23T19:12:00.123Z#00000000000000006506F2C8A9B1D3E4",
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageResized {
    /// Version of this format: [`ImageResized::VERSION`].
    pub version: u32,
    /// Bucket of both objects.
    pub bucket: String,
    /// Key of the upload, decoded.
    pub original_key: String,
    /// Key of the resized picture, decoded.
    pub resized_key: String,
    /// Width of the resized picture in pixels, as shown.
    pub width: u32,
    /// Height of the resized picture in pixels, as shown.
    pub height: u32,
    /// Content type of the resized picture.
    pub content_type: String,
    /// When S3 finished the upload; written in UTC with exactly three digits of milliseconds.
    #[serde(serialize_with = "with_milliseconds")]
    pub event_time: DateTime<Utc>,
    /// S3's sequencer of the upload: hexadecimal digits that order the events of one key once the
    /// shorter of two is padded with zeros on the left.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
    pub sequencer: String,
}

impl ImageResized {
    /// The format this code writes and understands.
    pub const VERSION: u32 = 1;

    /// Digits a sequencer is padded to. S3 sends 16 to 18.
    pub const SEQUENCER_DIGITS: usize = 32;

    /// The version of the picture as text: of two, the later upload's is the greater, byte by byte.
    #[must_use]
    pub fn image_version(&self) -> String {
        let time = self.event_time.to_rfc3339_opts(SecondsFormat::Millis, true);
        let sequencer = self.sequencer.to_ascii_uppercase();
        format!("{time}#{sequencer:0>width$}", width = Self::SEQUENCER_DIGITS)
    }
}

fn with_milliseconds<S: Serializer>(
    time: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
