//! One message, to be processed under its `process` span.
//!
//! The span is made when the work starts. The closure that makes the future already runs inside it,
//! because a program may do a part of the work there. What follows is up to `ProcessState`, which
//! polls the future in the span's context and ends the span.

use std::borrow::Borrow;

use aws_sdk_sqs::types::Message;
use opentelemetry::Context;

use crate::recorder::{ProcessParent, ProcessState, process, process_parent_context};

/// A message that has a `process` span while it is processed. An item of
/// [`Scoped`](super::Scoped).
///
/// The span starts and ends with the work, however that ends: if the future is dropped, the span
/// has the `error.type` `cancelled`; if it panics, `panic`.
///
/// # Example
///
/// ```no_run
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # async fn example(received: aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput) {
/// for message in otelier::aws::sqs::scoped(received) {
///     // A future that borrows nothing can be given to a task of its own.
///     tokio::spawn(message.process(|message| async move {
///         println!("{:?}", message.body());
///     }));
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a message has a span only while it is processed"]
pub struct ScopedMessage<M> {
    message: M,
    parent: Option<ProcessParent>,
}

impl<M: Borrow<Message>> ScopedMessage<M> {
    pub(super) fn new(message: M, parent: Option<ProcessParent>) -> Self {
        Self { message, parent }
    }

    /// The message, as the SDK gave it.
    #[must_use]
    pub fn message(&self) -> &Message {
        self.message.borrow()
    }

    /// Runs `work` with the message under its `process` span, which is current while the future is
    /// polled.
    ///
    /// The output is returned unchanged. It does not make the span fail; see
    /// [`try_process`](Self::try_process) for that. The future is `Send` if that of `work` is.
    pub async fn process<F, Fut>(self, work: F) -> Fut::Output
    where
        F: FnOnce(M) -> Fut,
        Fut: Future,
    {
        let (state, future) = self.begin(work);
        state.run(future).await
    }

    /// Like [`process`](Self::process); an `Err` is recorded on the span.
    ///
    /// The name of its type becomes `error.type`: an error of your own says more there than an
    /// `anyhow::Error` or a `Box<dyn Error>`. Nothing else of it is recorded, because a message may
    /// hold anything.
    ///
    /// # Errors
    /// The error of `work`.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # mod otelier { pub use otelier_aws as aws; }
    /// # fn main() {}
    /// # use std::num::ParseIntError;
    /// # async fn example(message: aws_sdk_sqs::types::Message) -> Result<u32, ParseIntError> {
    /// let message = otelier::aws::sqs::scoped(&message).get(0).expect("one message");
    /// message.try_process(|message| async { message.body().unwrap_or_default().parse() }).await
    /// # }
    /// ```
    pub async fn try_process<F, Fut, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(M) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (state, future) = self.begin(work);
        state.try_run(future).await
    }

    /// Runs `work` with the message under its `process` span, if `work` is not a future.
    pub fn process_sync<F, R>(self, work: F) -> R
    where
        F: FnOnce(M) -> R,
    {
        let (mut state, message) = self.start();
        let result = state.enter(|| work(message));
        state.end();
        result
    }

    /// Like [`process_sync`](Self::process_sync); an `Err` is recorded as by
    /// [`try_process`](Self::try_process).
    ///
    /// # Errors
    /// The error of `work`.
    pub fn try_process_sync<F, T, E>(self, work: F) -> Result<T, E>
    where
        F: FnOnce(M) -> Result<T, E>,
    {
        let (mut state, message) = self.start();
        let result = state.enter(|| work(message));
        state.end_with(&result);
        result
    }

    /// The parent context that the `process` span would have, and the message: for spans of your
    /// own.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # mod otelier { pub use otelier_aws as aws; }
    /// # fn main() {}
    /// # fn example(message: aws_sdk_sqs::types::Message) {
    /// use opentelemetry::global;
    /// use opentelemetry::trace::{Span, Tracer};
    ///
    /// let message = otelier::aws::sqs::scoped(&message).get(0).expect("one message");
    /// let (context, message) = message.into_parts();
    /// let mut span = global::tracer("shop").start_with_context("handle order", &context);
    /// println!("{:?}", message.body());
    /// span.end();
    /// # }
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (Context, M) {
        let context = process_parent_context(self.message(), self.parent);
        (context, self.message)
    }

    /// Starts the span and the work now. The rest of the work is to [run](ProcessState::run) or
    /// [try_run](ProcessState::try_run) the future.
    pub(super) fn begin<Fut>(self, work: impl FnOnce(M) -> Fut) -> (ProcessState, Fut) {
        let (mut state, message) = self.start();
        let future = state.enter(|| work(message));
        (state, future)
    }

    /// Starts the span without any work.
    fn start(self) -> (ProcessState, M) {
        let state = process(self.message(), self.parent);
        (state, self.message)
    }
}
