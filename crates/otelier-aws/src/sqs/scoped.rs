//! Messages that were received together, each to be worked on in its own scope.

use std::borrow::Borrow;
use std::vec;

use aws_sdk_sqs::types::Message;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::messages::Messages;
use super::scope::{ScopeParent, ScopedMessage};

/// The messages of `source`, in their order, each with a scope of its own.
///
/// # What is emitted
///
/// For each message that is processed a CONSUMER span named `process {queue}` with `messaging.system`,
/// `messaging.operation.name`, `messaging.operation.type`, `messaging.destination.name`, `messaging.message.id`,
/// `aws.sqs.queue.url`, `server.address` and `server.port`; and the metric `messaging.process.duration` (s).
///
/// The span is a child of the call that received the message and points to the producer's context that the message carries,
/// or the other way round: see [`ScopeParent`]. It goes where the client that received the message sends its telemetry.
/// A message that no instrumented client received lately has the current context for a parent, and goes to the global
/// providers. A message without a context, or with a broken one, has no link.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>.
pub fn scoped<S: Messages>(source: S) -> Scoped<S::Message> {
    Scoped { messages: source.into_vec(), parent: None }
}

/// Messages, each to be worked on in its own scope. Made by [`scoped`].
#[derive(Clone, Debug)]
#[must_use = "messages have a scope only while they are processed"]
pub struct Scoped<M> {
    messages: Vec<M>,
    parent: Option<ScopeParent>,
}

impl<M: Borrow<Message>> Scoped<M> {
    /// Chooses what the `process` spans are children of. By default the process-wide settings do, and in these the receive
    /// span.
    pub fn with_parent(mut self, parent: ScopeParent) -> Self {
        self.parent = Some(parent);
        self
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is none.
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
            let (slot, future) = message.begin(&mut work);
            slot.run(future).await;
        }
    }

    /// Processes one message after the other, up to the first that fails.
    ///
    /// A failure is recorded on the message's span, as in [`try_process`](ScopedMessage::try_process).
    ///
    /// # Errors
    /// That of the message that failed; those after it are not processed.
    pub async fn try_for_each<F, Fut, E>(self, mut work: F) -> Result<(), E>
    where
        F: FnMut(M) -> Fut,
        Fut: Future<Output = Result<(), E>>,
    {
        for message in self {
            let (slot, future) = message.begin(&mut work);
            slot.try_run(future).await?;
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
            let (slot, future) = message.begin(&mut work);
            slot.run(future)
        };
        // No limit at all is what a limit of zero would mean.
        stream::iter(self).for_each_concurrent(limit.max(1), run).await;
    }

    /// Processes up to `limit` messages at a time, all on the task that awaits this, up to the first that fails.
    ///
    /// A failure is recorded on the message's span, as in [`try_process`](ScopedMessage::try_process).
    ///
    /// # Errors
    /// That of the first message that failed; work on others that is under way is dropped, and their spans are
    /// `cancelled`.
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
            let (slot, future) = message.begin(&mut work);
            slot.try_run(future)
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
    parent: Option<ScopeParent>,
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
