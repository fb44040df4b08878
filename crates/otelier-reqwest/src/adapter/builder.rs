//! The settings of the middleware.

use otelier_instrument::masking::SensitiveKeys;
use otelier_instrument::semconv::http::HttpOptions;
use otelier_instrument::{Providers, integration, provider_setters};

use super::OtelMiddleware;
use crate::recorder::HttpClientRecorder;

/// Builds an [`OtelMiddleware`].
///
/// What is not set here comes from the settings of `otelier::init()` and from the global providers.
///
/// ```
#[doc = line_use!("OtelMiddleware")]
///
/// let middleware = OtelMiddleware::builder()
///     .with_captured_response_headers(["x-request-id", "x-test-*"])
///     .with_response_body(true)
///     .build();
/// let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
///     .with(middleware)
///     .build();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct OtelMiddlewareBuilder {
    providers: Providers,
    options: HttpOptions,
    with_response_body: bool,
}

impl OtelMiddlewareBuilder {
    provider_setters!(propagator);

    /// Records these request headers as `http.request.header.<name>`. None by default. A name may
    /// have wildcards: `x-test-*`.
    ///
    /// Only those that the request itself has: reqwest adds a client's default headers later.
    pub fn with_captured_request_headers(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.request_headers = Some(list(names));
        self
    }

    /// Records these response headers as `http.response.header.<name>`. None by default. A name may
    /// have wildcards: `x-test-*`.
    pub fn with_captured_response_headers(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.response_headers = Some(list(names));
        self
    }

    /// Masks the captured headers whose names contain one of `parts`, in any case. Replaces the
    /// process-wide [policy](otelier_instrument::masking), which by default masks `authorization`,
    /// `cookie`, `x-api-key` and the like; without parts, none is masked.
    ///
    /// Headers that hold URLs, such as `location`, are masked as `url.full` is. A value that is
    /// [marked as sensitive](http::HeaderValue::set_sensitive), as those that reqwest makes of a
    /// password or a token are, is masked in any case.
    pub fn with_masked_headers(mut self, parts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.options.sensitive_headers = Some(SensitiveKeys::containing(parts));
        self
    }

    /// Masks the values of the parameters whose names contain one of `keys`, in any case, in the
    /// URLs of `url.full` and of headers. Replaces the process-wide
    /// [policy](otelier_instrument::masking), which by default masks tokens, signatures and the
    /// like; without keys none is masked. User information is masked in any case.
    pub fn with_redacted_query_keys(
        mut self,
        keys: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        self.options.sensitive_query_keys = Some(SensitiveKeys::containing(keys));
        self
    }

    /// Reports these methods by name and every other as `_OTHER`. Replaces the default list.
    pub fn with_known_methods(
        mut self,
        methods: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.options.known_methods = Some(list(methods));
        self
    }

    /// Whether to emit what is opt-in by convention: the sizes of bodies.
    ///
    /// That of a response is known where the server announced it, or with [`with_response_body`].
    /// If reqwest decompresses the body, it is the size after that.
    ///
    /// [`with_response_body`]: Self::with_response_body
    pub fn with_experimental_telemetry(mut self, enabled: bool) -> Self {
        self.options.experimental_telemetry = Some(enabled);
        self
    }

    /// Whether span and duration end when the response's body ends, instead of when its headers
    /// have arrived.
    ///
    /// A body that is dropped before its end counts as cancelled: the span has `otelier.cancelled`.
    pub fn with_response_body(mut self, enabled: bool) -> Self {
        self.with_response_body = enabled;
        self
    }

    /// Records the bodies of requests and responses as `http.request.body` and
    /// `http.response.body`: masked, and cut to the limit of attribute values. Off by default; the
    /// variable is `OTELIER_CAPTURE_PAYLOADS`.
    ///
    /// [Which bodies](otelier_instrument::payload) depends on their content type. Where the body of
    /// a response is captured, span and duration end with it, as by
    /// [`with_response_body`](Self::with_response_body).
    pub fn with_payload_capture(mut self, enabled: bool) -> Self {
        self.options.capture_payloads = Some(enabled);
        self
    }

    /// Builds the middleware.
    #[must_use]
    pub fn build(self) -> OtelMiddleware {
        let recorder =
            HttpClientRecorder::new(integration!("reqwest"), self.providers, self.options);
        OtelMiddleware::with_recorder(recorder.with_response_body(self.with_response_body))
    }
}

fn list(items: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}
