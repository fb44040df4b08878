//! SNS: messages that are published.

use std::sync::Arc;

use aws_sdk_sns::operation::publish::{PublishInput, PublishOutput};
use aws_sdk_sns::operation::publish_batch::{PublishBatchInput, PublishBatchOutput};
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use otelier_instrument::kit::FieldList;
use otelier_instrument::semconv::aws::{AwsDetails, AwsOperation, MessagingRequest};
use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};

use crate::interceptor::Shared;

use super::carrier::{self, Room};
use super::{Direction, Service};

#[derive(Debug)]
pub(super) struct Sns;

impl Service for Sns {
    fn name(&self) -> &'static str {
        "SNS"
    }

    fn describe<'a>(&self, operation: &str, input: &'a Input, fields: &[String]) -> AwsDetails<'a> {
        match operation {
            "Publish" => input.downcast_ref().map(|input| publish(input, fields)),
            "PublishBatch" => input.downcast_ref().map(|input| publish_batch(input, fields)),
            _ => None,
        }
        .map_or(AwsDetails::None, AwsDetails::Messaging)
    }

    fn moves(&self, operation: &str) -> Option<Direction> {
        matches!(operation, "Publish" | "PublishBatch").then_some(Direction::Out)
    }

    fn inject(&self, input: &mut Input, fields: &FieldList) {
        if let Some(input) = input.downcast_mut::<PublishInput>() {
            let mut room = room(input);
            carrier::inject(&mut input.message_attributes, fields, &mut room);
        } else if let Some(input) = input.downcast_mut::<PublishBatchInput>() {
            let mut room = batch_room(input);
            for entry in input.publish_batch_request_entries.iter_mut().flatten() {
                carrier::inject(&mut entry.message_attributes, fields, &mut room);
            }
        }
    }

    fn end(&self, mut operation: AwsOperation, output: &Output, _shared: &Arc<Shared>) {
        if let Some(output) = output.downcast_ref::<PublishOutput>() {
            if let Some(id) = output.message_id() {
                operation.set_message_id(id);
            }
        } else if let Some(output) = output.downcast_ref::<PublishBatchOutput>()
            && let Some(first) = output.failed().first()
        {
            operation.set_refused(output.failed().len(), first.code());
        }
        operation.end();
    }
}

fn request<'a>(
    topic_arn: Option<&'a str>,
    target_arn: Option<&'a str>,
    batch_size: Option<usize>,
) -> MessagingRequest<'a> {
    MessagingRequest {
        system: MessagingSystem::AwsSns,
        operation: MessagingOperation::Publish,
        // A phone number is no destination that may be told.
        destination: topic_arn.or(target_arn).and_then(destination),
        destination_id: topic_arn,
        batch_size,
        injects: false,
    }
}

/// The last part of an ARN: the name of a topic, or the application of a device, of which there are too many to name.
fn destination(arn: &str) -> Option<&str> {
    let name = arn.rsplit(':').next()?;
    let name = match name.starts_with("endpoint/") {
        true => name.rsplit_once('/').map_or(name, |(application, _device)| application),
        false => name,
    };
    (!name.is_empty()).then_some(name)
}

fn publish<'a>(input: &'a PublishInput, fields: &[String]) -> MessagingRequest<'a> {
    let injects = carrier::can_carry(&input.message_attributes, fields, &room(input));
    MessagingRequest { injects, ..request(input.topic_arn(), input.target_arn(), None) }
}

fn publish_batch<'a>(input: &'a PublishBatchInput, fields: &[String]) -> MessagingRequest<'a> {
    let (entries, room) = (input.publish_batch_request_entries(), batch_room(input));
    let injects =
        entries.iter().any(|entry| carrier::can_carry(&entry.message_attributes, fields, &room));
    MessagingRequest { injects, ..request(input.topic_arn(), None, Some(entries.len())) }
}

fn room(input: &PublishInput) -> Room {
    let message = input.message.as_ref().map_or(0, String::len);
    let subject = input.subject.as_ref().map_or(0, String::len);
    Room::beside(message + subject + carrier::size(&input.message_attributes))
}

fn batch_room(input: &PublishBatchInput) -> Room {
    let size = |entry: &PublishBatchRequestEntry| {
        let subject = entry.subject.as_ref().map_or(0, String::len);
        entry.message.len() + subject + carrier::size(&entry.message_attributes)
    };
    Room::beside(input.publish_batch_request_entries().iter().map(size).sum())
}

carrier::attribute_value!(MessageAttributeValue);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_name_of_which_there_are_few() {
        for (arn, expected) in [
            ("arn:aws:sns:eu-west-1:123456789012:orders", Some("orders")),
            (
                "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/app/5e3e9847",
                Some("endpoint/GCM/app"),
            ),
            ("", None),
        ] {
            assert_eq!(destination(arn), expected, "{arn}");
        }
    }
}
