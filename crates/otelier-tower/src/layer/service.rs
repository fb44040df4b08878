//! The service: starts the operation of each request.

use std::fmt;

use http::Request;
use http::request::Parts;
use http_body::Body;
use otelier_instrument::catch_panic;

use super::super::line;
use super::{OtelLayer, ResponseFuture};
use crate::adapter::{RequestReader, mark_of, set_mark};
use crate::recorder::{RequestBodyObserver, ServedRequest, StartedRequest};

/// A service whose requests are traced. [`OtelLayer`] makes it.
#[derive(Clone)]
pub struct OtelService<S> {
    inner: S,
    layer: OtelLayer,
}

impl<S> OtelService<S> {
    pub(super) fn new(inner: S, layer: OtelLayer) -> Self {
        Self { inner, layer }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service inside.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Starts the operation of `request`, and has `call` send it to the inner service under it.
    ///
    /// `observe` makes a body that is observed; an error is the same body where there is no such
    /// body of type `B`.
    pub(in super::super) fn trace<B: Body, F>(
        &mut self,
        request: Request<B>,
        observe: impl FnOnce(B, RequestBodyObserver) -> Result<B, B>,
        call: impl FnOnce(&mut S, Request<B>) -> F,
    ) -> ResponseFuture<F> {
        let (mut parts, mut body) = request.into_parts();
        let StartedRequest { request: mut served, mark, .. } = self.start(&parts);
        if let Some(mark) = mark {
            set_mark(&mut parts.extensions, mark);
        }
        if let Some(served) = &mut served {
            if let Some(hooks) = &self.layer.hooks {
                hooks.on_request(&parts, served);
            }
            body = observe_request_body(&parts, body, observe, served);
        }
        let inner = &mut self.inner;
        let request = Request::from_parts(parts, body);
        let future = ServedRequest::poll(&mut served, || call(inner, request));
        ResponseFuture::new(future, served, self.layer.hooks.clone())
    }

    fn start(&self, parts: &Parts) -> StartedRequest {
        let filter = self.layer.filter.as_ref();
        let mark = mark_of(&parts.extensions);
        let wanted = mark.is_some()
            || filter.is_none_or(|filter| catch_panic(|| filter(parts)).unwrap_or(true));
        let request = RequestReader {
            parts,
            original_uri: line::original_uri(&parts.extensions),
            peer: line::peer(&parts.extensions),
            route: line::route(&parts.extensions),
        };
        self.layer.recorder.start(&request, mark.as_ref(), wanted)
    }
}

/// Records the size and the text of a request's body, if they are wanted and can be observed.
fn observe_request_body<B: Body>(
    parts: &Parts,
    body: B,
    observe: impl FnOnce(B, RequestBodyObserver) -> Result<B, B>,
    served: &mut ServedRequest,
) -> B {
    let Some(observer) = served.request_body_observer(parts, body.size_hint().exact()) else {
        return body;
    };
    if !observer.is_needed() {
        served.set_request_body(observer);
        return body;
    }
    match observe(body, observer.clone()) {
        Ok(observed) => {
            served.set_request_body(observer);
            observed
        }
        Err(body) => {
            if let Some(observer) = observer.unobserved() {
                served.set_request_body(observer);
            }
            body
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for OtelService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelService")
            .field("inner", &self.inner)
            .field("layer", &self.layer)
            .finish()
    }
}
