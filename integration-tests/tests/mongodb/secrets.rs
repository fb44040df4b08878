//! Nothing that is planted comes out anywhere.

use integration_tests::Diagnostics;
use mongodb::Client;
use mongodb::bson::{Binary, Bson, Document, Regex, doc, spec::BinarySubtype};
use mongodb::options::{ClientOptions, Credential};

use super::support::{Database, on_both_runtimes, points_with, receiver};

on_both_runtimes!(nothing_that_is_planted_is_exported);

/// Occurs in every secret, and in nothing else.
const PLANTED: &str = "hunter2";

fn secrets() -> Document {
    doc! {
        "text": "hunter2-a",
        "list": ["hunter2-b", { "deep": { "er": "hunter2-c" } }],
        "bytes": Binary { subtype: BinarySubtype::Generic, bytes: b"hunter2-d".to_vec() },
        "number": 4_111_111_111_111_111_i64,
        "symbol": Bson::Symbol("hunter2-e".to_owned()),
        "visits": { "hunter2@example": 1 },
    }
}

/// Each must reach the server; what the server makes of it does not matter.
async fn tell_secrets(client: &Client, name: &str) {
    let database = client.database(name);
    let products = database.collection::<Document>("products");
    let _ = products.insert_one(secrets()).await;
    let _ = products.insert_many([secrets(), secrets()]).await;
    let _ = products.find_one(secrets()).comment("hunter2-f".to_owned()).await;
    let pattern = Regex { pattern: "hunter2-g".to_owned(), options: String::new() };
    let _ = products
        .find_one(doc! { "text": { "$regex": pattern }, "$where": "this.a == 'hunter2-h'" })
        .await;
    let _ = products.update_many(secrets(), doc! { "$set": secrets() }).upsert(true).await;
    let _ = products.replace_one(secrets(), secrets()).await;
    let _ = products.delete_one(doc! { "text": { "$in": ["hunter2-i", "hunter2-j"] } }).await;
    let _ = products.distinct("text", secrets()).await;
    let _ = products
        .aggregate([doc! { "$match": secrets() }, doc! { "$set": { "b": "hunter2-k" } }])
        .await;
    let _ = products.find_one_and_delete(secrets()).await;
    // The server repeats the key in its message.
    let _ = products.insert_one(doc! { "_id": "hunter2-l" }).await;
    let _ = products.insert_one(doc! { "_id": "hunter2-l" }).await;
    let _ = database
        .run_command(doc! { "createUser": "hunter2-m", "pwd": "hunter2-n", "roles": [] })
        .await;
    let _ = database.run_command(doc! { "updateUser": "hunter2-m", "pwd": "hunter2-o" }).await;
    let _ = database.run_command(doc! { "dropUser": "hunter2-m" }).await;
    let _ = database.run_command(doc! { "find": "products", "filter": "hunter2-p" }).await;
    let _ = database
        .run_command(doc! { "unheardOf": "hunter2-q", "with": { "more": "hunter2-r" } })
        .await;
}

async fn nothing_that_is_planted_is_exported(db: &Database) {
    let diagnostics = Diagnostics::heard();
    let with_text =
        otelier::mongodb::builder().with_query_text(true).with_noise_filter(false).build();
    let client = Client::with_options(with_text.instrument(db.options())).unwrap();
    tell_secrets(&client, &db.name).await;
    tell_secrets(&db.client(), &db.name).await;

    // Credentials, where they are refused and where no server listens.
    let mut refused = db.options();
    refused.credential = Some(
        Credential::builder()
            .username("hunter2-s".to_owned())
            .password("hunter2-t".to_owned())
            .build(),
    );
    let refused = Client::with_options(with_text.instrument(refused)).unwrap();
    refused.database(&db.name).run_command(doc! { "dbStats": 1 }).await.unwrap_err();
    let nowhere = "mongodb://hunter2-u:hunter2-v@127.0.0.1:1/?serverSelectionTimeoutMS=200";
    let nowhere = ClientOptions::parse(nowhere).await.unwrap();
    let nowhere = Client::with_options(with_text.instrument(nowhere)).unwrap();
    nowhere.database(&db.name).run_command(doc! { "dbStats": 1 }).await.unwrap_err();

    let spans = receiver().spans();
    let ours = spans
        .iter()
        .filter(|span| span.attribute("db.namespace") == Some(&db.name.as_str().into()));
    let (with, without): (Vec<_>, Vec<_>) =
        ours.partition(|span| span.attribute("db.query.text").is_some());
    // Both clients told all; the commands that the driver redacts have no text in either.
    assert!(
        with.len() >= 15 && without.len() >= 17,
        "{} and {}: too little was tried",
        with.len(),
        without.len()
    );
    assert!(!points_with("db.namespace", &db.name).is_empty());
    assert_holds_nothing("the export", &receiver().export_text());
    assert_holds_nothing("a diagnostic", &diagnostics.text());
}

#[track_caller]
fn assert_holds_nothing(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what} is empty");
    for secret in [PLANTED, "4111111111111111", "aHVudGVy"] {
        if let Some(at) = text.find(secret) {
            let from = text[..at].char_indices().rev().nth(300).map_or(0, |(index, _)| index);
            panic!("{what} has {secret:?}: …{}", &text[from..at + secret.len()]);
        }
    }
}
