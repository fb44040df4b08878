//! The tables of the README are what the code emits, and the values of what services add.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, KeysAndAttributes, LocalSecondaryIndex,
    Projection, ProjectionType, ProvisionedThroughput, PutRequest, ReturnConsumedCapacity,
    ScalarAttributeType, Select, WriteRequest,
};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    SendMessageBatchRequestEntry,
};
use aws_types::SdkConfig;
use otelier_aws::OtelInterceptor;
use otelier_testing::{Capture, Span};

use crate::support::{QUEUE_URL, Reply, Service, TOPIC_ARN, interceptor, json, xml};

const README: &str = include_str!("../../README.md");

/// What one operation emitted.
struct Emitted {
    operation: &'static str,
    span: Span,
    metrics: Vec<String>,
}

impl Emitted {
    fn keys(&self) -> BTreeSet<&str> {
        self.span.attributes.keys().map(String::as_str).collect()
    }

    fn row(&self, common: &BTreeSet<&str>) -> String {
        let name = self.span.name.replace("orders", "{queue}").replace("prices", "{topic}");
        let kind = format!("{:?}", self.span.kind).to_uppercase();
        let quoted = |word: &str, names: Vec<&str>| match names.is_empty() {
            true => String::new(),
            false => format!(" {word} `{}`", names.join("`, `")),
        };
        let own = self.keys().into_iter().filter(|key| !common.contains(key)).collect();
        let attributes = quoted("with", own);
        let metrics = quoted("metrics", self.metrics.iter().map(String::as_str).collect());
        format!("- {}: {kind} span `{name}`{attributes};{metrics}.", self.operation)
    }
}

/// Makes one call and gives its span, or the `process` span.
async fn emitted<F: Future>(
    operation: &'static str,
    reply: fn() -> Reply,
    call: impl FnOnce(SdkConfig, OtelInterceptor) -> F,
) -> Emitted {
    let capture = Capture::new();
    call(Service::new(move |_, _| reply()).config(), interceptor(&capture)).await;
    let metrics = |capture: &Capture| -> BTreeSet<String> {
        capture.metrics().into_iter().map(|point| point.name).collect()
    };
    Emitted {
        operation,
        span: capture.spans().pop().unwrap(),
        metrics: metrics(&capture).into_iter().collect(),
    }
}

/// A response with something for every operation that the table has.
fn answer() -> Reply {
    json(
        r#"{"MessageId":"m","MD5OfMessageBody":"x","Successful":[],"Failed":[],
            "Messages":[{"MessageId":"m","ReceiptHandle":"readme","Body":"x"}],
            "Count":1,"ScannedCount":2,"ConsumedCapacity":{"TableName":"t","CapacityUnits":1},
            "ItemCollectionMetrics":{"ItemCollectionKey":{"id":{"S":"a secret"}},"SizeEstimateRangeGB":[0.5,1]},
            "TableNames":["t","u"]}"#,
    )
}

fn batch_answer() -> Reply {
    json(
        r#"{"ConsumedCapacity":[{"TableName":"t","CapacityUnits":1}],"ItemCollectionMetrics":
            {"t":[{"ItemCollectionKey":{"id":{"S":"a secret"}},"SizeEstimateRangeGB":[0.5,1]}]}}"#,
    )
}

fn published() -> Reply {
    xml(
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    )
}

fn published_batch() -> Reply {
    xml("<PublishBatchResponse><PublishBatchResult></PublishBatchResult></PublishBatchResponse>")
}

fn nothing_in_json() -> Reply {
    json("{}")
}

fn deleted() -> Reply {
    xml("<DeleteResult></DeleteResult>")
}

fn nothing() -> Reply {
    xml("")
}

fn copied() -> Reply {
    xml("<CopyPartResult></CopyPartResult>")
}

macro_rules! of {
    ($sdk:ident, $client:ident => $call:expr) => {
        |config, interceptor| {
            let $client = otelier_aws::client!($sdk, &config, interceptor);
            async move { $call.send().await.unwrap() }
        }
    };
}

fn key() -> HashMap<String, AttributeValue> {
    [("id".to_owned(), AttributeValue::S("1".to_owned()))].into()
}

