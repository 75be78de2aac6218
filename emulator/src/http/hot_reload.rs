//! Functions whose code is a folder: `S3Bucket` is `hot-reload` and `S3Key` an absolute path, as LocalStack's
//! users know it, to a folder or to a `bootstrap`. Only where this is a machine of one's own: a path names
//! what lies on this host.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless_core::error::ApiError;
use cloudless_core::lambda::error::{INVALID_PARAMETER_VALUE, UserError as _};
use serde_json::Value;

use super::Http;
use crate::runtime;
use crate::wire::{Envelope, Service};

/// In the place of a bucket's name.
const BUCKET: &str = "hot-reload";

impl Http {
    /// Puts a zip that names the folder where a request's code is one.
    ///
    /// # Errors
    /// There is no such folder, or this is not the place for it.
    pub(super) async fn name_folder(
        &self,
        envelope: &Envelope,
        input: &mut Value,
    ) -> Result<(), ApiError> {
        if envelope.service != Service::Lambda {
            return Ok(());
        }
        let code = match envelope.operation() {
            Some("CreateFunction") => input.get_mut("Code"),
            Some("UpdateFunctionCode") => Some(input),
            _ => None,
        };
        let Some(code) = code.and_then(Value::as_object_mut) else { return Ok(()) };
        if code.get("S3Bucket").and_then(Value::as_str) != Some(BUCKET) {
            return Ok(());
        }
        let key = code.get("S3Key").and_then(Value::as_str).unwrap_or_default().to_owned();
        let zip = self.zip_of(key.into()).await?;
        for member in ["S3Bucket", "S3Key", "S3ObjectVersion"] {
            code.shift_remove(member);
        }
        code.insert("ZipFile".to_owned(), BASE64.encode(zip).into());
        Ok(())
    }

    async fn zip_of(&self, path: PathBuf) -> Result<Vec<u8>, ApiError> {
        if !self.hot_reload {
            return Err(refuse(
                "Code of a folder (S3Bucket hot-reload) is for emulators that listen on a loopback \
                 address and check no keys"
                    .to_owned(),
            ));
        }
        // A disk that takes its time, or a file system of the network, holds up nobody else.
        let zip = tokio::task::spawn_blocking(move || zip_of(&path)).await;
        zip.unwrap_or_else(|error| Err(refuse(error.to_string())))
    }
}

fn zip_of(path: &Path) -> Result<Vec<u8>, ApiError> {
    let shown = path.display();
    if !path.is_absolute() {
        return Err(refuse(format!(
            "{shown} is no absolute path, which S3Key must be for S3Bucket hot-reload"
        )));
    }
    let is_bootstrap = path.is_file() && path.file_name().is_some_and(|it| it == "bootstrap");
    if !path.is_dir() && !is_bootstrap {
        return Err(refuse(format!("{shown} is neither a folder nor a bootstrap of this host")));
    }
    runtime::zip_of_folder(path).map_err(|error| refuse(error.to_string()))
}

fn refuse(why: String) -> ApiError {
    INVALID_PARAMETER_VALUE.user(why)
}
