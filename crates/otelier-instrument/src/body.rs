//! Message bodies: how long they are, and how they are observed to their end.
//!
//! [`ResponseFraming`] knows which responses have a body and when it is complete. With the feature
//! `http-body`, `ObservedBody` wraps a body and reports what passes to a [`BodyObserver`].

mod framing;
#[cfg(feature = "http-body")]
mod observed;
#[cfg(feature = "http-body")]
#[cfg(test)]
mod tests;

pub use framing::{ResponseFraming, content_length};
#[cfg(feature = "http-body")]
pub use observed::ObservedBody;

/// What happens to the body of a message.
///
/// An observer that is dropped before [`on_end`](Self::on_end) or [`on_error`](Self::on_error)
/// belongs to a body that was dropped before its end.
pub trait BodyObserver<E>: Sized {
    /// Runs one poll of the body. An observer that is an operation uses [`enter`](crate::enter), so
    /// that its context is current while the body works.
    fn poll<R>(observer: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        let _ = observer;
        poll()
    }

    /// A frame of data passes: `len` bytes, of which `chunk` is the first contiguous part, usually
    /// all of it. `total` is the size of all frames so far, this one included.
    fn on_data(&mut self, chunk: &[u8], len: usize, total: u64);

    /// The body is complete. It may be polled again, or not.
    fn on_end(self);

    /// The body failed.
    fn on_error(self, error: &E);
}
