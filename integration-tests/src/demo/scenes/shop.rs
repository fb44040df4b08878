//! A shop of three services and three servers: a purchase that is one trace across all of them, and
//! some that go wrong.

mod spans;

use std::collections::BTreeSet;
use std::process;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use otelier_testing::{Received, Span, check_trees};
use tokio::process::Command;

use self::spans::Spans;
use super::super::logs::{ExpectedLog, check_logs};
use super::super::scene::Scene;
use super::super::stage::Stage;

const API: &str = "shop-api";
const WORKER: &str = "shop-worker";
const SHIPPING: &str = "shop-shipping";
const CUSTOMER: &str = "shop-customer";

/// A name that has no place in its column.
const LONG_NAME: &str = "Augusta Ada King-Noel, Countess of Lovelace";
/// Where no database is.
const NOWHERE: (&str, u16) = ("127.0.0.1", 1);
/// What each service measures how long it takes.
const DURATIONS: [(&str, &[&str]); 4] = [
    (CUSTOMER, &["http.client.request.duration"]),
    (
        API,
        &[
            "db.client.operation.duration",
            "http.server.request.duration",
            "messaging.client.operation.duration",
            "rpc.client.call.duration",
        ],
    ),
    (
        WORKER,
        &[
            "db.client.operation.duration",
            "http.client.request.duration",
            "messaging.client.operation.duration",
            "messaging.process.duration",
            "rpc.client.call.duration",
        ],
    ),
    (SHIPPING, &["http.server.request.duration"]),
];
/// What the services log in their spans.
const LOGS: [ExpectedLog; 5] = [
    ExpectedLog { service: API, message: "order placed", span: "POST /orders" },
    ExpectedLog { service: API, message: "the database refuses", span: "POST /orders" },
    ExpectedLog { service: API, message: "no database", span: "POST /orders" },
    ExpectedLog { service: WORKER, message: "order fulfilled", span: "process " },
    ExpectedLog { service: SHIPPING, message: "shipped", span: "POST /shipments" },
];
/// How long a purchase may take, to the end of its last part.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The scene.
pub(super) struct Shop {
    /// What the shop's databases and its queue are named after: another name for each demo that
    /// uses the same servers.
    name: String,
    spans: Option<Spans>,
}

impl Default for Shop {
    fn default() -> Self {
        Self { name: format!("shop_{}", process::id()), spans: None }
    }
}

#[async_trait]
impl Scene for Shop {
    fn name(&self) -> &'static str {
        "shop"
    }

    fn about(&self) -> &'static str {
        "a purchase, an article that is not sold, a mistake of the shop's, and a shop without its \
         database"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut shipping = stage.command(SHIPPING);
        shipping.env("SHIPPING_ADDRESS", "127.0.0.1:0");
        let shipping = stage.start(SHIPPING, shipping).await?;

        let api = stage.start(API, self.api(stage)).await?;

        let mut worker = self.command(stage, WORKER);
        // So that a purchase is one trace. By default the worker's part belongs to the call that
        // received the message.
        worker
            .env("OTELIER_SQS_PARENT", "producer")
            .env("SHIPMENTS_URL", format!("{shipping}/shipments"));
        let queue = stage.start(WORKER, worker).await?;

        buy(stage, &api, &[]).await?;
        let fulfilled = |received: &Received| {
            let has_ended = received.spans().iter().any(is_delete);
            ensure!(has_ended, "the worker never took the order out of the queue");
            Ok(())
        };
        stage.receiver.wait_for(TIMEOUT, fulfilled).await?.1?;

        buy(stage, &api, &["--article", "boat"]).await?;
        buy(stage, &api, &["--customer", LONG_NAME]).await?;

        let mut without_database = self.api(stage);
        let (host, port) = NOWHERE;
        without_database.env("MYSQL_URL", format!("mysql://{host}:{port}"));
        let without_database = stage.start(API, without_database).await?;
        buy(stage, &without_database, &[]).await?;

        self.spans = Some(Spans {
            name: self.name.clone(),
            api: api.parse()?,
            without_database: without_database.parse()?,
            shipping: shipping.parse()?,
            queue: queue.parse()?,
            mysql: stage.server("MYSQL_URL")?.parse()?,
            mongodb: stage.server("MONGODB_URI")?.parse()?,
            sqs: stage.server("SQS_ENDPOINT_URL")?.parse()?,
        });
        Ok(())
    }

    fn check(&self, received: &Received) -> Result<()> {
        let mut spans = received.spans();
        // The worker waits for orders until it is stopped, which with `--keep` it is not yet.
        spans.retain(|span| !is_cancelled_poll(span));
        let expected = self.spans.as_ref().context("the scene was not played")?;
        check_trees(&spans, expected.trees(&spans)?)?;
        check_logs(received, &LOGS)?;
        check_metrics(received)
    }
}

impl Shop {
    fn api(&self, stage: &Stage) -> Command {
        let mut api = self.command(stage, API);
        api.env("SHOP_ADDRESS", "127.0.0.1:0");
        api
    }

    fn command(&self, stage: &Stage, program: &str) -> Command {
        let mut command = stage.command(program);
        command.envs(stage.servers()).env("SHOP_NAME", &self.name);
        command
    }
}

async fn buy(stage: &Stage, api: &str, args: &[&str]) -> Result<()> {
    let mut customer = stage.command(CUSTOMER);
    customer.arg(format!("{api}/orders")).args(args);
    stage.run(CUSTOMER, customer).await?;
    Ok(())
}

fn is_delete(span: &Span) -> bool {
    span.name.starts_with("delete ")
}

fn is_cancelled_poll(span: &Span) -> bool {
    let is_cancelled = span.attributes.get("otelier.cancelled") == Some(&true.into());
    is_cancelled && span.name.starts_with("receive ")
}

fn check_metrics(received: &Received) -> Result<()> {
    let points = received.points();
    for (service, expected) in DURATIONS {
        let of_service = points.iter().filter(|it| {
            it.resource.get("service.name").and_then(|name| name.as_str()) == Some(service)
        });
        let names: BTreeSet<&str> = of_service.map(|it| it.name.as_str()).collect();
        let durations: Vec<&str> =
            names.into_iter().filter(|name| name.ends_with(".duration")).collect();
        ensure!(durations == expected, "{service} measures {durations:?} and not {expected:?}");
    }
    Ok(())
}
