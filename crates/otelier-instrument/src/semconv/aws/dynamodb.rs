//! What DynamoDB adds to a call.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/dynamodb/>.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use crate::kit::ErrorType;
use crate::kit::value::{bounded, shared, truncate_string};
use crate::semconv::attribute;
use crate::semconv::messaging::Server;

const SYSTEM: &str = "aws.dynamodb";

/// What is known of a request to DynamoDB. What is empty or `None` is not emitted.
///
/// ```
/// use otelier_instrument::semconv::aws::{AwsDetails, AwsRequest, DynamoDbRequest};
///
/// let mut query = DynamoDbRequest::default();
/// query.tables = vec!["orders"];
/// query.limit = Some(10);
/// let mut request = AwsRequest::new("DynamoDB", "Query");
/// request.details = AwsDetails::DynamoDb(query);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct DynamoDbRequest<'a> {
    /// `aws.dynamodb.table_names`: the tables, each once. A single one is also
    /// `db.collection.name`.
    pub tables: Vec<&'a str>,
    /// The operations of a batch: they decide `db.operation.name` and `db.operation.batch.size`.
    pub batch: Option<DynamoDbBatch>,
    /// `aws.dynamodb.index_name`: the index that is read.
    pub index: Option<&'a str>,
    /// `aws.dynamodb.projection`: the projection expression.
    pub projection: Option<&'a str>,
    /// `aws.dynamodb.attributes_to_get`: the attributes that are requested.
    pub attributes_to_get: Vec<&'a str>,
    /// `aws.dynamodb.consistent_read`: whether the read is strongly consistent.
    pub consistent_read: Option<bool>,
    /// `aws.dynamodb.limit`: the largest number of items to evaluate.
    pub limit: Option<i32>,
    /// `aws.dynamodb.select`: which attributes of an item are requested.
    pub select: Option<&'a str>,
    /// `aws.dynamodb.scan_forward`: whether the index is read forwards.
    pub scan_forward: Option<bool>,
    /// `aws.dynamodb.segment`: the segment of a parallel scan.
    pub segment: Option<i32>,
    /// `aws.dynamodb.total_segments`: the number of its segments.
    pub total_segments: Option<i32>,
    /// `aws.dynamodb.exclusive_start_table`: the table after which a list of tables starts.
    pub exclusive_start_table: Option<&'a str>,
    /// `aws.dynamodb.attribute_definitions`: each one as a JSON object.
    pub attribute_definitions: Vec<String>,
    /// `aws.dynamodb.global_secondary_indexes`: each one as a JSON object.
    pub global_secondary_indexes: Vec<String>,
    /// `aws.dynamodb.global_secondary_index_updates`: each one as a JSON object.
    pub global_secondary_index_updates: Vec<String>,
    /// `aws.dynamodb.local_secondary_indexes`: each one as a JSON object.
    pub local_secondary_indexes: Vec<String>,
    /// `aws.dynamodb.provisioned_read_capacity`: units.
    pub provisioned_read_capacity: Option<i64>,
    /// `aws.dynamodb.provisioned_write_capacity`: units.
    pub provisioned_write_capacity: Option<i64>,
}

/// The operations that a batch consists of.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamoDbBatch {
    /// How many there are.
    pub size: usize,
    /// The name that all of them have, such as `PutItem`. `None` if their names differ.
    pub operation: Option<&'static str>,
}

/// What is known of DynamoDB's response. What is empty or `None` is not emitted.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct DynamoDbResponse {
    /// `aws.dynamodb.consumed_capacity`: the consumed capacity of each table as a JSON object.
    pub consumed_capacity: Vec<String>,
    /// `aws.dynamodb.count`: the number of items returned.
    pub count: Option<i32>,
    /// `aws.dynamodb.scanned_count`: the number of items evaluated.
    pub scanned_count: Option<i32>,
    /// `aws.dynamodb.item_collection_metrics`: as JSON, without the values of keys.
    pub item_collection_metrics: Option<String>,
    /// `aws.dynamodb.table_count`: the number of tables in a list.
    pub table_count: Option<usize>,
}

/// What the span and the metric of a database operation have in common.
#[derive(Clone, Debug)]
pub(super) struct DatabaseAttributes {
    operation: StringValue,
    collection: Option<StringValue>,
}

impl DynamoDbBatch {
    /// A batch of `size` operations, all of them `operation` unless that is `None`.
    #[must_use]
    pub fn new(size: usize, operation: Option<&'static str>) -> Self {
        Self { size, operation }
    }

    /// `db.operation.name`. A single operation is no batch, however it was sent.
    fn operation_name(self) -> StringValue {
        match (self.size, self.operation) {
            (1, Some(operation)) => operation.into(),
            (_, Some(operation)) => format!("BATCH {operation}").into(),
            (_, None) => "BATCH".into(),
        }
    }
}

impl DatabaseAttributes {
    pub(super) fn new(operation: &str, request: &DynamoDbRequest<'_>) -> Self {
        let operation = match request.batch {
            Some(batch) => batch.operation_name(),
            None => shared(operation),
        };
        let collection = match request.tables[..] {
            [table] => Some(shared(table)),
            _ => None,
        };
        Self { operation, collection }
    }

