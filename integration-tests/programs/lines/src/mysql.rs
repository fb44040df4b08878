//! mysql_async 0.37 and 0.36.

mod newest;
mod older;

use crate::Result;

pub(crate) async fn compare(url: &str) -> Result {
    newest::work::run(url, "newest").await?;
    older::work::run(url, "older").await
}
