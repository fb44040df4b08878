//! The processing of one message: a CONSUMER span and its metric.

use std::sync::Arc;

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::kit::value::text;
use crate::kit::{
    self, FromSettings, Instrumenter, Integration, OperationSpan, OperationState, Outcome,
    Providers,
};
use crate::payload::PayloadSettings;
use crate::semconv::attribute;

use super::attributes::{MessagingAttributes, Server};
use super::instruments::MessagingInstruments;
use super::source::MessageSource;

/// Creates a [`ProcessOperation`] for each message that is processed.
///
/// # What is emitted
///
/// A CONSUMER span named `process {destination}`, and the metric `messaging.process.duration` (s).
/// The span has `messaging.system`, `messaging.operation.name`, `messaging.operation.type`, and,
/// where known, `messaging.destination.name`, `messaging.message.id`, `server.address`,
/// `server.port` and the system's key for the full name of the destination; with payload capture
/// `messaging.message.body`.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/#consumer-metrics>.
///
/// # Example
///
/// ```
/// use opentelemetry::Context;
/// use otelier_instrument::semconv::messaging::{
///     MessageProcessor, MessageSource, MessagingSystem, ProcessRequest,
/// };
/// use otelier_instrument::{Operation, Providers, scope};
///
/// let processor = MessageProcessor::new(scope!(), Providers::default());
/// let source = MessageSource::new(MessagingSystem::RABBITMQ).with_destination("orders");
/// let operation = processor.start(ProcessRequest::new(&source, Context::current()));
/// let attached = operation.context().clone().attach();
/// // The work on the message; spans made here are children of the `process` span.
/// drop(attached);
/// operation.end();
/// ```
#[derive(Clone, Debug)]
pub struct MessageProcessor {
    instrumenter: Arc<Instrumenter<MessagingInstruments>>,
    name: Arc<str>,
    payloads: Arc<FromSettings<PayloadSettings>>,
}

/// What is known of a message before it is processed.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ProcessRequest<'a> {
    /// Where the message came from.
    pub source: &'a MessageSource,
    /// The message's identifier.
    pub message_id: Option<&'a str>,
    /// The message's body, which is recorded if [payloads](crate::payload) are.
    pub body: Option<&'a str>,
    /// The parent context of the span.
    pub parent: Context,
    /// The target of a span link.
    pub link: Option<SpanContext>,
}

impl<'a> ProcessRequest<'a> {
    /// A message from `source`, to be processed as a child of `parent`.
    #[must_use]
    pub fn new(source: &'a MessageSource, parent: Context) -> Self {
        Self { source, message_id: None, body: None, parent, link: None }
    }
}

impl MessageProcessor {
    /// Creates operations of `integration`, for `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        let integration = integration.into();
        let name: Arc<str> = integration.name().into();
        Self {
            instrumenter: Arc::new(Instrumenter::new(integration, providers)),
            payloads: payloads(None, &name),
            name,
        }
    }

    /// Chooses whether the bodies of messages are recorded; `None` leaves it to the settings.
    #[must_use]
    pub fn with_payload_capture(mut self, chosen: Option<bool>) -> Self {
        self.payloads = payloads(chosen, &self.name);
        self
    }

    /// `cx` with the creation context that `carrier` holds. `cx` itself if integrations are
    /// switched off.
    #[must_use]
    pub fn extract(&self, cx: &Context, carrier: &dyn Extractor) -> Context {
        self.instrumenter.extract(cx, carrier)
    }

    /// Whether the propagator reads and writes the field `name`, in any case.
    #[must_use]
    pub fn has_propagation_field(&self, name: &str) -> bool {
        self.instrumenter.has_propagation_field(name)
    }

    /// Starts the operation of `request`.
    ///
    /// If no signal is enabled, the operation is a no-op that passes the parent context on.
    pub fn start(&self, request: ProcessRequest<'_>) -> ProcessOperation {
        let signals = self.instrumenter.enabled_signals(&request.parent);
        if signals.is_empty() {
            return ProcessOperation(OperationState::noop(request.parent, &self.instrumenter));
        }

        let ProcessRequest { source, message_id, body, parent, link } = request;
        let MessageSource { messaging, server, .. } = source;
        // A link to the parent, or to an invalid span, adds nothing.
        let link = link.filter(|link| link.is_valid() && link != parent.span().span_context());
        let kind = messaging.operation.span_kind(false);
        let span = OperationSpan::start(signals.tracer(), kind, parent, || SpanBuilder {
            name: messaging.span_name().into(),
            attributes: Some({
                // With room for `error.type`, so that the vector does not grow.
                let mut attributes = Vec::with_capacity(9 + source.attributes.len());
                attributes.extend(messaging.span_attributes());
                attributes.extend(server.iter().flat_map(Server::attributes));
                attributes.extend(source.attributes.iter().cloned());
                attributes.extend(
                    message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, text(id))),
                );
                attributes
            }),
            links: link.map(|link| vec![Link::with_context(link)]),
            ..SpanBuilder::default()
        });
        if let Some(body) = body.filter(|_| span.is_recording())
            && let Some(body) = self.payloads.get().text(body)
        {
            let body = KeyValue::new(attribute::MESSAGING_MESSAGE_BODY, body);
            span.context().span().set_attribute(body);
        }
        let (messaging, server) = (messaging.clone(), server.clone());
        let recording = Recording { span, messaging, server };
        ProcessOperation(OperationState::recorded(recording, &self.instrumenter))
    }
}

/// Whether payloads are captured by the integration `name`, or by its family: `aws` of `aws-sqs`.
fn payloads(chosen: Option<bool>, name: &Arc<str>) -> Arc<FromSettings<PayloadSettings>> {
    let name = Arc::clone(name);
    Arc::new(FromSettings::new(move |settings| {
        let family = name.split('-').next().unwrap_or_default();
        PayloadSettings::resolve(chosen, &[&name, family], settings)
    }))
}

/// A message that is being processed. See [`MessageProcessor`] for what it emits,
/// [`Operation`](crate::Operation) for how it ends.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct ProcessOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    span: OperationSpan,
    messaging: MessagingAttributes,
    server: Option<Server>,
}

impl ProcessOperation {
    /// Ends the operation without an error.
    pub fn end(self) {
        self.0.end(None);
    }
}

crate::operation!(ProcessOperation);

impl kit::Recording for Recording {
    type Owner = Instrumenter<MessagingInstruments>;
    type Output = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    fn end(self, instrumenter: &Self::Owner, outcome: Outcome) {
        instrumenter.measure(|instruments| {
            let attributes =
                self.messaging.message_attributes(self.server.as_ref(), outcome.error());
            instruments.process_duration.record(self.span.elapsed().as_secs_f64(), &attributes);
        });
        self.span.end(&outcome, || []);
    }
}
