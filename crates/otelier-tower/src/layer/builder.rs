//! The settings of the layer.

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use http::request::Parts;
use http::response;
use opentelemetry::KeyValue;
use opentelemetry::logs::LoggerProvider;
use otelier_instrument::masking::SensitiveKeys;
use otelier_instrument::semconv::http::HttpOptions;
use otelier_instrument::{Providers, integration, provider_setters};

use super::super::line;
use super::OtelLayer;
use crate::adapter::Hooks;
use crate::recorder::HttpServerRecorder;

/// Decides which requests are traced.
pub(super) type Filter = Arc<dyn Fn(&Parts) -> bool + Send + Sync>;

/// Builds an [`OtelLayer`].
///
/// What is not set here comes from the settings of `otelier::init()` and from the global providers.
///
/// ```
#[doc = layer_use!()]
///
/// let layer = OtelLayer::builder()
///     .with_captured_request_headers(["x-request-id", "x-test-*"])
///     .with_filter(|request| request.uri.path() != "/health")
///     .build();
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct OtelLayerBuilder {
    providers: Providers,
    options: HttpOptions,
    filter: Option<Filter>,
    hooks: Hooks,
}

impl OtelLayerBuilder {
    pub(super) fn new() -> Self {
        Self {
            providers: Providers::default(),
            options: HttpOptions::default(),
            filter: None,
            hooks: Hooks::default(),
        }
    }

    provider_setters!(propagator);

    /// Writes the log records of [errors](crate::record_error) to `provider` instead of that of
    /// `init()`.
    pub fn with_logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + Sync + 'static,
    {
        self.providers.set_logger_provider(provider);
        self
    }

    /// Records these request headers as `http.request.header.<name>`. None by default.
    ///
    /// A name may have wildcards: `x-test-*`. The values of secret headers are masked: see
    /// [`with_masked_headers`](Self::with_masked_headers).
    pub fn with_captured_request_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.options.request_headers = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Records these response headers as `http.response.header.<name>`. None by default.
    ///
    /// A name may have wildcards: `x-test-*`. The values of secret headers are masked: see
    /// [`with_masked_headers`](Self::with_masked_headers).
    pub fn with_captured_response_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.options.response_headers = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Masks the recorded headers whose name contains one of `parts`, in any case. Without parts,
    /// none is masked.
    ///
    /// Replaces the process-wide [policy](otelier_instrument::masking), which by default masks
    /// `authorization`, `cookie`, `x-api-key` and the like. Headers that hold URLs, such as
    /// `referer`, are masked as `url.query` is. A value that is
    /// [marked as sensitive](http::HeaderValue::set_sensitive) is masked in any case.
    pub fn with_masked_headers<I>(mut self, parts: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.options.sensitive_headers = Some(SensitiveKeys::containing(parts));
        self
    }

    /// Masks the values of the parameters whose names contain one of `keys`, in any case, in
    /// `url.query` and in the URLs of headers. Without keys, none is masked.
    ///
    /// Replaces the process-wide [policy](otelier_instrument::masking), which by default masks
    /// tokens, signatures and the like.
    pub fn with_redacted_query_keys<I>(mut self, keys: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.options.sensitive_query_keys = Some(SensitiveKeys::containing(keys));
        self
    }

    /// Reports these methods by name, and every other as `_OTHER`. Replaces the default list.
    pub fn with_known_methods<I>(mut self, methods: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.options.known_methods = Some(methods.into_iter().map(Into::into).collect());
        self
    }

    /// Emits what is opt-in by convention: `http.server.active_requests`, and the sizes of bodies
    /// as metrics and attributes. Off by default.
    pub fn with_experimental_telemetry(mut self, on: bool) -> Self {
        self.options.experimental_telemetry = Some(on);
        self
    }

    /// Records the bodies of requests and responses as `http.request.body` and
    /// `http.response.body`: masked, and cut to the limit of attribute values. Off by default; the
    /// variable is `OTELIER_CAPTURE_PAYLOADS`.
    ///
    /// [Which bodies](otelier_instrument::payload) depends on their content type. A response whose
    /// body is captured ends the request with its last byte, also where its size is known before.
    /// The body of a request is captured with axum only: another service may take no body of
    /// another type.
    pub fn with_payload_capture(mut self, on: bool) -> Self {
        self.options.capture_payloads = Some(on);
        self
    }

