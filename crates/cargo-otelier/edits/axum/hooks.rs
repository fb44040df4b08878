//! Otelier: one operation for each request that a router serves.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use axum_core::extract::Request;
use axum_core::response::Response;
use http::Extensions;
use http_body::{Body as HttpBody, Frame, SizeHint};
use otelier_agent::server::{self, Mark, AXUM};
use otelier_agent::{RequestBody, ResponseBody, ServerRequest};

use crate::body::{Body, Bytes};

otelier_agent::http_headers!();

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
        *request.body_mut() = Body::new(Received { body, observer });
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
        Some(observer) => response.map(|body| Body::new(Sent { body, observer })),
        None => response,
    }
}

/// The body of a response, which is followed to its end.
struct Sent {
    body: Body,
    observer: ResponseBody,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum_core::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum_core::Error>>> {
        let Self { body, observer } = self.get_mut();
        let polled = ready!(observer.poll(|| Pin::new(&mut *body).poll_frame(cx)));
        match &polled {
            Some(Ok(frame)) => {
                let is_last = frame.is_trailers() || body.is_end_stream();
                observer.frame(frame.data_ref().map(|data| &data[..]), is_last);
            }
            Some(Err(_)) => observer.fail::<axum_core::Error>(),
            None => observer.end(),
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request, whose size or text is recorded.
struct Received {
    body: Body,
    observer: RequestBody,
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = axum_core::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum_core::Error>>> {
        let Self { body, observer } = self.get_mut();
        let polled = ready!(Pin::new(body).poll_frame(cx));
        if let Some(data) = polled.as_ref().and_then(|it| it.as_ref().ok()?.data_ref()) {
            observer.frame(data);
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
