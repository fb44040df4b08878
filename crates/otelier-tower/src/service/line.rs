//! What differs for services of no particular framework.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, Request, Response, Uri};
use http_body::Body;
use otelier_instrument::body::ObservedBody;
use tower_service::Service;

use super::layer::{OtelService, ResponseFuture};
use crate::adapter::{PeerAddress, ResponseObserver};

/// A response body whose end is the end of its request.
///
/// The request's context is current while the body is polled.
pub type OtelBody<B> = ObservedBody<B, ResponseObserver>;

/// The integration's name in the settings.
pub(super) const INTEGRATION: &str = "tower";

pub(super) fn route(_: &Extensions) -> Option<&str> {
    None
}

pub(super) fn original_uri(_: &Extensions) -> Option<&Uri> {
    None
}

pub(super) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<PeerAddress>().map(|peer| peer.0)
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for OtelService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    S::Error: 'static,
    ReqB: Body,
    ResB: Body,
    ResB::Error: 'static,
{
    type Response = Response<OtelBody<ResB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.get_mut().poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        // A body of any type cannot be replaced by one that is observed.
        self.trace(request, |body, _| Err(body), S::call)
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    B::Error: 'static,
    E: 'static,
{
    type Output = Result<Response<OtelBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_response(cx).map_ok(|(response, to_observe)| {
            response.map(|body| match to_observe {
                Some(to_observe) => to_observe.observe(body),
                None => OtelBody::unobserved(body),
            })
        })
    }
}
