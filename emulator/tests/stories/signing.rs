//! A signature as any client makes it, for requests that no client would send.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::raw::{Request, request};

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
    let signature = hex::encode(sign(&signing_key(secret, &scope), &to_sign));
    format!("GET /?{query}&X-Amz-Signature={signature}")
}

/// An object's upload in signed chunks and with a signed checksum behind them, by the key `AKIASHOP`.
/// The bytes are signed as they are in `signed`, and sent as they are in `sent`.
pub fn put_in_chunks(
    host: &str,
    target: &str,
    date: &str,
    crc32: &str,
    signed: &[&str],
    sent: &[&str],
) -> Request {
    const MODE: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let scope = format!("{}/us-east-1/s3/aws4_request", &date[..8]);
    let key = signing_key("a secret", &scope);
    let hash = |text: &str| hex::encode(Sha256::digest(text));
    let length: usize = sent.iter().map(|chunk| chunk.len()).sum();
    let headers = [
        ("host", host.to_owned()),
        ("x-amz-content-sha256", MODE.to_owned()),
        ("x-amz-date", date.to_owned()),
        ("x-amz-decoded-content-length", length.to_string()),
        ("x-amz-trailer", "x-amz-checksum-crc32".to_owned()),
    ];
    let names = headers.each_ref().map(|(name, _)| *name).join(";");
    let mut canonical = format!("PUT\n{target}\n\n");
    for (name, value) in &headers {
        let _ = writeln!(canonical, "{name}:{value}");
    }
    let _ = write!(canonical, "\n{names}\n{MODE}");
    let head = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hash(&canonical));
    let seed = hex::encode(sign(&key, &head));
    let mut previous = seed.clone();
    let mut next = |kind: &str, hashes: String| {
        let to_sign = format!("AWS4-HMAC-SHA256-{kind}\n{date}\n{scope}\n{previous}\n{hashes}");
        previous = hex::encode(sign(&key, &to_sign));
        previous.clone()
    };
    let mut body = String::new();
    for (signed, sent) in signed.iter().zip(sent).chain([(&"", &"")]) {
        let signature = next("PAYLOAD", format!("{}\n{}", hash(""), hash(signed)));
        let _ = write!(body, "{:x};chunk-signature={signature}\r\n{sent}", sent.len());
        body += if sent.is_empty() { "" } else { "\r\n" };
    }
    let trailer = format!("x-amz-checksum-crc32:{crc32}");
    let signature = next("TRAILER", hash(&format!("{trailer}\n")));
    let _ = write!(body, "{trailer}\r\nx-amz-trailer-signature:{signature}\r\n\r\n");
    let credential = format!("AKIASHOP/{scope}");
    let mut put = request(&format!("PUT {target}")).header(
        "authorization",
        format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={seed}"
        ),
    );
    for (name, value) in headers {
        put = put.header(name, value);
    }
    put.body(body)
}

fn signing_key(secret: &str, scope: &str) -> Vec<u8> {
    let key = format!("AWS4{secret}").into_bytes();
    scope.split('/').fold(key, |key, part| sign(&key, part))
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
