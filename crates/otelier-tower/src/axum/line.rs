//! What differs for axum. Compiled once for each line of versions: `super::library` is the one.

use std::any::Any;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Extensions, Request, Response, Uri};
use http_body::Body as HttpBody;
use otelier_instrument::body::ObservedBody;
use tower_service::Service;

use super::RequestBody;
use super::layer::{OtelService, ResponseFuture};
use super::library::BoxError;
use super::library::body::Body;
use super::library::extract::{ConnectInfo, MatchedPath, OriginalUri};
use crate::adapter::PeerAddress;
use crate::recorder::RequestBodyObserver;

/// The integration's name in the settings, in every version.
pub(super) const INTEGRATION: &str = "axum";

pub(super) fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

pub(super) fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    extensions.get::<OriginalUri>().map(|uri| &uri.0)
}

pub(super) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    let connected = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    connected.or_else(|| extensions.get::<PeerAddress>().map(|peer| peer.0))
}

/// A body that is observed, if `body` is axum's own: only that one can be replaced without becoming
/// another type.
fn observe<B: 'static>(mut body: B, observer: RequestBodyObserver) -> Result<B, B> {
    let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Body>() else {
        return Err(body);
    };
    *own = Body::new(ObservedBody::new(std::mem::take(own), None, observer));
    Ok(body)
}

impl RequestBody for Body {}

impl<S, ReqB, ResB> Service<Request<ReqB>> for OtelService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    S::Error: 'static,
    ReqB: RequestBody,
    ResB: HttpBody<Data = Bytes> + Send + 'static,
    ResB::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.get_mut().poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        self.trace(request, observe, S::call)
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_response(cx).map_ok(|(response, to_observe)| {
            response.map(|body| match to_observe {
                // Costs nothing where the body is axum's own already.
                None => Body::new(body),
                Some(to_observe) => Body::new(to_observe.observe(body)),
            })
        })
    }
}
