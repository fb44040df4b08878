//! SQS: messages that are sent, received and settled.
//!
//! Sending puts context into the attributes of each message: the X-Ray header into the system
//! attribute `AWSTraceHeader`, every other field into an attribute of its own. SQS returns only the
//! attributes that a poll asks for, so `request_fields` adds their names to the request. The end of
//! a poll links its span to what the messages carry, and remembers the call for the processing of
//! the messages.
//!
//! In a batch each message stands for itself: the call may succeed although some messages were
//! refused, which is what `refused` records.

use std::any::Any;
use std::collections::HashMap;

use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityInput;
use aws_sdk_sqs::operation::change_message_visibility_batch::{
    ChangeMessageVisibilityBatchInput, ChangeMessageVisibilityBatchOutput,
};
use aws_sdk_sqs::operation::delete_message::DeleteMessageInput;
use aws_sdk_sqs::operation::delete_message_batch::{
    DeleteMessageBatchInput, DeleteMessageBatchOutput,
};
use aws_sdk_sqs::operation::receive_message::{ReceiveMessageInput, ReceiveMessageOutput};
use aws_sdk_sqs::operation::send_message::{SendMessageInput, SendMessageOutput};
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchInput, SendMessageBatchOutput};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};

use super::names::{
    AwsDetails, FieldList, MessageAttributes, MessageBodies, MessagingOperation, MessagingRequest,
    MessagingSystem, PropagationFields, ReceivedMessage, RecordedCall, SizeBudget, TraceHeader,
    attribute_value, last_path_segment,
};
use super::service::{Direction, Service};

/// The attributes that SQS itself defines. They are limited apart from the user's, and one of them
/// is the X-Ray header.
type SystemAttributes =
    Option<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>>;

/// The service as the interceptor knows it; it has no state.
#[derive(Debug)]
pub(super) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "SQS"
    }

    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        fields: PropagationFields<'_>,
    ) -> AwsDetails<'a> {
        match operation {
            "SendMessage" => input.downcast_ref().map(|input| send(input, fields)),
            "SendMessageBatch" => input.downcast_ref().map(|input| send_batch(input, fields)),
            "ReceiveMessage" => input.downcast_ref().map(|input: &ReceiveMessageInput| {
                request(MessagingOperation::RECEIVE, &input.queue_url, None)
            }),
            "DeleteMessage" => input.downcast_ref().map(|input: &DeleteMessageInput| {
                request(MessagingOperation::DELETE, &input.queue_url, None)
            }),
            "DeleteMessageBatch" => input.downcast_ref().map(|input: &DeleteMessageBatchInput| {
                let size = Some(input.entries().len());
                request(MessagingOperation::DELETE, &input.queue_url, size)
            }),
            "ChangeMessageVisibility" => {
                input.downcast_ref().map(|input: &ChangeMessageVisibilityInput| {
                    request(MessagingOperation::CHANGE_VISIBILITY, &input.queue_url, None)
                })
            }
            "ChangeMessageVisibilityBatch" => {
                input.downcast_ref().map(|input: &ChangeMessageVisibilityBatchInput| {
                    let size = Some(input.entries().len());
                    request(MessagingOperation::CHANGE_VISIBILITY, &input.queue_url, size)
                })
            }
            _ => None,
        }
        .map_or(AwsDetails::None, AwsDetails::Messaging)
    }

    fn direction(&self, operation: &str) -> Option<Direction> {
        match operation {
            "SendMessage" | "SendMessageBatch" => Some(Direction::Out),
            "ReceiveMessage" => Some(Direction::In),
            _ => None,
        }
    }

    /// Adds the fields to one message. A system attribute that cannot be built is left out.
    fn inject(&self, input: &mut Input, fields: &FieldList) {
        if let Some(input) = input.downcast_mut::<SendMessageInput>() {
            let mut budget = budget(input);
            let SendMessageInput { message_attributes, message_system_attributes, .. } = input;
            inject(message_attributes, message_system_attributes, fields, &mut budget);
        } else if let Some(input) = input.downcast_mut::<SendMessageBatchInput>() {
            let mut budget = batch_budget(input);
            for entry in input.entries.iter_mut().flatten() {
                let SendMessageBatchRequestEntry {
                    message_attributes,
                    message_system_attributes,
                    ..
                } = entry;
                inject(message_attributes, message_system_attributes, fields, &mut budget);
            }
        }
    }

    fn request_fields(&self, input: &mut Input, fields: PropagationFields<'_>) {
        let Some(input) = input.downcast_mut::<ReceiveMessageInput>() else { return };
        let missing = fields.missing_from(input.message_attribute_names());
        if !missing.is_empty() {
            input.message_attribute_names.get_or_insert_default().extend(missing);
        }
        request_trace_header(input, fields);
    }

    fn end(&self, call: &mut RecordedCall, output: &Output) {
        if let Some(output) = output.downcast_ref::<ReceiveMessageOutput>() {
            return call.end_received(output.messages());
        }
        if let Some(output) = output.downcast_ref::<SendMessageOutput>() {
            if let Some(id) = output.message_id() {
                call.set_message_id(id);
            }
        } else if let Some(output) = output.downcast_ref::<SendMessageBatchOutput>() {
            refused(call, output.failed());
        } else if let Some(output) = output.downcast_ref::<DeleteMessageBatchOutput>() {
            refused(call, output.failed());
        } else if let Some(output) = output.downcast_ref::<ChangeMessageVisibilityBatchOutput>() {
            refused(call, output.failed());
        }
        call.end();
    }
}

