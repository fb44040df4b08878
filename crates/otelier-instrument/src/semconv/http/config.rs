//! Options of HTTP telemetry, and the configuration that they and the settings give.

use crate::masking::{MaskingContext, MaskingPolicy, SensitiveKeys};
use crate::payload::{PayloadCapture, PayloadSettings};
use crate::semconv::attribute;
use crate::settings::{HttpSide, Settings};

use super::headers::CapturedHeaders;
use super::message::HttpHeaders;
use super::method::KnownMethods;

/// The options of one layer or middleware. The process-wide settings apply where one is `None`.
///
/// ```
/// use otelier_instrument::masking::SensitiveKeys;
/// use otelier_instrument::semconv::http::HttpOptions;
///
/// let mut options = HttpOptions::default();
/// options.request_headers = Some(vec!["x-tenant".to_owned()]);
/// options.sensitive_query_keys = Some(SensitiveKeys::containing(["ticket"]));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct HttpOptions {
    /// Names of the request headers to record.
    pub request_headers: Option<Vec<String>>,
    /// Names of the response headers to record.
    pub response_headers: Option<Vec<String>>,
    /// Which of the recorded headers are masked.
    pub sensitive_headers: Option<SensitiveKeys>,
    /// Which parameters of URLs are masked.
    pub sensitive_query_keys: Option<SensitiveKeys>,
    /// The methods that are reported by name.
    pub known_methods: Option<Vec<String>>,
    /// Whether to emit what is opt-in by convention: active requests and body sizes.
    pub experimental_telemetry: Option<bool>,
    /// Whether the bodies of requests and responses are recorded: see [`payload`](crate::payload).
    pub capture_payloads: Option<bool>,
    /// Whether a server's connections use TLS: its scheme is `https` if a request names none.
    pub tls: bool,
}

impl HttpOptions {
    /// The process-wide policy with what was chosen here in place of its own.
    fn masking(&self, global: &MaskingPolicy) -> MaskingPolicy {
        let mut masking = global.clone();
        if let Some(keys) = &self.sensitive_headers {
            masking = masking
                .with_context(MaskingContext::HttpRequestHeaders, keys.clone())
                .with_context(MaskingContext::HttpResponseHeaders, keys.clone());
        }
        if let Some(keys) = &self.sensitive_query_keys {
            masking = masking.with_context(MaskingContext::HttpQueryParams, keys.clone());
        }
        masking
    }
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
    pub(crate) masking: MaskingPolicy,
    pub(crate) experimental_telemetry: bool,
    pub(crate) captures_payloads: bool,
    pub(crate) tls: bool,
}

impl HttpConfig {
    pub(crate) fn resolve(
        integration: &str,
        options: &HttpOptions,
        settings: &Settings,
        side: Side,
    ) -> Self {
        let global: &HttpSide = match side {
            Side::Server => &settings.http.server,
            Side::Client => &settings.http.client,
        };
        let masking = options.masking(&settings.masking);
        let captured = |prefix, context, own: &Option<Vec<String>>, global: &Vec<String>| {
            CapturedHeaders::new(prefix, own.as_ref().unwrap_or(global), &masking, context)
        };
        Self {
            methods: KnownMethods::resolve(
                options.known_methods.as_ref().or(global.known_methods.as_ref()),
            ),
            request_headers: captured(
                attribute::HTTP_REQUEST_HEADER_PREFIX,
                MaskingContext::HttpRequestHeaders,
                &options.request_headers,
                &global.request_captured_headers,
            ),
            response_headers: captured(
                attribute::HTTP_RESPONSE_HEADER_PREFIX,
                MaskingContext::HttpResponseHeaders,
                &options.response_headers,
                &global.response_captured_headers,
            ),
            captures_payloads: PayloadSettings::resolve(
                options.capture_payloads,
                &[integration],
                settings,
            )
            .is_enabled(),
            masking,
            experimental_telemetry: options
                .experimental_telemetry
                .unwrap_or(global.experimental_telemetry),
            tls: options.tls,
        }
    }

    /// Captures the body of a message with these headers, if bodies of its content are captured.
    pub(crate) fn capture(
        &self,
        headers: &impl HttpHeaders,
        context: MaskingContext,
    ) -> Option<PayloadCapture> {
        self.captures_payloads
            .then(|| PayloadCapture::of_http(headers, &self.masking, context))
            .flatten()
    }
}
