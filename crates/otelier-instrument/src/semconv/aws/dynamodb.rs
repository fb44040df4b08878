//! What DynamoDB adds to a call.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/dynamodb/>.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use crate::kit::value::shared;
use crate::semconv::attribute;

/// What is known of a request to DynamoDB. What is empty or `None` is not emitted.
#[derive(Clone, Debug, Default)]
pub struct DynamoDbRequest<'a> {
    /// The tables, each once.
    pub tables: Vec<&'a str>,
    /// The index that is read.
    pub index: Option<&'a str>,
    /// Whether the read is strongly consistent.
    pub consistent_read: Option<bool>,
    /// The most items to evaluate.
    pub limit: Option<i32>,
    /// Which attributes of an item are asked for.
    pub select: Option<&'a str>,
    /// Whether the index is read forwards.
    pub scan_forward: Option<bool>,
    /// The segment of a parallel scan.
    pub segment: Option<i32>,
    /// The number of its segments.
    pub total_segments: Option<i32>,
}

/// What is known of DynamoDB's response. What is empty or `None` is not emitted.
#[derive(Clone, Debug, Default)]
pub struct DynamoDbResponse {
    /// The capacity that was consumed, each table's as a JSON object.
    pub consumed_capacity: Vec<String>,
    /// The number of items returned.
    pub count: Option<i32>,
    /// The number of items evaluated.
    pub scanned_count: Option<i32>,
}

impl DynamoDbRequest<'_> {
    pub(crate) fn attributes(&self, operation: &str) -> impl Iterator<Item = KeyValue> {
        let tables: Vec<StringValue> = self.tables.iter().map(|table| shared(table)).collect();
        let collection = match &tables[..] {
            [table] => Some(KeyValue::new(attribute::DB_COLLECTION_NAME, table.clone())),
            _ => None,
        };
        let tables =
            (!tables.is_empty()).then(|| strings(attribute::AWS_DYNAMODB_TABLE_NAMES, tables));
        let text = |key, value: Option<&str>| value.map(|value| KeyValue::new(key, shared(value)));
        [
            Some(KeyValue::new(attribute::DB_SYSTEM_NAME, "aws.dynamodb")),
            Some(KeyValue::new(attribute::DB_OPERATION_NAME, shared(operation))),
            collection,
            tables,
            text(attribute::AWS_DYNAMODB_INDEX_NAME, self.index),
            self.consistent_read
                .map(|is| KeyValue::new(attribute::AWS_DYNAMODB_CONSISTENT_READ, is)),
            number(attribute::AWS_DYNAMODB_LIMIT, self.limit),
            text(attribute::AWS_DYNAMODB_SELECT, self.select),
            self.scan_forward.map(|is| KeyValue::new(attribute::AWS_DYNAMODB_SCAN_FORWARD, is)),
            number(attribute::AWS_DYNAMODB_SEGMENT, self.segment),
            number(attribute::AWS_DYNAMODB_TOTAL_SEGMENTS, self.total_segments),
        ]
        .into_iter()
        .flatten()
    }
}

impl DynamoDbResponse {
    pub(crate) fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let capacity: Vec<StringValue> =
            self.consumed_capacity.into_iter().map(StringValue::from).collect();
        [
            (!capacity.is_empty())
                .then(|| strings(attribute::AWS_DYNAMODB_CONSUMED_CAPACITY, capacity)),
            number(attribute::AWS_DYNAMODB_COUNT, self.count),
            number(attribute::AWS_DYNAMODB_SCANNED_COUNT, self.scanned_count),
        ]
        .into_iter()
        .flatten()
    }
}

fn strings(key: &'static str, values: Vec<StringValue>) -> KeyValue {
    KeyValue::new(key, Value::Array(Array::String(values)))
}

fn number(key: &'static str, value: Option<i32>) -> Option<KeyValue> {
    value.map(|value| KeyValue::new(key, i64::from(value)))
}
