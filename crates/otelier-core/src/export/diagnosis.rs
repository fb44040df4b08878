//! What is said about an endpoint that does not take telemetry: its URL, its words, and what to
//! try.
//!
//! All that comes from outside passes through `repeat` before it is shown: line breaks would forge
//! lines of a log, a server may answer with a page, and some servers repeat the token that they
//! refuse. What is secret is taken from the settings: values of headers, credentials, values of the
//! query and segments of the path that do not look like words.
//!
//! Advice is for mistakes that a reason or the settings give away, such as the port of the other
//! protocol.

use std::fmt::Write as _;

use http::{HeaderMap, Uri};

use crate::config::{Endpoint, FileOutput, OtlpSettings, Protocol, Signal};

/// How much of what a server says is repeated.
const MAX_WORDS: usize = 300;

/// What is known of the endpoint of one exporter.
pub(super) struct Diagnosis {
    /// Decides which path the endpoint should have.
    signal: Signal,
    /// Decides which advice applies.
    protocol: Protocol,
    /// As it is shown, without secrets.
    endpoint: String,
    /// `None` if the URL has none, and for a file.
    port: Option<u16>,
    /// With secrets: it is compared only.
    path: String,
    /// What must not be repeated, because it is secret.
    secrets: Secrets,
}

/// Texts that are replaced with `****`, the longest first.
struct Secrets(Vec<String>);

impl Diagnosis {
    /// An endpoint that is no URL has no port and no path, and is shown as an empty text.
    pub(super) fn new(signal: Signal, settings: &OtlpSettings) -> Self {
        let endpoint = &settings.endpoint.value;
        let uri = endpoint.url.parse::<Uri>().unwrap_or_default();
        Self {
            signal,
            protocol: settings.protocol.value,
            endpoint: shown(endpoint),
            port: uri.port_u16(),
            path: uri.path().to_owned(),
            secrets: Secrets::of(&uri, endpoint, &settings.headers.value),
        }
    }

    /// Of a file, about which there is no advice.
    pub(super) fn of_file(signal: Signal, output: &FileOutput) -> Self {
        Self {
            signal,
            protocol: Protocol::HttpJson,
            endpoint: output.to_string(),
            port: None,
            path: String::new(),
            secrets: Secrets(Vec::new()),
        }
    }

    /// The URL, without what may be secret in it, or the file.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// `words` of a server or library as one line, bounded, without our secrets.
    ///
    /// White space and control characters become one space. The bound is `MAX_WORDS` characters,
    /// and what is cut is marked with an ellipsis.
    pub(super) fn repeat(&self, words: &str) -> String {
        let mut line = String::new();
        for word in words.split(|it: char| it.is_whitespace() || it.is_control()) {
            if !word.is_empty() {
                line.extend([if line.is_empty() { "" } else { " " }, word]);
            }
        }
        for secret in &self.secrets.0 {
            line = line.replace(secret, "****");
        }
        if let Some((end, _)) = line.char_indices().nth(MAX_WORDS) {
            line.truncate(end);
            line.push('…');
        }
        line
    }

    /// What to try about `reason`, if that is known.
    ///
    /// Causes that the reason names come first. Otherwise the settings are looked at, whatever the
    /// reason.
    pub(super) fn advice(&self, reason: &str) -> Option<&'static str> {
        let has = |part: &str| reason.contains(part);
        if has("CaUsedAsEndEntity") {
            return Some(
                "the server's certificate is that of a certificate authority: give the server a \
                 certificate that the authority signed, and keep the authority's in \
                 OTEL_EXPORTER_OTLP_CERTIFICATE",
            );
        }
        if has("UnknownIssuer") {
            return Some(
                "put the PEM file of the authority that signed the server's certificate into \
                 OTEL_EXPORTER_OTLP_CERTIFICATE",
            );
        }
        if has("InvalidContentType") || has("corrupt message") {
            return Some("the server may not speak TLS: try an endpoint with http://");
        }
        if has("not valid for name") || has("NotValidForName") {
            return Some("the certificate names another host than the endpoint does");
        }
        match self.protocol {
            Protocol::Grpc => (self.port == Some(4318)).then_some(
                "port 4318 is usually that of OTLP over HTTP: try port 4317, or set \
                 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            ),
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                if self.port == Some(4317) {
                    return Some(
                        "port 4317 is usually that of OTLP over gRPC: try port 4318, or set \
                         OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
                    );
                }
                let own = format!("/v1/{}", self.signal);
                let base = self.path.strip_suffix(&*own)?.trim_end_matches('/');
                let doubled = ["/v1/traces", "/v1/metrics", "/v1/logs"];
                doubled.iter().any(|it| base.ends_with(it)).then_some(
                    "OTEL_EXPORTER_OTLP_ENDPOINT is the address of all signals, to whose path \
                     v1/<signal> is added: leave that out there, or use \
                     OTEL_EXPORTER_OTLP_<SIGNAL>_ENDPOINT, which is used as it is",
                )
            }
        }
    }
}

