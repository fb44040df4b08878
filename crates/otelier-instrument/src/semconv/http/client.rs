//! A request that is being sent: one CLIENT span and its metrics, for each time it goes over the
//! wire.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use arrayvec::ArrayVec;
use opentelemetry::metrics::Meter;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::value::{shared, text};
use crate::kit::{
    self, ErrorType, FromSettings, Instrumenter, Instruments, Integration, Operation,
    OperationSpan, OperationState, Outcome, Providers,
};
use crate::payload::SharedCapture;
use crate::semconv::attribute;

use super::bodies::{BodySizes, CapturedBodies};
use super::config::{HttpConfig, HttpOptions, Side};
use super::instruments::RequestInstruments;
use super::message::{
    HeadersInjector, HttpClientRequest, HttpHeaders, HttpHeadersMut, HttpResponse, HttpVersion,
};
use super::method::{self, in_span_name};
use super::span_name::Route;
use super::{address, default_port, status_error};

/// Starts an [`HttpClientOperation`] for each attempt of a client to send a request.
///
/// # What is emitted
///
/// A CLIENT span named `{method}`, or `{method} {template}` where the user named the template of
/// the URL, and the metric `http.client.request.duration` (s). With [experimental
/// telemetry](HttpOptions::experimental_telemetry) also `http.client.{request,response}.body.size`
/// (By), and the sizes as attributes of the span.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span> and
/// <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-client>.
///
/// # Example
///
/// A library with types of its own gives them through the getters of [`HttpClientRequest`]:
///
/// ```
/// use std::borrow::Cow;
///
/// use otelier_instrument::kit::Providers;
/// use otelier_instrument::scope;
/// use otelier_instrument::semconv::http::{
///     HttpClient, HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpHeadersMut, HttpOptions,
/// };
///
/// struct Get {
///     host: String,
///     path: String,
///     fields: Vec<(String, String)>,
/// }
///
/// impl HttpHeaders for Get {
///     fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
///         self.all_headers().filter(move |(other, _)| *other == name).map(|(_, value)| value)
///     }
///
///     fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
///         self.fields
///             .iter()
///             .map(|(name, value)| (name.as_str(), HttpHeaderValue::new(value.as_bytes())))
///     }
/// }
///
/// impl HttpHeadersMut for Get {
///     fn set_header(&mut self, name: &str, value: String) {
///         self.remove_header(name);
///         self.fields.push((name.to_owned(), value));
///     }
///
///     fn remove_header(&mut self, name: &str) {
///         self.fields.retain(|(other, _)| other != name);
///     }
/// }
///
/// impl HttpClientRequest for Get {
///     fn method(&self) -> &str {
///         "GET"
///     }
///
///     fn url(&self) -> Cow<'_, str> {
///         Cow::Owned(format!("https://{}{}", self.host, self.path))
///     }
///
///     fn scheme(&self) -> &str {
///         "https"
///     }
///
///     fn host(&self) -> &str {
///         &self.host
///     }
///
///     fn port(&self) -> Option<u16> {
///         None
///     }
/// }
///
/// let client = HttpClient::new(scope!(), Providers::default(), HttpOptions::default());
/// let mut request =
///     Get { host: "example.com".into(), path: "/orders".into(), fields: Vec::new() };
/// let operation = client.start(&request);
/// operation.inject(&mut request);
/// // The request is sent; `set_response` takes what the response has to say.
/// operation.end();
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    instrumenter: Instrumenter<ClientInstruments>,
    config: FromSettings<HttpConfig>,
}

impl HttpClient {
    /// A client of `integration` that sends telemetry to `providers`, as `options` say.
    #[must_use]
    pub fn new(
        integration: impl Into<Integration>,
        providers: Providers,
        options: HttpOptions,
    ) -> Self {
        let integration = integration.into();
        let name = integration.name().to_owned();
        Self(Arc::new(Inner {
            instrumenter: Instrumenter::new(integration, providers),
            config: FromSettings::new(move |settings| {
                HttpConfig::resolve(&name, &options, settings, Side::Client)
            }),
        }))
    }

