//! The calls of mongodb 3.

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;

pub(crate) async fn keep(songs: &Collection<Document>) -> Result<()> {
    songs.insert_one(doc! { "_id": 1, "title": "one" }).await?;
    assert!(songs.find_one(doc! { "_id": 1 }).await?.is_some());
    songs.delete_one(doc! { "_id": 1 }).await?;
    Ok(())
}