/// The URL of an endpoint for people to read. A path may hold a token, so of its segments only
/// those that look like words are shown; a query is not shown at all.
pub(super) fn shown(endpoint: &Endpoint) -> String {
    let Ok(uri) = endpoint.url.parse::<Uri>() else { return String::new() };
    let scheme = uri.scheme_str().unwrap_or("http");
    let mut shown = format!("{scheme}://{}", uri.authority().map_or("", |it| it.as_str()));
    for segment in uri.path().split('/').skip(1) {
        // A `String` takes everything.
        let _ = write!(shown, "/{}", if is_word(segment) { segment } else { "****" });
    }
    if uri.path() == "/" {
        shown.pop();
    }
    if uri.query().is_some() {
        shown.push_str("?****");
    }
    shown
}

/// Whether a segment of a path is a word such as `otlp`, or a version such as `v1`.
///
/// A segment of more than 16 characters, or one with digits or capitals that is no version, may be
/// a token.
fn is_word(segment: &str) -> bool {
    let version = segment.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.len() <= 2 && number.bytes().all(|it| it.is_ascii_digit())
    });
    version
        || (segment.len() <= 16 && segment.bytes().all(|it| it.is_ascii_lowercase() || it == b'-'))
}

impl Secrets {
    /// Shorter ones would hide half of a sentence.
    /// In bytes.
    const SHORTEST: usize = 4;

    /// All that must not be shown, from the URL and the headers of the settings.
    fn of(uri: &Uri, endpoint: &Endpoint, headers: &HeaderMap) -> Self {
        let values = headers.values().chain(&endpoint.authorization);
        let values = values.filter_map(|value| value.to_str().ok());
        // `Bearer token` is a secret as a whole, and so is the token.
        let parts = values.flat_map(|value| [value].into_iter().chain(value.split(' ').skip(1)));
        let query = uri.query().unwrap_or_default().split('&');
        let query = query.flat_map(|pair| pair.split('=').skip(1));
        let path = uri.path().split('/').filter(|segment| !is_word(segment));
        let mut secrets: Vec<String> = parts
            .chain(query)
            .chain(path)
            .filter(|secret| secret.len() >= Self::SHORTEST)
            .map(str::to_owned)
            .collect();
        // The longest first, for one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::settings_of;
    use super::*;

    fn diagnosis(variables: &[(&str, &str)]) -> Diagnosis {
        Diagnosis::new(Signal::Traces, &settings_of(variables))
    }

    fn at(endpoint: &str) -> Diagnosis {
        diagnosis(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)])
    }

    #[test]
    fn urls_are_whole_but_for_secrets() {
        for (endpoint, expected) in [
            ("http://c:4318", "http://c:4318"),
            ("https://c/v1/traces", "https://c/v1/traces"),
            ("http://c/api/otlp/v1/traces/v1/traces", "http://c/api/otlp/v1/traces/v1/traces"),
            ("http://me:s3cret@c/s3cret?key=s3cret", "http://c/****?****"),
            ("http://c/d2b7c3e0-5f8a/v1/traces", "http://c/****/v1/traces"),
            ("http://c/abcdefghijklmnopq/v123", "http://c/****/****"),
        ] {
            assert_eq!(at(endpoint).endpoint(), expected);
        }
    }

    #[test]
    fn words_are_repeated_without_secrets() {
        let mut diagnosis = diagnosis(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t0ken,x-short=abc"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:p4ss@c/p4th/v1/traces?key=qu3ry"),
        ]);
        let words = "no such\r\n token \"t0ken\"\t for abc at /p4th?key=qu3ry";
        let expected = "no such token \"****\" for abc at /****?key=****";
        assert_eq!(diagnosis.repeat(words), expected);
        assert_eq!(diagnosis.repeat("Basic bWU6cDRzcw=="), "****");
        let long = "é".repeat(MAX_WORDS + 1);
        assert_eq!(diagnosis.repeat(&long), format!("{}…", "é".repeat(MAX_WORDS)));
        diagnosis.secrets = Secrets(Vec::new());
        assert_eq!(diagnosis.repeat("Bearer t0ken"), "Bearer t0ken");
    }

    #[test]
    fn advice_fits_the_endpoint() {
        for (variables, reason, expected) in [
            (
                vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")],
                "",
                Some("gRPC: try port 4318"),
            ),
            (
                vec![
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
                ],
                "",
                Some("HTTP: try port 4317"),
            ),
            (
                vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/v1/traces")],
                "404 Not Found",
                Some("leave that out there"),
            ),
            (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")], "404 Not Found", None),
            (
                vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c")],
                "invalid peer certificate: CaUsedAsEndEntity",
                Some("that of a certificate authority"),
            ),
            (
                vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c")],
                "invalid peer certificate: UnknownIssuer",
                Some("OTEL_EXPORTER_OTLP_CERTIFICATE"),
            ),
        ] {
            let advice = diagnosis(&variables).advice(reason);
            match expected {
                Some(part) => assert!(advice.is_some_and(|it| it.contains(part)), "{advice:?}"),
                None => assert_eq!(advice, None, "{variables:?}"),
            }
        }
    }

    #[test]
    fn header_values_are_hidden_without_their_scheme() {
        let headers = HeaderMap::from_iter([(
            http::header::AUTHORIZATION,
            HeaderValue::from_static("Bearer longer-token"),
        )]);
        let endpoint = Endpoint::default_for(Signal::Logs, Protocol::HttpJson);
        let Secrets(secrets) = Secrets::of(&Uri::default(), &endpoint, &headers);
        assert_eq!(secrets, ["Bearer longer-token", "longer-token"]);
    }
}
