//! What a user may choose about HTTP telemetry, and what comes of it together with the process-wide settings.

use crate::masking::{SecretKeys, UrlRedaction};
use crate::semconv::attribute;
use crate::settings::{HttpSide, Settings};

use super::headers::CapturedHeaders;
use super::method::KnownMethods;

/// The choices made on one layer or middleware. What is `None` is taken from the process-wide settings.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct HttpOptions {
    /// Names of the request headers to record.
    pub request_headers: Option<Vec<String>>,
    /// Names of the response headers to record.
    pub response_headers: Option<Vec<String>>,
    /// Which of the recorded headers are masked.
    pub secret_headers: SecretKeys,
    /// What is redacted in URLs.
    pub url_redaction: UrlRedaction,
    /// The methods that are reported by name.
    pub known_methods: Option<Vec<String>>,
    /// Whether to emit what is opt-in by convention: active requests and body sizes.
    pub experimental_telemetry: Option<bool>,
    /// Whether a server's connections are TLS ones, where nothing else tells the scheme.
    pub tls: bool,
}

/// The two sides of HTTP, for what differs between their settings.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Server,
    Client,
}

/// The choices in force.
#[derive(Debug)]
pub(crate) struct HttpConfig {
    pub(crate) methods: KnownMethods,
    pub(crate) request_headers: CapturedHeaders,
    pub(crate) response_headers: CapturedHeaders,
    pub(crate) url_redaction: UrlRedaction,
    pub(crate) experimental_telemetry: bool,
    pub(crate) tls: bool,
}

impl HttpConfig {
    pub(crate) fn resolve(options: &HttpOptions, settings: &Settings, side: Side) -> Self {
        let global: &HttpSide = match side {
            Side::Server => &settings.http.server,
            Side::Client => &settings.http.client,
        };
        let captured = |prefix, own: &Option<Vec<String>>, global: &Vec<String>| {
            CapturedHeaders::new(
                prefix,
                own.as_ref().unwrap_or(global),
                &options.secret_headers,
                &options.url_redaction,
            )
        };
        Self {
            methods: KnownMethods::resolve(options.known_methods.as_deref(), settings),
            request_headers: captured(
                attribute::HTTP_REQUEST_HEADER_PREFIX,
                &options.request_headers,
                &global.request_headers,
            ),
            response_headers: captured(
                attribute::HTTP_RESPONSE_HEADER_PREFIX,
                &options.response_headers,
                &global.response_headers,
            ),
            url_redaction: options.url_redaction.clone(),
            experimental_telemetry: options
                .experimental_telemetry
                .unwrap_or(global.experimental_telemetry),
            tls: options.tls,
        }
    }
}
