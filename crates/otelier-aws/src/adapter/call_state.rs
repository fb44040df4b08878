//! The call that is being recorded, in the SDK's configuration bag.
//!
//! The SDK makes a configuration bag for each call and hands it to every hook, so that the bag is
//! the place for what one hook has to tell the next.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::recorder::RecordedCall;

use super::service::Service;

/// Recognizes an interceptor of a client that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InterceptorId(u64);

impl InterceptorId {
    /// An id that no other interceptor of the process has.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The call, who records it, and the service that it goes to.
///
/// If the caller drops the future of a call, no hook runs, but the bag is dropped and with it the
/// call.
#[derive(Debug)]
pub(super) struct CallState {
    /// Ends as cancelled if it is dropped before a hook has ended it.
    pub(super) call: RecordedCall,
    /// The other interceptors of the client find the state too, and must leave it alone.
    pub(super) recorded_by: InterceptorId,
    /// `None` for a service that adds nothing to its calls.
    pub(super) service: Option<&'static dyn Service>,
}

impl Storable for CallState {
    /// A bag has one such state at most: a second one replaces the first.
    type Storer = StoreReplace<Self>;
}
