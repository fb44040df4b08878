//! A request that is being served: one SERVER span and its metrics.

use std::borrow::Cow;
use std::sync::Arc;

use arrayvec::ArrayVec;
use opentelemetry::logs::Severity;
use opentelemetry::metrics::{Meter, UpDownCounter};
use opentelemetry::trace::{SpanBuilder, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue, Value};

use crate::kit::value::{shared, text};
use crate::kit::{
    self, ErrorType, Exception, FromSettings, Instrumenter, Instruments, Integration,
    OperationSpan, OperationState, Outcome, Providers,
};
use crate::payload::SharedCapture;
use crate::semconv::exception::HTTP_SERVER_REQUEST_EXCEPTION;
use crate::semconv::{attribute, metric};

use super::bodies::{BodySizes, CapturedBodies};
use super::config::{HttpConfig, HttpOptions, Side};
use super::forwarded::ForwardedRequest;
use super::instruments::RequestInstruments;
use super::message::{HeadersExtractor, HttpHeaders, HttpResponse, HttpServerRequest, HttpVersion};
use super::method::{self, in_span_name};
use super::span_name::Route;
use super::{address, default_port, status_error};

/// Starts an [`HttpServerOperation`] for each request of a server.
///
/// # What is emitted
///
/// A SERVER span named `{method} {route}`, or `{method}` without a route, and the metric
/// `http.server.request.duration` (s). With [experimental
/// telemetry](HttpOptions::experimental_telemetry) also `http.server.active_requests` ({request})
/// and `http.server.{request,response}.body.size` (By), and the sizes as attributes of the span.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server> and
/// <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-server>.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "http")]
/// # fn example() -> Result<(), http::Error> {
/// use otelier_instrument::kit::Providers;
/// use otelier_instrument::scope;
/// use otelier_instrument::semconv::http::{HttpOptions, HttpServer};
///
/// let server = HttpServer::new(scope!(), Providers::default(), HttpOptions::default());
/// let (head, _body) = http::Request::get("/orders/7").body(())?.into_parts();
/// let mut operation = server.start(&head);
/// operation.set_route("/orders/{id}");
/// let response = http::Response::new(());
/// operation.set_response(&response);
/// operation.end();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HttpServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    instrumenter: Instrumenter<ServerInstruments>,
    config: FromSettings<HttpConfig>,
}

impl HttpServer {
    /// A server of `integration` that sends telemetry to `providers`, as `options` say.
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
                HttpConfig::resolve(&name, &options, settings, Side::Server)
            }),
        }))
    }

    /// Starts the operation of `request`, as a child of the remote context that its headers carry.
    ///
    /// Where no signal is recorded, the operation does nothing but pass that context on.
    pub fn start(&self, request: &impl HttpServerRequest) -> HttpServerOperation {
        let config = self.0.config.get();
        let instrumenter = &self.0.instrumenter;
        let parent =
            Context::map_current(|cx| instrumenter.extract(cx, &HeadersExtractor(request)));
        let signals = instrumenter.enabled_signals(&parent);
        if signals.is_empty() {
            return HttpServerOperation(OperationState::noop(parent, &self.0));
        }

        let origin = ForwardedRequest::of(request);
        let method = config.methods.classify(request.method());
        let route = request.route().and_then(|route| Route::new(in_span_name(&method), route));
        let facts = Facts {
            scheme: origin.scheme.unwrap_or(if config.tls { "https" } else { "http" }),
            protocol_version: request.version(),
            status: None,
            method,
            route,
        };
        let span =
            OperationSpan::start(signals.tracer(), SpanKind::Server, parent, || SpanBuilder {
                name: facts.span_name(),
                attributes: Some(facts.start_attributes(request, &origin, &config)),
                ..SpanBuilder::default()
            });
        let is_active = config.experimental_telemetry && signals.instruments().is_some();
        if is_active {
            instrumenter.measure(|it| it.active_requests.add(1, &facts.active_attributes()));
        }
        let recording = Recording {
            config,
            span,
            facts,
            is_active,
            response_headers: Vec::new(),
            sizes: BodySizes::default(),
            bodies: CapturedBodies::default(),
            metric_attributes: Vec::new(),
            description: None,
        };
        HttpServerOperation(OperationState::recorded(recording, &self.0))
    }

    /// An operation that records nothing and passes on the remote context that `headers` carry:
    /// for a request that is filtered out.
    pub fn pass_on(&self, headers: &impl HttpHeaders) -> HttpServerOperation {
        let cx =
            Context::map_current(|cx| self.0.instrumenter.extract(cx, &HeadersExtractor(headers)));
        HttpServerOperation(OperationState::noop(cx, &self.0))
    }
}

/// A request that is being served. See [`HttpServer`] for what it emits,
/// [`Operation`](crate::Operation) for how it ends.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct HttpServerOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    config: Arc<HttpConfig>,
    span: OperationSpan,
    facts: Facts,
    is_active: bool,
    response_headers: Vec<KeyValue>,
    sizes: BodySizes,
    bodies: CapturedBodies,
    /// Attributes of the user's own, for the metrics.
    metric_attributes: Vec<KeyValue>,
    /// What the error says that the handler reported.
    description: Option<String>,
}

