//! Clients of AWS without a word of telemetry: from the producer through a queue to the consumer.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use otelier_testing::{ExpectedSpan, OtlpReceiver, Span, any, assert_trees, link_to, span};

use crate::CargoOtelier;

const PROGRAM: &str = "calls-aws";

/// Where the program's calls go to.
struct Server {
    url: String,
}

impl Server {
    fn find() -> Self {
        let url = env::var("SQS_ENDPOINT_URL").unwrap_or_else(|_| {
            panic!("SQS_ENDPOINT_URL is not set. Run `cargo xtask test`, which starts a server")
        });
        Self { url: url.trim_end_matches('/').to_owned() }
    }

    /// A call that succeeded.
    fn call(&self, name: &str, service: &str, method: &str) -> ExpectedSpan {
        let (host, port) = self.url.trim_start_matches("http://").split_once(':').unwrap();
        span(name)
            .client()
            .scope("otelier-aws")
            .service(PROGRAM)
            .attr("rpc.system", "aws-api")
            .attr("rpc.service", service)
            .attr("rpc.method", method)
            .attr("cloud.region", "us-east-1")
            .attr("server.address", host)
            .attr("server.port", port.parse::<i64>().unwrap())
            .attr("http.response.status_code", 200)
            .attr("aws.request_id", any())
    }

    /// An operation on a queue, that succeeded.
    fn on_queue(&self, queue: &str, operation: &str, method: &str) -> ExpectedSpan {
        self.call(&format!("{operation} {queue}"), "SQS", method)
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", operation)
            .attr("messaging.operation.type", operation)
            .attr("messaging.destination.name", queue)
            .attr("aws.sqs.queue.url", format!("{}/123456789012/{queue}", self.url))
    }
}

/// Makes a call of the program. Gives what it tells, and its spans.
fn run(server: &Server, library: &str, call: &str) -> (BTreeMap<String, String>, Vec<Span>) {
    let receiver = OtlpReceiver::start();
    let output = Command::new(CargoOtelier::install().build(PROGRAM))
        .args([library, call])
        .env_clear()
        .env("OTEL_SERVICE_NAME", PROGRAM)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint())
        .env("SQS_ENDPOINT_URL", &server.url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    let told = told.lines().filter_map(|line| line.split_once('='));
    let told = told.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (told, receiver.spans())
}

#[test]
fn messages_of_sqs_carry_context_to_the_poll() {
    let server = Server::find();
    let (told, spans) = run(&server, "sqs", "sent_and_received");
    let (queue, message) = (&told["NAME"], told["MESSAGE"].as_str());
    let producer = spans.iter().find(|it| it.name.starts_with("send ")).expect("a producer");
    let link = link_to(&producer.context()).attr("messaging.message.id", message);
    let sent = server.on_queue(queue, "send", "SendMessage").producer();
    let received = server.on_queue(queue, "receive", "ReceiveMessage");
    assert_trees(
        &spans,
        [
            server.call("SQS.CreateQueue", "SQS", "CreateQueue").root(),
            sent.attr("messaging.message.id", message).root(),
            received.attr("messaging.batch.message_count", 1).link(link).root(),
            server.call("SQS.DeleteQueue", "SQS", "DeleteQueue").root(),
        ],
    );
}

#[test]
fn calls_that_are_made_for_a_call_are_its_children() {
    let (_, spans) = run(&Server::find(), "failures", "credentials_from_a_call");
    let send = || span("send songs").service(PROGRAM).subset().producer();
    assert_trees(&spans, [send().root().child(send())]);
}
