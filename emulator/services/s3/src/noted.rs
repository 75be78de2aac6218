//! What an answer says beside AWS's words.

use serde::Serialize;

/// The output of an operation after which something is said to be delivered that is not.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Noted {
    /// To whom nothing is delivered: a header of ours, beside AWS's answer.
    #[serde(rename = "x-cloudless-undelivered", skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

impl Noted {
    pub(crate) fn undelivered<'a>(to: impl Iterator<Item = &'a str>) -> Self {
        let all: Vec<&str> = to.collect();
        Self { undelivered: Some(all.join(", ")).filter(|all| !all.is_empty()) }
    }
}
