//! The code of a function: a zip that came with the call, or one that lies in S3.

use kernel::call::Payload;
use kernel::content::Content;
use kernel::error::ApiError;

use crate::error::UserError as _;
use crate::{Cx, error as refuse};

/// Code that a call brings, not yet referred to by its function.
pub(super) enum Package {
    /// Nothing refers to it.
    Uploaded(Content),
    /// An object is it.
    OfObject(Content),
}

impl Package {
    /// The code of a call; nothing where it has none.
    ///
    /// # Errors
    /// `InvalidParameterValueException` where it is empty.
    pub(super) fn of(payload: Payload) -> Result<Option<Self>, ApiError> {
        let code = match payload {
            Payload::Blob(blob) => Self::Uploaded(Content::Whole(blob)),
            Payload::Shared(content) => Self::OfObject(content),
            _ => return Ok(None),
        };
        let (Self::Uploaded(content) | Self::OfObject(content)) = &code;
        if content.size_bytes() == 0 {
            return Err(
                refuse::INVALID_PARAMETER_VALUE.user("Uploaded file must be a non-empty zip")
            );
        }
        Ok(Some(code))
    }

    /// A function refers to it from now on.
    pub(super) fn referred_to(self, cx: &mut Cx<'_>) -> Content {
        match self {
            Self::Uploaded(content) => {
                cx.adopt(&content);
                content
            }
            Self::OfObject(content) => {
                cx.share(&content);
                content
            }
        }
    }
}
