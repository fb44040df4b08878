//! The operation of a call, for as long as its result may still be read.

use std::fmt;

use mysql_async::{Error, Result};
use otelier_instrument::semconv::db::DbOperation;
use otelier_instrument::{Operation, drive, enter};

use crate::endpoint::Switch;
use crate::failure::{Failure, failure};

/// Ends its operation at the last row or at an error, whichever comes first.
///
/// Dropped before, it depends: who is interrupted while waiting for the server gave up, and that is `cancelled`. Who
/// stops reading between two rows has what was wanted, and that is success.
pub(crate) struct Live {
    operation: Option<DbOperation>,
    /// Whether the server is being waited for.
    waiting: bool,
    mariadb: bool,
    /// Whether there is one result set at most.
    single: bool,
    switch: Option<Switch>,
    /// How many rows were read, where that is to be reported.
    rows: Option<u64>,
}

impl Live {
    /// Of `operation`, if there is one.
    pub(crate) fn new(operation: Option<DbOperation>, mariadb: bool) -> Self {
        let operation = operation.filter(DbOperation::is_recording);
        Self { operation, waiting: false, mariadb, single: false, switch: None, rows: None }
    }

    /// Whether there is one result set at most, so that its end is the end.
    pub(crate) fn with_single(mut self, single: bool) -> Self {
        self.single = single;
        self
    }

    /// What changes if the operation succeeds.
    pub(crate) fn with_switch(mut self, switch: Option<Switch>) -> Self {
        self.switch = switch;
        self
    }

    /// Whether to report how many rows are read.
    pub(crate) fn with_row_count(mut self, count: bool) -> Self {
        self.rows = count.then_some(0);
        self
    }

    /// Whether there is one result set at most.
    pub(crate) fn is_single(&self) -> bool {
        self.single
    }

    /// See [`DbOperation::sql_comment`].
    pub(crate) fn sql_comment(&self) -> Option<String> {
        self.operation.as_ref()?.sql_comment()
    }

    /// Waits for the server: the operation is the current one in each poll.
    pub(crate) async fn drive<F: Future>(&mut self, future: F) -> F::Output {
        self.waiting = true;
        let output = drive(&mut self.operation, future).await;
        self.waiting = false;
        output
    }

    /// One poll of something that waits for the server if `is_pending` says so of what it returns.
    pub(crate) fn poll<T>(
        &mut self,
        poll: impl FnOnce() -> T,
        is_pending: impl FnOnce(&T) -> bool,
    ) -> T {
        self.waiting = true;
        let output = enter(&mut self.operation, poll);
        self.waiting = is_pending(&output);
        output
    }

    pub(crate) fn add_rows(&mut self, rows: usize) {
        if let Some(sum) = &mut self.rows {
            *sum += rows as u64;
        }
    }

    pub(crate) fn set_batch_size(&mut self, size: usize) {
        if let Some(operation) = &mut self.operation {
            operation.set_batch_size(size);
        }
    }

    /// Ends the operation if `result` is a failure.
    pub(crate) fn check<T>(&mut self, result: &Result<T>) {
        if let Err(error) = result {
            self.fail(error);
        }
    }

    /// Ends the operation as `result` says.
    pub(crate) fn finish<T>(mut self, result: &Result<T>) {
        match result {
            Ok(_) => self.succeed(),
            Err(error) => self.fail(error),
        }
    }

    /// Ends the operation as one whose caller went away.
    pub(crate) fn give_up(mut self) {
        self.waiting = true;
    }

    pub(crate) fn succeed(&mut self) {
        if let Some(switch) = self.switch.take() {
            switch.take_place();
        }
        if let Some(mut operation) = self.operation.take() {
            if let Some(rows) = self.rows {
                operation.set_returned_rows(rows);
            }
            operation.end();
        }
    }

    fn fail(&mut self, error: &Error) {
        self.switch = None;
        let Some(mut operation) = self.operation.take() else { return };
        match failure(error, self.mariadb) {
            Failure::Code(code) => operation.fail_with_code(code),
            Failure::Type(error) => operation.fail(error),
            Failure::Warning(code) => {
                operation.set_status_code(code);
                operation.end();
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.waiting && !std::thread::panicking() {
            self.succeed();
        }
        // An operation that is left ends itself as cancelled, or as a panic.
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("operation", &self.operation).finish_non_exhaustive()
    }
}