fn put() -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(key())).build().unwrap();
    WriteRequest::builder().put_request(put).build()
}

fn definition() -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name("id");
    definition.attribute_type(ScalarAttributeType::S).build().unwrap()
}

fn key_schema() -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap()
}

fn throughput() -> ProvisionedThroughput {
    let throughput = ProvisionedThroughput::builder().read_capacity_units(3);
    throughput.write_capacity_units(4).build().unwrap()
}

fn projection() -> Projection {
    let projection = Projection::builder().projection_type(ProjectionType::Include);
    projection.non_key_attributes("n").build()
}

fn global_index() -> GlobalSecondaryIndex {
    let index = GlobalSecondaryIndex::builder().index_name("g").key_schema(key_schema());
    index.projection(projection()).provisioned_throughput(throughput()).build().unwrap()
}

fn local_index() -> LocalSecondaryIndex {
    let index = LocalSecondaryIndex::builder().index_name("l").key_schema(key_schema());
    index.projection(Projection::builder().build()).build().unwrap()
}

async fn every_operation() -> Vec<Emitted> {
    let entry = SendMessageBatchRequestEntry::builder().id("a").message_body("x").build().unwrap();
    let delete =
        DeleteMessageBatchRequestEntry::builder().id("a").receipt_handle("r").build().unwrap();
    let change = ChangeMessageVisibilityBatchRequestEntry::builder()
        .id("a")
        .receipt_handle("r")
        .visibility_timeout(1)
        .build()
        .unwrap();
    let publication = PublishBatchRequestEntry::builder().id("a").message("x").build().unwrap();
    let keys = KeysAndAttributes::builder().keys(key()).build().unwrap();
    let (global, local, hash) = (global_index(), local_index(), key_schema());
    let update = GlobalSecondaryIndexUpdate::builder()
        .delete(DeleteGlobalSecondaryIndexAction::builder().index_name("i").build().unwrap())
        .build();
    let objects = Delete::builder().objects(ObjectIdentifier::builder().key("k").build().unwrap());
    let objects = objects.build().unwrap();

    vec![
        emitted("any other", answer, of!(aws_sdk_sqs, sqs => sqs.list_queues())).await,
        emitted(
            "SQS `SendMessage`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.send_message().queue_url(QUEUE_URL).message_body("x")),
        )
        .await,
        emitted(
            "SQS `SendMessageBatch`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.send_message_batch().queue_url(QUEUE_URL).entries(entry)),
        )
        .await,
        emitted(
            "SQS `ReceiveMessage`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.receive_message().queue_url(QUEUE_URL)),
        )
        .await,
        emitted("SQS, a message `scoped`", answer, |config, interceptor| async move {
            let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor);
            let received = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
            otelier_aws::sqs::scoped(&received).for_each(|_| async {}).await;
        })
        .await
        .without(&["messaging.client.consumed.messages", "messaging.client.operation.duration"]),
        emitted(
            "SQS `DeleteMessage`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.delete_message().queue_url(QUEUE_URL)
                .receipt_handle("r")),
        )
        .await,
        emitted(
            "SQS `DeleteMessageBatch`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.delete_message_batch().queue_url(QUEUE_URL)
                .entries(delete)),
        )
        .await,
        emitted(
            "SQS `ChangeMessageVisibility`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.change_message_visibility().queue_url(QUEUE_URL)
                .receipt_handle("r").visibility_timeout(1)),
        )
        .await,
        emitted(
            "SQS `ChangeMessageVisibilityBatch`",
            answer,
            of!(aws_sdk_sqs, sqs => sqs.change_message_visibility_batch().queue_url(QUEUE_URL)
                .entries(change)),
        )
        .await,
        emitted(
            "SNS `Publish`",
            published,
            of!(aws_sdk_sns, sns => sns.publish().topic_arn(TOPIC_ARN).message("x")),
        )
        .await,
        emitted(
            "SNS `PublishBatch`",
            published_batch,
            of!(aws_sdk_sns, sns => sns.publish_batch().topic_arn(TOPIC_ARN)
                .publish_batch_request_entries(publication)),
        )
        .await,
        emitted(
            "DynamoDB `PutItem`, `UpdateItem`, `DeleteItem`",
            answer,
            of!(aws_sdk_dynamodb, db => db.put_item().table_name("t").set_item(Some(key()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)),
        )
        .await,
        emitted(
            "DynamoDB `GetItem`",
            answer,
            of!(aws_sdk_dynamodb, db => db.get_item().table_name("t").set_key(Some(key()))
                .consistent_read(true).projection_expression("id").attributes_to_get("id")
                .return_consumed_capacity(ReturnConsumedCapacity::Total)),
        )
        .await,
        emitted(
            "DynamoDB `Query`",
            answer,
            of!(aws_sdk_dynamodb, db => db.query().table_name("t").index_name("i").limit(1)
                .select(Select::Count).consistent_read(true).scan_index_forward(true)
                .projection_expression("id").attributes_to_get("id")),
        )
        .await,
        emitted(
            "DynamoDB `Scan`",
            answer,
            of!(aws_sdk_dynamodb, db => db.scan().table_name("t").index_name("i").limit(1)
                .select(Select::Count).consistent_read(true).projection_expression("id")
                .attributes_to_get("id").segment(0).total_segments(1)),
        )
        .await,
        emitted(
            "DynamoDB `BatchGetItem`, `TransactGetItems`",
            batch_answer,
            of!(aws_sdk_dynamodb, db => db.batch_get_item().request_items("t", keys.clone())
                .request_items("u", keys)),
        )
        .await,
        emitted(
            "DynamoDB `BatchWriteItem`, `TransactWriteItems`",
            batch_answer,
            of!(aws_sdk_dynamodb, db => db.batch_write_item()
                .request_items("t", vec![put(), put()]).request_items("u", vec![put()])),
        )
        .await,
        emitted(
            "DynamoDB `CreateTable`",
            nothing_in_json,
            of!(aws_sdk_dynamodb, db => db.create_table().table_name("t")
                .attribute_definitions(definition()).key_schema(hash)
                .global_secondary_indexes(global).local_secondary_indexes(local)
                .provisioned_throughput(throughput())),
        )
        .await,
        emitted(
            "DynamoDB `UpdateTable`",
            nothing_in_json,
            of!(aws_sdk_dynamodb, db => db.update_table().table_name("t")
                .attribute_definitions(definition()).global_secondary_index_updates(update)
                .provisioned_throughput(throughput())),
        )
        .await,
        emitted(
            "DynamoDB `ListTables`",
            answer,
            of!(aws_sdk_dynamodb, db => db.list_tables().limit(2)
                .exclusive_start_table_name("s")),
        )
        .await,
        emitted("S3, a bucket", nothing, of!(aws_sdk_s3, s3 => s3.head_bucket().bucket("b"))).await,
        emitted(
            "S3, an object",
            nothing,
            of!(aws_sdk_s3, s3 => s3.delete_object().bucket("b").key("k")),
        )
        .await,
        emitted(
            "S3 `DeleteObjects`",
            deleted,
            of!(aws_sdk_s3, s3 => s3.delete_objects().bucket("b").delete(objects)),
        )
        .await,
        emitted(
            "S3, a part that is copied",
            copied,
            of!(aws_sdk_s3, s3 => s3.upload_part_copy().bucket("b").key("k").copy_source("b/c")
                .upload_id("u").part_number(1)),
        )
        .await,
    ]
}

