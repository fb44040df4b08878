//! Keeps songs in the database whose URL is its argument, and prints what it finds there.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt as _;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Acquire as _, Connection as _, Executor as _};

/// The same for each database: drivers of sqlx have types of their own.
macro_rules! songs {
    ($name:ident, $options:ident) => {
        async fn $name(url: &str) -> Result<(), sqlx::Error> {
            // A temporary table belongs to a connection.
            let pool = $options::new().max_connections(1).connect(url).await?;
            let table = "CREATE TEMPORARY TABLE songs (id INTEGER PRIMARY KEY, title VARCHAR(40))";
            pool.execute(table).await?;

            let mut transaction = pool.begin().await?;
            for (id, title) in [(1, "one"), (2, "two")] {
                let insert = sqlx::query("INSERT INTO songs (id, title) VALUES (?, ?)");
                let done = insert.bind(id).bind(title).execute(&mut *transaction).await?;
                println!("{} is there", done.rows_affected());
            }
            let mut inner = transaction.begin().await?;
            inner.execute("DELETE FROM songs").await?;
            inner.rollback().await?;
            transaction.commit().await?;

            let select = "SELECT id, title FROM songs WHERE id = ?";
            let song: (i32, String) = sqlx::query_as(select).bind(2).fetch_one(&pool).await?;
            println!("{song:?}");
            let none = sqlx::query(select).bind(3).fetch_optional(&pool).await?;
            println!("{}", none.is_none());
            let hidden = "SELECT COUNT(*) FROM songs WHERE title <> 'a secret'";
            let count: i64 = sqlx::query_scalar(hidden).fetch_one(&pool).await?;
            println!("{count} songs");
            {
                let mut all = sqlx::query("SELECT title FROM songs ORDER BY id").fetch(&pool);
                println!("{}", all.try_next().await?.is_some());
                // The others are not read.
            }

            let mut connection = pool.acquire().await?;
            let mut transaction = connection.begin().await?;
            let again = sqlx::query("INSERT INTO songs (id) VALUES (1)");
            let error = again.execute(&mut *transaction).await.unwrap_err();
            println!("{}", error.as_database_error().is_some_and(|it| it.is_unique_violation()));
            // Rolled back by sqlx, when the connection is used again.
            drop(transaction);
            connection.prepare(sqlx::SqlStr::from_static("SELECT 1")).await?;
            connection.ping().await?;
            let error = connection.execute("SELECT title FROM nowhere").await.unwrap_err();
            println!("{}", error.as_database_error().is_some());
            Ok(())
        }
    };
}

songs!(in_mysql, MySqlPoolOptions);
songs!(in_sqlite, SqlitePoolOptions);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("which database?")?;
    match url.starts_with("mysql:") {
        true => in_mysql(&url).await?,
        false => in_sqlite(&url).await?,
    }
    Ok(())
}
