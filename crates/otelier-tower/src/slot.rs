//! How a layer further in tells one further out which route was matched.

use std::sync::{Arc, Mutex, PoisonError};

/// Travels in the request's extensions, from the layer that opened the span to those inside it.
///
/// It stays with the request wherever that goes, through a buffer to another task too, which a thread-local would
/// not.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteSlot(Arc<Mutex<Option<Box<str>>>>);

impl RouteSlot {
    pub(crate) fn set(&self, route: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(route.into());
    }

    pub(crate) fn take(&self) -> Option<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
