//! An order that goes through a queue: one trace, from the client to the worker that packs it.

use std::process;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use otelier::opentelemetry::trace::SpanContext;
use otelier_testing::{ExpectedSpan, Received, Span, any, check_trees, link_to, span};
use tokio::process::Command;

use super::super::logs::{ExpectedLog, check_logs};
use super::super::scene::Scene;
use super::super::stage::Stage;

const API: &str = "queue-api";
const CLIENT: &str = "queue-client";
const WORKER: &str = "queue-worker";
const ORDER: &str = "two pears";
/// What the services log in their spans.
const LOGS: [ExpectedLog; 2] = [
    ExpectedLog { service: API, message: "order taken", span: "POST /orders" },
    ExpectedLog { service: WORKER, message: "packed", span: "pack" },
];
/// How long an order may take, to the end of its last part.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The scene.
pub(super) struct Queue {
    /// The queue's name: another one for each demo that uses the same server.
    name: String,
}

impl Default for Queue {
    fn default() -> Self {
        Self { name: format!("queue-{}", process::id()) }
    }
}

#[async_trait]
impl Scene for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn about(&self) -> &'static str {
        "an order that goes through a queue"
    }

    async fn play(&mut self, stage: &mut Stage) -> Result<()> {
        let mut api = self.command(stage, API);
        api.env("QUEUE_API_ADDRESS", "127.0.0.1:0");
        let api = stage.start(API, api).await?;

        let mut worker = self.command(stage, WORKER);
        // So that the order is one trace. By default the worker's part belongs to the poll that
        // brought the message.
        worker.env("OTELIER_SQS_PARENT", "producer").args(["--wait", "1"]);
        stage.start(WORKER, worker).await?;

        let mut client = stage.command(CLIENT);
        client.args([ORDER, "--url", &format!("{api}/orders")]);
        stage.run(CLIENT, client).await?;

        let packed = |received: &Received| {
            let is_deleted = received.spans().iter().any(|span| span.name.starts_with("delete "));
            ensure!(is_deleted, "the worker never took the order out of the queue");
            Ok(())
        };
        stage.receiver.wait_for(TIMEOUT, packed).await?.1
    }

    fn check(&self, received: &Received) -> Result<()> {
        let spans = received.spans();
        check_trees(&spans, self.trees(&spans)?)?;
        check_logs(received, &LOGS)
    }
}

impl Queue {
    fn command(&self, stage: &Stage, program: &str) -> Command {
        let mut command = stage.command(program);
        command.envs(stage.servers()).env("QUEUE_NAME", &self.name);
        command
    }

    /// The shape of the trees; the scene with the shop compares every attribute.
    fn trees(&self, received: &[Span]) -> Result<[ExpectedSpan; 4]> {
        let sent = self.identity(received, "send")?;
        let polled = self.identity(received, "receive")?;
        let of = |name: &str, service: &str| span(name).service(service).subset();
        let on_queue = |operation: &str, service: &str| {
            of(&format!("{operation} {}", self.name), service)
                .attr("messaging.destination.name", self.name.as_str())
        };

        let packed = span("pack").service(WORKER).attr("order.length", ORDER.len() as i64);
        let processed = on_queue("process", WORKER)
            .consumer()
            .link(link_to(&polled))
            .children([packed, on_queue("delete", WORKER).client()]);
        let ordered = of("POST /orders", API)
            .server()
            .attr("client.address", "127.0.0.1")
            .child(on_queue("send", API).producer().child(processed));
        Ok([
            of("POST", CLIENT).client().root().child(ordered),
            on_queue("receive", WORKER)
                .client()
                .root()
                .link(link_to(&sent).attr("messaging.message.id", any())),
            of("SQS.CreateQueue", API).client().root(),
            of("SQS.CreateQueue", WORKER).client().root(),
        ])
    }

    fn identity(&self, received: &[Span], operation: &str) -> Result<SpanContext> {
        let name = format!("{operation} {}", self.name);
        let found = received.iter().find(|span| span.name == name);
        found.map(Span::context).with_context(|| format!("no span {name}"))
    }
}
