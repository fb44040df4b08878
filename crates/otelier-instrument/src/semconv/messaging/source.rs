//! Where a received message came from.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanContext;

use crate::kit::value::shared;
use crate::settings;

use super::attributes::{MessagingAttributes, Server};
use super::operation::MessagingOperation;
use super::system::MessagingSystem;

/// Where a received message came from: the destination, the server, and the span of the call that
/// received it. Operations that process the message start from it.
///
/// ```
/// use otelier_instrument::semconv::messaging::{MessageSource, MessagingSystem};
///
/// let source = MessageSource::new(MessagingSystem::KAFKA)
///     .with_destination("orders")
///     .with_server("kafka.example", 9092);
/// assert!(!source.span_context().is_valid());
/// ```
#[derive(Clone, Debug)]
pub struct MessageSource {
    pub(crate) messaging: MessagingAttributes,
    pub(crate) server: Option<Server>,
    pub(crate) attributes: Vec<KeyValue>,
    span_context: SpanContext,
}

impl MessageSource {
    /// A source of which nothing but the messaging system is known.
    #[must_use]
    pub fn new(system: MessagingSystem) -> Self {
        let operation = MessagingOperation::PROCESS;
        Self {
            messaging: MessagingAttributes {
                system,
                operation,
                destination: None,
                destination_id: None,
            },
            server: None,
            attributes: Vec::new(),
            span_context: SpanContext::NONE,
        }
    }

    /// The source of what the call with these attributes received.
    pub(crate) fn of_receive(messaging: &MessagingAttributes, server: Option<Server>) -> Self {
        let messaging = messaging.clone();
        Self {
            messaging: MessagingAttributes { operation: MessagingOperation::PROCESS, ..messaging },
            server,
            attributes: Vec::new(),
            span_context: SpanContext::NONE,
        }
    }

    /// Sets the short name of the queue or topic: `messaging.destination.name`.
    #[must_use]
    pub fn with_destination(mut self, name: &str) -> Self {
        self.messaging.destination = Some(shared(name));
        self
    }

    /// Sets the full name of the queue or topic, for systems that have a key for it. A URL is
    /// masked.
    #[must_use]
    pub fn with_destination_id(mut self, id: &str) -> Self {
        self.messaging.destination_id = Some(shared(&settings::current().masking.url(id)));
        self
    }

    /// Sets the broker's `server.address` and `server.port`.
    #[must_use]
    pub fn with_server(mut self, address: &str, port: u16) -> Self {
        self.server = Some(Server { address: shared(address), port });
        self
    }

    /// Sets the span of the call that received the message.
    #[must_use]
    pub fn with_span_context(mut self, span_context: SpanContext) -> Self {
        self.span_context = span_context;
        self
    }

    /// Adds an attribute that the span of each of its messages gets too.
    #[must_use]
    pub fn with_attribute(mut self, attribute: KeyValue) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The span of the call that received the message; invalid if there was none.
    #[must_use]
    pub fn span_context(&self) -> &SpanContext {
        &self.span_context
    }
}
