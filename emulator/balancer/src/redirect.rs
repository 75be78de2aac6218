//! Where a redirection sends a client: `#{host}` and its like stand for what was asked.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions>

use elb::plane::Action;
use http::request::Parts;

use crate::rules::host_of;

/// The URL, where the action redirects.
pub(crate) fn location(
    action: &Action,
    request: &Parts,
    listens_by_tls: bool,
    listens_on: u16,
) -> Option<(u16, String)> {
    let Action::Redirect { status, protocol, host, port, path, query } = action else {
        return None;
    };
    let asked_protocol = if listens_by_tls { "https" } else { "http" };
    let asked_port = listens_on.to_string();
    let asked_host = host_of(request);
    // The path keeps its slash where the action says `/#{path}`.
    let asked_path = request.uri.path().trim_start_matches('/');
    let asked_query = request.uri.query().unwrap_or_default();
    let filled = |text: &str| {
        let text = text.replace("#{protocol}", asked_protocol).replace("#{host}", &asked_host);
        let text = text.replace("#{port}", &asked_port).replace("#{path}", asked_path);
        text.replace("#{query}", asked_query)
    };
    let protocol = filled(protocol).to_ascii_lowercase();
    let query = filled(query);
    let question = if query.is_empty() { "" } else { "?" };
    let (host, port, path) = (filled(host), filled(port), filled(path));
    Some((*status, format!("{protocol}://{host}:{port}{path}{question}{query}")))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn what_was_asked_stands_in_for_what_the_action_does_not_say() {
        let told = |protocol: &str, port: &str, path: &str, query: &str, url: &str| {
            let action = Action::Redirect {
                status: 301,
                protocol: protocol.into(),
                host: "#{host}".into(),
                port: port.into(),
                path: path.into(),
                query: query.into(),
            };
            let request = Request::get(url).header("host", "shop.test:8080").body(()).expect("one");
            location(&action, &request.into_parts().0, false, 80).expect("one").1
        };
        let all = [
            told("HTTPS", "443", "/#{path}", "#{query}", "/a/b?c=d"),
            told("#{protocol}", "#{port}", "/old/#{path}", "from=#{host}&#{query}", "/a?b=c"),
            told("HTTPS", "443", "/#{path}", "#{query}", "/"),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        https://shop.test:443/a/b?c=d
        http://shop.test:80/old/a?from=shop.test&b=c
        https://shop.test:443/
        ");
    }
}
