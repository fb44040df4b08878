//! One program, run by the driver alone and with our handlers: nothing in its results tells which.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, Result};
use mongodb::options::{IndexOptions, ReturnDocument};
use mongodb::{Client, IndexModel};
use opentelemetry::trace::TraceId;

use super::support::{Database, on_both_runtimes, spans_of, traced};

on_both_runtimes!(driver_results_are_unchanged);

/// What came of each step.
#[derive(Default)]
struct Log(Vec<String>);

impl Log {
    fn note<T: std::fmt::Debug>(&mut self, step: &str, result: Result<T>) {
        self.0.push(match result {
            Ok(value) => format!("{step}: {value:?}"),
            Err(error) => format!("{step}: {}", told(&error)),
        });
    }
}

/// An error without what differs from run to run: the cluster's time, and addresses of ports.
fn told(error: &Error) -> String {
    let mut labels: Vec<_> = error.labels().iter().cloned().collect();
    labels.sort();
    format!("{:?} {labels:?}", error.kind)
}

async fn program(client: &Client, name: &str) -> Log {
    let mut log = Log::default();
    let database = client.database(name);
    let things = database.collection::<Document>("things");
    log.note("start", things.drop().await);

    log.note("insert one", things.insert_one(doc! { "_id": 1, "n": 1 }).await);
    log.note("insert a duplicate", things.insert_one(doc! { "_id": 1 }).await);
    log.note(
        "insert many",
        things
            .insert_many((2..30).map(|n| doc! { "_id": n, "n": n }))
            .await
            .map(|it| it.inserted_ids.len()),
    );
    log.note(
        "insert many, some twice",
        things.insert_many((28..33).map(|n| doc! { "_id": n, "n": n })).await,
    );
    let unordered = things.insert_many((29..36).map(|n| doc! { "_id": n, "n": n })).ordered(false);
    log.note(
        "insert many, unordered",
        unordered.await.map_err(|error| Error::custom(told(&error).len())),
    );
    log.note("find one", things.find_one(doc! { "n": { "$gt": 3 } }).sort(doc! { "n": 1 }).await);
    log.note("find none", things.find_one(doc! { "n": "none" }).await);
    let few = things
        .find(doc! { "n": { "$gte": 5 } })
        .sort(doc! { "n": 1 })
        .batch_size(3)
        .limit(10)
        .await;
    log.note(
        "find in batches",
        match few {
            Ok(cursor) => cursor.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        },
    );
    log.note("find with a bad operator", things.find_one(doc! { "n": { "$unheardOf": 1 } }).await);
    log.note("count", things.count_documents(doc! { "n": { "$lt": 10 } }).await);
    log.note("estimate", things.estimated_document_count().await);
    log.note("distinct", things.distinct("n", doc! { "n": { "$lt": 4 } }).await);
    log.note(
        "update one",
        things.update_one(doc! { "_id": 1 }, doc! { "$inc": { "n": 100 } }).await,
    );
    log.note(
        "update none",
        things.update_one(doc! { "_id": -1 }, doc! { "$set": { "n": 0 } }).await,
    );
    log.note(
        "upsert",
        things.update_one(doc! { "_id": 99 }, doc! { "$set": { "n": 99 } }).upsert(true).await,
    );
    log.note(
        "update badly",
        things.update_one(doc! { "_id": 1 }, doc! { "$unheardOf": { "n": 1 } }).await,
    );
    log.note("replace", things.replace_one(doc! { "_id": 2 }, doc! { "m": 2 }).await);
    let after = things.find_one_and_update(doc! { "_id": 3 }, doc! { "$set": { "n": 33 } });
    log.note("find and update", after.return_document(ReturnDocument::After).await);
    log.note("find and delete", things.find_one_and_delete(doc! { "_id": 4 }).await);
    log.note("delete", things.delete_many(doc! { "n": { "$gt": 20 } }).await);
    let sum = doc! { "$group": { "_id": null, "sum": { "$sum": "$n" } } };
    log.note(
        "aggregate",
        match things.aggregate([doc! { "$match": { "n": { "$lt": 20 } } }, sum]).await {
            Ok(cursor) => cursor.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        },
    );
    let unique = IndexModel::builder()
        .keys(doc! { "k": 1 })
        .options(IndexOptions::builder().unique(true).build());
    log.note("index", things.create_index(unique.build()).await);
    log.note("list indexes", things.list_index_names().await);
    log.note("list collections", database.list_collection_names().await);
    log.note(
        "a command",
        database.run_command(doc! { "ping": 1 }).await.map(|reply| reply.get("ok").is_some()),
    );
    log.note("no command", database.run_command(doc! { "unheardOf": 1 }).await);

    for commit in [true, false] {
        log.note("a transaction", transaction(client, name, commit).await);
        log.note("what it left", things.count_documents(doc! { "in": commit }).await);
    }
    let dropped = async {
        let mut session = client.start_session().await?;
        session.start_transaction().await?;
        things.insert_one(doc! { "in": "dropped" }).session(&mut session).await
    };
    log.note("a transaction that is dropped", dropped.await.map(|_| ()));
    log.note("end", database.drop().await);
    log
}

async fn transaction(client: &Client, name: &str, commit: bool) -> Result<u64> {
    let things = client.database(name).collection::<Document>("things");
    let mut session = client.start_session().await?;
    session.start_transaction().await?;
    things
        .insert_one(doc! { "_id": i32::from(commit) + 200, "in": commit })
        .session(&mut session)
        .await?;
    let seen = things.count_documents(doc! { "in": commit }).session(&mut session).await?;
    match commit {
        true => session.commit_transaction().await?,
        false => session.abort_transaction().await?,
    }
    Ok(seen)
}

async fn driver_results_are_unchanged(db: &Database) {
    let bare = program(&db.bare, &db.name).await.0;
    let with_text = otelier::mongodb::builder().with_query_text(true).instrument(db.options());
    for client in [db.client(), Client::with_options(with_text).unwrap()] {
        let (log, trace): (Log, TraceId) = traced(program(&client, &db.name)).await;
        assert_eq!(log.0.len(), bare.len());
        for (ours, bare) in log.0.iter().zip(&bare) {
            assert_eq!(ours, bare);
        }
        let spans = spans_of(trace).len();
        assert!(spans > 35, "too little of it was traced: {spans}");
    }
    let failures = bare.iter().filter(|step| step.contains("[")).count();
    assert!(bare.len() > 30 && failures > 3, "the program does too little: {bare:#?}");
}
