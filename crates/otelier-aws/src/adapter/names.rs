//! What the files that `cargo otelier` adds to the SDK's crates too name of the rest of Otelier.
//!
//! There the same names come from the agent.
#![allow(unused_imports, reason = "each service uses a part")]

pub(super) use opentelemetry::Context;
pub(super) use otelier_instrument::ErrorType;
pub(super) use otelier_instrument::kit::FieldList;
pub(super) use otelier_instrument::kit::value::truncate;
pub(super) use otelier_instrument::masking::{MASK, last_path_segment};
pub(super) use otelier_instrument::semconv::aws::{
    AwsDetails, AwsRequest, AwsResponse, DynamoDbBatch, DynamoDbRequest, DynamoDbResponse,
    MessageBodies, MessagingRequest, S3Request,
};
pub(super) use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};
#[allow(clippy::single_component_path_imports, reason = "one name for both places")]
pub(super) use serde_json;

pub(super) use crate::recorder::{
    Attempt, AwsRecorder, CallFailure, MessageAttributes, PropagationFields, ReceivedMessage,
    RecordedCall, SizeBudget, TraceHeader, XRAY_HEADER, attribute_value,
};
