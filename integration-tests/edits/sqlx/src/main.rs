//! Keeps songs in three databases: statements with parameters and without, transactions, and a
//! statement that fails.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt as _;
use sqlx::Executor as _;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;

/// The same for each database: drivers of sqlx have types of their own, and write parameters in
/// their own way.
macro_rules! songs {
    ($name:ident, $options:ident, $one:literal, $two:literal) => {
        async fn $name(url: &str) -> Result<(), sqlx::Error> {
            // A temporary table belongs to a connection.
            let pool = $options::new().max_connections(1).connect(url).await?;
            let table = "CREATE TEMPORARY TABLE songs (id INTEGER PRIMARY KEY, title VARCHAR(40))";
            pool.execute(table).await?;

            let mut transaction = pool.begin().await?;
            let insert = concat!("INSERT INTO songs (id, title) VALUES (", $one, ", ", $two, ")");
            for (id, title) in [(1, "one"), (2, "two")] {
                sqlx::query(insert).bind(id).bind(title).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;

            let select = concat!("SELECT id, title FROM songs WHERE id = ", $one);
            let song: (i32, String) = sqlx::query_as(select).bind(2).fetch_one(&pool).await?;
            assert_eq!(song, (2, "two".to_owned()));
            {
                let mut all = sqlx::query("SELECT title FROM songs ORDER BY id").fetch(&pool);
                assert!(all.try_next().await?.is_some());
            }

            let mut transaction = pool.begin().await?;
            transaction.execute("DELETE FROM songs").await?;
            transaction.rollback().await?;
            let error = pool.execute("SELECT title FROM nowhere").await.unwrap_err();
            assert!(error.as_database_error().is_some());
            Ok(pool.close().await)
        }
    };
}

songs!(in_mysql, MySqlPoolOptions, "?", "?");
songs!(in_postgres, PgPoolOptions, "$1", "$2");
songs!(in_sqlite, SqlitePoolOptions, "?", "?");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    in_mysql(&env::var("MYSQL_URL")?).await?;
    in_postgres(&env::var("POSTGRES_URL")?).await?;
    in_sqlite("sqlite::memory:").await?;
    Ok(())
}
