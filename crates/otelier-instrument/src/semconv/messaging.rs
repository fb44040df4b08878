//! Messaging: what is done with messages, and the operation of processing one.
//!
//! A client's calls to its broker are operations of the broker's protocol. This module has the
//! attributes and instruments that they share; the calls of the AWS SDK are
//! [`aws::AwsOperation`](super::aws::AwsOperation).
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/>.

mod attributes;
mod instruments;
mod operation;
mod process;
mod source;
mod system;
#[cfg(test)]
mod tests;

pub use operation::{MessagingOperation, MessagingOperationType};
pub use process::{MessageProcessor, ProcessOperation, ProcessRequest};
pub use source::MessageSource;
pub use system::MessagingSystem;

pub(crate) use attributes::{MessagingAttributes, Server};
pub(crate) use instruments::MessagingInstruments;
