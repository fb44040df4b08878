//! A server on axum and a client on reqwest: the newest of both, and axum 0.7 with reqwest 0.12.

mod newest;
mod older;

use crate::Result;

pub(crate) async fn compare() -> Result {
    newest::work::run("newest").await?;
    older::work::run("older").await
}
