//! The work in the stores. Each piece has two nested spans, and an error that leaves through them
//! with `?` is recorded on both.

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use mysql_async::prelude::*;
use ping_manual::span;
use redis::{AsyncCommands, RedisResult};

use crate::SCOPE;

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
    mysql: mysql_async::Pool,
}

impl Stores {
    /// Connects to none of them yet: that is part of each operation.
    pub(crate) async fn new(addresses: &Addresses) -> anyhow::Result<Self> {
        let mut options = ClientOptions::parse(&addresses.mongodb_uri).await?;
        options.server_selection_timeout = Some(Duration::from_secs(2));
        let mongodb = Client::with_options(options)?;
        Ok(Self {
            redis: redis::Client::open(addresses.redis_url.as_str())?,
            mongodb: mongodb.database("opentelemetry-tests").collection("tests"),
            mysql: mysql_async::Pool::new(mysql_async::Opts::from_url(&addresses.mysql_url)?),
        })
    }

    /// Gives `text` to Redis, and takes it from there.
    pub(crate) async fn redis(&self, text: &str) -> RedisResult<String> {
        let operation = span(SCOPE, "server redis operation", async {
            let mut connection = self.redis.get_multiplexed_async_connection().await?;
            connection.set::<_, _, ()>("ping", text).await?;
            connection.get("ping").await
        });
        span(SCOPE, "redis_integration", operation).await
    }

    /// Looks for any document.
    pub(crate) async fn mongodb(&self) -> mongodb::error::Result<Option<Document>> {
        let operation = span(SCOPE, "server mongodb operation", async {
            self.mongodb.find_one(Document::new()).await
        });
        span(SCOPE, "mongodb_integration", operation).await
    }

    /// Has MySQL say `text`.
    pub(crate) async fn sql(&self, text: &str) -> mysql_async::Result<String> {
        let operation = span(SCOPE, "server sql operation", async {
            let said: Option<String> = "SELECT ?".with((text,)).first(&self.mysql).await?;
            Ok(said.unwrap_or_default())
        });
        span(SCOPE, "sql_integration", operation).await
    }
}
