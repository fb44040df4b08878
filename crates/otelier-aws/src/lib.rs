//! OpenTelemetry for the AWS SDK for Rust: every call a span and metrics, and SQS and SNS messages
//! that carry their context.
//!
#![cfg_attr(feature = "sqs", doc = "```no_run")]
#![cfg_attr(not(feature = "sqs"), doc = "```ignore")]
//! # use aws_types::SdkConfig;
//! # async fn example(sdk_config: SdkConfig, url: &str) -> Result<(), aws_sdk_sqs::Error> {
//! // Any `aws-sdk-*` crate.
//! let sqs = otelier_aws::client!(aws_sdk_sqs, &sdk_config);
//!
//! sqs.send_message().queue_url(url).message_body("hello").send().await?;
//!
//! let received = sqs.receive_message().queue_url(url).send().await?;
//! for message in otelier_aws::sqs::scoped(&received) {
//!     message.process(|message| async move { println!("{:?}", message.body()) }).await;
//! }
//! # Ok(())
//! # }
//! ```
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "sdk")]
mod adapter;
pub mod recorder;
#[cfg(feature = "sqs")]
pub mod sqs;

#[cfg(feature = "sdk")]
#[doc(hidden)]
pub use adapter::private as __private;
#[cfg(feature = "sdk")]
pub use adapter::{OtelInterceptor, OtelInterceptorBuilder};
pub use otelier_instrument::semconv::aws::AttemptRecording;
