//! Where a message came from: the call that received it.

use opentelemetry::trace::SpanContext;

use crate::semconv::messaging::{MessagingFacts, Server};

/// The call that received messages, for the operations that process them.
#[derive(Clone, Debug)]
pub struct ReceiveOrigin {
    pub(crate) facts: MessagingFacts,
    pub(crate) server: Option<Server>,
    pub(crate) span_context: SpanContext,
}

impl ReceiveOrigin {
    /// The identity of the call's span; invalid where nobody recorded one.
    #[must_use]
    pub fn span_context(&self) -> &SpanContext {
        &self.span_context
    }
}
