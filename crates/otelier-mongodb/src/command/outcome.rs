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
        Some(FailedWrite { code: Some(code) }) => operation.fail_with_code(code.to_string()),
        Some(FailedWrite { code: None }) => operation.fail(ErrorType::OTHER),
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

/// The first write that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FailedWrite {
    code: Option<i64>,
}

fn failed_write(reply: &Document) -> Option<FailedWrite> {
    let first = reply
        .get_array("writeErrors")
        .ok()
        .and_then(|errors| errors.first())
        .and_then(Bson::as_document);
    let error = first.or_else(|| reply.get_document("writeConcernError").ok());
    match error {
        Some(error) => Some(FailedWrite { code: integer(error, "code") }),
        None => failed_bulk_write(reply),
    }
}

/// The same of a bulk write over several collections. What failed may come with a later batch of its results.
fn failed_bulk_write(reply: &Document) -> Option<FailedWrite> {
    integer(reply, "nErrors").filter(|errors| *errors > 0)?;
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let mut results = batch.into_iter().flatten().filter_map(Bson::as_document);
    let failed = results.find(|result| integer(result, "ok") == Some(0));
    Some(FailedWrite { code: failed.and_then(|failed| integer(failed, "code")) })
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
        ErrorKind::Shutdown => "Shutdown",
        _ => return ErrorType::OTHER,
    })
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    fn check(reply: &Document, expected: Option<FailedWrite>) {
        assert_eq!(failed_write(reply), expected, "{reply}");
    }

    fn code(code: i64) -> Option<FailedWrite> {
        Some(FailedWrite { code: Some(code) })
    }

    const NO_CODE: Option<FailedWrite> = Some(FailedWrite { code: None });

    #[test]
    fn the_first_write_that_failed_gives_the_code() {
        check(&doc! { "ok": 1, "n": 1 }, None);
        check(&doc! { "writeErrors": [] }, None);
        let concern = doc! { "code": 64_i64, "errmsg": "planted" };
        let errors = [doc! { "code": 11000 }, doc! { "code": 121 }];
        check(
            &doc! { "writeErrors": errors.to_vec(), "writeConcernError": concern.clone() },
            code(11000),
        );
        check(&doc! { "writeConcernError": concern }, code(64));
        check(&doc! { "writeErrors": [{ "errmsg": "planted" }] }, NO_CODE);
    }

    #[test]
    fn so_does_that_of_a_bulk_write() {
        let reply = |errors: i32, results: &[Document]| {
            doc! { "nErrors": errors, "cursor": { "firstBatch": results.to_vec() } }
        };
        let results = [doc! { "ok": 1.0, "idx": 0 }, doc! { "ok": 0.0, "code": 121.0 }];
        check(&reply(1, &results), code(121));
        check(&reply(0, &results), None);
        check(&reply(1, &results[..1]), NO_CODE);
        check(&doc! { "nErrors": 1 }, NO_CODE);
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
