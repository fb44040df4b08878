//! One message and the scope in which it is worked on.

use std::borrow::Borrow;
use std::sync::{Arc, LazyLock};

use aws_sdk_sqs::types::Message;
use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use otelier_instrument::semconv::aws::ReceiveOrigin;
use otelier_instrument::semconv::messaging::{
    MessageProcessor, MessagingSystem, ProcessOperation, ProcessRequest,
};
use otelier_instrument::{
    ErrorType, Operation, Providers, catch_panic, drive, enter, integration, settings,
};

use super::carrier::MessageCarrier;
use super::received;

/// What the `process` span of a message is a child of. It points to the other.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeParent {
    /// The call that received the message: what is done with the message belongs to the consumer's trace.
    Receive,
    /// The context that the message carries: what is done with the message belongs to the producer's trace.
    Producer,
}

impl ScopeParent {
    fn from_settings() -> Self {
        match settings::current().properties("aws-sqs").string("parent") {
            Some("producer") => Self::Producer,
            _ => Self::Receive,
        }
    }
}

/// A message with the scope in which it is worked on. An item of [`Scoped`](super::Scoped).
///
/// The scope's span starts with the work and ends with it, whatever way it ends: a future that is dropped midway is
/// `cancelled`, one that panics a `panic`.
#[derive(Clone, Debug)]
#[must_use = "a message has a scope only while it is processed"]
pub struct ScopedMessage<M> {
    message: M,
    parent: Option<ScopeParent>,
}

impl<M: Borrow<Message>> ScopedMessage<M> {
    pub(super) fn new(message: M, parent: Option<ScopeParent>) -> Self {
        Self { message, parent }
    }

    /// The message, as the SDK gave it.
    #[must_use]
    pub fn message(&self) -> &Message {
        self.message.borrow()
    }

    /// Does `work` with the message under its `process` span, which is current while the future is polled.
    ///
    /// The output is passed on as it is, and does not count as a failure of the span: see
    /// [`try_process`](Self::try_process) for that. The future is `Send` if that of `work` is.
    pub async fn process<F, Fut>(self, work: F) -> Fut::Output
    where
        F: FnOnce(M) -> Fut,
        Fut: Future,
    {
        let (slot, future) = self.begin(work);
        slot.run(future).await
    }

    /// Like [`process`](Self::process); an `Err` is recorded on the span.
    ///
    /// The name of its type becomes `error.type`: an error of your own says more there than an `anyhow::Error` or a
    /// `Box<dyn Error>`. Nothing else of it is recorded, for a message may hold anything.
    ///
    /// # Errors
    /// That of `work`.
    pub async fn try_process<F, Fut, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(M) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (slot, future) = self.begin(work);
        slot.try_run(future).await
    }

    /// Does `work` with the message under its `process` span, where `work` is no future.
    pub fn process_sync<F, R>(self, work: F) -> R
    where
        F: FnOnce(M) -> R,
    {
        let (mut slot, message) = self.start();
        let result = enter(&mut slot.0, || work(message));
        slot.end(None);
        result
    }

    /// Like [`process_sync`](Self::process_sync); an `Err` is recorded as by [`try_process`](Self::try_process).
    ///
    /// # Errors
    /// That of `work`.
    pub fn try_process_sync<F, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(M) -> Result<T, E>,
    {
        let (mut slot, message) = self.start();
        let result = enter(&mut slot.0, || work(message));
        slot.end_with(&result);
        result
    }

    /// The context that the `process` span would be a child of, and the message: for whoever makes spans of their own.
    #[must_use]
    pub fn into_parts(self) -> (Context, M) {
        let (_, parentage) = self.parentage();
        (parentage.parent, self.message)
    }

    /// Starts the span and the work now. The rest of it is to [run](Slot::run) or [try_run](Slot::try_run) the future.
    pub(super) fn begin<Fut>(self, work: impl FnOnce(M) -> Fut) -> (Slot, Fut) {
        let (mut slot, message) = self.start();
        let future = enter(&mut slot.0, || work(message));
        (slot, future)
    }

    fn start(self) -> (Slot, M) {
        let operation = catch_panic(|| {
            let (received, parentage) = self.parentage();
            processor(received.as_deref()).start(ProcessRequest {
                system: MessagingSystem::AwsSqs,
                origin: received.as_ref().and_then(|received| received.origin.as_ref()),
                message_id: self.message().message_id(),
                parent: parentage.parent,
                link: parentage.link,
            })
        });
        (Slot(operation), self.message)
    }

    fn parentage(&self) -> (Option<Arc<received::Received>>, Parentage) {
        let received = received::of(self.message());
        let processor = processor(received.as_deref());
        let origin = received.as_ref().and_then(|received| received.origin.as_ref());
        let receive = origin.map(ReceiveOrigin::span_context).filter(|receive| receive.is_valid());
        let current = Context::current();
        let extracted =
            catch_panic(|| processor.extract(&current, &MessageCarrier::of(self.message())));
        let mode = self.parent.unwrap_or_else(ScopeParent::from_settings);
        let parentage = Parentage::resolve(mode, current, extracted, receive);
        (received, parentage)
    }
}

