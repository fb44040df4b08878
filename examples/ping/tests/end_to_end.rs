//! Both services as processes, and the one trace that they make of a request.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use otelier_testing::{ExpectedSpan, LogRecord, OtlpReceiver, any, assert_trees, span};

/// A running server; killed should the test not come to its end.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(receiver: &OtlpReceiver) -> Self {
        let mut command = service(env!("CARGO_BIN_EXE_ping-server"), "ping-server", receiver);
        command.args(["--address", "127.0.0.1:0"]).stdout(Stdio::piped());
        // Where no store is.
        command
            .env("REDIS_URL", "redis://127.0.0.1:1")
            .env("MONGODB_URI", "mongodb://127.0.0.1:1")
            .env("MYSQL_URL", "mysql://root@127.0.0.1:1");
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { process, address }
    }

    /// Ends it as an orchestrator does; then it has delivered its telemetry.
    fn stop(&mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(asked.success() && self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

fn service(program: &str, name: &str, receiver: &OtlpReceiver) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("OTEL_SERVICE_NAME", name)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint());
    command
}

fn ask(server: &Server, path: &str, receiver: &OtlpReceiver) -> String {
    let mut client = service(env!("CARGO_BIN_EXE_ping-client"), "ping-client", receiver);
    let client = client.env("DESTINATION_URL", format!("http://{}{path}", server.address)).args([
        "--count",
        "2",
        "--interval",
        "0",
    ]);
    let output = client.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_request_is_one_trace_through_both_services() {
    let receiver = OtlpReceiver::start();
    let mut server = Server::start(&receiver);
    let said = ask(&server, "/rolldice", &receiver);
    server.stop();

    assert_eq!(said, "got 1 bytes\ngot 1 bytes\n");
    let rolled = || {
        let request = served(&server.address, "/rolldice").attr("http.response.status_code", 200);
        let client = asked(&server.address, "/rolldice").attr("http.response.status_code", 200);
        operation().child(answered(client, &server.address).child(request))
    };
    assert_trees(&receiver.spans(), [rolled(), rolled()]);
}

#[test]
fn an_absent_store_is_an_error_on_every_span() {
    let receiver = OtlpReceiver::start();
    let mut server = Server::start(&receiver);
    let said = ask(&server, "/ping", &receiver);
    server.stop();

    assert_eq!(said.lines().filter(|line| line.starts_with("failed: ")).count(), 2, "{said}");
    let failed = || {
        let operation_of_store = failed(span("server redis operation").service("ping-server"));
        let store = failed(span("redis_integration").service("ping-server"));
        let request = served(&server.address, "/ping").attr("http.response.status_code", 500);
        let request = request.error("500").any_description();
        let client = asked(&server.address, "/ping").attr("http.response.status_code", 500);
        let client = answered(client, &server.address).error("500");
        let work = store.child(operation_of_store);
        failed_operation().child(client.child(request.child(work)))
    };
    let spans = receiver.spans();
    assert_trees(&spans, [failed(), failed()]);
    // What the handler returned is a log record of the request, too.
    let logs = receiver.logs();
    for request in spans.iter().filter(|span| span.name == "GET /ping") {
        let is_of = |log: &&LogRecord| log.span_id == request.span_id;
        let [log] = &logs.iter().filter(is_of).collect::<Vec<_>>()[..] else { panic!("{logs:?}") };
        assert_eq!(log.event_name, "http.server.request.exception");
        let message = log.attribute("exception.message").and_then(|it| it.as_str()).unwrap();
        assert!(message.contains("refused"), "{message}");
    }
    // The same words on each span of the server, from the store's client to the request.
    let said: Vec<String> = spans
        .iter()
        .filter(|span| span.resource.get("service.name").unwrap().as_str() == Some("ping-server"))
        .map(|span| format!("{:?}", span.status))
        .collect();
    assert!(said.len() == 6 && said.iter().all(|status| *status == said[0]), "{said:?}");
    assert!(said[0].contains("refused"), "{said:?}");
}

#[test]
fn a_client_goes_on_when_the_server_is_absent() {
    let receiver = OtlpReceiver::start();
    let mut server = Server::start(&receiver);
    server.stop();
    let said = ask(&server, "/ping", &receiver);

    assert_eq!(said.lines().filter(|line| line.starts_with("failed: ")).count(), 2, "{said}");
    let refused = || failed_operation().child(asked(&server.address, "/ping").error("connect"));
    assert_trees(&receiver.spans(), [refused(), refused()]);
}

/// The client's own span.
fn operation() -> ExpectedSpan {
    span("client operation").root().service("ping-client")
}

fn failed_operation() -> ExpectedSpan {
    failed(operation())
}

fn failed(span: ExpectedSpan) -> ExpectedSpan {
    span.error(any()).any_description()
}

/// What a client's span has at least.
fn asked(address: &str, path: &str) -> ExpectedSpan {
    span("GET")
        .client()
        .service("ping-client")
        .scope("otelier-reqwest")
        .attr("http.request.method", "GET")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", port(address))
        .attr("url.full", format!("http://{address}{path}"))
}

/// What an answer adds.
fn answered(span: ExpectedSpan, address: &str) -> ExpectedSpan {
    span.attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", port(address))
        .attr("network.protocol.version", "1.1")
}

/// What a server's span has at least.
fn served(address: &str, path: &str) -> ExpectedSpan {
    span(format!("GET {path}"))
        .server()
        .service("ping-server")
        .scope("otelier-tower")
        .attr("client.address", "127.0.0.1")
        .attr("http.request.method", "GET")
        .attr("http.route", path)
        .attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", any())
        .attr("network.protocol.version", "1.1")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", port(address))
        .attr("url.path", path)
        .attr("url.scheme", "http")
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}
