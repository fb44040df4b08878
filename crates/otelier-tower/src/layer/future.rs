//! The future of a response: polls the inner one in the request's context, and records its outcome.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use otelier_instrument::Operation;
use otelier_instrument::body::{ObservedBody, ResponseFraming};
use pin_project_lite::pin_project;

use crate::adapter::{Hooks, ResponseObserver, error_type};
use crate::recorder::ServedRequest;

pin_project! {
    /// The future of a response. [`OtelService`](super::OtelService) makes it.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        request: Option<ServedRequest>,
        hooks: Option<Arc<Hooks>>,
    }
}

/// How the body of a response is to be observed.
pub(in super::super) struct ToObserve(ResponseFraming, ServedRequest);

/// A response, and how its body is to be observed.
pub(in super::super) type PolledResponse<B, E> = Poll<Result<(Response<B>, Option<ToObserve>), E>>;

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, request: Option<ServedRequest>, hooks: Option<Arc<Hooks>>) -> Self {
        Self { inner, request, hooks }
    }

    /// Polls for the response. `None` beside it if its body need not be observed.
    pub(in super::super) fn poll_response<B, E>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> PolledResponse<B, E>
    where
        F: Future<Output = Result<Response<B>, E>>,
        B: Body,
        E: 'static,
    {
        let this = self.project();
        let result = ready!(ServedRequest::poll(this.request, || this.inner.poll(cx)));
        let request = this.request.take();
        Poll::Ready(match result {
            Ok(response) => match request {
                None => Ok((response, None)),
                Some(mut request) => {
                    let response = match this.hooks {
                        Some(hooks) => hooks.on_response(response, &mut request),
                        None => response,
                    };
                    let to_observe = record(request, &response);
                    Ok((response, to_observe))
                }
            },
            Err(error) => {
                if let Some(request) = request {
                    request.fail(error_type(&error));
                }
                Err(error)
            }
        })
    }
}

fn record<B: Body>(mut request: ServedRequest, response: &Response<B>) -> Option<ToObserve> {
    request.set_response(response);
    let body = response.body();
    let to_observe = request.observe_body(body.is_end_stream(), body.size_hint().exact());
    to_observe.map(|(framing, request)| ToObserve(framing, request))
}

impl ToObserve {
    /// `body`, which ends the request when it ends.
    pub(in super::super) fn observe<B>(self, body: B) -> ObservedBody<B, ResponseObserver>
    where
        B: Body,
        B::Error: 'static,
    {
        ObservedBody::new(body, Some(self.0), ResponseObserver::new(self.1))
    }
}
