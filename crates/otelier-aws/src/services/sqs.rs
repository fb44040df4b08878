//! SQS: messages that are sent, received and settled.

use std::sync::Arc;

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
    BatchResultErrorEntry, MessageAttributeValue, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use otelier_instrument::kit::FieldList;
use otelier_instrument::semconv::aws::{AwsDetails, AwsOperation, MessagingRequest};
use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};

use crate::interceptor::Shared;
use crate::sqs::received;

use super::carrier::{self, Attributes, DATA_TYPE, Room, is_xray};
use super::{Direction, Service};

/// Names with which a caller asks for every attribute of a message.
const ALL: [&str; 2] = ["All", ".*"];
const TRACE_HEADER: &str = "AWSTraceHeader";

type SystemAttributes = Option<
    std::collections::HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>,
>;

#[derive(Debug)]
pub(super) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "SQS"
    }

    fn describe<'a>(&self, operation: &str, input: &'a Input, fields: &[String]) -> AwsDetails<'a> {
        match operation {
            "SendMessage" => input.downcast_ref().map(|input| send(input, fields)),
            "SendMessageBatch" => input.downcast_ref().map(|input| send_batch(input, fields)),
            "ReceiveMessage" => input.downcast_ref().map(|input: &ReceiveMessageInput| {
                request(MessagingOperation::Receive, input.queue_url.as_deref(), None)
            }),
            "DeleteMessage" => input.downcast_ref().map(|input: &DeleteMessageInput| {
                request(MessagingOperation::Delete, input.queue_url.as_deref(), None)
            }),
            "DeleteMessageBatch" => input.downcast_ref().map(|input: &DeleteMessageBatchInput| {
                request(
                    MessagingOperation::Delete,
                    input.queue_url.as_deref(),
                    Some(input.entries().len()),
                )
            }),
            "ChangeMessageVisibility" => {
                input.downcast_ref().map(|input: &ChangeMessageVisibilityInput| {
                    request(MessagingOperation::ChangeVisibility, input.queue_url.as_deref(), None)
                })
            }
            "ChangeMessageVisibilityBatch" => {
                input.downcast_ref().map(|input: &ChangeMessageVisibilityBatchInput| {
                    let size = Some(input.entries().len());
                    request(MessagingOperation::ChangeVisibility, input.queue_url.as_deref(), size)
                })
            }
            _ => None,
        }
        .map_or(AwsDetails::None, AwsDetails::Messaging)
    }

    fn moves(&self, operation: &str) -> Option<Direction> {
        match operation {
            "SendMessage" | "SendMessageBatch" => Some(Direction::Out),
            "ReceiveMessage" => Some(Direction::In),
            _ => None,
        }
    }

    fn inject(&self, input: &mut Input, fields: &FieldList) {
        if let Some(input) = input.downcast_mut::<SendMessageInput>() {
            let mut room = room(input);
            inject(
                &mut input.message_attributes,
                &mut input.message_system_attributes,
                fields,
                &mut room,
            );
        } else if let Some(input) = input.downcast_mut::<SendMessageBatchInput>() {
            let mut room = batch_room(input);
            for entry in input.entries.iter_mut().flatten() {
                let SendMessageBatchRequestEntry {
                    message_attributes,
                    message_system_attributes,
                    ..
                } = entry;
                inject(message_attributes, message_system_attributes, fields, &mut room);
            }
        }
    }

    fn request_fields(&self, input: &mut Input, fields: &[String]) {
        let Some(input) = input.downcast_mut::<ReceiveMessageInput>() else { return };
        let asked = input.message_attribute_names();
        if !asked.iter().any(|name| ALL.contains(&name.as_str())) {
            let missing: Vec<_> = fields
                .iter()
                .filter(|field| !is_xray(field) && !asked.contains(field))
                .cloned()
                .collect();
            if !missing.is_empty() {
                input.message_attribute_names.get_or_insert_default().extend(missing);
            }
        }
        if fields.iter().any(|field| is_xray(field)) {
            request_trace_header(input);
        }
    }

    fn end(&self, mut operation: AwsOperation, output: &Output, shared: &Arc<Shared>) {
        if let Some(output) = output.downcast_ref::<ReceiveMessageOutput>() {
            return received::end(operation, output.messages(), shared);
        }
        if let Some(output) = output.downcast_ref::<SendMessageOutput>() {
            if let Some(id) = output.message_id() {
                operation.set_message_id(id);
            }
        } else if let Some(output) = output.downcast_ref::<SendMessageBatchOutput>() {
            refused(&mut operation, output.failed());
        } else if let Some(output) = output.downcast_ref::<DeleteMessageBatchOutput>() {
            refused(&mut operation, output.failed());
        } else if let Some(output) = output.downcast_ref::<ChangeMessageVisibilityBatchOutput>() {
            refused(&mut operation, output.failed());
        }
        operation.end();
    }
}

