//! Keeps a song in a collection.

#[cfg_attr(feature = "mongodb-2", path = "version_2.rs")]
#[cfg_attr(not(feature = "mongodb-2"), path = "version_3.rs")]
mod calls;

use std::env;
use std::error::Error;

use mongodb::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::with_uri_str(env::var("MONGODB_URI")?).await?;
    Ok(calls::keep(&client.database("otelier_edits").collection("songs")).await?)
}
