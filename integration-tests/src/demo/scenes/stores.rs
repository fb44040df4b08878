//! A ping whose stores are there: Redis, MongoDB and MySQL, one after the other.

use anyhow::Result;
use async_trait::async_trait;
use otelier_testing::{ExpectedSpan, Received, check_trees, span};

use super::super::scene::Scene;
use super::super::stage::Stage;
use super::ping::spans::{CLIENT, SERVER, Spans, work};

/// The scene.
#[derive(Default)]
pub(super) struct Stores {
    spans: Spans,
}

#[async_trait]
impl Scene for Stores {
    fn name(&self) -> &'static str {
        "stores"
    }

    fn about(&self) -> &'static str {
        "a ping that asks Redis, MongoDB and MySQL, and each of them alone"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut server = stage.command(SERVER);
        server.envs(stage.servers()).env("PING_ADDRESS", "127.0.0.1:0");
        self.spans.server = stage.start(SERVER, server).await?;

        for path in ["/ping", "/redis/16", "/mongodb/16", "/sql/16"] {
            let mut client = stage.command(CLIENT);
            client.args([&self.spans.url(path), "--count", "1"]);
            stage.run(CLIENT, client).await?;
        }
        Ok(())
    }

    fn check(&self, received: &Received) -> Result<()> {
        let spans = &self.spans;
        let trees = [
            spans.success("/ping", "/ping", [redis(), mongodb(), sql()]),
            spans.success("/redis/{n}", "/redis/16", [redis()]),
            spans.success("/mongodb/{n}", "/mongodb/16", [mongodb()]),
            spans.success("/sql/{n}", "/sql/16", [sql()]),
        ];
        Ok(check_trees(&received.spans(), trees)?)
    }
}

/// Otelier has no integration of Redis, so there is nothing inside.
fn redis() -> ExpectedSpan {
    work("redis", [])
}

fn mongodb() -> ExpectedSpan {
    let find = span("find tests")
        .client()
        .service(SERVER)
        .scope("otelier-mongodb")
        .subset()
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "opentelemetry-tests")
        .attr("db.collection.name", "tests")
        .attr("db.operation.name", "find");
    work("mongodb", [find])
}

fn sql() -> ExpectedSpan {
    let select = span("SELECT")
        .client()
        .service(SERVER)
        .scope("otelier-mysql")
        .subset()
        .attr("db.query.text", "SELECT ?");
    work("sql", [select])
}
