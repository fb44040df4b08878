//! A call to a database: one CLIENT span and its duration, from the same values.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arrayvec::ArrayVec;
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};

use crate::kit::{
    self, ErrorType, Instrumenter, Instruments, Integration, Operation, OperationSpan,
    OperationState, Outcome, Providers, value,
};
use crate::semconv::{attribute, metric};

use super::failure::Reported;
use super::{DbFailure, DbSystem};

/// Starts a [`DbOperation`] for each call that a user makes to a database.
///
/// # What is emitted
///
/// A CLIENT span named `{db.query.summary}`, else `{db.operation.name} {target}`, else `{target}`,
/// else `{db.system.name}`, where the target is the collection, else the stored procedure, else the
/// namespace unless the system [numbers](DbSystem::with_numbered_namespaces) them, else the server;
/// and the metric `db.client.operation.duration` (s) with the span's attributes, but
/// without `db.query.text`, `db.query.parameter.<key>`, `db.operation.batch.size` and
/// `db.response.returned_rows`.
///
/// ```
/// use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
/// use otelier_instrument::{Providers, drive, integration};
///
/// # async fn send(query: &str) -> Result<u64, i32> { Ok(query.len() as u64) }
/// # async fn example() -> Result<u64, i32> {
/// let client = DbClient::new(integration!("my-database"), Providers::default());
/// let mut operation = Some(client.start(|| {
///     let mut request = DbRequest::new(DbSystem::POSTGRESQL);
///     request.namespace = Some("shop".into());
///     request.query_summary = Some("SELECT songs".into());
///     request
/// }));
/// let result = drive(&mut operation, send("SELECT * FROM songs")).await;
/// if let Some(mut operation) = operation {
///     match &result {
///         Ok(rows) => {
///             operation.set_returned_rows(*rows);
///             operation.end();
///         }
///         Err(code) => operation.fail_with_code(code.to_string()),
///     }
/// }
/// # result
/// # }
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/database/database-spans/> and
/// <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/>.
#[derive(Clone, Debug)]
pub struct DbClient(pub(super) Arc<Instrumenter<ClientInstruments>>);

/// What is known of a call before it is made. `None` is what does not apply, or is not to be
/// recorded.
///
/// The values are shared strings: what a client knows once costs nothing to repeat. Each is cut to
/// the configured length. Text that users write must be sanitized before it gets here.
///
/// ```
/// use otelier_instrument::semconv::db::{DbRequest, DbSystem};
///
/// let mut request = DbRequest::new(DbSystem::MONGODB);
/// request.collection = Some("products".into());
/// request.operation = Some("findAndModify".into());
/// assert_eq!(request.system.name(), "mongodb");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct DbRequest {
    /// The product: `db.system.name`.
    pub system: DbSystem,
    /// `server.address`.
    pub server_address: Option<StringValue>,
    /// `server.port`; left out where it is the [default](DbSystem::default_port).
    pub server_port: Option<u16>,
    /// `db.namespace`: the current database.
    pub namespace: Option<StringValue>,
    /// `db.collection.name`; never parsed from query text.
    pub collection: Option<StringValue>,
    /// `db.operation.name`; never parsed from query text.
    pub operation: Option<StringValue>,
    /// `db.query.summary`.
    pub query_summary: Option<StringValue>,
    /// `db.query.text`: parametrized or sanitized.
    pub query_text: Option<StringValue>,
    /// `db.stored_procedure.name`.
    pub stored_procedure: Option<StringValue>,
    /// `network.peer.address`: the node that is connected to, if it is known before the call.
    pub peer_address: Option<StringValue>,
    /// `network.peer.port`; left out without an address.
    pub peer_port: Option<u16>,
    /// How many operations the call is a batch of. Recorded as `db.operation.batch.size` unless it
    /// is 1.
    pub batch_size: Option<usize>,
    /// Names (or indices) and values of the parameters, only where a user asked for them:
    /// `db.query.parameter.<key>`.
    pub parameters: Vec<(String, String)>,
    /// When the user made the call, where that was before the operation could be described.
    pub started: Option<Instant>,
}

