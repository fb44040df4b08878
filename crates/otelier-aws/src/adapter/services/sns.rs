//! SNS: messages that are published.
//!
//! A message that is published carries context in its attributes, as far as there is room.
//! Delivered to a queue, it is wrapped in a JSON object unless delivery is raw; the consumer's side
//! looks into that. Topics, devices and phone numbers are all destinations, and only the first two
//! are recorded.

use std::any::Any;

use aws_sdk_sns::operation::publish::{PublishInput, PublishOutput};
use aws_sdk_sns::operation::publish_batch::{PublishBatchInput, PublishBatchOutput};
use aws_sdk_sns::types::{BatchResultErrorEntry, MessageAttributeValue, PublishBatchRequestEntry};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};

use super::names::{
    AwsDetails, FieldList, MessageAttributes, MessageBodies, MessagingOperation, MessagingRequest,
    MessagingSystem, PropagationFields, RecordedCall, SizeBudget, TraceHeader, attribute_value,
};
use super::service::{Direction, Service};

/// SNS has no system attribute for the X-Ray header: it is in the header of the request only.
const TRACE_HEADER: TraceHeader = TraceHeader::Unsupported;

/// The service as the interceptor knows it; it has no state.
#[derive(Debug)]
pub(super) struct Sns;

impl Service for Sns {
    fn name(&self) -> &'static str {
        "SNS"
    }

    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        fields: PropagationFields<'_>,
    ) -> AwsDetails<'a> {
        match operation {
            "Publish" => input.downcast_ref().map(|input| publish(input, fields)),
            "PublishBatch" => input.downcast_ref().map(|input| publish_batch(input, fields)),
            _ => None,
        }
        .map_or(AwsDetails::None, AwsDetails::Messaging)
    }

    fn direction(&self, operation: &str) -> Option<Direction> {
        matches!(operation, "Publish" | "PublishBatch").then_some(Direction::Out)
    }

    fn inject(&self, input: &mut Input, fields: &FieldList) {
        if let Some(input) = input.downcast_mut::<PublishInput>() {
            let mut budget = budget(input);
            let mut attributes = MessageAttributes(&mut input.message_attributes);
            attributes.inject(TRACE_HEADER, fields, &mut budget);
        } else if let Some(input) = input.downcast_mut::<PublishBatchInput>() {
            let mut budget = batch_budget(input);
            for entry in input.publish_batch_request_entries.iter_mut().flatten() {
                let mut attributes = MessageAttributes(&mut entry.message_attributes);
                attributes.inject(TRACE_HEADER, fields, &mut budget);
            }
        }
    }

    fn end(&self, call: &mut RecordedCall, output: &Output) {
        if let Some(output) = output.downcast_ref::<PublishOutput>() {
            if let Some(id) = output.message_id() {
                call.set_message_id(id);
            }
        } else if let Some(output) = output.downcast_ref::<PublishBatchOutput>() {
            refused(call, output.failed());
        }
        call.end();
    }
}

/// Records the refusals of a batch: their number, and the code of the first one.
fn refused(call: &mut RecordedCall, failed: &[BatchResultErrorEntry]) {
    if let Some(first) = failed.first() {
        call.set_refused(failed.len(), first.code());
    }
}

fn request<'a>(
    topic_arn: Option<&'a str>,
    target_arn: Option<&'a str>,
    batch_size: Option<usize>,
) -> MessagingRequest<'a> {
    let mut request = MessagingRequest::new(MessagingSystem::AWS_SNS, MessagingOperation::PUBLISH);
    // A phone number is personal data and is not recorded.
    request.destination = topic_arn.or(target_arn).and_then(destination);
    request.destination_id = topic_arn;
    request.batch_size = batch_size;
    request
}

/// The last part of an ARN: the name of a topic, or the application of a device. There are too many
/// devices to name each.
fn destination(arn: &str) -> Option<&str> {
    let name = arn.rsplit(':').next()?;
    let name = match name.starts_with("endpoint/") {
        true => name.rsplit_once('/').map_or(name, |(application, _device)| application),
        false => name,
    };
    (!name.is_empty()).then_some(name)
}

/// A single message: whether it gets context, and its body for the capture of payloads.
fn publish<'a>(input: &'a PublishInput, fields: PropagationFields<'_>) -> MessagingRequest<'a> {
    let attributes = &input.message_attributes;
    let mut request = request(input.topic_arn(), input.target_arn(), None);
    request.injects =
        MessageAttributes::can_carry(attributes, TRACE_HEADER, fields, &budget(input));
    request.bodies = input.message().map_or(MessageBodies::None, MessageBodies::One);
    request
}

/// A batch counts as carrying context if any of its messages does.
fn publish_batch<'a>(
    input: &'a PublishBatchInput,
    fields: PropagationFields<'_>,
) -> MessagingRequest<'a> {
    let (entries, budget) = (input.publish_batch_request_entries(), batch_budget(input));
    let mut request = request(input.topic_arn(), None, Some(entries.len()));
    request.injects = entries.iter().any(|entry| {
        MessageAttributes::can_carry(&entry.message_attributes, TRACE_HEADER, fields, &budget)
    });
    request.bodies = MessageBodies::Batch { batch: input, each: each_body };
    request
}

/// Hands each body to `take`. The batch comes as `Any`, since the description of a call does not
/// depend on the SDK; a value of another type has no bodies.
fn each_body(batch: &dyn Any, take: &mut dyn FnMut(&str)) {
    if let Some(input) = batch.downcast_ref::<PublishBatchInput>() {
        input.publish_batch_request_entries().iter().for_each(|entry| take(entry.message()));
    }
}

/// How much context may be added: subject and attributes count like the body.
fn budget(input: &PublishInput) -> SizeBudget {
    let message = input.message.as_ref().map_or(0, String::len);
    let subject = input.subject.as_ref().map_or(0, String::len);
    SizeBudget::after(message + subject + MessageAttributes::size(&input.message_attributes))
}

/// The limit is one for the whole batch, so its messages share one budget.
fn batch_budget(input: &PublishBatchInput) -> SizeBudget {
    let size = |entry: &PublishBatchRequestEntry| {
        let subject = entry.subject.as_ref().map_or(0, String::len);
        entry.message.len() + subject + MessageAttributes::size(&entry.message_attributes)
    };
    SizeBudget::after(input.publish_batch_request_entries().iter().map(size).sum())
}

attribute_value!(MessageAttributeValue);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destination_has_few_different_values() {
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
