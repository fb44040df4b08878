//! How a command ended: from the server's reply, or from the driver's error.

use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::{ErrorType, Operation};

use super::document::{Document, Value};
use super::event::CommandFailure;

/// Ends `operation` as `reply` says. A reply of success may still list writes that failed, which
/// the driver turns into an error after the command.
pub(super) fn end<'a>(operation: DbOperation, reply: impl Document<'a>) {
    match failed_write(reply) {
        None => operation.end(),
        Some(FailedWrite { code: Some(code) }) => operation.fail_with_code(code.to_string()),
        Some(FailedWrite { code: None }) => operation.fail(ErrorType::OTHER),
    }
}

/// Ends `operation` as failed, with the server's code or the kind of the error.
pub(super) fn fail(operation: DbOperation, failure: CommandFailure) {
    match failure {
        CommandFailure::Code(code) => operation.fail_with_code(code.to_string()),
        CommandFailure::Kind(kind) => operation.fail(kind),
    }
}

/// The first write that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FailedWrite {
    code: Option<i64>,
}

/// Writes that failed come before a write concern that was not met. `None` if all is well.
fn failed_write<'a>(reply: impl Document<'a>) -> Option<FailedWrite> {
    let first = reply
        .get("writeErrors")
        .and_then(Value::array)
        .and_then(|mut errors| errors.next())
        .and_then(Value::document);
    let error = first.or_else(|| reply.get("writeConcernError").and_then(Value::document));
    match error {
        Some(error) => Some(FailedWrite { code: number(error, "code") }),
        None => failed_bulk_write(reply),
    }
}

/// The same of a bulk write over several collections. The failed write may be in a later batch of
/// its results.
fn failed_bulk_write<'a>(reply: impl Document<'a>) -> Option<FailedWrite> {
    number(reply, "nErrors").filter(|errors| *errors > 0)?;
    let cursor = reply.get("cursor").and_then(Value::document);
    let batch = cursor.and_then(|cursor| cursor.get("firstBatch")).and_then(Value::array);
    let mut results = batch.into_iter().flatten().filter_map(Value::document);
    let failed = results.find(|result| number(*result, "ok") == Some(0));
    Some(FailedWrite { code: failed.and_then(|failed| number(failed, "code")) })
}

/// `None` also for a value that is no number. A fraction is cut off.
fn number<'a>(document: impl Document<'a>, key: &str) -> Option<i64> {
    document.get(key).and_then(Value::number)
}

#[cfg(test)]
mod tests {
    use bson::{Document, doc};

    use super::{FailedWrite, failed_write};
    use crate::recorder::TestDocument;

    fn check(reply: &Document, expected: Option<FailedWrite>) {
        assert_eq!(failed_write(TestDocument(reply)), expected, "{reply}");
    }

    fn code(code: i64) -> Option<FailedWrite> {
        Some(FailedWrite { code: Some(code) })
    }

    const NO_CODE: Option<FailedWrite> = Some(FailedWrite { code: None });

    #[test]
    fn first_failed_write_gives_the_code() {
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
    fn first_failed_bulk_write_gives_the_code() {
        let reply = |errors: i32, results: &[Document]| {
            doc! { "nErrors": errors, "cursor": { "firstBatch": results.to_vec() } }
        };
        let results = [doc! { "ok": 1.0, "idx": 0 }, doc! { "ok": 0.0, "code": 121.0 }];
        check(&reply(1, &results), code(121));
        check(&reply(0, &results), None);
        check(&reply(1, &results[..1]), NO_CODE);
        check(&doc! { "nErrors": 1 }, NO_CODE);
    }
}
