//! One attempt as a span of its own: the request of HTTP that it is.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use opentelemetry::Context;
use otelier_instrument::semconv::http::{
    HttpClient, HttpClientOperation, HttpClientRequest, HttpClientResponse,
};
use otelier_instrument::{ErrorType, Operation};

/// Starts the operation of attempt `number`, as a child of the call's.
pub(crate) fn start(
    http: &HttpClient,
    call: &Context,
    request: &HttpRequest,
    number: u32,
) -> Option<HttpClientOperation> {
    let uri: Uri = request.uri().parse().ok()?;
    let method: Method = request.method().parse().ok()?;
    let headers = HeaderMap::new();
    let _attached = call.clone().attach();
    Some(http.start(&HttpClientRequest {
        method: &method,
        url: request.uri(),
        scheme: uri.scheme_str()?,
        host: uri.host()?,
        port: uri.port_u16(),
        headers: &headers,
        template: None,
        resend_count: number.saturating_sub(1),
    }))
}

/// Ends the operation of an attempt.
pub(crate) fn end(
    mut attempt: HttpClientOperation,
    response: Option<&HttpResponse>,
    error: Option<&ErrorType>,
) {
    let status =
        response.and_then(|response| StatusCode::from_u16(response.status().as_u16()).ok());
    match (status, error) {
        (Some(status), _) => {
            let headers = HeaderMap::new();
            attempt.set_response(&HttpClientResponse {
                status,
                // The SDK does not tell. This one is reported as unknown, and no client of the SDK speaks it.
                version: Version::HTTP_09,
                headers: &headers,
                peer: None,
            });
            attempt.end();
        }
        (None, Some(error)) => attempt.fail(error.clone()),
        (None, None) => attempt.end(),
    }
}
