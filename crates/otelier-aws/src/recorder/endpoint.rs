//! The server that a request is sent to.
//!
//! The SDK gives the URL of a request as text. It is taken apart by hand, without copies, since
//! only three parts of it are of interest. Credentials in front of the host are left out.

/// What a URL says of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint<'a> {
    /// As in the URL, in any case.
    pub(super) scheme: &'a str,
    /// Without the brackets of an IPv6 address.
    pub(super) host: &'a str,
    /// The port, if the URL has one.
    pub(super) port: Option<u16>,
}

impl<'a> Endpoint<'a> {
    /// The server of `url`. `None` if it is not absolute.
    ///
    /// A host that is empty or a port that is no number is no server either.
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit('@').next()?;
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
        let port = match port {
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// The port, or the default one of the scheme.
    pub(super) fn port_or_default(&self) -> u16 {
        let default = if self.scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
        self.port.unwrap_or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_host_and_port_of_the_url() {
        for (url, expected) in [
            ("https://sqs.eu-west-1.amazonaws.com/", Some(("sqs.eu-west-1.amazonaws.com", 443))),
            ("http://127.0.0.1:4566/a?b=http://c:1", Some(("127.0.0.1", 4566))),
            ("http://[::1]:80", Some(("::1", 80))),
            ("http://[::1]/", Some(("::1", 80))),
            ("https://user:secret@host", Some(("host", 443))),
            ("http://host:port/", None),
            ("/path/only", None),
        ] {
            let endpoint = Endpoint::of(url);
            let server = endpoint.map(|endpoint| (endpoint.host, endpoint.port_or_default()));
            assert_eq!(server, expected, "{url}");
        }
    }
}
