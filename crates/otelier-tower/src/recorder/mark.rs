//! How recorders of one request find each other: the outermost has the operation, one further in
//! may know the route.
//!
//! A mark is stored with the request (in the extensions, for `http`). So it stays with the request
//! wherever that goes, also through a buffer to another task, which a thread-local would not.

use std::sync::{Arc, Mutex, PoisonError};

/// Says that a recorder further out has the operation of a request, and whether it needs the route.
#[derive(Clone, Debug)]
pub struct RequestMark(pub(super) Seen);

#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// Nothing is left to do: the route is known, or the request is not recorded. Costs no
    /// allocation.
    Handled,
    /// The recorder further out does not know the route.
    RouteRequested(RouteSlot),
}

/// Where the route is reported.
#[derive(Clone, Debug, Default)]
pub(super) struct RouteSlot(Arc<Mutex<Reported>>);

#[derive(Debug, Default)]
enum Reported {
    #[default]
    Nothing,
    Route(Box<str>),
    /// Different routes: the handler sent requests of its own with the mark of the one it handles.
    /// None of them is the route of that one.
    Ambiguous,
}

impl RequestMark {
    /// The mark of a request for which nothing is left to do. A library may store one that
    /// [is handled](Self::is_handled) in another form, and make it again.
    #[must_use]
    pub fn handled() -> Self {
        Self(Seen::Handled)
    }

    /// Whether nothing is left to do for recorders further in.
    #[must_use]
    pub fn is_handled(&self) -> bool {
        matches!(self.0, Seen::Handled)
    }

    /// Reports `route` if it is requested.
    ///
    /// Returns the mark that the request has from then on: the handler of a reported route may send
    /// further requests with a copy of the extensions, and their routes are not its own.
    #[must_use]
    pub fn report(&self, route: Option<&str>) -> Option<Self> {
        match (&self.0, route) {
            (Seen::RouteRequested(slot), Some(route)) => {
                slot.report(route);
                Some(Self::handled())
            }
            _ => None,
        }
    }
}

impl Seen {
    pub(super) fn route_requested() -> Self {
        Self::RouteRequested(RouteSlot::default())
    }

    pub(super) fn slot(&self) -> Option<RouteSlot> {
        match self {
            Self::Handled => None,
            Self::RouteRequested(slot) => Some(slot.clone()),
        }
    }
}

impl RouteSlot {
    fn report(&self, route: &str) {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *reported = match std::mem::take(&mut *reported) {
            Reported::Nothing => Reported::Route(route.into()),
            // The same request again, as a retry between the recorders sends it.
            Reported::Route(known) if *known == *route => Reported::Route(known),
            Reported::Route(_) | Reported::Ambiguous => Reported::Ambiguous,
        };
    }

    /// The route, if one was reported.
    pub(super) fn take(&self) -> Option<Box<str>> {
        match std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            Reported::Route(route) => Some(route),
            Reported::Nothing | Reported::Ambiguous => None,
        }
    }
}
