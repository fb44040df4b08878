//! What must never leave, whatever is recorded.

use mongodb::Client;
use mongodb::bson::{Binary, doc, spec::BinarySubtype};
use mongodb::options::ClientOptions;
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, assert_trees};

use crate::support::{command, in_database, otel, products};

#[tokio::test]
async fn no_secret_is_recorded() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    // Only the stub's monitor is spoken to under these names: it knows no authentication, and so
    // nothing is sent.
    let uri =
        format!("mongodb://{}/shop?directConnection=true&appName=planted-app", stub.address());
    let mut options = ClientOptions::parse(uri).await.expect("options");
    options.retry_reads = Some(false);
    let client = Client::with_options(otel(&capture).with_query_text(true).instrument(options))
        .expect("a client");
    let (products, database) = (products(&client), client.database("shop"));

    let secret = Binary { subtype: BinarySubtype::Generic, bytes: b"planted".to_vec() };
    let document = doc! { "name": "planted", "in": [{ "deep": ["planted"] }], "bytes": secret, "planted@x": 1 };
    products.insert_one(document.clone()).await.expect("an answer");
    products.find_one(document.clone()).comment("planted".to_owned()).await.expect("an answer");
    products
        .update_one(document.clone(), doc! { "$set": document.clone() })
        .await
        .expect("an answer");
    products
        .aggregate([doc! { "$match": document }, doc! { "$out": "planted" }])
        .await
        .expect("an answer");
    let user = doc! { "createUser": "planted", "pwd": "planted", "roles": ["planted"] };
    database.run_command(user).await.expect("an answer");
    database.run_command(doc! { "dropUser": "planted" }).await.expect("an answer");
    stub.reply("find", MongoReply::error(2, "BadValue"));
    products.find_one(doc! {}).await.expect_err("a scripted failure");

    let everything = capture.export_text();
    assert!(everything.contains("createUser") && !everything.contains("planted"), "{everything}");
    let (insert, find) = (command(&stub, "insert"), command(&stub, "find"));
    let spans = [
        insert.attr(
            "db.query.text",
            r#"{"insert": "products", "ordered": "?", "documents": [{"_id": "?", "name": "?", "in": [{"deep": ["?"]}], "bytes": "?", "?": "?"}]}"#,
        ),
        find.subset(),
        command(&stub, "update").subset(),
        command(&stub, "aggregate").subset(),
        // Redacted by the driver: there is no document to make a text of.
        in_database(&stub, "createUser", "shop", "createUser shop"),
        in_database(&stub, "dropUser", "shop", "dropUser shop").attr("db.query.text", r#"{"dropUser": "?"}"#),
        command(&stub, "find").subset().attr("db.response.status_code", "2").error("2"),
    ];
    assert_trees(&capture.spans(), spans);
}
