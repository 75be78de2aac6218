//! The name that S3 has for an account.

use kernel::names::AccountId;
use sha2::{Digest, Sha256};

/// The canonical user id of an account: 64 hexadecimal digits.
pub(super) fn canonical_user_id(account: &AccountId) -> String {
    hex::encode(Sha256::digest(format!("canonical user {account}")))
}
