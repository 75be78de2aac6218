//! Policy documents of forms, and the forms that they judge.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudless_core::Timestamp;
use cloudless_core::s3::{Form, PostPolicy};

/// 2026-11-23, noon.
const NOON: Timestamp = Timestamp::from_ms(1_795_435_200_000);

/// The first line is a document; each one after it a field, `name=value`.
pub fn read(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let document = lines.next().unwrap_or_default();
    let fields = lines.filter_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let form = Form::new(fields.collect(), Some("cat.jpg"));
    let _ = (form.key(), form.signature(), form.success_status(), form.success_redirect());
    if let Ok(text) = std::str::from_utf8(document) {
        let _ = PostPolicy::parse(text);
    }
    if let Ok(policy) = PostPolicy::parse(&BASE64_STANDARD.encode(document)) {
        if let Ok(sizes) = policy.check(&form, "photos", NOON) {
            let _ = (sizes.min_bytes, sizes.max_bytes);
        }
    }
}
