//! Clients of the [AWS SDK](https://docs.rs/aws-config): a CLIENT span and metrics for each call,
//! and messages of SQS and SNS that carry the trace's context.
//!
//! ```no_run
//! # #[cfg(feature = "aws-sqs")]
//! # use aws_types::SdkConfig;
//! # async fn example(sdk_config: SdkConfig, url: &str) -> Result<(), aws_sdk_sqs::Error> {
//! // Any `aws-sdk-*` crate.
//! let sqs = otelier::aws::client!(aws_sdk_sqs, &sdk_config);
//!
//! sqs.send_message().queue_url(url).message_body("hello").send().await?;
//!
//! let received = sqs.receive_message().queue_url(url).send().await?;
//! for message in otelier::aws::sqs::scoped(&received) {
//!     message.process(|message| async move { println!("{:?}", message.body()) }).await;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is emitted
//!
//! | feature | spans | metrics |
//! |---|---|---|
//! | `aws` | CLIENT `{service}.{operation}`, such as `SQS.CreateQueue` | `rpc.client.call.duration` |
//! | `aws-sqs` | PRODUCER `send {queue}`, CLIENT `receive {queue}`, CONSUMER `process {queue}` | those of messaging |
//! | `aws-sns` | PRODUCER `publish {topic}` | those of messaging |
//! | `aws-dynamodb` | CLIENT with table names and consumed capacity | those of databases |
//! | `aws-s3` | CLIENT with bucket and key | `rpc.client.call.duration` |
//!
//! The table of attributes is in the documentation of
//! [`otelier-aws`](https://docs.rs/otelier-aws).

#[cfg(feature = "aws-sqs")]
#[doc(inline)]
pub use otelier_aws::sqs;
#[doc(inline)]
pub use otelier_aws::*;
