//! The call that is being recorded, in the SDK's configuration bag.

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
    pub(super) call: RecordedCall,
    pub(super) recorded_by: InterceptorId,
    pub(super) service: Option<&'static dyn Service>,
}

impl Storable for CallState {
    type Storer = StoreReplace<Self>;
}
