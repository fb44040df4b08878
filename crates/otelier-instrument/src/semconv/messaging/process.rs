//! A message that is being worked on: one CONSUMER span and its metric.

use std::sync::Arc;

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanBuilder, SpanContext, TraceContextExt};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use crate::derived::Derived;
use crate::error_type::ErrorType;
use crate::instrumenter::Instrumenter;
use crate::operation::Operation;
use crate::providers::Providers;
use crate::semconv::attribute;
use crate::semconv::aws::ReceiveOrigin;
use crate::span::RunningSpan;

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
pub struct MessageProcessor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    instrumenter: Instrumenter<MessagingInstruments>,
    enabled: Derived<bool>,
}

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
    /// A starter of operations in `scope`, for `providers`.
    #[must_use]
    pub fn new(scope: InstrumentationScope, providers: Providers) -> Self {
        Self(Arc::new(Inner {
            instrumenter: Instrumenter::new(scope, providers),
            enabled: Derived::new(|settings| settings.enabled),
        }))
    }

    /// `cx` with what `carrier` holds of a message's creation context; `cx` itself where integrations are switched off.
    #[must_use]
    pub fn extract(&self, cx: &Context, carrier: &dyn Extractor) -> Context {
        match *self.0.enabled.get() {
            true => self.0.instrumenter.extract(cx, carrier),
            false => cx.clone(),
        }
    }

    /// Starts the operation of `request`.
    ///
    /// Where nobody records, the operation does nothing but pass the parent's context on.
    pub fn start(&self, request: ProcessRequest<'_>) -> ProcessOperation {
        let instrumenter = &self.0.instrumenter;
        let listeners = instrumenter.listeners(*self.0.enabled.get(), &request.parent);
        if listeners.is_empty() {
            return ProcessOperation { live: None, passed: request.parent, processor: Arc::clone(&self.0) };
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
        let span = RunningSpan::start(listeners.tracer, operation.span_kind(false), parent, || SpanBuilder {
            name: facts.span_name().into(),
            attributes: Some({
                // Room for `error.type` too, so that the vector never grows.
                let mut attributes = Vec::with_capacity(9);
                attributes.extend(facts.attributes());
                attributes.extend(server.iter().flat_map(super::Server::attributes));
                attributes.extend(
                    message_id.map(|id| KeyValue::new(attribute::MESSAGING_MESSAGE_ID, id.to_owned())),
                );
                attributes
            }),
            links: link.map(|link| vec![Link::with_context(link)]),
            ..SpanBuilder::default()
        });
        ProcessOperation {
            live: Some(Live { span, facts, server }),
            passed: Context::new(),
            processor: Arc::clone(&self.0),
        }
    }
}

/// A message that is being worked on. See [`MessageProcessor`] for what it emits, [`Operation`] for how it ends.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub struct ProcessOperation {
    live: Option<Live>,
    /// The context where there is no span of ours.
    passed: Context,
    processor: Arc<Inner>,
}

#[derive(Debug)]
struct Live {
    span: RunningSpan,
    facts: MessagingFacts,
    server: Option<super::Server>,
}

impl ProcessOperation {
    /// Ends the operation: the work is done.
    pub fn end(mut self) {
        self.finish(None);
    }

    fn finish(&mut self, error: Option<&ErrorType>) {
        let Some(live) = self.live.take() else { return };
        self.processor.instrumenter.measure(|instruments| {
            let attributes = live.facts.message_attributes(live.server.as_ref(), error);
            instruments.process_duration.record(live.span.elapsed().as_secs_f64(), &attributes);
        });
        live.span.end(error, || []);
    }
}

impl Operation for ProcessOperation {
    fn context(&self) -> &Context {
        self.live.as_ref().map_or(&self.passed, |live| live.span.context())
    }

    fn fail(mut self, error: ErrorType) {
        self.finish(Some(&error));
    }
}

impl Drop for ProcessOperation {
    fn drop(&mut self) {
        self.finish(Some(&ErrorType::of_drop()));
    }
}
