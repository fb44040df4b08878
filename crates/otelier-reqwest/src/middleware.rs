//! The middleware: one operation for each time it is called.

use http::Extensions;
use otelier_instrument::semconv::http::{HttpClient, HttpClientOperation};
use otelier_instrument::{Operation, drive};
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use crate::attempts::{Attempts, MiddlewareId};
use crate::body;
use crate::builder::OtelMiddlewareBuilder;
use crate::error::error_type;
use crate::extension::{PropagationOff, UrlTemplate};
use crate::getter::{ClientRequest, ClientResponse};

/// Traces the requests of a [`ClientWithMiddleware`](reqwest_middleware::ClientWithMiddleware).
///
/// The [crate's documentation](crate) says what it emits and where to put it among other middlewares.
#[derive(Clone, Debug)]
pub struct OtelMiddleware {
    client: HttpClient,
    id: MiddlewareId,
    follows_body: bool,
}

impl OtelMiddleware {
    /// A middleware that uses the global providers and propagator, now or as soon as they are there.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// To choose providers, or what is emitted.
    pub fn builder() -> OtelMiddlewareBuilder {
        OtelMiddlewareBuilder::default()
    }

    pub(crate) fn from_parts(client: HttpClient, follows_body: bool) -> Self {
        Self { client, id: MiddlewareId::new(), follows_body }
    }

    fn start(&self, request: &Request, extensions: &mut Extensions) -> HttpClientOperation {
        let resend_count = Attempts::before(extensions, self.id);
        let mut operation = self.client.start(&ClientRequest {
            request,
            template: extensions.get().map(UrlTemplate::as_str),
            resend_count,
        });
        if operation.is_recording() {
            Attempts::count(extensions, self.id);
        }
        if operation.wants_body_sizes()
            && let Some(bytes) = body::request_size(request)
        {
            operation.set_request_body_size(bytes);
        }
        operation
    }

    /// Ends the operation with the response, or with its body.
    fn respond(&self, mut operation: HttpClientOperation, response: Response) -> Response {
        if !operation.is_recording() {
            return response;
        }
        operation.set_response(&ClientResponse(&response));
        if self.follows_body {
            return body::follow(response, operation);
        }
        if let Some(bytes) = response.content_length() {
            operation.set_response_body_size(bytes);
        }
        operation.end();
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
        let operation = self.start(&request, extensions);
        if extensions.get::<PropagationOff>().is_none() {
            operation.inject(request.headers_mut());
        }

        let mut slot = Some(operation);
        // Called in a poll, for a middleware may work before it returns its future, and that is part of it.
        let result = drive(&mut slot, async { next.run(request, extensions).await }).await;

        match (slot, result) {
            (Some(operation), Ok(response)) => Ok(self.respond(operation, response)),
            (Some(operation), Err(error)) => {
                operation.fail(error_type(&error));
                Err(error)
            }
            (None, result) => result,
        }
    }
}
