//! SQS on the consumer's side: each message has a `process` span while it is processed.
//!
//! ```no_run
//! # mod otelier { pub use otelier_aws as aws; }
//! # fn main() {}
//! # async fn example(sqs: aws_sdk_sqs::Client, url: &str) -> Result<(), aws_sdk_sqs::Error> {
//! let received = sqs.receive_message().queue_url(url).send().await?;
//! for message in otelier::aws::sqs::scoped(&received) {
//!     message
//!         .process(|message| async move {
//!             // Spans made here are children of the message's `process` span.
//!             println!("{:?}", message.body());
//!         })
//!         .await;
//! }
//! # Ok(())
//! # }
//! ```

mod messages;
mod scoped;
mod scoped_message;

pub use crate::recorder::ProcessParent;
pub use messages::Messages;
pub use scoped::{IntoIter, Scoped, scoped};
pub use scoped_message::ScopedMessage;
