//! How a layer further in learns that there is one further out, and tells it which route was matched.
//!
//! Both travel in the request's extensions: they stay with the request wherever that goes, through a buffer to another
//! task too, which a thread-local would not.

use std::sync::{Arc, Mutex, PoisonError};

use http::Extensions;

/// Where a layer waits for the route.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteSlot(Arc<Mutex<Option<Box<str>>>>);

/// Says that the request has its span, and that the span has its route. Unlike a slot it costs no allocation.
#[derive(Clone, Copy)]
struct Routed;

/// Marks a request whose span is opened now. A slot is given where only a router further in can know the route.
pub(crate) fn open(extensions: &mut Extensions, is_routed: bool) -> Option<RouteSlot> {
    if is_routed {
        extensions.insert(Routed);
        return None;
    }
    let slot = RouteSlot::default();
    extensions.insert(slot.clone());
    Some(slot)
}

/// Whether a layer further out has opened the request's span. If it waits for the route, it is told `route`.
pub(crate) fn tell(extensions: &Extensions, route: Option<&str>) -> bool {
    if let Some(RouteSlot(slot)) = extensions.get() {
        if let Some(route) = route {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(route.into());
        }
        return true;
    }
    extensions.get::<Routed>().is_some()
}

impl RouteSlot {
    /// The route, if one was told.
    pub(crate) fn take(&self) -> Option<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
