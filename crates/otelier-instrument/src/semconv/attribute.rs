//! Attribute keys of spans and metrics.
//!
//! Our own constants, because the crate `opentelemetry-semantic-conventions` hides the keys that are in development
//! behind a feature, and features unify across a user's whole dependency graph. Source:
//! <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>.

use opentelemetry::KeyValue;

use crate::error_type::ErrorType;

/// The client's address, behind proxies where they tell it.
pub const CLIENT_ADDRESS: &str = "client.address";
/// How the operation failed; absent on success.
pub const ERROR_TYPE: &str = "error.type";
/// The request's method, from a known list or `_OTHER`.
pub const HTTP_REQUEST_METHOD: &str = "http.request.method";
/// The request's method as it was sent, where that differs from [`HTTP_REQUEST_METHOD`].
pub const HTTP_REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";
/// Bytes of the request's body.
pub const HTTP_REQUEST_BODY_SIZE: &str = "http.request.body.size";
/// The ordinal number of a request that is sent again, from 1.
pub const HTTP_REQUEST_RESEND_COUNT: &str = "http.request.resend_count";
/// What the key of a captured request header starts with.
pub const HTTP_REQUEST_HEADER_PREFIX: &str = "http.request.header.";
/// Bytes of the response's body.
pub const HTTP_RESPONSE_BODY_SIZE: &str = "http.response.body.size";
/// What the key of a captured response header starts with.
pub const HTTP_RESPONSE_HEADER_PREFIX: &str = "http.response.header.";
/// The response's status code.
pub const HTTP_RESPONSE_STATUS_CODE: &str = "http.response.status_code";
/// The route that the framework matched, as its template.
pub const HTTP_ROUTE: &str = "http.route";
/// The address at the other end of the connection.
pub const NETWORK_PEER_ADDRESS: &str = "network.peer.address";
/// The port at the other end of the connection.
pub const NETWORK_PEER_PORT: &str = "network.peer.port";
/// The version of the protocol: `1.1`, `2`, …
pub const NETWORK_PROTOCOL_VERSION: &str = "network.protocol.version";
/// The server's name or address, as the client knows it.
pub const SERVER_ADDRESS: &str = "server.address";
/// The server's port.
pub const SERVER_PORT: &str = "server.port";
/// The absolute URL of an outgoing request, redacted.
pub const URL_FULL: &str = "url.full";
/// The path of a URL.
pub const URL_PATH: &str = "url.path";
/// The query of a URL without its `?`, redacted.
pub const URL_QUERY: &str = "url.query";
/// `http` or `https`.
pub const URL_SCHEME: &str = "url.scheme";
/// The template that an outgoing request's path was made from.
pub const URL_TEMPLATE: &str = "url.template";
/// The `User-Agent` header.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";

/// `error.type` of `error`.
pub(crate) fn error_type(error: &ErrorType) -> KeyValue {
    KeyValue::new(ERROR_TYPE, error)
}
