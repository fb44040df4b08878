//! Messaging: what is done with messages, and the operation of processing one.
//!
//! What a client sends to its broker is an operation of that broker's protocol, and described here only: the AWS SDK's
//! calls are [`aws::AwsOperation`](super::aws::AwsOperation).
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/>.

mod facts;
mod process;
#[cfg(test)]
mod tests;

pub use facts::{MessagingOperation, MessagingSystem};
pub use process::{MessageProcessor, ProcessOperation, ProcessRequest};

pub(crate) use facts::{MessagingFacts, MessagingInstruments, Server};
