//! What is done with messages: the name in the system's own word, and its type.

use opentelemetry::trace::SpanKind;

/// What is done with messages: `messaging.operation.name`, and the `messaging.operation.type` that
/// goes with it.
///
/// The name is the messaging system's own word. An operation that has no constant here is made
/// with [`new`](Self::new):
///
/// ```
/// use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingOperationType};
///
/// const ACK: MessagingOperation = MessagingOperation::new("ack", MessagingOperationType::Settle);
/// assert_eq!(ACK.name(), "ack");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagingOperation {
    name: &'static str,
    operation_type: MessagingOperationType,
}

/// The type of an operation on messages: `messaging.operation.type`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagingOperationType {
    /// A message is created, to be sent later.
    Create,
    /// Messages are given to the broker.
    Send,
    /// Messages are requested from the broker.
    Receive,
    /// A message is processed by the application.
    Process,
    /// Reports to the broker what became of messages.
    Settle,
}

impl MessagingOperation {
    /// Messages are sent to a queue.
    pub const SEND: Self = Self::new("send", MessagingOperationType::Send);
    /// Messages are sent to a topic.
    pub const PUBLISH: Self = Self::new("publish", MessagingOperationType::Send);
    /// Messages are requested.
    pub const RECEIVE: Self = Self::new("receive", MessagingOperationType::Receive);
    /// A message is processed.
    pub const PROCESS: Self = Self::new("process", MessagingOperationType::Process);
    /// Messages are removed from a queue.
    pub const DELETE: Self = Self::new("delete", MessagingOperationType::Settle);
    /// The time for which messages are hidden from other consumers is changed.
    pub const CHANGE_VISIBILITY: Self =
        Self::new("change_visibility", MessagingOperationType::Settle);

    /// The operation that the messaging system calls `name`.
    #[must_use]
    pub const fn new(name: &'static str, operation_type: MessagingOperationType) -> Self {
        Self { name, operation_type }
    }

    /// The value of `messaging.operation.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Its type.
    #[must_use]
    pub const fn operation_type(self) -> MessagingOperationType {
        self.operation_type
    }

    /// The kind of its span. A send is a PRODUCER only if messages carry the span's context.
    pub(crate) fn span_kind(self, injects: bool) -> SpanKind {
        match self.operation_type {
            MessagingOperationType::Create => SpanKind::Producer,
            MessagingOperationType::Send if injects => SpanKind::Producer,
            MessagingOperationType::Process => SpanKind::Consumer,
            _ => SpanKind::Client,
        }
    }
}

impl MessagingOperationType {
    /// The value of `messaging.operation.type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Settle => "settle",
        }
    }
}
