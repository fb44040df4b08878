//! The MongoDB driver 3 and 2.8: the same commands, by each one's own calls.

use crate::Result;
use crate::telemetry::Telemetry;

pub(crate) async fn compare(uri: &str) -> Result {
    newest(uri).await?;
    older(uri).await
}

/// The database of each line, and what stands for it in what is printed.
fn database(line: &str) -> String {
    format!("otelier_lines_{}_{line}", std::process::id())
}

fn print(telemetry: &Telemetry, line: &str) -> Result {
    telemetry.print(line, &[(database(line), "DATABASE")])
}

async fn newest(uri: &str) -> Result {
    use mongodb::bson::{Document, doc};
    use mongodb::{Client, options::ClientOptions};

    let telemetry = Telemetry::new();
    let handlers = otelier_mongodb::builder()
        .with_tracer_provider(telemetry.tracers.clone())
        .with_meter_provider(telemetry.meters.clone())
        .with_query_text(true);
    let mut options = ClientOptions::parse(uri).await?;
    options.default_database = Some(database("newest"));
    let client = Client::with_options(handlers.instrument(options))?;
    let database = client.database(&database("newest"));
    let products = database.collection::<Document>("products");
    products.insert_many([doc! { "_id": 1, "n": 1 }, doc! { "_id": 2, "n": 2 }]).await?;
    products.count_documents(doc! { "n": { "$gt": 1 } }).await?;
    let mut all = products.find(doc! {}).batch_size(1).await?;
    while all.advance().await? {}
    products.update_one(doc! { "_id": 1 }, doc! { "$set": { "n": 3 } }).await?;
    products.delete_many(doc! { "n": 3 }).await?;
    products.insert_one(doc! { "_id": 2 }).await.expect_err("a duplicate");
    // The stand-in of a server says yes to every command.
    drop(database.run_command(doc! { "noSuchCommand": 1 }).await);
    database.drop().await?;
    print(&telemetry, "newest")
}

async fn older(uri: &str) -> Result {
    use mongodb_2_8::bson::{Document, doc};
    use mongodb_2_8::options::FindOptions;
    use mongodb_2_8::{Client, options::ClientOptions};

    let telemetry = Telemetry::new();
    let handlers = otelier_mongodb::mongodb_2_8::builder()
        .with_tracer_provider(telemetry.tracers.clone())
        .with_meter_provider(telemetry.meters.clone())
        .with_query_text(true);
    let mut options = ClientOptions::parse(uri).await?;
    options.default_database = Some(database("older"));
    let client = Client::with_options(handlers.instrument(options))?;
    let database = client.database(&database("older"));
    let products = database.collection::<Document>("products");
    products.insert_many([doc! { "_id": 1, "n": 1 }, doc! { "_id": 2, "n": 2 }], None).await?;
    products.count_documents(doc! { "n": { "$gt": 1 } }, None).await?;
    let one = FindOptions::builder().batch_size(1).build();
    let mut all = products.find(doc! {}, one).await?;
    while all.advance().await? {}
    products.update_one(doc! { "_id": 1 }, doc! { "$set": { "n": 3 } }, None).await?;
    products.delete_many(doc! { "n": 3 }, None).await?;
    products.insert_one(doc! { "_id": 2 }, None).await.expect_err("a duplicate");
    drop(database.run_command(doc! { "noSuchCommand": 1 }, None).await);
    database.drop(None).await?;
    print(&telemetry, "older")
}