impl ReceivedMessage for Message {
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.message_attributes()
            .into_iter()
            .flatten()
            .filter_map(|(name, attribute)| Some((name.as_str(), attribute.string_value()?)))
    }

    fn trace_header(&self) -> Option<&str> {
        let attributes = self.attributes.as_ref()?;
        attributes.get(&MessageSystemAttributeName::AwsTraceHeader).map(String::as_str)
    }

    fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    fn receipt_handle(&self) -> Option<&str> {
        self.receipt_handle.as_deref()
    }
}

/// What all operations have: the queue, by the last segment of its URL, and the URL itself.
fn request(
    operation: MessagingOperation,
    url: &Option<String>,
    batch_size: Option<usize>,
) -> MessagingRequest<'_> {
    let mut request = MessagingRequest::new(MessagingSystem::AWS_SQS, operation);
    request.destination = url.as_deref().and_then(last_path_segment);
    request.destination_id = url.as_deref();
    request.batch_size = batch_size;
    request
}

/// A single message: whether it gets context, and its body for the capture of payloads.
fn send<'a>(input: &'a SendMessageInput, fields: PropagationFields<'_>) -> MessagingRequest<'a> {
    let mut request = request(MessagingOperation::SEND, &input.queue_url, None);
    request.injects = MessageAttributes::can_carry(
        &input.message_attributes,
        trace_header(&input.message_system_attributes),
        fields,
        &budget(input),
    );
    request.bodies = input.message_body().map_or(MessageBodies::None, MessageBodies::One);
    request
}

/// A batch counts as carrying context if any of its messages does.
fn send_batch<'a>(
    input: &'a SendMessageBatchInput,
    fields: PropagationFields<'_>,
) -> MessagingRequest<'a> {
    let budget = batch_budget(input);
    let size = Some(input.entries().len());
    let mut request = request(MessagingOperation::SEND, &input.queue_url, size);
    request.injects = input.entries().iter().any(|entry| {
        let header = trace_header(&entry.message_system_attributes);
        MessageAttributes::can_carry(&entry.message_attributes, header, fields, &budget)
    });
    request.bodies = MessageBodies::Batch { batch: input, each: each_body };
    request
}

/// Hands each body to `take`. The batch comes as `Any`, since the description of a call does not
/// depend on the SDK; a value of another type has no bodies.
fn each_body(batch: &dyn Any, take: &mut dyn FnMut(&str)) {
    if let Some(input) = batch.downcast_ref::<SendMessageBatchInput>() {
        input.entries().iter().for_each(|entry| take(entry.message_body()));
    }
}

/// How much context may be added. System attributes do not count.
fn budget(input: &SendMessageInput) -> SizeBudget {
    let body = input.message_body.as_ref().map_or(0, String::len);
    SizeBudget::after(body + MessageAttributes::size(&input.message_attributes))
}

/// The limit is one for the whole batch, so its messages share one budget.
fn batch_budget(input: &SendMessageBatchInput) -> SizeBudget {
    let size = |entry: &SendMessageBatchRequestEntry| {
        entry.message_body.len() + MessageAttributes::size(&entry.message_attributes)
    };
    SizeBudget::after(input.entries().iter().map(size).sum())
}

/// Whether the user has set the system attribute of the X-Ray header, which is never replaced.
fn trace_header(system: &SystemAttributes) -> TraceHeader {
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    match system.as_ref().is_some_and(|system| system.contains_key(&name)) {
        true => TraceHeader::Taken,
        false => TraceHeader::Free,
    }
}

fn inject(
    attributes: &mut Option<HashMap<String, MessageAttributeValue>>,
    system: &mut SystemAttributes,
    fields: &FieldList,
    budget: &mut SizeBudget,
) {
    let header = MessageAttributes(attributes).inject(trace_header(system), fields, budget);
    let Some(header) = header else { return };
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
    if let Ok(value) = value.build() {
        let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
        system.get_or_insert_default().insert(name, value);
    }
}

/// Requests the system attribute of the X-Ray header, in the list that the user uses.
fn request_trace_header(input: &mut ReceiveMessageInput, fields: PropagationFields<'_>) {
    #[allow(deprecated)] // Many programs still use the older list.
    let older = &mut input.attribute_names;
    let newer = &mut input.message_system_attribute_names;
    let requested = older.iter().flatten().map(QueueAttributeName::as_str);
    let requested = requested.chain(newer.iter().flatten().map(MessageSystemAttributeName::as_str));
    if !fields.lacks_trace_header(requested) {
        return;
    }
    let name = MessageSystemAttributeName::AwsTraceHeader;
    match older {
        Some(older) if newer.is_none() => older.push(QueueAttributeName::from(name.as_str())),
        _ => newer.get_or_insert_default().push(name),
    }
}

/// Records the refusals of a batch: their number, and the code of the first one.
fn refused(call: &mut RecordedCall, failed: &[BatchResultErrorEntry]) {
    if let Some(first) = failed.first() {
        call.set_refused(failed.len(), first.code());
    }
}

attribute_value!(MessageAttributeValue);
