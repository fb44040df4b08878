//! What is fetched bit by bit.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};

use super::support::{Database, on_both_runtimes, receiver};

on_both_runtimes!(a_cursor_fetches_more, a_dropped_cursor_leaves_no_stray_trace,);

async fn a_cursor_fetches_more(db: &Database) {
    db.bare_products().insert_many((0..5).map(|n| doc! { "_id": n })).await.unwrap();
    let products = db.products();
    let expected = ["find", "getMore", "getMore"].map(|name| db.command(name));
    let all: Vec<Document> = db
        .expect(expected, async {
            products.find(doc! {}).batch_size(2).await.unwrap().try_collect().await.unwrap()
        })
        .await;
    assert_eq!(all.len(), 5);
    db.expect_durations([db.timed("find").count(1), db.timed("getMore").count(2)]);
}

async fn a_dropped_cursor_leaves_no_stray_trace(db: &Database) {
    db.bare_products().insert_many((0..5).map(|n| doc! { "_id": n })).await.unwrap();
    let client = db.client();
    let products = client.database(&db.name).collection::<Document>("products");
    db.expect([db.command("find")], async {
        drop(products.find(doc! {}).batch_size(2).await.unwrap());
    })
    .await;
    // Waits for what the driver sends for the cursor, in a task of its own.
    client.shutdown().await;
    // No other span has this database, and none was measured.
    let spans = receiver().spans();
    let ours = spans
        .iter()
        .filter(|span| span.attribute("db.namespace") == Some(&db.name.as_str().into()));
    assert_eq!(ours.map(|span| span.name.as_str()).collect::<Vec<_>>(), ["find products"]);
    db.expect_durations([db.timed("find").count(1)]);
}
