//! The attributes that the spans and the metrics of messaging have in common.

use arrayvec::ArrayVec;
use opentelemetry::{KeyValue, StringValue};

use crate::kit::ErrorType;
use crate::semconv::attribute;

use super::operation::MessagingOperation;
use super::system::MessagingSystem;

/// What is done with messages, and where.
#[derive(Clone, Debug)]
pub(crate) struct MessagingAttributes {
    pub(crate) system: MessagingSystem,
    pub(crate) operation: MessagingOperation,
    /// The short name of the queue or topic.
    pub(crate) destination: Option<StringValue>,
    /// Its full name, as a URL or ARN.
    pub(crate) destination_id: Option<StringValue>,
}

impl MessagingAttributes {
    pub(crate) fn span_name(&self) -> String {
        let operation = self.operation.name();
        match &self.destination {
            Some(destination) => format!("{operation} {}", destination.as_str()),
            None => operation.to_owned(),
        }
    }

    /// The attributes of a span.
    pub(crate) fn span_attributes(&self) -> impl Iterator<Item = KeyValue> {
        let id = self.system.destination_id_key().zip(self.destination_id.clone());
        self.common()
            .chain([self.operation_type()])
            .chain(id.map(|(key, id)| KeyValue::new(key, id)))
    }

    /// The attributes of a counter of messages, and of the duration of processing one.
    pub(crate) fn message_attributes(
        &self,
        server: Option<&Server>,
        error: Option<&ErrorType>,
    ) -> ArrayVec<KeyValue, 7> {
        self.common()
            .chain(server.into_iter().flat_map(Server::attributes))
            .chain(error.map(attribute::error_type))
            .collect()
    }

    /// The attributes of the duration of a client's operation, which also have its type.
    pub(crate) fn operation_attributes(
        &self,
        server: Option<&Server>,
        error: Option<&ErrorType>,
    ) -> ArrayVec<KeyValue, 7> {
        let mut attributes = self.message_attributes(server, error);
        attributes.push(self.operation_type());
        attributes
    }

    fn common(&self) -> impl Iterator<Item = KeyValue> {
        let destination = self.destination.clone();
        [
            KeyValue::new(attribute::MESSAGING_SYSTEM, self.system.name()),
            KeyValue::new(attribute::MESSAGING_OPERATION_NAME, self.operation.name()),
        ]
        .into_iter()
        .chain(destination.map(|name| KeyValue::new(attribute::MESSAGING_DESTINATION_NAME, name)))
    }

    fn operation_type(&self) -> KeyValue {
        KeyValue::new(attribute::MESSAGING_OPERATION_TYPE, self.operation.operation_type().as_str())
    }
}

/// The server that a client talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) address: StringValue,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn attributes(&self) -> [KeyValue; 2] {
        [
            KeyValue::new(attribute::SERVER_ADDRESS, self.address.clone()),
            KeyValue::new(attribute::SERVER_PORT, i64::from(self.port)),
        ]
    }
}
