//! What differs for axum. Compiled once for each line of versions: `super::library` is the one.

use std::any::{Any, TypeId, type_name};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Extensions, Request, Response, Uri};
use http_body::Body as HttpBody;
use otelier_instrument::body::ObservedBody;
use tower_service::Service;

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

/// Whether `B` is the body type of another version of axum than this one.
fn is_body_of_another_axum<B: 'static>() -> bool {
    TypeId::of::<B>() != TypeId::of::<Body>() && type_name::<B>() == type_name::<Body>()
}

/// Any `http` request fits the layer, also that of another axum, whose routes it cannot read.
fn warn_about_another_axum<B: 'static>() {
    static WARNED: Once = Once::new();
    if is_body_of_another_axum::<B>() {
        WARNED.call_once(|| {
            tracing::warn!(
                "a router of another version of axum is traced without its routes: use \
                 `otelier_tower::axum` for axum 0.8 and `otelier_tower::axum_0_7` for axum 0.7"
            );
        });
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for OtelService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    S::Error: 'static,
    ReqB: HttpBody + 'static,
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
        warn_about_another_axum::<ReqB>();
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

#[cfg(all(test, feature = "axum", feature = "axum-0_7"))]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_another_version_is_recognized() {
        let others = [
            is_body_of_another_axum::<axum::body::Body>(),
            is_body_of_another_axum::<axum_0_7::body::Body>(),
        ];
        assert_eq!(others.iter().filter(|is_other| **is_other).count(), 1);
        assert!(!is_body_of_another_axum::<Body>());
        assert!(!is_body_of_another_axum::<String>());
    }
}