/// The processor of the client that received a message, or one for messages that come from elsewhere.
fn processor(received: Option<&received::Received>) -> &MessageProcessor {
    static ELSEWHERE: LazyLock<MessageProcessor> =
        LazyLock::new(|| MessageProcessor::new(integration!("aws-sqs"), Providers::default()));
    received.map_or(&ELSEWHERE, |received| &received.processor)
}

/// What the span of a message is a child of, and what it points to.
#[derive(Debug)]
struct Parentage {
    parent: Context,
    link: Option<SpanContext>,
}

impl Parentage {
    fn resolve(
        mode: ScopeParent,
        current: Context,
        extracted: Option<Context>,
        receive: Option<&SpanContext>,
    ) -> Self {
        let extracted = extracted.unwrap_or_else(|| current.clone());
        let producer = extracted.span().span_context().clone();
        let producer =
            Some(producer).filter(|it| it.is_valid() && it != current.span().span_context());
        match (mode, producer, receive) {
            (ScopeParent::Producer, Some(_), receive) => {
                Self { parent: extracted, link: receive.cloned() }
            }
            // Baggage comes from the producer either way.
            (_, producer, Some(receive)) => {
                Self { parent: extracted.with_remote_span_context(receive.clone()), link: producer }
            }
            (_, producer, None) => {
                Self { parent: with_baggage_of(current, &extracted), link: producer }
            }
        }
    }
}

fn with_baggage_of(cx: Context, other: &Context) -> Context {
    let baggage = other.baggage();
    if baggage.is_empty() {
        return cx;
    }
    let entry = |(key, (value, metadata)): (&_, &(_, _))| -> KeyValueMetadata {
        KeyValueMetadata::new(
            opentelemetry::Key::clone(key),
            opentelemetry::StringValue::clone(value),
            opentelemetry::baggage::BaggageMetadata::clone(metadata),
        )
    };
    cx.with_baggage(baggage.iter().map(entry).collect::<Vec<_>>())
}

/// The operation of a message, ended in a way that keeps a panic of telemetry from the user's work.
#[derive(Debug)]
pub(super) struct Slot(Option<ProcessOperation>);

impl Slot {
    pub(super) async fn run<Fut: Future>(mut self, future: Fut) -> Fut::Output {
        let output = drive(&mut self.0, future).await;
        self.end(None);
        output
    }

    pub(super) async fn try_run<Fut, T, E>(mut self, future: Fut) -> Result<T, E>
    where
        Fut: Future<Output = Result<T, E>>,
    {
        let output = drive(&mut self.0, future).await;
        self.end_with(&output);
        output
    }

    fn end_with<T, E>(self, result: &Result<T, E>) {
        self.end(result.is_err().then(ErrorType::of_type::<E>));
    }

    fn end(mut self, error: Option<ErrorType>) {
        if let Some(operation) = self.0.take() {
            catch_panic(|| match error {
                None => operation.end(),
                Some(error) => operation.fail(error),
            });
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            catch_panic(|| drop(operation));
        }
    }
}
