//! The error that a handler reports to the request that it handles.
//!
//! A handler has no hold of its request's operation, but it runs in a poll of it. So the error
//! waits in the thread until that poll is over. This costs a request nothing.

use std::cell::RefCell;
use std::fmt;

use otelier_instrument::kit::Exception;

thread_local! {
    /// Of the innermost request that is being polled on this thread; `None` outside of any.
    static CURRENT: RefCell<Option<Slot>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Slot {
    /// Whether an error is recorded anywhere.
    is_wanted: bool,
    error: Option<Box<Exception>>,
}

/// Gives the error that a handler returns, or turns into a response, to the span of its request.
///
/// It becomes a log record called `http.server.request.exception` (ERROR) that belongs to the
/// SERVER span, with `exception.type` and `exception.message`. If the request fails, by its status
/// or otherwise, what the error says is also the description of the span's status. The status
/// itself stays what the response says. What an error says is masked and cut.
///
/// Call it on the task that handles the request: in the handler, or where an error becomes a
/// response. Elsewhere, such as in a spawned task, it does nothing. Of several errors the last one
/// counts.
#[cfg_attr(feature = "axum", doc = "\n```")]
#[cfg_attr(not(feature = "axum"), doc = "\n```ignore")]
/// # mod otelier { pub use otelier_tower::axum; }
/// use axum::http::StatusCode;
/// use axum::response::{IntoResponse, Response};
///
/// struct AppError(std::io::Error);
///
/// impl IntoResponse for AppError {
///     fn into_response(self) -> Response {
///         otelier::axum::record_error(&self.0);
///         StatusCode::INTERNAL_SERVER_ERROR.into_response()
///     }
/// }
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-exceptions/>.
pub fn record_error<E: fmt::Display + ?Sized>(error: &E) {
    let is_wanted = CURRENT.with_borrow(|slot| slot.as_ref().is_some_and(|slot| slot.is_wanted));
    if !is_wanted {
        return;
    }
    // Outside of the borrow: showing an error runs code of the user's.
    let exception = Box::new(Exception::of(error));
    CURRENT.with_borrow_mut(|slot| {
        if let Some(slot) = slot {
            slot.error = Some(exception);
        }
    });
}

/// Runs one poll of a request, and gives the error that was reported in it.
pub(super) fn collect<R>(is_wanted: bool, poll: impl FnOnce() -> R) -> (R, Option<Box<Exception>>) {
    let outer = CURRENT.replace(Some(Slot { is_wanted, error: None }));
    let mut guard = Restore(Some(outer));
    let result = poll();
    (result, guard.restore().and_then(|slot| slot.error))
}

/// Puts the slot of an outer request back, also if the inner one panics.
struct Restore(Option<Option<Slot>>);

impl Restore {
    fn restore(&mut self) -> Option<Slot> {
        self.0.take().and_then(|outer| CURRENT.replace(outer))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        self.restore();
    }
}
