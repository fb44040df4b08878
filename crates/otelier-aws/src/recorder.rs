//! Decides what is recorded of the calls and the messages of an AWS client.
//!
//! It takes plain data and knows no type of the AWS SDK: it builds with
//! `default-features = false`, without the SDK. The interceptor of this crate maps the SDK's types
//! to it; any other hook into a client of AWS can do the same.
//!
//! ```
//! # mod otelier { pub use otelier_aws as aws; }
//! # fn main() {
//! use otelier::aws::recorder::{Attempt, AwsRecorder};
//! use otelier_instrument::semconv::aws::{AwsOptions, AwsRequest, AwsResponse};
//! use otelier_instrument::Providers;
//!
//! let recorder = AwsRecorder::new(Providers::default(), AwsOptions::default());
//! let mut request = AwsRequest::new("SQS", "ListQueues");
//! request.region = Some("eu-west-1");
//! // `None` if no signal is enabled.
//! if let Some(mut call) = recorder.start(&request) {
//!     let url = "https://sqs.eu-west-1.amazonaws.com/";
//!     let _context = call.start_attempt(&Attempt { number: 1, method: "POST", url });
//!     let mut response = AwsResponse::new(200);
//!     response.request_id = Some("4a1d");
//!     call.set_response(&response);
//!     call.end_attempt(1, None, Some(&response));
//!     call.end();
//! }
//! # }
//! ```
//!
//! | item | decides |
//! |---|---|
//! | [`AwsRecorder`], [`RecordedCall`] | what a call becomes: attempts, errors, empty polls |
//! | [`CallFailure`] | `error.type` |
//! | [`MessageAttributes`], [`SizeBudget`] | which context a message may carry |
//! | [`ReceivedMessage`], [`ProcessParent`], [`process`] | the context of a message, the `process` span |

mod attempt;
mod call;
mod client;
mod endpoint;
mod failure;
mod fields;
mod message;
mod message_attributes;
mod notification;
mod process;
mod receipts;

#[doc(hidden)]
pub use crate::__attribute_value as attribute_value;
pub use attempt::Attempt;
pub use call::RecordedCall;
pub use client::AwsRecorder;
pub use failure::CallFailure;
pub use fields::{PropagationFields, XRAY_HEADER};
pub use message::ReceivedMessage;
pub use message_attributes::{AttributeValue, MessageAttributes, SizeBudget, TraceHeader};
pub use process::{ProcessParent, ProcessState, process, process_parent_context};
