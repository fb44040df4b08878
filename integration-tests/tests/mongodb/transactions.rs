//! Transactions: the commands in them, and what ends them.

use mongodb::bson::{Document, doc};

use super::support::{Database, on_both_runtimes, spans_of, traced};

on_both_runtimes!(
    a_transaction_is_committed,
    a_transaction_is_aborted,
    a_dropped_session_leaves_no_stray_trace
);

async fn a_transaction_is_committed(db: &Database) {
    db.bare.database(&db.name).create_collection("products").await.unwrap();
    let client = db.client();
    let products = client.database(&db.name).collection::<Document>("products");
    let commit = db.in_database("commitTransaction", "admin", "commitTransaction admin");
    db.expect([db.command("insert"), db.command("update"), commit], async {
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        products.insert_one(doc! { "_id": 1 }).session(&mut session).await.unwrap();
        let set = doc! { "$set": { "price": 1 } };
        products.update_one(doc! { "_id": 1 }, set).session(&mut session).await.unwrap();
        session.commit_transaction().await.unwrap();
    })
    .await;
    assert_eq!(db.bare_products().count_documents(doc! { "price": 1 }).await.unwrap(), 1);
}

async fn a_transaction_is_aborted(db: &Database) {
    db.bare.database(&db.name).create_collection("products").await.unwrap();
    let client = db.client();
    let products = client.database(&db.name).collection::<Document>("products");
    let abort = db.in_database("abortTransaction", "admin", "abortTransaction admin");
    db.expect([db.command("insert"), abort], async {
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        products.insert_one(doc! { "_id": 1 }).session(&mut session).await.unwrap();
        session.abort_transaction().await.unwrap();
    })
    .await;
    assert_eq!(db.bare_products().count_documents(doc! {}).await.unwrap(), 0);
}

async fn a_dropped_session_leaves_no_stray_trace(db: &Database) {
    db.bare.database(&db.name).create_collection("products").await.unwrap();
    let client = db.client();
    let products = client.database(&db.name).collection::<Document>("products");
    let ((), trace) = traced(async {
        let mut session = client.start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        products.insert_one(doc! { "_id": 1 }).session(&mut session).await.unwrap();
    })
    .await;
    // Waits for what the driver sends for the session, in a task of its own.
    client.shutdown().await;
    let names: Vec<_> = spans_of(trace).into_iter().map(|span| span.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let aborted = |span: &otelier_testing::Span| {
        span.name.starts_with("abortTransaction") && span.parent_span_id.is_none()
    };
    assert!(!super::support::receiver().spans().iter().any(aborted));
}
