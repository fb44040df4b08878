//! The address of an OTLP endpoint, with what is secret in it kept apart.
//!
//! The specification has two kinds of addresses. A base address serves all signals, and HTTP adds
//! `v1/<signal>` to its path; the address of one signal is used as it is. `Endpoint::under` is for
//! the first kind and `Endpoint::exactly` for the second. Both parse with `Address`, and both
//! return `None` for text that is no address: the caller knows whether that is an error or a
//! warning.
//!
//! With gRPC only scheme, host and port count, because the path of a request is that of its method.
//! An address without a scheme is accepted with gRPC only, where `OTEL_EXPORTER_OTLP_INSECURE`
//! decides between the two schemes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;

use super::choices::{Protocol, Signal};

/// Where one signal is sent.
///
/// Userinfo (`https://user:password@host`) moves to an `authorization` header value that no debug
/// print shows. Path and query may hold a token too, so logs, and the
/// libraries below, get [`shown`](Self::shown) only.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Endpoint {
    /// Without userinfo. Path and query may be secret.
    pub(crate) url: String,
    /// `Basic` with the userinfo, marked sensitive. `None` if the address had none.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// The endpoint that the OTLP specification makes the default.
    pub(crate) fn default_for(signal: Signal, protocol: Protocol) -> Self {
        let url = match protocol {
            Protocol::Grpc => "http://localhost:4317".to_owned(),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                format!("http://localhost:4318/v1/{signal}")
            }
        };
        Self { url, authorization: None }
    }

    /// The endpoint under a base address that serves all signals: HTTP adds `v1/<signal>` to its
    /// path.
    ///
    /// A path that ends with slashes gets no second slash. `None` if `base` is no address.
    pub(crate) fn under(
        base: &str,
        signal: Signal,
        protocol: Protocol,
        insecure: bool,
    ) -> Option<Self> {
        let address = Address::parse(base, protocol, insecure)?;
        Some(
            address
                .endpoint(protocol, |path| format!("{}/v1/{signal}", path.trim_end_matches('/'))),
        )
    }

    /// Scheme and host, for a log: path and query may hold a token.
    pub(crate) fn shown(&self) -> &str {
        let path = self.url.match_indices('/').nth(2).map_or(self.url.len(), |(at, _)| at);
        &self.url[..path]
    }

    /// The endpoint that was given for one signal: used as it is.
    ///
    /// No path is added. `None` if `text` is no address.
    pub(crate) fn exactly(text: &str, protocol: Protocol, insecure: bool) -> Option<Self> {
        Some(Address::parse(text, protocol, insecure)?.endpoint(protocol, str::to_owned))
    }
}

/// Completes "expected …" in a warning.
pub(crate) const EXPECTED: &str =
    "a URL with a host, http:// or https:// (gRPC also takes host:port)";

/// The parts of an address, before it is known which path a signal gets.
struct Address {
    /// `http` or `https`, in lower case however it was written.
    scheme: &'static str,
    /// With the port if there was one, without userinfo.
    host: String,
    /// At least `/`.
    path: String,
    /// Without the question mark.
    query: Option<String>,
    /// The value of the header that stands for the userinfo.
    authorization: Option<HeaderValue>,
}

impl Address {
    /// `None` for another scheme, for no scheme unless the protocol is gRPC, for an empty host, and
    /// for a port that is not from 1 to 65535.
    fn parse(text: &str, protocol: Protocol, insecure: bool) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
            Some(_) => return None,
            // Only an address without a scheme is subject to OTEL_EXPORTER_OTLP_INSECURE, and only
            // with gRPC.
            None if protocol == Protocol::Grpc => (if insecure { "http" } else { "https" }, text),
            None => return None,
        };
        let uri: Uri = format!("{scheme}://{rest}").parse().ok()?;
        let authority = uri.authority()?;
        if authority.host().is_empty() {
            return None;
        }
        let (userinfo, host) = match authority.as_str().rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority.as_str()),
        };
        // A port that is none would be taken for the default one, and may be the beginning of a
        // password with a slash.
        let port = host.strip_prefix(authority.host())?;
        if !port.is_empty() && port.strip_prefix(':')?.parse::<u16>().unwrap_or(0) == 0 {
            return None;
        }
        Some(Self {
            scheme,
            host: host.to_owned(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            authorization: match userinfo {
                Some(userinfo) => Some(basic_authorization(userinfo)?),
                None => None,
            },
        })
    }

    /// `path` gets the path of the address and returns that of the request. The query stays behind
    /// it. With gRPC neither of them is kept.
    fn endpoint(self, protocol: Protocol, path: impl FnOnce(&str) -> String) -> Endpoint {
        let Self { scheme, host, .. } = &self;
        let url = match protocol {
            // The path of a gRPC request is that of its method.
            Protocol::Grpc => format!("{scheme}://{host}"),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                let query =
                    self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
                format!("{scheme}://{host}{}{query}", path(&self.path))
            }
        };
        Endpoint { url, authorization: self.authorization }
    }
}

