//! OpenTelemetry for the AWS SDK for Rust: every call a span and metrics, and SQS and SNS messages that keep their context.
//!
//! ```no_run
//! # #[cfg(feature = "sqs")]
//! # async fn example(sdk_config: aws_types::SdkConfig, url: &str) -> Result<(), aws_sdk_sqs::Error> {
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

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod attempt;
mod builder;
mod call;
mod endpoint;
mod error;
mod http_client;
mod identity_cache;
mod interceptor;
mod macros;
mod services;
#[cfg(feature = "sqs")]
pub mod sqs;

pub use builder::OtelInterceptorBuilder;
pub use interceptor::OtelInterceptor;
pub use otelier_instrument::semconv::aws::AttemptRecording;
