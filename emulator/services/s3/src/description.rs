//! What is said about objects: headers and class, which many have in common, and what few have.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use crate::encryption::Encryption;
use crate::grant::ObjectAcl;
use crate::restoration::Restoration;
use crate::{ObjectLock, Tag};

/// What many objects have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) headers: SystemMetadata,
    /// How they are kept.
    pub(crate) storage_class: StorageClass,
    pub(crate) encryption: Encryption,
}

/// What few objects have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Extra {
    /// What its owner says about it: names in lower case.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: Vec<Tag>,
    /// Where a website would send its visitors instead.
    pub(crate) website_redirect_location: Option<Box<str>>,
    /// What keeps it from being deleted.
    pub(crate) lock: ObjectLock,
    /// Whose it is, and who may do what with it.
    pub(crate) acl: ObjectAcl,
    /// The upload that made it, where it came in parts.
    pub(crate) upload_id: Option<Box<str>>,
    /// Whether it is being restored from the archive, or was.
    pub(crate) restoration: Option<Box<Restoration>>,
}

impl Extra {
    /// Nothing where there is none of it.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// Headers that are given back as they were put.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemMetadata {
    /// `Content-Type`; `binary/octet-stream` where none was given.
    pub content_type: Option<Box<str>>,
    /// `Cache-Control`
    pub cache_control: Option<Box<str>>,
    /// `Content-Disposition`
    pub content_disposition: Option<Box<str>>,
    /// `Content-Encoding`, without the framing of the upload.
    pub content_encoding: Option<Box<str>>,
    /// `Content-Language`
    pub content_language: Option<Box<str>>,
    /// `Expires`, as text.
    pub expires: Option<Box<str>>,
}

/// How an object is kept. The emulator keeps all alike; what is archived cannot be read, as on AWS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageClass {
    /// `STANDARD`
    #[default]
    Standard,
    /// `REDUCED_REDUNDANCY`
    ReducedRedundancy,
    /// `STANDARD_IA`
    StandardIa,
    /// `ONEZONE_IA`
    OnezoneIa,
    /// `INTELLIGENT_TIERING`
    IntelligentTiering,
    /// `GLACIER`: archived.
    Glacier,
    /// `DEEP_ARCHIVE`: archived.
    DeepArchive,
    /// `GLACIER_IR`
    GlacierIr,
}

impl StorageClass {
    /// What a log says of an object that a lifecycle moves here.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html>
    pub(crate) const fn logged_transition(self) -> &'static str {
        match self {
            Self::StandardIa => "S3.TRANSITION_SIA.OBJECT",
            Self::OnezoneIa => "S3.TRANSITION_ZIA.OBJECT",
            Self::IntelligentTiering => "S3.TRANSITION_INT.OBJECT",
            Self::GlacierIr => "S3.TRANSITION_GIR.OBJECT",
            Self::DeepArchive => "S3.TRANSITION_GDA.OBJECT",
            Self::Standard | Self::ReducedRedundancy | Self::Glacier => "S3.TRANSITION.OBJECT",
        }
    }

    /// The class of that name; the standard one where none is named.
    pub(crate) fn parse(name: Option<&str>) -> Result<Self, ApiError> {
        Ok(match name {
            None | Some("STANDARD") => Self::Standard,
            Some("REDUCED_REDUNDANCY") => Self::ReducedRedundancy,
            Some("STANDARD_IA") => Self::StandardIa,
            Some("ONEZONE_IA") => Self::OnezoneIa,
            Some("INTELLIGENT_TIERING") => Self::IntelligentTiering,
            Some("GLACIER") => Self::Glacier,
            Some("DEEP_ARCHIVE") => Self::DeepArchive,
            Some("GLACIER_IR") => Self::GlacierIr,
            Some(other) => {
                return Err(
                    crate::error::INVALID_STORAGE_CLASS.with("StorageClassRequested", other)
                );
            }
        })
    }

    /// As AWS writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::ReducedRedundancy => "REDUCED_REDUNDANCY",
            Self::StandardIa => "STANDARD_IA",
            Self::OnezoneIa => "ONEZONE_IA",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
            Self::GlacierIr => "GLACIER_IR",
        }
    }

    pub(crate) fn is_standard(&self) -> bool {
        *self == Self::Standard
    }

    pub(crate) fn is_archived(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }
}

/// The last different descriptions: objects that are described alike, one soon after the other, share
/// one. What nobody had for so long is described anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Descriptions(VecDeque<Arc<Described>>);

impl Descriptions {
    /// So many different ones are remembered.
    const REMEMBERED_MAX: usize = 32;

    /// A description that others of the same words share.
    pub(crate) fn share(
        &mut self,
        headers: SystemMetadata,
        storage_class: StorageClass,
        encryption: Encryption,
    ) -> Arc<Described> {
        let described = Described { headers, storage_class, encryption };
        let found = match self.0.iter().position(|known| **known == described) {
            Some(0) => return Arc::clone(&self.0[0]),
            Some(at) => self.0.remove(at),
            None => None,
        };
        // What is asked for is found first the next time.
        let found = found.unwrap_or_else(|| Arc::new(described));
        self.0.truncate(Self::REMEMBERED_MAX - 1);
        self.0.push_front(Arc::clone(&found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &str) -> SystemMetadata {
        SystemMetadata { content_type: Some(content_type.into()), ..SystemMetadata::default() }
    }

    #[test]
    fn objects_that_are_described_alike_share_one_description() {
        let mut descriptions = Descriptions::default();
        let mut share = |content_type: &str, class| {
            descriptions.share(typed(content_type), class, Encryption::S3)
        };
        let first = share("image/png", StorageClass::Standard);
        let other = share("image/png", StorageClass::Glacier);
        assert!(Arc::ptr_eq(&first, &share("image/png", StorageClass::Standard)));
        assert!(!Arc::ptr_eq(&first, &other));
        for at in 0..40 {
            share(&format!("text/{at}"), StorageClass::Standard);
        }
        // Forgotten, and described anew.
        assert!(!Arc::ptr_eq(&first, &share("image/png", StorageClass::Standard)));
        assert_eq!(descriptions.0.len(), Descriptions::REMEMBERED_MAX);
    }
}