    /// Says that connections use TLS: `url.scheme` is `https` where neither a proxy's header nor
    /// the request has a scheme. Off by default.
    pub fn with_tls(mut self, on: bool) -> Self {
        self.options.tls = on;
        self
    }

    /// Adds attributes of your own to the span, from the head of the request.
    ///
    /// Attributes that the conventions have are left out, long texts are cut, and nothing is
    /// masked. It is called for requests that are recorded. If it panics, it adds nothing.
    ///
    /// ```
    #[doc = layer_use!()]
    /// use opentelemetry::KeyValue;
    ///
    /// let layer = OtelLayer::builder()
    ///     .with_span_attributes_from_request(|request| {
    ///         let tenant = request.headers.get("x-tenant").and_then(|it| it.to_str().ok());
    ///         tenant.map(|tenant| KeyValue::new("tenant", tenant.to_owned()))
    ///     })
    ///     .build();
    /// ```
    pub fn with_span_attributes_from_request<F, I>(mut self, attributes: F) -> Self
    where
        F: Fn(&Parts) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = KeyValue>,
    {
        let hook = move |parts: &Parts| attributes(parts).into_iter().collect();
        self.hooks.span_from_request = Some(Arc::new(hook));
        self
    }

    /// Adds attributes of your own to the span, from the head of the response: otherwise as
    /// [`with_span_attributes_from_request`](Self::with_span_attributes_from_request).
    pub fn with_span_attributes_from_response<F, I>(mut self, attributes: F) -> Self
    where
        F: Fn(&response::Parts) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = KeyValue>,
    {
        let hook = move |parts: &response::Parts| attributes(parts).into_iter().collect();
        self.hooks.span_from_response = Some(Arc::new(hook));
        self
    }

    /// Adds attributes of your own to the metrics of a request, from its head. They must have few
    /// different values: each makes a time series. `http.server.active_requests` has none of them.
    pub fn with_metric_attributes_from_request<F, I>(mut self, attributes: F) -> Self
    where
        F: Fn(&Parts) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = KeyValue>,
    {
        let hook = move |parts: &Parts| attributes(parts).into_iter().collect();
        self.hooks.metrics_from_request = Some(Arc::new(hook));
        self
    }

    /// Adds attributes of your own to the metrics of a request, from the head of its response:
    /// otherwise as
    /// [`with_metric_attributes_from_request`](Self::with_metric_attributes_from_request).
    pub fn with_metric_attributes_from_response<F, I>(mut self, attributes: F) -> Self
    where
        F: Fn(&response::Parts) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = KeyValue>,
    {
        let hook = move |parts: &response::Parts| attributes(parts).into_iter().collect();
        self.hooks.metrics_from_response = Some(Arc::new(hook));
        self
    }

    /// Adds a header with the trace id to each response, so that who got it can name the trace. Off
    /// by default.
    ///
    /// The header `traceresponse` has the format of [W3C Trace Context, level 2][w3c]; one of any
    /// other name, such as `x-trace-id`, has the 32 digits of the trace id. A header that the
    /// response has already stays, and without a span there is none.
    ///
    /// ```
    #[doc = layer_use!()]
    /// use http::HeaderName;
    ///
    /// let layer = OtelLayer::builder()
    ///     .with_trace_response_header(HeaderName::from_static("x-trace-id"))
    ///     .build();
    /// ```
    ///
    /// [w3c]: https://www.w3.org/TR/trace-context-2/#trace-context-http-response-headers-format
    pub fn with_trace_response_header(mut self, name: HeaderName) -> Self {
        self.hooks.trace_header = Some(name);
        self
    }

    /// Traces only the requests for which `filter` is true.
    ///
    /// The caller's context is passed on for the others too, and no layer further in traces them. A
    /// filter that panics counts as true.
    pub fn with_filter(mut self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Builds the layer.
    #[must_use]
    pub fn build(self) -> OtelLayer {
        let integration = integration!(line::INTEGRATION);
        let recorder = HttpServerRecorder::new(integration, self.providers, self.options);
        OtelLayer { recorder, filter: self.filter, hooks: self.hooks.shared() }
    }
}

impl fmt::Debug for OtelLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelLayerBuilder")
            .field("providers", &self.providers)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
