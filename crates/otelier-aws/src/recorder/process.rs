//! The `process` span of a message: its parent, its span link, and how the work on it ends.
//!
//! A message has two candidates for the parent: the span that received it, and the context of its
//! producer. The one that is not chosen becomes the span link, so that neither trace loses the
//! other. `Ancestry::decide` has all the cases. Which span received the message is found by its
//! receipt handle, because the message itself cannot carry it.
//!
//! If neither is known, the work is part of whatever is current. Baggage always comes from the
//! message: it is what the producer wanted to say.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>.

use std::sync::{Arc, LazyLock};

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use otelier_instrument::semconv::messaging::{
    MessageProcessor, MessageSource, MessagingSystem, ProcessOperation, ProcessRequest,
};
use otelier_instrument::{ErrorType, Providers, catch_panic, drive, enter, integration, settings};

use super::message::{self, ReceivedMessage};
use super::receipts::{self, Receipt};

/// The parent of the `process` span of a message. The span has a span link to the other one.
///
/// ```no_run
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # #[cfg(feature = "sqs")]
/// # async fn example(received: aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput) {
/// use otelier::aws::sqs::{ProcessParent, scoped};
///
/// for message in scoped(&received).with_parent(ProcessParent::Producer) {
///     message.process(|message| async move { println!("{:?}", message.body()) }).await;
/// }
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessParent {
    /// The span of the call that received the message: the work belongs to the consumer's trace.
    Receive,
    /// The context that the message carries: the work belongs to the producer's trace.
    Producer,
}

impl ProcessParent {
    /// `Receive` for every value but `producer`, also for one that is not valid.
    fn from_settings() -> Self {
        match settings::current().properties("aws-sqs").string("parent") {
            Some("producer") => Self::Producer,
            _ => Self::Receive,
        }
    }
}