    /// Starts the operation of `request` as a child of the current context.
    ///
    /// Where no signal is recorded, the operation does nothing but pass that context on.
    pub fn start(&self, request: &impl HttpClientRequest) -> HttpClientOperation {
        let config = self.0.config.get();
        let parent = Context::current();
        let signals = self.0.instrumenter.enabled_signals(&parent);
        if signals.is_empty() {
            return HttpClientOperation(OperationState::noop(parent, &self.0));
        }

        let method = config.methods.classify(request.method());
        let host = request.host();
        let bare_host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let facts = Facts {
            template: request
                .template()
                .and_then(|template| Route::new(in_span_name(&method), template)),
            method,
            host: shared(bare_host.unwrap_or(host)),
            port: request.port().unwrap_or_else(|| default_port(request.scheme())),
            response: None,
        };
        let span =
            OperationSpan::start(signals.tracer(), SpanKind::Client, parent, || SpanBuilder {
                name: facts.span_name(),
                attributes: Some(facts.start_attributes(request, &config)),
                ..SpanBuilder::default()
            });
        let recording = Recording {
            config,
            span,
            facts,
            peer: None,
            response_headers: Vec::new(),
            sizes: BodySizes::default(),
            bodies: CapturedBodies::default(),
        };
        HttpClientOperation(OperationState::recorded(recording, &self.0))
    }
}

/// A request that is being sent. See [`HttpClient`] for what it emits, [`Operation`] for how it
/// ends.
///
/// A request that its caller drops is no error: its span has `otelier.cancelled`, and its status is
/// unset.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct HttpClientOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    config: Arc<HttpConfig>,
    span: OperationSpan,
    facts: Facts,
    peer: Option<SocketAddr>,
    response_headers: Vec<KeyValue>,
    sizes: BodySizes,
    bodies: CapturedBodies,
}

impl HttpClientOperation {
    /// Whether anything is recorded at all. Where not, there is no need to tell the operation
    /// anything.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.recording().is_some()
    }

    /// Writes the operation's context into the headers of the request, in place of what an earlier
    /// attempt wrote.
    ///
    /// Headers that the user wrote stay as they are where there is nothing to put in their place.
    /// Does nothing where integrations are switched off.
    pub fn inject(&self, headers: &mut impl HttpHeadersMut) {
        let cx = self.context();
        self.0.owner().instrumenter.with_propagator(|propagator| {
            if cx.span().span_context().is_valid() {
                // No field may remain that tells of another span, such as the `tracestate` of an
                // earlier attempt that this one does not have. Baggage tells of none.
                for field in propagator.fields().filter(|field| *field != "baggage") {
                    headers.remove_header(field);
                }
            }
            propagator.inject_context(cx, &mut HeadersInjector(headers));
        });
    }

    /// Whether the sizes of bodies are wanted.
    #[must_use]
    pub fn wants_body_sizes(&self) -> bool {
        self.0.recording().is_some_and(|recording| recording.config.experimental_telemetry)
    }

    /// Records the status and the headers of the response.
    pub fn set_response(&mut self, response: &impl HttpResponse) {
        if let Some(recording) = self.0.recording_mut() {
            recording.facts.response = Some((response.status(), response.version()));
            recording.peer = response.peer();
            if recording.span.is_recording() {
                recording.response_headers =
                    recording.config.response_headers.attributes(response).collect();
            }
        }
    }

    /// Records the size of the request's body in bytes.
    pub fn set_request_body_size(&mut self, bytes: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.sizes.request = Some(bytes);
        }
    }

    /// Records how many bytes of the response's body were received.
    pub fn set_response_body_size(&mut self, bytes: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.sizes.response = Some(bytes);
        }
    }

    /// Captures the body of the request with these headers. What the result has seen when the
    /// operation ends is recorded as `http.request.body`. `None` if it is not to be recorded.
    #[must_use]
    pub fn capture_request_body(&mut self, headers: &impl HttpHeaders) -> Option<SharedCapture> {
        let recording = self.0.recording_mut().filter(|recording| recording.span.is_recording())?;
        recording.bodies.capture_request(&recording.config, headers)
    }

    /// Captures the body of the response with these headers, to be recorded as
    /// `http.response.body`. `false` if it is not to be recorded.
    #[must_use]
    pub fn capture_response_body(&mut self, headers: &impl HttpHeaders) -> bool {
        let recording = self.0.recording_mut().filter(|recording| recording.span.is_recording());
        recording.is_some_and(|it| it.bodies.capture_response(&it.config, headers))
    }

    /// Takes a frame of `len` bytes of a response's body that is captured, of which `chunk` is the
    /// first contiguous part.
    pub fn push_response_body(&mut self, chunk: &[u8], len: usize) {
        if let Some(recording) = self.0.recording_mut() {
            recording.bodies.push_response(chunk, len);
        }
    }

    /// Ends the operation: a response was received. A status is an error unless it is one of 100 to
    /// 399.
    pub fn end(self) {
        self.0.end(None);
    }
}

