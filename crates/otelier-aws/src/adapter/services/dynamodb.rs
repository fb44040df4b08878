//! DynamoDB: the tables of a call, how it reads them, and the capacity that it consumed.
//!
//! Three places say what is recorded: `describe` lists the operations on one table with the fields
//! of their input, `batch` those with several operations, and `response` the outputs. An operation
//! that is in none of them still counts as one of DynamoDB, without further attributes.
//!
//! Structures such as indexes are attributes of JSON text, with the names that the service's own
//! API has. Items are the user's data and are not recorded. Of the key of an item collection the
//! names of its attributes are, and the values are masked.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/dynamodb/>.

use std::fmt::Write;

use aws_sdk_dynamodb::operation as op;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, ConsumedCapacity, GlobalSecondaryIndex, GlobalSecondaryIndexUpdate,
    ItemCollectionMetrics, KeySchemaElement, LocalSecondaryIndex, Projection, ProjectionType,
    ProvisionedThroughput, Select, TransactWriteItem, WriteRequest,
};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};

use super::names::serde_json::{Map, Value, json};
use super::names::{
    AwsDetails, DynamoDbBatch, DynamoDbRequest, DynamoDbResponse, MASK, PropagationFields,
    RecordedCall,
};
use super::service::Service;

type Query = op::query::QueryInput;
type Scan = op::scan::ScanInput;
type GetItem = op::get_item::GetItemInput;
type CreateTable = op::create_table::CreateTableInput;
type UpdateTable = op::update_table::UpdateTableInput;

/// The service as the interceptor knows it; it has no state.
#[derive(Debug)]
pub(super) struct DynamoDb;

/// What is of interest of an input with one table.
macro_rules! of_one_table {
    (
        $operation:ident, $input:ident;
        $($name:literal => $module:ident :: $type:ident { $($field:ident: $value:expr),* },)*
    ) => {
        match $operation {
            $($name => $input.downcast_ref::<op::$module::$type>().map(|input| {
                let mut request = DynamoDbRequest::default();
                request.tables = input.table_name().into_iter().collect();
                $(request.$field = $value(input);)*
                request
            }),)*
            _ => None,
        }
    };
}

impl Service for DynamoDb {
    fn name(&self) -> &'static str {
        "DynamoDB"
    }

    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        _fields: PropagationFields<'_>,
    ) -> AwsDetails<'a> {
        let request = of_one_table!(operation, input;
            "CreateTable" => create_table::CreateTableInput {
                attribute_definitions:
                    |input: &CreateTable| texts(input.attribute_definitions(), definition),
                global_secondary_indexes:
                    |input: &CreateTable| texts(input.global_secondary_indexes(), global_index),
                local_secondary_indexes:
                    |input: &CreateTable| texts(input.local_secondary_indexes(), local_index),
                provisioned_read_capacity:
                    |input: &CreateTable| read_capacity(input.provisioned_throughput()),
                provisioned_write_capacity:
                    |input: &CreateTable| write_capacity(input.provisioned_throughput())
            },
            "DeleteItem" => delete_item::DeleteItemInput {},
            "DeleteTable" => delete_table::DeleteTableInput {},
            "DescribeTable" => describe_table::DescribeTableInput {},
            "DescribeTimeToLive" => describe_time_to_live::DescribeTimeToLiveInput {},
            "GetItem" => get_item::GetItemInput {
                attributes_to_get: |input: &'a GetItem| names(input.attributes_to_get()),
                consistent_read: GetItem::consistent_read,
                projection: GetItem::projection_expression
            },
            "PutItem" => put_item::PutItemInput {},
            "Query" => query::QueryInput {
                attributes_to_get: |input: &'a Query| names(input.attributes_to_get()),
                index: Query::index_name,
                consistent_read: Query::consistent_read,
                limit: Query::limit,
                projection: Query::projection_expression,
                select: |input: &'a Query| input.select().map(Select::as_str),
                scan_forward: Query::scan_index_forward
            },
            "Scan" => scan::ScanInput {
                attributes_to_get: |input: &'a Scan| names(input.attributes_to_get()),
                index: Scan::index_name,
                consistent_read: Scan::consistent_read,
                limit: Scan::limit,
                projection: Scan::projection_expression,
                select: |input: &'a Scan| input.select().map(Select::as_str),
                segment: Scan::segment,
                total_segments: Scan::total_segments
            },
            "UpdateItem" => update_item::UpdateItemInput {},
            "UpdateTable" => update_table::UpdateTableInput {
                attribute_definitions:
                    |input: &UpdateTable| texts(input.attribute_definitions(), definition),
                global_secondary_index_updates: |input: &UpdateTable| {
                    texts(input.global_secondary_index_updates(), global_index_update)
                },
                provisioned_read_capacity:
                    |input: &UpdateTable| read_capacity(input.provisioned_throughput()),
                provisioned_write_capacity:
                    |input: &UpdateTable| write_capacity(input.provisioned_throughput())
            },
            "UpdateTimeToLive" => update_time_to_live::UpdateTimeToLiveInput {},
        );
        let request = request.or_else(|| list_tables(operation, input));
        let request = request.or_else(|| batch(operation, input));
        AwsDetails::DynamoDb(request.unwrap_or_default())
    }

    fn end(&self, call: &mut RecordedCall, output: &Output) {
        if let Some(response) = response(output) {
            call.set_dynamodb_response(response);
        }
        call.end();
    }
}