impl DbRequest {
    /// A call to `system` of which nothing else is known.
    #[must_use]
    pub fn new(system: DbSystem) -> Self {
        Self {
            system,
            server_address: None,
            server_port: None,
            namespace: None,
            collection: None,
            operation: None,
            query_summary: None,
            query_text: None,
            stored_procedure: None,
            peer_address: None,
            peer_port: None,
            batch_size: None,
            parameters: Vec::new(),
            started: None,
        }
    }
}

impl DbClient {
    /// A client of `integration` that sends telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// Whether operations are recorded, so that it is worth describing one ahead of time.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.0.enabled()
    }

    /// Starts the operation that `describe` returns, as a child of the current context.
    ///
    /// If no signal is enabled, `describe` is not called and the operation only passes the context
    /// on.
    pub fn start(&self, describe: impl FnOnce() -> DbRequest) -> DbOperation {
        let parent = Context::current();
        let signals = self.0.enabled_signals(&parent);
        if signals.is_empty() {
            return DbOperation(OperationState::noop(parent, &self.0));
        }

        let mut request = describe();
        let earlier = request.started.map_or(Duration::ZERO, |started| started.elapsed());
        let (text, parameters) =
            (request.query_text.take(), std::mem::take(&mut request.parameters));
        let facts = Facts::of(request);
        let span =
            OperationSpan::start(signals.tracer(), SpanKind::Client, parent, || SpanBuilder {
                name: facts.span_name(),
                start_time: (!earlier.is_zero())
                    .then(|| SystemTime::now().checked_sub(earlier))
                    .flatten(),
                attributes: Some(facts.start_attributes(text, parameters)),
                ..SpanBuilder::default()
            });
        let recording = Recording {
            span,
            earlier,
            facts,
            returned_rows: None,
            batch_size: None,
            bodies: [None, None],
        };
        DbOperation(OperationState::recorded(recording, &self.0))
    }
}

/// A call to a database. See [`DbClient`] for what it emits, [`Operation`] for how it ends.
///
/// A call that its caller drops is no error: its span has `otelier.cancelled`, and its status is
/// unset.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct DbOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    span: OperationSpan,
    /// How long the call had run before the span was started.
    earlier: Duration,
    facts: Facts,
    returned_rows: Option<u64>,
    /// The size of a batch that was not known before it was over.
    batch_size: Option<usize>,
    /// The command and the reply, where they are captured.
    bodies: [Option<StringValue>; 2],
}

