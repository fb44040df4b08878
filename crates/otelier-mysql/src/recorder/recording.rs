//! The operation of a call, for as long as its result may still be read.
//!
//! A query is done for the program only when its rows were read, so the operation outlives the call
//! that started it. The adapter keeps the recording beside the driver's result, and reports each
//! thing that happens: a statement was answered, rows were read, an error came. The first end
//! counts; what is reported after it changes nothing.
//!
//! A recording also knows what its statement changes of the session. A `USE` takes effect only if
//! the server gets to it, so the change is applied when the outcome is known: all of the text after
//! a success, the part that was reached after a failure.

use std::fmt;
use std::sync::Arc;

use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::{drive, enter};
use otelier_sql::Analysis;

use super::Failure;
use super::comment::with_comment;
use super::server::Server;

/// Ends its operation at the last row or at an error, whichever comes first.
///
/// Dropped before, it depends: interrupted while the server is being waited for, the call was
/// cancelled. Between two rows, the caller has read what it wanted, and that is success.
#[must_use = "an operation that is dropped ends"]
pub struct Recording {
    /// `None` if nothing is recorded, or after the end.
    operation: Option<DbOperation>,
    /// Whether the server is being waited for.
    waiting: bool,
    /// Whether there is one result set at most.
    single: bool,
    /// Whether a comment may be added to the text.
    comment: bool,
    /// How many statements of the text were executed for certain.
    reached: usize,
    /// Whether more of them may have been.
    skipped: bool,
    /// `None` if the text changes nothing, or once the change was applied.
    changes: Option<Changes>,
    /// How many rows were read, where that is to be reported.
    rows: Option<u64>,
}

/// What a statement changes of its session: the server, the connection, and what its text is.
type Changes = (Arc<Server>, u32, Arc<Analysis>);

impl Recording {
    /// An operation that is not recorded is dropped at once.
    pub(super) fn new(operation: DbOperation) -> Self {
        let mut recording = Self::noop();
        recording.operation = Some(operation).filter(DbOperation::is_recording);
        recording
    }

    /// Of no operation.
    pub fn noop() -> Self {
        Self {
            operation: None,
            waiting: false,
            single: false,
            comment: false,
            reached: 0,
            skipped: false,
            changes: None,
            rows: None,
        }
    }

    /// Whether the end of the first result set is the end of the operation.
    pub(super) fn with_single(mut self, single: bool) -> Self {
        self.single = single;
        self
    }

    /// Whether the user wants a comment, and the text may have one.
    pub(super) fn with_comment(mut self, comment: bool) -> Self {
        self.comment = comment;
        self
    }

    /// Without it, rows are not counted.
    pub(super) fn with_row_count(mut self, count: bool) -> Self {
        self.rows = count.then_some(0);
        self
    }

    /// What to apply to the session when the operation ends.
    pub(super) fn with_changes(mut self, changes: Option<Changes>) -> Self {
        self.changes = changes;
        self
    }

    /// Whether there is one result set at most, so that its end is the end.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// The text to send instead of `text`, with the trace context in a comment. `None` if the user
    /// did not ask for that, or the server may keep the text.
    #[must_use]
    pub fn commented(&self, text: &[u8]) -> Option<Vec<u8>> {
        let operation = self.operation.as_ref().filter(|_| self.comment)?;
        with_comment(text, &operation.sql_comment()?)
    }

    /// Waits for the server: the operation is the current one in each poll.
    pub async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        self.waiting = true;
        let output = drive(&mut self.operation, future).await;
        self.waiting = false;
        output
    }

    /// One poll of something that waits for the server if `is_pending` says so of what it returns.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> T, is_pending: impl FnOnce(&T) -> bool) -> T {
        self.waiting = true;
        let output = enter(&mut self.operation, poll);
        self.waiting = is_pending(&output);
        output
    }

    /// The server has answered to one more statement of the text.
    pub fn reached_result(&mut self) {
        self.reached += 1;
    }

    /// The results that are left will be read without a look at them.
    pub fn skip_results(&mut self) {
        self.skipped = true;
    }

    /// Rows were read.
    pub fn add_rows(&mut self, rows: usize) {
        if let Some(sum) = &mut self.rows {
            *sum += rows as u64;
        }
    }

    /// How often a batch was executed, if that was not known before.
    pub fn set_batch_size(&mut self, size: usize) {
        if let Some(operation) = &mut self.operation {
            operation.set_batch_size(size);
        }
    }

    /// Ends the operation as one whose caller went away.
    pub fn give_up(mut self) {
        self.waiting = true;
    }

    /// Ends the operation as one that succeeded.
    pub fn succeed(mut self) {
        self.end();
    }

    /// Ends the operation, if it has not ended yet.
    pub fn end(&mut self) {
        if let Some((server, connection, text)) = self.changes.take() {
            server.sessions.apply(connection, &text);
        }
        if let Some(mut operation) = self.operation.take() {
            if let Some(rows) = self.rows {
                operation.set_returned_rows(rows);
            }
            operation.end();
        }
    }

    /// Ends the operation as failed, if it has not ended yet.
    pub fn fail(&mut self, failure: Failure<'_>) {
        if let Some((server, connection, text)) = self.changes.take() {
            server.sessions.apply_some(connection, &text, self.reached, self.skipped);
        }
        if let Some(operation) = self.operation.take() {
            operation.end_with(failure);
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if !self.waiting && !std::thread::panicking() {
            self.end();
        }
        // An operation that is dropped ends itself as cancelled, or as a panic.
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("operation", &self.operation).finish_non_exhaustive()
    }
}