/// The only operation here that names no table.
fn list_tables<'a>(operation: &str, input: &'a Input) -> Option<DynamoDbRequest<'a>> {
    let input = match operation {
        "ListTables" => input.downcast_ref::<op::list_tables::ListTablesInput>()?,
        _ => return None,
    };
    let mut request = DynamoDbRequest::default();
    request.exclusive_start_table = input.exclusive_start_table_name();
    request.limit = input.limit();
    Some(request)
}

/// What is of interest of an input with several operations.
fn batch<'a>(operation: &str, input: &'a Input) -> Option<DynamoDbRequest<'a>> {
    // Each operation by its table and its name.
    let mut operations: Vec<(&'a str, &'static str)> = Vec::new();
    match operation {
        "BatchGetItem" => {
            let input = input.downcast_ref::<op::batch_get_item::BatchGetItemInput>()?;
            for (table, keys) in input.request_items()? {
                operations.extend(keys.keys().iter().map(|_| (table.as_str(), "GetItem")));
            }
        }
        "BatchWriteItem" => {
            let input = input.downcast_ref::<op::batch_write_item::BatchWriteItemInput>()?;
            for (table, writes) in input.request_items()? {
                operations.extend(writes.iter().map(|it| (table.as_str(), write_name(it))));
            }
        }
        "TransactGetItems" => {
            let input = input.downcast_ref::<op::transact_get_items::TransactGetItemsInput>()?;
            let gets = input.transact_items().iter().filter_map(|item| item.get());
            operations.extend(gets.map(|get| (get.table_name(), "GetItem")));
        }
        "TransactWriteItems" => {
            let input =
                input.downcast_ref::<op::transact_write_items::TransactWriteItemsInput>()?;
            operations.extend(input.transact_items().iter().filter_map(transact_write));
        }
        _ => return None,
    }
    let first = operations.first().map(|(_, name)| *name);
    let is_same = operations.iter().all(|(_, name)| Some(*name) == first);
    let size = operations.len();
    let mut tables: Vec<&str> = operations.into_iter().map(|(table, _)| table).collect();
    tables.sort_unstable();
    tables.dedup();
    let mut request = DynamoDbRequest::default();
    request.tables = tables;
    request.batch = Some(DynamoDbBatch::new(size, first.filter(|_| is_same)));
    Some(request)
}

/// Each request of `BatchWriteItem` either deletes or puts one item.
fn write_name(write: &WriteRequest) -> &'static str {
    if write.delete_request().is_some() { "DeleteItem" } else { "PutItem" }
}

