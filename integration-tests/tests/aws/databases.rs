//! DynamoDB.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnConsumedCapacity,
    ScalarAttributeType, Select,
};
use otelier_testing::{ExpectedSpan, Value, any, assert_tree, span};

use crate::support::{Aws, answered, on_both_runtimes, traced};

on_both_runtimes!(a_table);

async fn a_table(aws: &Aws) {
    let client = otelier::aws::client!(aws_sdk_dynamodb, &aws.config());
    let table = aws.name.as_str();
    let item = || [("id".to_owned(), AttributeValue::S("1".to_owned()))].into();

    let ((), spans) = traced(async {
        let attribute = AttributeDefinition::builder().attribute_name("id");
        let attribute = attribute.attribute_type(ScalarAttributeType::S).build().expect("an attribute");
        let key =
            KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().expect("a key");
        let call = client.create_table().table_name(table).attribute_definitions(attribute).key_schema(key);
        call.billing_mode(BillingMode::PayPerRequest).send().await.expect("a table");
        let call = client.put_item().table_name(table).set_item(Some(item()));
        call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("an item");
        let call = client.get_item().table_name(table).set_key(Some(item())).consistent_read(true);
        call.send().await.expect("the item");
        let call = client.scan().table_name(table).limit(5).select(Select::AllAttributes);
        assert_eq!(call.segment(0).total_segments(1).send().await.expect("a scan").count(), 1);
        client
            .get_item()
            .table_name("not-there")
            .set_key(Some(item()))
            .send()
            .await
            .expect_err("no such table");
        client.delete_table().table_name(table).send().await.expect("no table any more");
    })
    .await;

    let call = |method: &str, table: &str| {
        aws.call(&format!("DynamoDB.{method}"), "DynamoDB", method)
            .attr("db.system.name", "aws.dynamodb")
            .attr("db.operation.name", method)
            .attr("db.collection.name", table)
            .attr("aws.dynamodb.table_names", Value::Array(vec![table.into()]))
    };
    let succeeded = |method: &str| -> ExpectedSpan { answered(call(method, table), 200) };
    assert_tree(
        &spans,
        span("test")
            .child(succeeded("CreateTable"))
            .child(succeeded("PutItem").attr("aws.dynamodb.consumed_capacity", any()))
            .child(succeeded("GetItem").attr("aws.dynamodb.consistent_read", true))
            .child(
                succeeded("Scan")
                    .attr("aws.dynamodb.limit", 5)
                    .attr("aws.dynamodb.select", "ALL_ATTRIBUTES")
                    .attr("aws.dynamodb.segment", 0)
                    .attr("aws.dynamodb.total_segments", 1)
                    .attr("aws.dynamodb.count", 1)
                    .attr("aws.dynamodb.scanned_count", 1),
            )
            .child(answered(call("GetItem", "not-there"), 400).error("ResourceNotFoundException"))
            .child(succeeded("DeleteTable")),
    );
}
