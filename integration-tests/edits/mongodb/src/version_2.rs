//! The calls of mongodb 2, which have options.

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;

pub(crate) async fn keep(songs: &Collection<Document>) -> Result<()> {
    songs.insert_one(doc! { "_id": 1, "title": "one" }, None).await?;
    assert!(songs.find_one(doc! { "_id": 1 }, None).await?.is_some());
    songs.delete_one(doc! { "_id": 1 }, None).await?;
    Ok(())
}