impl HttpServerOperation {
    /// Whether anything is recorded at all. Where not, there is no need to tell the operation
    /// anything.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.recording().is_some()
    }

    /// Whether the sizes of bodies are wanted.
    #[must_use]
    pub fn wants_body_sizes(&self) -> bool {
        self.0.recording().is_some_and(|recording| recording.config.experimental_telemetry)
    }

    /// Records the template of the route, where a router further in found it.
    pub fn set_route(&mut self, route: &str) {
        if let Some(recording) = self.0.recording_mut()
            && let Some(route) = Route::new(in_span_name(&recording.facts.method), route)
        {
            recording.facts.route = Some(route);
            recording.span.rename(recording.facts.span_name());
        }
    }

    /// Records the status and the headers of the response.
    pub fn set_response(&mut self, response: &impl HttpResponse) {
        if let Some(recording) = self.0.recording_mut() {
            recording.facts.status = Some(response.status());
            if recording.span.is_recording() {
                recording.response_headers =
                    recording.config.response_headers.attributes(response).collect();
            }
        }
    }

    /// Records how many bytes of the request's body were received.
    pub fn set_request_body_size(&mut self, bytes: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.sizes.request = Some(bytes);
        }
    }

    /// Records how many bytes of the response's body were sent.
    pub fn set_response_body_size(&mut self, bytes: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.sizes.response = Some(bytes);
        }
    }

    /// Adds attributes of the user's own to the span. Those that the conventions have keep their
    /// values.
    pub fn add_span_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        if let Some(recording) = self.0.recording_mut().filter(|it| it.span.is_recording()) {
            let own = attributes.into_iter().filter(|it| !is_of_conventions(it.key.as_str()));
            let own = own.map(|it| KeyValue::new(it.key, bounded(it.value)));
            recording.span.context().span().set_attributes(own);
        }
    }

    /// Adds attributes of the user's own to the request's metrics. Those that the conventions have
    /// keep their values. Of two with one key the later one counts.
    pub fn add_metric_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        let Some(recording) = self.0.recording_mut() else { return };
        let own = attributes.into_iter().filter(|it| !is_of_conventions(it.key.as_str()));
        for attribute in own {
            recording.metric_attributes.retain(|known| known.key != attribute.key);
            let value = bounded(attribute.value);
            recording.metric_attributes.push(KeyValue::new(attribute.key, value));
        }
    }

    /// The span context; invalid without a span.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        self.0.recording().map_or(SpanContext::NONE, |recording| recording.span.span_context())
    }

    /// Whether an error that the handler reports is recorded anywhere, so that it is worth
    /// describing.
    #[must_use]
    pub fn records_exceptions(&self) -> bool {
        let is_recorded = |recording: &Recording| recording.span.is_recording();
        self.0.recording().is_some_and(is_recorded)
            || self.0.owner().instrumenter.records_exceptions(self.0.context())
    }

    /// Records an error that the handler reports: as the log record
    /// `http.server.request.exception`, and, if the request fails, as the description of the span's
    /// status. Whether it fails is for its status to say.
    pub fn record_exception(&mut self, exception: Exception) {
        let (name, severity) = (HTTP_SERVER_REQUEST_EXCEPTION, Severity::Error);
        let instrumenter = &self.0.owner().instrumenter;
        instrumenter.record_exception(name, severity, &exception, self.0.context());
        if let Some(recording) = self.0.recording_mut() {
            recording.description = Some(exception.into_message());
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

    /// Ends the operation: the response was sent to its end. A status is an error
    /// unless it is one of 100 to 499.
    pub fn end(self) {
        self.0.end(None);
    }
}

crate::operation!(HttpServerOperation);

impl kit::Recording for Recording {
    type Owner = Inner;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, server: &Inner, outcome: Outcome) {
        let failed = self.facts.status.filter(|status| !(100..500).contains(status));
        let outcome = outcome.or_fail(|| failed.map(status_error));
        let sizes =
            if self.config.experimental_telemetry { self.sizes } else { BodySizes::default() };

        server.instrumenter.measure(|instruments| {
            if self.is_active {
                instruments.active_requests.add(-1, &self.facts.active_attributes());
            }
            let attributes = self.facts.metric_attributes(outcome.error());
            let elapsed = self.span.elapsed();
            if self.metric_attributes.is_empty() {
                return instruments.requests.record(elapsed, sizes, &attributes);
            }
            let attributes: Vec<KeyValue> =
                attributes.into_iter().chain(self.metric_attributes).collect();
            instruments.requests.record(elapsed, sizes, &attributes);
        });
        if outcome.error().is_some()
            && let Some(description) = self.description
        {
            self.span.describe_failure(description);
        }
        self.span.end(&outcome, || {
            [self.facts.route_attribute(), self.facts.status_attribute()]
                .into_iter()
                .flatten()
                .chain(sizes.attributes())
                .chain(self.bodies.into_attributes())
                .chain(self.response_headers)
        });
    }
}

