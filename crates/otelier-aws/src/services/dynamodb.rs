//! DynamoDB: the tables of a call, how it reads them, and what that cost.

use std::fmt::Write;
use std::sync::Arc;

use aws_sdk_dynamodb::operation as op;
use aws_sdk_dynamodb::types::{
    ConditionCheck, ConsumedCapacity, Delete, Put, Select, TransactWriteItem, Update,
};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use otelier_instrument::semconv::aws::{
    AwsDetails, AwsOperation, DynamoDbRequest, DynamoDbResponse,
};

use crate::interceptor::Shared;

use super::Service;

#[derive(Debug)]
pub(super) struct DynamoDb;

/// An input with one table, and what else of it is of interest.
macro_rules! of_one_table {
    ($operation:ident, $input:ident; $($name:literal => $module:ident :: $type:ident { $($field:ident: $value:expr),* },)*) => {
        match $operation {
            $($name => $input.downcast_ref::<op::$module::$type>().map(|input| DynamoDbRequest {
                tables: input.table_name().into_iter().collect(),
                $($field: $value(input),)*
                ..DynamoDbRequest::default()
            }),)*
            _ => None,
        }
    };
}

type Query = op::query::QueryInput;
type Scan = op::scan::ScanInput;
type GetItem = op::get_item::GetItemInput;

impl Service for DynamoDb {
    fn name(&self) -> &'static str {
        "DynamoDB"
    }

    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        _fields: &[String],
    ) -> AwsDetails<'a> {
        let request = of_one_table!(operation, input;
            "CreateTable" => create_table::CreateTableInput {},
            "DeleteItem" => delete_item::DeleteItemInput {},
            "DeleteTable" => delete_table::DeleteTableInput {},
            "DescribeTable" => describe_table::DescribeTableInput {},
            "DescribeTimeToLive" => describe_time_to_live::DescribeTimeToLiveInput {},
            "GetItem" => get_item::GetItemInput { consistent_read: GetItem::consistent_read },
            "PutItem" => put_item::PutItemInput {},
            "Query" => query::QueryInput {
                index: Query::index_name,
                consistent_read: Query::consistent_read,
                limit: Query::limit,
                select: |input: &'a Query| input.select().map(Select::as_str),
                scan_forward: Query::scan_index_forward
            },
            "Scan" => scan::ScanInput {
                index: Scan::index_name,
                consistent_read: Scan::consistent_read,
                limit: Scan::limit,
                select: |input: &'a Scan| input.select().map(Select::as_str),
                segment: Scan::segment,
                total_segments: Scan::total_segments
            },
            "UpdateItem" => update_item::UpdateItemInput {},
            "UpdateTable" => update_table::UpdateTableInput {},
            "UpdateTimeToLive" => update_time_to_live::UpdateTimeToLiveInput {},
        );
        AwsDetails::DynamoDb(
            request.or_else(|| of_many_tables(operation, input)).unwrap_or_default(),
        )
    }

    fn end(&self, mut operation: AwsOperation, output: &Output, _shared: &Arc<Shared>) {
        if let Some(response) = response(output) {
            operation.set_dynamodb_response(response);
        }
        operation.end();
    }
}

fn of_many_tables<'a>(operation: &str, input: &'a Input) -> Option<DynamoDbRequest<'a>> {
    let mut tables: Vec<&'a str> = match operation {
        "BatchGetItem" => {
            let input = input.downcast_ref::<op::batch_get_item::BatchGetItemInput>()?;
            input.request_items()?.keys().map(String::as_str).collect()
        }
        "BatchWriteItem" => {
            let input = input.downcast_ref::<op::batch_write_item::BatchWriteItemInput>()?;
            input.request_items()?.keys().map(String::as_str).collect()
        }
        "TransactGetItems" => {
            let input = input.downcast_ref::<op::transact_get_items::TransactGetItemsInput>()?;
            input
                .transact_items()
                .iter()
                .filter_map(|item| Some(item.get()?.table_name()))
                .collect()
        }
        "TransactWriteItems" => {
            let input =
                input.downcast_ref::<op::transact_write_items::TransactWriteItemsInput>()?;
            let table = |item: &'a TransactWriteItem| {
                let check = item.condition_check().map(ConditionCheck::table_name);
                let put = || item.put().map(Put::table_name);
                let delete = || item.delete().map(Delete::table_name);
                let update = || item.update().map(Update::table_name);
                check.or_else(put).or_else(delete).or_else(update)
            };
            input.transact_items().iter().filter_map(table).collect()
        }
        _ => return None,
    };
    tables.sort_unstable();
    tables.dedup();
    Some(DynamoDbRequest { tables, ..DynamoDbRequest::default() })
}

fn response(output: &Output) -> Option<DynamoDbResponse> {
    macro_rules! of_one_table {
        ($($module:ident :: $type:ident),*) => {$(
            if let Some(output) = output.downcast_ref::<op::$module::$type>() {
                return Some(capacity(output.consumed_capacity().into_iter()));
            }
        )*};
    }
    macro_rules! of_many_tables {
        ($($module:ident :: $type:ident),*) => {$(
            if let Some(output) = output.downcast_ref::<op::$module::$type>() {
                return Some(capacity(output.consumed_capacity().iter()));
            }
        )*};
    }
    macro_rules! of_items {
        ($($module:ident :: $type:ident),*) => {$(
            if let Some(output) = output.downcast_ref::<op::$module::$type>() {
                return Some(DynamoDbResponse {
                    count: Some(output.count()),
                    scanned_count: Some(output.scanned_count()),
                    ..capacity(output.consumed_capacity().into_iter())
                });
            }
        )*};
    }
    of_items!(query::QueryOutput, scan::ScanOutput);
    of_one_table!(
        delete_item::DeleteItemOutput,
        get_item::GetItemOutput,
        put_item::PutItemOutput,
        update_item::UpdateItemOutput
    );
    of_many_tables!(
        batch_get_item::BatchGetItemOutput,
        batch_write_item::BatchWriteItemOutput,
        transact_get_items::TransactGetItemsOutput,
        transact_write_items::TransactWriteItemsOutput
    );
    None
}

fn capacity<'a>(consumed: impl Iterator<Item = &'a ConsumedCapacity>) -> DynamoDbResponse {
    DynamoDbResponse {
        consumed_capacity: consumed.map(json).collect(),
        ..DynamoDbResponse::default()
    }
}

/// What a table's part of the request consumed, as the service itself would write it.
fn json(consumed: &ConsumedCapacity) -> String {
    let mut text = String::from("{");
    // Names of tables have no character that JSON would escape.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumed_capacity_is_a_json_object() {
        let consumed = ConsumedCapacity::builder().table_name("orders").capacity_units(0.5).build();
        assert_eq!(json(&consumed), r#"{"TableName":"orders","CapacityUnits":0.5}"#);
        assert_eq!(
            json(&ConsumedCapacity::builder().read_capacity_units(2.0).build()),
            r#"{"ReadCapacityUnits":2}"#
        );
    }
}
