//! What is decided about a request that is being served. Plain data in, operations out: nothing
//! here knows tower, axum or the crate `http`.
//!
//! The layers of this crate are adapters of it. For another HTTP library one can be written too:
//!
//! ```
//! # mod otelier { pub use otelier_tower as tower; }
//! use otelier_instrument::semconv::http::{HttpOptions, HttpResponse, HttpServerRequest};
//! use otelier_instrument::{Providers, enter, scope};
//! use otelier::tower::recorder::HttpServerRecorder;
//!
//! # fn example<R: HttpResponse>(request: &impl HttpServerRequest, handle: impl FnOnce() -> R) {
//! let recorder = HttpServerRecorder::new(scope!(), Providers::default(), HttpOptions::default());
//!
//! let started = recorder.start(request, None, true);
//! // `started.mark` belongs into the request's extensions, if the library has such.
//! let mut request = started.request;
//! let response = enter(&mut request, handle);
//! if let Some(mut request) = request {
//!     request.set_response(&response);
//!     request.end();
//! }
//! # }
//! ```

mod body;
mod mark;
mod reported;
mod request;
#[cfg(test)]
mod tests;

pub use body::RequestBodyObserver;
pub use mark::RequestMark;
pub use reported::record_error;
pub use request::ServedRequest;

use otelier_instrument::Providers;
use otelier_instrument::kit::Integration;
use otelier_instrument::semconv::http::{HttpOptions, HttpServer, HttpServerRequest};

use self::mark::Seen;

/// Starts the operations of requests. Clones share the providers and the instruments.
#[derive(Clone, Debug)]
pub struct HttpServerRecorder(HttpServer);

/// What was decided about a request.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartedRequest {
    /// The operation under which the request is to be handled. `None` if a recorder further out has
    /// one already.
    pub request: Option<ServedRequest>,
    /// To be stored with the request in place of the mark that it had, for recorders further in.
    pub mark: Option<RequestMark>,
}

impl HttpServerRecorder {
    /// Creates a recorder of `integration` with these providers and options.
    #[must_use]
    pub fn new(
        integration: impl Into<Integration>,
        providers: Providers,
        options: HttpOptions,
    ) -> Self {
        Self(HttpServer::new(integration, providers, options))
    }

    /// Starts the operation of `request`, unless its `mark` says that a recorder further out has
    /// one.
    ///
    /// A request that is not `wanted` is not recorded, here or further in. The caller's context is
    /// passed on all the same.
    #[must_use]
    pub fn start(
        &self,
        request: &impl HttpServerRequest,
        mark: Option<&RequestMark>,
        wanted: bool,
    ) -> StartedRequest {
        let route = request.route().filter(|route| !route.is_empty());
        if let Some(mark) = mark {
            return StartedRequest { request: None, mark: mark.report(route) };
        }
        if !wanted {
            let served = ServedRequest::new(self.0.pass_on(request), None, request.method());
            return StartedRequest { request: Some(served), mark: Some(RequestMark::handled()) };
        }
        let operation = self.0.start(request);
        let seen = match (operation.is_recording(), route) {
            (false, _) => None,
            (true, Some(_)) => Some(Seen::Handled),
            (true, None) => Some(Seen::route_requested()),
        };
        let slot = seen.as_ref().and_then(Seen::slot);
        let served = ServedRequest::new(operation, slot, request.method());
        StartedRequest { request: Some(served), mark: seen.map(RequestMark) }
    }
}
