//! Headers that a listener's attributes add to answers, leave out, or call otherwise in requests.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html>

use std::collections::BTreeMap;

use http::header::{HeaderMap, HeaderName, HeaderValue, SERVER};

const OF_ANSWERS: &str = "routing.http.response.";
const OF_REQUESTS: &str = "routing.http.request.";

/// Changes an answer's headers.
pub(crate) fn answer(headers: &mut HeaderMap, attributes: &BTreeMap<String, String>) {
    for (key, said) in attributes {
        let Some(attribute) = key.strip_prefix(OF_ANSWERS) else { continue };
        if attribute == "server.enabled" && said == "false" {
            headers.remove(SERVER);
        }
        let Some(name) = attribute.strip_suffix(".header_value").filter(|_| !said.is_empty())
        else {
            continue;
        };
        if let (Some(name), Ok(value)) = (header(name), HeaderValue::from_str(said)) {
            headers.insert(name, value);
        }
    }
}

/// Changes the headers that a target gets.
pub(crate) fn request(headers: &mut HeaderMap, attributes: &BTreeMap<String, String>) {
    for (key, said) in attributes {
        let Some(attribute) = key.strip_prefix(OF_REQUESTS) else { continue };
        let Some(name) = attribute.strip_suffix(".header_name").and_then(header) else { continue };
        if let Ok(renamed) = HeaderName::from_bytes(said.as_bytes())
            && let Some(value) = headers.remove(&name)
        {
            headers.insert(renamed, value);
        }
    }
}

/// `x_frame_options` is `x-frame-options`.
fn header(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.replace('_', "-").as_bytes()).ok()
}
