//! Attribute keys of spans and metrics.
//!
//! Our own constants, because the crate `opentelemetry-semantic-conventions` hides the keys that are in development
//! behind a feature, and features unify across a user's whole dependency graph. Source:
//! <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>.

use opentelemetry::KeyValue;

use crate::error_type::ErrorType;

/// The client's address, behind proxies where they tell it.
pub const CLIENT_ADDRESS: &str = "client.address";
/// The name of a connection pool.
pub const DB_CLIENT_CONNECTION_POOL_NAME: &str = "db.client.connection.pool.name";
/// `idle` or `used`.
pub const DB_CLIENT_CONNECTION_STATE: &str = "db.client.connection.state";
/// The collection, table or container that an operation works on.
pub const DB_COLLECTION_NAME: &str = "db.collection.name";
/// The database, as fully qualified as the system has it.
pub const DB_NAMESPACE: &str = "db.namespace";
/// How many operations a batch has; never 1.
pub const DB_OPERATION_BATCH_SIZE: &str = "db.operation.batch.size";
/// The name of the command that is executed.
pub const DB_OPERATION_NAME: &str = "db.operation.name";
/// What the key of a captured query parameter starts with.
pub const DB_QUERY_PARAMETER_PREFIX: &str = "db.query.parameter.";
/// What a query does to which targets, of low cardinality.
pub const DB_QUERY_SUMMARY: &str = "db.query.summary";
/// The text of a query, parametrised or sanitised.
pub const DB_QUERY_TEXT: &str = "db.query.text";
/// How many rows an operation returned.
pub const DB_RESPONSE_RETURNED_ROWS: &str = "db.response.returned_rows";
/// The code that a database answered with.
pub const DB_RESPONSE_STATUS_CODE: &str = "db.response.status_code";
/// The stored procedure that a query calls.
pub const DB_STORED_PROCEDURE_NAME: &str = "db.stored_procedure.name";
/// The database product, as the client knows it.
pub const DB_SYSTEM_NAME: &str = "db.system.name";
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
