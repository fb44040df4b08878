//! Who asked whom, and how, behind proxies: `Forwarded`, `X-Forwarded-*`, and what the connection says itself.
//!
//! Only the first proxy's word counts, the one nearest to the client. Source:
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#setting-serveraddress-and-serverport-attributes> and
//! RFC 7239.

use http::header::{FORWARDED, HOST, HeaderMap};
use http::uri::{Authority, Uri};

/// What the headers tell of the request's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    /// `http` or `https`; another scheme is not believed, since it would become a metric's attribute.
    pub(super) scheme: Option<&'static str>,
    /// The host and the port that the client asked for.
    pub(super) host: Option<HostPort<'a>>,
    /// The client's address.
    pub(super) client: Option<&'a str>,
}

/// A host name or address, without the brackets of an IPv6 literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HostPort<'a> {
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
}

impl<'a> Origin<'a> {
    pub(super) fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let forwarded = Forwarded::parse(text(headers, &FORWARDED));
        let scheme =
            forwarded.proto.or_else(|| first(text(headers, "x-forwarded-proto"))).and_then(scheme);
        let host = forwarded
            .host
            .or_else(|| first(text(headers, "x-forwarded-host")))
            .or_else(|| uri.authority().map(Authority::as_str))
            .or_else(|| text(headers, &HOST));
        let client =
            forwarded.for_.or_else(|| first(text(headers, "x-forwarded-for")).filter(is_told));
        Self {
            scheme: scheme.or_else(|| uri.scheme_str().and_then(self::scheme)),
            host: host.and_then(HostPort::parse),
            client: client.and_then(HostPort::parse).map(|client| client.host),
        }
    }
}

impl<'a> HostPort<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // An authority may carry user information, which must not leave.
        let text = text.rsplit_once('@').map_or(text, |(_, host)| host).trim();
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => match text.split_once(':') {
                // More than one colon: an IPv6 address that nobody put into brackets.
                Some((_, rest)) if rest.contains(':') => (text, None),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        (!host.is_empty()).then(|| Self { host, port: port.and_then(|port| port.parse().ok()) })
    }
}

/// The first element of a `Forwarded` header.
#[derive(Clone, Copy, Default)]
struct Forwarded<'a> {
    proto: Option<&'a str>,
    host: Option<&'a str>,
    for_: Option<&'a str>,
}

impl<'a> Forwarded<'a> {
    fn parse(header: Option<&'a str>) -> Self {
        let mut forwarded = Self::default();
        let Some(element) = header.and_then(|header| header.split(',').next()) else {
            return forwarded;
        };
        for pair in element.split(';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty());
            match name.trim() {
                name if name.eq_ignore_ascii_case("proto") => forwarded.proto = value,
                name if name.eq_ignore_ascii_case("host") => forwarded.host = value,
                name if name.eq_ignore_ascii_case("for") => forwarded.for_ = value.filter(is_told),
                _ => {}
            }
        }
        forwarded
    }
}

/// Whether a proxy tells who its client is: `unknown` and names that start with `_` hide it on purpose.
fn is_told(client: &&str) -> bool {
    !client.eq_ignore_ascii_case("unknown") && !client.starts_with('_')
}

fn text(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn first(list: Option<&str>) -> Option<&str> {
    list.and_then(|list| list.split(',').next()).map(str::trim).filter(|first| !first.is_empty())
}

fn scheme(name: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn check(
        uri: &str,
        headers: &[(&str, &str)],
        scheme: Option<&str>,
        host: Option<(&str, Option<u16>)>,
        client: Option<&str>,
    ) {
        let uri: Uri = uri.parse().expect("a URI");
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"))
            })
            .collect();
        let origin = Origin::of(&uri, &headers);
        assert_eq!(origin.scheme, scheme);
        assert_eq!(origin.host.map(|host| (host.host, host.port)), host);
        assert_eq!(origin.client, client);
    }

    #[test]
    fn takes_the_host_header_of_a_plain_request() {
        check("/a", &[("host", "example.com")], None, Some(("example.com", None)), None);
        check("/a", &[("host", "example.com:8080")], None, Some(("example.com", Some(8080))), None);
        check("/a", &[("host", "[::1]:8080")], None, Some(("::1", Some(8080))), None);
        check("/a", &[("host", "[::1]")], None, Some(("::1", None)), None);
        check("/a", &[], None, None, None);
    }

    #[test]
    fn the_authority_of_the_uri_beats_the_host_header() {
        let host = ("host", "other");
        check("https://example.com/a", &[host], Some("https"), Some(("example.com", None)), None);
        check(
            "http://joe:pw@example.com:81/",
            &[host],
            Some("http"),
            Some(("example.com", Some(81))),
            None,
        );
    }

    #[test]
    fn x_forwarded_headers_beat_the_connection() {
        let headers = [
            ("host", "inner:8080"),
            ("x-forwarded-proto", "HTTPS, http"),
            ("x-forwarded-host", "example.com, proxy"),
            ("x-forwarded-for", "203.0.113.7, 10.0.0.1"),
        ];
        check("/a", &headers, Some("https"), Some(("example.com", None)), Some("203.0.113.7"));
    }

    #[test]
    fn forwarded_beats_x_forwarded_headers() {
        let headers = [
            (
                "forwarded",
                r#"For="[2001:db8::17]:4711";Proto=https;host=example.com:444, for=10.0.0.1"#,
            ),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-host", "other"),
        ];
        check(
            "/a",
            &headers,
            Some("https"),
            Some(("example.com", Some(444))),
            Some("2001:db8::17"),
        );
    }

    #[test]
    fn hidden_and_broken_values_count_as_absent() {
        check("/a", &[("forwarded", "for=unknown")], None, None, None);
        check("/a", &[("forwarded", "for=_hidden;;=;proto")], None, None, None);
        check("/a", &[("x-forwarded-for", "unknown, 10.0.0.1")], None, None, None);
        check("/a", &[("host", ""), ("x-forwarded-host", ""), ("forwarded", "")], None, None, None);
        check("/a", &[("host", ":80"), ("x-forwarded-host", "@, a")], None, None, None);
        check("/a", &[("host", "joe:pw@example.com")], None, Some(("example.com", None)), None);
        check("/a", &[("forwarded", "for=@")], None, None, None);
        check(
            "/a",
            &[("x-forwarded-for", " , 10.0.0.1"), ("x-forwarded-proto", "gopher")],
            None,
            None,
            None,
        );
        check("/a", &[("host", "[::1")], None, None, None);
        check("/a", &[("host", "example.com:http")], None, Some(("example.com", None)), None);
    }

    #[test]
    fn an_address_without_brackets_is_kept_whole() {
        check("/a", &[("x-forwarded-for", "2001:db8::17")], None, None, Some("2001:db8::17"));
        check("/a", &[("x-forwarded-for", "203.0.113.7:4711")], None, None, Some("203.0.113.7"));
    }
}
