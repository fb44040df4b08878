//! Where a request goes.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// The host and port of the request's URL. `None` before the endpoint is applied.
pub(crate) fn server(request: &HttpRequest) -> Option<(&str, u16)> {
    let (scheme, rest) = request.uri().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let default = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let (host, port) = match authority.strip_prefix('[') {
        Some(literal) => {
            let (host, rest) = literal.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = port.map_or(Some(default), |port| port.parse().ok())?;
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_host_and_port_of_the_url() {
        for (uri, expected) in [
            ("https://sqs.eu-west-1.amazonaws.com/", Some(("sqs.eu-west-1.amazonaws.com", 443))),
            ("http://127.0.0.1:4566/a?b=http://c:1", Some(("127.0.0.1", 4566))),
            ("http://[::1]:80", Some(("::1", 80))),
            ("http://[::1]/", Some(("::1", 80))),
            ("/path/only", None),
        ] {
            let request = HttpRequest::get(uri).expect("a request");
            assert_eq!(server(&request), expected, "{uri}");
        }
    }
}