/// Whether the conventions have an attribute with this key, which the user's must not replace.
fn is_of_conventions(key: &str) -> bool {
    const KEYS: [&str; 5] = [
        attribute::CLIENT_ADDRESS,
        attribute::ERROR_TYPE,
        attribute::SERVER_ADDRESS,
        attribute::SERVER_PORT,
        attribute::USER_AGENT_ORIGINAL,
    ];
    let prefixes = ["http.", "url.", "network."];
    KEYS.contains(&key) || prefixes.iter().any(|prefix| key.starts_with(prefix))
}

/// A value of the user's own within the limit.
fn bounded(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(kit::value::bounded(text)),
        value => value,
    }
}

/// The values that the span and the metrics have in common.
#[derive(Debug)]
struct Facts {
    method: StringValue,
    scheme: &'static str,
    protocol_version: Option<HttpVersion>,
    route: Option<Route>,
    status: Option<u16>,
}

impl Facts {
    fn span_name(&self) -> Cow<'static, str> {
        match &self.route {
            Some(route) => route.span_name(in_span_name(&self.method)),
            None => method::span_name(&self.method),
        }
    }

    /// The attributes that are available at span creation.
    fn start_attributes(
        &self,
        request: &impl HttpServerRequest,
        origin: &ForwardedRequest<'_>,
        config: &HttpConfig,
    ) -> Vec<KeyValue> {
        // Room for what comes at the end too, so that the vector never grows.
        let mut attributes =
            Vec::with_capacity(16 + config.request_headers.len() + config.response_headers.len());
        let mut add =
            |key: &'static str, value: StringValue| attributes.push(KeyValue::new(key, value));

        add(attribute::HTTP_REQUEST_METHOD, self.method.clone());
        if self.method.as_str() != request.method() {
            add(attribute::HTTP_REQUEST_METHOD_ORIGINAL, text(request.method()));
        }
        add(attribute::URL_SCHEME, self.scheme.into());
        add(attribute::URL_PATH, shared(&config.masking.path(request.path())));
        if let Some(query) = request.query() {
            add(attribute::URL_QUERY, text(config.masking.query(query)));
        }
        if let Some(version) = self.protocol_version {
            add(attribute::NETWORK_PROTOCOL_VERSION, version.as_str().into());
        }
        if let Some(agent) = &origin.user_agent {
            add(attribute::USER_AGENT_ORIGINAL, shared(agent));
        }
        let peer = request.peer();
        let peer_address = peer.map(|peer| address(peer.ip()));
        if let Some(client) = origin.client.as_deref().map(shared).or_else(|| peer_address.clone())
        {
            add(attribute::CLIENT_ADDRESS, client);
        }
        if let Some(address) = peer_address {
            add(attribute::NETWORK_PEER_ADDRESS, address);
        }
        if let Some(server) = &origin.host {
            add(attribute::SERVER_ADDRESS, shared(&server.host));
            let port = server.port.unwrap_or_else(|| default_port(self.scheme));
            attributes.push(KeyValue::new(attribute::SERVER_PORT, i64::from(port)));
        }
        if let Some(peer) = peer {
            attributes.push(KeyValue::new(attribute::NETWORK_PEER_PORT, i64::from(peer.port())));
        }
        attributes.extend(config.request_headers.attributes(request));
        attributes
    }

    fn route_attribute(&self) -> Option<KeyValue> {
        self.route.as_ref().map(|route| KeyValue::new(attribute::HTTP_ROUTE, route.template()))
    }

    fn status_attribute(&self) -> Option<KeyValue> {
        self.status
            .map(|status| KeyValue::new(attribute::HTTP_RESPONSE_STATUS_CODE, i64::from(status)))
    }

    fn active_attributes(&self) -> [KeyValue; 2] {
        [
            KeyValue::new(attribute::HTTP_REQUEST_METHOD, self.method.clone()),
            KeyValue::new(attribute::URL_SCHEME, self.scheme),
        ]
    }

    fn metric_attributes(&self, error: Option<&ErrorType>) -> ArrayVec<KeyValue, 6> {
        let version = self
            .protocol_version
            .map(|it| KeyValue::new(attribute::NETWORK_PROTOCOL_VERSION, it.as_str()));
        let optional = [
            self.route_attribute(),
            self.status_attribute(),
            version,
            error.map(attribute::error_type),
        ];
        self.active_attributes().into_iter().chain(optional.into_iter().flatten()).collect()
    }
}

struct ServerInstruments {
    requests: RequestInstruments,
    active_requests: UpDownCounter<i64>,
}

impl Instruments for ServerInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            requests: RequestInstruments::create(meter, Side::Server),
            active_requests: meter
                .i64_up_down_counter(metric::HTTP_SERVER_ACTIVE_REQUESTS)
                .with_unit("{request}")
                .with_description("Number of active HTTP server requests.")
                .build(),
        }
    }
}
