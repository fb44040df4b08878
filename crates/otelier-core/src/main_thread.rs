//! Ends the pipeline when the main thread ends, for a guard that is never dropped.
//!
//! A guard in a `static`, one that was leaked, and `std::process::exit` drop nothing. The values of
//! a thread are dropped when it ends, and on Linux with glibc those of the main thread are too when
//! `main` returns or it calls `exit`. Elsewhere nothing happens, as without this.

use std::cell::RefCell;
use std::fs;
use std::sync::Arc;

use otelier_instrument::catch_panic;

use crate::diagnostics;
use crate::pipeline::Pipeline;

thread_local! {
    /// What is dropped with the thread; only ever filled on the main thread.
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Ends a pipeline when it is dropped, unless that was done before.
struct Last(Arc<Pipeline>);

impl Drop for Last {
    fn drop(&mut self) {
        if self.0.is_ended() {
            return;
        }
        // No panic may leave the destructor of a thread's value: it would abort the process.
        catch_panic(|| {
            if let Err(error) = self.0.end() {
                diagnostics::warn(&error.to_string());
            }
        });
    }
}

/// Ends `pipeline` with the main thread, if this is it. On any other thread nothing is done: a
/// guard that is made there may outlive that thread.
pub(crate) fn end_with(pipeline: &Arc<Pipeline>) {
    if is_main() {
        let _ = LAST.try_with(|last| *last.borrow_mut() = Some(Last(Arc::clone(pipeline))));
    }
}

/// The main thread is the one whose number is that of the process. `/proc/thread-self` is a link
/// that ends in the number of the calling thread. `false` on systems without it.
fn is_main() -> bool {
    let Ok(task) = fs::read_link("/proc/thread-self") else { return false };
    let number = task.file_name().and_then(|name| name.to_str()?.parse().ok());
    number == Some(std::process::id())
}