impl Emitted {
    fn without(mut self, metrics: &[&str]) -> Self {
        self.metrics.retain(|metric| !metrics.contains(&metric.as_str()));
        self
    }
}

#[tokio::test]
async fn the_readme_has_what_is_emitted() {
    let emitted = every_operation().await;
    let common: BTreeSet<&str> = emitted[0].keys();
    let calls = emitted.iter().filter(|emitted| emitted.span.name != "process orders");
    for call in calls {
        assert!(common.is_subset(&call.keys()), "{}", call.operation);
    }
    let listed: BTreeSet<&str> =
        block("common").trim().split("`, `").map(|key| key.trim_matches('`')).collect();
    assert_eq!(listed, common);

    let rows: Vec<String> = emitted.iter().map(|emitted| emitted.row(&common)).collect();
    // Lines are wrapped there.
    let listed: Vec<&str> = block("operations").split_whitespace().collect();
    let expected = rows.join("\n");
    let words: Vec<&str> = expected.split_whitespace().collect();
    assert!(listed == words, "the README should have this list:\n{expected}");
}

fn block(name: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- begin {name} -->")).unwrap();
    rest.split_once(&format!("<!-- end {name} -->")).unwrap().0
}

/// A list of JSON texts as their values, whose keys have no order; other text as it is.
fn without_key_order(text: &str) -> serde_json::Value {
    let texts = serde_json::from_str::<Vec<String>>(text).unwrap_or_else(|_| vec![text.to_owned()]);
    let value =
        |text: String| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
    texts.into_iter().map(value).collect()
}

