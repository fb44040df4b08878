//! The driver's errors: the server's code, or a name.
//!
//! The conventions want the server's code where there is one. The driver keeps it in different
//! places, by the kind of the command that failed.

use std::io;

use super::ErrorType;
use super::mongodb::bson::Document;
use super::mongodb::error::{Error, ErrorKind, WriteFailure};
use super::recorder::CommandFailure;

/// The server's code or the kind of the error. Messages are not read: servers repeat in them what
/// they were sent.
pub(super) fn command_failure(error: &Error) -> CommandFailure {
    let code = match &*error.kind {
        ErrorKind::Command(error) => error.code,
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code,
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => error.code,
        kind => return CommandFailure::Kind(error_type(kind)),
    };
    CommandFailure::Code(code.into())
}

/// What the server said of a failure. `None` if it said nothing.
///
/// The document has the members of a reply of the server. Its text is masked when it is recorded.
pub(super) fn reply(error: &Error) -> Option<Document> {
    let (code, name, message) = match &*error.kind {
        ErrorKind::Command(error) => (error.code, Some(&error.code_name), &error.message),
        ErrorKind::Write(WriteFailure::WriteError(error)) => {
            (error.code, error.code_name.as_ref(), &error.message)
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            (error.code, Some(&error.code_name), &error.message)
        }
        _ => return None,
    };
    let mut reply = Document::new();
    reply.insert("ok", 0);
    reply.insert("code", code);
    if let Some(name) = name {
        reply.insert("codeName", name.as_str());
    }
    reply.insert("errmsg", message.as_str());
    Some(reply)
}

/// The name of the error's kind, as in the driver's documentation.
fn error_type(kind: &ErrorKind) -> ErrorType {
    ErrorType::from_static(match kind {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            return ErrorType::TIMEOUT;
        }
        ErrorKind::Io(_) => "Io",
        ErrorKind::ConnectionPoolCleared { .. } => "ConnectionPoolCleared",
        ErrorKind::InvalidResponse { .. } => "InvalidResponse",
        ErrorKind::InvalidArgument { .. } => "InvalidArgument",
        ErrorKind::Authentication { .. } => "Authentication",
        ErrorKind::BsonDeserialization(_) => "BsonDeserialization",
        ErrorKind::BsonSerialization(_) => "BsonSerialization",
        ErrorKind::Internal { .. } => "Internal",
        ErrorKind::IncompatibleServer { .. } => "IncompatibleServer",
        ErrorKind::Transaction { .. } => "Transaction",
        ErrorKind::ServerSelection { .. } => "ServerSelection",
        ErrorKind::DnsResolve { .. } => "DnsResolve",
        ErrorKind::InvalidTlsConfig { .. } => "InvalidTlsConfig",
        ErrorKind::SessionsNotSupported => "SessionsNotSupported",
        ErrorKind::Shutdown => "Shutdown",
        _ => return ErrorType::OTHER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_without_code_are_named_by_kind() {
        let of = |error: Error| error_type(&error.kind).to_string();
        assert_eq!(of(io::Error::other("planted").into()), "Io");
        assert_eq!(of(io::Error::from(io::ErrorKind::TimedOut).into()), "timeout");
        assert_eq!(of(ErrorKind::Shutdown.into()), "Shutdown");
        assert_eq!(of(Error::custom("planted")), "_OTHER");
    }
}
