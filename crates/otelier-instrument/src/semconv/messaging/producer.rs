//! Messages that a producer sends: one PRODUCER span and its metrics for each call.

use std::sync::Arc;

use opentelemetry::propagation::Injector;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{Context, KeyValue};

use crate::kit::value::{integer, shared, truncate};
use crate::kit::{
    self, Instrumenter, Integration, Operation, OperationSpan, OperationState, Outcome, Providers,
};
use crate::semconv::attribute;

use super::attributes::{MessagingAttributes, Server};
use super::instruments::MessagingInstruments;
use super::operation::MessagingOperation;
use super::system::MessagingSystem;

/// Starts a [`SendOperation`] for each call by which a producer gives messages to its broker.
///
/// # What is emitted
///
/// A PRODUCER span named `{messaging.operation.name} {destination}`; the metrics
/// `messaging.client.operation.duration` (s) and `messaging.client.sent.messages` ({message}). The
/// span has `messaging.system`, `messaging.operation.name`, `messaging.operation.type`, and, where
/// known, `messaging.destination.name`, `messaging.batch.message_count`, `messaging.message.id`,
/// `server.address` and `server.port`.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>.
///
/// # Example
///
/// ```
/// use otelier_instrument::kit::FieldList;
/// use otelier_instrument::semconv::messaging::{MessageProducer, MessagingSystem, SendRequest};
/// use otelier_instrument::{Providers, scope};
///
/// let producer = MessageProducer::new(scope!(), Providers::default());
/// let mut request = SendRequest::new(MessagingSystem::RABBITMQ);
/// request.destination = Some("orders");
/// let mut operation = producer.start(&request);
/// let mut headers = FieldList::default();
/// operation.inject(&mut headers);
/// // The message is sent with these headers.
/// operation.set_message_id("m-1");
/// operation.end();
/// ```
#[derive(Clone, Debug)]
pub struct MessageProducer(Arc<Instrumenter<MessagingInstruments>>);

/// What is known of messages before they are sent. `None` is what does not apply, or is not known.
///
/// ```
/// use otelier_instrument::semconv::messaging::{
///     MessagingOperation, MessagingSystem, SendRequest,
/// };
///
/// let mut request = SendRequest::new(MessagingSystem::KAFKA);
/// request.batch_size = Some(3);
/// assert_eq!(request.operation, MessagingOperation::SEND);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct SendRequest<'a> {
    /// `messaging.system`.
    pub system: MessagingSystem,
    /// The system's word for it: `messaging.operation.name`.
    pub operation: MessagingOperation,
    /// The queue or topic: `messaging.destination.name`.
    pub destination: Option<&'a str>,
    /// The broker: `server.address` and `server.port`.
    pub server: Option<(&'a str, u16)>,
    /// How many messages there are, if the call takes more than one:
    /// `messaging.batch.message_count`.
    pub batch_size: Option<usize>,
}

impl<'a> SendRequest<'a> {
    /// A message to `system` of which nothing else is known.
    #[must_use]
    pub fn new(system: MessagingSystem) -> Self {
        Self {
            system,
            operation: MessagingOperation::SEND,
            destination: None,
            server: None,
            batch_size: None,
        }
    }
}

impl MessageProducer {
    /// A producer of `integration` that sends telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// Starts the operation of `request`, as a child of the current context.
    ///
    /// If no signal is enabled, the operation is a no-op that passes the current context on.
    pub fn start(&self, request: &SendRequest<'_>) -> SendOperation {
        let parent = Context::current();
        let signals = self.0.enabled_signals(&parent);
        if signals.is_empty() {
            return SendOperation(OperationState::noop(parent, &self.0));
        }
        let messaging = MessagingAttributes {
            system: request.system,
            operation: request.operation,
            destination: request.destination.map(shared),
            destination_id: None,
        };
        let server = request.server.map(|(host, port)| Server { address: shared(host), port });
        let kind = messaging.operation.span_kind(true);
        let span = OperationSpan::start(signals.tracer(), kind, parent, || SpanBuilder {
            name: messaging.span_name().into(),
            attributes: Some({
                // With room for the id and `error.type`, so that the vector does not grow.
                let mut attributes = Vec::with_capacity(9);
                attributes.extend(messaging.span_attributes());
                attributes.extend(server.iter().flat_map(Server::attributes));
                attributes.extend(request.batch_size.map(|size| {
                    KeyValue::new(attribute::MESSAGING_BATCH_MESSAGE_COUNT, integer(size))
                }));
                attributes
            }),
            ..SpanBuilder::default()
        });
        let count = request.batch_size.unwrap_or(1);
        let recording = Recording { span, messaging, server, count, message_id: None };
        SendOperation(OperationState::recorded(recording, &self.0))
    }
}

/// Messages that are being sent. See [`MessageProducer`] for what it emits, [`Operation`] for how
/// it ends.
///
/// A call that its caller drops is no error: its span has `otelier.cancelled`, and its status is
/// unset.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct SendOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    span: OperationSpan,
    messaging: MessagingAttributes,
    server: Option<Server>,
    count: usize,
    message_id: Option<String>,
}

impl SendOperation {
    /// Writes the operation's context into the headers of a message. Does nothing where
    /// integrations are switched off.
    pub fn inject(&self, carrier: &mut dyn Injector) {
        self.0.owner().inject(self.context(), carrier);
    }

    /// Records the identifier that the broker gave a single message: `messaging.message.id`.
    pub fn set_message_id(&mut self, id: &str) {
        if let Some(recording) = self.0.recording_mut() {
            recording.message_id = Some(truncate(id).to_owned());
        }
    }

    /// Ends the operation: the broker has the messages.
    pub fn end(self) {
        self.0.end(None);
    }
}

crate::operation!(SendOperation);

impl kit::Recording for Recording {
    type Owner = Instrumenter<MessagingInstruments>;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &opentelemetry::trace::SpanKind {
        self.span.kind()
    }

    fn end(self, instrumenter: &Self::Owner, outcome: Outcome) {
        let (server, error) = (self.server.as_ref(), outcome.error());
        instrumenter.measure(|instruments| {
            let attributes = self.messaging.operation_attributes(server, error);
            instruments.operation_duration.record(self.span.elapsed().as_secs_f64(), &attributes);
            let attributes = self.messaging.message_attributes(server, error);
            instruments.sent.add(self.count as u64, &attributes);
        });
        self.span.end(&outcome, || {
            self.message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id))
        });
    }
}