#[tokio::test]
async fn services_add_these_values() {
    let emitted = every_operation().await;
    let check = |operation: &str, key: &str, expected: &str| {
        let mut found = emitted.iter().filter(|it| it.operation.contains(operation));
        let span = &found.next().unwrap().span;
        let value = span.attribute(key).map(ToString::to_string);
        // JSON in a text keeps or sorts its keys, as a feature of `serde_json` has it.
        let value = value.map(|value| without_key_order(&value));
        assert_eq!(value, Some(without_key_order(expected)), "{operation} {key}");
    };
    let index = |name: &str, rest: &str| {
        format!(
            r#"{{"IndexName":"{name}","KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}]{rest}}}"#
        )
    };
    let capacity = r#"{"ReadCapacityUnits":3,"WriteCapacityUnits":4}"#;
    let global = index(
        "g",
        &format!(
            r#","Projection":{{"NonKeyAttributes":["n"],"ProjectionType":"INCLUDE"}},"ProvisionedThroughput":{capacity}"#
        ),
    );
    let local = index("l", r#","Projection":{}"#);
    let definition = r#"{"AttributeName":"id","AttributeType":"S"}"#;
    let collection = r#"{"ItemCollectionKey":{"id":"****"},"SizeEstimateRangeGB":[0.5,1.0]}"#;
    let quoted = |text: &str| format!("[{text:?}]");

    check("`PutItem`", "aws.dynamodb.item_collection_metrics", &format!("{collection:?}"));
    let collections = format!(r#"{{"t":[{collection}]}}"#);
    check("`BatchWriteItem`", "aws.dynamodb.item_collection_metrics", &format!("{collections:?}"));
    check("`BatchWriteItem`", "db.operation.name", "\"BATCH PutItem\"");
    check("`BatchWriteItem`", "db.operation.batch.size", "3");
    check("`BatchGetItem`", "db.operation.name", "\"BATCH GetItem\"");
    check("`BatchGetItem`", "db.operation.batch.size", "2");
    check("`GetItem`", "aws.dynamodb.attributes_to_get", &quoted("id"));
    check("`GetItem`", "aws.dynamodb.projection", "\"id\"");
    check("`CreateTable`", "aws.dynamodb.attribute_definitions", &quoted(definition));
    check("`CreateTable`", "aws.dynamodb.global_secondary_indexes", &quoted(&global));
    check("`CreateTable`", "aws.dynamodb.local_secondary_indexes", &quoted(&local));
    check("`CreateTable`", "aws.dynamodb.provisioned_read_capacity", "3.0");
    check("`CreateTable`", "aws.dynamodb.provisioned_write_capacity", "4.0");
    let update = r#"{"Delete":{"IndexName":"i"}}"#;
    check("`UpdateTable`", "aws.dynamodb.global_secondary_index_updates", &quoted(update));
    check("`UpdateTable`", "aws.dynamodb.attribute_definitions", &quoted(definition));
    check("`ListTables`", "aws.dynamodb.exclusive_start_table", "\"s\"");
    check("`ListTables`", "aws.dynamodb.table_count", "2");
    check("`ListTables`", "aws.dynamodb.limit", "2");
    check("`DeleteObjects`", "aws.s3.delete", "\"Objects=[{Key=k}],Quiet=false\"");
}
