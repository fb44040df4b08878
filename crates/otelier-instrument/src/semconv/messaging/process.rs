//! A message that is being worked on: one CONSUMER span and its metric.

use std::sync::Arc;

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanBuilder, SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::kit::ErrorType;
use crate::kit::Providers;
use crate::kit::span::OperationSpan;
use crate::kit::state::{self, OperationState};
use crate::kit::{Instrumenter, Integration};
use crate::semconv::attribute;
use crate::semconv::aws::ReceiveOrigin;

use super::facts::{MessagingFacts, MessagingInstruments, MessagingOperation, MessagingSystem};

/// Starts a [`ProcessOperation`] for each message that is worked on.
///
/// # What is emitted
///
/// A CONSUMER span named `process {destination}`, and the metric `messaging.process.duration` (s).
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/#consumer-metrics>.
#[derive(Clone, Debug)]
pub struct MessageProcessor(Arc<Instrumenter<MessagingInstruments>>);

/// What is known of a message before it is worked on.
#[derive(Clone, Debug)]
pub struct ProcessRequest<'a> {
    /// The system it came from.
    pub system: MessagingSystem,
    /// The call that brought it, where that is known.
    pub origin: Option<&'a ReceiveOrigin>,
    /// The message's identifier.
    pub message_id: Option<&'a str>,
    /// The context that the span becomes a child of.
    pub parent: Context,
    /// The span that it points to besides.
    pub link: Option<SpanContext>,
}

impl MessageProcessor {
    /// A processor of `integration` that sends telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// `cx` with what `carrier` holds of a message's creation context; `cx` itself where integrations are switched off.
    #[must_use]
    pub fn extract(&self, cx: &Context, carrier: &dyn Extractor) -> Context {
        self.0.extract(cx, carrier)
    }

    /// Starts the operation of `request`.
    ///
    /// Where nobody records, the operation does nothing but pass the parent's context on.
    pub fn start(&self, request: ProcessRequest<'_>) -> ProcessOperation {
        let signals = self.0.enabled_signals(&request.parent);
        if signals.is_empty() {
            return ProcessOperation(OperationState::noop(request.parent, &self.0));
        }

        let ProcessRequest { system, origin, message_id, parent, link } = request;
        let operation = MessagingOperation::Process;
        let facts = MessagingFacts {
            system,
            operation,
            destination: origin.and_then(|origin| origin.facts.destination.clone()),
            destination_id: origin.and_then(|origin| origin.facts.destination_id.clone()),
        };
        let server = origin.and_then(|origin| origin.server.clone());
        // A link to the parent, or to nothing, tells nothing.
        let link = link.filter(|link| link.is_valid() && link != parent.span().span_context());
        let span =
            OperationSpan::start(signals.tracer, operation.span_kind(false), parent, || {
                SpanBuilder {
                    name: facts.span_name().into(),
                    attributes: Some({
                        // Room for `error.type` too, so that the vector never grows.
                        let mut attributes = Vec::with_capacity(9);
                        attributes.extend(facts.attributes());
                        attributes.extend(server.iter().flat_map(super::Server::attributes));
                        attributes.extend(message_id.map(|id| {
                            KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id.to_owned())
                        }));
                        attributes
                    }),
                    links: link.map(|link| vec![Link::with_context(link)]),
                    ..SpanBuilder::default()
                }
            });
        ProcessOperation(OperationState::recorded(Recording { span, facts, server }, &self.0))
    }
}

/// A message that is being worked on. See [`MessageProcessor`] for what it emits,
/// [`Operation`](crate::Operation) for how it ends.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct ProcessOperation(OperationState<Recording>);

#[derive(Debug)]
struct Recording {
    span: OperationSpan,
    facts: MessagingFacts,
    server: Option<super::Server>,
}

impl ProcessOperation {
    /// Ends the operation: the work is done.
    pub fn end(self) {
        self.0.end(None);
    }
}

state::operation!(ProcessOperation);

impl state::Recording for Recording {
    type Owner = Instrumenter<MessagingInstruments>;
    type Outcome = ();

    fn context(&self) -> &Context {
        self.span.context()
    }

    fn end(self, instrumenter: &Self::Owner, error: Option<ErrorType>) {
        instrumenter.measure(|instruments| {
            let attributes = self.facts.message_attributes(self.server.as_ref(), error.as_ref());
            instruments.process_duration.record(self.span.elapsed().as_secs_f64(), &attributes);
        });
        self.span.end(error.as_ref(), || []);
    }
}