/// The table and the operation of one item. `None` for an item that names none.
fn transact_write(item: &TransactWriteItem) -> Option<(&str, &'static str)> {
    let check = item.condition_check().map(|it| (it.table_name(), "ConditionCheck"));
    let put = || item.put().map(|it| (it.table_name(), "PutItem"));
    let delete = || item.delete().map(|it| (it.table_name(), "DeleteItem"));
    let update = || item.update().map(|it| (it.table_name(), "UpdateItem"));
    check.or_else(put).or_else(delete).or_else(update)
}

/// What is recorded of an output. `None` for an operation whose output has nothing of interest.
fn response(output: &Output) -> Option<DynamoDbResponse> {
    /// Outputs by what they have beside the consumed capacity.
    macro_rules! of {
        ($($module:ident :: $type:ident { $($field:ident: $value:expr),* },)*) => {$(
            if let Some(output) = output.downcast_ref::<op::$module::$type>() {
                let mut response = DynamoDbResponse::default();
                response.consumed_capacity =
                    output.consumed_capacity().into_iter().map(consumed_capacity).collect();
                $(response.$field = $value(output);)*
                return Some(response);
            }
        )*};
    }
    of!(
        query::QueryOutput {
            count: |output: &op::query::QueryOutput| Some(output.count()),
            scanned_count: |output: &op::query::QueryOutput| Some(output.scanned_count())
        },
        scan::ScanOutput {
            count: |output: &op::scan::ScanOutput| Some(output.count()),
            scanned_count: |output: &op::scan::ScanOutput| Some(output.scanned_count())
        },
        get_item::GetItemOutput {},
        delete_item::DeleteItemOutput {
            item_collection_metrics: |output: &op::delete_item::DeleteItemOutput| {
                output.item_collection_metrics().map(|it| item_collection(it).to_string())
            }
        },
        put_item::PutItemOutput {
            item_collection_metrics: |output: &op::put_item::PutItemOutput| {
                output.item_collection_metrics().map(|it| item_collection(it).to_string())
            }
        },
        update_item::UpdateItemOutput {
            item_collection_metrics: |output: &op::update_item::UpdateItemOutput| {
                output.item_collection_metrics().map(|it| item_collection(it).to_string())
            }
        },
        batch_get_item::BatchGetItemOutput {},
        batch_write_item::BatchWriteItemOutput {
            item_collection_metrics: |output: &op::batch_write_item::BatchWriteItemOutput| {
                output.item_collection_metrics().and_then(item_collections)
            }
        },
        transact_get_items::TransactGetItemsOutput {},
        transact_write_items::TransactWriteItemsOutput {
            item_collection_metrics:
                |output: &op::transact_write_items::TransactWriteItemsOutput| {
                    output.item_collection_metrics().and_then(item_collections)
                }
        },
    );
    let tables = output.downcast_ref::<op::list_tables::ListTablesOutput>()?;
    let mut response = DynamoDbResponse::default();
    response.table_count = Some(tables.table_names().len());
    Some(response)
}

