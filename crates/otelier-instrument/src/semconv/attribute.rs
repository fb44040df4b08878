//! Attribute keys of spans and metrics.
//!
//! Our own constants, because the crate `opentelemetry-semantic-conventions` hides the keys that
//! are in development behind a feature, and features unify across a user's whole dependency graph.
//! Source:
//! <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>.

use opentelemetry::KeyValue;

use crate::kit::ErrorType;

/// The client's address, as a proxy forwarded it if there is one.
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
/// The text of a query, parametrized or sanitized.
pub const DB_QUERY_TEXT: &str = "db.query.text";
/// The command as it was sent, where it is captured. Otelier's own.
pub const DB_REQUEST_BODY: &str = "db.request.body";
/// The reply as it came, where it is captured. Otelier's own.
pub const DB_RESPONSE_BODY: &str = "db.response.body";
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
/// The request's body as text, where it is captured. Otelier's own.
pub const HTTP_REQUEST_BODY: &str = "http.request.body";
/// Bytes of the request's body.
pub const HTTP_REQUEST_BODY_SIZE: &str = "http.request.body.size";
/// The ordinal number of a request that is sent again, from 1.
pub const HTTP_REQUEST_RESEND_COUNT: &str = "http.request.resend_count";
/// What the key of a captured request header starts with.
pub const HTTP_REQUEST_HEADER_PREFIX: &str = "http.request.header.";
/// The response's body as text, where it is captured. Otelier's own.
pub const HTTP_RESPONSE_BODY: &str = "http.response.body";
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
/// Which of several components of the SDK it is.
pub const OTEL_COMPONENT_NAME: &str = "otel.component.name";
/// The kind of a component of the SDK, such as `otlp_http_exporter`.
pub const OTEL_COMPONENT_TYPE: &str = "otel.component.type";
/// The server's name or address, as the client knows it.
pub const SERVER_ADDRESS: &str = "server.address";
/// The server's port.
pub const SERVER_PORT: &str = "server.port";
/// The absolute URL of an outgoing request, masked.
pub const URL_FULL: &str = "url.full";
/// The path of a URL.
pub const URL_PATH: &str = "url.path";
/// The query of a URL without its `?`, masked.
pub const URL_QUERY: &str = "url.query";
/// `http` or `https`.
pub const URL_SCHEME: &str = "url.scheme";
/// The template that an outgoing request's path was made from.
pub const URL_TEMPLATE: &str = "url.template";
/// The `User-Agent` header.
pub const USER_AGENT_ORIGINAL: &str = "user_agent.original";

/// The service's own identifier of a response, where it has a second one: S3's `x-amz-id-2`.
pub const AWS_EXTENDED_REQUEST_ID: &str = "aws.extended_request_id";
/// The service's identifier of the request.
pub const AWS_REQUEST_ID: &str = "aws.request_id";
/// The attributes that DynamoDB was asked for.
pub const AWS_DYNAMODB_ATTRIBUTES_TO_GET: &str = "aws.dynamodb.attributes_to_get";
/// The attribute definitions of a DynamoDB table, each as a JSON object.
pub const AWS_DYNAMODB_ATTRIBUTE_DEFINITIONS: &str = "aws.dynamodb.attribute_definitions";
/// Whether DynamoDB was asked for a strongly consistent read.
pub const AWS_DYNAMODB_CONSISTENT_READ: &str = "aws.dynamodb.consistent_read";
/// The capacity that a DynamoDB request consumed, each table's as a JSON object.
pub const AWS_DYNAMODB_CONSUMED_CAPACITY: &str = "aws.dynamodb.consumed_capacity";
/// The number of items that DynamoDB returned.
pub const AWS_DYNAMODB_COUNT: &str = "aws.dynamodb.count";
/// The table after which a list of DynamoDB tables starts.
pub const AWS_DYNAMODB_EXCLUSIVE_START_TABLE: &str = "aws.dynamodb.exclusive_start_table";
/// The global secondary indexes of a new DynamoDB table, each as a JSON object.
pub const AWS_DYNAMODB_GLOBAL_SECONDARY_INDEXES: &str = "aws.dynamodb.global_secondary_indexes";
/// The changes to global secondary indexes of a DynamoDB table, each as a JSON object.
pub const AWS_DYNAMODB_GLOBAL_SECONDARY_INDEX_UPDATES: &str =
    "aws.dynamodb.global_secondary_index_updates";