impl DbOperation {
    /// Whether the operation is recorded, so that what its setters take is worth finding out.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.recording().is_some()
    }

    /// Records the code that the server answered with: `db.response.status_code`. A failure comes
    /// with [`Operation::fail`] or [`fail_with_code`](Self::fail_with_code); by itself, a code is a
    /// warning.
    pub fn set_status_code(&mut self, code: impl Into<StringValue>) {
        if let Some(recording) = self.0.recording_mut() {
            recording.facts.status_code = Some(value::bounded(code));
        }
    }

    /// Records how many rows or documents the server returned: `db.response.returned_rows`, which
    /// is opt-in by convention.
    pub fn set_returned_rows(&mut self, rows: u64) {
        if let Some(recording) = self.0.recording_mut() {
            recording.returned_rows = Some(rows);
        }
    }

    /// Records how many operations the call was a batch of, if its [request](DbRequest::batch_size)
    /// did not.
    pub fn set_batch_size(&mut self, size: usize) {
        if let Some(recording) = self.0.recording_mut()
            && recording.facts.batch_size.is_none()
        {
            recording.batch_size = Some(size);
        }
    }

    /// The comment by which a server's own logs can be related to the operation, in the format of
    /// sqlcommenter: `/*traceparent='00-…'*/`. `None` where there is no trace to relate to.
    ///
    /// Source: <https://google.github.io/sqlcommenter/spec/>. It holds the trace context only:
    /// baggage may be private.
    #[must_use]
    pub fn sql_comment(&self) -> Option<String> {
        let context = self.context();
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| {
            // All of it is hexadecimal digits and dashes, which the format's URL encoding leaves as
            // they are.
            let (trace, id, flags) = (span.trace_id(), span.span_id(), span.trace_flags());
            format!("/*traceparent='00-{trace}-{id}-{flags:02x}'*/")
        })
    }

    /// Whether the span is recorded, so that the text of what is sent and received is worth making.
    #[must_use]
    pub fn is_span_recorded(&self) -> bool {
        self.0.recording().is_some_and(|recording| recording.span.is_recording())
    }

    /// Records the command as it was sent, as `db.request.body`: masked and cut, where the user
    /// asks for it ([`payload`](crate::payload)).
    pub fn set_request_body(&mut self, body: StringValue) {
        if let Some(recording) = self.0.recording_mut() {
            recording.bodies[0] = Some(body);
        }
    }

    /// Records the reply as it came, as `db.response.body`.
    pub fn set_response_body(&mut self, body: StringValue) {
        if let Some(recording) = self.0.recording_mut() {
            recording.bodies[1] = Some(body);
        }
    }

    /// Ends the operation: it succeeded.
    pub fn end(self) {
        self.0.end(None);
    }

    /// Ends the operation as failed with a code of the server's, which becomes both
    /// `db.response.status_code` and `error.type`.
    pub fn fail_with_code(mut self, code: impl Into<String>) {
        let code = code.into();
        self.set_status_code(code.clone());
        self.fail(ErrorType::from_code(code));
    }

    /// Ends the operation as an error of its system is reported: with the server's code, which for
    /// MariaDB may be that of a warning, or with the name of the error's kind.
    pub fn end_with(mut self, failure: DbFailure<'_>) {
        let Some(recording) = self.0.recording() else { return };
        match failure.reported(recording.facts.system) {
            Reported::Code(code) => self.fail_with_code(code),
            Reported::Type(error) => self.fail(error),
            Reported::Warning(code) => {
                self.set_status_code(code);
                self.end();
            }
        }
    }
}

crate::operation!(DbOperation);

impl kit::Recording for Recording {
    type Owner = Instrumenter<ClientInstruments>;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, instrumenter: &Self::Owner, outcome: Outcome) {
        instrumenter.measure(|instruments| {
            let elapsed = self.earlier + self.span.elapsed();
            instruments
                .duration
                .record(elapsed.as_secs_f64(), &self.facts.metric_attributes(outcome.error()));
        });
        self.span.end(&outcome, || {
            let rows = self.returned_rows.map(|rows| {
                KeyValue::new(attribute::DB_RESPONSE_RETURNED_ROWS, value::integer(rows))
            });
            let keys = [attribute::DB_REQUEST_BODY, attribute::DB_RESPONSE_BODY];
            let bodies = keys.into_iter().zip(self.bodies);
            let bodies = bodies.filter_map(|(key, body)| Some(KeyValue::new(key, body?)));
            self.facts
                .status_attribute()
                .into_iter()
                .chain(batch_size(self.batch_size))
                .chain(rows)
                .chain(bodies)
        });
    }
}

/// The values that the span and the metric have in common, and the size of a batch.
#[derive(Debug)]
struct Facts {
    system: DbSystem,
    server_address: Option<StringValue>,
    server_port: Option<u16>,
    namespace: Option<StringValue>,
    collection: Option<StringValue>,
    operation: Option<StringValue>,
    summary: Option<StringValue>,
    stored_procedure: Option<StringValue>,
    peer_address: Option<StringValue>,
    peer_port: Option<u16>,
    batch_size: Option<usize>,
    status_code: Option<StringValue>,
}

impl Facts {
    fn of(request: DbRequest) -> Self {
        let default_port = request.system.default_port();
        let bounded = |value: Option<StringValue>| value.map(value::bounded);
        Self {
            system: request.system,
            // A port means nothing without its host.
            server_port: request
                .server_port
                .filter(|port| Some(*port) != default_port && request.server_address.is_some()),
            server_address: bounded(request.server_address),
            namespace: bounded(request.namespace),
            collection: bounded(request.collection),
            operation: bounded(request.operation),
            summary: bounded(request.query_summary),
            stored_procedure: bounded(request.stored_procedure),
            peer_port: request.peer_port.filter(|_| request.peer_address.is_some()),
            peer_address: bounded(request.peer_address),
            batch_size: request.batch_size,
            status_code: None,
        }
    }