/// The capacity that a table's part of the request consumed, as the service itself writes it.
fn consumed_capacity(consumed: &ConsumedCapacity) -> String {
    let mut text = String::from("{");
    // Names of tables have no character that JSON escapes.
    if let Some(table) = consumed.table_name() {
        let _ = write!(text, r#""TableName":"{table}""#);
    }
    for (name, units) in [
        ("CapacityUnits", consumed.capacity_units()),
        ("ReadCapacityUnits", consumed.read_capacity_units()),
        ("WriteCapacityUnits", consumed.write_capacity_units()),
    ] {
        if let Some(units) = units {
            let comma = if text.len() > 1 { "," } else { "" };
            let _ = write!(text, r#"{comma}"{name}":{units}"#);
        }
    }
    text.push('}');
    text
}

/// The estimated size of an item collection. The values of its key are the user's data, and masked.
fn item_collection(metrics: &ItemCollectionMetrics) -> Value {
    let key = metrics.item_collection_key().into_iter().flatten();
    let key: Map<String, Value> = key.map(|(name, _)| (name.clone(), json!(MASK))).collect();
    json!({
        "ItemCollectionKey": key,
        "SizeEstimateRangeGB": metrics.size_estimate_range_gb(),
    })
}

/// The same for several tables, as one JSON object by the names of the tables. `None` if there is
/// nothing, so that no empty object is recorded.
fn item_collections(
    by_table: &std::collections::HashMap<String, Vec<ItemCollectionMetrics>>,
) -> Option<String> {
    let tables: Map<String, Value> = by_table
        .iter()
        .map(|(table, metrics)| (table.clone(), metrics.iter().map(item_collection).collect()))
        .collect();
    (!tables.is_empty()).then(|| Value::Object(tables).to_string())
}

/// Borrowed, because a description lives no longer than the input.
fn names(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Each value as a JSON text of its own, without the members that are not set.
fn texts<T>(values: &[T], json: fn(&T) -> Value) -> Vec<String> {
    values.iter().map(|value| without_null(json(value)).to_string()).collect()
}

/// In units, as the service counts them. `None` if the request sets none.
fn read_capacity(throughput: Option<&ProvisionedThroughput>) -> Option<i64> {
    throughput.map(ProvisionedThroughput::read_capacity_units)
}

fn write_capacity(throughput: Option<&ProvisionedThroughput>) -> Option<i64> {
    throughput.map(ProvisionedThroughput::write_capacity_units)
}

/// An attribute of a key, with its type: `S`, `N` or `B`.
fn definition(definition: &AttributeDefinition) -> Value {
    json!({
        "AttributeName": definition.attribute_name(),
        "AttributeType": definition.attribute_type().as_str(),
    })
}

/// With a capacity of its own, which a local index has not.
fn global_index(index: &GlobalSecondaryIndex) -> Value {
    json!({
        "IndexName": index.index_name(),
        "KeySchema": key_schema(index.key_schema()),
        "Projection": index.projection().map(projection),
        "ProvisionedThroughput": index.provisioned_throughput().map(throughput),
    })
}

fn local_index(index: &LocalSecondaryIndex) -> Value {
    json!({
        "IndexName": index.index_name(),
        "KeySchema": key_schema(index.key_schema()),
        "Projection": index.projection().map(projection),
    })
}

/// Members that are not set are removed later, by `without_null`.
fn global_index_update(update: &GlobalSecondaryIndexUpdate) -> Value {
    json!({
        "Create": update.create().map(|create| json!({
            "IndexName": create.index_name(),
            "KeySchema": key_schema(create.key_schema()),
            "Projection": create.projection().map(projection),
            "ProvisionedThroughput": create.provisioned_throughput().map(throughput),
        })),
        "Update": update.update().map(|update| json!({
            "IndexName": update.index_name(),
            "ProvisionedThroughput": update.provisioned_throughput().map(throughput),
        })),
        "Delete": update.delete().map(|delete| json!({ "IndexName": delete.index_name() })),
    })
}

/// The attributes of a key, in the order of the input.
fn key_schema(elements: &[KeySchemaElement]) -> Vec<Value> {
    let element = |element: &KeySchemaElement| {
        json!({
            "AttributeName": element.attribute_name(),
            "KeyType": element.key_type().as_str(),
        })
    };
    elements.iter().map(element).collect()
}

/// Which attributes of an item the index has.
fn projection(projection: &Projection) -> Value {
    let attributes = projection.non_key_attributes();
    json!({
        "ProjectionType": projection.projection_type().map(ProjectionType::as_str),
        "NonKeyAttributes": (!attributes.is_empty()).then_some(attributes),
    })
}

fn throughput(throughput: &ProvisionedThroughput) -> Value {
    json!({
        "ReadCapacityUnits": throughput.read_capacity_units(),
        "WriteCapacityUnits": throughput.write_capacity_units(),
    })
}

/// What is not set is not in the service's JSON either.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_null(value)))
                .collect(),
        ),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumed_capacity_is_a_json_object() {
        let consumed = ConsumedCapacity::builder().table_name("orders").capacity_units(0.5).build();
        assert_eq!(consumed_capacity(&consumed), r#"{"TableName":"orders","CapacityUnits":0.5}"#);
        assert_eq!(
            consumed_capacity(&ConsumedCapacity::builder().read_capacity_units(2.0).build()),
            r#"{"ReadCapacityUnits":2}"#
        );
    }
}
