//! Commands and replies as attributes: only when asked for, masked, and failures too.

use mongodb::bson::doc;
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, Span};

use crate::support::{client, otel, products};

const REQUEST: &str = "db.request.body";
const RESPONSE: &str = "db.response.body";

fn body<'a>(span: &'a Span, key: &str) -> &'a str {
    span.attribute(key).and_then(|body| body.as_str()).expect("a body")
}

#[tokio::test]
async fn command_and_reply_are_captured_and_masked() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture).with_payload_capture(true)).await;
    let filter = doc! { "name": "joe", "password": "S3CRET", "deep": [{ "token": "S3CRET" }] };
    products(&client).find_one(filter).await.expect("an answer");
    stub.reply("insert", MongoReply::error(11000, "DuplicateKey"));
    products(&client).insert_one(doc! { "_id": 1 }).await.expect_err("a scripted failure");
    let database = client.database("shop");
    let user = doc! { "createUser": "joe", "pwd": "S3CRET", "roles": [] };
    database.run_command(user).await.expect("an answer");

    let find = capture.span("find products");
    let sent = body(&find, REQUEST);
    let filter = r#""filter":{"name":"joe","password":"****","deep":[{"token":"****"}]}"#;
    assert!(sent.starts_with(r#"{"find":"products","#) && sent.contains(filter), "{sent}");
    assert!(body(&find, RESPONSE).contains(r#""firstBatch":"#), "{}", body(&find, RESPONSE));
    let insert = capture.span("insert products");
    assert!(body(&insert, REQUEST).contains(r#""documents":[{"_id":1}]"#));
    assert!(body(&insert, RESPONSE).contains(r#""code":11000"#), "{}", body(&insert, RESPONSE));
    let hidden = capture.span("createUser shop");
    assert_eq!(hidden.attribute(REQUEST), None, "the driver hides it");
    assert!(!capture.export_text().contains("S3CRET"), "{}", capture.export_text());
}

#[tokio::test]
async fn nothing_is_captured_unless_asked_for() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    products(&client).find_one(doc! {}).await.expect("an answer");
    let find = capture.span("find products");
    assert_eq!((find.attribute(REQUEST), find.attribute(RESPONSE)), (None, None));
}
