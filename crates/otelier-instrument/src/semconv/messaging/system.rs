//! The messaging systems that the conventions list, and how to name another.

use crate::semconv::attribute;

/// A messaging system, as `messaging.system`.
///
/// There is a constant for each system that the conventions list. Any other has a name of its own:
///
/// ```
/// use otelier_instrument::semconv::messaging::MessagingSystem;
///
/// const NATS: MessagingSystem = MessagingSystem::new("nats");
/// assert_eq!(NATS.name(), "nats");
/// assert_eq!(MessagingSystem::AWS_SNS.name(), "aws.sns");
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagingSystem {
    name: &'static str,
    destination_id_key: Option<&'static str>,
}

impl MessagingSystem {
    /// Apache ActiveMQ.
    pub const ACTIVEMQ: Self = Self::new("activemq");
    /// Amazon SNS. The conventions write it with a dot.
    pub const AWS_SNS: Self =
        Self::new("aws.sns").with_destination_id_key(attribute::AWS_SNS_TOPIC_ARN);
    /// Amazon SQS. The conventions write it with an underscore.
    pub const AWS_SQS: Self =
        Self::new("aws_sqs").with_destination_id_key(attribute::AWS_SQS_QUEUE_URL);
    /// Azure Event Grid.
    pub const EVENTGRID: Self = Self::new("eventgrid");
    /// Azure Event Hubs.
    pub const EVENTHUBS: Self = Self::new("eventhubs");
    /// Google Cloud Pub/Sub.
    pub const GCP_PUBSUB: Self = Self::new("gcp_pubsub");
    /// Java Message Service.
    pub const JMS: Self = Self::new("jms");
    /// Apache Kafka.
    pub const KAFKA: Self = Self::new("kafka");
    /// Apache Pulsar.
    pub const PULSAR: Self = Self::new("pulsar");
    /// RabbitMQ.
    pub const RABBITMQ: Self = Self::new("rabbitmq");
    /// Apache RocketMQ.
    pub const ROCKETMQ: Self = Self::new("rocketmq");
    /// Azure Service Bus.
    pub const SERVICEBUS: Self = Self::new("servicebus");

    /// The system called `name` in `messaging.system`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, destination_id_key: None }
    }

    /// Sets the attribute key for the full name of a destination: a URL, an ARN.
    ///
    /// Without it only `messaging.destination.name` is recorded.
    #[must_use]
    pub const fn with_destination_id_key(mut self, key: &'static str) -> Self {
        self.destination_id_key = Some(key);
        self
    }

    /// The value of `messaging.system`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    pub(crate) const fn destination_id_key(self) -> Option<&'static str> {
        self.destination_id_key
    }
}
