//! The tables of the README are what the code emits.
#![cfg(all(feature = "sqs", feature = "sns", feature = "dynamodb", feature = "s3"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, Select};
use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    SendMessageBatchRequestEntry,
};
use aws_types::SdkConfig;
use otelier_aws::OtelInterceptor;
use otelier_testing::{Capture, Span};

use support::{QUEUE_URL, Reply, Service, TOPIC_ARN, interceptor, json, xml};

const README: &str = include_str!("../README.md");

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
        let quoted = |names: Vec<&str>| match names.is_empty() {
            true => String::new(),
            false => format!("`{}`", names.join("`, `")),
        };
        let attributes =
            quoted(self.keys().into_iter().filter(|key| !common.contains(key)).collect());
        let metrics = quoted(self.metrics.iter().map(String::as_str).collect());
        format!("| {} | `{name}` | {kind} | {attributes} | {metrics} |", self.operation)
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
            "Count":1,"ScannedCount":2,"ConsumedCapacity":{"TableName":"t","CapacityUnits":1}}"#,
    )
}

fn batch_answer() -> Reply {
    json(r#"{"ConsumedCapacity":[{"TableName":"t","CapacityUnits":1}]}"#)
}

fn published() -> Reply {
    xml(
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    )
}

fn published_batch() -> Reply {
    xml("<PublishBatchResponse><PublishBatchResult></PublishBatchResult></PublishBatchResponse>")
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

    vec![
        emitted("any other", answer, of!(aws_sdk_sqs, sqs => sqs.list_queues())).await,
        emitted("SQS `SendMessage`", answer, of!(aws_sdk_sqs, sqs => sqs.send_message().queue_url(QUEUE_URL).message_body("x"))).await,
        emitted("SQS `SendMessageBatch`", answer, of!(aws_sdk_sqs, sqs => sqs.send_message_batch().queue_url(QUEUE_URL).entries(entry))).await,
        emitted("SQS `ReceiveMessage`", answer, of!(aws_sdk_sqs, sqs => sqs.receive_message().queue_url(QUEUE_URL))).await,
        emitted("SQS, a message `scoped`", answer, |config, interceptor| async move {
            let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor);
            let received = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
            otelier_aws::sqs::scoped(&received).for_each(|_| async {}).await;
        })
        .await
        .without(&["messaging.client.consumed.messages", "messaging.client.operation.duration"]),
        emitted("SQS `DeleteMessage`", answer, of!(aws_sdk_sqs, sqs => sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r"))).await,
        emitted("SQS `DeleteMessageBatch`", answer, of!(aws_sdk_sqs, sqs => sqs.delete_message_batch().queue_url(QUEUE_URL).entries(delete))).await,
        emitted("SQS `ChangeMessageVisibility`", answer, of!(aws_sdk_sqs, sqs => sqs.change_message_visibility().queue_url(QUEUE_URL).receipt_handle("r").visibility_timeout(1))).await,
        emitted("SQS `ChangeMessageVisibilityBatch`", answer, of!(aws_sdk_sqs, sqs => sqs.change_message_visibility_batch().queue_url(QUEUE_URL).entries(change))).await,
        emitted("SNS `Publish`", published, of!(aws_sdk_sns, sns => sns.publish().topic_arn(TOPIC_ARN).message("x"))).await,
        emitted("SNS `PublishBatch`", published_batch, of!(aws_sdk_sns, sns => sns.publish_batch().topic_arn(TOPIC_ARN).publish_batch_request_entries(publication))).await,
        emitted("DynamoDB `PutItem`, `UpdateItem`, `DeleteItem`", answer, of!(aws_sdk_dynamodb, db => db.put_item().table_name("t").set_item(Some(key())).return_consumed_capacity(ReturnConsumedCapacity::Total))).await,
        emitted("DynamoDB `GetItem`", answer, of!(aws_sdk_dynamodb, db => db.get_item().table_name("t").set_key(Some(key())).consistent_read(true).return_consumed_capacity(ReturnConsumedCapacity::Total))).await,
        emitted("DynamoDB `Query`", answer, of!(aws_sdk_dynamodb, db => db.query().table_name("t").index_name("i").limit(1).select(Select::Count).consistent_read(true).scan_index_forward(true))).await,
        emitted("DynamoDB `Scan`", answer, of!(aws_sdk_dynamodb, db => db.scan().table_name("t").index_name("i").limit(1).select(Select::Count).consistent_read(true).segment(0).total_segments(1))).await,
        emitted("DynamoDB `BatchGetItem`, `BatchWriteItem`, `TransactGetItems`, `TransactWriteItems`", batch_answer, of!(aws_sdk_dynamodb, db => db.batch_get_item().request_items("t", keys.clone()).request_items("u", keys))).await,
        emitted("S3, a bucket", nothing, of!(aws_sdk_s3, s3 => s3.head_bucket().bucket("b"))).await,
        emitted("S3, an object", nothing, of!(aws_sdk_s3, s3 => s3.delete_object().bucket("b").key("k"))).await,
        emitted("S3, a part that is copied", copied, of!(aws_sdk_s3, s3 => s3.upload_part_copy().bucket("b").key("k").copy_source("b/c").upload_id("u").part_number(1))).await,
    ]
}

impl Emitted {
    fn without(mut self, metrics: &[&str]) -> Self {
        self.metrics.retain(|metric| !metrics.contains(&metric.as_str()));
        self
    }
}

#[tokio::test]
async fn the_tables_are_what_the_code_emits() {
    let emitted = every_operation().await;
    let common: BTreeSet<&str> = emitted[0].keys();
    let calls = emitted.iter().filter(|emitted| emitted.span.name != "process orders");
    for call in calls {
        assert!(common.is_subset(&call.keys()), "{}", call.operation);
    }
    let listed: BTreeSet<&str> =
        block("common").trim().split("`, `").map(|key| key.trim_matches('`')).collect();
    assert_eq!(listed, common);

    let head = "| operation | span | kind | attributes | metrics |\n|---|---|---|---|---|";
    let rows: Vec<String> = emitted.iter().map(|emitted| emitted.row(&common)).collect();
    let table = format!("\n{head}\n{}\n", rows.join("\n"));
    assert!(block("operations") == table, "the README should have this table:\n{table}");
}

fn block(name: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- begin {name} -->")).unwrap();
    rest.split_once(&format!("<!-- end {name} -->")).unwrap().0
}
