//! Messages that were received together, each to be processed under its `process` span.
//!
//! The methods that run work start a message's span when its turn comes, not when the messages are
//! given to `scoped`: a span must not include the wait for the messages before it. Concurrent work
//! stays on one task, so that it may borrow and need not be `Send`; for tasks of their own, iterate
//! and spawn.

use std::borrow::Borrow;
use std::vec;

use aws_sdk_sqs::types::Message;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::recorder::ProcessParent;

use super::messages::Messages;
use super::scoped_message::ScopedMessage;

/// The messages of `source`, in their order, each to be processed under a `process` span.
///
/// # What is emitted
///
/// For each message that is processed a CONSUMER span named `process {queue}` with
/// `messaging.system`, `messaging.operation.name`, `messaging.operation.type`,
/// `messaging.destination.name`, `messaging.message.id`, `aws.sqs.queue.url`, `aws.request_id` (of
/// the call that received it), `server.address` and `server.port`; and the metric
/// `messaging.process.duration` (s).
///
/// The span is a child of the receive span and has a span link to the context that the message
/// carries, or the other way round: see [`ProcessParent`]. It is recorded where the client that
/// received the message records. If no instrumented client received the message lately, the parent
/// is the current context, and the global providers record it. A message without a context, or with
/// an invalid one, has no link.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>.
///
/// # Example
///
/// ```no_run
/// # mod otelier { pub use otelier_aws as aws; }
/// # fn main() {}
/// # async fn example(sqs: aws_sdk_sqs::Client, url: &str) -> Result<(), aws_sdk_sqs::Error> {
/// let received = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await?;
/// otelier::aws::sqs::scoped(&received)
///     .for_each_concurrent(4, |message| async move { println!("{:?}", message.body()) })
///     .await;
/// # Ok(())
/// # }
/// ```
pub fn scoped<S: Messages>(source: S) -> Scoped<S::Message> {
    Scoped { messages: source.into_vec(), parent: None }
}

/// Messages, each to be processed under its `process` span; made by [`scoped`].
#[derive(Clone, Debug)]
#[must_use = "messages have a span only while they are processed"]
pub struct Scoped<M> {
    /// Those that were not taken out, in the order of the response.
    messages: Vec<M>,
    /// `None` is the process-wide setting, which is read when a span starts.
    parent: Option<ProcessParent>,
}

impl<M: Borrow<Message>> Scoped<M> {
    /// Chooses the parent of the `process` spans. The default is [`ProcessParent::Receive`], or
    /// what `OTELIER_SQS_PARENT` says.
    pub fn with_parent(mut self, parent: ProcessParent) -> Self {
        self.parent = Some(parent);
        self
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The message at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<ScopedMessage<M>>
    where
        M: Clone,
    {
        self.messages.get(index).cloned().map(|message| ScopedMessage::new(message, self.parent))
    }

    /// Processes one message after the other.
    pub async fn for_each<F, Fut>(self, mut work: F)
    where
        F: FnMut(M) -> Fut,
        Fut: Future<Output = ()>,
    {
        for message in self {
            let (state, future) = message.begin(&mut work);
            state.run(future).await;
        }
    }

    /// Processes one message after the other, up to the first one that fails.
    ///
    /// A failure is recorded on the message's span, as in
    /// [`try_process`](ScopedMessage::try_process).
    ///
    /// # Errors
    /// The error of the message that failed. The messages after it are not processed.
    pub async fn try_for_each<F, Fut, E>(self, mut work: F) -> Result<(), E>
    where
        F: FnMut(M) -> Fut,
        Fut: Future<Output = Result<(), E>>,
    {
        for message in self {
            let (state, future) = message.begin(&mut work);
            state.try_run(future).await?;
        }
        Ok(())
    }

    /// Processes up to `limit` messages at a time, all on the task that awaits this.
    pub async fn for_each_concurrent<F, Fut>(self, limit: usize, mut work: F)
    where
        F: FnMut(M) -> Fut,
        Fut: Future<Output = ()>,
    {
        let run = |message: ScopedMessage<M>| {
            let (state, future) = message.begin(&mut work);
            state.run(future)
        };
        // To the stream a limit of zero means no limit.
        stream::iter(self).for_each_concurrent(limit.max(1), run).await;
    }

    /// Processes up to `limit` messages at a time, all on the task that awaits this, up to the
    /// first one that fails.
    ///
    /// A failure is recorded on the message's span, as in
    /// [`try_process`](ScopedMessage::try_process).
    ///
    /// # Errors
    /// The error of the first message that failed. The work on others that is in progress is
    /// dropped, and their spans have the `error.type` `cancelled`.
    pub async fn try_for_each_concurrent<F, Fut, E>(
        self,
        limit: usize,
        mut work: F,
    ) -> Result<(), E>
    where
        F: FnMut(M) -> Fut,
        Fut: Future<Output = Result<(), E>>,
    {
        let run = |message: ScopedMessage<M>| {
            let (state, future) = message.begin(&mut work);
            state.try_run(future)
        };
        stream::iter(self).map(Ok).try_for_each_concurrent(limit.max(1), run).await
    }
}

impl<M: Borrow<Message>> IntoIterator for Scoped<M> {
    type Item = ScopedMessage<M>;
    type IntoIter = IntoIter<M>;

    fn into_iter(self) -> IntoIter<M> {
        IntoIter { messages: self.messages.into_iter(), parent: self.parent }
    }
}

/// The iterator of [`Scoped`].
#[derive(Debug)]
pub struct IntoIter<M> {
    messages: vec::IntoIter<M>,
    parent: Option<ProcessParent>,
}

impl<M: Borrow<Message>> Iterator for IntoIter<M> {
    type Item = ScopedMessage<M>;

    fn next(&mut self) -> Option<Self::Item> {
        self.messages.next().map(|message| ScopedMessage::new(message, self.parent))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.messages.size_hint()
    }
}

impl<M: Borrow<Message>> DoubleEndedIterator for IntoIter<M> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.messages.next_back().map(|message| ScopedMessage::new(message, self.parent))
    }
}

impl<M: Borrow<Message>> ExactSizeIterator for IntoIter<M> {}
