//! Keeps songs in a table: statements with parameters and without, and one that fails.

use std::env;
use std::error::Error;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Opts, Pool};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(Opts::from_url(&env::var("MYSQL_URL")?)?);
    let mut conn = pool.get_conn().await?;
    let table = "CREATE TEMPORARY TABLE songs (id INT PRIMARY KEY, title VARCHAR(40))";
    conn.query_drop(table).await?;
    let insert = "INSERT INTO songs (id, title) VALUES (?, ?)";
    for song in [(1, "one"), (2, "two")] {
        conn.exec_drop(insert, song).await?;
    }
    let select = "SELECT title FROM songs WHERE id = ?";
    let title: Option<String> = conn.exec_first(select, (2,)).await?;
    assert_eq!(title.as_deref(), Some("two"));
    let mut result = conn.query_iter("SELECT id FROM songs ORDER BY id").await?;
    let all: Vec<u32> = result.collect().await?;
    assert_eq!(all, [1, 2]);
    drop(result);
    let statement = conn.prep("SELECT 1").await?;
    conn.close(statement).await?;
    conn.query_drop("SELECT title FROM nowhere").await.unwrap_err();
    drop(conn);
    Ok(pool.disconnect().await?)
}
