//! A signature as any client makes it, for requests that no client would send.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// 2026-11-23, noon: the moment of a frozen clock, for URLs, which age by it.
pub const NOON: &str = "20261123T120000Z";

/// `GET` and a presigned URL for a service other than S3, with the key `AKIASHOP` and `a secret`.
pub fn presigned_get(host: &str, service: &str, query: &str, date: &str) -> String {
    presigned_get_by(("AKIASHOP", "a secret"), host, service, query, date)
}

/// The same with another key.
pub fn presigned_get_by(
    (key_id, secret): (&str, &str),
    host: &str,
    service: &str,
    query: &str,
    date: &str,
) -> String {
    let scope = format!("{}/us-east-1/{service}/aws4_request", &date[..8]);
    let mut parameters: Vec<String> = query.split('&').map(str::to_owned).collect();
    parameters.extend([
        "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned(),
        format!("X-Amz-Credential={key_id}%2F{}", scope.replace('/', "%2F")),
        format!("X-Amz-Date={date}"),
        "X-Amz-SignedHeaders=host".to_owned(),
    ]);
    parameters.sort();
    let query = parameters.join("&");
    let nothing = hex::encode(Sha256::digest(b""));
    let canonical = format!("GET\n/\n{query}\nhost:{host}\n\nhost\n{nothing}");
    let hash = hex::encode(Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = sign(&key, part);
    }
    let mut signature = String::new();
    for byte in sign(&key, &to_sign) {
        let _ = write!(signature, "{byte:02x}");
    }
    format!("GET /?{query}&X-Amz-Signature={signature}")
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
