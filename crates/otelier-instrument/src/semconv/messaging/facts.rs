//! The values that the spans and the metrics of messaging have in common.

use arrayvec::ArrayVec;
use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, StringValue};

use crate::kit::ErrorType;
use crate::kit::Instruments;
use crate::semconv::{attribute, metric};

/// A messaging system, as `messaging.system`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagingSystem {
    /// Amazon SQS.
    AwsSqs,
    /// Amazon SNS.
    AwsSns,
}

impl MessagingSystem {
    fn as_str(self) -> &'static str {
        match self {
            Self::AwsSqs => "aws_sqs",
            // With a dot: so the conventions have it.
            Self::AwsSns => "aws.sns",
        }
    }

    /// The key under which the full name of the destination goes.
    fn destination_key(self) -> &'static str {
        match self {
            Self::AwsSqs => attribute::AWS_SQS_QUEUE_URL,
            Self::AwsSns => attribute::AWS_SNS_TOPIC_ARN,
        }
    }
}

/// What is done with messages: `messaging.operation.name`, and the `messaging.operation.type` that goes with it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagingOperation {
    /// Messages are sent to a queue.
    Send,
    /// Messages are sent to a topic.
    Publish,
    /// Messages are asked for.
    Receive,
    /// A message is worked on.
    Process,
    /// Messages are removed for good.
    Delete,
    /// The time for which messages are hidden from others is changed.
    ChangeVisibility,
}

impl MessagingOperation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Publish => "publish",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Delete => "delete",
            Self::ChangeVisibility => "change_visibility",
        }
    }

    fn kind_name(self) -> &'static str {
        match self {
            Self::Send | Self::Publish => "send",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Delete | Self::ChangeVisibility => "settle",
        }
    }

    pub(crate) fn sends(self) -> bool {
        matches!(self, Self::Send | Self::Publish)
    }

    /// The kind of its span: a message that does not carry the span's context makes no producer of it.
    pub(crate) fn span_kind(self, injects: bool) -> SpanKind {
        match self {
            Self::Send | Self::Publish if injects => SpanKind::Producer,
            Self::Process => SpanKind::Consumer,
            _ => SpanKind::Client,
        }
    }
}

/// What is done with messages where.
#[derive(Clone, Debug)]
pub(crate) struct MessagingFacts {
    pub(crate) system: MessagingSystem,
    pub(crate) operation: MessagingOperation,
    /// The short name of the queue or topic.
    pub(crate) destination: Option<StringValue>,
    /// Its full name, as a URL or ARN.
    pub(crate) destination_id: Option<StringValue>,
}

impl MessagingFacts {
    pub(crate) fn span_name(&self) -> String {
        let operation = self.operation.name();
        match &self.destination {
            Some(destination) => format!("{operation} {}", destination.as_str()),
            None => operation.to_owned(),
        }
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> {
        let operation_type =
            KeyValue::new(attribute::MESSAGING_OPERATION_TYPE, self.operation.kind_name());
        let id = self.destination_id.clone();
        let id = id.map(|id| KeyValue::new(self.system.destination_key(), id));
        self.identity().chain([operation_type]).chain(id)
    }

    fn identity(&self) -> impl Iterator<Item = KeyValue> {
        let destination = self.destination.clone();
        [
            KeyValue::new(attribute::MESSAGING_SYSTEM, self.system.as_str()),
            KeyValue::new(attribute::MESSAGING_OPERATION_NAME, self.operation.name()),
        ]
        .into_iter()
        .chain(destination.map(|name| KeyValue::new(attribute::MESSAGING_DESTINATION_NAME, name)))
    }

    /// The attributes of a counter of messages, and of the duration of processing one.
    pub(crate) fn message_attributes(
        &self,
        server: Option<&Server>,
        error: Option<&ErrorType>,
    ) -> ArrayVec<KeyValue, 7> {
        self.identity()
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
        attributes
            .push(KeyValue::new(attribute::MESSAGING_OPERATION_TYPE, self.operation.kind_name()));
        attributes
    }
}

/// The server at the other end.
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

pub(crate) struct MessagingInstruments {
    pub(crate) operation_duration: Histogram<f64>,
    pub(crate) process_duration: Histogram<f64>,
    pub(crate) sent: Counter<u64>,
    pub(crate) consumed: Counter<u64>,
}

impl Instruments for MessagingInstruments {
    fn create(meter: &Meter) -> Self {
        let counter = |name, description| {
            meter.u64_counter(name).with_unit("{message}").with_description(description).build()
        };
        Self {
            operation_duration: metric::seconds(
                meter,
                metric::MESSAGING_CLIENT_OPERATION_DURATION,
                "Duration of messaging operation initiated by a producer or consumer client.",
                &metric::DURATION_BOUNDARIES,
            ),
            process_duration: metric::seconds(
                meter,
                metric::MESSAGING_PROCESS_DURATION,
                "Duration of processing operation.",
                &metric::DURATION_BOUNDARIES,
            ),
            sent: counter(
                metric::MESSAGING_CLIENT_SENT_MESSAGES,
                "Number of messages producer attempted to send to the broker.",
            ),
            consumed: counter(
                metric::MESSAGING_CLIENT_CONSUMED_MESSAGES,
                "Number of messages that were delivered to the application.",
            ),
        }
    }
}
