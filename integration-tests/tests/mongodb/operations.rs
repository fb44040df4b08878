//! Operations that succeed.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{InsertOneModel, WriteModel};
use mongodb::{IndexModel, Namespace};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    documents_are_written_and_read,
    several_writes_are_a_batch,
    bulk_write_is_one_command,
    a_bulk_write_that_fails_is_told_by_its_code,
    an_aggregation_joins_collections,
    commands_about_collections_and_databases,
    spawned_work_keeps_its_context,
);

async fn documents_are_written_and_read(db: &Database) {
    let products = db.products();
    let expected =
        ["insert", "find", "update", "findAndModify", "delete"].map(|name| db.command(name));
    db.expect(expected, async {
        products.insert_one(doc! { "_id": 1, "name": "lamp", "price": 12 }).await.unwrap();
        let lamp = products.find_one(doc! { "price": { "$gt": 10 } }).await.unwrap();
        assert_eq!(lamp, Some(doc! { "_id": 1, "name": "lamp", "price": 12 }));
        let updated =
            products.update_one(doc! { "_id": 1 }, doc! { "$set": { "price": 13 } }).await.unwrap();
        assert_eq!(updated.modified_count, 1);
        products
            .find_one_and_update(doc! { "_id": 1 }, doc! { "$inc": { "price": 1 } })
            .await
            .unwrap();
        assert_eq!(products.delete_many(doc! {}).await.unwrap().deleted_count, 1);
    })
    .await;
    db.expect_durations(
        ["insert", "find", "update", "findAndModify", "delete"].map(|name| db.timed(name).count(1)),
    );
}

async fn several_writes_are_a_batch(db: &Database) {
    let products = db.products();
    let expected = [db.command("insert").attr("db.operation.batch.size", 3), db.command("insert")];
    db.expect(expected, async {
        products.insert_many((0..3).map(|n| doc! { "_id": n })).await.unwrap();
        products.insert_many([doc! { "_id": 3 }]).await.unwrap();
    })
    .await;
    assert_eq!(db.bare_products().count_documents(doc! {}).await.unwrap(), 4);
    db.expect_durations([db.timed("insert").count(2)]);
}

fn insert(database: &str, collection: &str, id: i32) -> WriteModel {
    let model = InsertOneModel::builder().namespace(Namespace::new(database, collection));
    model.document(doc! { "_id": id }).build().into()
}

async fn bulk_write_is_one_command(db: &Database) {
    let client = db.client();
    let on_both = db.in_database("bulkWrite", "admin", "bulkWrite admin");
    let expected =
        [db.command("bulkWrite"), on_both].map(|span| span.attr("db.operation.batch.size", 2));
    db.expect(expected, async {
        for (other, ids) in [("products", [1, 2]), ("orders", [3, 4])] {
            let writes = [insert(&db.name, "products", ids[0]), insert(&db.name, other, ids[1])];
            assert_eq!(client.bulk_write(writes).await.unwrap().inserted_count, 2);
        }
    })
    .await;
    assert_eq!(db.bare_products().count_documents(doc! {}).await.unwrap(), 3);
    db.expect_durations([db.timed("bulkWrite").count(1)]);
}

async fn a_bulk_write_that_fails_is_told_by_its_code(db: &Database) {
    let client = db.client();
    let writes = [1, 1].map(|id| insert(&db.name, "products", id));
    let failed = db.command("bulkWrite").attr("db.operation.batch.size", 2);
    let failed = failed.attr("db.response.status_code", "11000").error("11000");
    let error = db.expect([failed], client.bulk_write(writes).into_future()).await.unwrap_err();
    assert!(
        matches!(&*error.kind, ErrorKind::BulkWrite(error) if error.write_errors[&1].code == 11000),
        "{error}"
    );
}

async fn an_aggregation_joins_collections(db: &Database) {
    db.bare_products().insert_many((0..3).map(|n| doc! { "_id": n, "kind": n % 2 })).await.unwrap();
    let kinds = db.bare.database(&db.name).collection::<Document>("kinds");
    kinds.insert_many((0..2).map(|n| doc! { "_id": n })).await.unwrap();
    let products = db.products();
    let lookup =
        doc! { "from": "kinds", "localField": "kind", "foreignField": "_id", "as": "kinds" };
    let pipeline = [doc! { "$match": { "_id": { "$gte": 1 } } }, doc! { "$lookup": lookup }];
    let joined: Vec<Document> = db
        .expect([db.command("aggregate")], async {
            products.aggregate(pipeline).await.unwrap().try_collect().await.unwrap()
        })
        .await;
    assert_eq!(joined.len(), 2);
}

async fn commands_about_collections_and_databases(db: &Database) {
    let client = db.client();
    let database = client.database(&db.name);
    let products = database.collection::<Document>("products");
    let on_collection =
        ["create", "createIndexes", "count", "distinct", "drop"].map(|name| db.command(name));
    let on_database =
        db.in_database("listCollections", &db.name, &format!("listCollections {}", db.name));
    let on_server = db.in_database("listDatabases", "admin", "listDatabases admin");
    db.expect(on_collection.into_iter().chain([on_database, on_server]), async {
        database.create_collection("products").await.unwrap();
        products
            .create_index(IndexModel::builder().keys(doc! { "name": 1 }).build())
            .await
            .unwrap();
        assert_eq!(products.estimated_document_count().await.unwrap(), 0);
        assert_eq!(products.distinct("name", doc! {}).await.unwrap(), []);
        assert_eq!(database.list_collection_names().await.unwrap(), ["products"]);
        assert!(client.list_database_names().await.unwrap().contains(&db.name));
        products.drop().await.unwrap();
        // Says nothing about anybody's work.
        database.run_command(doc! { "ping": 1 }).await.unwrap();
    })
    .await;
}

async fn spawned_work_keeps_its_context(db: &Database) {
    use opentelemetry::trace::FutureExt as _;
    let products = db.products();
    let expected = (0..20).map(|_| db.command("insert"));
    db.expect(expected, async {
        let inserts = (0..20).map(|n| {
            let products = products.clone();
            tokio::spawn(
                async move { products.insert_one(doc! { "_id": n }).await }.with_current_context(),
            )
        });
        for insert in inserts.collect::<Vec<_>>() {
            insert.await.unwrap().unwrap();
        }
    })
    .await;
    db.expect_durations([db.timed("insert").count(20)]);
}