    pub(super) fn span_attributes(&self) -> impl Iterator<Item = KeyValue> {
        let collection = self.collection.clone();
        [
            KeyValue::new(attribute::DB_SYSTEM_NAME, SYSTEM),
            KeyValue::new(attribute::DB_OPERATION_NAME, self.operation.clone()),
        ]
        .into_iter()
        .chain(collection.map(|table| KeyValue::new(attribute::DB_COLLECTION_NAME, table)))
    }

    pub(super) fn metric_attributes(
        &self,
        server: Option<&Server>,
        error: Option<&ErrorType>,
    ) -> impl Iterator<Item = KeyValue> {
        self.span_attributes()
            .chain(server.into_iter().flat_map(Server::attributes))
            .chain(error.map(attribute::error_type))
    }
}

impl DynamoDbRequest<'_> {
    /// The attributes of the span only.
    pub(super) fn attributes(&self) -> impl Iterator<Item = KeyValue> {
        let text = |key, value: Option<&str>| value.map(|value| KeyValue::new(key, shared(value)));
        let flag = |key, value: Option<bool>| value.map(|value| KeyValue::new(key, value));
        // Doubles, because the conventions have them as such.
        let units = |key, value: Option<i64>| value.map(|value| KeyValue::new(key, value as f64));
        let batch_size = self.batch.map(|batch| batch.size).filter(|size| *size != 1);
        [
            names(attribute::AWS_DYNAMODB_TABLE_NAMES, &self.tables),
            count(attribute::DB_OPERATION_BATCH_SIZE, batch_size),
            text(attribute::AWS_DYNAMODB_INDEX_NAME, self.index),
            text(attribute::AWS_DYNAMODB_PROJECTION, self.projection),
            names(attribute::AWS_DYNAMODB_ATTRIBUTES_TO_GET, &self.attributes_to_get),
            flag(attribute::AWS_DYNAMODB_CONSISTENT_READ, self.consistent_read),
            number(attribute::AWS_DYNAMODB_LIMIT, self.limit),
            text(attribute::AWS_DYNAMODB_SELECT, self.select),
            flag(attribute::AWS_DYNAMODB_SCAN_FORWARD, self.scan_forward),
            number(attribute::AWS_DYNAMODB_SEGMENT, self.segment),
            number(attribute::AWS_DYNAMODB_TOTAL_SEGMENTS, self.total_segments),
            text(attribute::AWS_DYNAMODB_EXCLUSIVE_START_TABLE, self.exclusive_start_table),
            texts(attribute::AWS_DYNAMODB_ATTRIBUTE_DEFINITIONS, &self.attribute_definitions),
            texts(attribute::AWS_DYNAMODB_GLOBAL_SECONDARY_INDEXES, &self.global_secondary_indexes),
            texts(
                attribute::AWS_DYNAMODB_GLOBAL_SECONDARY_INDEX_UPDATES,
                &self.global_secondary_index_updates,
            ),
            texts(attribute::AWS_DYNAMODB_LOCAL_SECONDARY_INDEXES, &self.local_secondary_indexes),
            units(
                attribute::AWS_DYNAMODB_PROVISIONED_READ_CAPACITY,
                self.provisioned_read_capacity,
            ),
            units(
                attribute::AWS_DYNAMODB_PROVISIONED_WRITE_CAPACITY,
                self.provisioned_write_capacity,
            ),
        ]
        .into_iter()
        .flatten()
    }
}

impl DynamoDbResponse {
    pub(super) fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        [
            texts(attribute::AWS_DYNAMODB_CONSUMED_CAPACITY, &self.consumed_capacity),
            number(attribute::AWS_DYNAMODB_COUNT, self.count),
            number(attribute::AWS_DYNAMODB_SCANNED_COUNT, self.scanned_count),
            self.item_collection_metrics.map(|metrics| {
                let metrics = truncate_string(metrics);
                KeyValue::new(attribute::AWS_DYNAMODB_ITEM_COLLECTION_METRICS, metrics)
            }),
            count(attribute::AWS_DYNAMODB_TABLE_COUNT, self.table_count),
        ]
        .into_iter()
        .flatten()
    }
}

/// Names, which come again with other calls.
fn names(key: &'static str, values: &[&str]) -> Option<KeyValue> {
    strings(key, values.iter().map(|value| shared(value)).collect())
}

fn texts(key: &'static str, values: &[String]) -> Option<KeyValue> {
    strings(key, values.iter().map(|value| bounded(value.clone())).collect())
}

fn strings(key: &'static str, values: Vec<StringValue>) -> Option<KeyValue> {
    (!values.is_empty()).then(|| KeyValue::new(key, Value::Array(Array::String(values))))
}

fn number(key: &'static str, value: Option<i32>) -> Option<KeyValue> {
    value.map(|value| KeyValue::new(key, i64::from(value)))
}

fn count(key: &'static str, value: Option<usize>) -> Option<KeyValue> {
    value.map(|value| KeyValue::new(key, i64::try_from(value).unwrap_or(i64::MAX)))
}
