//! Who calls, and whether it is true: the key that a request is signed with, what it stands for, and its
//! secret.

use std::time::SystemTime;

use cloudless_core::descriptor::{Credentials, Public, SignatureRules};
use cloudless_core::error::ApiError;
use cloudless_core::names::Region;
use cloudless_core::trace::CauseId;
use cloudless_core::{Caller, Signing};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;

use super::Http;
use super::auth::{self, Signature};

static CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
/// The hash of an empty body.
const NOTHING: HeaderValue =
    HeaderValue::from_static("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

pub(super) struct Identity {
    pub(super) caller: Caller,
    pub(super) region: Region,
    pub(super) cause: Option<CauseId>,
}

impl Http {
    /// Whether calls must be signed: once keys are configured.
    pub(super) fn signing(&self) -> Signing {
        if self.keys.is_empty() { Signing::Optional } else { Signing::Required }
    }

    /// Who calls, and for which region.
    pub(super) fn identify(
        &self,
        signature: Option<&Signature<'_>>,
        parts: &Parts,
    ) -> Result<Identity, ApiError> {
        let Some(signature) = signature else {
            return Ok(Identity {
                caller: Caller::Anonymous,
                region: Region::default(),
                cause: None,
            });
        };
        let now = || self.engine.clock().now();
        signature.check_expiry(now, wall_ms)?;
        let region = signature.region.as_deref();
        let token = || auth::session_token(parts);
        self.holder_of(&signature.access_key_id, region, token, signature.rules())
    }

    /// Whom an access key stands for, with the token that came beside it.
    pub(super) fn holder_of(
        &self,
        key: &str,
        region: Option<&str>,
        token: impl FnOnce() -> Option<String>,
        rules: SignatureRules,
    ) -> Result<Identity, ApiError> {
        let region = region.and_then(Region::parse).unwrap_or_default();
        if let Some((caller, cause)) = self.runtime.identify(key) {
            return Ok(Identity { caller, region, cause });
        }
        if key.starts_with("ASIA") {
            let (token, now) = (token(), self.engine.clock().now());
            let session =
                self.engine.with_world(|world| world.session_caller(key, token.as_deref(), now));
            if let Some(caller) = session.map_err(|fault| auth::refuse_session(rules, fault))? {
                return Ok(Identity { caller, region, cause: None });
            }
        }
        Ok(Identity { caller: self.keys.caller(key), region, cause: None })
    }

    /// Verifies by the head what it tells, where keys are configured. Gives the secret with which the
    /// rest is verified once the body is here.
    ///
    /// # Errors
    /// As [`Signature::verify_head`] has them.
    pub(super) fn verify_head(
        &self,
        signature: Option<&Signature<'_>>,
        parts: &Parts,
    ) -> Result<Option<String>, ApiError> {
        let Some(signature) = signature.filter(|_| !self.keys.is_empty()) else { return Ok(None) };
        let secret = self.secret_of(&signature.access_key_id);
        let bucket = self.bucket_of_host(parts);
        signature.verify_head(parts, secret.as_deref(), wall_ms(), bucket.as_deref())?;
        Ok(secret)
    }

    /// The bucket that a request's host names.
    pub(super) fn bucket_of_host(&self, parts: &Parts) -> Option<String> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.and_then(|host| self.hosts.bucket(host))
    }

    /// The secret of a key that is known here.
    pub(super) fn secret_of(&self, key: &str) -> Option<String> {
        let of_session = || self.engine.with_world(|world| world.session_secret(key));
        let secret = self.keys.secret_of(key).map(str::to_owned);
        secret.or_else(|| self.runtime.secret_of(key)).or_else(of_session)
    }

    /// Whether a request that is for no service of AWS comes from the holder of a configured key, or
    /// none is configured. It says so by `Authorization: Bearer KEY_ID:SECRET`, or by a signature of
    /// version 4 as for any service, without a body. Temporary credentials and those of functions are
    /// not enough.
    pub(crate) fn is_from_keyholder(&self, parts: &Parts) -> bool {
        if self.keys.is_empty() {
            return true;
        }
        let authorization =
            parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = authorization.and_then(|text| text.strip_prefix("Bearer ")) {
            let key = token.trim().split_once(':');
            return key.is_some_and(|(id, given)| {
                self.keys.secret_of(id).is_some_and(|secret| auth::is_same(secret, given))
            });
        }
        if authorization.is_none() {
            return false;
        }
        // Signers differ in whether they encode a path once or twice, and whether they name the hash of
        // no body; here nothing depends on it.
        let mut parts = parts.clone();
        parts.headers.entry(CONTENT_SHA256.clone()).or_insert(NOTHING);
        let parts = &parts;
        SignatureRules::ALL.into_iter().any(|rules| {
            let credentials = Credentials { rules, public: Public::WhatPoliciesLet, in_url: true };
            let Ok(Some(signature)) = Signature::read(parts, &credentials, || None) else {
                return false;
            };
            let secret = self.keys.secret_of(&signature.access_key_id);
            secret.is_some_and(|secret| {
                signature.verify_head(parts, Some(secret), wall_ms(), None).is_ok()
                    && signature.verify_body(parts, b"", secret).is_ok()
            })
        })
    }
}

fn wall_ms() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |it| it.as_millis() as u64)
}
