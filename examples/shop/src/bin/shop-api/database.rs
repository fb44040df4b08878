//! The database of articles and orders.

use otelier::mysql::{Conn, Opts, OptsBuilder, Pool, Result, prelude::*};
use tokio::sync::OnceCell;

/// What is in a new database. A name too long for its column is the mistake that each shop has
/// somewhere.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS articles (name VARCHAR(40) PRIMARY KEY, stock INT NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (
        id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
        article VARCHAR(40) NOT NULL,
        customer VARCHAR(40) NOT NULL
    );
    INSERT IGNORE INTO articles VALUES ('teapot', 1000), ('kettle', 1000)";

pub(crate) struct Database {
    server: Opts,
    name: String,
    pool: Pool,
    created: OnceCell<()>,
}

impl Database {
    pub(crate) fn new(url: &str, name: &str) -> Result<Self> {
        let server = Opts::from_url(url)?;
        let opts = OptsBuilder::from_opts(server.clone()).db_name(Some(name));
        // In place of `mysql_async::Pool`: a span and metrics for each statement.
        Ok(Self { server, name: name.to_owned(), pool: Pool::new(opts), created: OnceCell::new() })
    }

    /// Connections to the database, which is created if there is none, as soon as the server can be
    /// reached.
    pub(crate) async fn pool(&self) -> Result<&Pool> {
        self.created.get_or_try_init(|| self.create()).await?;
        Ok(&self.pool)
    }

    async fn create(&self) -> Result<()> {
        let mut conn = Conn::new(self.server.clone()).await?;
        conn.query_drop(format!("CREATE DATABASE IF NOT EXISTS {}", self.name)).await?;
        conn.disconnect().await?;
        TABLES.ignore(&self.pool).await
    }
}