    fn span_name(&self) -> Cow<'static, str> {
        if let Some(summary) = &self.summary {
            return cow(summary);
        }
        match (&self.operation, self.target()) {
            (Some(operation), Some(target)) => Cow::Owned(format!("{operation} {target}")),
            (Some(operation), None) => cow(operation),
            (None, Some(target)) => target,
            (None, None) => Cow::Borrowed(self.system.name()),
        }
    }

    fn target(&self) -> Option<Cow<'static, str>> {
        let namespace = self.namespace.as_ref().filter(|_| !self.system.numbers_namespaces());
        if let Some(name) =
            self.collection.as_ref().or(self.stored_procedure.as_ref()).or(namespace)
        {
            return Some(cow(name));
        }
        let address = self.server_address.as_ref()?;
        Some(match self.server_port {
            Some(port) => Cow::Owned(format!("{address}:{port}")),
            None => cow(address),
        })
    }

    fn identity(&self) -> impl Iterator<Item = KeyValue> {
        let text =
            |key, value: &Option<StringValue>| value.clone().map(|value| KeyValue::new(key, value));
        [
            Some(KeyValue::new(attribute::DB_SYSTEM_NAME, self.system.name())),
            text(attribute::DB_NAMESPACE, &self.namespace),
            text(attribute::DB_COLLECTION_NAME, &self.collection),
            text(attribute::DB_OPERATION_NAME, &self.operation),
            text(attribute::DB_QUERY_SUMMARY, &self.summary),
            text(attribute::DB_STORED_PROCEDURE_NAME, &self.stored_procedure),
            text(attribute::SERVER_ADDRESS, &self.server_address),
            self.server_port.map(|port| KeyValue::new(attribute::SERVER_PORT, i64::from(port))),
            text(attribute::NETWORK_PEER_ADDRESS, &self.peer_address),
            self.peer_port.map(|port| KeyValue::new(attribute::NETWORK_PEER_PORT, i64::from(port))),
        ]
        .into_iter()
        .flatten()
    }

    fn start_attributes(
        &self,
        text: Option<StringValue>,
        parameters: Vec<(String, String)>,
    ) -> Vec<KeyValue> {
        // Room for what comes at the end too, so that the vector never grows.
        let mut attributes = Vec::with_capacity(15 + parameters.len());
        attributes.extend(self.identity());
        attributes
            .extend(text.map(|text| KeyValue::new(attribute::DB_QUERY_TEXT, value::bounded(text))));
        attributes.extend(batch_size(self.batch_size));
        attributes.extend(parameters.into_iter().map(|(name, value)| {
            let key = format!("{}{}", attribute::DB_QUERY_PARAMETER_PREFIX, value::truncate(&name));
            KeyValue::new(key, value::truncate_string(value))
        }));
        attributes
    }

    fn status_attribute(&self) -> Option<KeyValue> {
        self.status_code.clone().map(|code| KeyValue::new(attribute::DB_RESPONSE_STATUS_CODE, code))
    }

    fn metric_attributes(&self, error: Option<&ErrorType>) -> ArrayVec<KeyValue, 12> {
        self.identity()
            .chain(self.status_attribute())
            .chain(error.map(attribute::error_type))
            .collect()
    }
}

/// `db.operation.batch.size`, by convention never 1.
fn batch_size(size: Option<usize>) -> Option<KeyValue> {
    let size = size.filter(|size| *size != 1)?;
    Some(KeyValue::new(attribute::DB_OPERATION_BATCH_SIZE, value::integer(size)))
}

/// The text of a value as a span's name. A shared text is copied: a name is either static or owned.
fn cow(value: &StringValue) -> Cow<'static, str> {
    Cow::Owned(value.as_str().to_owned())
}

pub(super) struct ClientInstruments {
    duration: Histogram<f64>,
}

impl Instruments for ClientInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            duration: metric::seconds(
                meter,
                metric::DB_CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
                &metric::DB_DURATION_BOUNDARIES,
            ),
        }
    }
}
