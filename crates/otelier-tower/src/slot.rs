//! How a layer further in learns that there is one further out, and tells it which route was matched.
//!
//! Both travel in the request's extensions: they stay with the request wherever that goes, through a buffer to another
//! task too, which a thread-local would not.

use std::sync::{Arc, Mutex, PoisonError};

use http::Extensions;

/// Where a layer waits for the route.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteSlot(Arc<Mutex<Option<Box<str>>>>);

/// Says that nothing is left for a layer further in: the span has its route, or the request is to have no span. Unlike a
/// slot it costs no allocation.
#[derive(Clone, Copy)]
struct Settled;

/// Marks a request about which there is nothing more to learn.
pub(crate) fn settle(extensions: &mut Extensions) {
    extensions.insert(Settled);
}

/// Marks a request whose route only a router further in can know.
pub(crate) fn open(extensions: &mut Extensions) -> RouteSlot {
    let slot = RouteSlot::default();
    extensions.insert(slot.clone());
    slot
}

/// Whether a layer further out has taken care of the request. If it waits for the route, it is told `route`.
pub(crate) fn tell(extensions: &Extensions, route: Option<&str>) -> bool {
    if let Some(RouteSlot(slot)) = extensions.get() {
        if let Some(route) = route {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(route.into());
        }
        return true;
    }
    extensions.get::<Settled>().is_some()
}

impl RouteSlot {
    /// The route, if one was told.
    pub(crate) fn take(&self) -> Option<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
