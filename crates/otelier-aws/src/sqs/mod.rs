//! SQS on the consumer's side: each message is worked on in its own scope.
//!
//! ```no_run
//! # async fn example(sqs: aws_sdk_sqs::Client, url: &str) -> Result<(), aws_sdk_sqs::Error> {
//! let received = sqs.receive_message().queue_url(url).send().await?;
//! for message in otelier_aws::sqs::scoped(&received) {
//!     message
//!         .process(|message| async move {
//!             // What is done here belongs to the message's `process` span.
//!             println!("{:?}", message.body());
//!         })
//!         .await;
//! }
//! # Ok(())
//! # }
//! ```

mod carrier;
mod envelope;
mod messages;
pub(crate) mod received;
mod scope;
mod scoped;

pub use messages::Messages;
pub use scope::{ScopeParent, ScopedMessage};
pub use scoped::{IntoIter, Scoped, scoped};