/// Percent-decodes both parts, since a password may hold a `@` or a slash that way. Without a colon
/// the password is empty. `None` if the result is no header value.
fn basic_authorization(userinfo: &str) -> Option<HeaderValue> {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut credentials: Vec<u8> = percent_decode_str(user).collect();
    credentials.push(b':');
    credentials.extend(percent_decode_str(password));
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(credentials))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Protocol::{Grpc, HttpJson, HttpProtobuf};

    #[test]
    fn http_adds_the_signal_to_a_base() {
        for (base, expected) in [
            ("http://c:4318", Some("http://c:4318/v1/traces")),
            ("http://c:4318/", Some("http://c:4318/v1/traces")),
            ("HTTPS://c/otlp/", Some("https://c/otlp/v1/traces")),
            ("https://c/otlp?tenant=1", Some("https://c/otlp/v1/traces?tenant=1")),
            ("http://[::1]:4318", Some("http://[::1]:4318/v1/traces")),
            ("c:4318", None),
            ("localhost", None),
            ("http://", None),
            ("http://c:", None),
            ("http://c:0", None),
            ("http://c:65536", None),
            ("http://me:s3cret/@c:4318", None),
            ("http://c:65535", Some("http://c:65535/v1/traces")),
            ("http://a b", None),
            ("ftp://c", None),
            ("unix:///run/otlp", None),
        ] {
            for protocol in [HttpProtobuf, HttpJson] {
                let endpoint = Endpoint::under(base, Signal::Traces, protocol, false);
                assert_eq!(endpoint.map(|endpoint| endpoint.url).as_deref(), expected, "{base:?}");
            }
        }
    }

    #[test]
    fn a_signals_endpoint_is_used_unchanged() {
        for (text, expected) in [
            ("http://c:4318", "http://c:4318/"),
            ("http://c:4318/", "http://c:4318/"),
            ("http://c:4318/in?x=1", "http://c:4318/in?x=1"),
        ] {
            assert_eq!(Endpoint::exactly(text, HttpProtobuf, false).unwrap().url, expected);
        }
    }

    #[test]
    fn grpc_takes_an_address_without_a_scheme() {
        for (text, insecure, expected) in [
            ("c:4317", false, Some("https://c:4317")),
            ("c:4317", true, Some("http://c:4317")),
            ("http://c:4317", false, Some("http://c:4317")),
            ("https://c:4317/ignored", true, Some("https://c:4317")),
            ("unix:///run/otlp", true, None),
            (":4317", true, None),
        ] {
            for endpoint in [
                Endpoint::under(text, Signal::Logs, Grpc, insecure),
                Endpoint::exactly(text, Grpc, insecure),
            ] {
                assert_eq!(endpoint.map(|endpoint| endpoint.url).as_deref(), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn userinfo_becomes_a_hidden_header() {
        let endpoint =
            Endpoint::under("https://me:p%40ss@c", Signal::Logs, HttpProtobuf, false).unwrap();
        assert_eq!(endpoint.url, "https://c/v1/logs");
        assert_eq!(endpoint.shown(), "https://c");
        assert_eq!(endpoint.authorization.as_ref().unwrap(), "Basic bWU6cEBzcw==");
        assert!(!format!("{endpoint:?}").contains("bWU6cEBzcw"), "{endpoint:?}");
    }

    #[test]
    fn defaults_are_those_of_the_specification() {
        let grpc = Endpoint::default_for(Signal::Metrics, Grpc);
        assert_eq!((&*grpc.url, grpc.shown()), ("http://localhost:4317", "http://localhost:4317"));
        assert_eq!(
            Endpoint::default_for(Signal::Metrics, HttpJson).url,
            "http://localhost:4318/v1/metrics"
        );
    }
}
