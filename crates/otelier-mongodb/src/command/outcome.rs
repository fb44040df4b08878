//! How a command ended: from the server's reply, or from the driver's error.

use std::io;

use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::{ErrorType, Operation};

/// Ends `operation` as `reply` tells. A reply of success may still tell of writes that failed, which the driver makes an
/// error of when the command is over.
pub(crate) fn end(operation: DbOperation, reply: &Document) {
    match failed_write(reply) {
        None => operation.end(),
        Some(code) => operation.fail_with_code(code.to_string()),
    }
}

/// Ends `operation` as failed, with the server's code or the kind of the error. Messages are not looked at: servers
/// repeat in them what they were sent.
pub(crate) fn fail(operation: DbOperation, error: &Error) {
    let code = match &*error.kind {
        ErrorKind::Command(error) => error.code,
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code,
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => error.code,
        kind => return operation.fail(error_type(kind)),
    };
    operation.fail_with_code(code.to_string());
}

/// The code of the first write that failed.
fn failed_write(reply: &Document) -> Option<i64> {
    let first =
        reply.get_array("writeErrors").ok().and_then(|errors| errors.first()).and_then(Bson::as_document);
    first
        .or_else(|| reply.get_document("writeConcernError").ok())
        .or_else(|| failed_bulk_write(reply))
        .and_then(|error| integer(error, "code"))
}

/// What a bulk write over several collections says of the first of its writes that failed.
fn failed_bulk_write(reply: &Document) -> Option<&Document> {
    integer(reply, "nErrors").filter(|errors| *errors > 0)?;
    let results = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch")).ok()?;
    results.iter().filter_map(Bson::as_document).find(|result| integer(result, "ok") == Some(0))
}

fn integer(document: &Document, key: &str) -> Option<i64> {
    match document.get(key)? {
        Bson::Int32(value) => Some(i64::from(*value)),
        Bson::Int64(value) => Some(*value),
        // Servers and their stand-ins are not agreed on the type of numbers. A code is a small one.
        Bson::Double(value) => Some(*value as i64),
        _ => None,
    }
}

/// The name of the error: that of its kind, as the driver's documentation calls it.
fn error_type(kind: &ErrorKind) -> ErrorType {
    ErrorType::from_static(match kind {
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => return ErrorType::TIMEOUT,
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
        ErrorKind::Shutdown => "Shutdown",
        _ => return ErrorType::OTHER,
    })
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn the_first_write_that_failed_gives_the_code() {
        let of = |reply: Document| failed_write(&reply);
        assert_eq!(of(doc! { "ok": 1, "n": 1 }), None);
        assert_eq!(of(doc! { "writeErrors": [] }), None);
        let both =
            doc! { "writeErrors": [{ "code": 11000 }, { "code": 121 }], "writeConcernError": { "code": 64 } };
        assert_eq!(of(both), Some(11000));
        assert_eq!(of(doc! { "writeConcernError": { "code": 64_i64, "errmsg": "planted" } }), Some(64));
        let bulk = |errors: i32| {
            let results =
                [Bson::from(doc! { "ok": 1.0, "idx": 0 }), doc! { "ok": 0.0, "code": 121.0 }.into()];
            doc! { "nErrors": errors, "cursor": { "firstBatch": results.to_vec() } }
        };
        assert_eq!(of(bulk(1)), Some(121));
        assert_eq!(of(bulk(0)), None);
        assert_eq!(of(doc! { "nErrors": 1 }), None);
    }

    #[test]
    fn errors_without_a_code_are_named_by_their_kind() {
        let of = |error: Error| error_type(&error.kind).to_string();
        assert_eq!(of(io::Error::other("planted").into()), "Io");
        assert_eq!(of(io::Error::from(io::ErrorKind::TimedOut).into()), "timeout");
        assert_eq!(of(ErrorKind::Shutdown.into()), "Shutdown");
        assert_eq!(of(Error::custom("planted")), "_OTHER");
    }
}
