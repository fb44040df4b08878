//! Both services as processes, and the one trace that they make of a ping.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use otelier_testing::{ExpectedSpan, OtlpReceiver, any, assert_trees, span};

/// A running server; killed should the test not come to its end.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(receiver: &OtlpReceiver) -> Self {
        let mut command = service(env!("CARGO_BIN_EXE_ping-server"), "ping-server", receiver);
        command.args(["--address", "127.0.0.1:0"]).stdout(Stdio::piped());
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

fn ping(server: &Server, arguments: &[&str], receiver: &OtlpReceiver) -> String {
    let mut client = service(env!("CARGO_BIN_EXE_ping-client"), "ping-client", receiver);
    let client =
        client.env("DESTINATION_URL", format!("http://{}/ping", server.address)).args(arguments);
    let output = client.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_ping_is_one_trace_through_both_services() {
    let receiver = OtlpReceiver::start();
    let mut server = Server::start(&receiver);
    let said = ping(&server, &["--count", "2", "--interval", "0"], &receiver);
    server.stop();

    let lengths: Vec<i64> = said
        .lines()
        .map(|line| line.strip_prefix("got ").and_then(|line| line.strip_suffix(" bytes")).unwrap())
        .map(|length| length.parse().unwrap())
        .collect();
    assert_eq!(lengths.len(), 2, "{said}");
    // The two traces differ in nothing else, so each length must be that of one of them.
    assert_trees(&receiver.spans(), lengths.iter().map(|length| trace(&server.address, *length)));
}

#[test]
fn a_client_goes_on_when_the_server_is_absent() {
    let receiver = OtlpReceiver::start();
    let mut server = Server::start(&receiver);
    server.stop();
    let said = ping(&server, &["--count", "2", "--interval", "0"], &receiver);

    assert_eq!(said.lines().filter(|line| line.starts_with("failed: ")).count(), 2, "{said}");
    let refused = || asked(&server.address).error("connect");
    assert_trees(&receiver.spans(), [refused(), refused()]);
}

fn trace(address: &str, length: i64) -> ExpectedSpan {
    let inner = span("random string")
        .service("ping-server")
        .attr("ping.length", length)
        .children(["choose length", "draw letters"].map(span));
    asked(address)
        .attr("http.response.status_code", 200)
        .attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", port(address))
        .attr("network.protocol.version", "1.1")
        .child(
            span("GET /ping")
                .server()
                .service("ping-server")
                .scope("otelier-tower")
                .attr("client.address", "127.0.0.1")
                .attr("http.request.method", "GET")
                .attr("http.response.status_code", 200)
                .attr("http.route", "/ping")
                .attr("network.peer.address", "127.0.0.1")
                .attr("network.peer.port", any())
                .attr("network.protocol.version", "1.1")
                .attr("server.address", "127.0.0.1")
                .attr("server.port", port(address))
                .attr("url.path", "/ping")
                .attr("url.scheme", "http")
                .child(inner),
        )
}

/// What the client's span has at least.
fn asked(address: &str) -> ExpectedSpan {
    span("GET")
        .client()
        .root()
        .service("ping-client")
        .scope("otelier-reqwest")
        .attr("http.request.method", "GET")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", port(address))
        .attr("url.full", format!("http://{address}/ping"))
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().parse().unwrap()
}
