//! The work in the stores. Each piece has two nested spans of its own, and an error that leaves
//! through them with `?` is recorded on both.

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use otelier::mysql::{self, prelude::*};
use otelier::span;
use redis::{AsyncCommands, RedisResult};

#[derive(clap::Args)]
pub(crate) struct Addresses {
    /// The Redis server.
    #[arg(long, env, hide_env_values = true, default_value = "redis://redis:6379")]
    redis_url: String,

    /// The MongoDB server.
    #[arg(long, env, hide_env_values = true, default_value = "mongodb://mongo:27017")]
    mongodb_uri: String,

    /// The MySQL server.
    #[arg(long, env, hide_env_values = true, default_value = "mysql://root@mysql:3306")]
    mysql_url: String,
}

pub(crate) struct Stores {
    redis: redis::Client,
    mongodb: Collection<Document>,
    mysql: mysql::Pool,
}

impl Stores {
    /// Connects to none of them yet: that is part of each operation.
    pub(crate) async fn new(addresses: &Addresses) -> anyhow::Result<Self> {
        let mut options = ClientOptions::parse(&addresses.mongodb_uri).await?;
        options.server_selection_timeout = Some(Duration::from_secs(2));
        // A span and metrics for each command.
        let mongodb = Client::with_options(otelier::mongodb::instrument(options))?;
        Ok(Self {
            redis: redis::Client::open(addresses.redis_url.as_str())?,
            mongodb: mongodb.database("opentelemetry-tests").collection("tests"),
            // In place of `mysql_async::Pool`: a span and metrics for each statement.
            mysql: mysql::Pool::new(mysql::Opts::from_url(&addresses.mysql_url)?),
        })
    }

    /// Gives `text` to Redis, and takes it from there.
    pub(crate) async fn redis(&self, text: &str) -> RedisResult<String> {
        let operation = async {
            let mut connection = self.redis.get_multiplexed_async_connection().await?;
            connection.set::<_, _, ()>("ping", text).await?;
            connection.get("ping").await
        };
        // The inner one is made inside the outer one, and so it is its child.
        span("redis_integration", async { span("server redis operation", operation).await }).await
    }

    /// Looks for any document.
    pub(crate) async fn mongodb(&self) -> mongodb::error::Result<Option<Document>> {
        // A span for the command; or for the call, where there is no server to send one to.
        let find = self.mongodb.find_one(Document::new());
        let operation = otelier::mongodb::traced("find", &self.mongodb, find);
        span("mongodb_integration", async { span("server mongodb operation", operation).await })
            .await
    }

    /// Has MySQL say `text`.
    pub(crate) async fn sql(&self, text: &str) -> mysql::Result<String> {
        let operation = async {
            let said: Option<String> = "SELECT ?".with((text,)).first(&self.mysql).await?;
            Ok(said.unwrap_or_default())
        };
        span("sql_integration", async { span("server sql operation", operation).await }).await
    }
}