/// The index that DynamoDB was asked to read.
pub const AWS_DYNAMODB_INDEX_NAME: &str = "aws.dynamodb.index_name";
/// The sizes of DynamoDB item collections, as JSON.
pub const AWS_DYNAMODB_ITEM_COLLECTION_METRICS: &str = "aws.dynamodb.item_collection_metrics";
/// The largest number of items that DynamoDB was asked to evaluate.
pub const AWS_DYNAMODB_LIMIT: &str = "aws.dynamodb.limit";
/// The local secondary indexes of a new DynamoDB table, each as a JSON object.
pub const AWS_DYNAMODB_LOCAL_SECONDARY_INDEXES: &str = "aws.dynamodb.local_secondary_indexes";
/// The projection expression of a DynamoDB request.
pub const AWS_DYNAMODB_PROJECTION: &str = "aws.dynamodb.projection";
/// The provisioned read capacity of a DynamoDB table, in units.
pub const AWS_DYNAMODB_PROVISIONED_READ_CAPACITY: &str = "aws.dynamodb.provisioned_read_capacity";
/// The provisioned write capacity of a DynamoDB table, in units.
pub const AWS_DYNAMODB_PROVISIONED_WRITE_CAPACITY: &str = "aws.dynamodb.provisioned_write_capacity";
/// Whether a DynamoDB query reads its index forwards.
pub const AWS_DYNAMODB_SCAN_FORWARD: &str = "aws.dynamodb.scan_forward";
/// The number of items that DynamoDB evaluated before any filter.
pub const AWS_DYNAMODB_SCANNED_COUNT: &str = "aws.dynamodb.scanned_count";
/// The segment of a parallel scan.
pub const AWS_DYNAMODB_SEGMENT: &str = "aws.dynamodb.segment";
/// Which attributes of an item DynamoDB was asked for.
pub const AWS_DYNAMODB_SELECT: &str = "aws.dynamodb.select";
/// The number of tables in a list of DynamoDB tables.
pub const AWS_DYNAMODB_TABLE_COUNT: &str = "aws.dynamodb.table_count";
/// The tables of a DynamoDB request.
pub const AWS_DYNAMODB_TABLE_NAMES: &str = "aws.dynamodb.table_names";
/// The number of segments of a parallel scan.
pub const AWS_DYNAMODB_TOTAL_SEGMENTS: &str = "aws.dynamodb.total_segments";
/// The bucket of an S3 request.
pub const AWS_S3_BUCKET: &str = "aws.s3.bucket";
/// The source of an S3 copy, as bucket and key.
pub const AWS_S3_COPY_SOURCE: &str = "aws.s3.copy_source";
/// The objects that an S3 request deletes together.
pub const AWS_S3_DELETE: &str = "aws.s3.delete";
/// The key of an S3 object.
pub const AWS_S3_KEY: &str = "aws.s3.key";
/// The number of a part of an S3 multipart upload.
pub const AWS_S3_PART_NUMBER: &str = "aws.s3.part_number";
/// The identifier of an S3 multipart upload.
pub const AWS_S3_UPLOAD_ID: &str = "aws.s3.upload_id";
/// The topic of an SNS request.
pub const AWS_SNS_TOPIC_ARN: &str = "aws.sns.topic.arn";
/// The queue of an SQS request.
pub const AWS_SQS_QUEUE_URL: &str = "aws.sqs.queue.url";
/// The region of a cloud provider.
pub const CLOUD_REGION: &str = "cloud.region";
/// The number of messages of a batch.
pub const MESSAGING_BATCH_MESSAGE_COUNT: &str = "messaging.batch.message_count";
/// What the key of an execution tag starts with. Lumigo's own.
pub const LUMIGO_EXECUTION_TAG_PREFIX: &str = "lumigo.execution_tags.";
/// The kind of an error that a program reported by itself. Lumigo's own.
pub const LUMIGO_TYPE: &str = "lumigo.type";
/// The queue or topic.
pub const MESSAGING_DESTINATION_NAME: &str = "messaging.destination.name";
/// The message's body as text, where it is captured; a JSON array of those of a batch. Otelier's
/// own.
pub const MESSAGING_MESSAGE_BODY: &str = "messaging.message.body";
/// The message's identifier.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// What is done with messages, in the messaging system's own word.
pub const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
/// What is done with messages: `send`, `receive`, `process` or `settle`.
pub const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
/// The messaging system.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// `true` on the span of a call or message that its own caller dropped, which the conventions do
/// not count as an error. Otelier's own.
pub const OTELIER_CANCELLED: &str = "otelier.cancelled";
/// `true` on a span that is not to be exported. Otelier's own.
pub const OTELIER_SKIP_EXPORT: &str = "otelier.skip_export";
/// The same as [`OTELIER_SKIP_EXPORT`], as Lumigo's distributions call it.
pub const SKIP_EXPORT: &str = "SKIP_EXPORT";
/// The remote procedure. For the AWS SDK the operation's name without its service.
pub const RPC_METHOD: &str = "rpc.method";
/// The code that the server answered with, in the system's own words.
pub const RPC_STATUS_CODE: &str = "rpc.status_code";
/// The remote service.
pub const RPC_SERVICE: &str = "rpc.service";
/// The remoting system, as the conventions of the AWS SDK still call it on spans.
pub const RPC_SYSTEM: &str = "rpc.system";
/// The remoting system, as metrics call it.
pub const RPC_SYSTEM_NAME: &str = "rpc.system.name";

/// `error.type` of `error`: an operation's metrics have it, its span gets it from the
/// [outcome](crate::kit::OperationSpan::end).
///
/// ```
/// use otelier_instrument::ErrorType;
/// use otelier_instrument::semconv::attribute;
///
/// assert_eq!(attribute::error_type(&ErrorType::TIMEOUT).value.as_str(), "timeout");
/// ```
#[must_use]
pub fn error_type(error: &ErrorType) -> KeyValue {
    KeyValue::new(ERROR_TYPE, error)
}
