//! Messaging: what is done with messages, the operation of sending some, and that of processing
//! one.
//!
//! The calls of the AWS SDK are [`aws::AwsOperation`](super::aws::AwsOperation), which has the
//! attributes and instruments in common with these.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/>.

mod attributes;
mod instruments;
mod operation;
mod process;
mod producer;
mod source;
mod system;
#[cfg(test)]
mod tests;

pub use operation::{MessagingOperation, MessagingOperationType};
pub use process::{MessageProcessor, ProcessOperation, ProcessRequest};
pub use producer::{MessageProducer, SendOperation, SendRequest};
pub use source::MessageSource;
pub use system::MessagingSystem;

pub(crate) use attributes::{MessagingAttributes, Server};
pub(crate) use instruments::MessagingInstruments;