fn request(
    operation: MessagingOperation,
    queue_url: Option<&str>,
    batch_size: Option<usize>,
) -> MessagingRequest<'_> {
    MessagingRequest {
        system: MessagingSystem::AwsSqs,
        operation,
        destination: queue_url
            .and_then(|url| url.rsplit('/').next())
            .filter(|name| !name.is_empty()),
        destination_id: queue_url,
        batch_size,
        injects: false,
    }
}

fn send<'a>(input: &'a SendMessageInput, fields: &[String]) -> MessagingRequest<'a> {
    let injects = can_carry(
        &input.message_attributes,
        &input.message_system_attributes,
        fields,
        &room(input),
    );
    MessagingRequest {
        injects,
        ..request(MessagingOperation::Send, input.queue_url.as_deref(), None)
    }
}

fn send_batch<'a>(input: &'a SendMessageBatchInput, fields: &[String]) -> MessagingRequest<'a> {
    let room = batch_room(input);
    let injects = input.entries().iter().any(|entry| {
        can_carry(&entry.message_attributes, &entry.message_system_attributes, fields, &room)
    });
    let size = Some(input.entries().len());
    MessagingRequest {
        injects,
        ..request(MessagingOperation::Send, input.queue_url.as_deref(), size)
    }
}

fn room(input: &SendMessageInput) -> Room {
    let body = input.message_body.as_ref().map_or(0, String::len);
    Room::beside(body + carrier::size(&input.message_attributes))
}

fn batch_room(input: &SendMessageBatchInput) -> Room {
    let size = |entry: &SendMessageBatchRequestEntry| {
        entry.message_body.len() + carrier::size(&entry.message_attributes)
    };
    Room::beside(input.entries().iter().map(size).sum())
}

fn can_carry(
    attributes: &Attributes<MessageAttributeValue>,
    system: &SystemAttributes,
    fields: &[String],
    room: &Room,
) -> bool {
    match fields.iter().any(|field| is_xray(field)) {
        // A system attribute is not counted, neither as one of the ten nor in size.
        true => {
            !has_trace_header(system)
                && !carrier::has_any(attributes, fields.iter().map(String::as_str))
        }
        false => carrier::can_carry(attributes, fields, room),
    }
}

fn inject(
    attributes: &mut Attributes<MessageAttributeValue>,
    system: &mut SystemAttributes,
    fields: &FieldList,
    room: &mut Room,
) {
    let header = fields.iter().find(|(name, _)| is_xray(name)).map(|(_, header)| header);
    if header.is_some() && has_trace_header(system) {
        return carrier::say_chosen();
    }
    if carrier::inject(attributes, fields, room)
        && let Some(header) = header
        && let Ok(value) =
            MessageSystemAttributeValue::builder().data_type(DATA_TYPE).string_value(header).build()
    {
        system
            .get_or_insert_default()
            .insert(MessageSystemAttributeNameForSends::AwsTraceHeader, value);
    }
}

fn has_trace_header(system: &SystemAttributes) -> bool {
    system.as_ref().is_some_and(|system| {
        system.contains_key(&MessageSystemAttributeNameForSends::AwsTraceHeader)
    })
}

/// Asks for the system attribute that X-Ray's header travels in, in the list that the user chose to ask in.
fn request_trace_header(input: &mut ReceiveMessageInput) {
    #[allow(deprecated)] // The older list is still what many programs ask in.
    let older = &mut input.attribute_names;
    let newer = &mut input.message_system_attribute_names;
    let has = |name: &str| name == TRACE_HEADER || name == "All";
    let asked = older.iter().flatten().any(|name| has(name.as_str()))
        || newer.iter().flatten().any(|name| has(name.as_str()));
    if asked {
        return;
    }
    match older {
        Some(older) if newer.is_none() => older.push(QueueAttributeName::from(TRACE_HEADER)),
        _ => newer.get_or_insert_default().push(MessageSystemAttributeName::AwsTraceHeader),
    }
}

fn refused(operation: &mut AwsOperation, failed: &[BatchResultErrorEntry]) {
    if let Some(first) = failed.first() {
        operation.set_refused(failed.len(), first.code());
    }
}

carrier::attribute_value!(MessageAttributeValue);
