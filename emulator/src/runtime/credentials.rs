//! Credentials of execution environments: by them a call is attributed to its invocation.

use std::fmt;

use cloudless_core::arn::FunctionArn;
use cloudless_core::{Caller, lambda};
use rand::RngExt as _;

/// Temporary credentials in the form of those that AWS gives to an execution environment.
#[derive(Clone)]
pub(super) struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
}

impl Credentials {
    /// Credentials that nobody else has.
    pub fn generate() -> Self {
        const KEY_ID: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const SECRET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        Self {
            access_key_id: format!("ASIA{}", random(KEY_ID, 16)),
            secret_access_key: random(SECRET, 40),
            session_token: format!("IQoJb3JpZ2luX2Vj{}", random(SECRET, 128)),
        }
    }
}

// Secrets are kept out of logs by not being printable.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credentials").field(&self.access_key_id).finish()
    }
}

/// As whom a function's environment calls: its role, assumed in a session named after the function.
pub(super) fn caller(function: &lambda::Deployment, access_key_id: &str) -> Caller {
    let FunctionArn { account, name, .. } = &function.arn;
    let role = function.role.rsplit('/').next().unwrap_or_default();
    // A session's name has two characters at least.
    let suffix = if name.as_str().len() == 1 { "@lambda_function" } else { "" };
    Caller::Role {
        account: account.clone(),
        principal_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}{suffix}"),
        access_key_id: access_key_id.to_owned(),
    }
}

fn random(alphabet: &[u8], length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(alphabet[random.random_range(0..alphabet.len())])).collect()
}