crate::operation!(HttpClientOperation);

impl kit::Recording for Recording {
    type Owner = Inner;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, client: &Inner, outcome: Outcome) {
        let status = self.facts.response.map(|(status, _)| status);
        let failed = status.filter(|status| !(100..400).contains(status));
        // A response that is an error in itself was received, read or not: it is not cancelled.
        let outcome = outcome.or_fail(|| failed.map(status_error));
        let sizes =
            if self.config.experimental_telemetry { self.sizes } else { BodySizes::default() };

        client.instrumenter.measure(|instruments| {
            let attributes = self.facts.metric_attributes(outcome.error());
            instruments.requests.record(self.span.elapsed(), sizes, &attributes);
        });
        self.span.end(&outcome, || {
            let peer = self.peer.map(|peer| {
                [
                    KeyValue::new(attribute::NETWORK_PEER_ADDRESS, address(peer.ip())),
                    KeyValue::new(attribute::NETWORK_PEER_PORT, i64::from(peer.port())),
                ]
            });
            self.facts
                .response_attributes()
                .chain(peer.into_iter().flatten())
                .chain(sizes.attributes())
                .chain(self.bodies.into_attributes())
                .chain(self.response_headers)
                .collect::<Vec<_>>()
        });
    }
}

/// The values that the span and the metrics have in common.
#[derive(Debug)]
struct Facts {
    method: StringValue,
    host: StringValue,
    port: u16,
    template: Option<Route>,
    response: Option<(u16, Option<HttpVersion>)>,
}

impl Facts {
    fn span_name(&self) -> Cow<'static, str> {
        match &self.template {
            Some(template) => template.span_name(in_span_name(&self.method)),
            None => method::span_name(&self.method),
        }
    }

    fn identity(&self) -> [KeyValue; 3] {
        [
            KeyValue::new(attribute::HTTP_REQUEST_METHOD, self.method.clone()),
            KeyValue::new(attribute::SERVER_ADDRESS, self.host.clone()),
            KeyValue::new(attribute::SERVER_PORT, i64::from(self.port)),
        ]
    }

    fn start_attributes(
        &self,
        request: &impl HttpClientRequest,
        config: &HttpConfig,
    ) -> Vec<KeyValue> {
        // Room for what comes at the end too, so that the vector never grows.
        let mut attributes =
            Vec::with_capacity(14 + config.request_headers.len() + config.response_headers.len());
        attributes.extend(self.identity());
        if self.method.as_str() != request.method() {
            let original = text(request.method());
            attributes.push(KeyValue::new(attribute::HTTP_REQUEST_METHOD_ORIGINAL, original));
        }
        attributes
            .push(KeyValue::new(attribute::URL_FULL, text(config.masking.url(&request.url()))));
        attributes.extend(self.template_attribute());
        if request.resend_count() > 0 {
            let count = i64::from(request.resend_count());
            attributes.push(KeyValue::new(attribute::HTTP_REQUEST_RESEND_COUNT, count));
        }
        attributes.extend(config.request_headers.attributes(request));
        attributes
    }

    fn template_attribute(&self) -> Option<KeyValue> {
        self.template
            .as_ref()
            .map(|template| KeyValue::new(attribute::URL_TEMPLATE, template.template()))
    }

    fn response_attributes(&self) -> impl Iterator<Item = KeyValue> {
        let status = self.response.map(|(status, _)| {
            KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, i64::from(status))
        });
        let version = self.response.and_then(|(_, version)| version);
        let version =
            version.map(|it| KeyValue::new(attribute::NETWORK_PROTOCOL_VERSION, it.as_str()));
        status.into_iter().chain(version)
    }

    fn metric_attributes(&self, error: Option<&ErrorType>) -> ArrayVec<KeyValue, 7> {
        self.identity()
            .into_iter()
            .chain(self.template_attribute())
            .chain(self.response_attributes())
            .chain(error.map(attribute::error_type))
            .collect()
    }
}

struct ClientInstruments {
    requests: RequestInstruments,
}

impl Instruments for ClientInstruments {
    fn create(meter: &Meter) -> Self {
        Self { requests: RequestInstruments::create(meter, Side::Client) }
    }
}
