//! Documents in XML, as each operation that takes one reads it.

use http::Request;

use crate::request::hear;

/// Whose bodies are documents.
const HEADS: [(&str, &str); 24] = [
    ("PUT", "/photos"),
    ("PUT", "/photos?accelerate"),
    ("PUT", "/photos?acl"),
    ("PUT", "/photos?analytics&id=a"),
    ("PUT", "/photos?cors"),
    ("PUT", "/photos?encryption"),
    ("PUT", "/photos?intelligent-tiering&id=a"),
    ("PUT", "/photos?inventory&id=a"),
    ("PUT", "/photos?lifecycle"),
    ("PUT", "/photos?logging"),
    ("PUT", "/photos?metrics&id=a"),
    ("PUT", "/photos?notification"),
    ("PUT", "/photos?object-lock"),
    ("PUT", "/photos?ownershipControls"),
    ("PUT", "/photos?publicAccessBlock"),
    ("PUT", "/photos?replication"),
    ("PUT", "/photos?requestPayment"),
    ("PUT", "/photos?tagging"),
    ("PUT", "/photos?versioning"),
    ("PUT", "/photos?website"),
    ("POST", "/photos?delete"),
    ("POST", "/photos/cat.jpg?uploadId=u"),
    ("PUT", "/photos/cat.jpg?retention"),
    ("POST", "/photos/cat.jpg?restore"),
];

/// The first byte says whose document the rest is.
pub fn read(data: &[u8]) {
    let Some((which, document)) = data.split_first() else { return };
    let (method, target) = HEADS[usize::from(*which) % HEADS.len()];
    let head = Request::builder().method(method).uri(target).header("host", "localhost");
    if let Ok(head) = head.body(()) {
        hear(&head.into_parts().0, document);
    }
}
