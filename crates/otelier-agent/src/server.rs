//! HTTP servers: requests that a library serves.
//!
//! The library reads its own types through the getters of [`HttpServerRequest`] and
//! [`HttpResponse`], so that nothing is copied unless it is recorded.

use std::sync::OnceLock;

use otelier_instrument::semconv::http::{
    HttpHeaders, HttpOptions, HttpResponse, HttpServerRequest,
};
use otelier_instrument::{ErrorType, Operation, Providers, catch_panic};
use otelier_tower::recorder::{HttpServerRecorder, RequestMark, ServedRequest};

use crate::body::{Followed, RequestBody, ResponseBody};
use crate::integration::integration;
use crate::process;

/// The requests of axum.
pub static AXUM: HttpServer = HttpServer::new("axum");

/// Starts the operations of the requests of one library.
#[derive(Debug)]
pub struct HttpServer {
    /// What the settings call it.
    integration: &'static str,
    recorder: OnceLock<HttpServerRecorder>,
}

impl HttpServer {
    const fn new(integration: &'static str) -> Self {
        Self { integration, recorder: OnceLock::new() }
    }

    /// Starts the operation of a request, unless its `mark` says that a router further out has one.
    ///
    /// `None` where nothing is to be done.
    pub fn start(
        &self,
        request: &impl HttpServerRequest,
        mark: Option<&Mark>,
    ) -> Option<(Request, Option<Mark>)> {
        if process::is_on() { self.record(request, mark) } else { None }
    }

    fn record(
        &self,
        request: &impl HttpServerRequest,
        mark: Option<&Mark>,
    ) -> Option<(Request, Option<Mark>)> {
        catch_panic(|| self.recorder().start(request, mark.map(|mark| &mark.0), true))
            .and_then(|started| Some((Request(Some(started.request?)), started.mark.map(Mark))))
    }

    fn recorder(&self) -> &HttpServerRecorder {
        self.recorder.get_or_init(|| {
            let integration = integration(self.integration, "otelier-tower");
            HttpServerRecorder::new(integration, Providers::default(), HttpOptions::default())
        })
    }
}

/// Is kept with a request, for the router that matches its route, and for routers further in.
#[derive(Clone, Debug)]
pub struct Mark(RequestMark);

impl Mark {
    /// Reports the route that was matched. Returns the mark that the request has from then on, if
    /// that is another one.
    #[must_use]
    pub fn report_route(&self, route: &str) -> Option<Self> {
        catch_panic(|| self.0.report(Some(route))).flatten().map(Self)
    }
}

/// A request that is being served. Dropped before its end, it is cancelled.
#[derive(Debug)]
pub struct Request(Option<ServedRequest>);

impl Request {
    /// Runs one poll of the work on the request in `slot`, in its context.
    pub fn poll<R>(slot: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        match slot {
            Some(request) => ServedRequest::poll(&mut request.0, poll),
            None => poll(),
        }
    }

    /// Decides whether the request's body is to be observed: its size, or its text, is recorded.
    /// `exact` is how many bytes the body says it has.
    pub fn observe_body(
        &mut self,
        headers: &impl HttpHeaders,
        exact: Option<u64>,
    ) -> Option<RequestBody> {
        let request = self.0.as_mut()?;
        catch_panic(|| {
            let observer = request.request_body_observer(headers, exact)?;
            request.set_request_body(observer.clone());
            observer.is_needed().then(|| RequestBody::new(observer))
        })
        .flatten()
    }

    /// Records the response, and ends the request unless the response's body has to be followed to
    /// its end.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has.
    #[must_use]
    pub fn respond(
        self,
        response: &impl HttpResponse,
        is_end_stream: bool,
        exact: Option<u64>,
    ) -> Option<ResponseBody> {
        let mut request = self.0?;
        catch_panic(|| {
            request.set_response(response);
            let (framing, request) = request.observe_body(is_end_stream, exact)?;
            Some(ResponseBody::new(framing, Followed::Served(request)))
        })
        .flatten()
    }

    /// Ends the request: the service failed with an error of this type.
    pub fn fail<E: ?Sized>(self) {
        if let Some(request) = self.0 {
            catch_panic(|| request.fail(ErrorType::of_type::<E>()));
        }
    }
}

#[cfg(test)]
mod tests;
