//! The calls of the clients of AWS.
//!
//! The SDK has hooks for all that is recorded, and what they do is in the same files as for the
//! interceptor of `otelier-aws`. These name the recorder and its plain data by this module.

use std::sync::OnceLock;

#[doc(no_inline)]
pub use opentelemetry::Context;
#[doc(no_inline)]
pub use otelier_aws::recorder::{
    Attempt, AwsRecorder, CallFailure, MessageAttributes, PropagationFields, ReceivedMessage,
    RecordedCall, SizeBudget, TraceHeader, XRAY_HEADER,
};
#[doc(no_inline)]
pub use otelier_instrument::ErrorType;
#[doc(no_inline)]
pub use otelier_instrument::kit::FieldList;
#[doc(no_inline)]
pub use otelier_instrument::kit::value::truncate;
#[doc(no_inline)]
pub use otelier_instrument::masking::{MASK, last_path_segment};
use otelier_instrument::semconv::aws::AwsOptions;
#[doc(no_inline)]
pub use otelier_instrument::semconv::aws::{
    AwsDetails, AwsRequest, AwsResponse, DynamoDbBatch, DynamoDbRequest, DynamoDbResponse,
    MessageBodies, MessagingRequest, S3Request,
};
#[doc(no_inline)]
pub use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};
use otelier_instrument::{Providers, catch_panic};

use crate::context::Captured;
use crate::process;

#[doc(hidden)]
pub use otelier_aws::recorder::attribute_value;
#[doc(hidden)]
pub use serde_json;

/// The recorder of all clients. `None` where nothing is to be done.
///
/// ```
/// use otelier_agent::aws::{self, AwsRequest};
///
/// let mut request = AwsRequest::new("SQS", "ListQueues");
/// request.region = Some("eu-west-1");
/// let call = aws::recorder().and_then(|recorder| recorder.start(&request));
/// // Tell the call of its attempts and its end.
/// # drop(call);
/// ```
#[must_use]
pub fn recorder() -> Option<&'static AwsRecorder> {
    static RECORDER: OnceLock<AwsRecorder> = OnceLock::new();
    if !process::is_on() {
        return None;
    }
    let new = || AwsRecorder::new(Providers::default(), AwsOptions::default());
    catch_panic(|| RECORDER.get_or_init(new))
}

/// The context in which the SDK works on a call, from the resolution of credentials to the
/// response. `None` after its end.
#[must_use]
pub fn captured(call: &RecordedCall) -> Option<Captured> {
    call.context().map(Captured::of)
}
