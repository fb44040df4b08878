//! DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, Get, KeySchemaElement, KeyType,
    KeysAndAttributes, Put, PutRequest, ReturnConsumedCapacity, ScalarAttributeType, Select,
    TransactGetItem, TransactWriteItem, WriteRequest,
};
use otelier_testing::{ExpectedSpan, Value, any, assert_tree, span};

use crate::support::{Aws, answered, on_both_runtimes, traced};

on_both_runtimes!(a_table, many_items);

fn item(id: &str) -> HashMap<String, AttributeValue> {
    [("id".to_owned(), AttributeValue::S(id.to_owned()))].into()
}

async fn create(client: &Client, table: &str) {
    let attribute = AttributeDefinition::builder().attribute_name("id");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build().expect("an attribute");
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
    let call = client.create_table().table_name(table).attribute_definitions(attribute);
    let call = call.key_schema(key.expect("a key")).billing_mode(BillingMode::PayPerRequest);
    call.send().await.expect("a table");
}

async fn a_table(aws: &Aws) {
    let client = otelier::aws::client!(aws_sdk_dynamodb, &aws.config());
    let table = aws.name.as_str();
    let item = || item("1");

    let ((), spans) = traced(async {
        create(&client, table).await;
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
        on_tables(aws, method, &[table]).attr("db.collection.name", table)
    };
    let succeeded = |method: &str| -> ExpectedSpan { answered(call(method, table), 200) };
    assert_tree(
        &spans,
        span("test")
            .child(succeeded("CreateTable").attr(
                "aws.dynamodb.attribute_definitions",
                Value::Array(vec![r#"{"AttributeName":"id","AttributeType":"S"}"#.into()]),
            ))
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

fn on_tables(aws: &Aws, method: &str, tables: &[&str]) -> ExpectedSpan {
    aws.call(&format!("DynamoDB.{method}"), "DynamoDB", method)
        .attr("db.system.name", "aws.dynamodb")
        .attr("db.operation.name", method)
        .attr(
            "aws.dynamodb.table_names",
            Value::Array(tables.iter().map(|table| (*table).into()).collect()),
        )
}

/// What moves many items, of one table and of two, and what asks page by page.
async fn many_items(aws: &Aws) {
    let bare = Client::new(&aws.config());
    let client = otelier::aws::client!(aws_sdk_dynamodb, &aws.config());
    let [first, second] = ["a", "b"].map(|suffix| format!("{}-{suffix}", aws.name));
    create(&bare, &first).await;
    create(&bare, &second).await;

    let ((), spans) = traced(async {
        let put = |id: &str| {
            let put = PutRequest::builder().set_item(Some(item(id))).build().expect("an item");
            WriteRequest::builder().put_request(put).build()
        };
        let call = client.batch_write_item().request_items(&first, vec![put("1"), put("2")]);
        call.request_items(&second, vec![put("3")]).send().await.expect("three items");
        let keys = KeysAndAttributes::builder().keys(item("1")).build().expect("a key");
        client.batch_get_item().request_items(&first, keys).send().await.expect("an item");

        let put = |table: &str| {
            let put = Put::builder()
                .table_name(table)
                .set_item(Some(item("4")))
                .build()
                .expect("an item");
            TransactWriteItem::builder().put(put).build()
        };
        let call =
            client.transact_write_items().transact_items(put(&second)).transact_items(put(&first));
        call.send().await.expect("a transaction");
        let get =
            Get::builder().table_name(&first).set_key(Some(item("4"))).build().expect("a key");
        let call =
            client.transact_get_items().transact_items(TransactGetItem::builder().get(get).build());
        call.return_consumed_capacity(ReturnConsumedCapacity::None)
            .send()
            .await
            .expect("a transaction");

        let call = client.query().table_name(&first).key_condition_expression("id = :id");
        let call = call.expression_attribute_values(":id", AttributeValue::S("1".to_owned()));
        assert_eq!(call.scan_index_forward(false).send().await.expect("a query").count(), 1);
        let mut pages = client.scan().table_name(&first).limit(2).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += page.expect("a page").count();
        }
        assert_eq!(count, 3);
    })
    .await;
    for table in [&first, &second] {
        bare.delete_table().table_name(table).send().await.expect("no table any more");
    }

    let [first, second] = [&*first, &*second];
    let succeeded = |method: &str, tables: &[&str]| answered(on_tables(aws, method, tables), 200);
    let of_first = |method: &str| succeeded(method, &[first]).attr("db.collection.name", first);
    let page = |count: i64| {
        let page = of_first("Scan").attr("aws.dynamodb.limit", 2);
        page.attr("aws.dynamodb.count", count).attr("aws.dynamodb.scanned_count", count)
    };
    assert_tree(
        &spans,
        span("test")
            .child(
                succeeded("BatchWriteItem", &[first, second])
                    .attr("db.operation.name", "BATCH PutItem")
                    .attr("db.operation.batch.size", 3)
                    .attr("aws.dynamodb.consumed_capacity", any()),
            )
            // One operation is no batch.
            .child(
                of_first("BatchGetItem")
                    .attr("db.operation.name", "GetItem")
                    .attr("aws.dynamodb.consumed_capacity", any()),
            )
            .child(
                succeeded("TransactWriteItems", &[first, second])
                    .attr("db.operation.name", "BATCH PutItem")
                    .attr("db.operation.batch.size", 2),
            )
            .child(of_first("TransactGetItems").attr("db.operation.name", "GetItem"))
            .child(
                of_first("Query")
                    .attr("aws.dynamodb.scan_forward", false)
                    .attr("aws.dynamodb.count", 1)
                    .attr("aws.dynamodb.scanned_count", 1),
            )
            .child(page(2))
            .child(page(1)),
    );
}
