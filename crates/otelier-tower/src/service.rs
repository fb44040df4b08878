//! The service: starts the operation of each request, and calls the inner service under it.

use std::fmt;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use otelier_instrument::semconv::http::HttpServerOperation;
use otelier_instrument::{catch_panic, enter};
use tower_service::Service;

use crate::adapt::{Framework, RequestBody, ResponseBody};
use crate::body::Counter;
use crate::future::ResponseFuture;
use crate::getter::ServerRequest;
use crate::layer::OtelLayer;
use crate::request::RequestOperation;
use crate::slot;

/// A service whose requests are traced. [`OtelLayer`](crate::OtelLayer) makes it.
pub struct OtelService<S, F> {
    inner: S,
    layer: OtelLayer<F>,
}

impl<S, F> OtelService<S, F> {
    pub(crate) fn new(inner: S, layer: OtelLayer<F>) -> Self {
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
}

impl<S, F, ReqB, ResB> Service<Request<ReqB>> for OtelService<S, F>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    F: RequestBody<ReqB> + ResponseBody<ResB>,
    ReqB: Body,
    ResB: Body,
{
    type Response = Response<<F as ResponseBody<ResB>>::Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, F>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        if slot::tell(&parts.extensions, F::route(&parts.extensions)) {
            return ResponseFuture::new(self.inner.call(Request::from_parts(parts, body)), None);
        }

        let is_wanted = self.is_wanted(&parts);
        let operation = match is_wanted {
            true => self.start(&parts),
            false => self.layer.server.pass_on(&parts.headers),
        };
        let (mut body, mut route_slot, mut received) = (body, None, None);
        if operation.is_recording() && F::route(&parts.extensions).is_none() {
            route_slot = Some(slot::open(&mut parts.extensions));
        } else if operation.is_recording() || !is_wanted {
            slot::settle(&mut parts.extensions);
        }
        if operation.wants_body_sizes() {
            (body, received) = count::<F, ReqB>(body);
        }
        let method = parts.method.clone();
        let mut operation = Some(RequestOperation::new(operation, route_slot, received, method));
        let future = enter(&mut operation, || self.inner.call(Request::from_parts(parts, body)));
        ResponseFuture::new(future, operation)
    }
}

/// `body` with a counter of its bytes, if they can be known.
fn count<F: RequestBody<B>, B: Body>(body: B) -> (B, Option<Counter>) {
    match body.size_hint().exact() {
        Some(bytes) => (body, Some(Counter::of(bytes))),
        None => {
            let counter = Counter::of(0);
            (F::count(body, counter.clone()), F::COUNTS.then_some(counter))
        }
    }
}

impl<S, F: Framework> OtelService<S, F> {
    fn is_wanted(&self, parts: &Parts) -> bool {
        self.layer
            .filter
            .as_ref()
            .is_none_or(|filter| catch_panic(|| filter(parts)).unwrap_or(true))
    }

    fn start(&self, parts: &Parts) -> HttpServerOperation {
        self.layer.server.start(&ServerRequest {
            parts,
            uri: F::original_uri(&parts.extensions).unwrap_or(&parts.uri),
            peer: F::peer(&parts.extensions),
            route: F::route(&parts.extensions),
        })
    }
}

impl<S: Clone, F> Clone for OtelService<S, F> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.layer.clone())
    }
}

impl<S: fmt::Debug, F> fmt::Debug for OtelService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelService")
            .field("inner", &self.inner)
            .field("layer", &self.layer)
            .finish()
    }
}
