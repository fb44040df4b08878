//! The same two services, traced by hand: what the article that they come from shows.

use anyhow::Result;
use async_trait::async_trait;
use otelier_testing::{ExpectedSpan, Received, any, check_trees, span};

use super::super::scene::Scene;
use super::super::stage::Stage;
use super::ping::spans::names;
use super::ping::without_stores;

const CLIENT: &str = "ping-manual-client";
const SERVER: &str = "ping-manual-server";

/// The scene.
#[derive(Default)]
pub(super) struct PingManual;

#[async_trait]
impl Scene for PingManual {
    fn name(&self) -> &'static str {
        "ping-manual"
    }

    fn about(&self) -> &'static str {
        "traced by hand: a roll of a die, and a store that is not there"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut server = stage.command(SERVER);
        without_stores(server.env("PING_ADDRESS", "127.0.0.1:0"));
        let server = stage.start(SERVER, server).await?;
        for path in ["/rolldice", "/ping"] {
            let mut client = stage.command(CLIENT);
            client.args([&format!("{server}{path}"), "--count", "1"]);
            stage.run(CLIENT, client).await?;
        }
        Ok(())
    }

    fn check(&self, received: &Received) -> Result<()> {
        // The attributes are those that one thinks of; the shape of the traces is the same.
        let client = |name: &str| span(name).service(CLIENT).subset();
        let rolled = client("client operation")
            .root()
            .child(client("GET").client().child(server("GET /rolldice").server()));
        let [outer, inner] = names("redis").map(|name| failed(server(&name)));
        let request = failed(server("GET /ping").server()).child(outer.child(inner));
        let not_there = failed(client("client operation").root())
            .child(failed(client("GET").client()).child(request));
        Ok(check_trees(&received.spans(), [rolled, not_there])?)
    }
}

fn server(name: &str) -> ExpectedSpan {
    span(name).service(SERVER).subset()
}

fn failed(span: ExpectedSpan) -> ExpectedSpan {
    span.error(any()).any_description().any_events()
}
