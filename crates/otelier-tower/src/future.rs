//! The response's future: polls the inner one under the request's context, and tells what came of it.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Method, Response, StatusCode};
use http_body::Body;
use otelier_instrument::{ErrorType, Operation, enter};
use pin_project_lite::pin_project;

use crate::adapt::ResponseBody;
use crate::request::RequestOperation;

pin_project! {
    /// The future of a response. [`OtelService`](crate::OtelService) makes it.
    pub struct ResponseFuture<T, F> {
        #[pin]
        inner: T,
        operation: Option<RequestOperation>,
        framework: PhantomData<fn() -> F>,
    }
}

impl<T, F> ResponseFuture<T, F> {
    pub(crate) fn new(inner: T, operation: Option<RequestOperation>) -> Self {
        Self { inner, operation, framework: PhantomData }
    }
}

impl<T, F, B, E> Future for ResponseFuture<T, F>
where
    T: Future<Output = Result<Response<B>, E>>,
    F: ResponseBody<B>,
    B: Body,
{
    type Output = Result<Response<F::Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(enter(this.operation, || this.inner.poll(cx)));
        let operation = this.operation.take();
        Poll::Ready(match (result, operation) {
            (Ok(response), Some(operation)) => Ok(follow::<F, B>(response, operation)),
            (Ok(response), None) => Ok(response.map(|body| F::follow(body, None))),
            (Err(error), operation) => {
                if let Some(operation) = operation {
                    operation.fail(ErrorType::of_type::<E>());
                }
                Err(error)
            }
        })
    }
}

/// Tells the operation the response's head, and ends it there or has it follow the body.
fn follow<F, B>(response: Response<B>, mut operation: RequestOperation) -> Response<F::Body>
where
    F: ResponseBody<B>,
    B: Body,
{
    operation.set_response(&response);
    let body = response.body();
    let known = match is_bodiless(operation.method(), response.status()) || body.is_end_stream() {
        true => Some(0),
        false => body.size_hint().exact(),
    };
    operation.add_sent(known.unwrap_or(0));
    let operation = if known.is_some() || operation.is_all_sent() {
        operation.end();
        None
    } else {
        Some(operation)
    };
    response.map(|body| F::follow(body, operation))
}

/// Whether the response has no body on the wire, whatever the service put there: the server drops it unpolled, which is
/// no abort. Source: RFC 9110, section 6.4.1.
fn is_bodiless(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || method == Method::CONNECT && status.is_success()
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}
