//! Members of documents that are not what the rest of a document is: large bodies inside a request, which
//! are kept as blobs, and places inside an answer, which are made addresses. Their services declare them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cloudless_core::descriptor::{BodyFault, BodyMember};
use cloudless_core::error::ApiError;
use serde_json::Value;

use super::Http;
use crate::runtime;
use crate::store::{Staged, WriteError, WriteOptions};
use crate::wire::Envelope;

impl Http {
    /// A body that comes as text inside a document is staged as a blob, like one that comes as a body.
    pub(super) async fn stage_member(
        &self,
        envelope: &Envelope,
        input: &mut Value,
    ) -> Result<Option<Staged>, ApiError> {
        let descriptor = envelope.descriptor();
        let members = descriptor.bodies.members.iter();
        let mut of_operation =
            members.filter(|it| Some(it.member.operation) == envelope.operation());
        let Some(member) = of_operation.next() else { return Ok(None) };
        let Some(text) = take(input, member.member.path) else { return Ok(None) };
        let bytes = read(&text, member).map_err(member.refusal)?;
        let options = WriteOptions {
            size_limit_bytes: member.limit_bytes,
            sha256: true,
            checksum: None,
            other_checksum: None,
        };
        let staged = Box::pin(self.engine.blobs().stage(bytes.into(), options)).await;
        staged.map(Some).map_err(|failed| match failed {
            WriteError::TooLarge { .. } => (member.refusal)(BodyFault::TooLarge),
            WriteError::Io(error) => {
                tracing::error!(%error, "a body inside a request could not be written");
                (descriptor.refusals.internal)()
            }
        })
    }

    /// Makes addresses of the places that an answer names.
    pub(super) fn sign_downloads(&self, envelope: &Envelope, output: &mut Value) {
        for member in envelope.descriptor().download_members {
            if Some(member.operation) == envelope.operation()
                && let Some(Value::String(place)) = find(output, member.path)
            {
                self.sign_code_location(place);
            }
        }
    }
}

fn read(text: &str, member: &BodyMember) -> Result<Vec<u8>, BodyFault> {
    let bytes = BASE64.decode(text).map_err(|_| BodyFault::Unreadable)?;
    if bytes.len() as u64 > member.limit_bytes {
        return Err(BodyFault::TooLarge);
    }
    match runtime::declared_size_bytes(&bytes) {
        // Nothing is refused in other words, by the World.
        _ if bytes.is_empty() => Ok(bytes),
        None => Err(BodyFault::Unreadable),
        Some(size_bytes) if size_bytes >= member.unzipped_limit_bytes => {
            Err(BodyFault::UnzippedTooLarge)
        }
        Some(_) => Ok(bytes),
    }
}

/// Takes a text out of a document; nothing where none is there.
fn take(document: &mut Value, path: &[&str]) -> Option<String> {
    let (name, outer) = path.split_last()?;
    match find(document, outer)?.as_object_mut()?.shift_remove(*name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn find<'a>(document: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(document, |value, name| value.get_mut(*name))
}
