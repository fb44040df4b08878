//! The middleware: one operation for each attempt that passes it.

use http::Extensions;
use otelier_instrument::{Operation, drive};

use super::body;
use super::builder::OtelMiddlewareBuilder;
use super::error::error_type;
use super::message::{RequestReader, ResponseReader};
use super::reqwest::{Request, Response};
use super::reqwest_middleware::{Middleware, Next, Result};
use crate::extension::{DisablePropagation, UrlTemplate};
use crate::recorder::{Attempts, HttpClientRecorder, RequestIdentity, SentRequest};

/// Traces the requests of a
/// [`ClientWithMiddleware`](super::reqwest_middleware::ClientWithMiddleware).
///
/// The [crate's documentation](crate) says what it emits and where to put it among other
/// middlewares.
#[derive(Clone, Debug)]
pub struct OtelMiddleware {
    recorder: HttpClientRecorder,
}

impl OtelMiddleware {
    /// A middleware with the settings of `otelier::init()` and the global providers.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Builds a middleware with settings or providers of its own.
    pub fn builder() -> OtelMiddlewareBuilder {
        OtelMiddlewareBuilder::default()
    }

    pub(super) fn with_recorder(recorder: HttpClientRecorder) -> Self {
        Self { recorder }
    }

    /// `None` if a middleware further out has the operation of this attempt.
    fn start(&self, request: &mut Request, extensions: &mut Extensions) -> Option<SentRequest> {
        let template = extensions.get().map(UrlTemplate::as_str);
        let reader = RequestReader { request: &*request, template };
        let identity = RequestIdentity::of(request.url().as_str());
        let mut sent = self.recorder.start(&reader, extensions.get(), identity)?;
        if sent.is_recording() {
            sent.count_in(extensions.get_or_insert_default::<Attempts>());
        }
        if sent.wants_body_sizes()
            && let Some(bytes) = body::request_size(request)
        {
            sent.set_request_body_size(bytes);
        }
        let reader = RequestReader { request: &*request, template: None };
        if let Some(capture) = sent.capture_request_body(&reader) {
            body::capture_request(request, capture);
        }
        Some(sent)
    }

    /// Ends the attempt with the response, or with its body.
    fn respond(mut sent: SentRequest, response: Response, extensions: &mut Extensions) -> Response {
        if !sent.is_recording() {
            return response;
        }
        sent.set_response(&ResponseReader(&response));
        if let Some(attempts) = extensions.get_mut() {
            sent.finish_in(attempts);
        }
        if sent.with_response_body() {
            return body::end_with(sent, response);
        }
        let _none = sent.observe_body(false, response.content_length());
        response
    }
}

impl Default for OtelMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl Middleware for OtelMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Some(sent) = self.start(&mut request, extensions) else {
            return next.run(request, extensions).await;
        };
        if extensions.get::<DisablePropagation>().is_none() {
            sent.inject(request.headers_mut());
        }

        let mut sent = Some(sent);
        // Called in a poll: a middleware may work before it returns its future, and that is part of
        // the attempt.
        let result = drive(&mut sent, async { next.run(request, extensions).await }).await;

        match (sent, result) {
            (Some(sent), Ok(response)) => Ok(Self::respond(sent, response, extensions)),
            (Some(sent), Err(error)) => {
                sent.fail(error_type(&error));
                Err(error)
            }
            (None, result) => result,
        }
    }
}
