//! Temporary credentials of a role.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::arn::RoleArn;
use kernel::call::Payload;
use kernel::error::{self, ApiError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Session, Sts};
use crate::limits::{SESSION_S_DEFAULT, SESSION_S_MAX, SESSION_S_MIN};
use crate::{Cx, error as errors};

impl Sts {
    pub(super) fn assume_role(
        &mut self,
        cx: &mut Cx<'_>,
        input: AssumeRoleInput,
    ) -> Result<AssumeRoleOutput, ApiError> {
        let Some(RoleArn { account, name: role }) = RoleArn::parse(&input.role_arn) else {
            return Err(errors::VALIDATION.says(format!("{} is invalid", input.role_arn)));
        };
        let name = input.role_session_name;
        let duration_s = input.duration_seconds.unwrap_or(SESSION_S_DEFAULT);
        if !(SESSION_S_MIN..=SESSION_S_MAX).contains(&duration_s) {
            let (bound, than) = match duration_s < SESSION_S_MIN {
                true => (SESSION_S_MIN, "greater"),
                false => (SESSION_S_MAX, "less"),
            };
            return Err(errors::VALIDATION.says(format!(
                "1 validation error detected: Value '{duration_s}' at 'durationSeconds' failed to satisfy constraint: Member must have value {than} than or equal to {bound}"
            )));
        }
        // A secret that could be guessed would be none.
        let Payload::Random(randomness) = input.randomness else {
            return Err((&error::INTERNAL_FAILURE).into());
        };
        let access_key_id = format!("ASIA{}", cx.ids.upper_alphanumeric(16));
        // An access key is no secret: nothing of the others may follow from it.
        let drawn = |label: &str| {
            let digest = Sha256::new().chain_update(randomness.0);
            digest.chain_update(access_key_id.as_bytes()).chain_update(label).finalize()
        };
        let session = Session {
            secret_access_key: BASE64.encode(&drawn("secret")[..30]),
            // Tokens of AWS's begin so, too.
            session_token: format!("IQoJb3JpZ2luX2Vj{}", BASE64.encode(drawn("token"))),
            principal_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
            account,
            expires: cx.now.after_s(duration_s).truncated_to_s(),
            access_key_id,
        };
        let output = AssumeRoleOutput {
            credentials: Credentials {
                access_key_id: session.access_key_id.clone(),
                secret_access_key: session.secret_access_key.clone(),
                session_token: session.session_token.clone(),
                expiration: session.expires.as_s(),
            },
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: session.caller().user_id(),
                arn: session.principal_arn.clone(),
            },
        };
        self.begin(cx, session);
        Ok(output)
    }
}

/// Input of `AssumeRole`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AssumeRoleInput {
    /// `arn:aws:iam::account:role/name`
    pub role_arn: String,
    /// Names the session in the caller's ARN.
    pub role_session_name: String,
    /// For how long the credentials are valid; an hour without.
    pub duration_seconds: Option<u64>,
    /// What a trust policy could ask for. There are none here: nobody asks.
    pub external_id: Option<String>,
    /// What the secrets are made of.
    #[serde(skip)]
    pub randomness: Payload,
}

/// Output of `AssumeRole`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleOutput {
    /// What to sign with.
    pub credentials: Credentials,
    /// Who signs so.
    pub assumed_role_user: AssumedRoleUser,
}

/// Temporary credentials.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// What every request must bring along.
    pub session_token: String,
    /// Until when they are valid, in seconds since the epoch.
    pub expiration: u64,
}

// Secrets are kept out of logs by not being printable.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Credentials").field(&self.access_key_id).finish()
    }
}

/// The role in its session.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumedRoleUser {
    /// `AROA…:session`
    pub assumed_role_id: String,
    /// `arn:aws:sts::account:assumed-role/role/session`
    pub arn: String,
}
