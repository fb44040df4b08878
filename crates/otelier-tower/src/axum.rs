//! axum: its routes, its addresses and its body type.

use std::any::Any;
use std::net::SocketAddr;

use axum::BoxError;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use bytes::Bytes;
use http::{Extensions, Uri};
use http_body::Body as HttpBody;

use crate::adapt::{Framework, PeerAddress, RequestBody, ResponseBody, sealed};
use crate::body::{CountedBody, Counter, OtelBody};
use crate::request::RequestOperation;

pub use otelier_instrument::carry_context;

/// Traces the requests of an axum `Router` and measures them.
///
/// ```
/// use axum::{Router, routing::get};
/// use otelier_tower::axum::OtelLayer;
///
/// let app: Router = Router::new()
///     .route("/users/{id}", get(|| async { "hello" }))
///     .layer(OtelLayer::builder().with_captured_request_headers(["x-request-id"]).build());
/// ```
///
/// `client.address` and `network.peer.*` need `into_make_service_with_connect_info::<SocketAddr>()`.
pub type OtelLayer = crate::layer::OtelLayer<Axum>;

/// Builds an [`OtelLayer`] for axum.
pub type OtelLayerBuilder = crate::builder::OtelLayerBuilder<Axum>;

/// axum, as the layer's framework.
#[derive(Clone, Copy, Debug, Default)]
pub struct Axum;

impl sealed::Sealed for Axum {}

impl Framework for Axum {
    const INTEGRATION: &'static str = "axum";

    fn route(extensions: &Extensions) -> Option<&str> {
        extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    }

    fn original_uri(extensions: &Extensions) -> Option<&Uri> {
        extensions.get::<OriginalUri>().map(|uri| &uri.0)
    }

    fn peer(extensions: &Extensions) -> Option<SocketAddr> {
        let connected = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        connected.or_else(|| extensions.get::<PeerAddress>().map(|peer| peer.0))
    }
}

impl<B: 'static> RequestBody<B> for Axum {
    const COUNTS: bool = true;

    fn count(mut body: B, counter: Counter) -> B {
        // Only axum's own body can be replaced by one that counts without becoming another type.
        if let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Body>() {
            *own = Body::new(CountedBody::new(std::mem::take(own), counter));
        }
        body
    }
}

impl<B> ResponseBody<B> for Axum
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Body = Body;

    fn follow(body: B, operation: Option<RequestOperation>) -> Body {
        match operation {
            // Costs nothing where the body is axum's own already.
            None => Body::new(body),
            Some(operation) => Body::new(OtelBody::new(body, Some(operation))),
        }
    }
}
