//! The operation of a statement, for as long as its result may still be read.
//!
//! The first end counts. Dropped while the driver waits for the database, the operation is
//! cancelled; dropped between two rows, the program has read what it wanted, and that is success.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::{catch_panic, enter};
use otelier_sql::Analysis;

use super::{Failure, Opened};

thread_local! {
    /// Whether the driver is working on a statement that is recorded.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Whether a statement that starts now is the driver's own.
pub(super) fn is_driver_at_work() -> bool {
    AT_WORK.get()
}

/// Ends its operation at the last row or at an error, whichever comes first.
#[must_use = "an operation that is dropped ends"]
pub struct Recording {
    /// `None` after the end.
    operation: Option<DbOperation>,
    /// Whether the database is being waited for.
    waiting: bool,
    /// How many statements of the text were executed for certain.
    reached: usize,
    /// The connection whose database the text changes.
    changes: Option<(Arc<Opened>, Arc<Analysis>)>,
}

impl Recording {
    pub(super) fn new(
        operation: DbOperation,
        changes: Option<(Arc<Opened>, Arc<Analysis>)>,
    ) -> Self {
        Self { operation: Some(operation), waiting: false, reached: 0, changes }
    }

    /// Waits for the database: the operation is the current one in each poll.
    pub async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| self.poll(|| future.as_mut().poll(cx))).await
    }

    /// Runs one poll of the driver's work on the statement.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        self.waiting = true;
        let at_work = AtWork::start();
        let output = enter(&mut self.operation, poll);
        drop(at_work);
        self.waiting = output.is_pending();
        output
    }

    /// The database has answered to one more statement of the text.
    pub fn reached_result(&mut self) {
        self.reached += 1;
    }

    /// Ends the operation, if it has not ended yet.
    pub fn end(&mut self) {
        catch_panic(|| {
            if let Some((opened, text)) = self.changes.take() {
                opened.apply(&text, None);
            }
            if let Some(operation) = self.operation.take() {
                operation.end();
            }
        });
    }

    /// Ends the operation as failed, if it has not ended yet.
    pub fn fail(&mut self, failure: Failure<'_>) {
        catch_panic(|| {
            if let Some((opened, text)) = self.changes.take() {
                opened.apply(&text, Some(self.reached));
            }
            if let Some(operation) = self.operation.take() {
                operation.end_with(failure);
            }
        });
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if !self.waiting && !std::thread::panicking() {
            self.end();
        } else if let Some((opened, _)) = self.changes.take() {
            // The database may have got to the `USE`, or not.
            opened.set_database(None);
        }
        // An operation that is dropped ends itself as cancelled, or as a panic.
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Says until it is dropped that the driver is at work, as it was before.
struct AtWork {
    before: bool,
}

impl AtWork {
    fn start() -> Self {
        Self { before: AT_WORK.replace(true) }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        AT_WORK.set(self.before);
    }
}
