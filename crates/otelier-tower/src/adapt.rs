//! What differs between the frameworks that speak tower: how they tell a route and an address, and their body types.

use std::net::SocketAddr;

use http::{Extensions, Uri};
use http_body::Body;

use crate::body::{Counter, OtelBody};
use crate::request::RequestOperation;

/// A framework's way of telling about a request. Implemented here only.
pub trait Framework: sealed::Sealed + Send + Sync + 'static {
    /// The integration's name in the settings.
    #[doc(hidden)]
    const INTEGRATION: &'static str;
    /// The template of the route that was matched so far.
    #[doc(hidden)]
    fn route(extensions: &Extensions) -> Option<&str>;
    /// The target before a router took a part of it away.
    #[doc(hidden)]
    fn original_uri(extensions: &Extensions) -> Option<&Uri>;
    /// The other end of the connection.
    #[doc(hidden)]
    fn peer(extensions: &Extensions) -> Option<SocketAddr>;
}

/// How a framework's request body of type `B` is counted. Implemented here only.
pub trait RequestBody<B>: Framework {
    /// Whether [`count`](Self::count) counts at all.
    #[doc(hidden)]
    const COUNTS: bool;
    /// A body that counts what is read of it, if there is one of this type.
    #[doc(hidden)]
    fn count(body: B, counter: Counter) -> B;
}

/// What becomes of a response body of type `B` that is followed to its end. Implemented here only.
pub trait ResponseBody<B>: Framework {
    /// The body that the layer answers with.
    type Body;
    #[doc(hidden)]
    fn follow(body: B, operation: Option<RequestOperation>) -> Self::Body;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Any service of `http` requests: no router to ask, no body type to know.
///
/// The size of a request's body is reported where it is known beforehand only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http;

/// Tells the layer the other end of the connection, as an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

impl sealed::Sealed for Http {}

impl Framework for Http {
    const INTEGRATION: &'static str = "tower";

    fn route(_: &Extensions) -> Option<&str> {
        None
    }

    fn original_uri(_: &Extensions) -> Option<&Uri> {
        None
    }

    fn peer(extensions: &Extensions) -> Option<SocketAddr> {
        extensions.get::<PeerAddress>().map(|peer| peer.0)
    }
}

impl<B> RequestBody<B> for Http {
    const COUNTS: bool = false;

    fn count(body: B, _: Counter) -> B {
        body
    }
}

impl<B: Body> ResponseBody<B> for Http {
    type Body = OtelBody<B>;

    fn follow(body: B, operation: Option<RequestOperation>) -> OtelBody<B> {
        OtelBody::new(body, operation)
    }
}
