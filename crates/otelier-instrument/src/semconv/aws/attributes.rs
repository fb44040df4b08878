//! The attributes that the span and the metrics of a call have in common.

use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, StringValue};

use crate::kit::ErrorType;
use crate::kit::value::shared;
use crate::masking::MaskingPolicy;
use crate::semconv::attribute;
use crate::semconv::messaging::{MessagingAttributes, MessagingOperationType, Server};

use super::dynamodb::DatabaseAttributes;
use super::request::{AwsDetails, AwsRequest, MessagingRequest};

const RPC_SYSTEM: &str = "aws-api";

/// What is known of a call from its start.
#[derive(Debug)]
pub(super) struct CallAttributes {
    service: StringValue,
    operation: StringValue,
    region: Option<StringValue>,
    domain: Domain,
    pub(super) server: Option<Server>,
}

/// The other domain of the conventions that a call belongs to.
#[derive(Debug)]
enum Domain {
    None,
    Messaging(MessagingAttributes, MessageCount),
    Database(DatabaseAttributes),
}

/// The messages of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageCount {
    /// How many, if it is an operation on a batch.
    pub(super) batch_size: Option<usize>,
    /// Whether they carry the call's context.
    injects: bool,
}

impl CallAttributes {
    pub(super) fn new(request: &AwsRequest<'_>, masking: &MaskingPolicy) -> Self {
        let domain = match &request.details {
            AwsDetails::Messaging(request) => {
                let MessagingRequest { system, operation, batch_size, injects, .. } = *request;
                let destination = request.destination.map(shared);
                let destination_id = request.destination_id.map(|id| shared(&masking.url(id)));
                let messaging =
                    MessagingAttributes { system, operation, destination, destination_id };
                Domain::Messaging(messaging, MessageCount { batch_size, injects })
            }
            AwsDetails::DynamoDb(details) => {
                Domain::Database(DatabaseAttributes::new(request.operation, details))
            }
            AwsDetails::S3(_) | AwsDetails::None => Domain::None,
        };
        Self {
            service: shared(request.service),
            operation: shared(request.operation),
            region: request.region.map(shared),
            domain,
            server: None,
        }
    }

    pub(super) fn messaging(&self) -> Option<(&MessagingAttributes, MessageCount)> {
        match &self.domain {
            Domain::Messaging(messaging, count) => Some((messaging, *count)),
            Domain::Database(_) | Domain::None => None,
        }
    }

    pub(super) fn database(&self) -> Option<&DatabaseAttributes> {
        match &self.domain {
            Domain::Database(database) => Some(database),
            Domain::Messaging(..) | Domain::None => None,
        }
    }

    pub(super) fn is_receive(&self) -> bool {
        self.messaging().is_some_and(|(messaging, _)| {
            messaging.operation.operation_type() == MessagingOperationType::Receive
        })
    }

    pub(super) fn span_name(&self) -> String {
        match self.messaging() {
            Some((messaging, _)) => messaging.span_name(),
            None => format!("{}.{}", self.service.as_str(), self.operation.as_str()),
        }
    }

    pub(super) fn span_kind(&self) -> SpanKind {
        self.messaging().map_or(SpanKind::Client, |(messaging, count)| {
            messaging.operation.span_kind(count.injects)
        })
    }

    /// The attributes of a span when it is created.
    pub(super) fn span_attributes(&self, details: &AwsDetails<'_>) -> Vec<KeyValue> {
        // With room for what the end adds, so that the vector seldom grows.
        let mut attributes = Vec::with_capacity(20);
        attributes.extend([
            KeyValue::new(attribute::RPC_SYSTEM, RPC_SYSTEM),
            KeyValue::new(attribute::RPC_SERVICE, self.service.clone()),
            KeyValue::new(attribute::RPC_METHOD, self.operation.clone()),
        ]);
        let region = self.region.clone();
        attributes.extend(region.map(|region| KeyValue::new(attribute::CLOUD_REGION, region)));
        match &self.domain {
            Domain::Messaging(messaging, messages) => {
                attributes.extend(messaging.span_attributes());
                attributes.extend(messages.batch_size.map(message_count));
            }
            Domain::Database(database) => attributes.extend(database.span_attributes()),
            Domain::None => {}
        }
        match details {
            AwsDetails::DynamoDb(request) => attributes.extend(request.attributes()),
            AwsDetails::S3(request) => attributes.extend(request.attributes()),
            AwsDetails::Messaging(_) | AwsDetails::None => {}
        }
        attributes
    }

    /// The attributes of `rpc.client.call.duration`. `rpc.method` is the same as on the span, so
    /// `rpc.service` is needed to tell methods of two services apart.
    pub(super) fn call_attributes(
        &self,
        error: Option<&ErrorType>,
    ) -> impl Iterator<Item = KeyValue> {
        [
            KeyValue::new(attribute::RPC_SYSTEM_NAME, RPC_SYSTEM),
            KeyValue::new(attribute::RPC_SERVICE, self.service.clone()),
            KeyValue::new(attribute::RPC_METHOD, self.operation.clone()),
        ]
        .into_iter()
        .chain(self.server.iter().flat_map(Server::attributes))
        .chain(error.map(attribute::error_type))
    }
}

pub(super) fn message_count(count: usize) -> KeyValue {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    KeyValue::new(attribute::MESSAGING_BATCH_MESSAGE_COUNT, count)
}
