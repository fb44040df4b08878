//! Items of a table of their own.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
    ReturnConsumedCapacity, ScalarAttributeType, WriteRequest,
};

use super::{Result, calls, config, failed, succeeded, tell};
use crate::libraries;

calls! { Table: stored_and_read queried scanned written_in_a_batch condition_failed no_such_table }

/// A table, and a client.
struct Table {
    client: Client,
    name: String,
}

pub(super) async fn run(name: &str) -> Result {
    let client = libraries::dynamodb(&config::of_server()?);
    let table = Table { client, name: config::name() };
    tell("NAME", &table.name);
    let attribute = AttributeDefinition::builder().attribute_name("id");
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash);
    let create = table.client.create_table().table_name(&table.name);
    let create = create
        .attribute_definitions(attribute.attribute_type(ScalarAttributeType::S).build()?)
        .key_schema(key.build()?)
        .billing_mode(BillingMode::PayPerRequest);
    succeeded(create.send().await)?;
    let done = call(name, &table).await;
    succeeded(table.client.delete_table().table_name(&table.name).send().await)?;
    done
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

async fn stored_and_read(it: &Table) -> Result {
    let put = it.client.put_item().table_name(&it.name).item("id", text("1"));
    succeeded(put.item("title", text("planted")).send().await)?;
    let get = it.client.get_item().table_name(&it.name).key("id", text("1"));
    let get = get.consistent_read(true).projection_expression("title");
    let read = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
    assert!(succeeded(read)?.item().is_some());
    let delete = it.client.delete_item().table_name(&it.name).key("id", text("1"));
    succeeded(delete.send().await)?;
    Ok(())
}

async fn queried(it: &Table) -> Result {
    let query = it.client.query().table_name(&it.name).key_condition_expression("id = :id");
    let query = query.expression_attribute_values(":id", text("1")).limit(3);
    succeeded(query.scan_index_forward(false).send().await)?;
    Ok(())
}

async fn scanned(it: &Table) -> Result {
    let scan = it.client.scan().table_name(&it.name).segment(0).total_segments(2);
    succeeded(scan.send().await)?;
    Ok(())
}

async fn written_in_a_batch(it: &Table) -> Result {
    let write = |id: &str| {
        let put = PutRequest::builder().item("id", text(id)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let writes: Result<Vec<_>> = ["1", "2", "3"].into_iter().map(write).collect();
    succeeded(it.client.batch_write_item().request_items(&it.name, writes?).send().await)?;
    Ok(())
}

async fn condition_failed(it: &Table) -> Result {
    let put = it.client.put_item().table_name(&it.name).item("id", text("1"));
    failed(put.condition_expression("attribute_exists(id)").send().await);
    Ok(())
}

async fn no_such_table(it: &Table) -> Result {
    failed(it.client.scan().table_name("no-calls-aws").send().await);
    Ok(())
}