/// Starts the `process` span of `message`. `parent` is taken from the process-wide settings if it
/// is `None`.
///
/// The span is recorded where the client that received the message records; for a message that no
/// recorded client received lately, by the global providers.
///
/// ```
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {
/// # use otelier::aws::recorder::ReceivedMessage;
/// # struct Message;
/// # impl ReceivedMessage for Message {
/// #     fn attributes(&self) -> impl Iterator<Item = (&str, &str)> { [].into_iter() }
/// # }
/// # let message = Message;
/// let mut state = otelier::aws::recorder::process(&message, None);
/// let length = state.enter(|| "the work".len());
/// state.end();
/// # assert_eq!(length, 8);
/// # }
/// ```
pub fn process<M: ReceivedMessage>(message: &M, parent: Option<ProcessParent>) -> ProcessState {
    ProcessState(catch_panic(|| {
        let receipt = receipt(message);
        let Ancestry { parent, link } = Ancestry::of(message, &receipt, parent);
        let source = receipt.source.as_ref().unwrap_or(&UNKNOWN_SOURCE);
        let mut request = ProcessRequest::new(source, parent);
        request.message_id = message.message_id();
        request.body = message.body();
        request.link = link;
        receipt.processor.start(request)
    }))
}

/// The parent context that the `process` span of `message` would have, for spans of one's own.
#[must_use]
pub fn process_parent_context<M: ReceivedMessage>(
    message: &M,
    parent: Option<ProcessParent>,
) -> Context {
    Ancestry::of(message, &receipt(message), parent).parent
}

/// For a message whose queue is not known: only the system is recorded.
static UNKNOWN_SOURCE: LazyLock<MessageSource> =
    LazyLock::new(|| MessageSource::new(MessagingSystem::AWS_SQS));

/// The call that received `message`, or what stands for it if that is not known.
fn receipt<M: ReceivedMessage>(message: &M) -> Arc<Receipt> {
    static UNKNOWN: LazyLock<Arc<Receipt>> = LazyLock::new(|| {
        let processor = MessageProcessor::new(integration!("aws-sqs"), Providers::default());
        Arc::new(Receipt { source: None, processor })
    });
    let known = message.receipt_handle().and_then(receipts::find);
    known.unwrap_or_else(|| Arc::clone(&UNKNOWN))
}

/// The parent context and the span link of a `process` span.
#[derive(Debug)]
struct Ancestry {
    parent: Context,
    /// The one that is not the parent. `None` if that is not known.
    link: Option<SpanContext>,
}

impl Ancestry {
    /// Gathers what `decide` needs: the receive span, if it is valid, and what the message carries.
    fn of<M: ReceivedMessage>(
        message: &M,
        receipt: &Receipt,
        parent: Option<ProcessParent>,
    ) -> Self {
        let receive = receipt.source.as_ref().map(MessageSource::span_context);
        let current = Context::current();
        let extracted = message::extract(&receipt.processor, &current, message);
        let parent = parent.unwrap_or_else(ProcessParent::from_settings);
        Self::decide(parent, current, extracted, receive.filter(|receive| receive.is_valid()))
    }

    /// `extracted` is the current context with what the message carries, `receive` the span that
    /// received it. Without a receive span the parent is the current context. Baggage comes from
    /// the message in every case.
    fn decide(
        parent: ProcessParent,
        current: Context,
        extracted: Option<Context>,
        receive: Option<&SpanContext>,
    ) -> Self {
        let extracted = extracted.unwrap_or_else(|| current.clone());
        let producer = extracted.span().span_context().clone();
        let producer =
            Some(producer).filter(|it| it.is_valid() && it != current.span().span_context());
        match (parent, producer, receive) {
            (ProcessParent::Producer, Some(_), receive) => {
                Self { parent: extracted, link: receive.cloned() }
            }
            (_, producer, Some(receive)) => {
                Self { parent: extracted.with_remote_span_context(receive.clone()), link: producer }
            }
            (_, producer, None) => {
                Self { parent: with_baggage_of(current, &extracted), link: producer }
            }
        }
    }
}

/// `cx` with the entries of the baggage of `other`. If there are none, `cx` is returned as it is.
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

/// The work on one message; made by [`process`].
///
/// It ends once. Dropped before that, it ends as `cancelled`, or as `panic` while its thread
/// unwinds. A panic of telemetry is caught in every method.
#[derive(Debug)]
#[must_use = "a state that is dropped ends as cancelled"]
pub struct ProcessState(Option<ProcessOperation>);

impl ProcessState {
    /// Runs a piece of the work, with the `process` span as the current one.
    pub fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        enter(&mut self.0, work)
    }

    /// Runs the work as a future, and ends the span when it completes.
    pub async fn run<F: Future>(mut self, work: F) -> F::Output {
        let output = drive(&mut self.0, work).await;
        self.end();
        output
    }

    /// Runs the work as a future, and ends the span when it completes. An `Err` is recorded as
    /// `error.type`, by the name of its type.
    ///
    /// # Errors
    /// The error of `work`.
    pub async fn try_run<F, T, E>(mut self, work: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let output = drive(&mut self.0, work).await;
        self.end_with(&output);
        output
    }

    /// Ends the span. An `Err` is recorded as `error.type`, by the name of its type.
    pub fn end_with<T, E>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.end(),
            Err(_) => self.fail(ErrorType::of_type::<E>()),
        }
    }

    /// Ends the span without an error.
    pub fn end(mut self) {
        if let Some(operation) = self.0.take() {
            catch_panic(|| operation.end());
        }
    }

    /// Ends the span as failed.
    pub fn fail(mut self, error: ErrorType) {
        use otelier_instrument::Operation;

        if let Some(operation) = self.0.take() {
            catch_panic(|| operation.fail(error));
        }
    }
}

impl Drop for ProcessState {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            catch_panic(|| drop(operation));
        }
    }
}

#[cfg(test)]
mod tests;
