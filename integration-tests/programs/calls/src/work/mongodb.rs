//! Commands of a MongoDB client, in a database of their own.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection, Database, IndexModel};
use tokio::net::TcpListener;

use super::{Result, calls, tell, variable};
use crate::libraries;

calls! { Products:
    found found_none found_all found_in_batches cursor_dropped
    inserted inserted_many inserted_twice inserted_many_twice
    updated replaced deleted found_and_updated counted distinct aggregated
    index collections dropped command no_command bad_operator
    in_transaction two_at_once cancelled unreachable
}

/// A database with a collection of products.
struct Products {
    client: Client,
    database: Database,
    products: Collection<Document>,
}

pub(super) async fn run(name: &str) -> Result {
    let mut options = ClientOptions::parse(variable("MONGODB_URI")?).await?;
    let database = format!("otelier_calls_{}", std::process::id());
    tell("DATABASE", &database);
    options.default_database = Some(database.clone());
    // Else it depends on the time how many connections there are.
    options.max_pool_size = Some(if name == "two_at_once" { 2 } else { 1 });
    let client = Client::with_options(libraries::options(options))?;
    let database = client.database(&database);
    let products = database.collection("products");
    let it = Products { client, database, products };
    let done = async {
        it.products.insert_many((1..=5).map(|n| doc! { "_id": n, "n": n })).await?;
        call(name, &it).await
    };
    let done = done.await;
    it.database.drop().await?;
    let Products { client, database, products } = it;
    drop((database, products));
    client.shutdown().await;
    done
}

async fn found(it: &Products) -> Result {
    let filter = doc! { "n": { "$gt": 3 }, "token": { "$ne": "planted" } };
    assert!(it.products.find_one(filter).await?.is_some());
    Ok(())
}

async fn found_none(it: &Products) -> Result {
    assert_eq!(it.products.find_one(doc! { "n": "none" }).await?, None);
    Ok(())
}

async fn found_all(it: &Products) -> Result {
    let all: Vec<_> = it.products.find(doc! {}).await?.try_collect().await?;
    assert_eq!(all.len(), 5);
    Ok(())
}

async fn found_in_batches(it: &Products) -> Result {
    let mut all = it.products.find(doc! {}).batch_size(2).await?;
    while all.advance().await? {}
    Ok(())
}

async fn cursor_dropped(it: &Products) -> Result {
    let mut all = it.products.find(doc! {}).batch_size(1).await?;
    assert!(all.advance().await?);
    Ok(())
}

async fn inserted(it: &Products) -> Result {
    it.products.insert_one(doc! { "_id": 6, "password": "planted" }).await?;
    Ok(())
}

async fn inserted_many(it: &Products) -> Result {
    it.products.insert_many((6..9).map(|n| doc! { "_id": n })).await?;
    Ok(())
}

async fn inserted_twice(it: &Products) -> Result {
    it.products.insert_one(doc! { "_id": 1 }).await.expect_err("a duplicate");
    Ok(())
}

async fn inserted_many_twice(it: &Products) -> Result {
    let documents = (4..9).map(|n| doc! { "_id": n });
    it.products.insert_many(documents).await.expect_err("two duplicates");
    Ok(())
}

async fn updated(it: &Products) -> Result {
    it.products.update_one(doc! { "_id": 1 }, doc! { "$set": { "n": 7 } }).await?;
    it.products.update_many(doc! {}, doc! { "$inc": { "n": 1 } }).await?;
    let none = it.products.update_one(doc! { "_id": 9 }, doc! { "$set": { "n": 9 } });
    none.upsert(true).await?;
    Ok(())
}

async fn replaced(it: &Products) -> Result {
    it.products.replace_one(doc! { "_id": 1 }, doc! { "n": 9 }).await?;
    Ok(())
}

async fn deleted(it: &Products) -> Result {
    it.products.delete_one(doc! { "_id": 1 }).await?;
    it.products.delete_many(doc! {}).await?;
    Ok(())
}

async fn found_and_updated(it: &Products) -> Result {
    it.products.find_one_and_update(doc! { "_id": 1 }, doc! { "$set": { "n": 9 } }).await?;
    Ok(())
}

async fn counted(it: &Products) -> Result {
    it.products.count_documents(doc! { "n": { "$gt": 1 } }).await?;
    it.products.estimated_document_count().await?;
    Ok(())
}

async fn distinct(it: &Products) -> Result {
    it.products.distinct("n", doc! {}).await?;
    Ok(())
}

async fn aggregated(it: &Products) -> Result {
    let sum = doc! { "$group": { "_id": null, "sum": { "$sum": "$n" } } };
    let _: Vec<Document> = it.products.aggregate([sum]).await?.try_collect().await?;
    Ok(())
}

async fn index(it: &Products) -> Result {
    it.products.create_index(IndexModel::builder().keys(doc! { "n": 1 }).build()).await?;
    it.products.list_index_names().await?;
    Ok(())
}

async fn collections(it: &Products) -> Result {
    it.database.list_collection_names().await?;
    Ok(())
}

async fn dropped(it: &Products) -> Result {
    it.products.drop().await?;
    Ok(())
}

async fn command(it: &Products) -> Result {
    it.database.run_command(doc! { "ping": 1 }).await?;
    Ok(())
}

async fn no_command(it: &Products) -> Result {
    // The stand-in of a server says yes to every command.
    let _ = it.database.run_command(doc! { "unheardOf": 1 }).await;
    Ok(())
}

async fn bad_operator(it: &Products) -> Result {
    let _ = it.products.find_one(doc! { "n": { "$unheardOf": 1 } }).await;
    Ok(())
}

async fn in_transaction(it: &Products) -> Result {
    let mut session = it.client.start_session().await?;
    session.start_transaction().await?;
    // A server without a replica set refuses it.
    let _ = it.products.insert_one(doc! { "_id": 7 }).session(&mut session).await;
    let _ = session.abort_transaction().await;
    Ok(())
}

async fn two_at_once(it: &Products) -> Result {
    let one = it.products.find_one(doc! { "_id": 1 });
    let two = it.products.find_one(doc! { "_id": 2 });
    let (one, two) = tokio::join!(one.into_future(), two.into_future());
    assert!(one?.is_some() && two?.is_some());
    Ok(())
}

async fn cancelled(it: &Products) -> Result {
    drop(it.products.find_one(doc! {}).into_future());
    Ok(())
}

async fn unreachable(_: &Products) -> Result {
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    tell("CLOSED", closed.port());
    let uri = format!("mongodb://{closed}/?directConnection=true");
    let mut options = ClientOptions::parse(uri).await?;
    options.server_selection_timeout = Some(Duration::from_millis(200));
    let client = Client::with_options(libraries::options(options))?;
    let products = client.database("shop").collection::<Document>("products");
    products.find_one(doc! {}).await.expect_err("nobody listens");
    drop(products);
    client.shutdown().await;
    Ok(())
}
