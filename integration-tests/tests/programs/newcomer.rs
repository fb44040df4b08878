//! The newcomer's page: a crate outside of the workspace, made from the text of the page alone,
//! gives traces, metrics and logs with matching ids.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use integration_tests::program::cargo_build;
use otelier_testing::{OtlpReceiver, Received, assert_tree, span};

const PAGE: &str = include_str!("../../../docs/first-trace.md");
/// The crate, whose build script takes the program out of the page.
const MANIFEST: &str = include_str!("../../programs/first-trace/Cargo.toml");
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running program; killed should the test not come to its end.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_first_page_has_the_dependencies_of_its_crate() {
    let block = block("toml");
    assert!(MANIFEST.contains(&format!("\n{block}\n\n")), "not in the manifest:\n{block}");
}

#[test]
fn the_first_page_gives_all_three_signals() {
    let address = free_address();
    let program = cargo_build("first-trace", env!("CARGO_TARGET_TMPDIR"));
    let receiver = OtlpReceiver::start();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("ADDRESS", &address)
        .env("OTEL_SERVICE_NAME", "hello")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.http_endpoint());
    let mut running = Program(command.spawn().unwrap());

    let answer = ask(&address, "/hello/Ada");
    assert!(answer.ends_with("Hello, Ada!\n"), "{answer}");
    let asked = Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
    assert!(asked.success() && running.0.wait().unwrap().success());
    check(&receiver.received());
}

fn check(received: &Received) {
    let spans = received.spans();
    let hello = span("GET /hello/{name}")
        .server()
        .root()
        .subset()
        .attr("http.response.status_code", 200)
        .attr("client.address", "127.0.0.1");
    assert_tree(&spans, hello);
    let logs = received.logs();
    let greeting = logs.iter().find(|log| log.body.as_str() == Some("greeting")).unwrap();
    let ids = (greeting.trace_id, greeting.span_id);
    assert_eq!(ids, (spans[0].trace_id, spans[0].span_id), "{logs:?}");
    assert_eq!(greeting.attribute("name").and_then(|name| name.as_str()), Some("Ada"));
    let points = received.points();
    let duration = points.iter().find(|it| it.name == "http.server.request.duration").unwrap();
    assert_eq!(duration.count(), Some(1));
    assert!(duration.exemplars.iter().all(|it| it.trace_id == ids.0), "{duration:?}");
    for resource in [&spans[0].resource, &greeting.resource, &duration.resource] {
        assert_eq!(resource.get("service.name").and_then(|name| name.as_str()), Some("hello"));
    }
}

/// The first code block of the page in this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What the program answers, as soon as it listens.
fn ask(address: &str, path: &str) -> String {
    let start = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(start.elapsed() < TIMEOUT, "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
