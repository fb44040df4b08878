//! Otelier: one operation for each request that a router serves.

use std::net::SocketAddr;
use std::task::Poll;

use axum_core::extract::Request;
use axum_core::response::Response;
use http::Extensions;
use http_body::Body as _;
use otelier_agent::server::{self, Mark, AXUM};
use otelier_agent::{ErrorType, ServerRequest};

use crate::body::{Body, Bytes};

otelier_agent::http_headers!();
otelier_agent::http_body!(Body, Bytes, axum_core::Error, |_| ErrorType::of_type::<
    axum_core::Error,
>());

/// The operation of the request that a future answers.
pub(crate) type Operation = Option<server::Request>;

/// The address at the other end of the connection, as `serve` knows it.
#[derive(Clone, Copy)]
struct Peer(SocketAddr);

/// Starts the operation of a request, unless a router further out has.
pub(crate) fn start(request: &mut Request) -> Operation {
    if !otelier_agent::is_on() {
        return None;
    }
    let (mut operation, mark) = {
        let uri = request.uri();
        let read = ServerRequest {
            method: request.method().as_str(),
            path: uri.path(),
            query: uri.query(),
            scheme: uri.scheme_str(),
            authority: uri.authority().map(|it| it.as_str()),
            version: version(request.version()),
            peer: peer(request.extensions()),
            headers: Headers(request.headers()),
        };
        AXUM.start(&read, request.extensions().get())?
    };
    if let Some(mark) = mark {
        request.extensions_mut().insert(mark);
    }
    let exact = request.body().size_hint().exact();
    if let Some(observer) = operation.observe_body(&Headers(request.headers()), exact) {
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Observed { body, observer });
    }
    Some(operation)
}

fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    #[cfg(feature = "tokio")]
    if let Some(info) = extensions.get::<crate::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    extensions.get::<Peer>().map(|peer| peer.0)
}

/// Reports the route of a request, where a router has matched it.
#[allow(dead_code)]
pub(crate) fn matched(extensions: &mut Extensions, route: &str) {
    let mark = extensions.get::<Mark>().and_then(|mark| mark.report_route(route));
    if let Some(mark) = mark {
        extensions.insert(mark);
    }
}

/// The address of a connection, if it is one of IP and anything is to be recorded.
#[allow(dead_code)]
pub(crate) fn connected(address: &dyn std::any::Any) -> Option<SocketAddr> {
    let address = address.downcast_ref::<SocketAddr>().copied();
    address.filter(|_| otelier_agent::is_on())
}

/// Keeps the address of its connection with a request.
#[allow(dead_code)]
pub(crate) fn with_peer(mut request: Request, peer: Option<SocketAddr>) -> Request {
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer(peer));
    }
    request
}

/// Does `work` as the work of the operation, if there is one.
pub(crate) fn enter<R>(operation: &mut Operation, work: impl FnOnce() -> R) -> R {
    server::Request::poll(operation, work)
}

/// Polls the work of the operation. An error ends it.
pub(crate) fn poll<E>(
    operation: &mut Operation,
    poll: impl FnOnce() -> Poll<Result<Response, E>>,
) -> Poll<Result<Response, E>> {
    let polled = enter(operation, poll);
    if let Poll::Ready(Err(_)) = &polled {
        if let Some(operation) = operation.take() {
            operation.fail::<E>();
        }
    }
    polled
}

/// Records the response, whose body ends the operation.
pub(crate) fn respond(operation: &mut Operation, response: Response) -> Response {
    let Some(operation) = operation.take() else { return response };
    let read = otelier_agent::Response {
        status: response.status().as_u16(),
        version: None,
        peer: None,
        headers: Headers(response.headers()),
    };
    let body = response.body();
    match operation.respond(&read, body.is_end_stream(), body.size_hint().exact()) {
        Some(observer) => response.map(|body| Body::new(Observed { body, observer })),
        None => response,
    }
}
